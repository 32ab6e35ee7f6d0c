//! Customers without a password: many at once beside a bare loop of inserts, one at a time beside the disk.

use std::{
    cell::Cell,
    fs::OpenOptions,
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::{
    get,
    load::{self, Looks},
    measure::{self, Plan, Turn},
    report::{Goal, Line},
    rows_of_create::Loop,
    service::{CONNECTIONS, Service},
};

/// Durable creates over many connections, beside a loop that inserts the same rows in batches of the same size.
pub fn grouped(plan: Plan) -> Result<Line> {
    let mut service = Service::start();
    let mut bare = Loop::after(&mut service)?;
    let (series, batch) = (Cell::new(1), Cell::new(CONNECTIONS as f64));
    let compared = measure::alternate(
        plan,
        |slice| {
            series.set(series.get() + 1);
            let counted = || {
                let units = service.metric("patron_writer_units_committed_total ");
                (units, service.metric("patron_writer_batches_total "))
            };
            let before = counted();
            let requests = service.creates(series.get(), false);
            let turn = get::turn(Looks::AtOnce, service.address(), service.patron.pid(), slice, requests)?;
            let after = counted();
            batch.set((after.0 - before.0) / (after.1 - before.1));
            Ok(turn)
        },
        |slice| bare.run(slice, batch.get().round().max(1.0) as usize),
    )?;
    Ok(Line {
        work: format!(
            "POST a customer without password, {CONNECTIONS} connections, {:.0} in a commit",
            batch.get()
        ),
        yardstick: "rusqlite inserting the same rows in commits of as many",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.6),
    })
}

/// The median time of a durable create over one connection, beside that of `fdatasync`.
pub fn alone(plan: Plan) -> Result<Line> {
    let service = Service::start();
    let file = service.patron.data_folder().join("one-page");
    let file =
        OpenOptions::new().create(true).truncate(true).write(true).open(file).context("making a file")?;
    file.write_all_at(&[7; 1024 * 1024], 0).context("filling a file")?;
    file.sync_all().context("syncing a file")?;
    let series = Cell::new(1);
    let compared = measure::alternate(
        plan,
        |slice| {
            series.set(series.get() + 1);
            let mut answers =
                load::one_by_one(service.address(), slice, service.creates(series.get(), false))?;
            ensure!(answers.bad == 0, "{} creates were refused", answers.bad);
            Ok(Turn::from(answers.quantile(0.5)))
        },
        |slice| {
            let mut times = Vec::new();
            let until = Instant::now() + slice;
            while Instant::now() < until {
                let started = Instant::now();
                file.write_all_at(&[times.len() as u8; 4096], times.len() as u64 % 256 * 4096)?;
                file.sync_data().context("fdatasync")?;
                times.push(micros(started.elapsed()));
            }
            Ok(Turn::from(measure::Spread::of(times).median))
        },
    )?;
    Ok(Line {
        work: "one durable create at a time, median".to_owned(),
        yardstick: "a page overwritten and one fdatasync, median",
        unit: "µs",
        compared,
        goal: Goal::AtMost(2.0),
    })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
