//! Customers and addresses where the recorded exchanges are silent: what the original keeps of what was sent.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, customer};
use serde_json::{Value, json};

#[test]
fn a_street_is_kept_as_one_text_of_lines() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (at, (sent, kept)) in [
        (json!(["1 Ockham Rd\nFlat 2"]), json!(["1 Ockham Rd", "Flat 2"])),
        (json!(["1 Ockham Rd", "", ""]), json!(["1 Ockham Rd"])),
        (json!({"item": ["1 Ockham Rd", "Flat 2"]}), json!(["1 Ockham Rd", "Flat 2"])),
    ]
    .into_iter()
    .enumerate()
    {
        let made = add_living_at(&instance, at, json!({"street": sent}));

        assert_eq!(made["addresses"][0]["street"], kept);
        let read = instance.get(&format!("/V1/customers/{}", made["id"])).expect(200);
        assert_eq!(read["addresses"][0]["street"], kept);
    }
}

#[test]
fn addresses_that_are_no_list_change_none() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = add_living_at(&instance, 0, json!({"default_billing": true}));
    let path = format!("/V1/customers/{}", made["id"]);
    for sent in [json!("x"), json!(5), json!(true), json!("")] {
        let changed = instance.put(&path, &json!({"customer": {"addresses": sent}})).expect(200);
        assert_eq!(changed["addresses"], made["addresses"], "{sent}");
        assert_eq!(changed["default_billing"], made["default_billing"], "{sent}");
    }
    let emptied = instance.put(&path, &json!({"customer": {"addresses": []}})).expect(200);
    assert_eq!(emptied["addresses"], json!([]));
}

#[test]
fn a_put_looks_for_the_website_after_everything_else_of_the_customer() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = instance.add_customer("ada@example.com");
    let put = |mut sent: Value, website: i64| {
        sent["website_id"] = website.into();
        instance.put(&format!("/V1/customers/{}", made["id"]), &json!({"customer": sent}))
    };
    for wrong in [json!({"gender": 9}), json!({"dob": "foo"}), json!({"email": ""}), json!({"firstname": ""})]
    {
        let (elsewhere, here) = (put(wrong.clone(), 99), put(wrong.clone(), 1));
        assert_eq!((elsewhere.status, elsewhere.body), (400, here.body), "{wrong}");
    }
    assert_eq!(put(json!({"addresses": [{}]}), 99).status, 404);
    assert_eq!(put(json!({}), 99).status, 404);
    assert_eq!(instance.get(&format!("/V1/customers/{}", made["id"])).expect(200), made);
}

#[test]
fn a_put_that_makes_a_customer_refuses_an_address_that_a_post_would_skip() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let known = add_living_at(&instance, 0, json!({}));
    let put = |address: Value| {
        let mut sent = customer("new@example.com");
        sent["customer"]["website_id"] = 1.into();
        sent["customer"]["addresses"] = json!([address]);
        instance.put("/V1/customers/0", &sent)
    };
    let mut nowhere = known["addresses"][0].clone();
    nowhere.as_object_mut().unwrap().remove("id");
    nowhere["country_id"] = "XX".into();
    let refused = put(nowhere);
    assert_eq!((refused.status, &refused.body["parameters"]["fieldName"]), (400, &json!("countryId")));
    assert_eq!(put(json!({})).status, 400);
    let refused = put(json!({"id": 77}));
    assert_eq!((refused.status, &refused.body["parameters"]["fieldName"]), (404, &json!("addressId")));
    assert_eq!(put(json!({"id": known["addresses"][0]["id"]})).status, 400, "somebody else's");
    assert_eq!(instance.get("/V1/customers/search?searchCriteria").expect(200)["total_count"], 1);
}

#[test]
fn a_region_of_null_is_an_empty_region_and_a_region_id_of_null_is_nothing() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = add_living_at(&instance, 0, json!({"country_id": "US", "region_id": 57}));
    let (id, address) = (&made["id"], &made["addresses"][0]["id"]);
    let change = |entry: Value| {
        let sent = json!({"customer": {"addresses": [entry]}});
        instance.put(&format!("/V1/customers/{id}"), &sent).expect(200)["addresses"][0].clone()
    };

    assert_eq!(change(json!({"id": address, "region_id": null}))["region"]["region_code"], "TX");

    let cleared = change(json!({"id": address, "region": null}));
    assert_eq!(cleared["region"], json!({"region_code": null, "region": null, "region_id": 0}));
    assert_eq!(cleared["region_id"], 0);
    let never = add_living_at(&instance, 1, json!({"country_id": "US", "region_id": null}));
    assert_eq!(never["addresses"][0].get("region_id"), None);
}

#[test]
fn a_store_view_that_is_not_there_is_in_no_website() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut sent = customer("ada@example.com");
    sent["customer"]["store_id"] = 99.into();
    instance.post("/V1/customers", &sent).expect(404);

    sent["customer"]["website_id"] = 1.into();

    let refused = instance.post("/V1/customers", &sent).expect(400);
    assert_eq!(refused["message"], "The store view is not in the associated website.");
}

#[test]
fn what_a_column_cannot_hold_is_cut_and_an_empty_text_is_none() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let id = instance.add_customer("ada@example.com")["id"].clone();
    let path = format!("/V1/customers/{id}");
    let change = |sent: Value| instance.put(&path, &json!({"customer": sent})).expect(200);

    assert_eq!(change(json!({"default_billing": "-5"}))["default_billing"], "0");
    assert_eq!(change(json!({"default_billing": "5000000000"}))["default_billing"], "4294967295");
    assert_eq!(change(json!({"created_in": ""})).get("created_in"), None);
}

#[test]
fn of_customers_made_in_one_second_the_later_is_the_newer() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (email, second) in [("ada", "06"), ("grace", "06"), ("alan", "07"), ("joan", "06")] {
        let mut sent = customer(&format!("{email}@example.com"));
        sent["customer"]["created_at"] = format!("2001-02-03 04:05:{second}").into();
        instance.post("/V1/customers", &sent).expect(200);
    }
    let sorted = |direction: &str, paging: &str| {
        let sort = "searchCriteria[sortOrders][0]";
        let query = format!("{sort}[field]=created_at&{sort}[direction]={direction}{paging}");
        let found = instance.get(&format!("/V1/customers/search?{query}")).expect(200);
        let ids = found["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap());
        ids.collect::<Vec<_>>()
    };

    assert_eq!(sorted("DESC", ""), [3, 4, 2, 1]);
    assert_eq!(sorted("ASC", ""), [1, 2, 4, 3]);
    assert_eq!(sorted("DESC", "&searchCriteria[pageSize]=2&searchCriteria[currentPage]=2"), [2, 1]);
}

/// A customer with one address in London, laid over with `address`.
fn add_living_at(instance: &Instance, number: usize, address: Value) -> Value {
    let mut sent = customer(&format!("ada{number}@example.com"));
    let mut whole = json!({
        "firstname": "Ada", "lastname": "Lovelace", "street": ["1 Ockham Rd"], "city": "London",
        "postcode": "SW1A 1AA", "country_id": "GB", "telephone": "020 7946 0000",
    });
    let laid_over = address.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(laid_over);
    sent["customer"]["addresses"] = json!([whole]);
    instance.post("/V1/customers", &sent).expect(200)
}
