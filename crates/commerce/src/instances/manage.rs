//! Changing an instance from outside its API: what the control API does to settings, stores and attributes.
//!
//! A refusal is a [`Fault`] whose `field` parameter names the member of the request that is wrong; the control API shows both as
//! `{"message": …, "field": …}`. Everything here is checked again by nobody: what it lets through is what the service lives with.

mod members;
pub mod settings;
pub mod sharing;
pub mod stores;

use patron_sql::Session;
use patron_webapi::Fault;

use super::{Catalogue, store};
use crate::failure::Result;

pub use members::Members;

/// The instance with this id as it is inside this unit of work.
pub fn open(sql: Session<'_>, instance_id: &str) -> Result<Catalogue> {
    let instance = store::find(sql, instance_id)?;
    Catalogue::load(sql, instance.ok_or_else(|| Fault::not_found("There is no such instance."))?)
}

/// The refusal of a request because of one of its members.
pub fn refused(field: &str, message: impl Into<String>) -> Fault {
    Fault::bad_request(message.into()).with("field", field)
}

/// The refusal of a name that nothing has; `kind` begins the sentence: "website".
pub fn unknown(kind: &str, code: &str) -> Fault {
    Fault::not_found(format!("There is no {kind} \"{code}\"."))
}
