//! What a fuzzer throws bytes at: every way in of the service that reads what strangers send. Each target takes any bytes, and panics
//! when the service would have failed inside: that is an answer 500, or worse.
//!
//! | file | thought |
//! |---|---|
//! | [`service`] | the REST API without HTTP, on an instance in memory that no call changes |
//! | [`targets`] | the ways in |
//! | `replay` | the corpus, replayed and mutated within a bounded time, as a test |
//!
//! `fuzz/` runs the same targets under libFuzzer; both read `fuzz/corpus` (`docs/reliability.md`).

// Tokens live in real time.
#![allow(clippy::disallowed_methods)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(test)]
mod replay;
mod service;
pub mod targets;
