//! Mail to customers: what is written, the queue it waits in, and the inbox it can be read from.
//!
//! A mail is queued in the unit of work that causes it, so that it exists exactly when the change does. The row holds a template's name
//! and the values for it; words are made when the mail is read or sent, outside the writer. One table is queue and inbox.
//!
//! | file | thought |
//! |---|---|
//! | [`model`] | a mail, its template and its state |
//! | [`context`] | the values that templates may use |
//! | [`links`] | where a mail's links lead |
//! | [`queue`](mod@queue) | writing a mail down |
//! | [`templates`] | values to words |
//! | [`delivery`] | taking, sending, trying again, giving up |
//! | [`store`] | all SQL |
//!
//! Knows nothing of SMTP or of how a message is encoded.

pub mod context;
pub mod delivery;
pub mod links;
pub mod model;
pub mod queue;
pub mod store;
pub mod templates;
#[cfg(test)]
mod tests;

pub use context::Context;
pub use model::{Mail, Rendered, State, Template};
pub use queue::{Details, queue};
pub use templates::Templates;
