//! The first user of an organisation: who can sign in to the console before anybody else was invited. Made by the first start in
//! development mode and by `patron init`; whoever calls twice, or on two nodes at once, finds the user that is there.

use patron_sql::Session;

use super::{
    Organisation, Resources, User, administration,
    roles::{self, NewRole},
    users::{self, NewUser},
};
use crate::{Moment, failure::Result};

/// The address when nobody named one.
pub const DEFAULT_EMAIL: &str = "admin@localhost";
/// The role that the first user has: everything, in every instance of the organisation.
pub const ROLE: &str = "Administrator";
/// Letters and digits that nobody confuses when reading them off a screen.
const READABLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The first user, and whether it was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstUser {
    /// There was none: this one was made.
    Made(User),
    /// The organisation's oldest user; nothing was changed.
    Known(User),
}

/// A password for people to copy: four groups of five characters, 99 bits.
pub fn password(moment: Moment<'_>) -> String {
    let groups: Vec<String> = (0..4).map(|_| moment.characters(READABLE, 5)).collect();
    groups.join("-")
}

/// Finds the organisation's oldest user, or makes one with this e-mail address, this hash of a password and every right. The first
/// organisation that has one becomes the operators'.
pub fn ensure(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation: &Organisation,
    email: &str,
    password_hash: &str,
) -> Result<FirstUser> {
    administration::appoint(sql, organisation)?;
    if let Some(known) = users::of_organisation(sql, organisation.id)?.into_iter().next() {
        return Ok(FirstUser::Known(known));
    }
    let new = NewUser {
        email: email.to_owned(),
        password_hash: Some(password_hash.to_owned()),
        roles: vec![role(sql, moment, organisation)?],
        ..NewUser::default()
    };
    Ok(FirstUser::Made(users::create(sql, moment, organisation, new)?))
}

/// The key of the organisation's role of that name. One that was narrowed meanwhile stays so.
fn role(sql: Session<'_>, moment: Moment<'_>, organisation: &Organisation) -> Result<i64> {
    let known = roles::of_organisation(sql, organisation.id)?.into_iter().find(|role| role.name == ROLE);
    if let Some(known) = known {
        return Ok(known.id);
    }
    let new = NewRole { name: ROLE.to_owned(), instance_code: None, resources: Resources::All };
    Ok(roles::create(sql, moment, organisation.id, new)?.id)
}
