//! How fast a bulk of creates runs, beside the same creates sent to the write path by as many callers as it serves best, without HTTP
//! in either case. The rounds are interleaved, so that a noisy machine is noisy for both.
//!
//! `cargo run --release -p patron --example bulk [customers a round] [rounds] [memory]`: with `memory` no disk is waited for, which leaves
//! the work itself.
#![allow(clippy::disallowed_methods, reason = "measuring time is the purpose")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use jiff::Timestamp;
use patron_commerce::{
    Call, Failure, Moment, Random, Row,
    bulk::{Item, accept, store},
    identity::{self, Consumer, Resources},
    instances::{Catalogue, Catalogues, Scope, create, create::NewInstance},
    schema, table,
};
use patron_sql::{Database, Location, Session};
use patron_webapi::Object;
use serde_json::json;
use tokio::{sync::Notify, task::JoinSet};

/// The worker itself; the binary is no library.
#[path = "../src/bulk/mod.rs"]
#[allow(dead_code)]
mod bulk;

/// What it gives its signs of life to.
#[path = "../src/workers.rs"]
#[allow(dead_code)]
mod workers;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Callers of the write path at once: from 256 on, a whole batch of the writer, the rate does not grow.
const CALLERS: usize = 512;

struct Dice;

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}

struct Bench {
    database: Database,
    catalogues: Catalogues,
    table: Vec<Row>,
    queued: Notify,
    row: usize,
    catalogue: Arc<Catalogue>,
    consumer: Consumer,
}

impl bulk::Service for Bench {
    fn database(&self) -> &Database {
        &self.database
    }

    fn catalogues(&self) -> &Catalogues {
        &self.catalogues
    }

    fn table(&self) -> &[Row] {
        &self.table
    }

    fn moment(&self) -> Moment<'_> {
        moment()
    }

    fn queued(&self) -> &Notify {
        &self.queued
    }
}

fn moment() -> Moment<'static> {
    Moment { now: Timestamp::now(), random: &Dice }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let customers: usize = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let location = match arguments.next().as_deref() {
        Some("memory") => Location::Memory,
        _ => Location::File(folder.path().join("bulk.sqlite")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bench = Arc::new(Bench::open(&location)?);
        let worker =
            bulk::start(Arc::clone(&bench), workers::Workers::new(Duration::MAX).begins("kept calls"));
        let (mut direct, mut accepting, mut running, mut ratios) = (vec![], vec![], vec![], vec![]);
        for round in 0..rounds {
            let rate = |took: Duration| customers as f64 / took.as_secs_f64();
            let name = format!("direct{round}");
            // The table grows, and the second of a pair finds it larger: they take turns.
            let first = if round % 2 == 0 { Some(bench.write_path(&name, customers).await?) } else { None };
            let (accepted, ran) = bench.bulk(&format!("bulk{round}"), customers).await?;
            let path = match first {
                Some(path) => path,
                None => bench.write_path(&name, customers).await?,
            };
            direct.push(rate(path));
            accepting.push(rate(accepted));
            running.push(rate(ran));
            ratios.push(rate(ran) / rate(path));
        }
        let show = |name: &str, mut numbers: Vec<f64>, digits: usize| {
            numbers.sort_by(f64::total_cmp);
            let (least, median, most) = (numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]);
            println!("{name:28} {median:8.digits$} [{least:.digits$}..{most:.digits$}]");
        };
        show("write path, creates/s", direct, 0);
        show("bulk, creates run/s", running, 0);
        show("bulk, creates accepted/s", accepting, 0);
        show("run / write path, by round", ratios, 2);
        println!("{:?}", bench.database.stats());
        worker.stop().await;
        Ok(())
    })
}

impl Bench {
    fn open(location: &Location) -> Result<Self> {
        let database = schema::open(location)?;
        let (instance, consumer) = database.write_now(|sql| {
            let made = identity::provision(sql, moment(), "Bench")?;
            let instance = create::create(sql, moment(), made.organisation.id, NewInstance::default())?;
            let consumer = Consumer {
                credential_id: made.credential.credential.id,
                client_id: made.credential.client_id.clone(),
                user_id: made.credential.technical_account_id.clone(),
                organisation_id: made.organisation.id,
                resources: Resources::All,
            };
            Ok::<_, Failure>((instance, consumer))
        })?;
        let catalogues = Catalogues::default();
        let catalogue =
            database.read(|sql| catalogues.find(sql, &instance.code))?.context("it was just made")?;
        let table = table();
        let is_create = |row: &Row| row.service == "accountmanagementinterface.createaccount";
        let row = table.iter().position(is_create).context("customers can be created")?;
        Ok(Self { database, catalogues, table, queued: Notify::new(), row, catalogue, consumer })
    }

    /// Every create is a unit of work of its own, as for a request.
    async fn write_path(self: &Arc<Self>, name: &str, customers: usize) -> Result<Duration> {
        let inputs: Vec<String> = (0..customers).map(|number| input(name, number).to_string()).collect();
        let start = Instant::now();
        let mut callers = JoinSet::new();
        for input in inputs {
            if callers.len() == CALLERS {
                callers.join_next().await.context("there are callers")???;
            }
            let bench = Arc::clone(self);
            callers.spawn(async move {
                let input: Object = serde_json::from_str(&input).map_err(anyhow::Error::from)?;
                let bound = bench.table[bench.row].bind(&input).map_err(Failure::from)?;
                let shared = Arc::clone(&bench);
                bench.database.write(move |sql| shared.call(sql, bound.as_ref())).await
            });
        }
        while let Some(done) = callers.join_next().await {
            done??;
        }
        Ok(start.elapsed())
    }

    fn call(&self, sql: Session<'_>, bound: &dyn patron_commerce::row::Bound) -> Result<(), Failure> {
        let found = self.catalogues.find(sql, &self.catalogue.instance.code)?;
        let catalogue = found.context("the instance stays")?;
        let call = Call {
            sql,
            catalogue: &catalogue,
            scope: Scope::Default,
            moment: moment(),
            consumer: &self.consumer,
        };
        bound.run(&call).map(drop)
    }

    /// How long it takes to accept a bulk from its body, and to run it.
    async fn bulk(self: &Arc<Self>, name: &str, customers: usize) -> Result<(Duration, Duration)> {
        let body = serde_json::to_vec(&(0..customers).map(|number| input(name, number)).collect::<Vec<_>>())?;
        let start = Instant::now();
        let row = &self.table[self.row];
        let items: Arc<[Item]> = accept::many(row, &self.catalogue, Some("application/json"), &body)
            .map_err(Failure::from)?
            .into();
        let tenant = self.catalogue.instance.tenant.0;
        let (bench, count) = (Arc::clone(self), items.len());
        let open = move |sql: Session<'_>| {
            let request = accept::Request {
                row: &bench.table[bench.row],
                catalogue: &bench.catalogue,
                scope: Scope::Default,
                consumer: &bench.consumer,
            };
            accept::open(sql, moment(), &request, count)
        };
        let (id, uuid) = self.database.write(open).await?;
        for start in (0..count).step_by(500) {
            let items = Arc::clone(&items);
            let part = move |sql: Session<'_>| {
                store::add_operations(sql, tenant, id, &items[start..items.len().min(start + 500)])
            };
            self.database.write(part).await?;
        }
        self.database.write(move |sql| store::seal(sql, tenant, id, moment().millis())).await?;
        let accepted = start.elapsed();

        let start = Instant::now();
        self.queued.notify_one();
        loop {
            let counts =
                self.database.read(|sql| store::find(sql, tenant, &uuid))?.context("it is there")?.counts;
            if counts.complete == counts.all() {
                return Ok((accepted, start.elapsed()));
            }
            anyhow::ensure!(counts.failed == 0, "creates failed");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn input(name: &str, number: usize) -> serde_json::Value {
    json!({
        "customer": {
            "email": format!("{name}.{number}@example.com"), "firstname": "Ada", "lastname": format!("Lovelace{}", number % 1000)
        }
    })
}
