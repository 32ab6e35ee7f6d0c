//! A database with one instance of many customers, opened in this process.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use patron_commerce::{
    Call, Failure, Moment, Random,
    attributes::{
        self,
        custom::{CustomAttribute, Definition, Entity},
    },
    customers::{
        counts,
        search::{infix, stream},
        store,
        wire::{self, View},
    },
    identity::{Consumer, Resources},
    instances::{
        self, Catalogue, Scope,
        counters::{self, Counter},
        create::NewInstance,
    },
    schema,
};
use patron_sql::{Database, Location};
use patron_webapi::{Answer, Read, SearchCriteria, fields::Selection, query};
use tempfile::TempDir;

use super::customer::{self, LOYALTY};

/// When the trigrams of a new customer are added.
#[derive(Clone, Copy, PartialEq)]
pub enum Trigrams {
    /// In its own unit of work.
    WithTheCustomer,
    /// Once for all of a transaction.
    OncePerTransaction,
    /// Not by who adds it.
    Later,
}

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn moment() -> Moment<'static> {
    Moment { now: jiff::Timestamp::from_second(1_795_000_000).expect("in range"), random: &Sevens }
}

/// See the module.
pub struct Population {
    /// The database, open.
    pub database: Database,
    /// Customers in it.
    pub customers: i64,
    catalogue: Arc<Catalogue>,
    _folder: Option<TempDir>,
}

impl Population {
    /// One of its own, empty, with an attribute `loyalty`.
    pub fn empty() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = schema::open(&Location::File(folder.path().join("patron.db")))?;
        let made =
            database.write_now(|sql| instances::create::create(sql, moment(), 1, NewInstance::default()))?;
        Self::in_instance(database, &made.code, Some(folder))
    }

    /// An instance that a service made and has closed.
    pub fn of_service(file: &Path, code: &str) -> Result<Self> {
        Self::in_instance(schema::open(&Location::File(file.to_owned()))?, code, None)
    }

    fn in_instance(database: Database, code: &str, folder: Option<TempDir>) -> Result<Self> {
        let wanted = code.to_owned();
        database.write_now(move |sql| {
            let found = instances::store::find(sql, &wanted)?.context("the instance was just made")?;
            let definition: Definition =
                serde_json::from_value(serde_json::json!({"label": "Loyalty", "input": "text"}))
                    .map_err(|error| Failure::Internal(error.into()))?;
            let attribute = CustomAttribute {
                id: LOYALTY,
                entity: Entity::Customer,
                code: "loyalty".into(),
                definition,
                options: Vec::new(),
            };
            attributes::store::put(sql, found.tenant.0, &attribute)
        })?;
        let catalogue = database.read(|sql| {
            let found = instances::store::find(sql, code)?.context("the instance was just made")?;
            Catalogue::load(sql, found)
        })?;
        Ok(Self { database, catalogue: Arc::new(catalogue), customers: 0, _folder: folder })
    }

    /// Adds so many customers, and indexes all of them.
    pub fn fill(&mut self, customers: i64) -> Result<()> {
        self.customers = customers;
        let started = Instant::now();
        for first in (1..=customers).step_by(10_000) {
            self.add(first, (first + 9_999).min(customers), customers, Trigrams::Later)?;
        }
        let filled = started.elapsed();
        let tenant = self.catalogue.instance.tenant.0;
        while self.database.write_now(move |sql| infix::catch_up(sql, tenant, 1_000))? == 1_000 {}
        let indexed = started.elapsed() - filled;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / customers as f64;
        eprintln!(
            "{customers} customers: {:.0} µs each, and {:.0} µs each for trigrams",
            each(filled),
            each(indexed)
        );
        Ok(())
    }

    /// Adds the customers `first` to `last` of `all` in one transaction.
    pub fn add(&self, first: i64, last: i64, all: i64, trigrams: Trigrams) -> Result<()> {
        let catalogue = Arc::clone(&self.catalogue);
        let work = move |sql: patron_sql::Session<'_>| {
            let tenant = catalogue.instance.tenant.0;
            for id in first..=last {
                sql.savepoint(|sql| {
                    let new = customer::customer(id, all);
                    store::add(sql, &catalogue, &new, store::Opens::default())?;
                    let body = Answer::of(&wire::customer(&catalogue, &new, View::Whole));
                    let body = String::from_utf8(body.0).map_err(|error| Failure::Internal(error.into()))?;
                    store::put_document(sql, tenant, id, &body)?;
                    if trigrams == Trigrams::WithTheCustomer {
                        infix::catch_up(sql, tenant, 1)?;
                    }
                    Ok::<_, Failure>(())
                })?;
            }
            if trigrams == Trigrams::OncePerTransaction {
                infix::catch_up(sql, tenant, last - first + 1)?;
            }
            counters::start_after(sql, tenant, Counter::Customer, last)
        };
        Ok(self.database.write_now(work)?)
    }

    /// The median time of a search as the endpoint runs it, documents included, and its total.
    pub fn median(&self, text: &str) -> Result<(Duration, i64)> {
        let sent = query::parse(&format!("searchCriteria&{text}"));
        let criteria =
            SearchCriteria::read(&sent["searchCriteria"]).map_err(|_| anyhow::anyhow!("criteria: {text}"))?;
        let consumer = Consumer {
            credential_id: 1,
            client_id: String::new(),
            user_id: String::new(),
            organisation_id: 1,
            resources: Resources::All,
        };
        let (mut times, mut out) = (Vec::new(), Vec::new());
        let began = Instant::now();
        while times.len() < 5 || (times.len() < 201 && began.elapsed() < Duration::from_secs(2)) {
            out.clear();
            let started = Instant::now();
            self.database.read(|sql| {
                let catalogue = &self.catalogue;
                let call =
                    Call { sql, catalogue, scope: Scope::Default, moment: moment(), consumer: &consumer };
                stream::search(&call, &criteria, &Selection::Everything, &mut out)
            })?;
            times.push(started.elapsed());
        }
        times.sort();
        let answer: serde_json::Value = serde_json::from_slice(&out)?;
        Ok((times[times.len() / 2], answer["total_count"].as_i64().context("an answer has a total")?))
    }

    /// The number of all customers that is kept.
    pub fn counted(&self) -> Result<i64> {
        let tenant = self.catalogue.instance.tenant.0;
        Ok(self.database.read(|sql| counts::count(sql, tenant, counts::Dimension::All))?)
    }
}
