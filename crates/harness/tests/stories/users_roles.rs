//! Users and roles: who may sign in, what a stranger can find out, and what a token may do.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story measures real time

use std::time::{Duration, Instant};

use patron_harness::login::{EMAIL, PASSWORD, World};
use patron_harness::{Browser, Options, Page, Patron};
use serde_json::{Value, json};

fn access(world: &World) -> String {
    world.redeem(&world.code()).expect(200)["access_token"].as_str().unwrap().to_owned()
}

fn user_path(world: &World) -> String {
    format!("/users/{}", world.user["user_id"].as_str().unwrap())
}

#[test]
fn a_user_may_do_what_the_roles_allow_and_a_refusal_names_what_is_missing() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let org = world.org();
    let role = json!({"name": "Readers", "resources": ["Magento_Customer::group"]});
    let role = world.control("POST", &format!("/organizations/{org}/roles"), &role).expect(201);
    world.control("PUT", &user_path(&world), &json!({"roles": [role["id"]]})).expect(200);
    let token = access(&world);
    let groups = world.instance.with_token(&token).get("/V1/customerGroups/1");
    assert_eq!(groups.status, 200, "{}", groups.body);
    let refused = world.instance.with_token(&token).get("/V1/customers/1");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body["parameters"]["resources"], "Magento_Customer::customer");

    let path = format!("/roles/{}", role["id"]);
    let more = json!({"resources": ["Magento_Customer::group", "Magento_Customer::customer"]});
    world.control("PUT", &path, &more).expect(200);
    assert_eq!(world.call(&token), 404, "a changed role counts at once");
    world.control("DELETE", &path, &Value::Null).expect(204);
    assert_eq!(world.call(&token), 401, "a deleted one too");
}

#[test]
fn a_role_of_one_instance_counts_there_and_nowhere_else() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let (org, instance) = (world.org(), &world.instance.made.instance_id);
    let role = |name: &str, instance: &Value| {
        let body = json!({"name": name, "instance_id": instance, "resources": "all"});
        world.control("POST", &format!("/organizations/{org}/roles"), &body)
    };
    let here = role("Here", &json!(instance)).expect(201);
    world.control("PUT", &user_path(&world), &json!({"roles": [here["id"]]})).expect(200);
    let token = access(&world);
    assert_eq!(world.call(&token), 404);

    let elsewhere = server.instance();
    assert_eq!(role("There", &json!(elsewhere.made.instance_id)).expect(400)["field"], "instance_id");
    assert_eq!(role("here", &Value::Null).status, 409, "a name that is taken, in another case");
    world.control("PUT", &format!("/roles/{}", here["id"]), &json!({"instance_id": null})).expect(200);
    assert_eq!(
        elsewhere.with_token(&token).get("/V1/customers/1").status,
        403,
        "another organization's instance"
    );
}

#[test]
fn a_credential_with_roles_may_do_what_they_allow() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let path = format!("/credentials/{}", world.instance.made.client_id);
    let token = &world.instance.token;
    assert_eq!(world.call(token), 404);
    let body = json!({"name": "Groups", "resources": ["Magento_Customer::group"]});
    let role = world.control("POST", &format!("/organizations/{}/roles", world.org()), &body).expect(201);
    world.control("PUT", &path, &json!({"roles": [role["id"]]})).expect(200);
    assert_eq!(world.call(token), 401);
    world.control("PUT", &path, &json!({"roles": []})).expect(200);
    assert_eq!(world.call(token), 404);
}

#[test]
fn a_user_without_a_role_may_do_nothing_and_a_user_who_is_gone_even_less() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let path = user_path(&world);
    let first = access(&world);
    world.control("PUT", &path, &json!({"roles": []})).expect(200);
    assert_eq!(world.call(&first), 401);
    assert_eq!(world.get_with("/ims/userinfo/v2", &first).status, 200, "the token is good all the same");

    world.control("PUT", &path, &json!({"active": false})).expect(200);
    assert_eq!(world.get_with("/ims/userinfo/v2", &first).status, 401);
    world.control("PUT", &path, &json!({"active": true})).expect(200);
    let second = access(&world);
    world.control("PUT", &path, &json!({"password": "another password"})).expect(200);
    assert_eq!(
        world.get_with("/ims/userinfo/v2", &second).status,
        401,
        "a new password ends what the old one began"
    );
    world.control("PUT", &path, &json!({"password": PASSWORD})).expect(200);
    let third = access(&world);
    world.control("DELETE", &path, &Value::Null).expect(204);
    assert_eq!(world.get_with("/ims/userinfo/v2", &third).status, 401);
}

fn attempt(world: &World, email: &str, password: &str) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    world.sign_in(&mut browser, &page, email, password)
}

#[test]
fn a_stranger_cannot_tell_who_has_an_account() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let org = world.org();
    let add = |body: Value| world.control("POST", &format!("/organizations/{org}/users"), &body).expect(201);
    add(json!({"email": "none@example.com"}));
    add(json!({"email": "idle@example.com", "password": PASSWORD, "active": false}));
    let shown = |email: &str, password: &str| {
        let page = attempt(&world, email, password);
        (page.status, page.html.replace(page.csrf().unwrap(), "").replace(email, ""))
    };
    let unknown = shown("nobody@example.com", PASSWORD);
    assert_eq!(unknown.0, 401);
    assert_eq!(shown(EMAIL, "wrong password"), unknown);
    assert_eq!(shown("none@example.com", PASSWORD), unknown, "a user without a password");
    assert_eq!(shown("idle@example.com", PASSWORD), unknown, "a user who may not sign in");

    // The work is a hash in each case. The shortest of some is compared, taken in turn: whatever else the machine does makes both longer.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for round in 0..8 {
        if round % 4 == 0 {
            world.control("POST", &format!("{}/unlock", user_path(&world)), &Value::Null).expect(204);
        }
        known = known.min(time_of(&world, EMAIL));
        unknown = unknown.min(time_of(&world, &format!("nobody{round}@example.com")));
    }
    let (less, more) = (known.min(unknown), known.max(unknown));
    assert!(more < less * 2, "known {known:?}, unknown {unknown:?}");
}

fn time_of(world: &World, email: &str) -> Duration {
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    let started = Instant::now();
    browser.submit(&page, &[("step", "sign_in"), ("email", email), ("password", "wrong password")]);
    started.elapsed()
}

#[test]
fn after_five_failures_everybody_waits_known_or_not_and_an_administrator_can_end_it() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let mut shown = Vec::new();
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..5 {
            assert!(attempt(&world, email, "wrong password").html.contains("is wrong"));
        }
        let page = attempt(&world, email, PASSWORD);
        assert!(page.html.contains("Too many attempts. Try again in"), "{email}: {}", page.html);
        shown.push(page.status);
    }
    assert_eq!(shown[0], shown[1]);
    world.control("POST", &format!("{}/unlock", user_path(&world)), &Value::Null).expect(204);
    assert!(attempt(&world, EMAIL, PASSWORD).html.contains("Allow"));
    for _ in 0..4 {
        attempt(&world, EMAIL, "wrong password");
    }
    assert!(
        attempt(&world, EMAIL, PASSWORD).html.contains("Allow"),
        "a right password starts the count anew"
    );
}

#[test]
fn twenty_guesses_at_once_are_no_more_than_five() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let looked_at = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..20)
            .map(|i| {
                let world = &world;
                scope.spawn(move || {
                    attempt(world, EMAIL, &format!("wrong password {i}")).html.contains("is wrong")
                })
            })
            .collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).filter(|looked| *looked).count()
    });
    assert_eq!(looked_at, 5);
}

#[test]
fn a_user_of_another_organization_is_nobody_here() {
    let server = Patron::start(Options::ephemeral());
    let (here, there) = (World::with(&server, "oauthwebapp"), World::with(&server, "oauthwebapp"));
    let mut browser = Browser::new();
    here.authorize(&mut browser, &[]);
    let page = browser.open(&there.authorize_url(&[]));
    assert!(page.html.contains("Sign in"), "one organization's session signs in to another's client");
}

#[test]
fn no_password_secret_code_or_token_is_kept_in_clear() {
    let server = Patron::start(Options::default());
    let world = World::with(&server, "oauthwebapp");
    let code = world.code();
    let body = world.redeem(&code).expect(200);
    let secrets = [
        PASSWORD,
        world.client_secret(),
        &code,
        body["access_token"].as_str().unwrap(),
        body["refresh_token"].as_str().unwrap(),
    ];
    let kept = server.kept();
    assert!(kept.len() > 10_000, "nothing was looked at");
    for secret in secrets {
        let found = kept.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{}… is in the database", &secret[..8]);
    }
    let log = server.stderr();
    assert!(secrets.iter().all(|secret| !log.contains(secret)) && !log.contains(EMAIL), "{log}");
}
