//! `POST /V1/import/json` (`spec/accs-customer-operations.md` 1.10 op 52): rows of the original's import files as flat objects.
//!
//! Every row is checked before any is written. With `validation-stop-on-errors` one bad row means that nothing is written; with
//! `validation-skip-errors` up to `allowed_error_count` of them are left out. The answer is one line for each problem, then how many
//! entities were processed, if any were.

mod run;
mod source;

use patron_webapi::{Method, arguments};

use crate::{Row, customers::password::Place};

pub use source::{Items, Source};

arguments! {
    /// What `POST /V1/import/json` takes.
    pub struct ImportJson {
        /// What to import, and how.
        required source: Source,
    }
}

impl ImportJson {
    /// The passwords among the rows.
    pub fn passwords(&mut self) -> Vec<Place<'_>> {
        self.source.passwords()
    }
}

/// The path of the import, whose body may be as large as a bulk.
pub const PATH: &str = "/V1/import/json";

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::with_passwords(
            Method::Post,
            PATH,
            &["Magento_ImportExport::import"],
            run::import,
            ImportJson::passwords,
        )
        .service("startimportinterface.execute")
        .answers("[string]"),
    ]
}
