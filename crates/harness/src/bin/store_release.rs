//! Stores a database as this version leaves it behind, for the story that every later version opens: `releases.rs` says what it must
//! find. Run once for each release: `cargo run -p patron-harness --bin store_release`.
//!
//! Three files: what a client knew (JSON), the embedded database, and a dump of the same on PostgreSQL. Names and secrets in them are
//! made up and good for nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use patron_harness::{Data, Options, Patron, command, customer, postgres, run};
use rusqlite::Connection;
use serde_json::{Value, json};

/// Operations of the bulk that is left in the middle: more than run before the kill.
const WAITING: usize = 150;

fn main() -> Result<()> {
    let version = String::from_utf8(command(["--version"]).output()?.stdout)?;
    let version = version.split_whitespace().last().context("the binary tells no version")?.to_owned();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/releases");
    fs::create_dir_all(&folder)?;
    let file = |ending: &str| folder.join(format!("{version}.{ending}"));

    let mut server = Patron::start(Options::default());
    ensure!(server.kept_in() == &Data::Folder, "this is made on SQLite: PATRON_TEST_ENGINE must not be set");
    let known = fill(&mut server)?;
    fs::write(file("json"), format!("{}\n", serde_json::to_string_pretty(&known)?))?;

    let copy = server.data_folder().join("copy.sqlite");
    let (code, said) = run(&server.data_folder(), &["backup", &copy.display().to_string()]);
    ensure!(code == 0, "no backup: {said}");
    let small = file("sqlite");
    let _ = fs::remove_file(&small);
    // Smaller pages, since most tables have one that is almost empty.
    Connection::open(&copy)?
        .execute_batch(&format!("PRAGMA page_size = 1024; VACUUM INTO '{}'", small.display()))?;

    let database = postgres::Temporary::new()?;
    let from = format!("sqlite:{}", server.data_folder().display());
    let moved = command(["move", "--from", &from, "--to", database.url()]).output()?;
    ensure!(moved.status.success(), "not moved: {}", String::from_utf8_lossy(&moved.stderr));
    // Without the words that only the newest `psql` understands.
    let dump = String::from_utf8(postgres::dump(database.url())?)?;
    let lines =
        dump.lines().filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "));
    fs::write(file("sql"), lines.map(|line| format!("{line}\n")).collect::<String>())?;
    println!("Stored {version} in {}.", folder.display());
    Ok(())
}

/// Fills the server, kills it in the middle of a bulk, and answers what its client knows.
fn fill(server: &mut Patron) -> Result<Value> {
    let instance = server.instance();
    let group = json!({"group": {"code": "Museum", "tax_class_id": 3}});
    let group = instance.post("/V1/customerGroups", &group).expect(200)["id"].clone();
    for (name, group) in [("ada", json!(1)), ("grace", group)] {
        let mut sent = customer(&format!("{name}@example.com"));
        sent["password"] = json!("correct-Horse7-battery-staple");
        sent["customer"]["group_id"] = group;
        sent["customer"]["addresses"] = json!([{
            "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square"], "city": "London",
            "country_id": "GB", "postcode": "SW1Y 4JH", "telephone": "555", "default_billing": true
        }]);
        instance.post("/V1/customers", &sent).expect(200);
    }
    let customers = instance.get("/V1/customers/search?searchCriteria").expect(200)["items"].clone();
    let items: Vec<Value> =
        (0..WAITING).map(|number| customer(&format!("later{number}@example.com"))).collect();
    instance.post("/V1/async/bulk/customers", &items.into()).expect(202);
    server.kill9();
    Ok(json!({
        "made": instance.made,
        "customers": customers,
        "bulk_operations": WAITING,
    }))
}
