//! Starts the real Patron for tests, and replays recorded exchanges against it.
//!
//! Development only: nobody ships this crate, and it imports no other crate of Patron. Everything here talks to the
//! binary over sockets, as a customer of the API does, so a test that passes here has passed through everything.
//!
//! * [`Patron`] is a running server with a port and a data folder of its own, gone when dropped.
//! * [`Instance`] is a fresh, empty instance of a server, with a token and short calls.
//! * [`Engine`] is the one that stories run on; `./test` runs them on both.
//! * [`postgres`] gives out fresh databases of a PostgreSQL server started for the tests.
//! * [`Proxy`] is the network between a node and its database, and can fail.
//! * [`Browser`] is a user's browser: it keeps cookies, fills in forms and shows where it was sent.
//! * [`clients`] are other people's clients, from npm and PyPI.
//! * [`issuer`] is another issuer of tokens, scripted.
//! * [`chromium`] is a real browser without a window.
//! * [`Console`] is a browser in which somebody has signed in to the console.
//! * [`consistency`] looks into a database for customers that are half there.
//! * [`otlp`] receives traces.
//! * [`wire`] sends bytes exactly as given: odd methods, odd paths, half requests.
//! * [`replay`] plays recorded scenarios and says what differs.

// Waiting for a process and measuring how long it took is what this crate is for.
#![allow(clippy::disallowed_methods)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod binary;
mod browser;
pub mod chromium;
pub mod clients;
pub mod consistency;
mod console;
mod engine;
mod instance;
pub mod issuer;
pub mod login;
mod offline;
pub mod otlp;
mod patron;
pub mod postgres;
mod proxy;
pub mod replay;
pub mod wire;

pub use browser::{Browser, Page};
pub use console::Console;
pub use engine::Engine;
pub use instance::{Answer, Instance, Made, SCOPES, customer};
pub use offline::{command, run};
pub use patron::{Data, Options, Patron};
pub use proxy::{Cut, Proxy};
