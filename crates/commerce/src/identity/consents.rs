//! What users have allowed clients, so that they are asked once.

use patron_sql::Session;
use patron_token::Scopes;

use super::{Credential, User, store::accounts};
use crate::{Moment, failure::Result};

/// Whether the user has allowed the client all of these scopes.
pub fn covers(sql: Session<'_>, user: &User, credential: &Credential, scopes: &Scopes) -> Result<bool> {
    let allowed = accounts::consent(sql, user.id, credential.id)?;
    Ok(allowed.is_some_and(|allowed| scopes.first_outside(&allowed).is_none()))
}

/// Adds to what the user allows the client.
pub fn give(
    sql: Session<'_>,
    moment: Moment<'_>,
    user: &User,
    credential: &Credential,
    scopes: &Scopes,
) -> Result<()> {
    let before = accounts::consent(sql, user.id, credential.id)?.unwrap_or_default();
    let all: Scopes = before.iter().chain(scopes.iter()).map(str::to_owned).collect();
    accounts::set_consent(sql, user.id, credential.id, &all, moment.millis())
}
