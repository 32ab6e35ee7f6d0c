//! Who is signed in, and with what: keys, sessions, codes, refresh tokens, and how often somebody has guessed.

use patron_harness::Browser;
use patron_harness::Patron;
use patron_harness::login::{CHALLENGE, EMAIL, PASSWORD, World};
use serde_json::{Value, json};

use super::two_nodes;

/// From now on the user, the client and their browser speak to this node.
fn go(world: &mut World, node: &Patron) {
    world.base = node.base().to_owned();
    world.instance = world.instance.moved_to(node.base());
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned()
}

/// A refresh token's use at the node that the world is at.
fn refresh(world: &World, token: &str) -> patron_harness::Answer {
    world.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
}

#[test]
fn a_login_that_begins_on_one_node_goes_on_and_ends_on_the_other() {
    let (one, two) = two_nodes();
    let mut world = World::with(&one, "oauthwebapp");
    let wanted = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let mut browser = Browser::new();
    let code = world.authorize(&mut browser, &wanted).sent("code").unwrap();
    go(&mut world, &two);
    world.redeem(&code).expect(200);
    assert_eq!(world.redeem(&code).status, 400, "a code is good once");
    // The session is the other node's as well: nobody is asked again.
    let second = world.redeem(&code_of(&world, &browser.open(&world.authorize_url(&wanted)))).expect(200);

    go(&mut world, &one);
    let next = refresh(&world, &text(&second, "refresh_token")).expect(200);
    go(&mut world, &two);
    let last = refresh(&world, &text(&next, "refresh_token")).expect(200);
    assert_eq!(world.call(&text(&last, "access_token")), 404, "it opens the instance");
    go(&mut world, &one);
    assert_eq!(world.call(&text(&last, "access_token")), 404);
    assert_eq!(refresh(&world, &text(&second, "refresh_token")).status, 400, "used already, elsewhere");
    go(&mut world, &two);
    assert_eq!(world.call(&text(&last, "access_token")), 401, "and so its family has ended");

    let other = world.redeem(&world.code()).expect(200);
    let access = text(&other, "access_token");
    assert_eq!(world.call(&access), 404);
    let who = [("client_id", world.client_id()), ("client_secret", world.client_secret())];
    let revoke = [who[0], who[1], ("token", other["refresh_token"].as_str().unwrap())];
    assert_eq!(world.post("/ims/revoke", &revoke).status, 200);
    go(&mut world, &one);
    assert_eq!(world.call(&access), 401, "revoked at the other node");
}

/// The code that a page sends the browser away with.
fn code_of(world: &World, page: &patron_harness::Page) -> String {
    page.sent("code").unwrap_or_else(|| panic!("not signed in at {}: {page:?}", world.base))
}

#[test]
fn a_key_that_one_node_makes_signs_on_both_and_one_that_is_withdrawn_counts_on_none() {
    let (one, two) = two_nodes();
    let mut world = World::with(&one, "oauthwebapp");
    let old = world.instance.token.clone();
    assert_eq!(world.call(&old), 404);
    go(&mut world, &two);
    assert_eq!(world.call(&old), 404);
    let kids = |world: &World| -> Vec<String> {
        let keys = world.get_with("/ims/keys", "").expect(200);
        keys["keys"].as_array().unwrap().iter().map(|key| text(key, "kid")).collect()
    };
    let before = kids(&world);
    go(&mut world, &one);
    world.control("POST", "/keys", &Value::Null).expect(201);
    go(&mut world, &two);
    let after = kids(&world);
    assert_eq!((before.len(), after.len()), (1, 2));
    let new = text(&world.instance.ask_token().expect(200), "access_token");
    go(&mut world, &one);
    assert_eq!((world.call(&old), world.call(&new)), (404, 404), "both open the instance");
    world.control("DELETE", &format!("/keys/{}", before[0]), &Value::Null).expect(204);
    go(&mut world, &two);
    assert_eq!((world.call(&old), world.call(&new)), (401, 404));
}

#[test]
fn guesses_are_counted_together() {
    let (one, two) = two_nodes();
    let mut world = World::with(&one, "oauthwebapp");
    let attempt = |world: &World, password: &str| {
        let mut browser = Browser::new();
        let page = browser.open(&world.authorize_url(&[]));
        world.sign_in(&mut browser, &page, EMAIL, password)
    };
    for round in 0..5 {
        go(&mut world, if round % 2 == 0 { &one } else { &two });
        assert_eq!(attempt(&world, "wrong password").status, 401);
    }
    for node in [&one, &two] {
        go(&mut world, node);
        let page = attempt(&world, PASSWORD);
        assert!(page.html.contains("Too many attempts. Try again in"), "{page:?}");
    }
    let unlock = format!("/users/{}/unlock", text(&world.user, "user_id"));
    go(&mut world, &one);
    world.control("POST", &unlock, &json!({})).expect(204);
    go(&mut world, &two);
    assert!(attempt(&world, PASSWORD).html.contains("Allow"));
}
