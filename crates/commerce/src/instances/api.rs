//! The REST operations of websites, stores and store views and their rows (`spec/accs-customer-operations.md` 1.6).

use patron_webapi::{arguments, collation::fold};
use serde::Serialize;

use super::{
    Scope, StoreGroup, StoreView, Website,
    settings::{self, Setting},
};
use crate::{Call, Row, failure::Result};

const STORES: &[&str] = &["Magento_Backend::store"];

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::get("/V1/store/websites", STORES, websites).answers("[store-data-website-interface]"),
        Row::get("/V1/store/storeGroups", STORES, store_groups).answers("[store-data-group-interface]"),
        Row::get("/V1/store/storeViews", STORES, store_views).answers("[store-data-store-interface]"),
        Row::get("/V1/store/storeConfigs", STORES, store_configs)
            .answers("[store-data-store-config-interface]"),
    ]
}

arguments! {
    /// Which store views' configurations are asked for.
    pub struct Configs {
        /// Codes of store views; all of them when absent.
        optional store_codes: Vec<String>,
    }
}

/// A store view's settings, in the wire's key order.
#[derive(Debug, Serialize)]
struct StoreConfig {
    id: i64,
    code: String,
    website_id: i64,
    locale: String,
    base_currency_code: String,
    default_display_currency_code: String,
    timezone: String,
    weight_unit: String,
    base_url: String,
    base_link_url: String,
    base_static_url: String,
    base_media_url: String,
    secure_base_url: String,
    secure_base_link_url: String,
    secure_base_static_url: String,
    secure_base_media_url: String,
}

/// `GET /V1/store/websites`: the admin's is one of them.
fn websites(call: &Call<'_>, _: &arguments::None) -> Result<Vec<Website>> {
    Ok(call.catalogue.websites.clone())
}

/// `GET /V1/store/storeGroups`
fn store_groups(call: &Call<'_>, _: &arguments::None) -> Result<Vec<StoreGroup>> {
    Ok(call.catalogue.store_groups.clone())
}

/// `GET /V1/store/storeViews`: the one of the call first, then by id, closed ones too.
fn store_views(call: &Call<'_>, _: &arguments::None) -> Result<Vec<StoreView>> {
    let current = current_store_id(call);
    let mut views = call.catalogue.store_views.clone();
    views.sort_by_key(|view| (view.id != current, view.id));
    Ok(views)
}

/// `GET /V1/store/storeConfigs`: by sort order and name, without the admin's.
fn store_configs(call: &Call<'_>, sent: &Configs) -> Result<Vec<StoreConfig>> {
    let wanted =
        sent.store_codes.as_ref().map(|codes| codes.iter().map(|code| fold(code)).collect::<Vec<_>>());
    let is_wanted = |view: &&StoreView| wanted.as_ref().is_none_or(|codes| codes.contains(&fold(&view.code)));
    let views = call.catalogue.store_views.iter().filter(|view| view.id != 0).filter(is_wanted);
    let mut views: Vec<&StoreView> = views.collect();
    views.sort_by_cached_key(|view| (view.sort_order, fold(&view.name), view.id));
    Ok(views.into_iter().map(|view| store_config(call, view)).collect())
}

fn store_config(call: &Call<'_>, view: &StoreView) -> StoreConfig {
    let setting = |setting: &'static Setting| call.catalogue.setting(setting, view.id).to_owned();
    let (base_url, secure_base_url) = (setting(&settings::BASE_URL), setting(&settings::SECURE_BASE_URL));
    StoreConfig {
        id: view.id,
        code: view.code.clone(),
        website_id: view.website_id,
        locale: setting(&settings::LOCALE),
        base_currency_code: setting(&settings::BASE_CURRENCY),
        default_display_currency_code: setting(&settings::DISPLAY_CURRENCY),
        timezone: setting(&settings::TIMEZONE),
        weight_unit: setting(&settings::WEIGHT_UNIT),
        base_link_url: base_url.clone(),
        base_static_url: format!("{base_url}static/"),
        base_media_url: format!("{base_url}media/"),
        base_url,
        secure_base_link_url: secure_base_url.clone(),
        secure_base_static_url: format!("{secure_base_url}static/"),
        secure_base_media_url: format!("{secure_base_url}media/"),
        secure_base_url,
    }
}

/// The store view that a call is made in: the header's, 0 for `all`, the installation's default without one.
pub fn current_store_id(call: &Call<'_>) -> i64 {
    match call.scope {
        Scope::Default => call.catalogue.default_store_id(),
        Scope::All => 0,
        Scope::Store(id) => id,
    }
}
