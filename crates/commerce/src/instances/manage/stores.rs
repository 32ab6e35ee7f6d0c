//! Websites, stores and store views through the control API: made, renamed, opened, closed and deleted.
//!
//! A default (website, store of a website, store view of a store) stays until another is chosen; nothing goes while customers belong
//! to it. The administration's own (id 0) are out of reach.

use patron_sql::Session;
use patron_webapi::{Fault, Value};

use super::{Members, refused, unknown};
use crate::{
    customers::counts::{self, Dimension},
    failure::Result,
    instances::{
        Catalogue, StoreGroup, StoreView, Website,
        counters::{self, Counter},
        settings, store,
    },
};

/// Longest code and name.
const CODE: usize = 32;
const NAME: usize = 255;
/// The category that is the root of a fresh instance's catalogue.
const ROOT_CATEGORY: i64 = 2;

/// Makes a website: `{"code", "name"}`. It takes customers once it has a store with a store view.
pub fn add_website(sql: Session<'_>, catalogue: &Catalogue, body: &Value) -> Result<Website> {
    let mut members = Members::of(body)?;
    let taken: Vec<&str> = catalogue.websites.iter().map(|website| website.code.as_str()).collect();
    let (code, name) = (code(&mut members, &taken)?, members.need_text("name", NAME)?);
    members.finish()?;
    room(catalogue, "websites", taken.len())?;
    let tenant = catalogue.instance.tenant.0;
    let website =
        Website { id: counters::next(sql, tenant, Counter::Website)?, code, name, default_group_id: 0 };
    store::add_website(sql, tenant, &website, 0)?;
    store::touch(sql, tenant)?;
    Ok(website)
}

/// Changes a website: `{"name"?, "default_store"?}`, the latter by its code.
pub fn change_website(sql: Session<'_>, catalogue: &Catalogue, code: &str, body: &Value) -> Result<Website> {
    let mut website = website(catalogue, code)?.clone();
    let mut members = Members::of(body)?;
    if let Some(name) = members.take_text("name", NAME)? {
        website.name = name;
    }
    if let Some(code) = members.take::<String>("default_store")? {
        let group = group(catalogue, &code)?;
        if group.website_id != website.id {
            return Err(refused("default_store", format!("{code} is not a store of the website.")).into());
        }
        website.default_group_id = group.id;
    }
    members.finish()?;
    store::change_website(sql, catalogue.instance.tenant.0, &website)?;
    store::touch(sql, catalogue.instance.tenant.0)?;
    Ok(website)
}

/// Deletes a website with its stores and store views.
pub fn delete_website(sql: Session<'_>, catalogue: &Catalogue, code: &str) -> Result<()> {
    let website = website(catalogue, code)?;
    if catalogue.default_website().id == website.id {
        return Err(
            refused("code", "The first website stands for the instance and cannot be deleted.").into()
        );
    }
    let views = catalogue.store_views.iter().filter(|view| view.website_id == website.id);
    let places = views.map(|view| Dimension::Store(view.id)).chain([Dimension::Website(website.id)]);
    nobody_in(sql, catalogue, places)?;
    let tenant = catalogue.instance.tenant.0;
    for view in catalogue.store_views.iter().filter(|view| view.website_id == website.id) {
        store::delete_store_view(sql, tenant, view.id)?;
    }
    for group in catalogue.store_groups.iter().filter(|group| group.website_id == website.id) {
        store::delete_store_group(sql, tenant, group.id)?;
    }
    store::delete_website(sql, tenant, website.id)?;
    store::touch(sql, tenant)
}

/// Makes a store: `{"website", "code", "name", "root_category_id"?}`. A website's first store is its default.
pub fn add_group(sql: Session<'_>, catalogue: &Catalogue, body: &Value) -> Result<StoreGroup> {
    let mut members = Members::of(body)?;
    let mut website = website(catalogue, &members.need::<String>("website")?)?.clone();
    let taken: Vec<&str> = catalogue.store_groups.iter().map(|group| group.code.as_str()).collect();
    let (code, name) = (code(&mut members, &taken)?, members.need_text("name", NAME)?);
    let root_category_id = members.take("root_category_id")?.unwrap_or(ROOT_CATEGORY);
    members.finish()?;
    room(catalogue, "stores", taken.len())?;
    let tenant = catalogue.instance.tenant.0;
    let id = counters::next(sql, tenant, Counter::StoreGroup)?;
    let group = StoreGroup { id, website_id: website.id, root_category_id, default_store_id: 0, name, code };
    store::add_store_group(sql, tenant, &group)?;
    if website.default_group_id == 0 {
        website.default_group_id = id;
        store::change_website(sql, tenant, &website)?;
    }
    store::touch(sql, tenant)?;
    Ok(group)
}

/// Changes a store: `{"name"?, "root_category_id"?, "default_store_view"?}`, the latter by its code.
pub fn change_group(sql: Session<'_>, catalogue: &Catalogue, code: &str, body: &Value) -> Result<StoreGroup> {
    let mut group = group(catalogue, code)?.clone();
    let mut members = Members::of(body)?;
    if let Some(name) = members.take_text("name", NAME)? {
        group.name = name;
    }
    group.root_category_id = members.take("root_category_id")?.unwrap_or(group.root_category_id);
    if let Some(code) = members.take::<String>("default_store_view")? {
        let view = view(catalogue, &code)?;
        if view.store_group_id != group.id || view.is_active == 0 {
            let message = format!("{code} is not an active store view of the store.");
            return Err(refused("default_store_view", message).into());
        }
        group.default_store_id = view.id;
    }
    members.finish()?;
    store::change_store_group(sql, catalogue.instance.tenant.0, &group)?;
    store::touch(sql, catalogue.instance.tenant.0)?;
    Ok(group)
}

/// Deletes a store with its store views.
pub fn delete_group(sql: Session<'_>, catalogue: &Catalogue, code: &str) -> Result<()> {
    let group = group(catalogue, code)?;
    if catalogue.websites.iter().any(|website| website.default_group_id == group.id) {
        return Err(refused("code", "It is its website's default store: choose another one first.").into());
    }
    let views = || catalogue.store_views.iter().filter(|view| view.store_group_id == group.id);
    nobody_in(sql, catalogue, views().map(|view| Dimension::Store(view.id)))?;
    let tenant = catalogue.instance.tenant.0;
    for view in views() {
        store::delete_store_view(sql, tenant, view.id)?;
    }
    store::delete_store_group(sql, tenant, group.id)?;
    store::touch(sql, tenant)
}

/// Makes a store view: `{"store", "code", "name", "is_active"?, "sort_order"?}`. A store's first active store view is its default.
pub fn add_view(sql: Session<'_>, catalogue: &Catalogue, body: &Value) -> Result<StoreView> {
    let mut members = Members::of(body)?;
    let mut group = group(catalogue, &members.need::<String>("store")?)?.clone();
    let taken: Vec<&str> = catalogue.store_views.iter().map(|view| view.code.as_str()).collect();
    let (code, name) = (code(&mut members, &taken)?, members.need_text("name", NAME)?);
    let is_active = i64::from(members.take("is_active")?.unwrap_or(true));
    let sort_order = members.take("sort_order")?.unwrap_or(0);
    members.finish()?;
    // The Store header says "all" for the administration's scope.
    if code == "all" {
        return Err(refused("code", "all stands for every store view and cannot be the code of one.").into());
    }
    room(catalogue, "store views", taken.len())?;
    let tenant = catalogue.instance.tenant.0;
    let id = counters::next(sql, tenant, Counter::StoreView)?;
    let (website_id, store_group_id) = (group.website_id, group.id);
    let view = StoreView { id, code, name, website_id, store_group_id, is_active, sort_order };
    store::add_store_view(sql, tenant, &view)?;
    if group.default_store_id == 0 && is_active == 1 {
        group.default_store_id = id;
        store::change_store_group(sql, tenant, &group)?;
    }
    store::touch(sql, tenant)?;
    Ok(view)
}

/// Changes a store view: `{"name"?, "is_active"?, "sort_order"?}`. A store's default store view stays open.
pub fn change_view(sql: Session<'_>, catalogue: &Catalogue, code: &str, body: &Value) -> Result<StoreView> {
    let mut view = view(catalogue, code)?.clone();
    let mut members = Members::of(body)?;
    if let Some(name) = members.take_text("name", NAME)? {
        view.name = name;
    }
    if let Some(is_active) = members.take::<bool>("is_active")? {
        if !is_active && is_default(catalogue, &view) {
            return Err(refused(
                "is_active",
                "It is its store's default store view: choose another one first.",
            )
            .into());
        }
        view.is_active = i64::from(is_active);
    }
    view.sort_order = members.take("sort_order")?.unwrap_or(view.sort_order);
    members.finish()?;
    store::change_store_view(sql, catalogue.instance.tenant.0, &view)?;
    store::touch(sql, catalogue.instance.tenant.0)?;
    Ok(view)
}

/// Deletes a store view.
pub fn delete_view(sql: Session<'_>, catalogue: &Catalogue, code: &str) -> Result<()> {
    let view = view(catalogue, code)?;
    if is_default(catalogue, view) {
        return Err(refused("code", "It is its store's default store view: choose another one first.").into());
    }
    nobody_in(sql, catalogue, [Dimension::Store(view.id)])?;
    store::delete_store_view(sql, catalogue.instance.tenant.0, view.id)?;
    store::touch(sql, catalogue.instance.tenant.0)
}

/// The website with this code, unless it is the administration's.
pub fn website<'c>(catalogue: &'c Catalogue, code: &str) -> Result<&'c Website, Fault> {
    let found = catalogue.websites.iter().find(|website| website.id != 0 && website.code == code);
    found.ok_or_else(|| unknown("website", code))
}

/// The store with this code, unless it is the administration's.
pub fn group<'c>(catalogue: &'c Catalogue, code: &str) -> Result<&'c StoreGroup, Fault> {
    let found = catalogue.store_groups.iter().find(|group| group.id != 0 && group.code == code);
    found.ok_or_else(|| unknown("store", code))
}

/// The store view with this code, unless it is the administration's.
pub fn view<'c>(catalogue: &'c Catalogue, code: &str) -> Result<&'c StoreView, Fault> {
    let found = catalogue.store_views.iter().find(|view| view.id != 0 && view.code == code);
    found.ok_or_else(|| unknown("store view", code))
}

fn is_default(catalogue: &Catalogue, view: &StoreView) -> bool {
    catalogue.store_groups.iter().any(|group| group.default_store_id == view.id)
}

/// The code of something new: a letter, then letters, digits and underscores, not yet taken in any case of letters.
fn code(members: &mut Members, taken: &[&str]) -> Result<String> {
    let code = members.need_text("code", CODE)?;
    let well_formed = code.starts_with(|c: char| c.is_ascii_alphabetic())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !well_formed {
        let message = "code must be a letter followed by letters, digits and underscores.";
        return Err(refused("code", message).into());
    }
    if taken.iter().any(|other| other.eq_ignore_ascii_case(&code)) {
        return Err(refused("code", format!("The code {code} is taken.")).into());
    }
    Ok(code)
}

/// Refuses one more than the instance may have; `stored` counts the administration's too.
fn room(catalogue: &Catalogue, plural: &str, stored: usize) -> Result<()> {
    let limit: usize = catalogue.default_setting(&settings::STORES_LIMIT).parse().unwrap_or(usize::MAX);
    if stored > limit {
        return Err(
            refused("code", format!("There are {limit} {plural} already, which is the limit.")).into()
        );
    }
    Ok(())
}

fn nobody_in(
    sql: Session<'_>,
    catalogue: &Catalogue,
    places: impl IntoIterator<Item = Dimension>,
) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    let mut most = 0;
    for place in places {
        most = most.max(counts::count(sql, tenant, place)?);
    }
    if most > 0 {
        let verb = if most == 1 { "customer belongs" } else { "customers belong" };
        return Err(refused("code", format!("{most} {verb} to it.")).with("customers", most).into());
    }
    Ok(())
}
