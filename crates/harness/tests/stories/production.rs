//! Production mode: what it insists on, and `patron init`, which makes it.

#![allow(clippy::unwrap_used)]

use std::process::Output;

use patron_harness::{Browser, Data, Instance, Options, Patron, command, login::CALLBACK, wire};
use serde_json::{Value, json};

const KEY: &str = "kT9-mountain-velvet-41";
const PASSWORD: &str = "ravens over grey water";

fn production(environment: &[(&str, &str)]) -> Options {
    Options {
        data: Data::Folder,
        arguments: vec!["--mode".into(), "production".into()],
        environment: environment
            .iter()
            .map(|(name, value)| (format!("PATRON_{name}"), (*value).to_owned()))
            .collect(),
    }
}

#[track_caller]
fn refusal(options: Options) -> String {
    match Patron::try_start(options) {
        Ok(_) => panic!("it started"),
        Err(error) => format!("{error:#}"),
    }
}

fn init(place: &[String], arguments: &[&str]) -> Output {
    command(["init"]).args(place).args(arguments).output().unwrap()
}

#[track_caller]
fn made(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A call of the control API with a key.
fn control(server: &Patron, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = wire::Request {
        method: method.into(),
        target: format!("/_{path}"),
        headers: vec![
            ("Authorization".into(), format!("Bearer {key}")),
            ("Content-Type".into(), "application/json".into()),
        ],
        body: (!body.is_null()).then(|| body.to_string().into_bytes()),
    };
    let answer = wire::send(server.address(), &request).unwrap();
    (answer.status, answer.json())
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let said = refusal(production(&[]));
    for part in ["PATRON_CONTROL_KEY", "PATRON_ADMIN_EMAIL", "PATRON_ADMIN_PASSWORD", "patron init"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let said = refusal(production(&[("CONTROL_KEY", KEY)]));
    assert!(said.contains("first user") && !said.contains("a control key"), "{said}");
}

#[test]
fn secrets_out_of_examples_are_refused_and_not_repeated() {
    let user = [("ADMIN_EMAIL", "ada@example.com"), ("ADMIN_PASSWORD", PASSWORD)];
    for weak in ["changeme-changeme", "aaaaaaaaaaaaaaaaaaaa", "too-short", "your-control-key-here"] {
        let said = refusal(production(&[&[("CONTROL_KEY", weak)], &user[..]].concat()));
        assert!(said.contains("the control key (PATRON_CONTROL_KEY)"), "{weak}: {said}");
        assert!(!said.contains(weak), "the secret itself is in {said}");
    }
    let said = refusal(production(&[("CONTROL_KEY", KEY), user[0], ("ADMIN_PASSWORD", "TempPa55word!")]));
    assert!(said.contains("PATRON_ADMIN_PASSWORD"), "{said}");
}

#[test]
fn a_public_address_needs_tls_or_a_proxy_that_is_named_in_the_public_url() {
    let everything = [("CONTROL_KEY", KEY), ("ADMIN_EMAIL", "ada@example.com"), ("ADMIN_PASSWORD", PASSWORD)];
    let output = command(["serve", "--mode", "production", "--listen", "0.0.0.0:0", "--ephemeral"])
        .envs(everything.map(|(name, value)| (format!("PATRON_{name}"), value)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("--tls-cert") && said.contains("--behind-proxy"),
        "{said}"
    );
    let mut options = production(&everything);
    options.arguments.push("--behind-proxy".into());
    assert!(refusal(options).contains("--public-url"));
}

#[test]
fn the_first_user_comes_from_the_environment_once() {
    let mut server = Patron::start(production(&[
        ("CONTROL_KEY", KEY),
        ("ADMIN_EMAIL", "ada@example.com"),
        ("ADMIN_PASSWORD", PASSWORD),
    ]));
    let users = |server: &Patron| {
        let (_, all) = control(server, KEY, "GET", "/organizations", &Value::Null);
        let org = all["organizations"][0]["org_id"].as_str().unwrap().to_owned();
        control(server, KEY, "GET", &format!("/organizations/{org}/users"), &Value::Null).1["users"].clone()
    };
    let first = users(&server);
    assert_eq!((&first[0]["email"], first.as_array().unwrap().len()), (&json!("ada@example.com"), 1));
    server.options_mut().environment.retain(|(name, _)| name == "PATRON_CONTROL_KEY");
    server.restart();
    assert_eq!(users(&server), first, "later starts need no first user");
}

#[test]
fn init_makes_all_that_production_needs_and_a_second_time_changes_nothing() {
    let arguments = ["--json", "--admin-email", "ada@example.com", "--instance", "Shop"];
    let mut results = Vec::new();
    let server = Patron::try_start_after(production(&[]), |place| {
        results = vec![made(&init(place, &arguments)), made(&init(place, &arguments))];
        let people = init(place, &arguments[1..]);
        assert!(String::from_utf8_lossy(&people.stdout).contains("Nothing was changed"));
    })
    .unwrap();
    let [first, second] = results.as_slice() else { panic!("two results") };
    assert_eq!((&first["changed"], &second["changed"]), (&json!(true), &json!(false)));
    assert_eq!(second["org_id"], first["org_id"]);
    assert_eq!(second["user"], json!({"user_id": first["user"]["user_id"], "email": "ada@example.com"}));
    assert_eq!(second.get("control_key"), None, "shown once");
    assert_eq!(second["instance"]["instance_id"], first["instance"]["instance_id"]);
    assert_eq!(second["instance"].get("client_secret"), None, "shown once");

    // The key opens the control API, the secret gets a token, the user signs in.
    let key = first["control_key"].as_str().unwrap();
    assert_eq!(control(&server, "pk-another", "GET", "/instances", &Value::Null).0, 401);
    let (status, all) = control(&server, key, "GET", "/instances", &Value::Null);
    assert_eq!((status, &all["instances"][0]["instance_id"]), (200, &first["instance"]["instance_id"]));
    let org = first["org_id"].as_str().unwrap();
    let client = json!({"type": "oauthsinglepageapp", "default_redirect_uri": CALLBACK});
    let (status, client) =
        control(&server, key, "POST", &format!("/organizations/{org}/credentials"), &client);
    assert_eq!(status, 201, "{client}");
    let mut browser = Browser::new();
    let page = browser.open(&format!(
        "{}/ims/authorize/v2?client_id={}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        server.base(),
        client["client_id"].as_str().unwrap()
    ));
    let password = first["user"]["password"].as_str().unwrap();
    let fields = [("step", "sign_in"), ("email", "ada@example.com"), ("password", password)];
    let page = browser.submit(&page, &fields);
    let page = browser.follow(server.base(), page);
    assert!(page.html.contains("allow"), "{}", page.html);

    let kept = String::from_utf8_lossy(&server.kept()).into_owned();
    for secret in [key, password, first["instance"]["client_secret"].as_str().unwrap()] {
        assert!(!kept.contains(secret), "a secret is kept in clear");
    }
}

#[test]
fn init_uses_the_key_and_the_password_that_are_given_and_shows_neither() {
    let mut said = String::new();
    let server = Patron::try_start_after(production(&[("CONTROL_KEY", KEY)]), |place| {
        let output = command(["init"])
            .args(place)
            .envs([("PATRON_CONTROL_KEY", KEY), ("PATRON_ADMIN_PASSWORD", PASSWORD)])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        said = String::from_utf8_lossy(&output.stdout).into_owned();
    })
    .unwrap();
    assert!(said.contains("admin@localhost") && !said.contains(KEY) && !said.contains(PASSWORD), "{said}");
    assert!(Instance::with_key(server.base(), Some(KEY)).is_ok());
    let weak = Patron::try_start_after(production(&[("CONTROL_KEY", KEY)]), |place| {
        let output = init(place, &["--admin-password", "passwordpassword"]);
        assert_eq!(output.status.code(), Some(1));
    });
    assert!(weak.is_err(), "nothing was made");
}

#[test]
fn the_key_that_init_made_closes_development_mode_too() {
    let mut key = String::new();
    let server = Patron::try_start_after(Options::default(), |place| {
        key = made(&init(place, &["--json"]))["control_key"].as_str().unwrap().to_owned();
    })
    .unwrap();
    assert!(Instance::fresh(server.base()).is_err(), "open without the key");
    assert!(Instance::with_key(server.base(), Some(&key)).is_ok());
}

/// Health is told to everybody, but a name that looks like it opens nothing.
#[test]
fn what_is_named_like_a_health_check_needs_the_key_all_the_same() {
    let mut options = Options::ephemeral();
    options.arguments.extend(["--control-key".into(), KEY.into()]);
    let server = Patron::start(options);
    let instance = Instance::with_key(server.base(), Some(KEY)).unwrap();
    let websites = format!("/instances/{}/websites", instance.made.instance_id);
    for name in ["livez", "readyz"] {
        assert_ne!(control(&server, "nobody's", "GET", &format!("/{name}"), &Value::Null).0, 401);
        let made = control(&server, KEY, "POST", &websites, &json!({"code": name, "name": "W"}));
        assert_eq!(made.0, 201, "{}", made.1);
        let one = format!("{websites}/{name}");
        for method in ["GET", "PUT", "DELETE"] {
            assert_eq!(
                control(&server, "nobody's", method, &one, &json!({"name": "V"})).0,
                401,
                "{method} {one}"
            );
        }
        assert_eq!(
            control(&server, "nobody's", "DELETE", &format!("/instances/{name}"), &Value::Null).0,
            401
        );
    }
}
