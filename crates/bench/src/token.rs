//! The token endpoint, beside bare signatures of the same library on all cores.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};

use crate::{
    get,
    load::Looks,
    measure::{self, Plan, Turn},
    report::{Goal, Line},
    service::{CONNECTIONS, Service},
};

/// About as long as what is signed for a token.
const MESSAGE: [u8; 700] = [b'x'; 700];

/// Tokens a second, beside RS256 signatures a second.
pub fn tokens(plan: Plan) -> Result<Line> {
    let service = Service::start();
    let key = KeyPair::generate(KeySize::Rsa2048).ok().context("making a key")?;
    let compared = measure::alternate(
        plan,
        |slice| {
            get::turn(Looks::NowAndThen, service.address(), service.patron.pid(), slice, service.tokens())
        },
        |slice| Ok(Turn::from(signatures(&key, slice))),
    )?;
    Ok(Line {
        work: format!("a token by client credentials, {CONNECTIONS} connections"),
        yardstick: "RS256 signatures of the same library on all cores",
        unit: "/s",
        compared,
        goal: Goal::AtLeast(0.8),
    })
}

fn signatures(key: &KeyPair, slice: Duration) -> f64 {
    let done = AtomicU64::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let (random, mut signature) = (SystemRandom::new(), vec![0; key.public_modulus_len()]);
                while started.elapsed() < slice {
                    key.sign(&RSA_PKCS1_SHA256, &random, &MESSAGE, &mut signature).expect("a good key signs");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}
