//! Customers in and out of the data folder while no server runs: `patron import`, `patron export` and `patron clone`.
//!
//! | file | thought |
//! |---|---|
//! | [`target`] | the instance that is written to or read from |
//! | [`source`] | a file as entries with their row numbers |
//! | [`import`] | entries into the database: two threads, one reading ahead of the other |
//! | [`rejects`] | rows that were refused, as a file that can be imported again |
//! | [`export`] | the database as a file |
//! | [`gauge`] | progress for whoever watches |
//! | [`clone`] | another server's customers |

pub mod clone;
pub mod export;
pub mod gauge;
pub mod import;
mod rejects;
mod source;
mod target;

use std::process::ExitCode;

use clap::ValueEnum;
use patron_commerce::transfer::columns::Layout;

/// The exit code of a transfer that is done but for entries that were refused.
const SOME_REFUSED: u8 = 3;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON Lines: one customer a line as the API shows it, with addresses and added attributes.
    Jsonl,
    /// CSV, one customer a row: Commerce's "Customers Main File".
    Customers,
    /// CSV, one address a row: Commerce's "Customer Addresses".
    Addresses,
    /// CSV, customers with their addresses: Commerce's "Customers and Addresses (single file)".
    Composite,
}

impl Format {
    /// The layout of the rows; None for JSON Lines.
    fn layout(self) -> Option<Layout> {
        match self {
            Self::Jsonl => None,
            Self::Customers => Some(Layout::Customers),
            Self::Addresses => Some(Layout::Addresses),
            Self::Composite => Some(Layout::Composite),
        }
    }

    /// The form that a file's name promises: CSV for `.csv`, otherwise JSON Lines.
    fn of_name(path: &std::path::Path) -> Self {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Self::Composite,
            _ => Self::Jsonl,
        }
    }
}

fn exit_code(refused: u64) -> ExitCode {
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REFUSED) }
}
