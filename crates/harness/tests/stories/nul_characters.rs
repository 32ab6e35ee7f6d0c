//! The character NUL: PostgreSQL has no place for it in a text, so on neither engine is it stored, and nowhere is it a failure inside.

#![allow(clippy::unwrap_used)]

use std::fs;

use patron_harness::{Instance, Options, Patron, wire};
use serde_json::{Value, json};

/// What the original says to a request that it cannot make sense of.
const REFUSED: &str = "Specified request cannot be processed.";

fn send(
    server: &Patron,
    instance: &Instance,
    method: &str,
    target: &str,
    kind: &str,
    body: &str,
) -> wire::Answer {
    let headers = vec![
        ("Authorization".to_owned(), format!("Bearer {}", instance.token)),
        ("Content-Type".to_owned(), kind.to_owned()),
    ];
    let body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
    wire::send(
        server.address(),
        &wire::Request { method: method.into(), target: target.into(), headers, body },
    )
    .unwrap()
}

#[test]
fn a_text_with_the_character_nul_is_refused_wherever_it_comes_from() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let rest = format!("/{}/V1", instance.made.tenant_id);
    let customer = |more: Value| {
        let mut customer = json!({"email": "nul@example.com", "firstname": "Ada", "lastname": "Byron"});
        customer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "customer": customer }).to_string()
    };
    let address = json!({"firstname": "A", "lastname": "B", "street": ["1\0"], "city": "C", "country_id": "DE",
        "postcode": "1", "telephone": "5"});
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    let search = |field: &str, condition: &str| {
        format!("?{filter}[field]={field}&{filter}[value]=a%00b&{filter}[conditionType]={condition}")
    };
    let json = "application/json";
    let requests = [
        ("POST", format!("{rest}/customers"), json, customer(json!({"taxvat": "1\0"}))),
        ("POST", format!("{rest}/customers"), json, customer(json!({"prefix": "Dr\0"}))),
        ("POST", format!("{rest}/customers"), json, customer(json!({"firstname": "A\0"}))),
        ("POST", format!("{rest}/customers"), json, customer(json!({"email": "a\0@example.com"}))),
        ("POST", format!("{rest}/customers"), json, customer(json!({"addresses": [address]}))),
        ("PUT", format!("{rest}/customers/1"), json, customer(json!({"id": 1, "suffix": "\0"}))),
        ("POST", format!("{rest}/customers"), json, "{\"customer\": {\"email\": \"a\0\"}}".to_owned()),
        (
            "POST",
            format!("{rest}/customers"),
            "application/xml",
            "<?xml version=\"1.0\"?><request><customer><email>n@example.com</email><firstname>A</firstname>\
             <lastname>B</lastname><taxvat>1&#0;</taxvat></customer></request>"
                .to_owned(),
        ),
        ("GET", format!("{rest}/customers/search{}", search("email", "eq")), json, String::new()),
        ("GET", format!("{rest}/customers/search{}", search("firstname", "like")), json, String::new()),
        ("GET", format!("{rest}/customers/search{}", search("lastname", "in")), json, String::new()),
        ("GET", format!("{rest}/customers/search{}", search("dob", "gt")), json, String::new()),
        ("GET", format!("{rest}/customers/search{}", search("name", "regexp")), json, String::new()),
        (
            "GET",
            format!("{rest}/customers/search{}", search("e\u{0}", "eq").replace('\0', "%00")),
            json,
            String::new(),
        ),
        ("GET", format!("{rest}/customerGroups/search{}", search("code", "like")), json, String::new()),
        ("GET", format!("{rest}/customers/1%00"), json, String::new()),
        ("GET", format!("{rest}/customers/%00/permissions/readonly"), json, String::new()),
        ("PUT", format!("{rest}/customers/a%00@example.com/activate"), json, "{}".to_owned()),
        ("GET", "/a%00/V1/customers/1".to_owned(), json, String::new()),
        ("GET", format!("{rest}/bulk/a%00/status"), json, String::new()),
        (
            "POST",
            format!("{rest}/customerGroups"),
            json,
            json!({"group": {"code": "a\0", "tax_class_id": 3}}).to_string(),
        ),
        ("POST", "/_/instances".to_owned(), json, json!({"name": "a\0"}).to_string()),
        ("GET", "/_/instances/a%00".to_owned(), json, String::new()),
        (
            "POST",
            format!("/_/instances/{}/websites", instance.made.instance_id),
            json,
            json!({"code": "second", "name": "a\0"}).to_string(),
        ),
        (
            "POST",
            "/ims/token/v3".to_owned(),
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&client_id=a%00&client_secret=b%00&scope=c%00".to_owned(),
        ),
        (
            "POST",
            "/ims/token/v3".to_owned(),
            "application/x-www-form-urlencoded",
            "grant_type=authorization_code&client_id=a&client_secret=b&code=c%00".to_owned(),
        ),
        (
            "GET",
            "/ims/authorize/v2?client_id=a%00&scope=b%00&response_type=code".to_owned(),
            json,
            String::new(),
        ),
        (
            "POST",
            "/ims/revoke".to_owned(),
            "application/x-www-form-urlencoded",
            "token=a%00&client_id=%00".to_owned(),
        ),
    ];
    for (method, target, kind, body) in requests {
        let answer = send(&server, &instance, method, &target, kind, &body);
        let said = String::from_utf8_lossy(&answer.body);
        assert!((400..500).contains(&answer.status), "{method} {target} {body}: {} {said}", answer.status);
    }
    let answer = send(
        &server,
        &instance,
        "POST",
        &format!("{rest}/customers"),
        json,
        &customer(json!({"taxvat": "1\0"})),
    );
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some(REFUSED)));
    let answer = send(
        &server,
        &instance,
        "GET",
        &format!("{rest}/customers/search{}", search("email", "eq")),
        json,
        "",
    );
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some(REFUSED)));
    let items = format!("[{}]", customer(json!({"suffix": "\0"})));
    let answer = send(&server, &instance, "POST", &format!("{rest}/async/bulk/customers"), json, &items);
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some(REFUSED)));
    let found = instance.get("/V1/customers/search?searchCriteria").expect(200);
    assert_eq!(found["total_count"], 1, "something was stored: {found}");
}

#[test]
fn a_row_of_a_file_with_the_character_nul_is_refused_alone() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in.jsonl");
    let line = |email: &str, taxvat: &str| {
        json!({"email": email, "firstname": "A", "lastname": "B", "taxvat": taxvat, "website_id": 1})
            .to_string()
    };
    fs::write(
        &file,
        [line("d@example.com", "1"), line("e@example.com", "\0"), line("f@example.com", "3")].join("\n"),
    )
    .unwrap();
    let (code, said) =
        server.run(&["import", file.to_str().unwrap(), "--instance", &instance.made.instance_id]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("2 added, 0 changed, 0 deleted, 1 refused"), "{said}");
}
