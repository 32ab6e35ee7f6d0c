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

use axum::Router;
use jiff::Timestamp;
use patron_commerce::{
    Failure,
    identity::{self, Organisation, Resources, organisations},
};
use patron_sql::Session;
use patron_webapi::Fault;
use serde_json::{Value, json};

use crate::state::App;

/// The routes of this folder.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(organizations::routes())
        .merge(projects::routes())
        .merge(credentials::routes())
        .merge(secrets::routes())
        .merge(users::routes())
        .merge(roles::routes())
        .merge(keys::routes())
}

/// The organization of a path.
fn organization(sql: Session<'_>, org_id: &str) -> Result<Organisation, Failure> {
    let found = organisations::find_by_ims_org_id(sql, org_id)?;
    Ok(found.ok_or_else(|| Fault::not_found("There is no such organization."))?)
}

/// The instant of epoch milliseconds, as `2026-11-23T19:00:00Z`.
fn instant(ms: i64) -> Value {
    Timestamp::from_millisecond(ms)
        .map_or(Value::Null, |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
}

/// Resources as they are sent and shown: `"all"`, or a list of names.
fn show_resources(resources: &Resources) -> Value {
    match resources {
        Resources::All => json!("all"),
        Resources::Only(names) => json!(names),
    }
}

/// Reads [`show_resources`].
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
