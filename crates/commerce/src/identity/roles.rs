//! Roles: sets of ACL resources, for all instances of an organisation or for one, that users and credentials are given.

use std::collections::{BTreeMap, BTreeSet};

use patron_sql::Session;
use patron_webapi::Fault;

use super::{Credential, Resources, Role, User, epoch, store::accounts};
use crate::{
    Moment,
    failure::Result,
    instances::{
        self,
        counters::{self, Counter},
    },
};

/// Characters of a role's name.
const LONGEST_NAME: usize = 100;
/// Resources of a role.
const MOST_RESOURCES: usize = 1000;

/// What the maker of a role decides.
#[derive(Debug, Clone, Default)]
pub struct NewRole {
    /// The name, once in an organisation.
    pub name: String,
    /// The instance in which it counts; None for all.
    pub instance_code: Option<String>,
    /// What it allows.
    pub resources: Resources,
}

/// What somebody may do: in every instance, and in those with roles of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// In an instance that is not named below.
    pub everywhere: Resources,
    /// By instance: what may be done there, [`Self::everywhere`] included.
    pub in_instances: BTreeMap<String, Resources>,
}

/// Makes a role.
pub fn create(sql: Session<'_>, moment: Moment<'_>, organisation_id: i64, new: NewRole) -> Result<Role> {
    let role = Role {
        id: counters::next(sql, 0, Counter::Role)?,
        organisation_id,
        name: new.name.trim().to_owned(),
        instance_code: new.instance_code,
        resources: new.resources,
        created_at: moment.millis(),
    };
    check(sql, &role)?;
    if !accounts::add_role(sql, &role)? {
        return Err(taken().into());
    }
    Ok(role)
}

/// Changes a role; what its holders may do is another at once.
pub fn change(sql: Session<'_>, moment: Moment<'_>, changed: &Role) -> Result<()> {
    check(sql, changed)?;
    let others = accounts::roles(sql, changed.organisation_id)?;
    let same_name = |other: &Role| accounts::folded(&other.name) == accounts::folded(&changed.name);
    if others.iter().any(|other| other.id != changed.id && same_name(other)) {
        return Err(taken().into());
    }
    accounts::change_role(sql, changed)?;
    epoch::advance(sql, moment)
}

/// Deletes a role and takes it from all who had it. False when there is none.
pub fn delete(sql: Session<'_>, moment: Moment<'_>, id: i64) -> Result<bool> {
    let existed = accounts::delete_role(sql, id)?;
    epoch::advance(sql, moment)?;
    Ok(existed)
}

/// The role with this key.
pub fn find(sql: Session<'_>, id: i64) -> Result<Option<Role>> {
    accounts::role(sql, id)
}

/// The roles of an organisation, oldest first.
pub fn of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Role>> {
    accounts::roles(sql, organisation_id)
}

/// The roles of a credential, oldest first.
pub fn of_credential(sql: Session<'_>, credential_id: i64) -> Result<Vec<Role>> {
    accounts::roles_of_credential(sql, credential_id)
}

/// Gives a credential these roles and no others.
pub fn give_to_credential(
    sql: Session<'_>,
    moment: Moment<'_>,
    credential: &Credential,
    role_ids: &[i64],
) -> Result<()> {
    check_owned(sql, credential.organisation_id, role_ids)?;
    accounts::set_roles_of_credential(sql, credential.id, role_ids)?;
    epoch::advance(sql, moment)
}

/// Deletes the roles of an instance that is no more.
pub fn forget_instance(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation_id: i64,
    instance_code: &str,
) -> Result<()> {
    for role in accounts::roles(sql, organisation_id)? {
        if role.instance_code.as_deref() == Some(instance_code) {
            delete(sql, moment, role.id)?;
        }
    }
    Ok(())
}

/// Refuses keys that are no roles of the organisation.
pub(super) fn check_owned(sql: Session<'_>, organisation_id: i64, role_ids: &[i64]) -> Result<()> {
    for id in role_ids {
        if accounts::role(sql, *id)?.is_none_or(|role| role.organisation_id != organisation_id) {
            let fault = Fault::bad_request(format!("The organization has no role {id}."));
            return Err(fault.with("field", "roles").into());
        }
    }
    Ok(())
}

/// What a server's credential may do: what its roles say, or all that it is narrowed to when it has none
/// (`spec/ims-open-questions.md` 26).
pub(super) fn rights_of_credential(sql: Session<'_>, credential: &Credential) -> Result<Rights> {
    let roles = accounts::roles_of_credential(sql, credential.id)?;
    if roles.is_empty() {
        return Ok(Rights { everywhere: credential.resources.clone(), in_instances: BTreeMap::new() });
    }
    Ok(rights(&roles, &credential.resources))
}

/// What a user may do through a credential: what the user's roles say, within what the credential is narrowed to. Nothing without a
/// role.
pub(super) fn rights_of_user(sql: Session<'_>, user: &User, credential: &Credential) -> Result<Rights> {
    Ok(rights(&accounts::roles_of_user(sql, user.id)?, &credential.resources))
}

/// What a list of roles adds up to, within `narrowed_to`.
pub(super) fn rights(roles: &[Role], narrowed_to: &Resources) -> Rights {
    let nothing = Resources::Only(BTreeSet::new());
    let union = |counts: &dyn Fn(&Role) -> bool| {
        let sum = roles.iter().filter(|role| counts(role));
        sum.fold(nothing.clone(), |sum, role| sum.or(&role.resources)).and(narrowed_to)
    };
    let instances: BTreeSet<&str> = roles.iter().filter_map(|role| role.instance_code.as_deref()).collect();
    let counts_in = |role: &Role, code: &str| role.instance_code.as_deref().is_none_or(|own| own == code);
    Rights {
        everywhere: union(&|role| role.instance_code.is_none()),
        in_instances: instances
            .into_iter()
            .map(|code| (code.to_owned(), union(&|role| counts_in(role, code))))
            .collect(),
    }
}

fn check(sql: Session<'_>, role: &Role) -> Result<()> {
    let wrong = |field: &str, rule: String| Err(Fault::bad_request(rule).with("field", field).into());
    if role.name.is_empty()
        || role.name.chars().count() > LONGEST_NAME
        || role.name.chars().any(char::is_control)
    {
        return wrong("name", "name must be a text of 1 to 100 characters.".to_owned());
    }
    if let Some(code) = &role.instance_code {
        let instance = instances::store::find(sql, code)?;
        if instance.is_none_or(|instance| instance.organisation_id != role.organisation_id) {
            return wrong("instance_id", format!("The organization has no instance {code}."));
        }
    }
    let Resources::Only(names) = &role.resources else { return Ok(()) };
    if names.len() > MOST_RESOURCES {
        return wrong("resources", format!("A role has at most {MOST_RESOURCES} resources."));
    }
    match names.iter().find(|name| !is_resource(name)) {
        Some(name) => {
            wrong("resources", format!("{name:?} is no resource such as Magento_Customer::manage."))
        }
        None => Ok(()),
    }
}

/// `Vendor_Module::name`: a resource that no row names yet may be given, as in the original.
pub fn is_resource(name: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name.len() <= 200 && name.split_once("::").is_some_and(|(module, rest)| word(module) && word(rest))
}

fn taken() -> Fault {
    Fault::new(409, "The organization has a role of this name.").with("field", "name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(instance_code: Option<&str>, names: &[&str]) -> Role {
        Role {
            id: 1,
            organisation_id: 1,
            name: "r".to_owned(),
            instance_code: instance_code.map(str::to_owned),
            resources: Resources::from_names(names.iter().map(|name| (*name).to_owned())),
            created_at: 0,
        }
    }

    fn only(names: &[&str]) -> Resources {
        role(None, names).resources
    }

    #[test]
    fn roles_add_up_and_those_of_an_instance_count_there_alone() {
        let roles = [role(None, &["A::a"]), role(Some("x"), &["A::b"]), role(Some("y"), &["A::c"])];
        let rights = rights(&roles, &Resources::All);
        assert_eq!(rights.everywhere, only(&["A::a"]));
        assert_eq!(rights.in_instances["x"], only(&["A::a", "A::b"]));
        assert_eq!(rights.in_instances["y"], only(&["A::a", "A::c"]));
    }

    #[test]
    fn no_role_is_no_right_and_a_narrowed_credential_narrows_every_role() {
        assert_eq!(rights(&[], &Resources::All).everywhere, only(&[]));
        let roles = [role(None, &["Magento_Backend::all"]), role(Some("x"), &["A::b"])];
        let rights = rights(&roles, &only(&["A::a"]));
        assert_eq!((rights.everywhere, rights.in_instances["x"].clone()), (only(&["A::a"]), only(&["A::a"])));
    }

    #[test]
    fn a_resource_is_a_module_and_a_name() {
        assert!(is_resource("Magento_Customer::manage"));
        for bad in ["", "Magento_Customer", "a::", "::b", "a::b::c", "a::b,c"] {
            assert!(!is_resource(bad), "{bad}");
        }
    }
}
