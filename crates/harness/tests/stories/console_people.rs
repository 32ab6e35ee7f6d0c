//! Users and roles in the console.

#![allow(clippy::unwrap_used)]

use patron_harness::{Console, Options, Page, Patron};

const PASSWORD: &str = "correct horse battery";

/// The path of what a list links to by this name.
fn link(page: &Page, name: &str) -> String {
    let html = page.html.replace("&#x2f;", "/");
    let end = html.find(&format!("\">{name}</a>")).unwrap_or_else(|| panic!("no {name} in {html}"));
    html[..end].rsplit('"').next().unwrap().to_owned()
}

#[test]
fn a_user_is_made_given_a_role_disabled_unlocked_and_deleted() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let sign_in = |password: &str| Console::sign_in(server.base(), "", "eve@example.com", password);

    let page = console.open(&format!("{own}/users/new"));
    let role =
        page.html.split("name=\"roles\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let wrong = console.submit(&page, &format!("{own}/users"), &[("email", "eve"), ("password", PASSWORD)]);
    assert_eq!(
        (wrong.status, wrong.text_of("f-email-error").as_str()),
        (422, "Email must be an e-mail address.")
    );
    let wrong = console.submit(
        &page,
        &format!("{own}/users"),
        &[("email", "eve@example.com"), ("password", "short")],
    );
    assert_eq!(wrong.text_of("f-password-error"), "A password has 8 to 256 characters.");
    assert!(!wrong.html.contains("short"), "a password is never shown again");
    let fields = [("email", "eve@example.com"), ("first_name", "Eve"), ("password", PASSWORD)];
    let list = console.submit(&page, &format!("{own}/users"), &fields);
    let taken = console.submit(&page, &format!("{own}/users"), &fields);
    assert_eq!(taken.text_of("f-email-error"), "The organization has a user with this e-mail address.");
    let eve = link(&list, "eve@example.com");
    let (mut hers, page) = sign_in(PASSWORD);
    assert_eq!(page.status, 303);
    assert_eq!(hers.open("/console").status, 403, "without a role there is nothing to see");

    let page = console.open(&eve);
    let fields = [("email", "eve@example.com"), ("country", "GB"), ("active", "1"), ("roles", role.as_str())];
    let page = console.submit(&page, &eve, &fields);
    assert!(page.html.contains("Saved."), "{}", page.html);
    assert_eq!(hers.open("/console").status, 200, "the role counts at once");

    for _ in 0..6 {
        sign_in("wrong password");
    }
    let locked = console.open(&eve);
    assert!(locked.html.contains("Locked after too many failed attempts"), "{}", locked.html);
    let unlocked = console.submit(&locked, &format!("{eve}/unlock"), &[]);
    assert!(unlocked.html.contains("Unlocked"), "{}", unlocked.html);
    assert_eq!(sign_in(PASSWORD).1.status, 303);

    let page = console.submit(
        &page,
        &eve,
        &[("email", "eve@example.com"), ("country", "GB"), ("roles", role.as_str())],
    );
    assert!(page.html.contains("Disabled"), "{}", page.html);
    assert_eq!(hers.ask("/console").status, 303, "her session is over");
    assert_eq!(sign_in(PASSWORD).1.status, 401);

    let page = console.submit(&page, &format!("{eve}/delete"), &[("confirm", "eve")]);
    assert_eq!(page.status, 422);
    let list = console.submit(&page, &format!("{eve}/delete"), &[("confirm", "eve@example.com")]);
    assert!(list.html.contains("Deleted.") && !list.html.contains("eve@example.com"), "{}", list.html);
}

#[test]
fn nobody_locks_themselves_out() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let list = console.open(&format!("{own}/users"));
    let me = link(&list, "admin@localhost");
    let page = console.open(&me);
    let role =
        page.html.split("name=\"roles\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let email = ("email", "admin@localhost");
    for (path, fields) in [
        (me.clone(), vec![email, ("country", "US"), ("active", "1")]),
        (me.clone(), vec![email, ("country", "US"), ("roles", role.as_str())]),
        (format!("{me}/delete"), vec![("confirm", "admin@localhost")]),
        (format!("{own}/roles/{role}"), vec![("name", "Administrator"), ("allows", "some")]),
        (format!("{own}/roles/{role}/delete"), vec![("confirm", "Administrator")]),
    ] {
        let refused = console.submit(&page, &path, &fields);
        assert_eq!(refused.status, 422, "{path} {fields:?}");
        assert!(refused.html.contains("You would not administer"), "{path}: {}", refused.html);
    }
    assert_eq!(console.open(&format!("{own}/users")).status, 200, "nothing was changed");
    let page = console.submit(&page, &format!("{own}/delete"), &[("confirm", "Patron")]);
    assert!(page.html.contains("without it nobody could use the console"), "{}", page.html);
}

#[test]
fn roles_are_made_of_resources_for_all_instances_or_one() {
    let server = Patron::start(Options::ephemeral());
    let mut console = Console::of_first_user(&server);
    let own = console.organization();
    let instance = server.banner("REST endpoint").unwrap().rsplit('/').next().unwrap().to_owned();
    let page = console.open(&format!("{own}/roles/new"));
    assert!(page.html.contains("Magento_Customer::manage"), "{}", page.html);
    let wrong = console.submit(&page, &format!("{own}/roles"), &[("name", ""), ("allows", "all")]);
    assert_eq!(wrong.text_of("f-name-error"), "Name must be a text of 1 to 100 characters.");
    let wrong = console.submit(&page, &format!("{own}/roles"), &[("name", "R"), ("resources", "nonsense")]);
    assert!(wrong.html.contains("is no resource such as"), "{}", wrong.html);
    let fields = [
        ("name", "Readers"),
        ("instance", instance.as_str()),
        ("allows", "some"),
        ("resources", "Magento_Customer::customer"),
    ];
    let list = console.submit(&page, &format!("{own}/roles"), &fields);
    let role = link(&list, "Readers");
    let page = console.open(&role);
    let html = page.html.replace("&#x2f;", "/");
    assert!(html.contains(&format!("value=\"{instance}\" selected")), "{html}");
    assert!(html.contains("value=\"Magento_Customer::customer\" checked"), "{html}");
    assert!(!html.contains("value=\"Magento_Customer::manage\" checked"), "{html}");
    let page = console.submit(&page, &role, &[("name", "Everybody"), ("allows", "all")]);
    assert!(page.html.contains("Saved.") && page.html.contains("Everybody"), "{}", page.html);
    let list = console.submit(&page, &format!("{role}/delete"), &[("confirm", "Everybody")]);
    assert!(!list.html.contains("Everybody"), "{}", list.html);
}
