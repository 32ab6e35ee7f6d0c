//! The types of calls that are kept for later.

use crate::{Row, identity::Consumer, instances::Scope};

/// Where an operation stands; the numbers are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It ran and its answer is kept.
    Complete = 1,
    /// It failed for a reason that may pass, and will be tried again.
    Retriable = 2,
    /// It was refused, or failed too often.
    Failed = 3,
    /// It waits for its turn.
    Open = 4,
    /// It could not be queued. Patron queues all of a request or nothing, so this stays without members.
    Rejected = 5,
}

impl Status {
    /// The wire's number.
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// What all operations of one request share.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// The key of the instance's rows.
    pub tenant: i64,
    /// Its number within the instance.
    pub id: i64,
    /// The row of the call table that its operations call: verb and path.
    pub row: (String, String),
    /// What the `Store` header selected.
    pub scope: Scope,
    /// Who called.
    pub consumer: Consumer,
    /// The instance's code.
    pub tenant_code: String,
}

impl Bulk {
    /// The position of its row in the table; None when this version has no such row any more.
    pub fn row_in(&self, table: &[Row]) -> Option<usize> {
        let (method, path) = &self.row;
        table.iter().position(|row| row.endpoint.method.verb() == method && row.endpoint.path == path)
    }
}

/// An operation that is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its place in the bulk.
    pub number: i64,
    /// Its status: open or retriable.
    pub status: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// The call's arguments, JSON.
    pub arguments: String,
    /// What the arguments lack, JSON.
    pub secrets: Option<String>,
}

/// An operation as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its place in the bulk.
    pub number: i64,
    /// Where it stands.
    pub status: i64,
    /// The call's arguments, JSON, without secrets; None when it is complete.
    pub arguments: Option<String>,
    /// The call's answer, JSON.
    pub result: Option<String>,
    /// Why it failed; what is said of a complete one is the same for all of its bulk.
    pub message: Option<String>,
    /// 0 when it failed.
    pub error_code: Option<i64>,
}

/// A bulk as it is shown, without its operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its number within the instance.
    pub id: i64,
    /// The name it has on the wire.
    pub uuid: String,
    /// The queue that the original would have put its operations in.
    pub topic: String,
    /// What is said of an operation that is complete.
    pub success: String,
    /// What the `Store` header selected, as the original numbers it.
    pub store_id: String,
    /// The caller's number among the integrations of the instance.
    pub user_id: i64,
    /// When it was accepted, in the wire's form.
    pub start_time: String,
    /// How many operations stand where.
    pub counts: Counts,
}

/// How many operations stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Waiting.
    pub open: i64,
    /// Failed, and tried again.
    pub retriable: i64,
    /// Complete.
    pub complete: i64,
    /// Failed.
    pub failed: i64,
}

impl Counts {
    /// All of them.
    pub fn all(self) -> i64 {
        self.open + self.retriable + self.complete + self.failed
    }

    /// Those with a status, by the wire's number.
    pub fn with(self, status: i64) -> i64 {
        match status {
            1 => self.complete,
            2 => self.retriable,
            3 => self.failed,
            4 => self.open,
            _ => 0,
        }
    }

    /// One operation has moved from where `status` says to another place.
    pub fn moved(&mut self, status: i64, to: Status) {
        match status {
            2 => self.retriable -= 1,
            _ => self.open -= 1,
        }
        match to {
            Status::Complete => self.complete += 1,
            Status::Retriable => self.retriable += 1,
            Status::Open => self.open += 1,
            Status::Failed | Status::Rejected => self.failed += 1,
        }
    }
}

/// A scope as it is stored.
pub fn scope_to_column(scope: Scope) -> String {
    match scope {
        Scope::Default => "default".to_owned(),
        Scope::All => "all".to_owned(),
        Scope::Store(id) => id.to_string(),
    }
}

/// Reads [`scope_to_column`].
pub fn scope_from_column(column: &str) -> Scope {
    match column {
        "all" => Scope::All,
        other => other.parse().map_or(Scope::Default, Scope::Store),
    }
}
