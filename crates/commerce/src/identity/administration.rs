//! Who administers what, which is who may use the console.
//!
//! * A user **administers** the own organisation with a role that allows everything in every instance of it; a role of one instance, or
//!   one that names resources, is for the REST API and not enough.
//! * One organisation is the **operators'**: the first that a service had. Who administers it administers all organisations, as the
//!   holder of the control key does.

use patron_sql::Session;

use super::{Organisation, Resources, User, store, users};
use crate::failure::Result;

/// Which organisations a user administers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// None: the console is not for this user.
    Nothing,
    /// The one with this key.
    One(i64),
    /// Every one.
    All,
}

impl Reach {
    /// Whether an organisation is among them.
    pub fn covers(self, organisation_id: i64) -> bool {
        match self {
            Self::Nothing => false,
            Self::One(own) => own == organisation_id,
            Self::All => true,
        }
    }
}

/// What a user administers now.
pub fn reach(sql: Session<'_>, user: &User) -> Result<Reach> {
    let roles = users::roles_of(sql, user)?;
    let may_everything =
        roles.iter().any(|role| role.resources == Resources::All && role.instance_code.is_none());
    if !user.is_active || !may_everything {
        return Ok(Reach::Nothing);
    }
    Ok(match store::operators(sql)? {
        Some(operators) if operators == user.organisation_id => Reach::All,
        _ => Reach::One(user.organisation_id),
    })
}

/// The operators' organisation, once there is one.
pub fn operators(sql: Session<'_>) -> Result<Option<Organisation>> {
    match store::operators(sql)? {
        Some(id) => store::organisation(sql, id),
        None => Ok(None),
    }
}

/// Makes an organisation the operators', unless there is one that is.
pub fn appoint(sql: Session<'_>, organisation: &Organisation) -> Result<()> {
    match operators(sql)? {
        Some(_) => Ok(()),
        None => store::set_operators(sql, organisation.id),
    }
}

/// Whether an organisation is the operators'. It goes only when somebody deletes it by name, never together with an instance.
pub fn is_operators(sql: Session<'_>, organisation_id: i64) -> Result<bool> {
    Ok(store::operators(sql)? == Some(organisation_id))
}
