//! Identity over the control API: what the developer console manages.
//!
//! | file | thought |
//! |---|---|
//! | `organizations.rs`, `projects.rs` | what owns the rest |
//! | `credentials.rs`, `secrets.rs` | how clients get tokens |
//! | `users.rs`, `roles.rs` | who may sign in, and what anybody may do |
//! | `keys.rs` | what signs tokens |
//!
//! An organization is named by its `<24 HEX>@AdobeOrg`, a credential by its client id, a user by its user id.

mod credentials;
mod keys;
mod organizations;
mod projects;
mod roles;
mod secrets;
mod users;

use jiff::Timestamp;
use patron_commerce::{
    Failure,
    identity::{self, Organisation, Resources, organisations},
};
use patron_sql::Session;
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::table::Table;

/// The routes of this folder.
pub fn routes() -> Table {
    organizations::routes()
        .and(projects::routes())
        .and(credentials::routes())
        .and(secrets::routes())
        .and(users::routes())
        .and(roles::routes())
        .and(keys::routes())
}

/// The organization of a path.
fn organization(sql: Session<'_>, org_id: &str) -> Result<Organisation, Failure> {
    let found = organisations::find_by_ims_org_id(sql, org_id)?;
    Ok(found.ok_or_else(|| Fault::not_found("There is no such organization."))?)
}

/// The instant of epoch milliseconds, as `2026-11-23T19:00:00Z`.
fn instant(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Resources as they are sent and shown: `"all"`, or a list of names such as `Magento_Customer::manage`.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Granted {
    All(All),
    Only(Vec<String>),
}

/// The word.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum All {
    All,
}

fn show_resources(resources: &Resources) -> Granted {
    match resources {
        Resources::All => Granted::All(All::All),
        Resources::Only(names) => Granted::Only(names.iter().cloned().collect()),
    }
}

/// Reads [`Granted`].
fn read_resources(value: &Value) -> Result<Resources, Fault> {
    let wrong = || {
        Fault::bad_request("resources must be \"all\" or a list of names such as Magento_Customer::manage.")
            .with("field", "resources")
    };
    match value {
        Value::String(text) if text == "all" => Ok(Resources::All),
        Value::Array(names) => {
            let names: Option<Vec<String>> = names
                .iter()
                .map(|name| {
                    name.as_str().filter(|name| identity::roles::is_resource(name)).map(str::to_owned)
                })
                .collect();
            names.map(Resources::from_names).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}
