//! What must never be seen: secrets are planted wherever one can be sent, calls succeed and fail in every way, and then everything that
//! an operator's tools would show is searched.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{process::Command, thread, time::Duration};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use patron_harness::{Instance, Options, Patron, SCOPES, otlp::Receiver, wire};
use serde_json::json;

use super::mail::{MailServer, Script};

/// Part of everything that is planted: it must be nowhere, in whatever form the rest is shown.
const MARK: &str = "planted";
const CONTROL_KEY: &str = "Planted-control-key-0123456789";
const PASSWORD: &str = "Planted-Pa55word";
const EMAIL: &str = "planted@secret.example";

#[test]
fn nothing_secret_is_in_logs_metrics_or_traces() {
    let (receiver, mail) = (Receiver::start(), MailServer::start(Script::Refuse));
    let mut options = Options::ephemeral();
    options.environment.extend(
        [
            ("PATRON_LOG", "trace"),
            ("PATRON_CONTROL_KEY", CONTROL_KEY),
            ("PATRON_SMTP", &mail.url()),
            ("PATRON_SMTP_PASSWORD", "Planted-smtp-password"),
            ("PATRON_DATABASE_PASSWORD", "Planted-database-password"),
            ("PATRON_OTLP_ENDPOINT", &receiver.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=planted-for-the-receiver"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let mut server = Patron::start(options);
    let instance = Instance::with_key(server.base(), Some(CONTROL_KEY)).unwrap();
    call_the_rest_api(&instance);
    call_the_token_service(&server, &instance);
    call_in_other_ways(&server, &instance);
    wait_for_mail(&server);
    let metrics =
        String::from_utf8(send(&server, "GET", "/_/metrics", &[bearer(CONTROL_KEY)], "").body).unwrap();
    assert!(server.stop().success());

    let logs = server.stderr();
    assert!(logs.contains("A request was answered."), "the log is not at trace level");
    assert!(logs.contains("A mail was given up."), "no mail was refused:\n{logs}");
    let traces = traces(&receiver);
    let made = &instance.made;
    let basic = BASE64_STANDARD.encode(format!("{}:{}", made.client_id, made.client_secret));
    for (place, text) in [("the log", logs), ("the metrics", metrics), ("the traces", traces)] {
        let lower = text.to_lowercase();
        let around = |at: usize| {
            lower.get(at.saturating_sub(200)..(at + 100).min(lower.len())).unwrap_or("").to_owned()
        };
        assert!(!lower.contains(MARK), "{place}: …{}…", around(lower.find(MARK).unwrap_or(0)));
        for secret in [made.client_secret.as_str(), instance.token.as_str(), "Lovelace", basic.as_str()] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
        // The middle of a token would do as well, to whoever collects pieces.
        assert!(!text.contains(&instance.token[100..140]), "a piece of a token is in {place}");
    }
}

fn call_the_rest_api(instance: &Instance) {
    let new = json!({"customer": {"email": EMAIL, "firstname": "Planted", "lastname": "Lovelace"}, "password": PASSWORD});
    assert_eq!(instance.post("/V1/customers", &new).status, 200);
    assert_eq!(instance.post("/V1/customers", &new).status, 400, "the address is taken");
    let change = json!({"customer": {"email": EMAIL, "firstname": "Planted", "lastname": "Planted", "website_id": 99}});
    assert_eq!(instance.put("/V1/customers/1", &change).status, 404);
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    let search = format!("/V1/customers/search?{filter}[field]=email&{filter}[value]={EMAIL}");
    assert_eq!(instance.get(&search).status, 200);
    instance.get(&format!("{search}&{filter}[condition_type]=planted"));
    assert!(instance.get(&format!("/V1/customers/{EMAIL}")).status >= 400);
    assert!(instance.get(&format!("/V1/planted/{EMAIL}")).status >= 400);
    for (path, body) in [
        ("/V1/integration/customer/token", json!({"username": EMAIL, "password": PASSWORD})),
        ("/V1/integration/customer/token", json!({"username": EMAIL, "password": "planted-and-wrong"})),
        ("/V1/customers/isEmailAvailable", json!({"customerEmail": EMAIL})),
    ] {
        instance.post(path, &body);
    }
    let bulk = json!([new, {"customer": {"email": "planted", "firstname": "Planted"}, "password": PASSWORD}]);
    assert_eq!(instance.post("/V1/async/bulk/customers", &bulk).status, 202);
    let headers = [
        ("idempotency-key", "planted-key"),
        ("store", "planted"),
        ("cookie", "planted=1"),
        ("accept", "planted/1"),
    ];
    for header in headers {
        instance.send("POST", "/V1/customers", &[header], Some(&new));
    }
    assert_eq!(instance.with_token("planted.token.of-nobody").get("/V1/customers/1").status, 401);
}

fn call_the_token_service(server: &Patron, instance: &Instance) {
    let made = &instance.made;
    let form = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    let grant = |secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}&scope={SCOPES}",
            made.client_id
        )
    };
    let of = |path: &str, body: &str| send(server, "POST", path, std::slice::from_ref(&form), body).status;
    assert_eq!(of("/ims/token/v3", &grant(&made.client_secret)), 200);
    assert_eq!(of("/ims/token/v3", &grant("planted-and-wrong")), 400);
    assert_eq!(of(&format!("/ims/token/v3?{}", grant("planted-in-the-query")), ""), 400);
    assert_eq!(of("/ims/token/v3", &grant(&format!("planted{}", "a".repeat(70_000)))), 413);
    of("/ims/token/v3", "grant_type=authorization_code&code=planted-code&client_id=planted");
    of("/ims/token/v3", "grant_type=refresh_token&refresh_token=planted-token&client_id=planted");
    of(&format!("/ims/validate_token/v1?token={}&type=access_token", instance.token), "");
    of("/ims/revoke", "token=planted-token&client_id=planted");
    let basic = BASE64_STANDARD.encode(format!("{}:{}", made.client_id, made.client_secret));
    let basic = ("Authorization".to_owned(), format!("Basic {basic}"));
    send(
        server,
        "POST",
        "/ims/token/v3",
        &[form.clone(), basic],
        "grant_type=client_credentials&scope=openid",
    );
    send(server, "GET", "/ims/userinfo/v2", &[bearer(&instance.token)], "");
    send(
        server,
        "GET",
        "/ims/authorize/v2?client_id=planted&state=planted&redirect_uri=https://planted",
        &[],
        "",
    );
}

fn call_in_other_ways(server: &Patron, instance: &Instance) {
    assert_eq!(send(server, "GET", "/_/instances", &[bearer("planted-and-wrong")], "").status, 401);
    let odd = [bearer(CONTROL_KEY)];
    send(server, "POST", "/_/instances", &odd, r#"{"planted": "planted"}"#);
    send(server, "POST", "/_/instances", &odd, r#"{"name": "planted""#);
    let rest = format!("/{}/V1/customers", instance.made.tenant_id);
    let token = bearer(&instance.token);
    let json = ("Content-Type".to_owned(), "application/json".to_owned());
    assert_eq!(
        send(server, "POST", &rest, &[token.clone(), json.clone()], r#"{"customer": "planted"#).status,
        400
    );
    let large = format!(r#"{{"password": "planted{}"}}"#, "a".repeat(1 << 20));
    assert_eq!(send(server, "POST", &rest, &[token, json], &large).status, 413);
    send(server, "PLANTED", &rest, &[], "");
    // HTTP/2 has frames, of which libraries like to tell.
    let url = format!("{}{rest}/search?searchCriteria[planted]={EMAIL}", server.base());
    let header = format!("Authorization: Bearer {}", instance.token);
    let curl = [
        "-s",
        "-g",
        "--http2-prior-knowledge",
        "-H",
        &header,
        "-H",
        "X-Planted: planted",
        "-o",
        "/dev/null",
        &url,
    ];
    assert!(Command::new("curl").args(curl).status().unwrap().success());
}

/// Until the mail server has refused the welcome, quoting its recipient.
fn wait_for_mail(server: &Patron) {
    for _ in 0..300 {
        if server.stderr().contains("A mail was given up.") {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What the receiver was sent, but for the head that carries what it asked for itself.
fn traces(receiver: &Receiver) -> String {
    assert!(receiver.spans().iter().any(|span| span.name == "POST /V1/customers"), "{:?}", receiver.spans());
    let text = String::from_utf8_lossy(&receiver.bytes()).into_owned();
    text.replace("authorization: planted-for-the-receiver", "")
}

fn bearer(token: &str) -> (String, String) {
    ("Authorization".to_owned(), format!("Bearer {token}"))
}

fn send(
    server: &Patron,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &str,
) -> wire::Answer {
    let body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
    let request =
        wire::Request { method: method.into(), target: target.into(), headers: headers.to_vec(), body };
    wire::send(server.address(), &request).unwrap()
}
