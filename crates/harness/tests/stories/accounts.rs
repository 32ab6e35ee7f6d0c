//! Accounts as an integration sees them: confirming, activating, validating, and tokens and codes for the storefront.

#![allow(clippy::unwrap_used)]

use patron_harness::{Instance, Options, Patron, customer};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// A call of the control API about an instance.
fn control(server: &Patron, instance: &Instance, method: &str, path: &str, body: &Value) -> Value {
    let url = format!("{}/_/instances/{}{path}", server.base(), instance.made.instance_id);
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client.request(method.parse().unwrap(), url).json(body).send().unwrap();
    assert!(answer.status().is_success(), "{method} {path}: {}", answer.text().unwrap());
    answer.json().unwrap_or(Value::Null)
}

fn set(server: &Patron, instance: &Instance, path: &str, value: &str) {
    control(server, instance, "PUT", "/settings", &json!({"path": path, "scope": "default", "value": value}));
}

/// The key in the newest mail of the inbox.
fn key_of_newest_mail(server: &Patron, instance: &Instance) -> String {
    let inbox = control(server, instance, "GET", "/mail", &Value::Null);
    let newest = &inbox["mails"][0];
    assert_eq!(newest["template"], "confirmation");
    let mail = control(server, instance, "GET", &format!("/mail/{}", newest["id"]), &Value::Null);
    let link = mail["links"]["confirm"].as_str().unwrap();
    assert!(mail["text"].as_str().unwrap().contains(link));
    link.split("key=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn the_key_in_the_confirmation_mail_activates_the_account() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    set(&server, &instance, "customer/create_account/confirm", "1");
    let made = instance.add_customer("ada@example.org");
    assert!(made.get("confirmation").is_none(), "{made}");
    assert_eq!(instance.get("/V1/customers/1/confirm").expect(200), "account_confirmation_required");

    let key = key_of_newest_mail(&server, &instance);
    let wrong = instance.put("/V1/customers/ada@example.org/activate", &json!({"confirmationKey": "x"}));
    assert_eq!(
        (wrong.status, wrong.message()),
        (400, "The confirmation token is invalid. Verify the token and try again.")
    );
    let active =
        instance.put("/V1/customers/ada@example.org/activate", &json!({"confirmationKey": key})).expect(200);
    assert!(active.get("confirmation").is_none() && active.get("extension_attributes").is_none(), "{active}");

    assert_eq!(instance.get("/V1/customers/1/confirm").expect(200), "account_confirmed");
    assert!(instance.get("/V1/customers/1").expect(200).get("confirmation").is_none());
    let again = instance.put("/V1/customers/ada@example.org/activate", &json!({"confirmationKey": key}));
    assert_eq!((again.status, again.message()), (400, "The account is already active."));
}

#[test]
fn a_confirmation_that_is_asked_for_again_carries_the_same_key() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    set(&server, &instance, "customer/create_account/confirm", "1");
    instance.add_customer("ada@example.org");
    let key = key_of_newest_mail(&server, &instance);
    let resend = json!({"email": "ADA@example.org", "website_id": 1, "redirect_url": "https://shop.example.net/hello"});
    assert_eq!(instance.post("/V1/customers/confirm", &resend).expect(200), true);
    assert_eq!(key_of_newest_mail(&server, &instance), key);
    let inbox = control(&server, &instance, "GET", "/mail?recipient=ada@example.org", &Value::Null);
    assert_eq!(inbox["mails"].as_array().unwrap().len(), 2);
}

#[test]
fn a_plus_in_the_path_is_a_plus() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    set(&server, &instance, "customer/create_account/confirm", "1");
    for (email, path) in [("a+1@example.org", "a+1@example.org"), ("a+2@example.org", "a%2B2@example.org")] {
        instance.add_customer(email);
        let key = key_of_newest_mail(&server, &instance);
        instance.put(&format!("/V1/customers/{path}/activate"), &json!({"confirmationKey": key})).expect(200);
    }
}

#[test]
fn an_account_that_nobody_has_is_not_activated() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let answer = instance.put("/V1/customers/no@example.org/activate", &json!({"confirmationKey": "x"}));
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.body["parameters"],
        json!({
            "fieldName": "email", "fieldValue": "no@example.org", "field2Name": "websiteId", "field2Value": "1",
        })
    );
}

#[test]
fn a_required_attribute_without_a_value_is_named_by_a_validation_that_changes_nothing() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let sent = json!({"customer": {"email": "not an address", "firstname": "", "lastname": "L", "website_id": 0, "group_id": 0}});
    let found = instance.put("/V1/customers/validate", &sent).expect(200);
    let message = "The \"First Name\" attribute value is empty. Set the attribute and try again.";
    assert_eq!(found, json!({"valid": false, "messages": [message]}));
    let all = instance.get("/V1/customers/search?searchCriteria[pageSize]=1").expect(200);
    assert_eq!(all["total_count"], 0);
}

#[test]
fn tokens_and_codes_are_given_for_customers_that_exist_and_allow_it() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    let token = instance.post("/V1/customers/1/token", &json!({})).expect(200);
    assert!(token.as_str().unwrap().len() > 40, "{token}");
    let unknown = instance.post("/V1/customers/9/token", &json!({}));
    assert_eq!(
        (unknown.status, &unknown.body["parameters"]),
        (404, &json!({"fieldName": "customerId", "fieldValue": 9}))
    );

    let refused = instance.post("/V1/customer/1/otp", &json!({"reason": "helps"}));
    assert_eq!(
        (refused.status, refused.message()),
        (400, "Login as Customer assistance is disabled for this Customer.")
    );
    let mut allowing = customer("bob@example.org");
    allowing["customer"]["extension_attributes"] = json!({"assistance_allowed": 2});
    instance.post("/V1/customers", &allowing).expect(200);
    let code = instance.post("/V1/customer/2/otp", &json!({"reason": " "})).expect(200);
    let code = code["otp"].as_str().unwrap();
    assert!(code.len() == 32 && code.bytes().all(|b| b.is_ascii_hexdigit()), "{code}");
    assert_eq!(instance.post("/V1/customer/9/otp", &json!({})).status, 404);
    set(&server, &instance, "login_as_customer/general/enabled", "0");
    assert_eq!(instance.post("/V1/customer/2/otp", &json!({})).message(), "Login as Customer is disabled.");
}
