//! Refresh tokens: replaced with every use, and what happens when one is used twice; and how tokens are ended on purpose.

#![allow(clippy::unwrap_used)]

use patron_harness::login::{CALLBACK, CHALLENGE, World};
use patron_harness::{Answer, Browser, Options, Patron};
use serde_json::{Value, json};

struct Tokens {
    access: String,
    refresh: String,
}

fn tokens(body: &Value) -> Tokens {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
    Tokens { access: text("access_token"), refresh: text("refresh_token") }
}

fn first(world: &World) -> Tokens {
    tokens(&world.redeem(&world.code()).expect(200))
}

fn refresh(world: &World, token: &str) -> Answer {
    world.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
}

#[test]
fn a_refresh_token_buys_new_tokens_and_is_replaced() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let old = first(&world);
    let body = refresh(&world, &old.refresh).expect(200);
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["access_token", "refresh_token", "token_type", "expires_in"]);
    let new = tokens(&body);
    assert_ne!((&old.access, &old.refresh), (&new.access, &new.refresh));
    assert_eq!((world.call(&old.access), world.call(&new.access)), (404, 404), "both open the instance");
}

#[test]
fn a_client_that_did_not_hear_the_answer_hears_the_same_one_again() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let old = first(&world);
    let heard = refresh(&world, &old.refresh).expect(200);
    assert_eq!(refresh(&world, &old.refresh).expect(200), heard);
    assert_eq!(world.call(&tokens(&heard).access), 404);
    let narrower = [("grant_type", "refresh_token"), ("refresh_token", &old.refresh), ("scope", "openid")];
    assert_eq!(world.token(&narrower).expect(400)["error"], "invalid_grant", "a retry asks for the same");
}

#[test]
fn a_replaced_token_that_comes_after_its_successor_was_used_ends_the_family() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let one = first(&world);
    let two = tokens(&refresh(&world, &one.refresh).expect(200));
    let three = tokens(&refresh(&world, &two.refresh).expect(200));

    assert_eq!(refresh(&world, &one.refresh).expect(400)["error"], "invalid_grant");
    assert_eq!(refresh(&world, &three.refresh).expect(400)["error"], "invalid_grant", "the family lives on");
    for token in [&one.access, &two.access, &three.access] {
        assert_eq!(world.call(token), 401);
    }
    assert_eq!(refresh(&world, &first(&world).refresh).status, 200, "another login is not touched");
}

#[test]
fn a_refresh_token_is_its_clients_own_and_its_scopes_only_narrow() {
    let server = Patron::start(Options::ephemeral());
    let mut world = World::with(&server, "oauthwebapp");
    let tokens = first(&world);
    let with_scope = |scope: &str| {
        world.token(&[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("scope", scope)])
    };
    assert_eq!(with_scope("openid org.read").expect(400)["error"], "invalid_scope");
    let narrow = with_scope("openid").expect(200);
    assert_eq!(world.call(narrow["access_token"].as_str().unwrap()), 401, "without commerce.accs");
    for nonsense in ["x", "a.b.c", &tokens.access] {
        assert_eq!(refresh(&world, nonsense).expect(400)["error"], "invalid_grant", "{nonsense}");
    }
    let next = narrow["refresh_token"].as_str().unwrap().to_owned();
    let other = world.add_client("oauthwebapp");
    let own = std::mem::replace(&mut world.client, other);
    assert_eq!(refresh(&world, &next).expect(400)["error"], "invalid_grant");
    world.client = own;
    assert_eq!(refresh(&world, &next).status, 200, "another client's attempt ended it");
}

#[test]
fn without_offline_access_there_is_no_refresh_token() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let parameters =
        [("code_challenge", CHALLENGE), ("code_challenge_method", "S256"), ("scope", "openid commerce.accs")];
    let page = world.authorize(&mut Browser::new(), &parameters);
    assert_eq!(world.redeem(&page.sent("code").unwrap()).expect(200).get("refresh_token"), None);
}

#[test]
fn revoking_a_refresh_token_ends_its_access_tokens() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let (ended, other) = (first(&world), first(&world));
    let who = [("client_id", world.client_id()), ("client_secret", world.client_secret())];
    let no_proof = world.post("/ims/revoke", &[who[0], ("token", &ended.refresh)]);
    assert_eq!((no_proof.status, &no_proof.body["error"]), (400, &json!("invalid_client")));
    assert_eq!(world.call(&ended.access), 404);

    let answer = world.post("/ims/revoke", &[who[0], who[1], ("token", &ended.refresh)]);
    assert_eq!((answer.status, &answer.body), (200, &Value::Null));
    assert_eq!((world.call(&ended.access), world.call(&other.access)), (401, 404));
    assert_eq!(refresh(&world, &ended.refresh).status, 400);
    for token in ["x", &ended.refresh] {
        assert_eq!(world.post("/ims/revoke", &[who[0], who[1], ("token", token)]).status, 200, "{token}");
    }
}

#[test]
fn invalidating_ends_the_token_and_with_cascading_what_came_with_it() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let invalidate = |token: &str, more: &[(&str, &str)]| {
        let form = [&[("token", token), ("client_id", world.client_id())], more].concat();
        let answer = world.post("/ims/invalidate_token/v2", &form);
        assert_eq!((answer.status, answer.body), (200, Value::Null));
    };
    let alone = first(&world);
    invalidate(&alone.access, &[("token_type", "access_token")]);
    assert_eq!(world.call(&alone.access), 401);
    assert_eq!(refresh(&world, &alone.refresh).status, 200, "the refresh token was not meant");

    let kept = first(&world);
    invalidate(&kept.refresh, &[("token_type", "refresh_token")]);
    assert_eq!((world.call(&kept.access), refresh(&world, &kept.refresh).status), (404, 400));

    let all = first(&world);
    invalidate(&all.refresh, &[("token_type", "refresh_token"), ("cascading", "all")]);
    assert_eq!((world.call(&all.access), refresh(&world, &all.refresh).status), (401, 400));

    let own = &world.instance.token;
    assert_eq!(world.call(own), 404);
    let form = [("token", own.as_str()), ("client_id", "somebody else")];
    assert_eq!(world.post("/ims/invalidate_token/v2", &form).status, 200);
    assert_eq!(world.call(own), 404, "a client ended another's token");
    assert_eq!(world.post("/ims/invalidate_token/v2", &[("token", own)]).status, 200);
    assert_eq!(world.call(own), 401);
}

#[test]
fn what_was_used_up_is_not_valid_any_more() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let valid = |token: &str, token_type: &str| {
        let form = [("token", token), ("type", token_type), ("client_id", world.client_id())];
        world.post("/ims/validate_token/v1", &form).expect(200)["valid"].clone()
    };
    let code = world.code();
    assert_eq!(valid(&code, "authorization_code"), true);
    let old = tokens(&world.redeem(&code).expect(200));
    assert_eq!(valid(&code, "authorization_code"), false);
    assert_eq!(
        (valid(&old.access, "access_token"), valid(&old.refresh, "refresh_token")),
        (true.into(), true.into())
    );
    refresh(&world, &old.refresh).expect(200);
    assert_eq!(valid(&old.refresh, "refresh_token"), false);
}

#[test]
fn logging_out_ends_the_session_and_everything_that_came_of_it() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let parameters = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let page = world.authorize(&mut browser, &parameters);
    let ended = tokens(&world.redeem(&page.sent("code").unwrap()).expect(200));
    let elsewhere = first(&world);

    let url = format!("{}/ims/logout/v1?client_id={}", world.base, world.client_id());
    let evil =
        browser.open(&format!("{url}&redirect_uri=https://evil.example/&access_token={}", ended.access));
    assert_eq!((evil.status, evil.location.as_deref()), (302, Some(CALLBACK)), "an unknown address");
    assert_eq!(evil.header("cache-control"), "no-store");
    assert_eq!((world.call(&ended.access), refresh(&world, &ended.refresh).status), (401, 400));
    assert_eq!(world.call(&elsewhere.access), 404, "another browser's session");
    assert!(browser.open(&world.authorize_url(&[])).html.contains("Sign in"));

    let back = world.post("/ims/logout/v1/token", &[("access_token", &elsewhere.access)]);
    assert_eq!((back.status, back.body), (200, json!({})));
    assert_eq!(world.call(&elsewhere.access), 401);
}
