//! The control API's own description: `/_/control-openapi.json`, and the same for people.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use patron_harness::{Browser, Options, Patron};
use reqwest::blocking::Client;
use serde_json::Value;

#[test]
fn the_document_has_the_methods_that_the_server_has_at_every_path_and_no_others() {
    let server = Patron::start(Options::ephemeral());
    let document = document(&server);
    let client = Client::builder().no_proxy().build().unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 25, "{} paths", paths.len());
    for (path, operations) in paths {
        let url = format!("{}/_{}", server.base(), path.replace(['{', '}'], ""));
        let refused = client.patch(url).send().unwrap();
        assert_eq!(refused.status(), 405, "nothing has PATCH, and {path} says otherwise");
        let served = refused.headers()["allow"].to_str().unwrap().to_ascii_lowercase();
        let served: BTreeSet<&str> = served.split(',').filter(|method| *method != "head").collect();
        let described: BTreeSet<&str> = operations.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, served, "{path}");
    }
}

#[test]
fn every_reference_in_the_document_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let server = Patron::start(Options::ephemeral());
    let document = document(&server);
    let text = document.to_string();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(r##""$ref":"#"##) {
        let (pointer, after) = after.split_once('"').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        rest = after;
    }
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let names: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{names:?}");
}

#[test]
fn people_read_the_same_on_a_page() {
    let server = Patron::start(Options::ephemeral());
    let page = Browser::new().open(&format!("{}/_/control-docs", server.base()));
    assert_eq!(page.status, 200);
    for path in document(&server)["paths"].as_object().unwrap().keys() {
        assert!(page.html.contains(&path.replace('/', "&#x2f;")) || page.html.contains(path), "{path}");
    }
}

fn document(server: &Patron) -> Value {
    let client = Client::builder().no_proxy().build().unwrap();
    client.get(format!("{}/_/control-openapi.json", server.base())).send().unwrap().json().unwrap()
}
