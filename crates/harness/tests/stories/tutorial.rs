//! The customer tutorial, run as its reader runs it: the script of `examples/` against the real binary.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use patron_harness::{Instance, Options, Patron};
use serde_json::Value;

#[test]
fn the_tutorial_creates_a_customer_and_changes_its_last_name() {
    let server = Patron::start(Options::default());
    let instance = server.instance();

    let (created, updated) = customers(&run(&server, &instance));

    assert_eq!(created["id"], 1);
    assert_eq!(created["email"], "john.doe@example.com");
    assert_eq!(created["lastname"], "Doe");
    assert_eq!(created["created_in"], "Default Store View");
    assert_eq!(created["created_at"], created["updated_at"]);
    assert_eq!(updated["id"], created["id"]);
    assert_eq!(updated["firstname"], "John");
    assert_eq!(updated["lastname"], "Doe-Updated");
    assert_eq!(updated["created_at"], created["created_at"]);
    assert!(updated["updated_at"].as_str().unwrap() > created["updated_at"].as_str().unwrap());
    assert_eq!(instance.get("/V1/customers/1").expect(200), updated);
}

#[test]
fn the_tutorial_run_twice_says_that_the_customer_exists() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    assert!(run(&server, &instance).status.success());

    let second = run(&server, &instance);

    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("A customer with the same email address already exists"), "{said}");
}

#[test]
fn the_tutorial_works_for_the_instance_that_the_first_start_makes() {
    let server = Patron::start(Options::ephemeral());
    let value =
        |label: &str| server.banner(label).unwrap_or_else(|| panic!("no {label:?} in:\n{}", server.stdout()));
    let output = Command::new(script())
        .env("IMS_URL", server.base())
        .env("REST_ENDPOINT", value("REST endpoint"))
        .env("CLIENT_ID", value("Client ID"))
        .env("CLIENT_SECRET", value("Client secret"))
        .output()
        .unwrap();

    assert_eq!(customers(&output).1["lastname"], "Doe-Updated");
}

fn run(server: &Patron, instance: &Instance) -> Output {
    Command::new(script())
        .env("IMS_URL", server.base())
        .env("REST_ENDPOINT", &instance.made.rest_endpoint)
        .env("CLIENT_ID", &instance.made.client_id)
        .env("CLIENT_SECRET", &instance.made.client_secret)
        .output()
        .unwrap()
}

fn customers(output: &Output) -> (Value, Value) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    let lines: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    <[Value; 2]>::try_from(lines).map(Into::into).unwrap()
}

fn script() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/tutorial.sh")
}
