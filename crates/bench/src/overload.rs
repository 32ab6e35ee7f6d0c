//! Four times as much as there is room for: how much of what the service can do it still does.
//!
//! Clients that ask at a fixed rate do not wait for each other: what is not answered within a second of its time is lost, as it would be to a
//! user. The rate is four times what was measured a moment before with clients that do wait. The service has one core in both cases and
//! whoever asks another, so that neither takes the other's time: on shared cores, a load of four times as much starves what it measures.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use anyhow::{Result, ensure};

use crate::{
    crowd::{Crowd, Met, Pace},
    measure::{Plan, Spread, Turn, alternate},
    process::Pinned,
    report::{self, Goal, Line},
    service::{CONNECTIONS, Service},
};

/// Connections of the clients that do not wait: four times as many as of those who do, and more than may wait for a search or a password.
const MANY: usize = 4 * CONNECTIONS;
/// Customers of most services here.
const FEW: i64 = 50;
/// And of the one whose searches are some work.
const MORE: i64 = 2000;
/// How often what there is room for.
const TIMES: f64 = 4.0;
/// Time before anything counts: until then queues fill.
const LEAD: Duration = Duration::from_millis(1500);
/// The same for clients that wait, who fill no queue.
const SHORT_LEAD: Duration = Duration::from_millis(300);
/// The share of the requests that the generator may send late.
const MOSTLY: f64 = 0.05;

/// Writes the request with this number.
type Requests = Box<dyn FnMut(u64, &mut Vec<u8>)>;

/// What is asked.
#[derive(Clone, Copy)]
pub enum Kind {
    /// One customer.
    Get,
    /// A new customer.
    Create,
    /// A new customer with a password.
    Password,
    /// A page of 20 customers by an infix of the last name, which [`FEW`] have: it costs little more than to refuse it.
    SmallSearch,
    /// The same, where [`MORE`] have it.
    Search,
}

/// All kinds, in the order of the table.
pub const KINDS: [Kind; 5] = [Kind::Get, Kind::Create, Kind::Password, Kind::SmallSearch, Kind::Search];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GETs",
            Self::Create => "creates",
            Self::Password => "creates with a password",
            Self::SmallSearch => "searches that find 50",
            Self::Search => "searches that find 2000",
        }
    }

    /// Clients that wait: as many as are never refused.
    fn clients(self) -> usize {
        if let Self::Password = self { CONNECTIONS / 4 } else { CONNECTIONS }
    }

    /// Customers that are there.
    fn customers(self) -> i64 {
        if let Self::Search = self { MORE } else { FEW }
    }

    /// Writes requests of this kind; `series` keeps new e-mail addresses apart.
    fn requests(self, service: &Service, series: u64) -> Requests {
        match self {
            Self::Get => Box::new(service.gets(FEW)),
            Self::Create => Box::new(service.creates(series, false)),
            Self::Password => Box::new(service.creates(series, true)),
            Self::SmallSearch | Self::Search => Box::new(service.searches()),
        }
    }
}

/// Prints what is answered well at four times the rate, beside what can be.
pub fn goodput(plan: Plan, kind: Kind) -> Result<()> {
    let (first, second) = Pinned::two_cores()?;
    let pinned = Pinned::to(first)?;
    // It inherits the core, and has as many threads as it would have on a machine with one.
    let service = Service::start();
    for number in 0..kind.customers() {
        service.instance.add_customer(&format!("ada.lovelace.{number}@example.net"));
    }
    drop(pinned);
    let _pinned = Pinned::to(second)?;
    let crowd = RefCell::new(Crowd::connect(service.address(), MANY)?);
    let series = Cell::new(1);
    let next = || {
        series.set(series.get() + 1);
        kind.requests(&service, series.get())
    };
    let alone = |slice: Duration| -> Result<f64> {
        let met = crowd.borrow_mut().send(Pace::Waiting(kind.clients()), SHORT_LEAD, slice, next())?;
        ensure!(met.refused == 0.0, "{} were refused to clients that wait", kind.name());
        Ok(met.good)
    };
    let capacity = Cell::new(alone(plan.slice)?);
    let met = RefCell::new(Vec::new());
    let compared = alternate(
        plan,
        |slice| {
            let pace = Pace::Rate(capacity.get() * TIMES);
            met.borrow_mut().push(crowd.borrow_mut().send(pace, LEAD, slice, next())?);
            Ok(Turn::from(met.borrow().last().map_or(f64::NAN, |met| met.good)))
        },
        |slice| {
            capacity.set(alone(slice)?);
            Ok(Turn::from(capacity.get()))
        },
    )?;
    // The first turn was to warm up.
    let met = &met.borrow()[1..];
    let median = |pick: fn(&Met) -> f64| Spread::of(met.iter().map(pick).collect()).median;
    let work = format!(
        "{} at {TIMES} times the rate, one core: {:.0} /s came, {:.0} found {MANY} connections busy, {:.0} refused, {:.0} late",
        kind.name(),
        median(|met| met.came),
        median(|met| met.crowded_out),
        median(|met| met.refused),
        median(|met| met.late),
    );
    let behind = median(|met| met.behind / met.came);
    if behind > MOSTLY {
        report::not_measured(&work, &format!("the generator sent {:.0} % of them late", behind * 100.0));
        return Ok(());
    }
    let line = Line {
        work,
        yardstick: "the most that is answered to clients that wait, one core",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.9),
    };
    line.print();
    Ok(())
}
