//! The REST operations of customer groups and their rows (`spec/accs-customer-operations.md` 1.4).

use patron_webapi::{Fault, arguments, scalar};

use super::{
    Group, NOT_LOGGED_IN, members,
    save::{self, GroupInput},
    search::search,
    store,
};
use crate::{
    Call, Row,
    failure::Result,
    instances::{self, catalogue::StoredScope, settings},
};

const GROUPS: &[&str] = &["Magento_Customer::group"];
const GROUP: &str = "customer-data-group-interface";

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::post("/V1/customerGroups", GROUPS, post).service("grouprepositoryinterface.save").answers(GROUP),
        Row::get("/V1/customerGroups/:id", GROUPS, get).answers(GROUP),
        Row::put("/V1/customerGroups/:id", GROUPS, put)
            .service("grouprepositoryinterface.save")
            .path_writes("group", "id")
            .answers(GROUP),
        Row::delete("/V1/customerGroups/:id", GROUPS, delete)
            .service("grouprepositoryinterface.deletebyid")
            .answers("boolean"),
        Row::search("/V1/customerGroups/search", GROUPS, search)
            .answers("customer-data-group-search-results-interface"),
        Row::get("/V1/customerGroups/:id/permissions", GROUPS, is_readonly).answers("boolean"),
        Row::get("/V1/customerGroups/default", GROUPS, get_default).answers(GROUP),
        Row::get("/V1/customerGroups/default/:storeId", GROUPS, get_default_of).answers(GROUP),
        Row::put("/V1/customerGroups/default/:id", GROUPS, put_default)
            .service("customergroupconfiginterface.setdefaultcustomergroup")
            .answers("integer"),
    ]
}

arguments! {
    /// A new group.
    pub struct Create {
        /// The group.
        required group: GroupInput,
    }
}

arguments! {
    /// A group that takes the place of a stored one.
    pub struct Save {
        /// The group; its id is the path's.
        required group: GroupInput,
        /// The id as the path has it: text, for its place in `group` is what is checked.
        optional id: String,
    }
}

arguments! {
    /// A group's id.
    pub struct ById {
        /// The id.
        required id: i64,
    }
}

arguments! {
    /// Perhaps a store view's id.
    pub struct OfStore {
        /// The store view; the one of the `Store` header when absent.
        optional store_id: i64,
    }
}

arguments! {
    /// A store view's id.
    pub struct ByStore {
        /// The store view; 0 is the admin's.
        required store_id: i64,
    }
}

/// `POST /V1/customerGroups`: with an id it changes that group, as the original does.
fn post(call: &Call<'_>, sent: &Create) -> Result<Group> {
    save::save(call, &sent.group, sent.group.id.copied())
}

/// `PUT /V1/customerGroups/{id}`
fn put(call: &Call<'_>, sent: &Save) -> Result<Group> {
    // Without an object to write it into, the path's id still decides: a PUT creates nothing.
    let id = sent.group.id.copied().unwrap_or_else(|| scalar::int_cast(sent.id.as_deref().unwrap_or("")));
    save::save(call, &sent.group, Some(id))
}

/// `GET /V1/customerGroups/{id}`
fn get(call: &Call<'_>, sent: &ById) -> Result<Group> {
    find(call, sent.id)
}

/// `DELETE /V1/customerGroups/{id}`: neither visitors nor new customers may be left without a group.
fn delete(call: &Call<'_>, sent: &ById) -> Result<bool> {
    if !store::exists(call.sql, call.tenant(), sent.id)? {
        return Err(unknown(sent.id).into());
    }
    if is_kept(call, sent.id) {
        return Err(Fault::bad_request("Cannot delete group.").into());
    }
    members::move_to_default(call, sent.id)?;
    store::delete(call.sql, call.tenant(), sent.id)?;
    Ok(true)
}

/// `GET /V1/customerGroups/{id}/permissions`: true when it cannot be deleted.
fn is_readonly(call: &Call<'_>, sent: &ById) -> Result<bool> {
    if !store::exists(call.sql, call.tenant(), sent.id)? {
        return Err(Fault::no_such_entity("groupId", sent.id).into());
    }
    Ok(is_kept(call, sent.id))
}

/// `GET /V1/customerGroups/default`
fn get_default(call: &Call<'_>, sent: &OfStore) -> Result<Group> {
    default_group_of_known(call, sent.store_id.unwrap_or_else(|| instances::api::current_store_id(call)))
}

/// `GET /V1/customerGroups/default/{storeId}`
fn get_default_of(call: &Call<'_>, sent: &ByStore) -> Result<Group> {
    default_group_of_known(call, sent.store_id)
}

/// `PUT /V1/customerGroups/default/{id}`: for the whole instance; a website or store view of its own mind keeps it.
fn put_default(call: &Call<'_>, sent: &ById) -> Result<i64> {
    if !store::exists(call.sql, call.tenant(), sent.id)? {
        return Err(unknown(sent.id).into());
    }
    let (path, value) = (settings::DEFAULT_GROUP.path, sent.id.to_string());
    instances::store::put_setting(call.sql, call.tenant(), path, StoredScope::Default, &value)?;
    instances::store::touch(call.sql, call.tenant())?;
    Ok(sent.id)
}

/// The default group of a store view.
pub fn default_group_of(call: &Call<'_>, store_id: i64) -> Result<Group> {
    let setting = call.catalogue.setting(&settings::DEFAULT_GROUP, store_id);
    let group = match setting.parse() {
        Ok(id) => store::find_whole(call.sql, call.tenant(), id)?,
        Err(_) => None,
    };
    Ok(group.ok_or_else(|| Fault::no_such_pair("groupId", setting, "storeId", store_id))?)
}

/// The refusal of a group id that nobody has.
pub fn unknown(id: i64) -> Fault {
    Fault::no_such_entity("id", id)
}

fn default_group_of_known(call: &Call<'_>, store_id: i64) -> Result<Group> {
    if call.catalogue.store_view(store_id).is_none() {
        return Err(Fault::no_such_entity("storeId", store_id).into());
    }
    default_group_of(call, store_id)
}

fn find(call: &Call<'_>, id: i64) -> Result<Group> {
    Ok(store::find_whole(call.sql, call.tenant(), id)?.ok_or_else(|| unknown(id))?)
}

/// Visitors who are not signed in and the default of any store view have a group that stays.
fn is_kept(call: &Call<'_>, id: i64) -> bool {
    let default_of = |store_id| call.catalogue.setting(&settings::DEFAULT_GROUP, store_id).parse() == Ok(id);
    id == NOT_LOGGED_IN || call.catalogue.store_views.iter().any(|view| default_of(view.id))
}
