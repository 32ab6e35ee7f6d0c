use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use patron_sql::{Database, Location, Session};
use patron_webapi::{Fault, Value, arguments::None as Nothing};
use serde_json::json;

use super::{
    accept,
    model::{Counts, Summary},
    run::{self, Ready, Surroundings, Target},
    store,
};
use crate::{
    Call, Failure, Moment, Random, Row,
    customers::api::ById,
    failure::Result,
    groups,
    identity::{Consumer, Resources},
    instances::{Catalogue, Catalogues, Scope, create, create::NewInstance},
};

struct Counting(AtomicI64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(u8::try_from(self.0.fetch_add(1, Relaxed)).unwrap());
    }
}

static RANDOM: Counting = Counting(AtomicI64::new(1));

fn moment() -> Moment<'static> {
    Moment { now: "2026-11-23T10:00:00Z".parse().unwrap(), random: &RANDOM }
}

/// Deletes a group: an effect that can be seen. Fails inside for group 0.
fn work(call: &Call<'_>, sent: &ById) -> Result<bool> {
    match sent.customer_id {
        0 => Err(Failure::Internal(anyhow::anyhow!("out of order"))),
        503 => Err(Fault::unavailable("Busy.", 1).into()),
        id => {
            let existed = groups::store::exists(call.sql, call.tenant(), id)?;
            groups::store::delete(call.sql, call.tenant(), id)?;
            if existed { Ok(true) } else { Err(Fault::no_such_entity("id", id).into()) }
        }
    }
}

struct Bench {
    database: Database,
    catalogues: Arc<Catalogues>,
    catalogue: Arc<Catalogue>,
    table: Vec<Row>,
    uuid: String,
    bulk: i64,
}

impl Bench {
    /// An instance with groups 0 to 3 and a bulk that deletes those with these ids.
    fn with(ids: &[i64]) -> Self {
        let database = crate::schema::open(&Location::Memory).unwrap();
        let instance =
            database.write_now(|sql| create::create(sql, moment(), 1, NewInstance::default())).unwrap();
        let catalogues = Arc::new(Catalogues::default());
        let catalogue = database.read(|sql| catalogues.find(sql, &instance.code)).unwrap().unwrap();
        let row = || Row::post("/V1/work/:customerId", &[], work);
        let table = vec![Row::get("/V1/nothing", &[], |_: &Call<'_>, _: &Nothing| Ok(0)), row()];
        let items: Vec<Value> = ids.iter().map(|id| json!({ "customerId": id })).collect();
        let body = Value::from(items).to_string();
        let items = accept::many(&table[1], &catalogue, Some("application/json"), body.as_bytes()).unwrap();
        let known = Arc::clone(&catalogue);
        let (bulk, uuid) = database
            .write_now(move |sql| {
                let consumer = consumer();
                let request = accept::Request {
                    row: &row(),
                    catalogue: &known,
                    scope: Scope::All,
                    consumer: &consumer,
                };
                let (bulk, uuid) = accept::open(sql, moment(), &request, items.len())?;
                store::add_operations(sql, known.instance.tenant.0, bulk, &items)?;
                store::seal(sql, known.instance.tenant.0, bulk, 0)?;
                Ok::<_, Failure>((bulk, uuid))
            })
            .unwrap();
        Self { database, catalogues, catalogue, table, uuid, bulk }
    }

    fn tenant(&self) -> i64 {
        self.catalogue.instance.tenant.0
    }

    /// The operations that wait, bound.
    fn ready(&self) -> Arc<[Ready]> {
        let (tenant, bulk) = (self.tenant(), self.bulk);
        let found = self.database.read(|sql| store::find_to_run(sql, tenant, bulk)).unwrap().unwrap();
        let due = self.database.read(|sql| store::due_operations(sql, tenant, bulk, -1, 100)).unwrap();
        let (found, target) = (Arc::new(found.clone()), Target::find(&self.table, &found));
        due.iter().map(|due| target.ready(&found, due)).collect()
    }

    fn run(&self, lot: &Arc<[Ready]>) -> Result<()> {
        let (catalogues, lot) = (Arc::clone(&self.catalogues), Arc::clone(lot));
        self.database.write_now(move |sql: Session<'_>| {
            run::run(sql, &Surroundings { catalogues: &catalogues, moment: moment() }, &lot)
        })
    }

    fn summary(&self) -> Summary {
        self.database.read(|sql| store::find(sql, self.tenant(), &self.uuid)).unwrap().unwrap()
    }

    fn group_exists(&self, id: i64) -> bool {
        self.database.read(|sql| groups::store::exists(sql, self.tenant(), id)).unwrap()
    }

    fn next_due(&self) -> Option<i64> {
        self.database.read(store::next_due).unwrap()
    }
}

fn consumer() -> Consumer {
    Consumer {
        credential_id: 1,
        client_id: "client".to_owned(),
        user_id: "user".to_owned(),
        organisation_id: 1,
        resources: Resources::All,
    }
}

#[test]
fn effects_and_results_come_together() {
    let bench = Bench::with(&[2, 9, 3]);
    assert_eq!(
        (bench.summary().counts, bench.next_due()),
        (Counts { open: 3, ..Counts::default() }, Some(0))
    );

    bench.run(&bench.ready()).unwrap();

    assert_eq!(bench.summary().counts, Counts { complete: 2, failed: 1, ..Counts::default() });
    assert!(!bench.group_exists(2) && !bench.group_exists(3));
    assert_eq!(bench.next_due(), None, "nothing is left to do");
    let mut seen = Vec::new();
    let list = |sql: Session<'_>| {
        store::each_operation(sql, bench.tenant(), bench.bulk, |operation| {
            seen.push((operation.status, operation.result, operation.message, operation.arguments));
            Ok(())
        })
    };
    bench.database.read(list).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(seen[0], (1, text("true"), None, None));
    assert_eq!(seen[1], (3, None, text("No such entity with id = 9"), text(r#"{"customerId":9}"#)));
}

#[test]
fn an_operation_that_has_run_leaves_nothing_behind_when_it_is_run_again() {
    let bench = Bench::with(&[2]);
    let twice = bench.ready();
    bench.run(&twice).unwrap();
    let tenant = bench.tenant();
    let rename = "UPDATE customer_group SET id = 2 WHERE tenant_id = ?1 AND id = 3";
    let renamed = bench.database.write_now(move |sql| sql.execute(rename, patron_sql::params![tenant]));
    assert_eq!(renamed.unwrap(), 1);
    bench.run(&twice).unwrap();
    assert!(bench.group_exists(2), "the second run deleted the group that has the id now");
    assert_eq!(bench.summary().counts, Counts { complete: 1, ..Counts::default() });
    assert_eq!(bench.database.read(|sql| store::due_operations(sql, tenant, bench.bulk, -1, 9)).unwrap(), []);
}

#[test]
fn a_failure_that_is_nobodys_own_leaves_the_whole_lot_as_it_was() {
    for bad in [0, 503] {
        let bench = Bench::with(&[2, bad, 3]);
        assert!(bench.run(&bench.ready()).is_err());
        assert_eq!(bench.summary().counts, Counts { open: 3, ..Counts::default() });
        assert!(bench.group_exists(2) && bench.group_exists(3));
    }
}

#[test]
fn an_operation_is_put_off_until_it_has_failed_too_often() {
    let bench = Bench::with(&[0]);
    for attempt in 1..=run::MOST_ATTEMPTS {
        let lot = bench.ready();
        let put_off = move |sql: Session<'_>| run::put_off(sql, &lot[0], "It is late.");
        bench.database.write_now(put_off).unwrap();
        let counts = bench.summary().counts;
        assert_eq!(counts.retriable + counts.failed, 1);
        assert_eq!(counts.failed == 1, attempt == run::MOST_ATTEMPTS, "attempt {attempt}");
    }
    assert_eq!(bench.next_due(), None);
    assert!(bench.ready().is_empty());
}

#[test]
fn a_bulk_belongs_to_one_worker_until_its_lease_is_over() {
    let bench = Bench::with(&[2]);
    let claim = |now| bench.database.write_now(move |sql| store::claim(sql, now, now + 10, 9)).unwrap().len();
    assert_eq!([claim(0), claim(9), claim(10)], [1, 0, 1]);
    let release = move |sql: Session<'_>| store::release_all(sql, 11);
    assert_eq!(bench.database.write_now(release).unwrap(), 1);
    assert_eq!(claim(11), 1);
}

#[test]
fn a_bulk_is_deleted_with_all_that_it_holds() {
    let bench = Bench::with(&[2, 3, 9]);
    bench.run(&bench.ready()).unwrap();
    let (tenant, bulk) = (bench.tenant(), bench.bulk);
    let over = |before: &str| {
        bench.database.read(|sql| store::over(sql, before, "2000-01-01 00:00:00", 9)).unwrap().len()
    };
    assert_eq!((over("2026-11-23 09:00:00"), over("2026-11-23 11:00:00")), (0, 1));
    let delete = || bench.database.write_now(move |sql| store::delete_some(sql, tenant, bulk, 2)).unwrap();
    assert_eq!([delete(), delete(), delete()], [2, 1, 0]);
}
