//! The authorization code flow as a user's browser and a client see it: the way through, and every way in which it must not go.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use patron_harness::login::{CALLBACK, CHALLENGE, EMAIL, PASSWORD, VERIFIER, World};
use patron_harness::{Browser, Options, Patron};
use serde_json::{Value, json};

const PKCE: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

#[test]
fn a_user_signs_in_agrees_and_the_client_gets_tokens_that_open_the_instance() {
    let server = Patron::start(Options::ephemeral());
    for kind in ["oauthwebapp", "oauthsinglepageapp", "oauthnativeapp"] {
        let world = World::with(&server, kind);
        let mut browser = Browser::new();
        let parameters = [
            PKCE[0],
            PKCE[1],
            ("state", "s&=1 é"),
            ("nonce", "n1"),
            ("scope", "openid,AdobeID commerce.accs"),
        ];
        let page = browser.open(&world.authorize_url(&parameters));
        assert_eq!(page.status, 200, "{kind}: {}", page.html);
        assert!(page.html.contains("Sign in") && page.html.contains("Test client"), "{}", page.html);
        let page = world.sign_in(&mut browser, &page, " ADA@example.com", PASSWORD);
        assert!(page.html.contains("Allow") && page.html.contains("commerce.accs"), "{}", page.html);
        let page = browser.submit(&page, &[("step", "allow")]);

        assert_eq!(page.status, 303);
        assert!(page.location.as_deref().unwrap().starts_with(&format!("{CALLBACK}?code=")), "{page:?}");
        assert_eq!(page.sent("state").as_deref(), Some("s&=1 é"));
        let body = world.redeem(&page.sent("code").unwrap()).expect(200);
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            ["access_token", "sub", "id_token", "token_type", "expires_in"],
            "no offline_access"
        );
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(86_399)));
        assert_eq!(body["sub"], world.user["user_id"]);
        let claims = claims(&body["access_token"]);
        assert_eq!((&claims["ctp"], &claims["type"]), (&json!(0), &json!("access_token")));
        assert_eq!(claims["user_id"], world.user["user_id"]);
        assert_eq!(claims["scope"], "openid,AdobeID,commerce.accs");
        let id_token = self::claims(&body["id_token"]);
        assert_eq!((&id_token["iss"], &id_token["nonce"]), (&json!(world.base), &json!("n1")));
        assert_eq!((&id_token["aud"], &id_token["org_id"]), (&json!(world.client_id()), &json!(world.org())));
        assert_eq!(
            world.call(body["access_token"].as_str().unwrap()),
            404,
            "{kind}: the token opens nothing"
        );
    }
}

#[test]
fn a_browser_that_has_signed_in_and_agreed_is_not_asked_again() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    world.authorize(&mut browser, &[]);

    let page = browser.open(&world.authorize_url(&[]));
    assert!(page.sent("code").is_some(), "{page:?}");
    let silent = browser.open(&world.authorize_url(&[("prompt", "none")]));
    assert!(silent.sent("code").is_some(), "{silent:?}");
    let again = browser.open(&world.authorize_url(&[("prompt", "login")]));
    assert!(again.html.contains("Sign in"), "{again:?}");
    let done = world.sign_in(&mut browser, &again, EMAIL, PASSWORD);
    assert!(done.sent("code").is_some(), "{done:?}");
}

#[test]
fn without_a_page_to_show_the_client_hears_what_is_missing() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let silent = world.authorize_url(&[("prompt", "none"), ("state", "x")]);
    let page = browser.open(&silent);
    assert_eq!(page.sent("error").as_deref(), Some("login_required"));
    assert_eq!(page.sent("state").as_deref(), Some("x"));

    let page = browser.open(&world.authorize_url(&[]));
    world.sign_in(&mut browser, &page, EMAIL, PASSWORD);
    assert_eq!(browser.open(&silent).sent("error").as_deref(), Some("consent_required"));
}

#[test]
fn a_user_may_refuse() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[("state", "x")]));
    let denied = browser.submit(&page, &[("step", "deny")]);
    assert_eq!(denied.sent("error").as_deref(), Some("access_denied"));
    let page = world.sign_in(&mut browser, &page, EMAIL, PASSWORD);
    let denied = browser.submit(&page, &[("step", "deny")]);
    assert_eq!(denied.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.sent("state").as_deref(), Some("x"));
}

#[test]
fn an_unknown_address_never_gets_a_code_and_the_default_gets_it_instead() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    world.authorize(&mut browser, &[]);
    for evil in [
        "https://evil.example/cb",
        "https://app.example.evil.example/cb",
        "https://app.example/cb/../../x",
        "https://user@app.example/cb",
        "//evil.example/cb",
        "javascript:alert(1)",
        "https://app.example\r\nX: y",
    ] {
        let page = browser.open(&world.authorize_url(&[("redirect_uri", evil)]));
        let location = page.location.clone().unwrap_or_default();
        assert!(location.starts_with(&format!("{CALLBACK}?code=")), "{evil}: {page:?}");
    }
    let other = "https://app.example/other/a?b=c";
    let page = browser.open(&world.authorize_url(&[("redirect_uri", other)]));
    assert!(page.location.unwrap().starts_with(&format!("{other}&code=")));
}

#[test]
fn an_unknown_client_sends_the_browser_nowhere() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let server_to_server = &world.instance.made.client_id;
    for client_id in ["", "0123456789abcdef0123456789abcdef", server_to_server, "<script>"] {
        let url = format!("{}/ims/authorize/v2?client_id={client_id}&redirect_uri={CALLBACK}", world.base);
        let page = Browser::new().open(&url);
        assert_eq!((page.status, page.location.as_deref()), (400, None), "{client_id}");
        assert!(!page.html.contains("<script>"));
    }
}

#[test]
fn a_wrong_request_is_told_to_the_client() {
    let server = Patron::start(Options::ephemeral());
    let web = World::with(&server, "oauthwebapp");
    let page = World::with(&server, "oauthsinglepageapp");
    let long = "x".repeat(4097);
    let refusal = |world: &World, parameters: &[(&str, &str)]| {
        let shown = Browser::new().open(&world.authorize_url(parameters));
        let location = shown.location.clone().unwrap_or_default();
        assert!(location.starts_with(CALLBACK), "{parameters:?}: {shown:?}");
        shown.sent("error").unwrap_or_default()
    };
    assert_eq!(refusal(&web, &[("scope", "openid org.write")]), "invalid_scope");
    assert_eq!(refusal(&web, &[("response_type", "code token")]), "unsupported_response_type");
    assert_eq!(refusal(&web, &[("response_mode", "form_post")]), "invalid_request");
    assert_eq!(refusal(&web, &[("response_type", "token"), ("response_mode", "query")]), "invalid_request");
    assert_eq!(refusal(&web, &[("response_type", "id_token"), ("scope", "AdobeID")]), "invalid_scope");
    assert_eq!(refusal(&web, &[("prompt", "sometimes")]), "invalid_request");
    assert_eq!(refusal(&web, &[("state", &long)]), "invalid_request");
    assert_eq!(refusal(&web, &[("code_challenge", "short")]), "invalid_request");
    assert_eq!(refusal(&web, &[("code_challenge_method", "S256")]), "invalid_request");
    assert_eq!(refusal(&web, &[PKCE[0], ("code_challenge_method", "S512")]), "invalid_request");
    assert_eq!(refusal(&page, &[]), "invalid_request", "PKCE is a must for public clients");
    assert_eq!(refusal(&page, &[PKCE[0], PKCE[1], ("response_type", "token")]), "unauthorized_client");
}

#[test]
fn other_response_types_answer_in_the_fragment() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    world.authorize(&mut browser, &[]);
    for (response_type, members) in [
        ("token", vec!["access_token", "token_type", "expires_in"]),
        ("id_token", vec!["id_token"]),
        ("id_token token", vec!["access_token", "id_token", "token_type", "expires_in"]),
        ("code id_token", vec!["id_token", "code"]),
    ] {
        let page = browser.open(&world.authorize_url(&[("response_type", response_type), ("nonce", "n")]));
        let location = page.location.clone().unwrap_or_else(|| panic!("{response_type}: {page:?}"));
        let (address, fragment) = location.split_once('#').unwrap();
        assert_eq!(address, CALLBACK, "{response_type}");
        let sent: Vec<_> = fragment.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        assert_eq!(sent, members, "{response_type}");
        if let Some(token) = page.sent("access_token") {
            assert_eq!(world.call(&token), 404, "{response_type}");
        }
        if let Some(id_token) = page.sent("id_token") {
            let id_token = claims(&json!(id_token));
            assert_eq!(id_token["at_hash"].is_string(), members.contains(&"access_token"), "{response_type}");
            assert_eq!(id_token["c_hash"].is_string(), members.contains(&"code"), "{response_type}");
        }
    }
}

#[test]
fn a_code_is_good_once_and_its_second_use_ends_what_the_first_gave() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let code = world.code();
    let token = world.redeem(&code).expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.call(&token), 404);

    let again = world.redeem(&code);
    assert_eq!((again.status, &again.body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.call(&token), 401, "the first answer's token still opens the instance");
}

#[test]
fn a_code_is_bound_to_its_client_its_address_and_its_challenge() {
    let server = Patron::start(Options::ephemeral());
    let mut world = World::with(&server, "oauthwebapp");
    let code = world.code();
    let grant = ("grant_type", "authorization_code");
    let with = |world: &World, rest: &[(&str, &str)]| {
        let answer = world.token(&[&[grant, ("code", &code)], rest].concat());
        (answer.status, answer.body["error"].as_str().unwrap_or_default().to_owned())
    };
    let refused = (400, "invalid_grant".to_owned());
    assert_eq!(with(&world, &[]), refused, "no verifier");
    assert_eq!(with(&world, &[("code_verifier", &VERIFIER.to_lowercase())]), refused);
    assert_eq!(with(&world, &[("code_verifier", CHALLENGE)]), refused);
    let elsewhere = ("redirect_uri", "https://app.example/other/x");
    assert_eq!(with(&world, &[("code_verifier", VERIFIER), elsewhere]), refused);
    let other = world.add_client("oauthwebapp");
    let own = std::mem::replace(&mut world.client, other);
    assert_eq!(with(&world, &[("code_verifier", VERIFIER)]), refused, "another client");
    world.client = own;
    assert_eq!(with(&world, &[("code_verifier", VERIFIER), ("redirect_uri", CALLBACK)]).0, 200);

    // A challenge that was taken out of the request.
    let page = world.authorize(&mut Browser::new(), &[]);
    assert_eq!(world.redeem(&page.sent("code").unwrap()).body["error"], "invalid_grant");
    for nonsense in ["", "x", "a.b.c", &world.instance.token] {
        let answer = world.redeem(nonsense);
        let error = if nonsense.is_empty() { "invalid_request" } else { "invalid_grant" };
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!(error)), "{nonsense}");
    }
}

#[test]
fn a_client_gets_only_the_grants_of_its_type() {
    let server = Patron::start(Options::ephemeral());
    let web = World::with(&server, "oauthwebapp");
    let page = World::with(&server, "oauthsinglepageapp");
    let error = |world: &World, form: &[(&str, &str)]| world.token(form).expect(400)["error"].clone();
    assert_eq!(error(&web, &[("grant_type", "client_credentials")]), "unauthorized_client");
    assert_eq!(error(&page, &[("grant_type", "client_credentials")]), "unauthorized_client");
    assert_eq!(
        error(&page, &[("grant_type", "refresh_token"), ("refresh_token", "x")]),
        "unauthorized_client"
    );
    let secret = [("grant_type", "authorization_code"), ("code", "x"), ("client_secret", "p8e-x")];
    assert_eq!(error(&page, &secret), "invalid_client", "a public client has no secret");
    let mut nobody = web;
    nobody.client["client_secret"] = json!("");
    assert_eq!(error(&nobody, &[("grant_type", "authorization_code"), ("code", "x")]), "invalid_client");
}

#[test]
fn a_form_from_elsewhere_is_not_accepted() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    let credentials = [("step", "sign_in"), ("email", EMAIL), ("password", PASSWORD)];
    for token in ["", "x", &"0".repeat(64)] {
        let forged = browser.submit(&page, &[&credentials[..], &[("csrf", token)]].concat());
        assert_eq!((forged.status, forged.location), (403, None), "{token}");
    }
    let stolen = page.csrf().unwrap().to_owned();
    let other = Browser::new().submit(&page, &[&credentials[..], &[("csrf", &stolen)]].concat());
    assert_eq!(other.status, 403, "another browser's token");

    let consent = world.sign_in(&mut browser, &page, EMAIL, PASSWORD);
    let old = browser.submit(&consent, &[("step", "allow"), ("csrf", &stolen)]);
    assert_eq!(old.status, 403, "a token from before the sign-in");
    assert!(browser.submit(&consent, &[("step", "allow")]).sent("code").is_some());
}

#[test]
fn a_session_is_another_after_every_sign_in_and_its_cookie_is_out_of_reach() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    let cookie = page.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains("Secure"), "over http it would be lost");
    let before = browser.cookie("patron_session").unwrap().to_owned();
    world.sign_in(&mut browser, &page, EMAIL, PASSWORD);
    assert_ne!(browser.cookie("patron_session"), Some(before.as_str()));

    let mut fixed = Browser::new();
    fixed.plant("patron_session", &before);
    assert!(fixed.open(&world.authorize_url(&[])).html.contains("Sign in"), "the old cookie is signed in");
}

#[test]
fn pages_run_nothing_and_stand_in_no_frame() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let page = Browser::new().open(&world.authorize_url(&[]));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert!(!page.header("x-debug-id").is_empty());
    assert!(!page.html.contains("<script") && !page.html.contains("style="), "{}", page.html);
    let style = Browser::new().open(&format!("{}/ims/pages.css", world.base));
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
}

#[test]
fn what_a_user_typed_is_text_and_nothing_else() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    let page = world.sign_in(&mut browser, &page, "\"><script>alert(1)</script>@x", "wrong password");
    assert!(!page.html.contains("<script>"), "{}", page.html);
}

#[test]
fn a_page_of_another_origin_may_ask_for_tokens_and_may_not_authorize() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthsinglepageapp");
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let preflight = |path: &str| {
        let request = http.request("OPTIONS".parse().unwrap(), format!("{}{path}", world.base));
        let request = request.header("Origin", "https://app.example");
        request
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type")
            .send()
            .unwrap()
    };
    for path in [
        "/ims/token/v3",
        "/ims/userinfo/v2",
        "/ims/revoke",
        "/ims/keys",
        "/ims/.well-known/openid-configuration",
    ] {
        let answer = preflight(path);
        assert_eq!(answer.status().as_u16(), 204, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert!(!answer.headers().contains_key("access-control-allow-credentials"), "{path}");
    }
    assert!(!preflight("/ims/authorize/v2").headers().contains_key("access-control-allow-origin"));
    let token = world.redeem(&world.code());
    assert_eq!(token.headers["access-control-allow-origin"], "*");
}

#[test]
fn the_versions_of_the_token_endpoint_differ_in_what_they_say_of_a_user() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthsinglepageapp");
    let at = |path: &str| {
        let code = world.code();
        let form = [
            ("client_id", world.client_id()),
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        world.post(path, &form).expect(200)
    };
    let first = at("/ims/token/v1");
    assert_eq!((&first["expires_in"], &first["email_verified"]), (&json!(86_399_999), &json!("true")));
    assert_eq!((&first["email"], &first["given_name"]), (&json!(EMAIL), &json!("Ada")));
    let second = at("/ims/token/v2");
    assert_eq!((&second["expires_in"], &second["userId"]), (&json!(86_399), &world.user["user_id"]));
    assert_eq!(at("/ims/token/v4").get("userId"), None);
}

#[test]
fn who_the_token_speaks_for_is_told_within_its_scopes() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let token = world.redeem(&world.code()).expect(200)["access_token"].as_str().unwrap().to_owned();

    let info = world.get_with("/ims/userinfo/v2", &token).expect(200);
    assert_eq!(
        info,
        json!({
            "sub": world.user["user_id"], "account_type": "ent", "email_verified": true, "name": "Ada Lovelace",
            "given_name": "Ada", "family_name": "Lovelace", "email": EMAIL,
        })
    );
    let profile = world.get_with("/ims/profile/v1", &token).expect(200);
    assert_eq!((&profile["userId"], &profile["emailVerified"]), (&world.user["user_id"], &json!("true")));
    assert_eq!(profile["roles"][0]["named_role"], "Admin");
    assert_eq!(profile.get("projectedProductContext"), None, "the scope was not granted");
    for version in ["v5", "v6"] {
        let organizations = world.get_with(&format!("/ims/organizations/{version}"), &token).expect(200);
        let reference = &organizations[0]["orgRef"];
        let id =
            format!("{}@{}", reference["ident"].as_str().unwrap(), reference["authSrc"].as_str().unwrap());
        assert_eq!(id, world.org());
    }
    let own = world.get_with("/ims/organizations/v6", &world.instance.token).expect(200);
    assert_eq!(own[0]["orgRef"]["authSrc"], "AdobeOrg", "a server's token lists its organization too");

    let page = world.authorize(&mut Browser::new(), &[PKCE[0], PKCE[1], ("scope", "openid")]);
    let narrow = world.redeem(&page.sent("code").unwrap()).expect(200);
    let info = world.get_with("/ims/userinfo/v2", narrow["access_token"].as_str().unwrap()).expect(200);
    assert_eq!(info, json!({ "sub": world.user["user_id"] }));
    for bad in ["x", "a.b.c"] {
        let refused = world.get_with("/ims/userinfo/v2", bad);
        assert_eq!((refused.status, &refused.body["error"]), (401, &json!("invalid_token")));
        assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    }
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
