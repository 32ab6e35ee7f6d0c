//! One customer by its id, beside bare hyper.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{
    floor::Floor,
    load::{self, Looks},
    measure::{self, Plan, Turn},
    process,
    report::{Goal, Line},
    service::{CONNECTIONS, Service},
};

/// GETs of any of an instance's customers, beside the same number of bytes from memory.
pub fn one_customer(plan: Plan, service: &Service, customers: i64) -> Result<Line> {
    let floor = Floor::start(&service.customer_bytes(customers / 2)?)?;
    let compared = measure::alternate(
        plan,
        |slice| turn(Looks::AtOnce, service.address(), service.patron.pid(), slice, service.gets(customers)),
        |slice| turn(Looks::AtOnce, &floor.address, floor.pid(), slice, service.gets(customers)),
    )?;
    Ok(Line {
        work: format!("GET one of {customers} customers, {CONNECTIONS} connections"),
        yardstick: "bare hyper, the same bytes from memory",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.6),
    })
}

/// A load on a server in another process, with what it cost there.
pub fn turn(
    looks: Looks,
    address: &str,
    pid: u32,
    slice: Duration,
    requests: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Result<Turn> {
    let before = process::cpu_seconds(pid)?;
    let answers = load::drive_looking(looks, address, CONNECTIONS, slice, requests)?;
    let cpu = process::cpu_seconds(pid)? - before;
    ensure!(answers.bad == 0, "{} of {} answers were refusals", answers.bad, answers.bad + answers.good);
    Ok(Turn { value: answers.rate(), cpu: Some(cpu * 1e6 / answers.good as f64) })
}
