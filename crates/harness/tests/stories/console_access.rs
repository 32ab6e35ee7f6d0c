//! Who sees what in the console, and what a stranger cannot do.

#![allow(clippy::unwrap_used)]

use patron_harness::{Browser, Console, Options, Patron, login::World};
use serde_json::json;

/// A user who administers one organization that is not the operators', and that organization's id.
fn administrator(server: &Patron) -> (Console, World) {
    let world = World::with(server, "oauthwebapp");
    let (console, page) = Console::sign_in(
        server.base(),
        &world.org(),
        patron_harness::login::EMAIL,
        patron_harness::login::PASSWORD,
    );
    assert_eq!(page.status, 303, "{}", page.html);
    (console, world)
}

#[test]
fn whoever_has_not_signed_in_is_sent_to_do_so_and_comes_back_to_the_page() {
    let server = Patron::start(Options::ephemeral());
    let mut browser = Browser::new();
    let asked = browser.open(&format!("{}/console/organizations?q=x%26y", server.base()));
    assert_eq!(asked.status, 303);
    let page = browser.open(&format!("{}{}", server.base(), asked.location.unwrap()));
    let (email, password) =
        (server.banner("Console user").unwrap(), server.banner("Console password").unwrap());
    let wrong = browser.submit(&page, &[("email", &email), ("password", "wrong")]);
    assert_eq!(
        (wrong.status, wrong.text_of("problem").as_str()),
        (401, "E-mail address or password is wrong.")
    );
    let right = browser.submit(&page, &[("email", &email), ("password", &password)]);
    assert_eq!((right.status, right.location.as_deref()), (303, Some("/console/organizations?q=x%26y")));

    for elsewhere in ["https://evil.example/", "//evil.example", "/ims/logout"] {
        let page = Browser::new().open(&format!("{}/console/sign-in?next={elsewhere}", server.base()));
        assert_eq!(page.status, 200);
        let sent = browser.open(&format!("{}/console/sign-in?next={elsewhere}", server.base()));
        assert_eq!(sent.location.as_deref(), Some("/console"), "{elsewhere}");
    }
}

#[test]
fn things_of_another_organization_are_not_found_whatever_is_asked() {
    let server = Patron::start(Options::ephemeral());
    let mut first = Console::of_first_user(&server);
    let theirs = first.organization();
    let instance = server.banner("REST endpoint").unwrap().rsplit('/').next().unwrap().to_owned();
    let page = first.open(&format!("{theirs}/projects/1"));
    let client_id = client_id_of(&page.html);
    let users = first.open(&format!("{theirs}/users"));
    let user_id = users
        .html
        .replace("&#x2f;", "/")
        .split(&format!("{theirs}/users/"))
        .nth(2)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();

    let (mut stranger, world) = administrator(&server);
    let own = stranger.organization();
    let form = stranger.open(&format!("{own}/settings"));
    let pages = [
        String::new(),
        "/settings".into(),
        "/instances".into(),
        "/instances/new".into(),
        format!("/instances/{instance}"),
        format!("/instances/{instance}/customers"),
        format!("/instances/{instance}/customers/1"),
        format!("/instances/{instance}/mails"),
        "/projects".into(),
        "/projects/1".into(),
        "/projects/1/workspace".into(),
        format!("/projects/1/credentials/{client_id}"),
        "/users".into(),
        format!("/users/{user_id}"),
        "/roles".into(),
        "/roles/1".into(),
    ];
    for page in &pages {
        assert_eq!(first.open(&format!("{theirs}{page}")).status, expected(page), "the operator sees {page}");
        assert_eq!(stranger.open(&format!("{theirs}{page}")).status, 404, "{page}");
        // The same things named below an organization that is the stranger's.
        if page.matches('/').count() > 1 && !page.ends_with("/new") && !page.ends_with("/customers/1") {
            assert_eq!(stranger.open(&format!("{own}{page}")).status, 404, "{page}");
        }
    }
    for path in [
        "/settings".to_owned(),
        "/delete".into(),
        "/instances".into(),
        format!("/instances/{instance}/delete"),
        "/projects".into(),
        "/projects/1".into(),
        "/projects/1/delete".into(),
        "/projects/1/credentials".into(),
        "/projects/1/workspace".into(),
        format!("/projects/1/credentials/{client_id}"),
        format!("/projects/1/credentials/{client_id}/delete"),
        format!("/projects/1/credentials/{client_id}/secrets"),
        "/users".into(),
        format!("/users/{user_id}"),
        format!("/users/{user_id}/unlock"),
        format!("/users/{user_id}/delete"),
        "/roles".into(),
        "/roles/1".into(),
        "/roles/1/delete".into(),
    ] {
        let fields =
            [("name", "Mine"), ("title", "Mine"), ("confirm", "Patron"), ("type", "oauth_server_to_server")];
        assert_eq!(stranger.send(&form, &format!("{theirs}{path}"), &fields).status, 404, "POST {path}");
    }
    assert!(!stranger.open("/console/organizations").html.contains(&theirs.replace('/', "&#x2f;")));
    assert_eq!(
        stranger.open("/console/organizations/new").status,
        404,
        "organizations are the operators' to make"
    );
    assert_eq!(stranger.send(&form, "/console/organizations", &[("name", "Mine")]).status, 404);

    // The operator sees the other organization too.
    assert_eq!(first.open(&own).status, 200);
    assert!(first.open("/console/organizations").html.contains(&world.org()));
}

/// What the first instance holds none of is not found either.
fn expected(page: &str) -> u16 {
    if page.ends_with("/customers/1") { 404 } else { 200 }
}

fn client_id_of(html: &str) -> String {
    let words = html.split(|c: char| !c.is_ascii_hexdigit());
    words.into_iter().find(|word| word.len() == 32).unwrap().to_owned()
}

#[test]
fn a_user_who_administers_nothing_sees_nothing() {
    let server = Patron::start(Options::ephemeral());
    let (mut console, world) = administrator(&server);
    let own = console.organization();
    assert_eq!(console.open(&own).status, 200);
    let narrow = json!({"name": "Narrow", "resources": ["Magento_Customer::customer"]});
    let narrow = world.control("POST", &format!("/organizations/{}/roles", world.org()), &narrow).expect(201);
    let here = json!({"name": "Here", "resources": "all", "instance_id": world.instance.made.instance_id});
    let here = world.control("POST", &format!("/organizations/{}/roles", world.org()), &here).expect(201);
    let user = world.user["user_id"].as_str().unwrap();
    for roles in [json!([narrow["id"]]), json!([here["id"]]), json!([])] {
        world.control("PUT", &format!("/users/{user}"), &json!({ "roles": roles })).expect(200);
        for path in ["/console", own.as_str(), "/console/organizations"] {
            let page = console.open(path);
            assert_eq!((page.status, page.html.contains("Nothing to administer")), (403, true), "{path}");
        }
    }
    world.control("PUT", &format!("/users/{user}"), &json!({ "active": false })).expect(200);
    assert_eq!(console.ask(&own).status, 303, "the session of a disabled user is over");
}

#[test]
fn a_form_that_is_not_from_a_page_of_ours_changes_nothing() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let all = format!("{own}/projects");
    let mut elsewhere = console.open(&all);
    elsewhere.html = elsewhere.html.replace("name=\"csrf\"", "name=\"other\"");
    let refused = console.send(&elsewhere, &all, &[("title", "Forged")]);
    assert_eq!(refused.status, 403, "{}", refused.html);
    // The token of somebody else's page.
    let stranger = Console::of_first_user(&server).open(&all);
    assert_eq!(console.send(&stranger, &all, &[("title", "Forged")]).status, 403);
    assert!(!console.open(&all).html.contains("Forged"));
}

#[test]
fn every_page_forbids_scripts_and_frames_of_others_and_is_not_kept() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    for path in [
        "/console/sign-in",
        "/console/nothing",
        "/console/organizations",
        &format!("{own}/instances"),
        &format!("{own}/users"),
    ] {
        let page = console.open(path);
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    }
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/console/sign-in", server.base()));
    let cookie = page.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

#[test]
fn guesses_wait_and_a_stranger_cannot_tell_who_may_sign_in_or_which_organization_there_is() {
    let server = Patron::start(Options::ephemeral());
    let known = server.banner("Console user").unwrap();
    let unknown_org = "0123456789ABCDEF01234567@AdobeOrg";
    for (org_id, email) in [("", known.as_str()), ("", "nobody@example.com"), (unknown_org, known.as_str())] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            let (_, page) = Console::sign_in(server.base(), org_id, email, "wrong");
            answers.push((page.status, page.text_of("problem")));
        }
        for answer in &answers[..5] {
            assert_eq!(answer, &(401, "E-mail address or password is wrong.".to_owned()), "{org_id} {email}");
        }
        assert!(answers[5].1.starts_with("Too many attempts."), "{org_id} {email}: {answers:?}");
    }
}

#[test]
fn signing_out_ends_the_session() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let page = console.open(&format!("{own}/instances"));
    let cookie = console.browser().cookie("patron_session").unwrap().to_owned();
    let gone = console.send(&page, "/console/sign-out", &[]);
    assert_eq!(gone.location.as_deref(), Some("/console/sign-in"));
    console.browser().plant("patron_session", &cookie);
    assert_eq!(console.ask(&own).status, 303, "the old cookie opens nothing");
}

#[test]
fn the_operators_stay_when_their_last_instance_goes() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let other = server.instance();
    let instances = console.open(&format!("{own}/instances")).html;
    let rest = server.banner("REST endpoint").unwrap();
    let code = rest.rsplit('/').next().unwrap();
    assert!(instances.contains(code));
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let deleted = http.delete(format!("{}/_/instances/{code}", server.base())).send().unwrap();
    assert_eq!(deleted.status(), 204);
    assert!(console.open(&format!("{own}/instances")).html.contains("No instance yet"));
    other.remove(None).unwrap();
    assert!(
        !console.open("/console/organizations").html.contains(&other.made.org_id),
        "other organizations go with theirs"
    );
}
