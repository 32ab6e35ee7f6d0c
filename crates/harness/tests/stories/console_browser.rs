//! The console in a real browser: a developer's first quarter of an hour, by mouse and keyboard, with pictures of each page.

#![allow(clippy::unwrap_used)]

use patron_harness::{
    Options, Patron,
    chromium::{Chromium, Scheme, screenshots},
};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// A phone and a desktop.
const SIZES: [(u32, u32); 2] = [(390, 844), (1440, 900)];

#[test]
fn a_developer_makes_a_credential_in_the_browser_runs_the_tutorial_and_replaces_the_secret() {
    let server = Patron::start(Options::ephemeral());
    let browser = Chromium::start();
    browser.look(1440, 900, Scheme::Light);
    sign_in(&browser, &server);

    browser.click("nav.side a[href$='/projects']");
    browser.click("a.button.primary[href$='/projects/new']");
    browser.fill("#f-title", "Demo ACCS");
    browser.click("main form .primary");
    browser.click("a.button.primary[href$='/credentials/new']");
    browser.click(".choices li:first-child a");
    browser.click("main form .primary");
    let secret = browser.text("#client-secret");
    let client_id = browser.text("#client-id");
    assert!(secret.starts_with("p8e-"), "{secret}");
    copy(&browser, "client-secret");
    let credential = browser.address().split('?').next().unwrap().to_owned();

    browser.click("nav.side a[href$='/instances']");
    browser.click("tbody th a");
    let rest = browser.text("#rest-endpoint");
    let token_endpoint = browser.text("#token-endpoint");
    let details = browser.text(".facts");
    for label in
        ["Instance ID", "Product", "Region", "Environment", "REST endpoint", "GraphQL endpoint", "Status"]
    {
        assert!(details.contains(label), "no {label} in {details}");
    }

    let (status, answer) = token(&token_endpoint, &client_id, &secret);
    assert_eq!(status, 200, "{answer}");
    let bearer = answer["access_token"].as_str().unwrap();
    let customer = json!({"email": "john.doe@example.com", "firstname": "John", "lastname": "Doe"});
    let body = json!({ "customer": customer, "password": "TempPa55word!" });
    let made = call("POST", &format!("{rest}/V1/customers"), bearer, &body);
    let mut customer = made.clone();
    customer["lastname"] = json!("Doe-Updated");
    let path = format!("{rest}/V1/customers/{}", made["id"]);
    assert_eq!(call("PUT", &path, bearer, &json!({ "customer": customer }))["lastname"], "Doe-Updated");

    browser.click(".head a[href$='/customers']");
    assert!(browser.text("tbody tr").contains("john.doe@example.com"));
    browser.fill("#q", "nobody");
    browser.text_with("#results", "No customer found");
    browser.fill("#q", "doe-up");
    browser.text_with("#results", "john.doe@example.com");
    assert!(browser.address().contains("q=doe-up"), "the address follows: {}", browser.address());

    browser.open(&credential);
    browser.click("form[action$='/secrets'] button");
    let second = browser.text("#client-secret");
    assert_eq!(
        (token(&token_endpoint, &client_id, &secret).0, token(&token_endpoint, &client_id, &second).0),
        (200, 200)
    );
    browser.click(".rows li:first-child form button");
    browser.text_with(".notice", "The secret was deleted");
    let (status, answer) = token(&token_endpoint, &client_id, &secret);
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_client")), "the old secret: {answer}");
    assert_eq!(token(&token_endpoint, &client_id, &second).0, 200);

    assert_eq!(browser.complaints(), [""; 0], "nothing was blocked, nothing failed");
}

#[test]
fn no_page_is_wider_than_a_phone_or_a_desktop_in_light_or_dark() {
    let server = Patron::start(Options::ephemeral());
    let browser = Chromium::start();
    let folder = screenshots();
    let take = |name: &str, address: &str| {
        for (width, height) in SIZES {
            for scheme in [Scheme::Light, Scheme::Dark] {
                browser.look(width, height, scheme);
                browser.open(address);
                let wide = browser.script(
                    "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
                );
                assert_eq!(wide, 0, "{name} is too wide at {width}");
                let ground = browser.script("return getComputedStyle(document.body).backgroundColor");
                let is_dark = ground.as_str().unwrap().starts_with("rgb(1");
                assert_eq!(is_dark, scheme == Scheme::Dark, "{name}: {ground}");
                browser.screenshot(&folder.join(format!("{name}-{width}-{}.png", scheme.name())));
            }
        }
    };
    take("sign-in", &format!("{}/console/sign-in", server.base()));
    sign_in(&browser, &server);
    let organization = browser.address().replace("/instances", "");
    browser.click("tbody th a");
    browser.text("#rest-endpoint");
    let instance = browser.address();
    let customer = first_customer(&browser.text("#rest-endpoint"), &server);
    browser.open(&format!("{organization}/projects/1"));
    browser.click("tbody th a");
    browser.text("#client-id");
    let credential = browser.address();
    browser.open(&format!("{organization}/users"));
    browser.click("tbody th a");
    browser.text("#user-id");
    let user = browser.address();
    for (name, address) in [
        ("organizations", format!("{}/console/organizations", server.base())),
        ("instances", format!("{organization}/instances")),
        ("instance", instance.clone()),
        ("customers", format!("{instance}/customers")),
        ("customer", format!("{instance}/customers/{customer}")),
        ("mail", format!("{instance}/mails/1")),
        ("project", format!("{organization}/projects/1")),
        ("credential-types", format!("{organization}/projects/1/credentials/new")),
        ("credential", credential),
        ("users", format!("{organization}/users")),
        ("user", user),
        ("role", format!("{organization}/roles/new")),
        ("settings", format!("{organization}/settings")),
    ] {
        take(name, &address);
    }
    assert_eq!(browser.complaints(), [""; 0], "nothing was blocked, nothing failed");
}

fn sign_in(browser: &Chromium, server: &Patron) {
    browser.open(&format!("{}/console", server.base()));
    browser.fill("#email", &server.banner("Console user").unwrap());
    browser.fill("#password", &server.banner("Console password").unwrap());
    browser.click("button.primary");
    browser.text("tbody th a");
}

/// Presses a copy button, which says what it did.
fn copy(browser: &Chromium, id: &str) {
    let button = format!("[data-copy='{id}']");
    assert_eq!(browser.text(&button), "Copy");
    browser.click(&button);
    // Whether the clipboard may be written is the browser's decision; without it the text is selected.
    browser.text_with(&button, "ed");
}

/// A customer with an address, made with what the banner told; its id.
fn first_customer(rest: &str, server: &Patron) -> Value {
    let (client_id, secret) = (server.banner("Client ID").unwrap(), server.banner("Client secret").unwrap());
    let (_, answer) = token(&format!("{}/ims/token/v3", server.base()), &client_id, &secret);
    let address = json!({
        "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square"], "city": "London",
        "postcode": "SW1Y 4JH", "country_id": "GB", "telephone": "020 7930 7700", "default_billing": true,
    });
    let customer = json!({
        "email": "ada.with-a-long-address@a-long-domain-of-ours.example.com", "firstname": "Ada", "lastname": "Lovelace",
        "addresses": [address],
    });
    let body = json!({ "customer": customer, "password": "TempPa55word!" });
    call("POST", &format!("{rest}/V1/customers"), answer["access_token"].as_str().unwrap(), &body)["id"]
        .clone()
}

fn call(method: &str, url: &str, bearer: &str, body: &Value) -> Value {
    let http = Client::builder().no_proxy().build().unwrap();
    let request = http.request(method.parse().unwrap(), url).bearer_auth(bearer).json(body);
    let answer = request.send().unwrap();
    let (status, body) = (answer.status(), answer.json().unwrap());
    assert!(status.is_success(), "{method} {url}: {status} {body}");
    body
}

fn token(endpoint: &str, client_id: &str, secret: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("scope", "openid,commerce.accs"),
    ];
    let answer = Client::builder().no_proxy().build().unwrap().post(endpoint).form(&form).send().unwrap();
    (answer.status().as_u16(), answer.json().unwrap())
}
