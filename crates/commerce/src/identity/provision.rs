//! Everything of identity that a new instance needs: an organisation of its own, a project and a credential, so that no other
//! instance's token opens it.

use patron_sql::Session;

use super::{CreatedCredential, NewCredential, Organisation, credentials, organisations, projects};
use crate::{Moment, failure::Result};

/// What [`provision`] made.
#[derive(Debug)]
pub struct Provisioned {
    /// The organisation, named after the instance.
    pub organisation: Organisation,
    /// Its credential; the secret is shown once.
    pub credential: CreatedCredential,
}

/// Makes an organisation with a project and a server-to-server credential that has the tutorial's scopes.
pub fn provision(sql: Session<'_>, moment: Moment<'_>, name: &str) -> Result<Provisioned> {
    let organisation = organisations::create(sql, moment, name)?;
    projects::create(sql, moment, organisation.id, name)?;
    let credential =
        credentials::create_server_to_server(sql, moment, organisation.id, NewCredential::default())?;
    Ok(Provisioned { organisation, credential })
}
