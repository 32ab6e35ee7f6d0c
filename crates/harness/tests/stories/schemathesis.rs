//! Schemathesis makes up requests from the OpenAPI documents, right ones and wrong ones, and holds every answer against them: no status,
//! content type or body that they do not promise, and never an error of the server's own.
//!
//! Bounded and repeatable: so many requests an operation, from one seed. What it cannot guess, such as the ids of what exists, it is told.

#![allow(clippy::unwrap_used)]

use std::fs;

use patron_harness::login::World;
use patron_harness::{Instance, Options, Patron, clients};
use serde_json::json;

/// What an answer is checked for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";
/// Requests that are made up for an operation, beside those of its edges.
const EXAMPLES: &str = "12";

#[test]
fn schemathesis_finds_no_answer_of_the_rest_api_that_its_document_does_not_promise() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    populate(&instance);

    let document = format!("{}/_/openapi.json", server.base());
    run(&document, &instance.made.rest_endpoint, &instance.token, REST);
}

#[test]
fn schemathesis_finds_no_answer_of_the_control_api_that_its_document_does_not_promise() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let (org, instance) = (world.org(), &world.instance.made);
    let told = CONTROL
        .replace("{org}", &org)
        .replace("{instance}", &instance.instance_id)
        .replace("{client}", world.client_id())
        .replace("{server}", &instance.client_id)
        .replace("{user}", world.user["user_id"].as_str().unwrap());

    let document = format!("{}/_/control-openapi.json", server.base());
    run(&document, &format!("{}/_", server.base()), "not needed here", &told);
}

/// Customers 1 to 8 with an address each, a customer group and a tax class: what calls with small ids find.
fn populate(instance: &Instance) {
    for id in 1..=8 {
        let address = json!({"firstname": "Ada", "lastname": "Lovelace", "street": ["1 Main"], "city": "Austin", "postcode": "78701",
            "telephone": "1", "country_id": "US", "region_id": 57, "default_billing": true, "default_shipping": id % 2 == 0});
        let customer = json!({"email": format!("ada-{id}@example.com"), "firstname": "Ada", "lastname": "Lovelace", "addresses": [address]});
        instance.post("/V1/customers", &json!({ "customer": customer })).expect(200);
    }
    instance
        .post("/V1/customerGroups", &json!({"group": {"code": "Friends", "tax_class_id": 3}}))
        .expect(200);
}

/// What exists in a populated instance, and what such requests are likely to hold.
const REST: &str = r#"
[dictionaries.ids]
values = [1, 2, 3, 4, 5, 6, 7, 8]
[dictionaries.emails]
values = ["ada-1@example.com", "ada-7@example.com", "new@example.com"]
[dictionaries.passwords]
values = ["TempPa55word!", "short"]
[dictionaries.fields]
values = ["email", "firstname", "lastname", "group_id", "created_at", "billing_city", "gender"]
[dictionaries.conditions]
values = ["eq", "neq", "like", "in", "gt", "lteq", "null", "finset"]
[dictionaries.directions]
values = ["ASC", "DESC"]
[dictionaries.tax]
values = ["CUSTOMER"]
[dictionaries.attributes]
values = ["email", "firstname", "gender", "dob", "street", "country_id"]
[dictionaries.forms]
values = ["adminhtml_customer", "customer_account_create", "customer_address_edit"]
[dictionaries.countries]
values = ["US", "DE", "XX"]

[parameters]
"path.customerId" = { dictionary = "ids", probability = 0.7 }
"path.addressId" = { dictionary = "ids", probability = 0.7 }
"path.id" = { dictionary = "ids", probability = 0.7 }
"path.taxClassId" = { dictionary = "ids", probability = 0.7 }
"path.email" = { dictionary = "emails", probability = 0.7 }
"path.attributeCode" = { dictionary = "attributes", probability = 0.7 }
"path.formCode" = { dictionary = "forms", probability = 0.7 }
"path.countryId" = { dictionary = "countries", probability = 0.7 }
"query.searchCriteria[filterGroups][0][filters][0][field]" = { dictionary = "fields", probability = 0.9 }
"query.searchCriteria[filterGroups][0][filters][0][conditionType]" = { dictionary = "conditions", probability = 0.9 }
"query.searchCriteria[sortOrders][0][field]" = { dictionary = "fields", probability = 0.9 }
"query.searchCriteria[sortOrders][0][direction]" = { dictionary = "directions", probability = 0.9 }
"query.searchCriteria[pageSize]" = { dictionary = "ids", probability = 0.9 }
"query.searchCriteria[currentPage]" = { dictionary = "ids", probability = 0.9 }
"body.password" = { dictionary = "passwords", probability = 0.9 }
"body.taxClass.class_type" = { dictionary = "tax", probability = 0.9 }
"body.customer.id" = { dictionary = "ids", probability = 0.5 }
"body.customer.email" = { dictionary = "emails", probability = 0.7 }
"body.customer.group_id" = { dictionary = "ids", probability = 0.7 }
"body.customer.website_id" = { dictionary = "ids", probability = 0.7 }
"body.customer.store_id" = { dictionary = "ids", probability = 0.7 }

# Every accepted password costs a hash; the edges of customers are tried where they are validated and changed.
[[operations]]
include-name = "POST /V1/customers"
phases = { coverage = { enabled = false } }
generation = { max-examples = 40 }
"#;

/// What exists in an organization. The calls that would end it are given others' names.
const CONTROL: &str = r#"
[dictionaries.organizations]
values = ["{org}"]
[dictionaries.instances]
values = ["{instance}"]
[dictionaries.credentials]
values = ["{client}", "{server}"]
[dictionaries.users]
values = ["{user}"]
[dictionaries.ids]
values = [1, 2, 3]
[dictionaries.codes]
values = ["base", "main_website_store", "default", "shop"]
[dictionaries.entities]
values = ["customer", "customer_address"]
[dictionaries.settings]
values = ["customer/account_share/scope", "customer/create_account/confirm", "general/locale/timezone"]
[dictionaries.scopes]
values = ["default", "website", "store"]

[parameters]
"path.org_id" = { dictionary = "organizations", probability = 0.8 }
"path.instance_id" = { dictionary = "instances", probability = 0.8 }
"path.client_id" = { dictionary = "credentials", probability = 0.8 }
"path.user_id" = { dictionary = "users", probability = 0.8 }
"path.project_id" = { dictionary = "ids", probability = 0.8 }
"path.role_id" = { dictionary = "ids", probability = 0.8 }
"path.code" = { dictionary = "codes", probability = 0.8 }
"path.entity" = { dictionary = "entities", probability = 0.8 }
"query.path" = { dictionary = "settings", probability = 0.8 }
"query.scope" = { dictionary = "scopes", probability = 0.8 }
"body.path" = { dictionary = "settings", probability = 0.8 }
"body.scope" = { dictionary = "scopes", probability = 0.8 }
"body.website" = { dictionary = "codes", probability = 0.8 }
"body.store" = { dictionary = "codes", probability = 0.8 }

[[operations]]
include-name = ["DELETE /instances/{instance_id}", "DELETE /organizations/{org_id}", "DELETE /credentials/{client_id}", "DELETE /users/{user_id}"]
parameters = { "path.org_id" = "nobody", "path.instance_id" = "nobody", "path.client_id" = "nobody", "path.user_id" = "nobody" }
"#;

/// Runs it in a folder of its own. Fails the test with its whole report, which has a `curl` line for every finding.
#[track_caller]
fn run(document: &str, url: &str, token: &str, told: &str) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("schemathesis.toml");
    // Where every call was refused for its token, nothing was tested.
    fs::write(&config, format!("[warnings]\nfail-on = [\"missing_auth\"]\n{told}")).unwrap();
    let mut schemathesis = clients::program("schemathesis");
    schemathesis.current_dir(folder.path()).arg("--config-file").arg(config);
    schemathesis.args(["run", document, "--url", url, "--checks", CHECKS, "--max-examples", EXAMPLES]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {token}"), "--seed", "1", "--no-color"]);
    schemathesis.args(["--phases", "examples,coverage,fuzzing,stateful", "--generation-database", "none"]);
    schemathesis.arg("--continue-on-failure");
    let report = clients::succeeds(&mut schemathesis);
    // An empty document would be an easy one to keep.
    assert!(report.contains("passed") && !report.contains("0 generated"), "{report}");
}
