//! The REST API without HTTP: routes, rows and an instance with some customers in memory. What a call writes is undone.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use jiff::Timestamp;
use patron_commerce::{
    Access, Call, Failure, Moment, Random, Row,
    identity::{Authority, Consumer, Resources},
    instances::{Catalogue, Catalogues, Scope, create, create::NewInstance},
    row::Bound,
    schema,
};
use patron_sql::{Database, Location, Session};
use patron_webapi::{Answer, Method, Request, Routes, request};

/// Customers that the instance begins with.
const CUSTOMERS: [&str; 3] = [
    r#"{"customer":{"email":"ada@example.com","firstname":"Ada","lastname":"Lovelace","dob":"1815-12-10","gender":2,"addresses":[{"firstname":"Ada","lastname":"King","street":["1 Street","Flat 2"],"city":"London","country_id":"GB","postcode":"W1","telephone":"1","default_billing":true}]}}"#,
    r#"{"customer":{"email":"grace@example.com","firstname":"Grace","lastname":"Hopper","group_id":2,"taxvat":"US1"}}"#,
    r#"{"customer":{"email":"alan+t@example.com","firstname":"Alan","lastname":"Türing","middlename":"M.","prefix":"Mr"}}"#,
];

/// See the module.
pub struct Service {
    pub database: Database,
    pub catalogue: Arc<Catalogue>,
    pub authority: Authority,
    routes: Routes,
    table: Vec<Row>,
    consumer: Consumer,
}

/// A failure that undoes what was written, so that every call begins with the same instance.
struct Undone(Result<Answer, Failure>);

impl From<patron_sql::Error> for Undone {
    fn from(error: patron_sql::Error) -> Self {
        Self(Err(error.into()))
    }
}

/// Numbers in order: enough for ids and salts here.
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed).to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}

static RANDOM: Counting = Counting(AtomicU64::new(1));

/// This instant.
pub fn moment() -> Moment<'static> {
    Moment { now: Timestamp::now(), random: &RANDOM }
}

/// The service of this process.
pub fn service() -> &'static Service {
    static SERVICE: OnceLock<&'static Service> = OnceLock::new();
    SERVICE.get_or_init(|| {
        let service: &'static Service = Box::leak(Box::new(Service::start()));
        for customer in CUSTOMERS {
            service.keep("POST", "/V1/customers", customer);
        }
        service
    })
}

impl Service {
    fn start() -> Self {
        let database = schema::open(&Location::Memory).expect("a database in memory opens");
        let instance = database
            .write_now(|sql| create::create(sql, moment(), 1, NewInstance::default()))
            .expect("an empty database takes an instance");
        let catalogues = Catalogues::default();
        let catalogue = database
            .read(|sql| catalogues.find(sql, &instance.code))
            .expect("the instance can be read")
            .expect("the instance is there");
        let table = patron_commerce::table();
        let consumer = Consumer {
            credential_id: 1,
            client_id: "0".repeat(32),
            user_id: "0@techacct.adobe.com".to_owned(),
            organisation_id: 1,
            resources: Resources::All,
        };
        let routes = Routes::new(table.iter().map(|row| &row.endpoint));
        Self { database, catalogue, authority: Authority::new(), routes, table, consumer }
    }

    /// Answers a call as the shell would, and undoes it; whether it got as far as its handler. Panics where the shell would answer 500.
    pub fn call(&'static self, method: &str, target: &str, content_type: &str, body: &[u8]) -> bool {
        let Some((row, bound)) = self.bind(method, target, content_type, body) else { return false };
        let outcome = self.run(row, bound, false);
        check(outcome, &format!("{method} {target}"));
        true
    }

    fn keep(&'static self, method: &str, target: &str, body: &str) {
        let bound = self.bind(method, target, "application/json", body.as_bytes());
        let (row, bound) = bound.expect("a customer of ours can be read");
        self.run(row, bound, true).expect("a customer of ours is accepted");
    }

    fn bind(
        &'static self,
        method: &str,
        target: &str,
        content_type: &str,
        body: &[u8],
    ) -> Option<(&'static Row, Box<dyn Bound>)> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let method = Method::parse(method).ok()?;
        let matched = self.routes.find(method, path).ok()?;
        let row = &self.table[matched.row];
        let request = Request { method, query, content_type: Some(content_type), body, path: matched.path };
        let input = request::merge(&request, &row.endpoint).ok()?;
        let mut bound = row.bind(&input).ok()?;
        for place in bound.passwords() {
            place.password.set_hash("$argon2id$v=19$m=16,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA".to_owned());
        }
        Some((row, bound))
    }

    fn run(&'static self, row: &'static Row, bound: Box<dyn Bound>, keep: bool) -> Result<Answer, Failure> {
        let run = move |sql: Session<'_>| bound.run(&self.in_call(sql));
        if row.access != Access::Write {
            return self.database.read(run);
        }
        let outcome: Result<Answer, Undone> = self.database.write_now(move |sql| match run(sql) {
            Ok(answer) if keep => Ok(answer),
            outcome => Err(Undone(outcome)),
        });
        outcome.or_else(|undone| undone.0)
    }

    /// A call of the instance's own credential.
    pub fn in_call<'c>(&'c self, sql: Session<'c>) -> Call<'c> {
        Call {
            sql,
            catalogue: &self.catalogue,
            scope: Scope::Default,
            moment: moment(),
            consumer: &self.consumer,
        }
    }

    /// Runs work whose writes are undone; its failures inside are panics.
    pub fn undone(&'static self, work: impl Fn(&Call<'_>) -> Result<(), Failure> + Send + 'static) {
        let outcome: Result<(), Undone> = self
            .database
            .write_now(move |sql| Err(Undone(work(&self.in_call(sql)).map(|()| Answer::nothing()))));
        if let Err(undone) = outcome {
            check(undone.0, "work");
        }
    }
}

fn check(outcome: Result<Answer, Failure>, what: &str) {
    match outcome {
        Ok(Answer(bytes)) => {
            let read: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(&bytes);
            if let Err(error) = read {
                panic!("{what} answers what is no JSON ({error}): {}", String::from_utf8_lossy(&bytes));
            }
        }
        Err(Failure::Internal(error)) => panic!("{what} fails inside: {error:#}"),
        Err(Failure::Fault(fault) | Failure::IdsTaken(fault)) => {
            assert!(fault.status < 500 || fault.status == 503, "{what} answers {}: {fault}", fault.status);
        }
    }
}
