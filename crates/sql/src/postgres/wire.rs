//! Runs the protocol of one connection on the thread that wants its answer.
//!
//! `tokio-postgres` splits a connection into a client and a driver. A driver in a task of its own would cost two
//! changes of thread for each statement, and would starve where a runtime's only thread waits for it. Here the waiting
//! thread drives: it sends, sleeps on the socket, reads, and finds its own answer.
#![allow(clippy::disallowed_methods, reason = "a wait needs an end, and real time is what passes meanwhile")]

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::probe;
use super::socket::Link;
use crate::Error;

/// The driver of `tokio-postgres`: ends when the connection does.
pub(super) type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// How long a server may be silent before it is asked, on a new connection, whether it is there at all. A statement may take
/// much longer; the answer to that question does not.
const QUIET: Duration = Duration::from_secs(5);

/// A connection's driver and socket.
pub(super) struct Wire {
    link: Arc<Link>,
    /// `None` before there is one, and after it has ended.
    driver: RefCell<Option<Driver>>,
    stirred: Arc<Stirred>,
    waker: Waker,
}

/// Whether something inside made progress that somebody else inside waits for.
struct Stirred(AtomicBool);

impl Wake for Stirred {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

impl Wire {
    pub(super) fn new(link: Arc<Link>) -> Wire {
        let stirred = Arc::new(Stirred(AtomicBool::new(false)));
        let waker = stirred.clone().into();
        Wire { link, driver: RefCell::new(None), stirred, waker }
    }

    pub(super) fn set_driver(&self, driver: Driver) {
        *self.driver.borrow_mut() = Some(driver);
    }

    /// Drives the connection until `future` is done, for at most `patience`; much less where the server is out of reach.
    pub(super) fn wait<F: Future>(&self, future: F, patience: Duration) -> Result<F::Output, Error> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(&self.waker);
        let end = Instant::now() + patience;
        loop {
            self.stirred.0.store(false, SeqCst);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            self.advance(&mut context);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            if self.stirred.0.load(SeqCst) {
                continue;
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.link.wait(left.min(QUIET)).map_err(Error::unavailable)? {
                continue;
            }
            if left <= QUIET {
                return Err(Error::unavailable("the database server does not answer"));
            }
            probe::ask(&self.link).map_err(Error::unavailable)?;
        }
    }

    /// Starts `future` and sends what it has to say, without waiting for what it hears.
    pub(super) fn fire<F: Future>(&self, future: F) {
        // What it would have heard is taken in, and dropped, when the connection is next driven.
        let _ = pin!(future).poll(&mut Context::from_waker(&self.waker));
    }

    /// Sends what is to be sent and takes in what has come, without waiting. False if the connection has ended.
    pub(super) fn refresh(&self) -> bool {
        let heard = self.link.wait(Duration::ZERO).is_ok();
        self.advance(&mut Context::from_waker(&self.waker));
        heard && self.driver.borrow().is_some()
    }

    /// Sends what is to be sent.
    pub(super) fn flush(&self) {
        self.advance(&mut Context::from_waker(&self.waker));
    }

    fn advance(&self, context: &mut Context<'_>) {
        let mut driver = self.driver.borrow_mut();
        if let Some(running) = driver.as_mut()
            && let Poll::Ready(outcome) = running.as_mut().poll(context)
        {
            // Dropping it tells whoever still waits that the connection is closed.
            *driver = None;
            if let Err(error) = outcome {
                tracing::debug!(%error, "A connection to the database ended.");
            }
        }
    }
}
