//! The schema can be spread over machines by tenant: every key and unique rule of a tenant's table begins with the tenant, and every
//! statement that touches such a table is bound to one tenant. What is not is listed here, with the reason.
//!
//! Statements come from two sides. Those that stand whole in the sources are read there, run or not. Those that are put together are
//! noted by a server that plays every recorded exchange, and each place that puts one together must have been seen doing it. Of each
//! statement SQLite itself says how it would be run: a tenant's table must be searched by an index on `tenant_id`, never scanned.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use patron_harness::replay::{self, Target};
use patron_harness::{Data, Instance, Options, Patron, command, customer, postgres};
use regex::Regex;
use rusqlite::{Connection, functions::FunctionFlags};
use serde_json::{Value, json};

use super::control::control;

/// Tables that belong to no tenant.
const SHARED: &[(&str, &str)] = &[
    ("organisation", "owns instances; few rows, a reference table"),
    ("project", "an organisation's"),
    ("credential", "an organisation's: it may call all of its instances"),
    ("credential_secret", "a credential's"),
    ("control_key", "the operator's, one for the whole service"),
    ("operators", "which organisation runs the service: one row"),
    ("signing_key", "one set for the whole service"),
    ("revoked_token", "a token is checked before its tenant is known"),
    ("identity_epoch", "one row"),
    ("ims_user", "an organisation's people"),
    ("acl_role", "an organisation's"),
    ("acl_role_user", "an organisation's"),
    ("acl_role_credential", "an organisation's"),
    ("consent", "a user's"),
    ("login", "a user's"),
    ("login_attempt", "an organisation's"),
    ("token_family", "a user's"),
    ("authorization_code", "a token family's"),
    ("refresh_token", "a token family's"),
    ("schema_migration", "the database's own"),
    ("schema_addition", "the database's own"),
];

/// Unique rules of a tenant's table that do not begin with the tenant.
const SHARED_RULES: &[(&str, &str)] = &[(
    "instance_by_code",
    "the directory: a path holds the code, and this finds the tenant. Few rows, as large as the number of tenants",
)];

/// Statements over many tenants, by how they begin. None is run for a request to the REST API.
const ACROSS: &[(&str, &str)] = &[
    (
        "SELECT version FROM instance WHERE code",
        "the directory: is what a node remembers of the tenant still so?",
    ),
    (
        "SELECT tenant_id, code, organisation_id, name, region, environment, created_at, version FROM instance WHERE code",
        "the directory",
    ),
    (
        "SELECT tenant_id, code, organisation_id, name, region, environment, created_at, version FROM instance ORDER BY",
        "an operator's list",
    ),
    (
        "SELECT i.tenant_id FROM instance i WHERE EXISTS",
        "a worker: whose index for searches is behind; SQLite's alone",
    ),
    ("SELECT MIN(due_at) FROM bulk", "the worker of kept calls: is anything due?"),
    (
        "SELECT tenant_id, id, open_operations + retriable_operations FROM bulk WHERE due_at",
        "the worker of kept calls takes bulks",
    ),
    ("UPDATE bulk SET due_at = ?1 WHERE due_at > ?1", "the worker of kept calls, at a start on SQLite"),
    ("SELECT tenant_id, id FROM bulk WHERE start_time", "housekeeping, every ten minutes"),
    (
        "DELETE FROM idempotent_request WHERE (tenant_id, credential_id, key_hash) IN",
        "housekeeping, every ten minutes",
    ),
    ("SELECT 1 FROM mail WHERE state = 'queued'", "the mail worker: is anything to be sent?"),
    ("SELECT tenant_id, value FROM counter WHERE name = 'mail'", "the mail worker's housekeeping"),
    (
        "SELECT CAST(COALESCE(SUM(open_operations + retriable_operations), 0) AS BIGINT), MIN(start_time)",
        "metrics: how many kept calls wait",
    ),
    ("SELECT COUNT(*), MIN(created_at) FROM mail WHERE state = 'queued'", "metrics: how many mails wait"),
    ("SELECT count(*) FROM pg_stat_activity", "`patron move`: PostgreSQL's own table"),
    ("SELECT pg_stat_clear_snapshot()", "`patron move`: PostgreSQL's own function"),
];

/// Statements that are put together where no server of this story does it; without what is put in.
const UNSEEN: &[(&str, &str)] = &[
    (
        "SELECT  FROM mail WHERE state = 'queued' AND next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2 ",
        "the mail worker takes mails",
    ),
    (
        "DELETE FROM mail WHERE tenant_id = ?1 AND id IN (SELECT id FROM mail WHERE tenant_id = ?1 AND id <= ?2  ORDER BY id LIMIT ?3)",
        "the mail worker's housekeeping, a tenant at a time",
    ),
    ("SELECT  FROM   ORDER BY  LIMIT ?", "`patron move` reads whole tables"),
    ("SELECT count(*) FROM ", "`patron move` counts whole tables"),
    ("INSERT INTO  () VALUES ", "`patron move` writes whole tables"),
    ("DELETE FROM ", "`patron move` empties whole tables"),
];

#[test]
fn every_key_and_unique_rule_of_a_tenant_begins_with_the_tenant() {
    let (embedded, server) = (stopped(), postgres::Temporary::new().unwrap());
    drop(Patron::start(Options { data: Data::Database(server.url().to_owned()), ..Options::default() }));
    let on_sqlite = rules_on_sqlite(&open(&embedded));
    let on_postgres = rules_on_postgres(server.url());
    for rules in [&on_sqlite, &on_postgres] {
        assert!(rules.len() > 50, "only {} rules were found", rules.len());
        let shared: BTreeSet<&str> = SHARED.iter().map(|(table, _)| *table).collect();
        for Rule { table, name, first } in rules {
            let is_listed =
                shared.contains(table.as_str()) || SHARED_RULES.iter().any(|(rule, _)| rule == name);
            assert_eq!(first == "tenant_id", !is_listed, "{name} of {table} begins with {first}");
        }
    }
    let tables = |rules: &[Rule]| rules.iter().map(|rule| rule.table.clone()).collect::<BTreeSet<_>>();
    assert_eq!(tables(&on_sqlite), tables(&on_postgres));
}

#[test]
fn every_statement_on_a_tenants_table_is_bound_to_one_tenant() {
    let noted = noted();
    let server = stopped();
    let connection = open(&server);
    let schema = Schema::of(&connection);
    let written = written();
    assert!(written.len() > 200, "only {} statements were found in the sources", written.len());

    let mut wrong = Vec::new();
    for Written { place, parts } in &written {
        let is_seen = parts.len() == 1 || noted.iter().any(|sql| holds(sql, parts));
        if !is_seen && !UNSEEN.iter().any(|(sql, _)| *sql == parts.concat()) {
            wrong.push(format!("{place}: nothing has put this together: {}", parts.join("…")));
        }
    }
    let whole = written.iter().filter(|one| one.parts.len() == 1).map(|one| &one.parts[0]);
    let all: BTreeSet<&String> = noted.iter().chain(whole).collect();
    let mut across = BTreeSet::new();
    for sql in all {
        match (schema.objection(sql), listed(ACROSS, sql)) {
            (Some(objection), None) => wrong.push(format!("{objection}: {sql}")),
            (Some(_), Some(entry)) => drop(across.insert(entry)),
            (None, _) => {}
        }
    }
    for (entry, _) in ACROSS {
        if !across.contains(entry) {
            wrong.push(format!("listed as one over many tenants, but there is none: {entry}"));
        }
    }
    assert!(wrong.is_empty(), "{} statements:\n{}", wrong.len(), wrong.join("\n"));
}

/// A primary key or unique index.
struct Rule {
    table: String,
    name: String,
    first: String,
}

fn rules_on_sqlite(connection: &Connection) -> Vec<Rule> {
    let sql = "SELECT t.name, i.name, c.name FROM pragma_table_list AS t JOIN pragma_index_list(t.name) AS i \
               JOIN pragma_index_info(i.name) AS c WHERE t.schema = 'main' AND t.type = 'table' AND i.\"unique\" = 1 AND c.seqno = 0";
    let mut query = connection.prepare(sql).unwrap();
    let rule =
        |row: &rusqlite::Row<'_>| Ok(Rule { table: row.get(0)?, name: row.get(1)?, first: row.get(2)? });
    query.query_map([], rule).unwrap().map(Result::unwrap).collect()
}

fn rules_on_postgres(url: &str) -> Vec<Rule> {
    let sql = "SELECT t.relname || ' ' || i.relname || ' ' || a.attname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid \
               JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] WHERE n.nspname = 'public' AND x.indisunique";
    let lines = postgres::query(url, sql).unwrap();
    let rule = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap();
        Rule { table: next(), name: next(), first: next() }
    };
    lines.lines().map(rule).collect()
}

/// What SQLite says of its tables.
struct Schema<'c> {
    connection: &'c Connection,
    tables: BTreeSet<String>,
    /// The table of each index.
    indexes: BTreeMap<String, String>,
}

impl<'c> Schema<'c> {
    fn of(connection: &'c Connection) -> Self {
        let names = |kind: &str| -> BTreeMap<String, String> {
            let sql = format!("SELECT name, tbl_name FROM sqlite_schema WHERE type = '{kind}'");
            let mut query = connection.prepare(&sql).unwrap();
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
        };
        let shared = |table: &String| SHARED.iter().any(|(name, _)| name == table);
        let tables = names("table").into_keys().filter(|table| !shared(table)).collect();
        Self { connection, tables, indexes: names("index") }
    }

    /// Why a statement is not bound to one tenant.
    fn objection(&self, sql: &str) -> Option<String> {
        static INSERT: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^INSERT INTO (\w+) \((\w+).*?\) (?:VALUES \((\?1)|SELECT)").unwrap()
        });
        static TENANTS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"tenant_id (IN|<|>|BETWEEN|<>)").unwrap());
        if sql.starts_with("INSERT") {
            let into = sql["INSERT INTO ".len()..].split(' ').next().unwrap();
            let parts = match INSERT.captures(sql) {
                Some(parts) => parts,
                None if self.tables.contains(into) => return Some("an INSERT of another form".into()),
                None => return None,
            };
            let is_bound = matches!((&parts[2], parts.get(3)), ("tenant_id", Some(_)) | ("rowid", None));
            if self.tables.contains(&parts[1]) && !is_bound && !sql.contains("SELECT ?1") {
                return Some(format!("an INSERT into {} whose tenant is not its first parameter", &parts[1]));
            }
        }
        if TENANTS.is_match(sql) {
            return Some("more tenants than one".into());
        }
        let plan = match self.plan(sql) {
            Ok(plan) => plan,
            Err(error) => return Some(format!("SQLite does not take it ({error})")),
        };
        plan.into_iter().find_map(|step| self.step(sql, &step))
    }

    /// What is wrong with a step of a plan, such as `SEARCH c USING INDEX customer_by_email (tenant_id=? AND email_folded=?)`.
    fn step(&self, sql: &str, step: &str) -> Option<String> {
        static STEP: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^(?:SEARCH|SCAN) (\S+)(?: USING.*? INDEX (\S+))?(.*)$").unwrap());
        let parts = STEP.captures(step)?;
        let table = match parts.get(2) {
            Some(index) => self.indexes.get(index.as_str())?.clone(),
            None => self.named(sql, &parts[1])?,
        };
        if table == "customer_search" {
            // Its row ids are made of tenant and customer.
            let is_bound = sql.contains("rowid BETWEEN ?") || sql.contains("rowid = ?");
            return (!is_bound).then(|| format!("{step} of every tenant"));
        }
        let is_bound = !self.tables.contains(&table) || parts[3].contains("(tenant_id=?");
        (!is_bound).then(|| format!("{step} ({table})"))
    }

    /// The table that a statement calls so; none for a query in place of one.
    fn named(&self, sql: &str, alias: &str) -> Option<String> {
        if self.indexes.values().any(|table| table == alias) || self.tables.contains(alias) {
            return Some(alias.to_owned());
        }
        let named = Regex::new(&format!(r"(\w+) (?:AS )?{}\b", regex::escape(alias))).unwrap();
        named.captures_iter(sql).map(|parts| parts[1].to_owned()).find(|table| self.tables.contains(table))
    }

    fn plan(&self, sql: &str) -> rusqlite::Result<Vec<String>> {
        let mut query = self.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut rows = query.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            steps.push(row.get(3)?);
        }
        Ok(steps)
    }
}

/// A statement in the sources; what is put in at run time stands between the parts.
struct Written {
    place: String,
    parts: Vec<String>,
}

fn written() -> Vec<Written> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for name in ["commerce", "server"] {
        read(&crates.join(name).join("src"), &mut found);
    }
    found
}

fn read(folder: &Path, found: &mut Vec<Written>) {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""((?:[^"\\]|\\.|\\\n)*)""#).unwrap());
    static BROKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\\n\s*").unwrap());
    static HOLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\w*\}").unwrap());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Only what ships: tests lie in `tests.rs`, `tests/` or behind `#[cfg(test)]`.
        if name.contains("tests") {
            continue;
        }
        if path.is_dir() {
            read(&path, found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let shipped = text.split("#[cfg(test)]").next().unwrap();
            for literal in LITERAL.captures_iter(shipped) {
                let sql = BROKEN.replace_all(&literal[1], "").replace("\\\"", "\"");
                if ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "]
                    .iter()
                    .any(|verb| sql.starts_with(verb))
                {
                    let mut parts: Vec<String> = HOLE.split(&sql).map(str::to_owned).collect();
                    // A text that does not end is gone on with.
                    if sql.ends_with(' ') {
                        parts.push(String::new());
                    }
                    found.push(Written { place: path.display().to_string(), parts });
                }
            }
        }
    }
}

/// Whether a statement is made of the parts, in their order.
fn holds(sql: &str, parts: &[String]) -> bool {
    let mut rest = sql;
    sql.starts_with(&parts[0])
        && parts.iter().all(|part| match rest.find(part.as_str()) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
}

fn listed(list: &'static [(&str, &str)], sql: &str) -> Option<&'static str> {
    list.iter().map(|(start, _)| *start).find(|start| sql.starts_with(start))
}

/// Every statement that a server runs which plays every recorded exchange, and what they leave out.
fn noted() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statements");
    let variable = ("PATRON_STATEMENTS".to_owned(), file.display().to_string());
    let mut server = Patron::start(Options { environment: vec![variable.clone()], ..Options::default() });
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded");
    for entry in fs::read_dir(recorded).unwrap() {
        replay::play(&Target::open(server.base()), &replay::read(&entry.unwrap().path()).unwrap());
    }
    let id = what_nobody_recorded(&server).made.instance_id;
    server.stop();
    for name in ["out.csv", "out.jsonl"] {
        let mut export = command(["export", folder.path().join(name).to_str().unwrap(), "--instance", &id]);
        assert!(export.args(server.place()).envs([variable.clone()]).output().unwrap().status.success());
    }
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

/// Calls that put statements together in ways that no recording has.
fn what_nobody_recorded(server: &Patron) -> Instance {
    let instance = server.instance();
    let control = |method: &str, path: &str, body: Value, wanted: u16| {
        let (status, answer) = control(server, &instance, method, path, &body);
        assert_eq!(status, wanted, "{method} {path}: {answer}");
        answer
    };
    for entity in ["customer", "customer_address"] {
        let new =
            |code: &str, input: &str| json!({"entity": entity, "code": code, "label": code, "input": input});
        control("POST", "/attributes", new("card", "text"), 201);
        let mut select = new("tier", "select");
        select["options"] = json!(["Silver", "Gold"]);
        let options = control("POST", "/attributes", select, 201)["options"].clone();
        let values = json!([
            {"attribute_code": "card", "value": format!("{entity} 1")},
            {"attribute_code": "tier", "value": options[0]["id"].to_string()},
        ]);
        let mut sent = customer(&format!("{entity}@example.com"));
        let mut address = json!({
            "firstname": "Ada", "lastname": "Lovelace", "street": ["12 St James's Square"], "city": "London",
            "country_id": "GB", "postcode": "SW1Y 4JH", "telephone": "555"
        });
        let holder = if entity == "customer" { &mut sent["customer"] } else { &mut address };
        holder["custom_attributes"] = values;
        sent["customer"]["addresses"] = json!([address]);
        sent["password"] = json!("correct-Horse7-battery-staple");
        instance.post("/V1/customers", &sent).expect(200);
        for (field, pattern) in [("card", "c%25"), ("lastname", "%25vela%25"), ("lastname", "%25vela%25_")] {
            let (filter, sort) =
                ("searchCriteria[filterGroups][0][filters][0]", "searchCriteria[sortOrders][0]");
            let like =
                format!("{filter}[field]={field}&{filter}[conditionType]=like&{filter}[value]={pattern}");
            let newest = format!("{sort}[field]=created_at&{sort}[direction]=DESC");
            for criteria in [like.clone(), format!("{like}&{newest}")] {
                // No attribute of addresses is searched by.
                let wanted = if entity == "customer" || field != "card" { 200 } else { 400 };
                instance.get(&format!("/V1/customers/search?{criteria}")).expect(wanted);
            }
        }

        let card = format!("/attributes/{entity}/card");
        control("PUT", &card, json!({"unique": true}), 200);
        sent["customer"]["email"] = json!("another@example.com");
        assert_eq!(instance.post("/V1/customers", &sent).status, 400, "a value that must be unique is taken");
        control("PUT", &card, json!({"unique": false}), 200);
        control("PUT", &format!("/attributes/{entity}/tier"), json!({"options": [options[1]]}), 200);
        control("DELETE", &card, Value::Null, 204);
    }
    let mails = control("GET", "/mail", Value::Null, 200);
    let mail = mails["mails"][0]["id"].clone();
    control("GET", &format!("/mail/{mail}"), Value::Null, 200);
    control("DELETE", "/mail", Value::Null, 204);
    control("PUT", "/settings", json!({"path": "customer/account_share/scope", "value": "0"}), 200);
    instance
}

fn stopped() -> Patron {
    let mut server = Patron::start(Options::default());
    server.stop();
    server
}

fn open(server: &Patron) -> Connection {
    let connection = Connection::open(server.data_folder().join("patron.sqlite")).unwrap();
    // What the service adds to SQLite; plans are made without calling it.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("regexp", 2, flags, |_| Ok(false)).unwrap();
    connection
}
