//! The console: a project and a credential are made, the instance's details are read, and what the pages show opens the API.

#![allow(clippy::unwrap_used)]

use patron_harness::{Browser, Console, Options, Page, Patron};
use reqwest::blocking::Client;
use serde_json::{Value, json};

#[test]
fn the_first_start_prints_a_user_once_and_a_later_one_does_not() {
    let mut server = Patron::start(Options::default());
    let password = server.banner("Console password").unwrap();
    assert!(server.banner("Console").unwrap().ends_with("/console"));
    Console::of_first_user(&server);

    assert!(server.stop().success());
    server.restart();

    assert_eq!(server.banner("Console password"), None, "{}", server.stdout());
    let (_, page) = Console::sign_in(server.base(), "", "admin@localhost", &password);
    assert_eq!(page.status, 303, "the password still counts");
    let kept = server.kept();
    assert!(!kept.windows(password.len()).any(|some| some == password.as_bytes()), "it is kept in clear");
}

#[test]
fn a_project_and_a_credential_open_the_instance_and_a_replaced_secret_is_refused() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let organization = console.organization();

    let page = console.open(&format!("{organization}/projects/new"));
    let page = console.submit(&page, &format!("{organization}/projects"), &[("title", "Demo ACCS")]);
    let project = console.path(&page);
    assert!(page.html.contains("Demo ACCS") && page.html.contains("No credential yet"), "{}", page.html);

    let page = console.open(&format!("{project}/credentials/new?type=oauth_server_to_server"));
    let fields = [("type", "oauth_server_to_server"), ("name", "Mine"), ("scopes", "")];
    let page = console.submit(&page, &format!("{project}/credentials"), &fields);
    let credential = console.path(&page);
    let (client_id, first) = (page.text_of("client-id"), page.text_of("client-secret"));
    assert!(page.text_of("env-1").contains(&format!("OAUTH_CLIENT_SECRET={first}")), "{}", page.html);

    let page = console.open(&credential);
    assert!(!page.html.contains(&first), "a secret is shown once");

    let instance = instance_of(&mut console, &organization);
    let details = console.open(&instance);
    let (rest, token_endpoint) = (details.text_of("rest-endpoint"), details.text_of("token-endpoint"));
    assert_eq!(details.text_of("graphql-endpoint"), format!("{rest}/graphql"));
    assert!(rest.ends_with(&details.text_of("instance-id")));
    let customer = tutorial(&rest, &token_endpoint, &client_id, &first);
    assert_eq!(customer["lastname"], "Doe-Updated");

    let page = console.submit(&page, &format!("{credential}/secrets"), &[]);
    let second = page.text_of("client-secret");
    assert_eq!(
        (token(&token_endpoint, &client_id, &first).0, token(&token_endpoint, &client_id, &second).0),
        (200, 200)
    );
    assert!(page.html.contains("at most two secrets"), "{}", page.html);
    let oldest = page
        .html
        .split("/secrets/")
        .nth(1)
        .or_else(|| page.html.split("&#x2f;secrets&#x2f;").nth(1))
        .unwrap();
    let uuid = &oldest[..32];
    let page = console.submit(&page, &format!("{credential}/secrets/{uuid}/delete"), &[]);
    assert!(page.html.contains("The secret was deleted"), "{}", page.html);
    let (status, answer) = token(&token_endpoint, &client_id, &first);
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_client")), "{answer}");
    assert_eq!(token(&token_endpoint, &client_id, &second).0, 200);

    let page = console.submit(&page, &format!("{credential}/delete"), &[("confirm", "no")]);
    assert_eq!(page.status, 422, "a deletion is confirmed");
    console.submit(&page, &format!("{credential}/delete"), &[("confirm", &client_id)]);
    assert_eq!(token(&token_endpoint, &client_id, &second).0, 400);
}

#[test]
fn instances_are_made_shown_and_deleted_once_their_name_was_typed() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let all = format!("{}/instances", console.organization());
    let page = console.open(&format!("{all}/new"));
    let wrong =
        console.submit(&page, &all, &[("name", "Shop"), ("region", "n a"), ("environment", "sandbox")]);
    assert_eq!(
        (wrong.status, wrong.text_of("f-region-error").as_str()),
        (422, "Region must be a region code such as na1.")
    );
    assert!(wrong.html.contains("value=\"Shop\""), "what was typed is still there: {}", wrong.html);

    let fields = [("name", "Shop <1>"), ("region", "eu1"), ("environment", "production")];
    let page = console.submit(&page, &all, &fields);
    assert!(page.html.contains("Europe (eu1)") && page.html.contains("Production"), "{}", page.html);
    assert!(page.html.contains("Shop &lt;1&gt;") && !page.html.contains("Shop <1>"), "{}", page.html);
    let own = console.path(&page);
    let page = console.submit(&page, &format!("{own}/delete"), &[("confirm", "shop")]);
    assert_eq!(page.status, 422);
    let page = console.submit(&page, &format!("{own}/delete"), &[("confirm", "Shop <1>")]);
    assert!(page.html.contains("Deleted."), "{}", page.html);
    assert_eq!(console.open(&own).status, 404);
}

#[test]
fn credentials_for_users_have_redirect_uris_and_the_right_secrets() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let project = first_project(&mut console);
    for (kind, default_uri, secret_lines) in [
        ("oauthwebapp", "https://app.example/cb", 1),
        ("oauthsinglepageapp", "http://localhost:3000/cb", 0),
        ("oauthnativeapp", "myapp://signed-in", 0),
    ] {
        let page = console.open(&format!("{project}/credentials/new?type={kind}"));
        let send = |console: &mut Console, uri: &str, patterns: &str| {
            let fields = [
                ("type", kind),
                ("name", "App"),
                ("default_redirect_uri", uri),
                ("redirect_uri_patterns", patterns),
            ];
            console.submit(&page, &format!("{project}/credentials"), &fields)
        };
        let wrong = send(&mut console, "ftp://app.example", "");
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text_of("f-default_redirect_uri-error").starts_with("The default redirect URI must be")
        );
        let careless = send(&mut console, default_uri, "https://(a/b");
        assert!(careless.text_of("f-redirect_uri_patterns-error").contains("is no pattern"));

        let made = send(&mut console, default_uri, "https://a\\.example/x\r\nhttps://b\\.example/y");
        assert_eq!(made.text_of("default-redirect-uri"), default_uri);
        assert_eq!(made.text_of("redirect-uri-patterns"), r"https://a\.example/x,https://b\.example/y");
        assert_eq!(made.html.matches("id=\"client-secret\"").count(), secret_lines, "{kind}");
        let curl = made.text_of("curl-1");
        assert!(curl.contains("/ims/authorize/v2?client_id=") && curl.contains("code_challenge"), "{curl}");
        assert_eq!(curl.matches("client_secret=").count(), secret_lines, "{kind}: {curl}");
    }
}

#[test]
fn a_workspace_file_is_what_its_schema_says_and_holds_a_secret_only_when_it_was_just_shown() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let project = first_project(&mut console);
    for kind in ["oauthwebapp", "oauthsinglepageapp", "oauthnativeapp"] {
        let page = console.open(&format!("{project}/credentials/new?type={kind}"));
        let fields = [("type", kind), ("name", kind), ("default_redirect_uri", "https://app.example/cb")];
        console.submit(&page, &format!("{project}/credentials"), &fields);
    }
    let page = console.open(&format!("{project}/credentials/new"));
    let page =
        console.submit(&page, &format!("{project}/credentials"), &[("type", "oauth_server_to_server")]);
    let (client_id, secret) = (page.text_of("client-id"), page.text_of("client-secret"));

    let file = console.ask(&format!("{project}/workspace"));
    assert_eq!(file.header("content-type"), "application/json");
    assert!(!file.html.contains("p8e-"), "{}", file.html);
    let document = workspace(&file);
    let project_of = &document["project"];
    let name = format!(
        "attachment; filename=\"{}-{}-{}.json\"",
        project_of["name"].as_str().unwrap(),
        project_of["id"].as_str().unwrap(),
        project_of["workspace"]["name"].as_str().unwrap()
    );
    assert_eq!(file.header("content-disposition"), name);

    let fields = [("client_id", client_id.as_str()), ("client_secret", secret.as_str())];
    let file = console.send(&page, &format!("{project}/workspace"), &fields);
    let document = workspace(&file);
    let credentials = document["project"]["workspace"]["details"]["credentials"].as_array().unwrap();
    let filled: Vec<&Value> = credentials
        .iter()
        .map(|one| &one["oauth_server_to_server"])
        .filter(|one| one["client_secrets"] != json!([]) && !one.is_null())
        .collect();
    assert_eq!(filled.len(), 1);
    assert_eq!(
        (&filled[0]["client_id"], &filled[0]["client_secrets"]),
        (&json!(client_id), &json!([secret]))
    );
}

#[test]
fn projects_and_organizations_are_renamed_and_deleted() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let project = first_project(&mut console);
    let page = console.open(&project);
    let wrong = console.submit(&page, &project, &[("title", "Demo — ACCS")]);
    assert_eq!(
        (wrong.status, wrong.text_of("f-title-error").as_str()),
        (422, "A title has 1 to 45 letters, digits and blanks.")
    );
    let page = console.submit(&page, &project, &[("title", "Another title")]);
    assert!(page.html.contains("<h1>Another title</h1>"), "{}", page.html);
    console.submit(&page, &format!("{project}/delete"), &[("confirm", "Another title")]);
    assert_eq!(console.open(&project).status, 404);

    let page = console.open("/console/organizations/new");
    let wrong = console.submit(&page, "/console/organizations", &[("name", "  ")]);
    assert_eq!(wrong.text_of("f-name-error"), "Name must be a text of 1 to 255 characters.");
    let page = console.submit(&page, "/console/organizations", &[("name", "Acme")]);
    assert!(page.html.contains("No instance yet"), "{}", page.html);
    let acme = console.path(&page).replace("/instances", "");
    let page = console.submit(&page, &format!("{acme}/settings"), &[("name", "Acme Ltd")]);
    assert!(page.html.contains("value=\"Acme Ltd\""), "{}", page.html);
    console.submit(
        &page,
        &format!("{acme}/instances"),
        &[("name", "I"), ("region", "na1"), ("environment", "sandbox")],
    );
    let page = console.submit(&page, &format!("{acme}/delete"), &[("confirm", "Acme Ltd")]);
    assert_eq!(page.text_of("f-confirm-error"), "The organization has instances. Delete them first.");
    let instance = instance_of(&mut console, &acme);
    console.submit(&page, &format!("{instance}/delete"), &[("confirm", "I")]);
    let page = console.submit(&page, &format!("{acme}/delete"), &[("confirm", "Acme Ltd")]);
    assert_eq!((page.status, page.html.contains("Acme")), (200, false), "{}", page.html);
}

/// The path of an organization's first instance.
fn instance_of(console: &mut Console, organization: &str) -> String {
    let page = console.open(&format!("{organization}/instances"));
    let html = page.html.replace("&#x2f;", "/");
    let start = html.find(&format!("<th scope=\"row\"><a href=\"{organization}/instances/")).unwrap();
    html[start..].split('"').nth(3).unwrap().to_owned()
}

/// The path of the project that the first start made.
fn first_project(console: &mut Console) -> String {
    format!("{}/projects/1", console.organization())
}

/// The three calls of the tutorial, with what a page showed.
fn tutorial(rest: &str, token_endpoint: &str, client_id: &str, secret: &str) -> Value {
    let (status, answer) = token(token_endpoint, client_id, secret);
    assert_eq!(status, 200, "{answer}");
    let bearer = answer["access_token"].as_str().unwrap();
    let http = Client::builder().no_proxy().build().unwrap();
    let body = json!({"customer": {"email": "john.doe@example.com", "firstname": "John", "lastname": "Doe"}, "password": "TempPa55word!"});
    let made: Value = http
        .post(format!("{rest}/V1/customers"))
        .bearer_auth(bearer)
        .json(&body)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let id = made["id"].as_i64().unwrap();
    let body = json!({"customer": {"id": id, "email": "john.doe@example.com", "firstname": "John", "lastname": "Doe-Updated"}});
    http.put(format!("{rest}/V1/customers/{id}"))
        .bearer_auth(bearer)
        .json(&body)
        .send()
        .unwrap()
        .json()
        .unwrap()
}

fn token(token_endpoint: &str, client_id: &str, secret: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("scope", "openid,commerce.accs"),
    ];
    let http = Client::builder().no_proxy().build().unwrap();
    let answer = http.post(token_endpoint).form(&form).send().unwrap();
    (answer.status().as_u16(), answer.json().unwrap())
}

/// A file, checked against the rules of the schema (`spec/ims.md` 5.4).
fn workspace(file: &Page) -> Value {
    let document: Value = serde_json::from_str(&file.html).unwrap();
    let project = &document["project"];
    let digits = |value: &Value| {
        let text = value.as_str().unwrap();
        assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
    };
    [&project["id"], &project["org"]["id"], &project["workspace"]["id"]].into_iter().for_each(digits);
    for name in [&project["name"], &project["workspace"]["name"]] {
        let name = name.as_str().unwrap();
        assert!(
            (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{name}"
        );
    }
    assert!(project["org"]["ims_org_id"].as_str().unwrap().ends_with("@AdobeOrg"));
    for address in ["action_url", "app_url"] {
        assert!(project["workspace"][address].as_str().unwrap().starts_with("https://"));
    }
    let details = &project["workspace"]["details"];
    assert!(details["services"].is_array() && details["runtime"]["namespaces"].is_array());
    for credential in details["credentials"].as_array().unwrap() {
        match credential["integration_type"].as_str().unwrap() {
            "oauth_server_to_server" => {
                let own = &credential["oauth_server_to_server"];
                assert!(own["client_secrets"].is_array() && own["scopes"].is_array());
                for account in ["technical_account_email", "technical_account_id"] {
                    assert!(own[account].as_str().unwrap().contains('@'));
                }
            }
            kind => {
                let own = &credential["oauth2"];
                assert!(own["redirect_uri"].is_array() && own["defaultRedirectUri"].is_string());
                assert_eq!(own["client_secret"].is_string(), kind != "oauthsinglepageapp", "{kind}");
            }
        }
    }
    document
}

#[test]
fn a_browser_that_never_signed_in_gets_assets_and_nothing_else() {
    let server = Patron::start(Options::ephemeral());
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/console/sign-in", server.base()));
    for name in ["console.css", "console.js", "mark.svg"] {
        let start = page.html.replace("&#x2f;", "/");
        let address = start
            .split('"')
            .find(|part| part.contains(&format!("/console/assets/{name}?v=")))
            .unwrap()
            .to_owned();
        let asset = browser.open(&format!("{}{address}", server.base()));
        assert_eq!(asset.status, 200, "{name}");
        assert!(asset.header("cache-control").contains("immutable"), "{name}");
    }
    assert_eq!(browser.open(&format!("{}/console/assets/secrets", server.base())).status, 404);
}
