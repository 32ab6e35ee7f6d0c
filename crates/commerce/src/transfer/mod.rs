//! Getting customers in and out by the thousand: what a file or another server says of a customer, checked as the API checks it and
//! stored many in one unit of work, without mails.
//!
//! | file | thought |
//! |---|---|
//! | [`entry`] | what is said of one customer, from the wire's JSON |
//! | [`columns`] | the columns of the original's own import files |
//! | [`flat`] | rows of such columns, read into entries |
//! | [`draft`] | an entry as a new customer, checked |
//! | [`put`] | many entries in one unit of work |
//! | [`change`] | an entry laid over a stored customer |
//! | [`sheet`] | a stored customer as rows of such columns |
//! | [`progress`] | how far a transfer has come, kept with what it wrote |
//! | [`store`] | all SQL of this folder |
//! | [`import_json`] | `POST /V1/import/json` |
//!
//! Knows neither files nor sockets: those are the shell's.

pub mod change;
pub mod columns;
pub mod draft;
pub mod entry;
pub mod flat;
pub mod import_json;
pub mod progress;
pub mod put;
pub mod sheet;
pub mod store;

pub use entry::{Action, Entry, Subject};
pub use put::{Checks, Ids, Outcome, Prepared, Rules, Tally};
