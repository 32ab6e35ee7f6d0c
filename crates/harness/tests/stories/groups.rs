//! Customer groups, the tax classes they are taxed by, stores, countries and the other small lists: what the recorded
//! exchanges leave open, and what bad input must not do.

#![allow(clippy::unwrap_used)]

use patron_harness::{Answer, Options, Patron, customer};
use serde_json::{Value, json};

const FILTER: &str = "searchCriteria[filterGroups][0][filters][0]";

#[test]
fn a_group_that_new_customers_get_cannot_be_deleted_until_another_is_the_default() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    assert_eq!(instance.put("/V1/customerGroups/default/2", &json!({})).expect(200), 2);

    assert_eq!(instance.get("/V1/customerGroups/default").expect(200)["code"], "Wholesale");
    assert_eq!(instance.get("/V1/customerGroups/default/0").expect(200)["code"], "Wholesale");
    assert_eq!(instance.get("/V1/customerGroups/default?storeId=1").expect(200)["code"], "Wholesale");
    assert_eq!(instance.add_customer("ada@example.com")["group_id"], 2);
    assert_eq!(instance.get("/V1/customerGroups/2/permissions").expect(200), true);
    assert_eq!(refusal(instance.delete("/V1/customerGroups/2"), 400), "Cannot delete group.");
    assert_eq!(instance.get("/V1/customerGroups/1/permissions").expect(200), false);
    assert_eq!(instance.delete("/V1/customerGroups/1").expect(200), true);

    assert_eq!(
        instance.put("/V1/customerGroups/default/1", &json!({})).expect(404)["parameters"],
        json!({"fieldName": "id", "fieldValue": 1})
    );
    assert_eq!(
        instance.get("/V1/customerGroups/default/9").expect(404)["parameters"],
        json!({"fieldName": "storeId", "fieldValue": 9})
    );
    assert_eq!(instance.put("/V1/customerGroups/default/0", &json!({})).expect(200), 0);
    assert_eq!(instance.get("/V1/customerGroups/default").expect(200)["code"], "NOT LOGGED IN");
}

#[test]
fn the_members_of_a_deleted_group_move_and_nobody_else_does() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let in_group = |email: &str, group: i64| {
        let mut sent = customer(email);
        sent["customer"]["group_id"] = group.into();
        instance.post("/V1/customers", &sent).expect(200)["id"].as_i64().unwrap()
    };
    let moved = [in_group("ada@example.com", 2), in_group("grace@example.com", 2)];
    let stays = in_group("joan@example.com", 3);
    // Whoever was read once is answered from a kept copy, which must not outlive the group.
    moved.iter().for_each(|id| drop(instance.get(&format!("/V1/customers/{id}")).expect(200)));

    assert_eq!(instance.delete("/V1/customerGroups/2").expect(200), true);

    for id in moved {
        assert_eq!(instance.get(&format!("/V1/customers/{id}")).expect(200)["group_id"], 1);
    }
    assert_eq!(instance.get(&format!("/V1/customers/{stays}")).expect(200)["group_id"], 3);
    for (group, members) in [(1, 2), (2, 0), (3, 1)] {
        let found =
            instance.get(&format!("/V1/customers/search?{FILTER}[field]=group_id&{FILTER}[value]={group}"));
        assert_eq!(found.expect(200)["total_count"], members, "group {group}");
    }
}

#[test]
fn excluded_websites_are_answered_as_sent_and_kept_as_far_as_they_exist() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let save = |extension: Option<Value>| {
        let mut group = json!({"code": "VIP", "tax_class_id": 3});
        if let Some(extension) = extension {
            group["extension_attributes"] = extension;
        }
        instance.put("/V1/customerGroups/2", &json!({"group": group})).expect(200)["extension_attributes"]
            .clone()
    };
    let stored = || instance.get("/V1/customerGroups/2").expect(200)["extension_attributes"].clone();
    let excluding = |ids: &[i64]| json!({"exclude_website_ids": ids});

    assert_eq!(save(Some(excluding(&[1, 1, 0, 77]))), excluding(&[1, 1, 0, 77]));
    assert_eq!(stored(), excluding(&[1]));
    let found =
        instance.get(&format!("/V1/customerGroups/search?{FILTER}[field]=id&{FILTER}[value]=2")).expect(200);
    assert_eq!(found["items"][0]["extension_attributes"], excluding(&[1]));

    assert_eq!((save(None), stored()), (Value::Null, excluding(&[1])), "what is not sent stays");
    assert_eq!((save(Some(json!({}))), stored()), (Value::Null, excluding(&[1])));
    assert_eq!((save(Some(excluding(&[]))), stored()), (excluding(&[]), Value::Null));

    let visitors =
        json!({"group": {"code": "Visitors", "tax_class_id": 3, "extension_attributes": excluding(&[1])}});
    instance.put("/V1/customerGroups/0", &visitors).expect(200);
    let visitors = instance.get("/V1/customerGroups/0").expect(200);
    assert_eq!(visitors["extension_attributes"], Value::Null, "visitors are excluded from nowhere");
}

#[test]
fn codes_are_compared_without_case_accents_and_blanks_at_the_end() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let post = |code: &str| instance.post("/V1/customerGroups", &json!({"group": {"code": code}}));
    post("Vétérans").expect(200);

    for taken in ["vétérans", "VETERANS", "Veterans  ", "general"] {
        assert_eq!(refusal(post(taken), 400), "Customer Group already exists.", "{taken:?}");
    }
    let long = "a".repeat(32);
    post(&long).expect(200);
    assert_eq!(
        refusal(post(&format!("{long}b")), 400),
        "Customer Group already exists.",
        "cut, then compared"
    );

    let renamed = json!({"group": {"code": "VETERANS", "tax_class_id": 3}});
    assert_eq!(instance.put("/V1/customerGroups/4", &renamed).expect(200)["code"], "VETERANS");
    assert_eq!(post(" General").expect(200)["code"], " General");
    assert_eq!(post("0").expect(200)["code"], "0");
}

#[test]
fn a_refused_group_writes_nothing_and_takes_no_id() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for (group, message) in [
        (json!({}), "\"%fieldName\" is required. Enter and try again."),
        (json!("VIP"), "\"%fieldName\" is required. Enter and try again."),
        (json!({"code": "\t\n", "tax_class_id": 99}), "\"%fieldName\" is required. Enter and try again."),
        (
            json!({"code": "VIP", "tax_class_id": 2}),
            "Invalid value of \"%value\" provided for the %fieldName field.",
        ),
        (
            json!({"code": "General", "tax_class_id": 99}),
            "Invalid value of \"%value\" provided for the %fieldName field.",
        ),
        (
            json!({"code": "VIP", "colour": "red"}),
            "\"%fieldName\" is not supported. Correct the field name and try again.",
        ),
        (
            json!({"code": "VIP", "extension_attributes": {"exclude_website_ids": 1}}),
            "Error occurred during \"extension_attributes\" processing. Error occurred during \"exclude_website_ids\" \
             processing. The \"integer\" value's type is invalid. The \"int[]\" type was expected. Verify and try again.",
        ),
    ] {
        assert_eq!(
            refusal(instance.post("/V1/customerGroups", &json!({"group": group})), 400),
            message,
            "{group}"
        );
    }
    assert_eq!(instance.get("/V1/customerGroups/search?searchCriteria").expect(200)["total_count"], 4);
    assert_eq!(instance.post("/V1/customerGroups", &json!({"group": {"code": "VIP"}})).expect(200)["id"], 4);
}

#[test]
fn a_put_changes_the_group_of_its_path_and_creates_none() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let whole = json!({"group": {"code": "VIP", "tax_class_id": 3, "id": 2}});

    assert_eq!(instance.put("/V1/customerGroups/3", &whole).expect(200)["id"], 3);
    assert_eq!(instance.get("/V1/customerGroups/2").expect(200)["code"], "Wholesale");
    let conversion = "Error occurred during \"id\" processing. The \"abc\" value's type is invalid. \
                      The \"int\" type was expected. Verify and try again.";
    assert_eq!(refusal(instance.put("/V1/customerGroups/abc", &whole), 400), conversion);
    for shapeless in [json!({"group": "VIP"}), json!({"group": 1}), json!({"group": []})] {
        instance.put("/V1/customerGroups/3", &shapeless).expect(400);
    }
    let by_query = "/V1/customerGroups/9?group=VIP&group[code]=VIP&group[tax_class_id]=3";
    assert_eq!(instance.put(by_query, &json!({})).status, 404);
    assert_eq!(instance.get("/V1/customerGroups/search?searchCriteria").expect(200)["total_count"], 4);
}

#[test]
fn a_search_that_cannot_be_made_is_refused_and_never_a_fault_of_the_server() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let search = |resource: &str, criteria: &str| instance.get(&format!("/V1/{resource}/search?{criteria}"));
    let invalid = "The \"%1\" attribute name is invalid. Reset the name and try again.";

    for resource in ["customerGroups", "taxClasses", "customerSegments"] {
        for criteria in [
            format!("{FILTER}[field]=nope&{FILTER}[value]=1"),
            format!("{FILTER}[value]=1"),
            format!("{FILTER}[field]=id%20OR%201=1&{FILTER}[value]=1"),
            "searchCriteria[sortOrders][0][field]=nope".to_owned(),
        ] {
            assert_eq!(refusal(search(resource, &criteria), 400), invalid, "{resource} {criteria}");
        }
        let missing = search(resource, "").expect(400);
        assert_eq!(missing["parameters"], json!({"fieldName": "searchCriteria"}), "{resource}");
    }
    for pattern in ["(", "[", "a{99999}", "%2B%2B"] {
        let criteria =
            format!("{FILTER}[field]=code&{FILTER}[condition_type]=regexp&{FILTER}[value]={pattern}");
        let refused = search("customerGroups", &criteria).expect(400);
        assert_eq!(
            (&refused["message"], &refused["parameters"]),
            (&json!(invalid), &json!(["code"])),
            "{pattern}"
        );
    }
    let wild =
        format!("{FILTER}[field]=code&{FILTER}[condition_type]=like&{FILTER}[value]={}", "%25a".repeat(5000));
    assert_eq!(search("customerGroups", &wild).expect(200)["total_count"], 0);
    let many = (0..9000).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let listed = format!("{FILTER}[field]=id&{FILTER}[condition_type]=in&{FILTER}[value]={many}");
    assert_eq!(search("customerGroups", &listed).expect(200)["total_count"], 4);
}

#[test]
fn tax_classes_are_named_once_a_type_and_go_only_when_no_group_has_them() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let post = |class: Value| instance.post("/V1/taxClasses", &json!({"taxClass": class}));
    let put =
        |id: i64, class: Value| instance.put(&format!("/V1/taxClasses/{id}"), &json!({"tax_class": class}));

    assert_eq!(post(json!({"class_name": "retail CUSTOMER ", "class_type": "PRODUCT"})).expect(200), "4");
    assert_eq!(post(json!({"class_name": "Trade", "class_type": "CUSTOMER"})).expect(200), "5");
    let taken = post(json!({"class_name": "TRADE", "class_type": "CUSTOMER"})).expect(400);
    assert_eq!(taken["parameters"], json!(["CUSTOMER"]));
    let both = post(json!({"class_name": " ", "class_type": "customer"})).expect(400);
    assert_eq!(both["errors"][0]["parameters"], json!({"fieldName": "class_name"}));
    assert_eq!(both["errors"][1]["parameters"], json!({"fieldName": "class_type", "value": "customer"}));

    let group = json!({"group": {"code": "Trade", "tax_class_id": 5}});
    assert_eq!(instance.post("/V1/customerGroups", &group).expect(200)["tax_class_name"], "Trade");
    assert_eq!(put(5, json!({"class_name": "Business", "class_type": "CUSTOMER"})).expect(200), 5);
    assert_eq!(instance.get("/V1/customerGroups/4").expect(200)["tax_class_name"], "Business");
    assert_eq!(post(json!({"class_id": 5, "class_name": "Firms", "class_type": "CUSTOMER"})).expect(200), 5);
    assert_eq!(
        put(5, json!({"class_name": "", "class_type": "PRODUCT"})).message(),
        "Updating classType is not allowed."
    );
    assert_eq!(put(5, json!({"class_name": "", "class_type": "CUSTOMER"})).status, 400);

    let used = instance.delete("/V1/taxClasses/5").expect(400);
    assert_eq!(used["message"], "You cannot delete this tax class because it is used in existing %1(s).");
    assert_eq!(used["parameters"], json!(["customer group"]));
    instance.delete("/V1/customerGroups/4").expect(200);
    assert_eq!(instance.delete("/V1/taxClasses/5").expect(200), true);
    assert_eq!(
        instance.get("/V1/taxClasses/5").expect(404)["parameters"],
        json!({"fieldName": "class_id", "fieldValue": 5})
    );
}

#[test]
fn stores_countries_modules_and_segments_are_listed() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let codes = |path: &str| -> Vec<String> {
        let list = instance.get(path).expect(200);
        list.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes("/V1/store/websites"), ["admin", "base"]);
    assert_eq!(codes("/V1/store/storeViews"), ["default", "admin"], "the view of the call comes first");
    assert_eq!(codes("/V1/store/storeConfigs"), ["default"]);
    assert_eq!(codes("/V1/store/storeConfigs?storeCodes[]=default&store_codes[]=ignored"), ["default"]);
    assert!(codes("/V1/store/storeConfigs?storeCodes[]=nope").is_empty());
    let scalar =
        "The \"string\" value's type is invalid. The \"string[]\" type was expected. Verify and try again.";
    assert_eq!(refusal(instance.get("/V1/store/storeConfigs?storeCodes=default"), 400), scalar);

    assert_eq!(instance.get("/V1/directory/countries").expect(200).as_array().unwrap().len(), 249);
    assert_eq!(instance.get("/V1/directory/countries/DE").expect(200)["available_regions"][0]["id"], "80");
    for unknown in ["de", "ZZ", "DEU", "%20"] {
        let answer = instance.get(&format!("/V1/directory/countries/{unknown}"));
        assert_eq!(refusal(answer, 404), "The country isn't available.", "{unknown}");
    }
    let modules = instance.get("/V1/modules?searchCriteria").expect(200);
    assert!(modules.as_array().unwrap().contains(&json!("Magento_Customer")));
    let segments = instance.get("/V1/customerSegments/search?searchCriteria[pageSize]=5").expect(200);
    assert_eq!(
        segments,
        json!({"items": [], "search_criteria": {"filter_groups": [], "page_size": 5}, "total_count": 0})
    );
}

/// The message of an answer with that status.
#[track_caller]
fn refusal(answer: Answer, status: u16) -> String {
    answer.expect(status)["message"].as_str().unwrap_or_default().to_owned()
}
