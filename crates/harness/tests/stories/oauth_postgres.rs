//! The way of a login over the other engine: every statement of users, roles, codes, families and locks runs on PostgreSQL too.

#![allow(clippy::unwrap_used)]

use patron_harness::login::{EMAIL, PASSWORD, World};
use patron_harness::{Browser, Data, Options, Patron, postgres};
use serde_json::{Value, json};

#[test]
fn a_login_lives_and_ends_on_postgresql_as_on_sqlite() {
    let options = Options { data: Data::Database(postgres::database()), ..Options::default() };
    let server = Patron::start(options);
    let world = World::with(&server, "oauthwebapp");
    let mut browser = Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    for _ in 0..5 {
        assert!(world.sign_in(&mut browser, &page, "nobody@example.com", PASSWORD).html.contains("is wrong"));
    }
    assert!(world.sign_in(&mut browser, &page, "nobody@example.com", PASSWORD).html.contains("Too many"));

    let code = world.code();
    let first = world.redeem(&code).expect(200);
    let token = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let refresh = |of: &str| world.token(&[("grant_type", "refresh_token"), ("refresh_token", of)]);
    let second = refresh(&token(&first, "refresh_token")).expect(200);
    assert_eq!(refresh(&token(&first, "refresh_token")).expect(200), second, "a retry");
    let third = refresh(&token(&second, "refresh_token")).expect(200);
    assert_eq!(world.call(&token(&third, "access_token")), 404);
    assert_eq!(refresh(&token(&first, "refresh_token")).status, 400, "a second use");
    assert_eq!(world.call(&token(&third, "access_token")), 401, "the family lives on");
    assert_eq!(world.redeem(&code).status, 400);

    let user = format!("/users/{}", world.user["user_id"].as_str().unwrap());
    world.control("POST", &format!("{user}/unlock"), &Value::Null).expect(204);
    let access = token(&world.redeem(&world.code()).expect(200), "access_token");
    let logout = world.post("/ims/logout/v1/token", &[("access_token", &access)]);
    assert_eq!((logout.status, world.call(&access)), (200, 401));
    let access = token(&world.redeem(&world.code()).expect(200), "access_token");
    world.control("PUT", &user, &json!({"email": EMAIL, "password": "another password"})).expect(200);
    assert_eq!(world.call(&access), 401);

    let org = format!("/organizations/{}", world.org());
    let role = json!({"name": "Here", "instance_id": world.instance.made.instance_id, "resources": "all"});
    let role = world.control("POST", &format!("{org}/roles"), &role).expect(201);
    let credential = format!("/credentials/{}", world.instance.made.client_id);
    world.control("PUT", &credential, &json!({"roles": [role["id"]], "name": "CI"})).expect(200);
    assert_eq!(world.call(&world.instance.token), 404);
    world.control("PUT", &format!("/roles/{}", role["id"]), &json!({"resources": []})).expect(200);
    assert_eq!(world.call(&world.instance.token), 401);
    world.control("PUT", &org, &json!({"name": "Renamed"})).expect(200);
    let project = world.control("POST", &format!("{org}/projects"), &json!({"title": "One"})).expect(201);
    let project = format!("{org}/projects/{}", project["id"]);
    world.control("PUT", &project, &json!({"title": "Two"})).expect(200);
    world.control("DELETE", &project, &Value::Null).expect(204);
    world.control("DELETE", &format!("/credentials/{}", world.client_id()), &Value::Null).expect(204);
    world.control("DELETE", &user, &Value::Null).expect(204);
    world.instance.remove(None).unwrap();
    assert_eq!(
        world.control("GET", &org, &Value::Null).status,
        404,
        "the organization goes with its last instance"
    );
}
