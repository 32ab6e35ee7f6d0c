//! Who may call what: tenants, organisations, credentials that are gone.

#![allow(clippy::unwrap_used)]

use patron_harness::{Answer, Options, Patron, wire};

const UNAUTHORIZED: &str = "The consumer isn't authorized to access %resources.";

#[test]
fn a_token_of_one_organisation_is_forbidden_at_anothers_tenant() {
    let server = Patron::start(Options::ephemeral());
    let (own, other) = (server.instance(), server.instance());
    other.add_customer("ada@example.com");
    let intruder = other.with_token(&own.token);

    for answer in [
        intruder.get("/V1/customers/1"),
        intruder.get("/V1/customers/search?searchCriteria[page_size]=1"),
        intruder.delete("/V1/customers/1"),
        intruder.post("/V1/customers", &patron_harness::customer("eve@example.com")),
    ] {
        assert_eq!(answer.status, 403, "{}", answer.body);
        assert!(!answer.message().is_empty(), "{}", answer.body);
    }
    assert_eq!(other.get("/V1/customers/1").expect(200)["email"], "ada@example.com");
    assert_eq!(own.get("/V1/customers/1").status, 404);
}

#[test]
fn instances_count_their_customers_apart() {
    let server = Patron::start(Options::ephemeral());
    let (first, second) = (server.instance(), server.instance());
    assert_ne!(first.made.tenant_id, second.made.tenant_id);

    assert_eq!(first.add_customer("ada@example.com")["id"], 1);
    assert_eq!(second.add_customer("ada@example.com")["id"], 1);
}

#[test]
fn an_unknown_tenant_is_not_found_whatever_the_token() {
    let server = Patron::start(Options::ephemeral());
    let token = server.instance().token;

    for headers in [Vec::new(), vec![("Authorization".to_owned(), format!("Bearer {token}"))]] {
        let answer = get(&server, "/AbCYab34cdEfGHiJ27123/V1/customers/1", headers);
        assert_eq!(answer.status, 404, "{}", answer.json());
        assert!(answer.json()["message"].is_string(), "{}", answer.json());
    }
}

#[test]
fn a_path_with_rest_in_it_is_refused_and_says_why() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.com");

    for path in ["/rest/V1/customers/1", "/rest/default/V1/customers/1", "/rest/all/V1/customers/1"] {
        let answer = instance.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        let told = answer.body.to_string();
        assert!(told.contains("/rest") && told.contains("/V1"), "{path} does not explain itself: {told}");
    }
}

#[test]
fn a_call_without_a_good_token_is_unauthorised() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let path = format!("/{}/V1/customers/1", instance.made.tenant_id);
    let (head, signature) = instance.token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());

    for authorization in
        [None, Some("Bearer"), Some("Bearer x"), Some("Basic eDp5"), Some(&*format!("Bearer {forged}"))]
    {
        let headers = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
        let answer = get(&server, &path, headers.into_iter().collect());
        assert_eq!(answer.status, 401, "{authorization:?}: {}", answer.json());
        assert_eq!(answer.json()["message"], UNAUTHORIZED, "{authorization:?}");
    }
}

#[test]
fn a_deleted_instance_stops_at_once_with_its_credential() {
    let server = Patron::start(Options::ephemeral());
    let (gone, other) = (server.instance(), server.instance());
    gone.add_customer("ada@example.com");
    assert_eq!(gone.get("/V1/customers/1").status, 200);

    gone.remove(None).unwrap();

    assert_eq!(gone.get("/V1/customers/1").status, 404);
    let refused: Answer = gone.ask_token();
    assert_eq!((refused.status, &refused.body["error"]), (400, &"invalid_client".into()), "{}", refused.body);
    let stolen = other.with_token(&gone.token).get("/V1/customers/1");
    assert!(matches!(stolen.status, 401 | 403), "{} {}", stolen.status, stolen.body);
    assert!(gone.remove(None).is_err(), "an instance was deleted twice");
    assert_eq!(other.add_customer("ada@example.com")["id"], 1);
}

fn get(server: &Patron, target: &str, headers: Vec<(String, String)>) -> wire::Answer {
    let request = wire::Request { method: "GET".into(), target: target.into(), headers, body: None };
    wire::send(server.address(), &request).unwrap()
}
