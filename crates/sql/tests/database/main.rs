//! What the boundary promises, on both engines: files, reads, writes, and what a shared server adds.
#![allow(clippy::unwrap_used, missing_docs)]

#[macro_use]
mod engines;
mod files;
mod network;
mod numbers;
mod postgres;
mod reads;
mod secured;
mod upgrade;
mod writes;
