//! Four times as much as there is room for: how much of what the service can do it still does.
//!
//! Clients that ask at a fixed rate do not wait for each other: what is not answered within a second of its time is lost, as it would be to a
//! user. The rate is four times what was measured a moment before with clients that do wait.

use std::{cell::Cell, time::Duration};

use anyhow::{Result, ensure};

use crate::{
    load,
    measure::{Plan, Turn, alternate},
    report::{Goal, Line},
    service::{CONNECTIONS, Service},
};

/// Connections of the clients that do not wait: more than wait in any queue of the service.
const MANY: usize = 1024;
/// How often what there is room for.
const TIMES: f64 = 4.0;

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
    /// A page of 20 customers by an infix of the last name.
    Search,
}

/// All kinds, in the order of the table.
pub const KINDS: [Kind; 4] = [Kind::Get, Kind::Create, Kind::Password, Kind::Search];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GETs",
            Self::Create => "creates",
            Self::Password => "creates with a password",
            Self::Search => "searches",
        }
    }

    /// Writes requests of this kind; `series` keeps new e-mail addresses apart.
    fn requests(self, service: &Service, series: u64) -> Requests {
        match self {
            Self::Get => Box::new(service.gets(50)),
            Self::Create => Box::new(service.creates(series, false)),
            Self::Password => Box::new(service.creates(series, true)),
            Self::Search => Box::new(service.searches()),
        }
    }
}

/// What is answered well at four times the rate, beside what can be.
pub fn goodput(plan: Plan, kind: Kind) -> Result<Line> {
    let service = Service::start();
    for number in 0..50 {
        service.instance.add_customer(&format!("ada.lovelace.{number}@example.net"));
    }
    let series = Cell::new(1);
    let next = || {
        series.set(series.get() + 1);
        kind.requests(&service, series.get())
    };
    let alone = |slice: Duration| -> Result<f64> {
        let answers = load::drive(service.address(), CONNECTIONS, slice, next())?;
        ensure!(answers.bad == 0, "{} of {} were refused to clients that wait", answers.bad, kind.name());
        Ok(answers.rate())
    };
    let capacity = Cell::new(alone(plan.slice)?);
    let compared = alternate(
        plan,
        |slice| {
            let rate = capacity.get() * TIMES;
            Ok(Turn::from(load::offer(service.address(), MANY, rate, slice, next())?))
        },
        |slice| {
            capacity.set(alone(slice)?);
            Ok(Turn::from(capacity.get()))
        },
    )?;
    Ok(Line {
        work: format!("{} at {TIMES} times the rate, answered within a second", kind.name()),
        yardstick: "the most that is answered",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.9),
    })
}
