//! Behind a proxy and in a browser: whom the service believes, and what it tells browsers about itself.

#![allow(clippy::unwrap_used)]

use patron_harness::{Options, Patron, login::World, wire};

const KEY: &str = "kT9-mountain-velvet-41";

fn with(arguments: &[&str]) -> Patron {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Patron::start(Options { arguments, ..Options::ephemeral() })
}

fn get(server: &Patron, path: &str, headers: &[(&str, &str)]) -> wire::Answer {
    let request = wire::Request {
        method: "GET".into(),
        target: path.into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: None,
    };
    wire::send(server.address(), &request).unwrap()
}

#[test]
fn a_proxy_on_the_same_machine_does_not_open_the_control_api() {
    let server = with(&[]);
    assert_eq!(get(&server, "/_/instances", &[]).status, 200, "a program on this machine");
    for header in ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"] {
        assert_eq!(get(&server, "/_/instances", &[(header, "127.0.0.1")]).status, 401, "{header}");
    }
    let announced = with(&["--behind-proxy"]);
    assert_eq!(get(&announced, "/_/instances", &[]).status, 401, "everything behind a proxy needs the key");
    let keyed = with(&["--behind-proxy", "--control-key", KEY]);
    let bearer = format!("Bearer {KEY}");
    assert_eq!(get(&keyed, "/_/instances", &[("X-Forwarded-For", "127.0.0.1")]).status, 401);
    assert_eq!(get(&keyed, "/_/instances", &[("Authorization", &bearer)]).status, 200);
}

#[test]
fn only_trusted_proxies_say_who_the_client_is() {
    let told = |arguments: &[&str]| {
        let server = with(&[&["--log", "patron=debug"], arguments].concat());
        get(
            &server,
            "/_/docs",
            &[("X-Forwarded-For", "203.0.113.9, 198.51.100.7"), ("X-Request-Id", "look-here")],
        );
        let line = server
            .stderr()
            .lines()
            .find(|line| line.contains("answered") && line.contains("look-here"))
            .map(str::to_owned);
        line.expect("a log line of the request")
    };
    let plain = |line: String| line.contains("127.0.0.1") && !line.contains("198.51.100.7");
    assert!(plain(told(&[])), "no proxy was announced");
    assert!(plain(told(&["--behind-proxy", "--trusted-proxies", "10.0.0.0/8"])), "not one of ours");
    let line = told(&["--behind-proxy"]);
    assert!(line.contains("198.51.100.7") && !line.contains("203.0.113.9"), "{line}");
    let refused = Patron::try_start(Options {
        arguments: ["--behind-proxy", "--trusted-proxies", "everybody"].map(str::to_owned).to_vec(),
        ..Options::ephemeral()
    });
    assert!(refused.is_err());
}

#[test]
fn behind_a_proxy_with_https_cookies_are_secure_and_browsers_are_kept_on_https() {
    let url = "https://patron.example.com";
    let server = with(&["--behind-proxy", "--public-url", url, "--control-key", KEY]);
    let page = [("Accept", "text/html"), ("X-Forwarded-Proto", "http")];
    let answer = get(&server, "/_/docs?a=b", &page);
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, Some("https://patron.example.com/_/docs?a=b"))
    );
    let answer = get(&server, "/_/docs", &[("Accept", "text/html"), ("X-Forwarded-Proto", "https")]);
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, Some("max-age=31536000")));
    assert_eq!(get(&server, "/_/livez", &[("X-Forwarded-Proto", "http")]).status, 200, "no page");

    let made = patron_harness::command([
        "credential",
        "create",
        "--json",
        "--type",
        "oauthwebapp",
        "--default-redirect-uri",
        "https://a.example/cb",
    ])
    .args(["--server", server.base(), "--control-key", KEY])
    .output()
    .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let authorize = format!("/ims/authorize/v2?client_id={}", made["client_id"].as_str().unwrap());
    let answer =
        get(&server, &authorize, &[("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example")]);
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["__Host-patron_session=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let discovery =
        get(&server, "/.well-known/openid-configuration", &[("X-Forwarded-Host", "evil.example")]).json();
    assert_eq!(discovery["issuer"], url, "the host that a proxy tells is not believed");
}

#[test]
fn every_page_says_what_it_may_do() {
    let server = with(&[]);
    let world = World::with(&server, "oauthwebapp");
    let sign_in = world.authorize_url(&[]).split_once(server.address()).unwrap().1.to_owned();
    for path in ["/_/docs", "/ims/authorize/v2?client_id=nobody", &sign_in] {
        let answer = get(&server, path, &[("Accept", "text/html")]);
        assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "{path}: not over http");
    }
}

#[test]
fn the_reference_page_allows_its_own_styles_and_no_others() {
    use base64::Engine as _;
    let answer = get(&with(&[]), "/_/docs", &[]);
    let html = String::from_utf8(answer.body.clone()).unwrap();
    let styles = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, styles.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(digest);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
}
