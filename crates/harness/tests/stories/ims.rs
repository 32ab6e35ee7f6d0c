//! The token endpoint: every way in which clients send their parameters, and every refusal.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use patron_harness::wire::{self, Answer, Request};
use patron_harness::{Instance, Options, Patron, SCOPES};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const ENDPOINTS: [&str; 5] =
    ["/ims/token", "/ims/token/v1", "/ims/token/v2", "/ims/token/v3", "/ims/token/v4"];

#[test]
fn a_token_answer_has_three_members_and_is_never_stored() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();

    let answer = post(&server, "/ims/token/v3", FORM, &good(&instance));

    let body = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!(answer.status, 200, "{body}");
    assert!(body.starts_with(r#"{"access_token":"eyJhbGciOiJSUzI1NiIs"#), "{body}");
    assert!(body.ends_with(r#"","token_type":"bearer","expires_in":86399}"#), "{body}");
    assert_eq!(answer.json().as_object().unwrap().len(), 3, "{body}");
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
}

#[test]
fn every_version_gives_a_token_and_the_first_counts_in_milliseconds() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    for endpoint in ENDPOINTS {
        let answer = post(&server, endpoint, FORM, &good(&instance));
        let body = answer.json();
        assert_eq!(answer.status, 200, "{endpoint}: {body}");
        let expires_in = body["expires_in"].as_i64().unwrap();
        match endpoint {
            "/ims/token" | "/ims/token/v1" => assert_eq!(expires_in / 1000, 86_399, "{endpoint}"),
            _ => assert_eq!(expires_in, 86_399, "{endpoint}"),
        }
        let called = instance.with_token(body["access_token"].as_str().unwrap()).get("/V1/customers/1");
        assert_eq!(called.status, 404, "{endpoint}: the token opens nothing: {}", called.body);
    }
}

#[test]
fn parameters_may_come_in_any_way_that_clients_have() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (id, secret) = (&instance.made.client_id, &instance.made.client_secret);
    let all = good(&instance);
    let basic = |text: String| ("Authorization", format!("Basic {}", STANDARD.encode(text)));
    let escaped = secret.replace('-', "%2D").replace('_', "%5F");
    let grant = "grant_type=client_credentials";
    let boundary = "--------------------------0123456789abcdef01234567";
    type Way<'w> = (&'w str, String, Vec<(&'w str, String)>, String);
    let ways: Vec<Way<'_>> = vec![
        ("a form", String::new(), vec![("Content-Type", FORM.into())], all.clone()),
        (
            "a form with a charset",
            String::new(),
            vec![("Content-Type", format!("{FORM};charset=UTF-8"))],
            all.clone(),
        ),
        ("the query alone", format!("?{all}"), vec![], String::new()),
        (
            "multipart, no blank before the boundary",
            String::new(),
            vec![("Content-Type", format!("multipart/form-data;boundary={boundary}"))],
            multipart(boundary, &all),
        ),
        (
            "multipart with a blank",
            String::new(),
            vec![("Content-Type", format!("multipart/form-data; boundary={boundary}"))],
            multipart(boundary, &all),
        ),
        (
            "the header for id and secret",
            String::new(),
            vec![("Content-Type", FORM.into()), basic(format!("{id}:{secret}"))],
            grant.into(),
        ),
        (
            "the header as openid-client encodes it",
            String::new(),
            vec![("Content-Type", FORM.into()), basic(format!("{id}:{escaped}"))],
            grant.into(),
        ),
        (
            "the id in the query, the rest in the body",
            format!("?client_id={id}"),
            vec![("Content-Type", FORM.into())],
            format!("client_secret={secret}&{grant}"),
        ),
        (
            "the header beside the same parameters",
            String::new(),
            vec![("Content-Type", FORM.into()), basic(format!("{id}:{secret}"))],
            all.clone(),
        ),
        (
            "a body that wins over the query",
            "?grant_type=password&client_secret=old&scope=unknown".into(),
            vec![("Content-Type", FORM.into())],
            all.clone(),
        ),
        (
            "what is accepted and ignored",
            String::new(),
            vec![("Content-Type", FORM.into())],
            format!("{all}&org_id={}&resource=a&resource=b&use_ms_for_expiry=true", instance.made.org_id),
        ),
    ];
    for (way, query, headers, body) in ways {
        let answer = ask(&server, "POST", &format!("/ims/token/v2{query}"), &headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{way}: {}", answer.json());
    }
}

#[test]
fn scopes_may_be_delimited_ordered_and_repeated_as_one_likes() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let scope_of = |scope: &str| {
        let mut body = credentials(&instance);
        if !scope.is_empty() {
            body.push_str(&format!("&scope={scope}"));
        }
        let answer = post(&server, "/ims/token/v3", FORM, &body);
        assert_eq!(answer.status, 200, "{scope}: {}", answer.json());
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["scope"].as_str().unwrap().to_owned()
    };
    for same in [
        "openid,AdobeID,commerce.accs",
        "openid%2CAdobeID%2Ccommerce.accs",
        "openid+AdobeID+commerce.accs",
        "openid%20AdobeID%20commerce.accs",
        "openid,+AdobeID,openid,,commerce.accs",
    ] {
        assert_eq!(scope_of(same), "openid,AdobeID,commerce.accs", "{same}");
    }
    assert_eq!(scope_of("commerce.accs,openid"), "commerce.accs,openid");
    assert_eq!(scope_of(SCOPES), SCOPES);
    let sorted = |text: &str| {
        let mut scopes: Vec<_> = text.split(',').map(str::to_owned).collect();
        scopes.sort();
        scopes
    };
    assert_eq!(sorted(&scope_of("")), sorted(SCOPES), "no scope means all of the credential's");
}

#[test]
fn every_refusal_is_a_400_in_json_with_its_code() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (id, secret) = (&instance.made.client_id, &instance.made.client_secret);
    let client_id = Some("invalid client_id parameter");
    let client_secret = Some("invalid client_secret parameter");
    let grant = "grant_type=client_credentials";
    let rows = [
        (format!("{grant}&client_id={id}&client_secret=wrong"), "invalid_client", client_secret),
        (format!("{grant}&client_id={id}"), "invalid_client", client_secret),
        (format!("{grant}&client_id={}&client_secret={secret}", "0".repeat(32)), "invalid_client", client_id),
        (format!("{grant}&client_id=%27%20OR%201%3D1&client_secret={secret}"), "invalid_client", client_id),
        (format!("{grant}&client_secret={secret}"), "invalid_client", client_id),
        (format!("client_id={id}&client_secret={secret}"), "invalid_request", None),
        (String::new(), "invalid_request", None),
        (
            format!("grant_type=password&client_id={id}&client_secret={secret}"),
            "unsupported_grant_type",
            None,
        ),
        (
            format!(
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id={id}&client_secret={secret}"
            ),
            "unsupported_grant_type",
            None,
        ),
        (
            format!("grant_type=authorization_code&code=x&client_id={id}&client_secret={secret}"),
            "unauthorized_client",
            None,
        ),
        (
            format!("grant_type=refresh_token&refresh_token=x&client_id={id}&client_secret={secret}"),
            "unauthorized_client",
            None,
        ),
        (format!("{}&scope=openid,unknown.scope", credentials(&instance)), "invalid_scope", None),
        (format!("{}&scope=adobeid", credentials(&instance)), "invalid_scope", None),
        (format!("{}&client_id=other", credentials(&instance)), "invalid_request", None),
        (format!("{}&grant_type=password", credentials(&instance)), "invalid_request", None),
    ];
    for (body, error, description) in rows {
        let answer = post(&server, "/ims/token/v3", FORM, &body);
        assert_refused(&answer, &body, error, description);
    }
}

#[test]
fn what_disagrees_or_cannot_be_read_is_an_invalid_request() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let body = good(&instance);
    let basic = |text: &str| ("Authorization", format!("Basic {}", STANDARD.encode(text)));
    let form = ("Content-Type", FORM.to_owned());
    let id = &instance.made.client_id;

    let two_ids =
        ask(&server, "POST", "/ims/token/v3?client_id=other", std::slice::from_ref(&form), body.as_bytes());
    assert_refused(&two_ids, "two client ids", "invalid_request", None);
    for (case, header) in [
        ("another id in the header", basic("other:secret")),
        ("another secret in the header", basic(&format!("{id}:other"))),
        ("no Base64", ("Authorization", "Basic !!!".to_owned())),
        ("no colon", basic("nothing")),
    ] {
        let answer = ask(&server, "POST", "/ims/token/v3", &[form.clone(), header], body.as_bytes());
        assert_refused(&answer, case, "invalid_request", None);
    }
    let parts = [("Content-Type", "multipart/form-data;boundary=x".to_owned())];
    assert_refused(
        &ask(&server, "POST", "/ims/token/v3", &parts, b"--x\r\n"),
        "half a part",
        "invalid_request",
        None,
    );
    let json_body = json!({"grant_type": "client_credentials", "client_id": id}).to_string();
    let answer = post(&server, "/ims/token/v3", "application/json", &json_body);
    assert_refused(&answer, "JSON is not read", "invalid_request", Some("missing grant_type parameter"));
}

#[test]
fn wrong_methods_paths_and_sizes_are_refused_in_json() {
    let server = Patron::start(Options::ephemeral());
    for endpoint in ENDPOINTS {
        let answer = ask(&server, "GET", endpoint, &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{endpoint}");
        assert!(answer.json()["error"].is_string(), "{endpoint}: {}", answer.json());
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{endpoint}");
    }
    for path in ["/ims/token/v5", "/ims/token/", "/ims/introspect", "/ims"] {
        let answer = post(&server, path, FORM, "");
        assert_eq!(answer.status, 404, "{path}: {}", answer.json());
    }
    let answer = post(&server, "/ims/token/v3", FORM, &"a".repeat(64 * 1024 + 1));
    assert_eq!(answer.status, 413, "{}", answer.json());
    assert!(answer.json()["error"].is_string(), "{}", answer.json());
}

#[test]
fn every_answer_has_a_debug_id_of_its_own() {
    let server = Patron::start(Options::ephemeral());
    let good = good(&server.instance());
    let mut seen = Vec::new();
    for (method, target, body) in [
        ("POST", "/ims/token/v3", &*good),
        ("POST", "/ims/token/v3", &*good),
        ("POST", "/ims/token/v3", ""),
        ("GET", "/ims/token/v3", ""),
        ("GET", "/ims/nothing", ""),
        ("GET", "/ims/keys", ""),
        ("GET", "/ims/validate_token/v1", ""),
        ("GET", "/keys/prod/ims_na1-key-at-1.cer", ""),
        ("GET", "/.well-known/openid-configuration", ""),
    ] {
        let answer = ask(&server, method, target, &[("Content-Type", FORM.into())], body.as_bytes());
        let id =
            answer.header("x-debug-id").unwrap_or_else(|| panic!("{method} {target} has none")).to_owned();
        assert!(!seen.contains(&id), "{method} {target} has another answer's");
        seen.push(id);
    }
}

#[test]
fn a_client_secret_is_never_logged() {
    let server =
        Patron::start(Options { arguments: vec!["--log".into(), "trace".into()], ..Options::ephemeral() });
    let instance = server.instance();
    let wrong = "p8e-a-secret-that-is-wrong";
    post(&server, "/ims/token/v3", FORM, &good(&instance));
    post(&server, &format!("/ims/token/v3?client_secret={wrong}"), FORM, "grant_type=client_credentials");

    let log = server.stderr();
    assert!(!log.is_empty(), "nothing was logged");
    for secret in [wrong, &instance.made.client_secret, &instance.token] {
        assert!(!log.contains(secret), "a secret was logged");
    }
}

#[track_caller]
fn assert_refused(answer: &Answer, case: &str, error: &str, description: Option<&str>) {
    let body = answer.json();
    assert_eq!((answer.status, body["error"].as_str()), (400, Some(error)), "{case}: {body}");
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"], "{case}");
    let told = body["error_description"].as_str().unwrap();
    assert!(!told.is_empty(), "{case}");
    assert!(description.is_none_or(|wanted| wanted == told), "{case}: {told}");
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(answer.header("www-authenticate"), None, "{case}");
}

/// Grant type, id and secret as a form.
fn credentials(instance: &Instance) -> String {
    let made = &instance.made;
    format!("grant_type=client_credentials&client_id={}&client_secret={}", made.client_id, made.client_secret)
}

/// The tutorial's token request as a form.
fn good(instance: &Instance) -> String {
    format!("{}&scope={SCOPES}", credentials(instance))
}

fn multipart(boundary: &str, form: &str) -> String {
    let part = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!("{}--{boundary}--\r\n", form.split('&').map(part).collect::<String>())
}

fn post(server: &Patron, target: &str, content_type: &str, body: &str) -> Answer {
    ask(server, "POST", target, &[("Content-Type", content_type.to_owned())], body.as_bytes())
}

fn ask(server: &Patron, method: &str, target: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
    let request = Request {
        method: method.into(),
        target: target.into(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        body: (!body.is_empty()).then(|| body.to_vec()),
    };
    wire::send(server.address(), &request).unwrap()
}
