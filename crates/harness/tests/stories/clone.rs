//! `patron clone`: a copy of another server that is whole whatever the network does, and that holds nobody's data when asked for.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use patron_harness::{Instance, Options, Patron, command, wire};
use serde_json::{Value, json};

/// A server whose data folder is cloned into, stopped.
fn target() -> (Patron, Instance) {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    server.stop();
    (server, instance)
}

fn control(server: &Patron, instance: &Instance, path: &str, body: &Value) {
    let request = wire::Request {
        method: "POST".into(),
        target: format!("/_/instances/{}{path}", instance.made.instance_id),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: Some(body.to_string().into_bytes()),
    };
    let answer = wire::send(server.address(), &request).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
}

fn exported(server: &Patron, instance: &Instance) -> String {
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("out.jsonl");
    let id = &instance.made.instance_id;
    let (code, said) = server.run(&["export", path.to_str().unwrap(), "--instance", id]);
    assert_eq!(code, 0, "{said}");
    fs::read_to_string(path).unwrap()
}

/// An instance with structure, and customers some of whom are gone.
fn original(customers: usize) -> (Patron, Instance) {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    control(&server, &instance, "/websites", &json!({"code": "second", "name": "Second"}));
    control(
        &server,
        &instance,
        "/attributes",
        &json!({"entity": "customer", "code": "tier", "label": "Tier", "input": "select", "options": ["Silver", "Gold"]}),
    );
    control(
        &server,
        &instance,
        "/attributes",
        &json!({"entity": "customer", "code": "secret_note", "label": "Note", "input": "text"}),
    );
    control(
        &server,
        &instance,
        "/attributes",
        &json!({"entity": "customer_address", "code": "doorbell", "label": "Bell", "input": "text"}),
    );
    instance.post("/V1/customerGroups", &json!({"group": {"code": "VIP", "tax_class_id": 3}})).expect(200);
    for number in 0..customers {
        let body = json!({"customer": {
            "email": format!("Person{number}@original.test"), "firstname": "Originalname", "lastname": format!("Familyname{number}"),
            "middlename": "Middleoriginal", "dob": "1980-05-17", "taxvat": "TAX-998877", "group_id": 4, "gender": 2,
            "extension_attributes": {"is_subscribed": true},
            "custom_attributes": [{"attribute_code": "tier", "value": "5"}, {"attribute_code": "secret_note", "value": "hates spinach"}],
            "addresses": [{"firstname": "Originalname", "lastname": "Otherfamily", "street": ["17 Hidden Lane", "Flat 9"], "city": "Secretville",
                "country_id": "GB", "postcode": "ZZ1 9YY", "telephone": "020 7946 0958", "company": "Whistle Co", "vat_id": "GB777666",
                "region": {"region": "Hiddenshire"}, "default_billing": true,
                "custom_attributes": [{"attribute_code": "doorbell", "value": "ring thrice"}]}]
        }});
        instance.post("/V1/customers", &body).expect(200);
    }
    for id in [2, 3] {
        instance.delete(&format!("/V1/customers/{id}")).expect(200);
    }
    (server, instance)
}

#[test]
fn a_clone_of_patron_exports_the_same_bytes_by_token_or_by_credential() {
    let (mut origin, instance) = original(30);
    let (copy, into) = target();
    let (from, id) = (&instance.made.rest_endpoint, into.made.instance_id.as_str());
    let mut arguments = vec!["clone", "--from", from, "--instance", id, "--page-size", "7"];
    let ims = format!("{}/ims", origin.base());
    arguments.extend([
        "--client-id",
        &instance.made.client_id,
        "--client-secret",
        &instance.made.client_secret,
        "--ims",
        &ims,
    ]);
    let (code, said) = copy.run(&arguments);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("28 customers added, 0 changed, 0 refused"), "{said}");
    let (code, said) = copy.run(&["clone", "--from", from, "--instance", id, "--token", &instance.token]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("0 customers added, 28 changed"), "a clone can be brought up to date: {said}");
    let groups = instance.get("/V1/customerGroups/search?searchCriteria").expect(200);
    origin.stop();
    assert_eq!(exported(&copy, &into), exported(&origin, &instance));

    let mut copy = copy;
    copy.restart();
    let into = into.moved_to(copy.base());
    assert_eq!(into.get("/V1/customerGroups/search?searchCriteria").expect(200), groups);
    assert_eq!(into.get("/V1/store/websites").expect(200)[2]["code"], "second");
    assert_eq!(into.add_customer("next@example.com")["id"], 31);
}

#[test]
fn a_redacted_clone_holds_nobodys_data_and_the_same_fake_for_the_same_value() {
    let (origin, instance) = original(12);
    let (copy, into) = target();
    let (from, id) = (&instance.made.rest_endpoint, into.made.instance_id.as_str());
    let key = ["--redact", "--redact-key", "k"];
    let arguments =
        [&["clone", "--from", from, "--instance", id, "--token", &instance.token][..], &key].concat();
    let (code, said) = copy.run(&arguments);
    assert_eq!(code, 0, "{said}");
    let text = exported(&copy, &into);
    let bytes = copy.kept().to_ascii_lowercase();
    for original in [
        "Person",
        "original.test",
        "Originalname",
        "Familyname",
        "Middleoriginal",
        "TAX-998877",
        "1980-05-17",
        "hates spinach",
        "Otherfamily",
        "Hidden Lane",
        "Flat 9",
        "Secretville",
        "ZZ1 9YY",
        "7946",
        "Whistle",
        "777666",
        "Hiddenshire",
        "ring thrice",
    ] {
        let original = original.to_lowercase();
        assert!(!contains(&bytes, original.as_bytes()), "{original} is kept");
        assert!(!text.to_lowercase().contains(&original), "{original} was exported");
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[0]["firstname"], lines[9]["firstname"], "one name has one fake");
    assert_ne!(lines[0]["email"], lines[9]["email"]);
    assert!(lines[0]["email"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(
        (&lines[0]["group_id"], &lines[0]["gender"]),
        (&json!(4), &json!(2)),
        "what is nobody's is kept"
    );
    assert!(lines[0]["dob"].as_str().unwrap().starts_with("1980-"));
    assert_eq!(
        lines[0]["custom_attributes"][0],
        json!({"attribute_code": "tier", "value": "5"}),
        "and chosen options too"
    );

    let (again, other) = target();
    let id = other.made.instance_id.as_str();
    let arguments =
        [&["clone", "--from", from, "--instance", id, "--token", &instance.token][..], &key].concat();
    let (code, said) = again.run(&arguments);
    assert_eq!(code, 0, "{said}");
    assert_eq!(exported(&again, &other), text, "the same key makes the same fakes");
    drop(origin);
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// A server that misbehaves in turn: throttles, fails, cuts its answer, closes, and at last answers.
struct Scripted {
    base: String,
    calls: Arc<AtomicU64>,
}

/// Customers that the scripted server has.
const CUSTOMERS: u64 = 40;

impl Scripted {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/tenant", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let counted = counted.clone();
                thread::spawn(move || drop(serve(stream, &counted)));
            }
        });
        Self { base, calls }
    }
}

fn serve(stream: TcpStream, calls: &AtomicU64) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 && line != "\r\n" {
            line.clear();
        }
        let target = first.split(' ').nth(1).unwrap_or("").to_owned();
        let call = calls.fetch_add(1, SeqCst);
        let body = answer(&target).to_string();
        match call % 10 {
            0 => {
                write!(out, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")?
            }
            2 => write!(out, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy")?,
            4 => {
                write!(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}",
                    body.len(),
                    &body[..body.len() / 2]
                )?;
                return Ok(());
            }
            6 => {
                let half = &body[..body.len() / 2];
                write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{half}", half.len())?;
            }
            _ => write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?,
        }
    }
}

fn answer(target: &str) -> Value {
    let after = target.split("[value]=").nth(1).or_else(|| target.split("%5Bvalue%5D=").nth(1));
    let after: u64 = after.and_then(|rest| rest.split('&').next()?.parse().ok()).unwrap_or(0);
    match target.split('?').next().unwrap() {
        "/tenant/V1/customers/search" => {
            let items: Vec<Value> = (after + 1..=CUSTOMERS).take(3).map(person).collect();
            json!({"items": items, "search_criteria": {}, "total_count": CUSTOMERS - after})
        }
        "/tenant/V1/customerGroups/search" => {
            json!({"items": [{"id": 1, "code": "General", "tax_class_id": 3}], "total_count": 1})
        }
        "/tenant/V1/taxClasses/search" => json!({"items": [], "total_count": 0}),
        _ => json!([]),
    }
}

fn person(number: u64) -> Value {
    let mut person = json!({
        "id": number, "group_id": 1, "created_at": "2020-01-01 00:00:00", "updated_at": "2020-01-01 00:00:00",
        "created_in": "Default Store View", "email": format!("p{number}@example.com"), "firstname": "A", "lastname": "B",
        "store_id": 1, "website_id": 1, "addresses": [], "disable_auto_group_change": 0,
        "extension_attributes": {"is_subscribed": false, "unknown_module": {"x": 1}}
    });
    if number == 7 {
        person["website_id"] = json!(99);
    }
    person
}

#[test]
fn a_clone_outlasts_throttling_errors_and_cut_answers() {
    let remote = Scripted::start();
    let (copy, into) = target();
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.jsonl");
    let arguments = [
        "clone",
        "--from",
        &remote.base,
        "--instance",
        &into.made.instance_id,
        "--token",
        "t",
        "--rejects",
        rejects.to_str().unwrap(),
    ];
    let (code, said) = copy.run(&arguments);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("39 customers added, 0 changed, 1 refused"), "{said}");
    let refused: Value = serde_json::from_str(&fs::read_to_string(&rejects).unwrap()).unwrap();
    assert_eq!((&refused["_row"], &refused["customer"]["id"]), (&json!(7), &json!(7)));
    assert!(refused["_reason"].as_str().unwrap().contains("website with id 99"), "{refused}");
    let ids: Vec<i64> = exported(&copy, &into)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, (1..=CUSTOMERS as i64).filter(|id| *id != 7).collect::<Vec<_>>());
    assert!(remote.calls.load(SeqCst) > 28, "some calls failed first");
}

#[test]
fn a_clone_that_is_killed_goes_on_where_it_was() {
    let remote = Scripted::start();
    let (copy, into) = target();
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.jsonl");
    let place = copy.place();
    let mut arguments = vec![
        "clone",
        "--from",
        &remote.base,
        "--instance",
        &into.made.instance_id,
        "--token",
        "t",
        "--rejects",
        rejects.to_str().unwrap(),
    ];
    arguments.extend(place.iter().map(String::as_str));
    let mut child = command(&arguments).spawn().unwrap();
    for _ in 0..3000 {
        // The seventh customer is refused in the third page.
        if rejects.exists() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(child.try_wait().unwrap().is_none(), "the clone was not caught in the middle");
    child.kill().unwrap();
    child.wait().unwrap();
    let output = command(&arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Going on after customer"), "{said}");
    assert!(said.contains("39 customers added, 0 changed, 1 refused"), "{said}");
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 1);
}

#[test]
fn a_refused_token_or_a_wrong_address_is_told_at_once() {
    let (origin, instance) = original(3);
    let (copy, into) = target();
    let id = into.made.instance_id.as_str();
    let (code, said) =
        copy.run(&["clone", "--from", &instance.made.rest_endpoint, "--instance", id, "--token", "wrong"]);
    assert!(code == 1 && said.contains("answered 401"), "{said}");
    assert!(!said.contains("wrong"), "a token is never shown");
    let (code, said) = copy.run(&["clone", "--from", "ftp://x", "--instance", id, "--token", "t"]);
    assert!(code == 1 && said.contains("https://"), "{said}");
    drop(origin);
}
