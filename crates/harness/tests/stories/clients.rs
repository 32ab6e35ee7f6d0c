//! Clients that others wrote, unmodified, against the real binary: what each must be able to do is in its script of `clients/`.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use patron_harness::login::{CALLBACK, EMAIL, PASSWORD, World};
use patron_harness::{Options, Patron, clients};
use serde_json::Value;

#[test]
fn openid_client_signs_in_refreshes_and_revokes() {
    run(clients::node("openid-client.mjs"));
}

#[test]
fn aio_lib_ims_gets_reads_validates_and_invalidates_tokens() {
    run(clients::node("aio-lib-ims.mjs"));
}

#[test]
fn aio_commerce_sdk_creates_changes_finds_and_deletes_customers() {
    run(clients::node("aio-commerce.mjs"));
}

#[test]
fn simple_oauth2_signs_in_refreshes_and_revokes() {
    run(clients::node("simple-oauth2.mjs"));
}

#[test]
fn aco_ts_sdk_gets_a_token_and_is_told_that_there_is_no_catalog() {
    run(clients::node("aco-ts-sdk.mjs"));
}

#[test]
fn authlib_signs_in_verifies_the_id_token_refreshes_and_revokes() {
    run(clients::python("authlib-session.py"));
}

#[test]
fn requests_oauthlib_signs_in_and_refreshes_by_itself() {
    run(clients::python("requests-oauthlib.py"));
}

#[test]
fn m2_sdk_creates_changes_finds_and_deletes_customers() {
    run(clients::python("m2-sdk.py"));
}

#[test]
fn pymagento_finds_customers_page_by_page() {
    run(clients::python("pymagento.py"));
}

/// Runs a client against a server of its own, with all that it may need to know of it.
#[track_caller]
fn run(mut client: Command) {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let page = world.add_client("oauthsinglepageapp");
    let made = &world.instance.made;
    let credential =
        world.control("GET", &format!("/credentials/{}", made.client_id), &Value::Null).expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    client
        .env("IMS_URL", &world.base)
        .env("REST_ENDPOINT", &made.rest_endpoint)
        .env("TENANT_ID", &made.tenant_id)
        .env("ORG_ID", &made.org_id)
        .env("CLIENT_ID", &made.client_id)
        .env("CLIENT_SECRET", &made.client_secret)
        .env("TECHNICAL_ACCOUNT_ID", text(&credential["technical_account_id"]))
        .env("TECHNICAL_ACCOUNT_EMAIL", text(&credential["technical_account_email"]))
        .env("WEB_CLIENT_ID", world.client_id())
        .env("WEB_CLIENT_SECRET", world.client_secret())
        .env("PAGE_CLIENT_ID", text(&page["client_id"]))
        .env("REDIRECT_URI", CALLBACK)
        .env("USER_ID", text(&world.user["user_id"]))
        .env("USER_EMAIL", EMAIL)
        .env("USER_PASSWORD", PASSWORD);
    clients::succeeds(&mut client);
}
