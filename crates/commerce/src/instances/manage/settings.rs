//! Settings through the control API: what they are, what they say where, changing them and falling back.

use patron_sql::Session;
use patron_webapi::{Fault, Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Members, refused, sharing, unknown};
use crate::{
    directory::countries,
    failure::Result,
    groups,
    instances::{
        Catalogue,
        catalogue::StoredScope,
        settings::{self, Kind, Narrowest, Setting},
        store,
    },
};

/// A setting as the control API shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingView<'c> {
    path: &'static str,
    about: &'static str,
    default: &'static str,
    value: &'c str,
    scopes: &'static [&'static str],
    overrides: Vec<Override<'c>>,
}

/// A value that holds for one website or store view only.
#[derive(Debug, Serialize, JsonSchema)]
struct Override<'c> {
    scope: &'static str,
    code: &'c str,
    value: &'c str,
}

/// Where a value is put or dropped.
struct Place {
    setting: &'static Setting,
    scope: StoredScope,
}

/// Every setting in its order, with the instance's value and those of websites and store views.
pub fn list(catalogue: &Catalogue) -> Vec<SettingView<'_>> {
    settings::ALL.iter().map(|setting| view(catalogue, setting)).collect()
}

fn view<'c>(catalogue: &'c Catalogue, setting: &'static Setting) -> SettingView<'c> {
    let stored = catalogue.stored_settings().filter(|(path, _, _)| *path == setting.path);
    let mut overrides: Vec<Override<'c>> = stored
        .filter_map(|(_, scope, value)| {
            let (scope, code) = match scope {
                StoredScope::Default => return None,
                StoredScope::Website(id) => ("website", catalogue.website(id)?.code.as_str()),
                StoredScope::Store(id) => ("store", catalogue.store_view(id)?.code.as_str()),
            };
            Some(Override { scope, code, value })
        })
        .collect();
    overrides.sort_by_key(|one| (one.scope == "store", one.code));
    SettingView {
        path: setting.path,
        about: setting.about,
        default: setting.default,
        value: catalogue.default_setting(setting),
        scopes: scopes(setting.narrowest),
        overrides,
    }
}

fn scopes(narrowest: Narrowest) -> &'static [&'static str] {
    match narrowest {
        Narrowest::Default => &["default"],
        Narrowest::Website => &["default", "website"],
        Narrowest::Store => &["default", "website", "store"],
    }
}

/// Stores values: one `{"path", "scope"?, "code"?, "value"}` or a list of them, all or none.
pub fn put(sql: Session<'_>, catalogue: &Catalogue, body: &Value) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    for one in body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice) {
        let mut members = Members::of(one)?;
        let place = place(catalogue, &mut members)?;
        let value = text(&members.need("value")?)?;
        members.finish()?;
        check(sql, catalogue, place.setting, &value)?;
        store::put_setting(sql, tenant, place.setting.path, place.scope, &value)?;
        follow(sql, tenant, place.setting, &value)?;
    }
    store::touch(sql, tenant)
}

/// Drops the value that `{"path", "scope"?, "code"?}` names: what the wider scope says holds again.
pub fn drop(sql: Session<'_>, catalogue: &Catalogue, body: &Value) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let mut members = Members::of(body)?;
    let place = place(catalogue, &mut members)?;
    members.finish()?;
    store::drop_setting(sql, tenant, place.setting.path, place.scope)?;
    follow(sql, tenant, place.setting, place.setting.default)?;
    store::touch(sql, tenant)
}

fn place(catalogue: &Catalogue, members: &mut Members) -> Result<Place> {
    let path: String = members.need("path")?;
    let setting =
        settings::find(&path).ok_or_else(|| refused("path", format!("There is no setting {path}.")))?;
    let scope: String = members.take("scope")?.unwrap_or_else(|| "default".to_owned());
    let allowed = scopes(setting.narrowest);
    if !allowed.contains(&scope.as_str()) {
        let message = format!("scope must be one of {allowed:?} for {path}.");
        return Err(refused("scope", message).into());
    }
    let scope = match scope.as_str() {
        "website" => {
            let code: String = members.need("code")?;
            let website = catalogue.websites.iter().find(|website| website.code == code);
            StoredScope::Website(website.ok_or_else(|| unknown("website", &code))?.id)
        }
        "store" => {
            let code: String = members.need("code")?;
            StoredScope::Store(
                catalogue.store_view_by_code(&code).ok_or_else(|| unknown("store view", &code))?.id,
            )
        }
        _ => StoredScope::Default,
    };
    Ok(Place { setting, scope })
}

/// Numbers and flags may be sent as such.
fn text(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(i64::from(*flag).to_string()),
        _ => Err(refused("value", "value must be a text, a number, true or false.")),
    }
}

fn check(sql: Session<'_>, catalogue: &Catalogue, setting: &Setting, value: &str) -> Result<()> {
    setting.check(value).map_err(|message| refused("value", message))?;
    if setting.kind == Kind::Countries {
        let unknown = value.split(',').find(|code| !code.is_empty() && countries::find(code).is_none());
        if let Some(code) = unknown {
            return Err(refused("value", format!("There is no country {code}.")).into());
        }
    }
    if setting.path == settings::DEFAULT_GROUP.path {
        let id = value.parse().unwrap_or(0);
        if id == 0 || !groups::store::exists(sql, catalogue.instance.tenant.0, id)? {
            return Err(refused("value", format!("There is no customer group {value} for customers.")).into());
        }
    }
    Ok(())
}

/// Does what a new instance-wide value of some settings takes besides storing it.
fn follow(sql: Session<'_>, tenant: i64, setting: &Setting, value: &str) -> Result<()> {
    match setting.path {
        path if path == settings::ACCOUNT_SHARING.path => sharing::set(sql, tenant, value == "0"),
        // Kept documents show what this setting says, or do not.
        path if path == settings::SHOW_ASSISTANCE.path => sharing::forget_documents(sql, tenant),
        _ => Ok(()),
    }
}
