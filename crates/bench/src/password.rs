//! Passwords: creates that hash one beside bare Argon2 on all cores, and reads beside creates that hash.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::{
    get,
    load::{self, Looks},
    measure::{self, Plan, Turn},
    report::{Goal, Line},
    service::{CONNECTIONS, Service},
};

/// Connections of the readers whose times are compared.
const READERS: usize = 8;

/// Creates with a password, beside hashes of the same parameters on all cores.
pub fn creates(plan: Plan) -> Result<Line> {
    let service = Service::start();
    let mut series = 0;
    let compared = measure::alternate(
        plan,
        |slice| {
            series += 1;
            let requests = service.creates(series, true);
            get::turn(Looks::AtOnce, service.address(), service.patron.pid(), slice, requests)
        },
        |slice| Ok(Turn::from(hashes(slice))),
    )?;
    Ok(Line {
        work: format!("POST a customer with password, {CONNECTIONS} connections"),
        yardstick: "Argon2id of the same parameters on all cores",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.95),
    })
}

/// The 99th percentile of GETs while passwords are hashed on all cores, beside GETs alone.
pub fn reads_beside(plan: Plan) -> Result<Line> {
    let service = Service::start();
    for number in 0..50 {
        service.instance.add_customer(&format!("read.{number}@example.com"));
    }
    let mut series = 0;
    let compared = measure::alternate(
        plan,
        |slice| {
            series += 1;
            let (address, creates) = (service.address().to_owned(), service.creates(series, true));
            let busy = thread::spawn(move || {
                let mut creates = creates;
                load::drive(
                    &address,
                    CONNECTIONS,
                    slice + Duration::from_millis(400),
                    move |number, out: &mut Vec<u8>| creates(number, out),
                )
            });
            thread::sleep(Duration::from_millis(200));
            let times = slowest_reads(&service, slice);
            let hashed = busy.join().expect("a load does not panic")?;
            ensure!(hashed.bad == 0 && hashed.good > 0, "{} creates were refused", hashed.bad);
            times
        },
        |slice| slowest_reads(&service, slice),
    )?;
    Ok(Line {
        work: format!("GET while {CONNECTIONS} connections set passwords, {READERS} connections, p99"),
        yardstick: "GET alone, p99",
        unit: "µs",
        compared,
        goal: Goal::AtMost(3.0),
    })
}

fn slowest_reads(service: &Service, slice: Duration) -> Result<Turn> {
    let mut answers = load::drive(service.address(), READERS, slice, service.gets(50))?;
    ensure!(answers.bad == 0, "{} reads were refused", answers.bad);
    Ok(Turn::from(answers.quantile(0.99)))
}

/// Hashes a second: a thread a core, each with its own memory, kept from hash to hash.
fn hashes(slice: Duration) -> f64 {
    // As `patron_token::password` has them: OWASP's first recommendation.
    let parameters = Params::new(19 * 1024, 2, 1, Some(32)).expect("parameters within the bounds");
    let done = AtomicU64::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.clone());
                let mut memory = vec![Block::new(); parameters.block_count()];
                let mut out = [0; 32];
                while started.elapsed() < slice {
                    argon2
                        .hash_password_into_with_memory(b"Tr0ub4dor&3x", &[7; 16], &mut out, &mut memory)
                        .expect("the memory is as large as the parameters say");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}
