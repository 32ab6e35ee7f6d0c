//! Settings, websites, stores and store views through the control API, and what the customer API makes of them.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron};
use serde_json::{Value, json};

use crate::control::control;

#[track_caller]
fn set(server: &Patron, instance: &Instance, path: &str, value: &str) {
    let (status, body) =
        control(server, instance, "PUT", "/settings", &json!({"path": path, "value": value}));
    assert_eq!(status, 200, "{body}");
}

fn shown(list: &Value, path: &str) -> Value {
    list["settings"].as_array().unwrap().iter().find(|one| one["path"] == path).unwrap().clone()
}

#[track_caller]
fn second_website(server: &Patron, instance: &Instance) {
    for (path, body) in [
        ("/websites", json!({"code": "uk", "name": "Britain"})),
        ("/stores", json!({"website": "uk", "code": "uk_store", "name": "British Store"})),
        ("/store-views", json!({"store": "uk_store", "code": "uk_en", "name": "British English"})),
    ] {
        let (status, answer) = control(server, instance, "POST", path, &body);
        assert_eq!(status, 201, "{answer}");
    }
}

#[test]
fn a_setting_is_listed_put_and_falls_back() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (path, settings) = ("customer/password/minimum_password_length", "/settings");
    let (_, list) = control(&server, &instance, "GET", settings, &Value::Null);
    let fresh = shown(&list, path);
    assert_eq!((&fresh["value"], &fresh["scopes"]), (&json!("8"), &json!(["default", "website"])));
    assert!(fresh["about"].as_str().is_some_and(|about| about.ends_with('.')), "{fresh}");

    let both = json!([
        {"path": path, "value": 12},
        {"path": path, "scope": "website", "code": "base", "value": "10"}
    ]);
    let (status, list) = control(&server, &instance, "PUT", settings, &both);
    assert_eq!(status, 200, "{list}");
    let changed = shown(&list, path);
    assert_eq!(changed["value"], "12");
    assert_eq!(changed["overrides"], json!([{"scope": "website", "code": "base", "value": "10"}]));
    let mut body = patron_harness::customer("ada@example.com");
    body["password"] = json!("Ab3456789");
    let answer = instance.post("/V1/customers", &body);
    assert_eq!((answer.status, &answer.body["parameters"]), (400, &json!(["10"])), "{}", answer.body);

    let (_, list) = control(
        &server,
        &instance,
        "DELETE",
        &format!("{settings}?path={path}&scope=website&code=base"),
        &Value::Null,
    );
    assert_eq!(shown(&list, path)["overrides"], json!([]), "{list}");
    let (_, list) = control(&server, &instance, "DELETE", &format!("{settings}?path={path}"), &Value::Null);
    assert_eq!(shown(&list, path)["value"], "8");
    body["password"] = json!("Ab345678");
    instance.post("/V1/customers", &body).expect(200);
}

#[test]
fn a_setting_that_does_not_fit_is_refused_and_nothing_of_the_list_is_kept() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let good = json!({"path": "customer/address/street_lines", "value": "3"});
    for (field, bad) in [
        ("path", json!({"path": "customer/nope", "value": "1"})),
        ("value", json!({"path": "customer/address/street_lines", "value": "9"})),
        ("value", json!({"path": "customer/address/street_lines"})),
        ("value", json!({"path": "customer/create_account/default_group", "value": "77"})),
        ("value", json!({"path": "general/country/allow", "value": "US,QQ"})),
        (
            "scope",
            json!({"path": "customer/account_share/scope", "scope": "website", "code": "base", "value": "0"}),
        ),
        ("code", json!({"path": "customer/address/street_lines", "scope": "website", "value": "3"})),
        ("extra", json!({"path": "customer/address/street_lines", "value": "3", "extra": 1})),
    ] {
        let (status, answer) = control(&server, &instance, "PUT", "/settings", &json!([good, bad]));
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{bad}: {answer}");
    }
    let unknown =
        json!({"path": "customer/address/street_lines", "scope": "website", "code": "nope", "value": "3"});
    assert_eq!(control(&server, &instance, "PUT", "/settings", &unknown).0, 404);
    let (_, list) = control(&server, &instance, "GET", "/settings", &Value::Null);
    assert_eq!(shown(&list, "customer/address/street_lines")["value"], "2");
}

#[test]
fn what_forms_show_changes_metadata_and_validation() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (path, value) in [
        ("customer/address/prefix_show", "req"),
        ("customer/address/gender_show", "opt"),
        ("customer/address/telephone_show", "opt"),
        ("customer/address/street_lines", "3"),
    ] {
        set(&server, &instance, path, value);
    }
    let row = |path: &str| instance.get(&format!("/V1/attributeMetadata/{path}")).expect(200);
    let told = |row: Value| (row["visible"].clone(), row["required"].clone(), row["frontend_class"].clone());
    let of = |visible: bool, required: bool, class: &str| (json!(visible), json!(required), json!(class));
    assert_eq!(told(row("customer/attribute/prefix")), of(true, true, "required-entry"));
    assert_eq!(told(row("customerAddress/attribute/prefix")), of(true, true, "required-entry"));
    assert_eq!(told(row("customer/attribute/gender")), of(true, false, ""));
    assert_eq!(told(row("customerAddress/attribute/telephone")), of(true, false, ""));
    assert_eq!(row("customerAddress/attribute/street")["multiline_count"], 3);

    let answer = instance.post("/V1/customers", &patron_harness::customer("ada@example.com"));
    assert_eq!(
        (answer.status, answer.message()),
        (400, "\"Name Prefix\" is a required value."),
        "{}",
        answer.body
    );
    let mut body = patron_harness::customer("ada@example.com");
    body["customer"]["prefix"] = json!("Lady");
    body["customer"]["firstname"] = json!("");
    body["customer"]["addresses"] = json!([{
        "firstname": "Ada", "lastname": "Lovelace", "street": ["1", "2", "3"], "city": "London", "postcode": "SW1Y 4JH",
        "country_id": "GB"
    }]);
    let answer = instance.post("/V1/customers", &body);
    assert_eq!(answer.message(), "\"First Name\" is a required value.");
    body["customer"]["firstname"] = json!("Ada");
    let answer = instance.post("/V1/customers", &body);
    assert_eq!(
        (answer.status, answer.message()),
        (400, "\"Name Prefix\" is a required value."),
        "{}",
        answer.body
    );
    body["customer"]["addresses"][0]["prefix"] = json!("Lady");
    instance.post("/V1/customers", &body).expect(200);
}

#[test]
fn a_setting_that_answers_depend_on_changes_those_that_were_kept() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    let shows =
        || instance.get("/V1/customers/1").expect(200)["extension_attributes"]["assistance_allowed"].clone();
    assert_eq!(shows(), Value::Null);
    set(&server, &instance, "patron/customer/show_assistance_allowed", "1");
    assert_eq!(shows(), json!(1));
    set(&server, &instance, "patron/customer/show_assistance_allowed", "0");
    assert_eq!(shows(), Value::Null);
}

#[test]
fn sharing_accounts_is_refused_while_two_have_one_address() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    second_website(&server, &instance);
    let there = |email: &str| {
        let mut body = patron_harness::customer(email);
        body["customer"]["website_id"] = json!(2);
        instance.post("/V1/customers", &body)
    };
    instance.add_customer("ada@example.com");
    instance.add_customer("grace@example.com");
    assert_eq!(there("Ada@example.com").expect(200)["id"], 3, "each website has its own addresses");

    let share = json!({"path": "customer/account_share/scope", "value": "0"});
    let (status, answer) = control(&server, &instance, "PUT", "/settings", &share);
    assert_eq!(
        (status, &answer["field"], &answer["collisions"]),
        (400, &json!("value"), &json!([[1, 3]])),
        "{answer}"
    );
    instance.delete("/V1/customers/3").expect(200);
    assert_eq!(control(&server, &instance, "PUT", "/settings", &share).0, 200);
    assert_eq!(there("ada@example.com").status, 400, "an address is unique over all websites now");

    let (status, _) =
        control(&server, &instance, "DELETE", "/settings?path=customer/account_share/scope", &Value::Null);
    assert_eq!(status, 200);
    there("ada@example.com").expect(200);
}

#[test]
fn a_website_with_customers_stays_and_an_empty_one_goes() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    second_website(&server, &instance);
    let websites = instance.get("/V1/store/websites").expect(200);
    assert_eq!(websites[2], json!({"id": 2, "code": "uk", "name": "Britain", "default_group_id": 2}));
    let mut body = patron_harness::customer("ada@example.com");
    body["customer"]["website_id"] = json!(2);
    let made = instance.post("/V1/customers", &body).expect(200);
    assert_eq!((&made["store_id"], &made["created_in"]), (&json!(2), &json!("British English")));

    let (status, answer) = control(&server, &instance, "DELETE", "/websites/uk", &Value::Null);
    assert_eq!((status, &answer["customers"]), (400, &json!(1)), "{answer}");
    assert_eq!(answer["message"], "1 customer belongs to it.");
    instance.delete("/V1/customers/1").expect(200);
    assert_eq!(control(&server, &instance, "DELETE", "/websites/uk", &Value::Null).0, 204);
    assert_eq!(instance.get("/V1/store/storeViews").expect(200).as_array().unwrap().len(), 2);
    assert_eq!(control(&server, &instance, "DELETE", "/websites/base", &Value::Null).0, 400);
    assert_eq!(control(&server, &instance, "DELETE", "/websites/admin", &Value::Null).0, 404);
}

#[test]
fn store_views_are_renamed_closed_and_deleted_unless_they_are_the_default() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let french = json!({"store": "main_website_store", "code": "fr", "name": "French", "sort_order": 5});
    let (status, made) = control(&server, &instance, "POST", "/store-views", &french);
    assert_eq!((status, &made["id"]), (201, &json!(2)), "{made}");
    for (field, body) in [
        ("code", json!({"store": "main_website_store", "code": "FR", "name": "x"})),
        ("code", json!({"store": "main_website_store", "code": "all", "name": "x"})),
        ("code", json!({"store": "main_website_store", "code": "1a", "name": "x"})),
        ("name", json!({"store": "main_website_store", "code": "it"})),
    ] {
        let (status, answer) = control(&server, &instance, "POST", "/store-views", &body);
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{body}: {answer}");
    }
    let (status, changed) = control(
        &server,
        &instance,
        "PUT",
        "/store-views/fr",
        &json!({"name": "Français", "is_active": false}),
    );
    assert_eq!((status, &changed["name"], &changed["is_active"]), (200, &json!("Français"), &json!(0)));
    let default = "/store-views/default";
    assert_eq!(control(&server, &instance, "PUT", default, &json!({"is_active": false})).0, 400);
    assert_eq!(control(&server, &instance, "DELETE", default, &Value::Null).0, 400);

    let (_, _) = control(&server, &instance, "PUT", "/store-views/fr", &json!({"is_active": true}));
    let (status, store) = control(
        &server,
        &instance,
        "PUT",
        "/stores/main_website_store",
        &json!({"default_store_view": "fr"}),
    );
    assert_eq!((status, &store["default_store_id"]), (200, &json!(2)), "{store}");
    assert_eq!(instance.add_customer("ada@example.com")["created_in"], "Français");
    assert_eq!(control(&server, &instance, "DELETE", default, &Value::Null).0, 204);
}

#[test]
fn there_are_only_so_many_websites() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    set(&server, &instance, "patron/stores/limit", "2");
    let website =
        |code: &str| control(&server, &instance, "POST", "/websites", &json!({"code": code, "name": code}));
    assert_eq!(website("second").0, 201);
    let (status, answer) = website("third");
    assert_eq!(
        (status, &answer["message"]),
        (400, &json!("There are 2 websites already, which is the limit."))
    );
}

#[test]
fn page_sizes_are_limited_where_input_is() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let search = |size: &str| instance.get(&format!("/V1/customers/search?searchCriteria[{size}"));
    assert_eq!(search("pageSize]=301").status, 200);
    set(&server, &instance, "webapi/validation/input_limit_enabled", "1");
    let refused = search("pageSize]=301");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["message"], "Maximum SearchCriteria pageSize is %max");
    assert_eq!(refused.body["parameters"], json!({"max": 300}));
    assert_eq!(search("pageSize]=300").status, 200);
    // Only this spelling is looked at, as in the original.
    assert_eq!(search("page_size]=301").status, 200);
}

#[test]
fn searches_without_a_page_size_get_the_default_one_where_input_is_limited() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    (1..=4).for_each(|number| drop(instance.add_customer(&format!("ada{number}@example.com"))));
    let search = |criteria: &str| {
        let found = instance.get(&format!("/V1/customers/search?{criteria}")).expect(200);
        (found["items"].as_array().unwrap().len(), found["search_criteria"]["page_size"].clone())
    };
    assert_eq!(search("searchCriteria"), (4, Value::Null));
    set(&server, &instance, "webapi/validation/input_limit_enabled", "1");
    assert_eq!(search("searchCriteria"), (4, json!(20)));
    set(&server, &instance, "webapi/validation/default_page_size", "3");
    assert_eq!(search("searchCriteria"), (3, json!(3)));
    assert_eq!(search("searchCriteria[currentPage]=2"), (1, json!(3)));
    assert_eq!(search("search_criteria[page_size]=2"), (2, json!(2)));
    // Asked for, not left out: everything.
    assert_eq!(search("searchCriteria[pageSize]=0"), (4, json!(0)));
    let groups = instance.get("/V1/customerGroups/search?searchCriteria").expect(200);
    assert_eq!((groups["items"].as_array().unwrap().len(), &groups["total_count"]), (3, &json!(4)));
    assert_eq!(instance.get("/V1/customers/search").status, 400, "criteria must be sent all the same");
}

#[test]
fn lists_are_limited_where_input_is() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let with_addresses = |email: &str, count: usize| {
        let address = json!({
            "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James Sq"], "city": "London",
            "postcode": "SW1", "country_id": "GB", "telephone": "020 7946"
        });
        json!({"customer": {
            "email": email, "firstname": "Ada", "lastname": "Lovelace", "addresses": vec![address; count]
        }})
    };
    let too_many = |answer: patron_harness::Answer, class: &str, max: i64| {
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.body["message"], "Maximum items of type \"%type\" is %max");
        assert_eq!(answer.body["parameters"], json!({"type": class, "max": max}));
    };
    let address = r"\Magento\Customer\Api\Data\AddressInterface";
    instance.post("/V1/customers", &with_addresses("off@example.com", 21)).expect(200);
    set(&server, &instance, "webapi/validation/input_limit_enabled", "1");
    instance.post("/V1/customers", &with_addresses("at@example.com", 20)).expect(200);
    too_many(instance.post("/V1/customers", &with_addresses("over@example.com", 21)), address, 20);

    set(&server, &instance, "webapi/validation/complex_array_limit", "1");
    let criteria = "/V1/customers/search?searchCriteria";
    let group = |group: usize, filter: usize| {
        format!("searchCriteria[filterGroups][{group}][filters][{filter}][field]=email")
    };
    let two = |a: String, b: String| instance.get(&format!("{criteria}&{a}&{b}"));
    too_many(two(group(0, 0), group(1, 0)), r"\Magento\Framework\Api\Search\FilterGroup", 1);
    too_many(two(group(0, 0), group(0, 1)), r"\Magento\Framework\Api\Filter", 1);
    let order = |order: usize| format!("searchCriteria[sort_orders][{order}][field]=email");
    too_many(two(order(0), order(1)), r"\Magento\Framework\Api\SortOrder", 1);
    two(group(0, 0), order(0)).expect(200);

    // What runs later may be longer, and a bulk may have any number of calls.
    let bulk = |count| vec![with_addresses("later@example.com", count); 2];
    let later = |count| instance.post("/V1/async/customers", &with_addresses("later@example.com", count));
    later(3).expect(202);
    set(&server, &instance, "webapi/async/default_input_array_size_limit", "2");
    too_many(later(3), address, 2);
    too_many(instance.post("/V1/async/bulk/customers", &json!(bulk(3))), address, 2);
    instance.post("/V1/async/bulk/customers", &json!(bulk(2))).expect(202);
    assert_eq!(
        instance.get(&format!("{criteria}[pageSize]=1")).expect(200)["search_criteria"]["page_size"],
        1
    );
}
