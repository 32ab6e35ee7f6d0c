//! The users of an organisation: who may sign in. Passwords come in as hashes; whoever hashes them is the caller.

use patron_sql::Session;
use patron_webapi::Fault;

use super::{Organisation, Role, User, epoch, lockout, names, roles, store, store::accounts, store::flows};
use crate::{
    Moment,
    failure::Result,
    instances::counters::{self, Counter},
};

/// Characters of a password.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=256;
/// Characters of a name.
const LONGEST_NAME: usize = 100;
/// The country of a user of whom nothing is said.
const DEFAULT_COUNTRY: &str = "US";

/// What the maker of a user decides.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The e-mail address: the name to sign in with.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// Two letters; None for `US`.
    pub country: Option<String>,
    /// The hash of the password; None: the user cannot sign in yet.
    pub password_hash: Option<String>,
    /// Keys of the organisation's roles.
    pub roles: Vec<i64>,
}

/// What may be changed of a user; None leaves it.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// Two letters.
    pub country: Option<String>,
    /// The hash of a new password.
    pub password_hash: Option<String>,
    /// Whether the user may sign in.
    pub is_active: Option<bool>,
    /// Keys of the roles from now on.
    pub roles: Option<Vec<i64>>,
}

/// Makes a user.
pub fn create(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation: &Organisation,
    new: NewUser,
) -> Result<User> {
    let user = User {
        id: counters::next(sql, 0, Counter::User)?,
        organisation_id: organisation.id,
        user_id: names::user_id(moment, &organisation.ims_org_id),
        email: new.email.trim().to_owned(),
        first_name: new.first_name.trim().to_owned(),
        last_name: new.last_name.trim().to_owned(),
        country: new.country.unwrap_or_else(|| DEFAULT_COUNTRY.to_owned()).to_uppercase(),
        is_active: true,
        has_password: new.password_hash.is_some(),
        created_at: moment.millis(),
    };
    check(&user)?;
    if !accounts::add_user(sql, &user, new.password_hash.as_deref())? {
        return Err(taken().into());
    }
    roles::check_owned(sql, organisation.id, &new.roles)?;
    accounts::set_roles_of_user(sql, user.id, &new.roles)?;
    Ok(user)
}

/// Changes a user. Another password or a loss of standing ends every session and token of the user.
pub fn change(sql: Session<'_>, moment: Moment<'_>, user: &User, change: UserChange) -> Result<User> {
    let keep =
        |new: Option<String>, old: &str| new.map_or_else(|| old.to_owned(), |new| new.trim().to_owned());
    let changed = User {
        email: keep(change.email, &user.email),
        first_name: keep(change.first_name, &user.first_name),
        last_name: keep(change.last_name, &user.last_name),
        country: keep(change.country, &user.country).to_uppercase(),
        is_active: change.is_active.unwrap_or(user.is_active),
        has_password: user.has_password || change.password_hash.is_some(),
        ..user.clone()
    };
    check(&changed)?;
    let other = accounts::user_with_password(sql, user.organisation_id, &changed.email)?;
    if other.is_some_and(|(other, _)| other.id != user.id) {
        return Err(taken().into());
    }
    accounts::change_user(sql, &changed)?;
    if let Some(hash) = &change.password_hash {
        accounts::set_password(sql, user.id, hash)?;
    }
    if change.password_hash.is_some() || !changed.is_active {
        flows::end_user(sql, user.id)?;
    }
    if let Some(role_ids) = &change.roles {
        roles::check_owned(sql, user.organisation_id, role_ids)?;
        accounts::set_roles_of_user(sql, user.id, role_ids)?;
    }
    epoch::advance(sql, moment)?;
    Ok(changed)
}

/// Deletes a user; the user's tokens are refused at once.
pub fn delete(sql: Session<'_>, moment: Moment<'_>, user: &User) -> Result<()> {
    flows::end_user(sql, user.id)?;
    accounts::delete_user(sql, user.id)?;
    lockout::forgive(sql, user.organisation_id, &user.email)?;
    epoch::advance(sql, moment)
}

/// The user with this `<24 HEX>@<24 hex>`.
pub fn find(sql: Session<'_>, user_id: &str) -> Result<Option<User>> {
    accounts::user_by_user_id(sql, user_id)
}

/// The users of an organisation, oldest first.
pub fn of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<Vec<User>> {
    accounts::users(sql, organisation_id)
}

/// Whether anybody could sign in anywhere.
pub fn there_are_any(sql: Session<'_>) -> Result<bool> {
    accounts::there_are_users(sql)
}

/// The user of an e-mail address, whatever its case, with the password's hash, if there is one.
pub fn to_sign_in(
    sql: Session<'_>,
    organisation_id: i64,
    email: &str,
) -> Result<Option<(User, Option<String>)>> {
    accounts::user_with_password(sql, organisation_id, email)
}

/// The roles of a user, oldest first.
pub fn roles_of(sql: Session<'_>, user: &User) -> Result<Vec<Role>> {
    accounts::roles_of_user(sql, user.id)
}

/// Stores the same password hashed anew; nothing ends.
pub fn rehash(sql: Session<'_>, user_id: i64, hash: &str) -> Result<()> {
    accounts::set_password(sql, user_id, hash)
}

/// The organisation of a user.
pub fn organisation_of(sql: Session<'_>, user: &User) -> Result<Option<Organisation>> {
    store::organisation(sql, user.organisation_id)
}

/// Whether a password is long enough and not too long; what it is made of is the user's matter (NIST SP 800-63B).
pub fn check_password(password: &str) -> Result<(), Fault> {
    if PASSWORD_LENGTH.contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Fault::bad_request("A password has 8 to 256 characters.").with("field", "password"))
}

fn check(user: &User) -> Result<(), Fault> {
    let wrong = |field: &str, rule: &str| {
        Err(Fault::bad_request(format!("{field} must be {rule}.")).with("field", field))
    };
    if !is_email(&user.email) {
        return wrong("email", "an e-mail address");
    }
    for (field, name) in [("first_name", &user.first_name), ("last_name", &user.last_name)] {
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return wrong(field, "a text of at most 100 characters");
        }
    }
    if user.country.len() != 2 || !user.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return wrong("country", "a country code such as US");
    }
    Ok(())
}

/// Enough to sign in with; whether mail arrives there is nobody's concern here.
fn is_email(text: &str) -> bool {
    let plain = text.chars().count() <= 254 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let halves = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    plain && halves
}

fn taken() -> Fault {
    Fault::new(409, "The organization has a user with this e-mail address.").with("field", "email")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_sign_in_with_has_two_halves_and_nothing_invisible() {
        for good in ["a@b", "Ada.Lovelace+x@example.com", "ä@bücher.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n"] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_judged_by_its_length_alone() {
        assert!(check_password("correct horse").is_ok() && check_password("aaaaaaaa").is_ok());
        assert!(check_password("short").is_err() && check_password(&"a".repeat(257)).is_err());
    }
}
