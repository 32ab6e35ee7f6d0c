//! One node and two on one PostgreSQL, which has the same cores: reads, and what one costs a node.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use patron_harness::{Data, postgres::Cluster};

use crate::{
    load,
    measure::{self, Plan, Turn},
    process,
    report::{Goal, Line},
    service::{CONNECTIONS, Service},
};

/// Customers of the instance: more than fit into any cache of a processor, few enough to be made in no time.
const CUSTOMERS: i64 = 20_000;

/// GETs of single customers from two nodes, beside the same from one. The load generator has a core of its own only where there are
/// enough; where there are not, nodes, database and load share what there is, and two nodes cannot be quicker than one.
pub fn two_beside_one(plan: Plan) -> Result<Line> {
    let cluster = Cluster::try_start()?;
    let database = Data::Database(cluster.url());
    let one = Service::on(database.clone());
    let mut two = Service::on(database);
    two.instance = one.instance.moved_to(two.patron.base());
    let made = load::drive_count(one.address(), CONNECTIONS, CUSTOMERS as u64, one.creates(0, false))?;
    ensure!(made.bad == 0, "{} customers were refused", made.bad);
    let compared =
        measure::alternate(plan, |slice| turn(&[&one, &two], slice), |slice| turn(&[&one], slice))?;
    let cores = thread::available_parallelism().map_or(0, usize::from);
    Ok(Line {
        work: format!(
            "GET from two nodes on one PostgreSQL, {CONNECTIONS} connections, {cores} cores for all"
        ),
        yardstick: "one node",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(1.5),
    })
}

/// A load spread over nodes: answers a second, and processor time of the nodes for each.
fn turn(nodes: &[&Service], slice: Duration) -> Result<Turn> {
    let cpu = || nodes.iter().map(|node| process::cpu_seconds(node.patron.pid())).sum::<Result<f64>>();
    let before = cpu()?;
    let answers: Vec<load::Answers> = thread::scope(|scope| {
        let loads: Vec<_> = nodes
            .iter()
            .map(|node| {
                let (address, gets) = (node.address().to_owned(), node.gets(CUSTOMERS));
                scope.spawn(move || load::drive(&address, CONNECTIONS / nodes.len(), slice, gets))
            })
            .collect();
        loads.into_iter().map(|load| load.join().ok().context("a load panicked")?).collect::<Result<_>>()
    })?;
    let good: u64 = answers.iter().map(|one| one.good).sum();
    ensure!(answers.iter().all(|one| one.bad == 0), "some answers were refusals");
    let rate = answers.iter().map(load::Answers::rate).sum();
    Ok(Turn { value: rate, cpu: Some((cpu()? - before) * 1e6 / good as f64) })
}
