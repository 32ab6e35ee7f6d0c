//! Customers in and out of files: nothing is lost, nothing is taken twice, and what is refused is told.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use patron_harness::{Data, Instance, Options, Patron, command, postgres, wire};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A stopped server with instances, and a folder for files.
struct Story {
    server: Patron,
    instances: Vec<Instance>,
    folder: TempDir,
}

impl Story {
    fn new(instances: usize) -> Self {
        let mut server = Patron::start(Options::default());
        let instances: Vec<Instance> = (0..instances).map(|_| server.instance()).collect();
        for instance in &instances {
            add_attributes(&server, instance);
        }
        server.stop();
        Self { server, instances, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Runs `patron <what> <file>` for an instance.
    fn run(&self, what: &str, file: &Path, instance: usize, more: &[&str]) -> (i32, String) {
        let id = &self.instances[instance].made.instance_id;
        let mut arguments = vec![what, file.to_str().unwrap(), "--instance", id];
        arguments.extend(more);
        self.server.run(&arguments)
    }

    #[track_caller]
    fn ok(&self, what: &str, file: &Path, instance: usize, more: &[&str]) -> String {
        let (code, said) = self.run(what, file, instance, more);
        assert_eq!(code, 0, "{said}");
        said
    }

    #[track_caller]
    fn exported(&self, name: &str, instance: usize, more: &[&str]) -> String {
        let file = self.path(name);
        self.ok("export", &file, instance, &[more, &["--force"]].concat());
        fs::read_to_string(file).unwrap()
    }
}

/// One attribute of each kind.
fn add_attributes(server: &Patron, instance: &Instance) {
    for (entity, code, input) in [
        ("customer", "nickname", "text"),
        ("customer", "tier", "select"),
        ("customer", "hobbies", "multiselect"),
        ("customer", "member", "boolean"),
        ("customer", "since", "date"),
        ("customer", "bonus", "decimal"),
        ("customer_address", "doorbell", "text"),
    ] {
        let mut attribute = json!({"entity": entity, "code": code, "label": code, "input": input});
        if input.ends_with("select") {
            attribute["options"] = json!(["Silver", "Gold", "Semi, precious"]);
        }
        control(server, instance, "/attributes", &attribute);
    }
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

/// Texts that break careless readers and writers.
const ODD: [&str; 8] = [
    "plain",
    "comma, and \"quotes\"",
    "line\nfeed",
    " blank ",
    "Zoë 🙂 漢字",
    "=1+1",
    "a;b\ttab\r\n",
    "\\\"'`",
];

/// A customer as another server shows it.
fn customer(number: u64) -> Value {
    let odd = ODD[number as usize % ODD.len()];
    let mut customer = json!({
        "id": number, "group_id": number % 4, "created_at": "2019-02-03 04:05:06",
        "updated_at": format!("2020-01-01 00:{:02}:{:02}", number / 60 % 60, number % 60),
        "created_in": odd, "email": format!("c{number}@example.com"), "firstname": "Zoë", "lastname": format!("O'Neil {number}"),
        "store_id": 1, "website_id": 1, "addresses": [], "disable_auto_group_change": number % 2,
        "extension_attributes": {"is_subscribed": number.is_multiple_of(3)},
        "custom_attributes": [{"attribute_code": "nickname", "value": odd}]
    });
    if number.is_multiple_of(2) {
        customer["middlename"] = json!("M");
        customer["taxvat"] = json!(odd);
        customer["gender"] = json!(number % 3 + 1);
        customer["dob"] = json!("1980-02-29");
        customer["custom_attributes"].as_array_mut().unwrap().extend([
            json!({"attribute_code": "tier", "value": "4"}),
            json!({"attribute_code": "hobbies", "value": "7,9"}),
            json!({"attribute_code": "member", "value": (number % 4 / 2).to_string()}),
            json!({"attribute_code": "since", "value": "2020-05-06 00:00:00"}),
            json!({"attribute_code": "bonus", "value": "12.5000"}),
        ]);
    }
    let addresses = (0..number % 3).map(|place| address(number, place)).collect();
    customer["addresses"] = Value::Array(addresses);
    customer
}

fn address(number: u64, place: u64) -> Value {
    let mut address = json!({
        "id": number * 10 + place, "customer_id": number, "country_id": "US", "street": ["1 Main St", ODD[1]],
        "company": ODD[number as usize % ODD.len()], "telephone": "512", "postcode": "78701", "city": "Austin",
        "firstname": "Zoë", "lastname": "Neil",
        "custom_attributes": [{"attribute_code": "doorbell", "value": ODD[2]}]
    });
    match number % 4 {
        0 => address["region"] = json!({"region_code": null, "region": null, "region_id": 0}),
        1 => {
            address["region"] = json!({"region_code": "TX", "region": "Texas", "region_id": 57});
            address["region_id"] = json!(57);
        }
        _ => {
            address["country_id"] = json!("GB");
            address["region"] = json!({"region_code": "Kent", "region": "Kent", "region_id": 0});
            address["region_id"] = json!(0);
        }
    }
    if place == 1 {
        address["default_shipping"] = json!(true);
        address["default_billing"] = json!(true);
    }
    address
}

fn lines(numbers: impl Iterator<Item = u64>) -> String {
    numbers.map(|number| format!("{}\n", customer(number))).collect()
}

#[test]
fn what_is_exported_and_imported_elsewhere_is_exported_as_the_same_bytes() {
    let story = Story::new(4);
    let file = story.write("first.jsonl", &lines((1..=3000).rev().map(|number| number * 3)));
    story.ok("import", &file, 0, &["--keep-ids"]);
    let first = story.exported("a.jsonl", 0, &[]);
    assert_eq!(first.lines().count(), 3000);
    let one: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!((&one["id"], &one["updated_at"]), (&json!(3), &json!("2020-01-01 00:00:03")));

    story.ok("import", &story.path("a.jsonl"), 1, &["--keep-ids"]);
    assert!(first == story.exported("b.jsonl", 1, &[]), "JSON Lines differ after a round trip");
    // Once more into the same instance: everything is there already.
    let said = story.ok("import", &story.path("a.jsonl"), 1, &["--keep-ids"]);
    assert!(said.contains("0 added, 3000 changed"), "{said}");
    assert!(first == story.exported("b.jsonl", 1, &[]), "a second import changed something");

    let composite = story.exported("a.csv", 0, &["--format", "composite"]);
    story.ok("import", &story.path("a.csv"), 2, &[]);
    assert!(
        composite == story.exported("c.csv", 2, &["--format", "composite"]),
        "the composite file differs"
    );

    story.exported("customers.csv", 0, &["--format", "customers"]);
    let addresses = story.exported("addresses.csv", 0, &["--format", "addresses"]);
    story.ok("import", &story.path("customers.csv"), 3, &[]);
    story.ok("import", &story.path("addresses.csv"), 3, &["--keep-ids"]);
    assert!(addresses == story.exported("d.csv", 3, &["--format", "addresses"]), "the address file differs");
}

#[test]
fn what_sqlite_exported_is_the_same_in_postgres_beside_a_server_that_goes_on() {
    let story = Story::new(1);
    story.ok("import", &story.write("in.jsonl", &lines(1..=600)), 0, &["--keep-ids"]);
    let first = story.exported("a.jsonl", 0, &[]);

    let url = postgres::database();
    let server = Patron::start(Options { data: Data::Database(url.clone()), ..Options::default() });
    let instance = server.instance();
    add_attributes(&server, &instance);
    let id = instance.made.instance_id.as_str();
    let (file, out) = (story.path("a.jsonl"), story.path("b.jsonl"));
    let shared = ["--instance", id, "--database", &url];
    for arguments in [
        [&["import", file.to_str().unwrap(), "--keep-ids"][..], &shared].concat(),
        [&["export", out.to_str().unwrap()][..], &shared].concat(),
    ] {
        let output = command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(first == fs::read_to_string(out).unwrap(), "the two engines export something else");
    assert_eq!(instance.get("/V1/customers/600").expect(200)["id"], 600);
    assert_eq!(instance.add_customer("next@example.com")["id"], 601);
}

#[test]
fn an_imported_customer_is_one_like_any_other() {
    let mut story = Story::new(1);
    let file = story.write("in.jsonl", &lines(1..=50));
    story.ok("import", &file, 0, &["--keep-ids"]);
    story.server.restart();
    let instance = story.instances[0].moved_to(story.server.base());
    let said = instance.get("/V1/customers/8").expect(200);
    assert_eq!(said["addresses"][0]["default_shipping"], true);
    assert_eq!((&said["group_id"], &said["created_in"]), (&json!(0), &json!(ODD[0])));
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    let found =
        instance.get(&format!("/V1/customers/search?{filter}[field]=group_id&{filter}[value]=1")).expect(200);
    assert_eq!(found["total_count"], 13);
    let next = instance.add_customer("next@example.com");
    assert_eq!(next["id"], 51, "ids go on after those of the file");
}

#[test]
fn an_import_that_is_killed_goes_on_and_takes_nothing_twice() {
    let story = Story::new(1);
    let mut text = lines(1..=9000);
    text.insert_str(0, "{\"email\": \"nobody\"}\n");
    let file = story.write("in.jsonl", &text);
    let rejects = story.path("in.rejects.jsonl");
    let id = story.instances[0].made.instance_id.clone();
    for _ in 0..2 {
        let before = fs::metadata(&rejects).map_or(0, |file| file.len());
        let arguments = ["import", file.to_str().unwrap(), "--instance", &id, "--batch", "500"];
        let mut child = command(arguments).args(story.server.place()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        // The first unit of work has been committed when its refused row is written; later runs get some time.
        while fs::metadata(&rejects).map_or(0, |file| file.len()) <= before && before == 0 {
            assert!(
                Instant::now() < deadline && child.try_wait().unwrap().is_none(),
                "the import was not caught in the middle"
            );
            thread::sleep(Duration::from_millis(2));
        }
        if before > 0 {
            thread::sleep(Duration::from_millis(300));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, said) = story.run("import", &file, 0, &[]);
    assert!(said.contains("Going on after row"), "{said}");
    assert!(said.contains("9000 added, 0 changed, 0 deleted, 1 refused"), "{said}");
    assert_eq!(code, 3);
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 1);
    let exported = story.exported("out.jsonl", 0, &[]);
    let (mut customers, mut addresses) = (0, 0);
    for line in exported.lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        customers += 1;
        addresses += one["addresses"].as_array().unwrap().len();
    }
    assert_eq!((customers, addresses), (9000, 9000));
    let (_, said) = story.run("import", &file, 0, &[]);
    assert!(said.contains("9000 changed"), "an import that is done can be done again: {said}");
}

#[test]
fn what_is_refused_is_in_a_file_that_can_be_corrected_and_imported() {
    let story = Story::new(1);
    let file = story.write(
        "in.csv",
        "email,_website,_store,firstname,lastname,group_id,_address_city,_address_country_id,_address_street,_address_firstname,\
         _address_lastname,_address_postcode,_address_telephone,_address_region,tier\n\
         good@example.com,base,default,Ada,Good,1,Austin,US,1 Main,Ada,Good,1,2,TX,Gold\n\
         ,,,,,,Paris,US,2 Main,Ada,Good,1,2,Texas,\n\
         bad@example.com,nowhere,default,Ada,Bad,1,,,,,,,,,\n\
         nogroup@example.com,base,default,Ada,Bad,77,,,,,,,,,\n\
         twoaddresses@example.com,base,default,Ada,Bad,1,Austin,US,1 Main,Ada,Bad,1,2,TX,\n\
         ,,,,,,Austin,XX,2 Main,Ada,Bad,1,2,,\n\
         tier@example.com,base,default,Ada,Bad,1,,,,,,,,,Wood\n\
         short@example.com,base\n",
    );
    let (code, said) = story.run("import", &file, 0, &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("1 added, 0 changed, 0 deleted, 5 refused"), "{said}");
    let rejects = fs::read_to_string(story.path("in.rejects.csv")).unwrap();
    let rows: Vec<&str> = rejects.lines().collect();
    assert!(rows[0].starts_with("_row,_reason,email,_website"), "{rejects}");
    assert!(
        rows[1].starts_with("3,We found an invalid value in a website column.,bad@example.com"),
        "{rejects}"
    );
    assert!(rows[2].starts_with("4,The specified customer group id does not exist.,nogroup"), "{rejects}");
    assert!(
        rows[3].starts_with("5,") && rows[3].contains("countryId") && rows[4].starts_with("6,,"),
        "{rejects}"
    );
    assert!(rows[5].starts_with("7,\"Value for 'tier' attribute contains incorrect value"), "{rejects}");
    assert!(rows[6].starts_with("8,\"This row has 2 columns"), "{rejects}");

    let corrected = rejects
        .replace("nowhere", "base")
        .replace(",77,", ",2,")
        .replace(",XX,", ",DE,")
        .replace("Wood", "Silver");
    let corrected: String =
        corrected.lines().filter(|row| !row.starts_with("8,")).map(|row| format!("{row}\n")).collect();
    let said = story.ok("import", &story.write("again.csv", &corrected), 0, &[]);
    assert!(said.contains("4 added"), "{said}");
    let exported = story.exported("out.jsonl", 0, &[]);
    let good: Value = serde_json::from_str(exported.lines().next().unwrap()).unwrap();
    assert_eq!(
        good["addresses"][0]["region"],
        json!({"region_code": "TX", "region": "Texas", "region_id": 57})
    );
    assert_eq!(good["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(good["custom_attributes"], json!([{"attribute_code": "tier", "value": "5"}]));
}

#[test]
fn a_dry_run_checks_everything_and_changes_nothing() {
    let story = Story::new(1);
    let file = story.write("in.jsonl", &format!("{}{{\"email\": \"x\"}}\n", lines(1..=1500)));
    let (code, said) = story.run("import", &file, 0, &["--dry-run"]);
    assert_eq!(code, 3);
    assert!(said.contains("Would be 1500 added, 0 changed, 0 deleted, 1 refused"), "{said}");
    assert_eq!(story.exported("out.jsonl", 0, &[]), "");
    story.run("import", &file, 0, &[]);
    let exported = story.exported("out.jsonl", 0, &[]);
    assert!(exported.starts_with("{\"id\":1,"), "a dry run takes no ids: {exported:.60}");
}

#[test]
fn passwords_come_hashed_or_are_hashed_and_leave_only_when_asked_for() {
    let story = Story::new(1);
    let file = story.write(
        "in.csv",
        "email,_website,firstname,lastname,password,password_hash\n\
         clear@example.com,base,Ada,L,Passw0rd!,\n\
         hashed@example.com,base,Ada,L,,779355c5b07fab8db6fa14274645882a:abcdefghijklmnopqrstuvwxyzABCDEF:0\n\
         weak@example.com,base,Ada,L,short,\n\
         odd@example.com,base,Ada,L,,secret\n",
    );
    let (code, said) = story.run("import", &file, 0, &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("2 added, 0 changed, 0 deleted, 2 refused"), "{said}");
    assert!(!story.exported("out.csv", 0, &[]).contains("argon2id"));
    assert!(!story.exported("out.jsonl", 0, &[]).contains("password"));
    let shown = story.exported("hashes.jsonl", 0, &["--with-password-hashes"]);
    assert!(
        shown.contains("\"password_hash\":\"$argon2id$")
            && shown.contains(":abcdefghijklmnopqrstuvwxyzABCDEF:0\""),
        "{shown}"
    );
    let csv = story.exported("hashes.csv", 0, &["--with-password-hashes", "--format", "customers"]);
    assert!(csv.contains("$argon2id$"), "{csv}");
}

#[test]
fn rows_can_delete() {
    let story = Story::new(1);
    story.ok("import", &story.write("in.jsonl", &lines(1..=5)), 0, &["--keep-ids"]);
    let rows = "email,_website,_action\nc1@example.com,base,delete\nC2@EXAMPLE.COM,base,Delete\nc9@example.com,base,delete\n";
    let (code, said) = story.run("import", &story.write("out.csv", rows), 0, &["--behavior", "custom"]);
    assert_eq!(code, 3);
    assert!(said.contains("0 added, 0 changed, 2 deleted, 1 refused"), "{said}");
    assert_eq!(story.exported("left.jsonl", 0, &[]).lines().count(), 3);
}

#[test]
fn an_unknown_instance_or_column_is_named() {
    let story = Story::new(2);
    let file = story.write("in.csv", "email,_website,shoe_size\na@example.com,base,44\n");
    let (code, said) = story.server.run(&["import", file.to_str().unwrap()]);
    assert!(
        code == 1 && said.contains("--instance") && said.contains(&story.instances[0].made.instance_id),
        "{said}"
    );
    let (code, said) = story.run("import", &file, 0, &[]);
    assert!(code == 1 && said.contains("\"shoe_size\"") && said.contains("--ignore"), "{said}");
    let said = story.ok("export", &story.path("none.csv"), 0, &[]);
    assert!(said.contains("0 customers"), "{said}");
}
