//! The developer console's work over the control API: organizations, projects, credentials of every type, secrets, users, roles, keys.

#![allow(clippy::unwrap_used)]

use patron_harness::login::{CALLBACK, World};
use patron_harness::{Options, Patron};
use serde_json::{Value, json};

const NOTHING: Value = Value::Null;

#[test]
fn an_organization_owns_projects_and_goes_when_it_has_no_instance() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let made = world.control("POST", "/organizations", &json!({"name": "Acme"})).expect(201);
    let path = format!("/organizations/{}", made["org_id"].as_str().unwrap());
    assert!(made["org_id"].as_str().unwrap().ends_with("@AdobeOrg"));
    assert_eq!(world.control("GET", &path, &NOTHING).expect(200), made);
    assert_eq!(world.control("PUT", &path, &json!({"name": "Acme 2"})).expect(200)["name"], "Acme 2");
    let listed = world.control("GET", "/organizations", &NOTHING).expect(200);
    assert!(listed["organizations"].as_array().unwrap().iter().any(|own| own["name"] == "Acme 2"));

    let projects = format!("{path}/projects");
    let project = world.control("POST", &projects, &json!({"title": "Demo, no. 1"})).expect(201);
    assert_eq!((&project["name"], &project["title"]), (&json!("Demono1"), &json!("Demo no 1")));
    let of = json!({"project_id": project["id"], "name": "Mine"});
    let credential = world.control("POST", &format!("{path}/credentials"), &of).expect(201);
    assert_eq!(credential["project_id"], project["id"]);
    let one = format!("{projects}/{}", project["id"]);
    assert_eq!(world.control("PUT", &one, &json!({"title": "Other"})).expect(200)["name"], "Other");
    world.control("DELETE", &one, &NOTHING).expect(204);
    let gone = format!("/credentials/{}", credential["client_id"].as_str().unwrap());
    assert_eq!(world.control("GET", &gone, &NOTHING).status, 404, "its credential went with it");

    world.control("DELETE", &path, &NOTHING).expect(204);
    assert_eq!(world.control("GET", &path, &NOTHING).status, 404);
    assert_eq!(world.control("DELETE", &format!("/organizations/{}", world.org()), &NOTHING).status, 409);
}

#[test]
fn credentials_of_every_type_are_made_shown_changed_and_deleted() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let all = format!("/organizations/{}/credentials", world.org());
    for (kind, has_secret) in [
        ("oauth_server_to_server", true),
        ("oauthwebapp", true),
        ("oauthsinglepageapp", false),
        ("oauthnativeapp", false),
    ] {
        let mut body = json!({"type": kind, "name": "One"});
        if kind != "oauth_server_to_server" {
            body["default_redirect_uri"] = json!(CALLBACK);
        }
        let made = world.control("POST", &all, &body).expect(201);
        assert_eq!(made["client_secret"].is_string(), has_secret, "{kind}");
        assert_eq!(made["type"], kind);
        let path = format!("/credentials/{}", made["client_id"].as_str().unwrap());
        let shown = world.control("GET", &path, &NOTHING).expect(200);
        assert_eq!(shown.get("client_secret"), None, "{kind}: the secret is shown again");
        let changed = world.control("PUT", &path, &json!({"name": "Two", "scopes": ["openid"]})).expect(200);
        assert_eq!((&changed["name"], &changed["scopes"]), (&json!("Two"), &json!(["openid"])));
        world.control("DELETE", &path, &NOTHING).expect(204);
        assert_eq!(world.control("GET", &path, &NOTHING).status, 404);
    }
}

#[test]
fn a_credential_that_would_be_unsafe_is_refused_by_the_field() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let all = format!("/organizations/{}/credentials", world.org());
    let field = |body: Value| {
        let answer = world.control("POST", &all, &body);
        (answer.status, answer.body["field"].as_str().unwrap_or_default().to_owned())
    };
    let web = |more: Value| {
        let mut body = json!({"type": "oauthwebapp", "default_redirect_uri": CALLBACK});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field(body)
    };
    let wrong = |name: &str| (400, name.to_owned());
    assert_eq!(field(json!({"type": "oauthtoaster"})), wrong("type"));
    assert_eq!(field(json!({"type": "oauthwebapp"})), wrong("default_redirect_uri"));
    for uri in ["http://app.example/cb", "javascript:alert(1)", "https://*.example/cb", "/cb", "https://a/#b"]
    {
        assert_eq!(web(json!({"default_redirect_uri": uri})), wrong("default_redirect_uri"), "{uri}");
    }
    for patterns in [".*", "https://app\\.example.*", "https://(", "https://a(/b"] {
        assert_eq!(
            web(json!({"redirect_uri_patterns": patterns})),
            wrong("redirect_uri_patterns"),
            "{patterns}"
        );
    }
    assert_eq!(web(json!({"scopes": []})), wrong("scopes"));
    assert_eq!(web(json!({"project_id": 424_242})), wrong("project_id"));
    assert_eq!(web(json!({"roles": [424_242]})), wrong("roles"));
    assert_eq!(web(json!({"resources": ["nonsense"]})), wrong("resources"));
    let offline =
        json!({"type": "oauthsinglepageapp", "default_redirect_uri": CALLBACK, "scopes": ["offline_access"]});
    assert_eq!(field(offline), wrong("scopes"));
    assert_eq!(field(json!({"default_redirect_uri": CALLBACK})), wrong("default_redirect_uri"));
    assert_eq!(field(json!({"colour": "red"})).0, 400);
}

#[test]
fn a_secret_is_rotated_without_a_gap() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let made = &world.instance.made;
    let path = format!("/credentials/{}/secrets", made.client_id);
    let status = |secret: &str| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", &made.client_id), ("client_secret", secret)];
        world.post("/ims/token/v3", &form).status
    };
    let old = world.control("GET", &path, &NOTHING).expect(200)["secrets"][0].clone();
    assert_eq!(old.get("client_secret"), None);
    let new = world.control("POST", &path, &NOTHING).expect(201);
    let secret = new["client_secret"].as_str().unwrap();
    assert_eq!((status(&made.client_secret), status(secret)), (200, 200), "both work");
    assert_eq!(world.control("POST", &path, &NOTHING).status, 400, "a third");
    let old = format!("{path}/{}", old["uuid"].as_str().unwrap());
    world.control("DELETE", &old, &NOTHING).expect(204);
    assert_eq!((status(&made.client_secret), status(secret)), (400, 200));
    assert_eq!(world.control("DELETE", &old, &NOTHING).status, 404);

    let page = world.add_client("oauthsinglepageapp");
    let path = format!("/credentials/{}/secrets", page["client_id"].as_str().unwrap());
    assert_eq!(world.control("POST", &path, &NOTHING).status, 400, "a public client");
}

#[test]
fn a_deleted_credentials_tokens_stop_at_once() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let of_user = world.redeem(&world.code()).expect(200)["access_token"].as_str().unwrap().to_owned();
    let of_server = world.instance.token.clone();
    assert_eq!((world.call(&of_user), world.call(&of_server)), (404, 404));
    for client_id in [world.client_id(), &world.instance.made.client_id] {
        world.control("DELETE", &format!("/credentials/{client_id}"), &NOTHING).expect(204);
    }
    assert_eq!((world.call(&of_user), world.call(&of_server)), (401, 401));
}

#[test]
fn an_instances_credentials_are_its_organizations() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let path = format!("/instances/{}/credentials", world.instance.made.instance_id);
    let made = world.control("POST", &path, &json!({"name": "CI"})).expect(201);
    assert_eq!(made["org_id"], world.org());
    let listed = world.control("GET", &path, &NOTHING).expect(200);
    let names: Vec<_> =
        listed["credentials"].as_array().unwrap().iter().map(|own| own["name"].clone()).collect();
    assert!(names.contains(&json!("CI")) && names.contains(&json!("Test client")), "{names:?}");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", made["client_id"].as_str().unwrap()),
        ("client_secret", made["client_secret"].as_str().unwrap()),
    ];
    let token = world.post("/ims/token/v3", &form).expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.call(&token), 404);
    assert_eq!(world.control("GET", "/instances/nothing/credentials", &NOTHING).status, 404);
}

#[test]
fn users_are_made_shown_changed_and_refused_by_the_field() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let all = format!("/organizations/{}/users", world.org());
    let user_id = world.user["user_id"].as_str().unwrap();
    let (guid, domain) = user_id.split_once('@').unwrap();
    assert!(
        guid.len() == 24 && guid.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()),
        "{user_id}"
    );
    assert!(
        domain.len() == 24 && domain.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()),
        "{user_id}"
    );
    assert!(world.user.get("password").is_none() && world.user["has_password"] == true);
    let field = |body: Value| {
        let answer = world.control("POST", &all, &body);
        (answer.status, answer.body["field"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(field(json!({"email": "ADA@example.com"})), (409, "email".to_owned()), "in another case");
    assert_eq!(field(json!({"email": "nonsense"})), (400, "email".to_owned()));
    assert_eq!(field(json!({})), (400, "email".to_owned()));
    assert_eq!(field(json!({"email": "a@b", "password": "short"})), (400, "password".to_owned()));
    assert_eq!(field(json!({"email": "a@b", "country": "Utopia"})), (400, "country".to_owned()));
    let path = format!("/users/{user_id}");
    let changed = world.control("PUT", &path, &json!({"first_name": "Augusta", "country": "gb"})).expect(200);
    assert_eq!((&changed["first_name"], &changed["country"]), (&json!("Augusta"), &json!("GB")));
    assert_eq!(world.control("GET", &path, &NOTHING).expect(200), changed);
    assert_eq!(world.control("GET", &all, &NOTHING).expect(200)["users"][0], changed);
    world.control("DELETE", &path, &NOTHING).expect(204);
    assert_eq!(world.control("GET", &path, &NOTHING).status, 404);
}

#[test]
fn keys_are_rotated_and_withdrawn() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let kids = |body: &Value| -> Vec<(String, bool)> {
        let keys = body["keys"].as_array().unwrap().iter();
        keys.map(|key| (key["kid"].as_str().unwrap().to_owned(), key["signs"].as_bool().unwrap())).collect()
    };
    let before = world.control("GET", "/keys", &NOTHING).expect(200);
    assert_eq!(kids(&before), [("ims_na1-key-at-1".to_owned(), true)]);
    assert!(!before.to_string().contains("private"));
    let old = &world.instance.token;
    let after = world.control("POST", "/keys", &NOTHING).expect(201);
    assert_eq!(kids(&after), [("ims_na1-key-at-2".to_owned(), true), ("ims_na1-key-at-1".to_owned(), false)]);
    assert_eq!(world.call(old), 404, "what the old key signed is good");
    assert_eq!(world.control("DELETE", "/keys/ims_na1-key-at-2", &NOTHING).status, 400, "the one that signs");
    world.control("DELETE", "/keys/ims_na1-key-at-1", &NOTHING).expect(204);
    assert_eq!(world.call(old), 401);
    assert_eq!(world.control("DELETE", "/keys/nothing", &NOTHING).status, 404);
    assert_eq!(world.call(world.redeem(&world.code()).expect(200)["access_token"].as_str().unwrap()), 404);
}

#[test]
fn the_resources_that_a_role_can_have_are_listed() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let listed = world.control("GET", "/resources", &NOTHING).expect(200);
    assert!(listed["resources"].as_array().unwrap().contains(&json!("Magento_Customer::manage")));
}
