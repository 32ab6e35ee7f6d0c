//! The attribute metadata of an instance: the default rows as its settings bend them, among them those that were added.
//!
//! Labels are those of the store view that the `Store` header selects, settings those of its website.

use super::{
    custom::{CustomAttribute, Entity},
    defaults::{self, Sources},
    model::{AttributeMetadata, Show},
    options::{StoreGroupNode, WebsiteNode},
    shown, store,
};
use crate::{
    Call,
    failure::Result,
    instances::{Catalogue, Scope, StoreGroup, settings},
};

/// Every attribute of an entity, by position; added ones after default ones of the same position.
pub fn all(call: &Call<'_>, entity: Entity) -> Result<Vec<AttributeMetadata>> {
    let mut rows = default_rows(call, entity, defaults::rows(entity).iter())?;
    rows.extend(added(call, entity));
    Ok(by_position(rows))
}

/// The attributes that were added to an entity, by position.
pub fn added(call: &Call<'_>, entity: Entity) -> Vec<AttributeMetadata> {
    call.catalogue.attributes(entity).iter().map(|attribute| row(call, attribute)).collect()
}

/// One attribute, as it is told when it is asked for alone.
pub fn find(call: &Call<'_>, entity: Entity, code: &str) -> Result<Option<AttributeMetadata>> {
    if let Some(attribute) = call.catalogue.attributes(entity).iter().find(|attribute| attribute.code == code)
    {
        return Ok(Some(row(call, attribute)));
    }
    let rows = default_rows(call, entity, defaults::find(entity, code).into_iter())?;
    Ok(rows.into_iter().next().map(AttributeMetadata::alone))
}

/// The attributes that a form shows, by position; None for a form that the entity does not have.
pub fn form(call: &Call<'_>, entity: Entity, form_code: &str) -> Result<Option<Vec<AttributeMetadata>>> {
    let Some(codes) = defaults::form(entity, form_code) else { return Ok(None) };
    let mut rows = default_rows(call, entity, codes.iter().filter_map(|code| defaults::find(entity, code)))?;
    let in_form = |attribute: &&CustomAttribute| {
        attribute.definition.used_in_forms.iter().any(|form| form == form_code)
    };
    rows.extend(
        call.catalogue.attributes(entity).iter().filter(in_form).map(|attribute| row(call, attribute)),
    );
    Ok(Some(by_position(rows)))
}

fn by_position(mut rows: Vec<AttributeMetadata>) -> Vec<AttributeMetadata> {
    rows.sort_by_key(|row| row.sort_order);
    rows
}

fn row(call: &Call<'_>, attribute: &CustomAttribute) -> AttributeMetadata {
    let store_id = if call.scope == Scope::All { 0 } else { call.store_id() };
    AttributeMetadata::added(attribute, store_id)
}

fn default_rows(
    call: &Call<'_>,
    entity: Entity,
    rows: impl Iterator<Item = &'static AttributeMetadata>,
) -> Result<Vec<AttributeMetadata>> {
    let groups = store::groups(call.sql, call.tenant())?;
    let groups: Vec<(i64, &str)> = groups.iter().map(|(id, code)| (*id, code.as_str())).collect();
    let websites = tree(call.catalogue);
    let sources = Sources { websites: &websites, groups: &groups };
    Ok(rows.map(|row| bent(call, entity, defaults::with_options(row, sources))).collect())
}

/// A default row as the settings of the website want it.
fn bent(call: &Call<'_>, entity: Entity, mut row: AttributeMetadata) -> AttributeMetadata {
    let website_id = call.catalogue.store_view(call.store_id()).map_or(0, |view| view.website_id);
    if let Some(setting) = shown::setting(entity, &row.attribute_code) {
        row.show(Show::of(call.catalogue.website_setting(setting, website_id)));
    }
    if row.attribute_code == "street" {
        let lines = call.catalogue.website_setting(&settings::STREET_LINES, website_id);
        row.multiline_count = lines.parse().unwrap_or(row.multiline_count);
    }
    row
}

/// The websites with their stores and store views, without the administration's.
fn tree(catalogue: &Catalogue) -> Vec<WebsiteNode<'_>> {
    let websites = catalogue.websites.iter().filter(|website| website.id != 0);
    websites
        .map(|website| {
            let groups = catalogue.store_groups.iter().filter(|group| group.website_id == website.id);
            let groups =
                groups.map(|group| StoreGroupNode { name: &group.name, stores: stores(catalogue, group) });
            WebsiteNode { id: website.id, name: &website.name, groups: groups.collect() }
        })
        .collect()
}

fn stores<'c>(catalogue: &'c Catalogue, group: &StoreGroup) -> Vec<(i64, &'c str)> {
    let mut views: Vec<_> =
        catalogue.store_views.iter().filter(|view| view.store_group_id == group.id).collect();
    views.sort_by_key(|view| (view.sort_order, view.id));
    views.into_iter().map(|view| (view.id, view.name.as_str())).collect()
}
