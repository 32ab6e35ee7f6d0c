//! Organisations: who owns instances and credentials.

use patron_sql::Session;
use patron_webapi::Fault;

use super::{Organisation, epoch, names, store};
use crate::{
    Moment,
    failure::Result,
    instances::counters::{self, Counter},
};

/// Makes an organisation.
pub fn create(sql: Session<'_>, moment: Moment<'_>, name: &str) -> Result<Organisation> {
    let organisation = Organisation {
        id: counters::next(sql, 0, Counter::Organisation)?,
        ims_org_id: names::ims_org_id(moment),
        name: name.to_owned(),
        created_at: moment.millis(),
    };
    store::add_organisation(sql, &organisation)?;
    Ok(organisation)
}

/// The organisation with this key.
pub fn find(sql: Session<'_>, id: i64) -> Result<Option<Organisation>> {
    store::organisation(sql, id)
}

/// The organisation with this `<24 HEX>@AdobeOrg`.
pub fn find_by_ims_org_id(sql: Session<'_>, ims_org_id: &str) -> Result<Option<Organisation>> {
    store::organisation_by_ims_org_id(sql, ims_org_id)
}

/// Every organisation, oldest first.
pub fn all(sql: Session<'_>) -> Result<Vec<Organisation>> {
    store::organisations(sql)
}

/// Names an organisation anew.
pub fn rename(sql: Session<'_>, organisation: &Organisation, name: &str) -> Result<Organisation> {
    let renamed = Organisation { name: checked_name(name)?, ..organisation.clone() };
    store::rename_organisation(sql, renamed.id, &renamed.name)?;
    Ok(renamed)
}

/// A name that an organisation may have.
pub fn checked_name(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Fault::bad_request("name must be a text of 1 to 255 characters.").with("field", "name"));
    }
    Ok(name.to_owned())
}

/// Deletes an organisation with its projects, credentials, users and roles; their tokens are refused at once. Its instances are the
/// caller's to delete. False when there is none.
pub fn delete_with_everything(sql: Session<'_>, moment: Moment<'_>, id: i64) -> Result<bool> {
    let existed = store::delete_organisation(sql, id)?;
    epoch::advance(sql, moment)?;
    Ok(existed)
}
