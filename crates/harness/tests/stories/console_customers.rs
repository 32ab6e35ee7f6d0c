//! Customers and mails of an instance in the console.

#![allow(clippy::unwrap_used)]

use patron_harness::{Console, Instance, Options, Page, Patron, customer};
use serde_json::json;

/// A console in front of an instance with these customers: first and last name. The path of the instance's pages.
fn world(server: &Patron, names: &[(&str, &str)]) -> (Console, Instance, String) {
    let instance = server.instance();
    for (first, last) in names {
        let mut body = customer(&format!("{}@example.com", first.to_lowercase()));
        body["customer"]["firstname"] = json!(first);
        body["customer"]["lastname"] = json!(last);
        instance.post("/V1/customers", &body).expect(200);
    }
    let mut console = Console::of_first_user(server);
    // Organizations are numbered in the order in which they are made: the first start's, then this one.
    let path = format!("/console/organizations/100002/instances/{}", instance.made.instance_id);
    assert_eq!(console.open(&path).status, 200);
    (console, instance, path)
}

/// The names in the grid, in its order.
fn names(page: &Page) -> Vec<String> {
    let rows = page.html.split("<th scope=\"row\">").skip(1);
    rows.map(|row| row.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn customers_are_searched_filtered_sorted_and_paged() {
    let server = Patron::start(Options::ephemeral());
    let people = [("Ada", "Lovelace"), ("Grace", "Hopper"), ("Alan", "Turing"), ("Adele", "Gold_berg")];
    let (mut console, instance, path) = world(&server, &people);
    let grid = format!("{path}/customers");
    let shown = |console: &mut Console, query: &str| names(&console.open(&format!("{grid}?{query}")));

    assert_eq!(
        shown(&mut console, ""),
        ["Adele Gold_berg", "Alan Turing", "Grace Hopper", "Ada Lovelace"],
        "newest first"
    );
    assert_eq!(shown(&mut console, "sort=lastname&order=asc")[0], "Adele Gold_berg");
    assert_eq!(shown(&mut console, "sort=email&order=desc")[0], "Grace Hopper");
    assert_eq!(shown(&mut console, "q=ad&sort=entity_id&order=asc"), ["Ada Lovelace", "Adele Gold_berg"]);
    assert_eq!(shown(&mut console, "q=HOP+grace"), ["Grace Hopper"], "every word, in any field, in any case");
    assert_eq!(shown(&mut console, "q=d_b"), ["Adele Gold_berg"], "an underscore is itself");
    assert_eq!(shown(&mut console, "q=%25"), [""; 0], "and so is a percent sign");
    assert_eq!(shown(&mut console, "group=2"), [""; 0]);
    assert_eq!(shown(&mut console, "group=1&q=alan"), ["Alan Turing"]);
    assert_eq!(
        shown(&mut console, "sort=password_hash&order=x&page=-1&group=x").len(),
        4,
        "nonsense is ignored"
    );

    for number in 0..20 {
        instance.add_customer(&format!("more{number}@example.com"));
    }
    let page = console.open(&format!("{grid}?sort=entity_id&order=asc"));
    assert_eq!((names(&page).len(), page.text_of("count").as_str()), (20, "24 customers"));
    assert!(page.html.contains("Page 1 of 2"), "{}", page.html);
    assert_eq!(shown(&mut console, "sort=entity_id&order=asc&page=2").len(), 4);
    assert!(console.open(&format!("{grid}?page=9")).html.contains("Beyond the last page"));
    assert!(console.open(&format!("{grid}?q=zzz")).html.contains("No customer found"));
}

#[test]
fn a_customers_page_shows_the_account_its_addresses_and_its_mails() {
    let server = Patron::start(Options::ephemeral());
    let (mut console, instance, path) = world(&server, &[]);
    assert!(console.open(&format!("{path}/customers")).html.contains("No customer yet"));
    let body = json!({"customer": {
        "email": "ada@example.com", "firstname": "Ada", "lastname": "Lovelace", "group_id": 3,
        "addresses": [{
            "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square"], "city": "London", "company": "Engine <b>",
            "postcode": "SW1Y 4JH", "country_id": "GB", "telephone": "020 7930 7700", "default_billing": true,
        }],
    }, "password": "TempPa55word!"});
    let made = instance.post("/V1/customers", &body);
    assert_eq!(made.status, 200, "{}", made.body);

    let page = console.open(&format!("{path}/customers/{}", made.body["id"]));
    assert_eq!(page.text_of("customer-email"), "ada@example.com");
    for text in
        ["Engine &lt;b&gt;", "Retailer", "Main Website", "London", "SW1Y 4JH", "Billing", "Welcome to"]
    {
        assert!(page.html.contains(text), "no {text} in {}", page.html);
    }
    assert!(!page.html.contains("Engine <b>"), "{}", page.html);
    let mails = console.open(&format!("{path}/mails"));
    assert!(mails.html.contains("ada@example.com"), "{}", mails.html);
    let mail = console.open(&format!("{path}/mails/1"));
    assert!(mail.html.contains("Text of the mail") && mail.html.contains("ada@example.com"), "{}", mail.html);
    for none in ["customers/999", "customers/x", "mails/999", "mails/x"] {
        assert_eq!(console.open(&format!("{path}/{none}")).status, 404, "{none}");
    }
}
