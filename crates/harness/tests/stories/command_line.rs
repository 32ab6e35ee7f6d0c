//! `patron organization|project|credential|instance|user|role|key …`: an operator's day, and what a script learns from exit codes.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::Output;

use patron_harness::{Options, Patron, command, login::World};
use serde_json::Value;

const KEY: &str = "kT9-mountain-velvet-41";

/// A command against the server, to its end.
fn ask(server: &Patron, arguments: &[&str]) -> Output {
    command(arguments).args(["--server", server.base()]).output().unwrap()
}

/// The JSON that a command prints.
#[track_caller]
fn json(server: &Patron, arguments: &[&str]) -> Value {
    let output = command(arguments).args(["--json", "--server", server.base()]).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}"))
}

#[test]
fn everything_a_client_needs_is_made_on_the_command_line() {
    let server = Patron::start(Options::ephemeral());
    let made = json(&server, &["instance", "create", "--name", "Shop", "--environment", "production"]);
    let (org, instance) = (text(&made, "org_id"), text(&made, "instance_id"));
    let project = json(&server, &["project", "create", "--organization", org, "--title", "Sync"]);
    let id = project["id"].to_string();
    let scopes = "openid,AdobeID,commerce.accs";
    let credential = json(
        &server,
        &[
            "credential",
            "create",
            "--instance",
            instance,
            "--project-id",
            &id,
            "--name",
            "Nightly",
            "--scopes",
            scopes,
        ],
    );
    assert_eq!((&credential["name"], &credential["project_id"]), (&"Nightly".into(), &project["id"]));

    let client = text(&credential, "client_id");
    let second = json(&server, &["credential", "add-secret", client]);
    let secrets = json(&server, &["credential", "list-secrets", client]);
    let old =
        secrets["secrets"].as_array().unwrap().iter().find(|own| own["uuid"] != second["uuid"]).unwrap();
    assert!(
        ask(&server, &["credential", "remove-secret", client, text(old, "uuid"), "--yes"]).status.success()
    );
    let world = World::with(&server, "oauthwebapp");
    let token = |secret: &str| {
        let form = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        world.post("/ims/token/v3", &form).status
    };
    assert_eq!(token(text(&second, "client_secret")), 200);
    assert_eq!(token(text(&credential, "client_secret")), 400, "the removed secret");

    let role = json(
        &server,
        &[
            "role",
            "create",
            "--organization",
            org,
            "--name",
            "Reader",
            "--resources",
            "Magento_Customer::customer",
        ],
    );
    let role_id = role["id"].to_string();
    let user = json(
        &server,
        &[
            "user",
            "create",
            "--organization",
            org,
            "--email",
            "ada@example.com",
            "--roles",
            &role_id,
            "--generate-password",
        ],
    );
    assert_eq!((&user["roles"][0], &user["has_password"]), (&role["id"], &true.into()));
    assert_eq!(text(&user, "password").len(), 23);
    let listed = json(&server, &["user", "list", "--organization", org]);
    assert_eq!(listed["users"][0]["user_id"], user["user_id"]);
    assert_eq!(listed["users"][0].get("password"), None, "shown once");
}

#[test]
fn people_get_a_table_and_a_secret_is_shown_by_the_command_that_makes_it_alone() {
    let server = Patron::start(Options::ephemeral());
    let created = ask(&server, &["credential", "create", "--name", "For a person"]);
    let text = shown(&created);
    let value = |name: &str| {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
        line.rsplit("  ").next().unwrap().to_owned()
    };
    let (client, secret) = (value("client id"), value("client secret"));
    assert!(secret.starts_with("p8e-") && text.contains("shown this once"), "{text}");

    let listed = shown(&ask(&server, &["credential", "list"]));
    let columns: Vec<&str> = listed.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["CLIENT", "ID", "TYPE", "NAME", "PROJECT", "ID", "CREATED", "AT"]);
    assert!(listed.lines().any(|line| line.contains(&client) && line.contains("For a person")), "{listed}");
    for arguments in [
        ["credential", "show", &client].as_slice(),
        &["credential", "list-secrets", &client],
        &["credential", "list"],
    ] {
        assert!(!shown(&ask(&server, arguments)).contains(&secret), "{arguments:?}");
    }
}

#[test]
fn an_exit_code_tells_what_kind_of_failure_it_was() {
    let keyed = Options { arguments: vec!["--control-key".into(), KEY.into()], ..Options::ephemeral() };
    let server = Patron::start(keyed);
    let code = |arguments: &[&str]| {
        let output = ask(&server, arguments);
        (output.status.code().unwrap(), said(&output))
    };
    let list = ["organization", "list", "--control-key"];
    assert_eq!(code(&[&list[..], &[KEY]].concat()).0, 0);
    for wrong in [&["organization", "list"][..], &[&list[..], &["not-the-key-of-it"]].concat()] {
        let (status, said) = code(wrong);
        assert_eq!(status, 4, "{said}");
        assert!(said.contains("PATRON_CONTROL_KEY"), "{said}");
    }
    let with = |arguments: &[&str]| code(&[arguments, &["--control-key", KEY]].concat());
    let (status, said) = with(&["user", "show", "nobody@nowhere"]);
    assert_eq!((status, said.trim()), (5, "patron: There is no such user."));
    let (status, said) = with(&["user", "create", "--email", "no address"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("--email"), "{said}");
    assert_eq!(with(&["user", "create"]).0, 2, "a required flag is missing");
    assert_eq!(with(&["user", "explode"]).0, 2, "no such command");

    let mut server = server;
    server.stop();
    let output = ask(&server, &["organization", "list", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["exit_code"], 3);
    assert!(text(&error["error"], "message").contains("cannot be reached"), "{error}");
}

#[test]
fn the_key_and_the_address_come_from_variables_or_the_servers_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let keyed = Options { arguments: vec!["--control-key".into(), KEY.into()], ..Options::ephemeral() };
    let server = Patron::start(keyed);
    let file = folder.path().join("patron.toml");
    std::fs::write(&file, format!("listen = {:?}\ncontrol_key = {KEY:?}\n", server.address())).unwrap();
    let by_file = command(["organization", "list"]).arg("--config").arg(&file).output().unwrap();
    assert!(by_file.status.success(), "{}", said(&by_file));
    let by_variables = command(["organization", "list"])
        .envs([("PATRON_LISTEN", server.address()), ("PATRON_CONTROL_KEY", KEY)])
        .output()
        .unwrap();
    assert!(by_variables.status.success(), "{}", said(&by_variables));
}

#[test]
fn nothing_is_deleted_by_a_slip() {
    let server = Patron::start(Options::ephemeral());
    let made = json(&server, &["instance", "create"]);
    let id = text(&made, "instance_id");
    let output = ask(&server, &["instance", "delete", id]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("--yes"), "{}", said(&output));
    assert!(ask(&server, &["instance", "show", id]).status.success());
    // What names several things must not reach another one's path.
    assert_eq!(ask(&server, &["instance", "delete", "..", "--yes"]).status.code(), Some(5));
    assert!(ask(&server, &["instance", "delete", id, "--yes"]).status.success());
    assert_eq!(ask(&server, &["instance", "show", id]).status.code(), Some(5));
}

#[test]
fn a_password_comes_from_a_file_or_the_standard_input_and_signs_in() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let user = text(&world.user, "user_id");
    let mut child = command(["user", "password", user, "--password-file", "-", "--server", server.base()])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"another good phrase\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(!shown(&output).contains("another good phrase"));

    let mut browser = patron_harness::Browser::new();
    let page = browser.open(&world.authorize_url(&[]));
    let page = world.sign_in(&mut browser, &page, patron_harness::login::EMAIL, "another good phrase");
    assert!(page.location.is_some() || page.html.contains("allow"), "{}", page.html);
}
