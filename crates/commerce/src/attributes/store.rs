//! All SQL of added attributes: their definitions and options, and their values where an attribute is the subject.

use patron_sql::{Error, Session, params};
use patron_webapi::collation::fold;

use super::custom::{AttributeOption, CustomAttribute, Definition, Entity};
use crate::failure::Result;

/// The added attributes, by sort order and id, with their options.
pub fn all(sql: Session<'_>, tenant: i64) -> Result<Vec<CustomAttribute>> {
    let query = "SELECT id, entity, code, definition FROM attribute WHERE tenant_id = ?1 ORDER BY id";
    let mut attributes: Vec<CustomAttribute> = sql.all(query, params![tenant], |row| {
        let definition: Definition = serde_json::from_str(row.text(3)?).map_err(anyhow::Error::from)?;
        let entity = Entity::of_name(row.text(1)?).unwrap_or(Entity::Customer);
        let (id, code) = (row.int(0)?, row.string(2)?);
        Ok::<_, crate::Failure>(CustomAttribute { id, entity, code, definition, options: Vec::new() })
    })?;
    if !attributes.is_empty() {
        let query = "SELECT attribute_id, id, label, store_labels, sort_order FROM attribute_option WHERE tenant_id = ?1 \
                     ORDER BY sort_order, id";
        sql.each(query, params![tenant], |row| {
            let attribute_id = row.int(0)?;
            if let Some(attribute) = attributes.iter_mut().find(|attribute| attribute.id == attribute_id) {
                let store_labels = serde_json::from_str(row.text(3)?).map_err(anyhow::Error::from)?;
                let (id, label, sort_order) = (row.int(1)?, row.string(2)?, row.int(4)?);
                attribute.options.push(AttributeOption { id, label, store_labels, sort_order });
            }
            Ok::<_, crate::Failure>(())
        })?;
    }
    attributes.sort_by_key(|attribute| attribute.definition.sort_order);
    Ok(attributes)
}

/// Adds an attribute, or overwrites the definition of the one with its id, and makes its options those of `attribute`.
pub fn put(sql: Session<'_>, tenant: i64, attribute: &CustomAttribute) -> Result<()> {
    sql.execute(
        "INSERT INTO attribute (tenant_id, id, entity, code, definition) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET definition = excluded.definition",
        params![tenant, attribute.id, attribute.entity.name(), &attribute.code, json(&attribute.definition)],
    )?;
    delete_options(sql, tenant, attribute.id)?;
    for option in &attribute.options {
        sql.execute(
            "INSERT INTO attribute_option (tenant_id, id, attribute_id, label, store_labels, sort_order) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                tenant,
                option.id,
                attribute.id,
                &option.label,
                json(&option.store_labels),
                option.sort_order
            ],
        )?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("definitions and labels serialise")
}

fn delete_options(sql: Session<'_>, tenant: i64, attribute_id: i64) -> Result<()> {
    sql.execute(
        "DELETE FROM attribute_option WHERE tenant_id = ?1 AND attribute_id = ?2",
        params![tenant, attribute_id],
    )?;
    Ok(())
}

/// Deletes an attribute with its options and values.
pub fn delete(sql: Session<'_>, tenant: i64, attribute: &CustomAttribute) -> Result<()> {
    let (table, _) = values_table(attribute.entity);
    let values = format!("DELETE FROM {table} WHERE tenant_id = ?1 AND attribute_id = ?2");
    sql.execute(&values, params![tenant, attribute.id])?;
    delete_options(sql, tenant, attribute.id)?;
    sql.execute("DELETE FROM attribute WHERE tenant_id = ?1 AND id = ?2", params![tenant, attribute.id])?;
    Ok(())
}

/// Where values of an entity's attributes are, and the column that says whose.
fn values_table(entity: Entity) -> (&'static str, &'static str) {
    match entity {
        Entity::Customer => ("customer_attribute", "customer_id"),
        Entity::CustomerAddress => ("customer_address_attribute", "address_id"),
    }
}

/// Every value of an attribute with the id of the customer or address that has it, by that id.
pub fn values(sql: Session<'_>, tenant: i64, attribute: &CustomAttribute) -> Result<Vec<(i64, String)>> {
    let (table, owner) = values_table(attribute.entity);
    let query = format!(
        "SELECT {owner}, value FROM {table} WHERE tenant_id = ?1 AND attribute_id = ?2 ORDER BY {owner}"
    );
    Ok(sql.all(&query, params![tenant, attribute.id], |row| Ok::<_, Error>((row.int(0)?, row.string(1)?)))?)
}

/// Replaces or deletes (None) one value; what searches compare changes with it.
pub fn put_value(
    sql: Session<'_>,
    tenant: i64,
    attribute: &CustomAttribute,
    owner_id: i64,
    value: Option<&str>,
) -> Result<()> {
    let (table, owner) = values_table(attribute.entity);
    let Some(value) = value else {
        let statement =
            format!("DELETE FROM {table} WHERE tenant_id = ?1 AND attribute_id = ?2 AND {owner} = ?3");
        sql.execute(&statement, params![tenant, attribute.id, owner_id])?;
        return Ok(());
    };
    let folded = if attribute.entity == Entity::Customer { ", folded = ?6, number = ?7" } else { "" };
    let statement = format!(
        "UPDATE {table} SET value = ?4, unique_key = ?5{folded} WHERE tenant_id = ?1 AND attribute_id = ?2 AND {owner} = ?3"
    );
    let key = attribute.unique_key(value);
    match attribute.entity {
        Entity::Customer => {
            let number = attribute.number(value);
            sql.execute(&statement, params![tenant, attribute.id, owner_id, value, key, fold(value), number])?
        }
        Entity::CustomerAddress => {
            sql.execute(&statement, params![tenant, attribute.id, owner_id, value, key])?
        }
    };
    Ok(())
}

/// Forgets the uniqueness of an attribute's values.
pub fn clear_unique_keys(sql: Session<'_>, tenant: i64, attribute: &CustomAttribute) -> Result<()> {
    let (table, _) = values_table(attribute.entity);
    let statement =
        format!("UPDATE {table} SET unique_key = NULL WHERE tenant_id = ?1 AND attribute_id = ?2");
    sql.execute(&statement, params![tenant, attribute.id])?;
    Ok(())
}

/// Forgets the kept answers of the customers that have a value of this attribute, be it at an address.
pub fn forget_documents(sql: Session<'_>, tenant: i64, attribute: &CustomAttribute) -> Result<()> {
    let holders = match attribute.entity {
        Entity::Customer => {
            "SELECT customer_id FROM customer_attribute WHERE tenant_id = ?1 AND attribute_id = ?2"
        }
        Entity::CustomerAddress => {
            "SELECT a.customer_id FROM customer_address a JOIN customer_address_attribute v \
             ON v.tenant_id = a.tenant_id AND v.address_id = a.id WHERE v.tenant_id = ?1 AND v.attribute_id = ?2"
        }
    };
    let statement =
        format!("DELETE FROM customer_document WHERE tenant_id = ?1 AND customer_id IN ({holders})");
    sql.execute(&statement, params![tenant, attribute.id])?;
    Ok(())
}

/// The customer or address that has this value of a unique attribute.
pub fn holder_of(
    sql: Session<'_>,
    tenant: i64,
    attribute: &CustomAttribute,
    value: &str,
) -> Result<Option<i64>> {
    let (table, owner) = values_table(attribute.entity);
    let query =
        format!("SELECT {owner} FROM {table} WHERE tenant_id = ?1 AND attribute_id = ?2 AND unique_key = ?3");
    Ok(sql.first(&query, params![tenant, attribute.id, fold(value)], |row| row.int(0))?)
}

/// Customer groups by id and code, for the options of `group_id`.
pub fn groups(sql: Session<'_>, tenant: i64) -> Result<Vec<(i64, String)>> {
    let query = "SELECT id, code FROM customer_group WHERE tenant_id = ?1 ORDER BY id";
    Ok(sql.all(query, params![tenant], |row| Ok::<_, Error>((row.int(0)?, row.string(1)?)))?)
}
