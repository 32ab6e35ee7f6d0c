//! The token that lets a password be set without the old one. A customer has at most one, and it is stored as a hash.

use patron_token::secret;
use zeroize::Zeroizing;

use crate::Moment;

/// A token that nobody has yet.
pub struct ResetToken {
    /// In clear, only here: it goes into a mail.
    pub clear: Zeroizing<String>,
    /// What is stored.
    pub hash: String,
    /// When it was made.
    pub made_at: String,
}

impl ResetToken {
    /// Makes one.
    pub fn new(moment: Moment<'_>) -> Self {
        let clear = secret::opaque_token("", &moment.bytes());
        Self { hash: secret::hash(&clear), clear, made_at: moment.text() }
    }
}
