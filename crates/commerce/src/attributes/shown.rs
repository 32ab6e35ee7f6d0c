//! What the settings make of default attributes: shown or not, required or not, how many lines
//! (`spec/magento-limits-and-attributes.md` 3.1, notes).
//!
//! The original writes such a setting into the attribute itself, so what metadata says also holds when a customer is saved.

use super::{
    custom::Entity,
    defaults,
    model::Show,
    values::{self, AttributeValue},
};
use crate::{
    Call,
    instances::{
        Catalogue,
        settings::{self, Setting},
    },
};

/// The setting that shows, hides or requires a default attribute; most have none.
pub fn setting(entity: Entity, code: &str) -> Option<&'static Setting> {
    match (entity, code) {
        (_, "prefix") => Some(&settings::PREFIX_SHOW),
        (_, "middlename") => Some(&settings::MIDDLENAME_SHOW),
        (_, "suffix") => Some(&settings::SUFFIX_SHOW),
        (Entity::Customer, "dob") => Some(&settings::DOB_SHOW),
        (Entity::Customer, "taxvat") => Some(&settings::TAXVAT_SHOW),
        (Entity::Customer, "gender") => Some(&settings::GENDER_SHOW),
        (Entity::CustomerAddress, "company") => Some(&settings::COMPANY_SHOW),
        (Entity::CustomerAddress, "telephone") => Some(&settings::TELEPHONE_SHOW),
        (Entity::CustomerAddress, "fax") => Some(&settings::FAX_SHOW),
        _ => None,
    }
}

/// Is this default attribute one that the website's settings require?
pub fn is_required(catalogue: &Catalogue, entity: Entity, code: &str, website_id: i64) -> bool {
    setting(entity, code)
        .is_some_and(|setting| Show::of(catalogue.website_setting(setting, website_id)) == Show::Required)
}

/// Message lines of attribute rules, told in the order of the attributes they are about.
#[derive(Debug, Default)]
pub struct Lines(Vec<(i64, String)>);

impl Lines {
    /// Adds lines about an attribute at this position among the attributes.
    pub fn add(&mut self, sort_order: i64, lines: impl IntoIterator<Item = String>) {
        self.0.extend(lines.into_iter().map(|line| (sort_order, line)));
    }

    /// Adds lines about a default attribute.
    pub fn about(&mut self, entity: Entity, code: &str, lines: impl IntoIterator<Item = String>) {
        self.add(defaults::find(entity, code).map_or(0, |row| row.sort_order), lines);
    }

    /// Adds a line for each of these default attributes that the website's settings require and that has no value.
    pub fn require(
        &mut self,
        catalogue: &Catalogue,
        entity: Entity,
        website_id: i64,
        has_value: &[(&str, bool)],
    ) {
        for (code, has_value) in has_value {
            if !has_value && is_required(catalogue, entity, code, website_id) {
                let label = defaults::find(entity, code).and_then(|row| row.frontend_label.as_deref());
                self.about(entity, code, [format!("\"{}\" is a required value.", label.unwrap_or(code))]);
            }
        }
    }

    /// Adds what is wrong with the values of added attributes, labelled as the store view of the call does.
    pub fn custom(&mut self, call: &Call<'_>, entity: Entity, stored: &[AttributeValue]) {
        for attribute in call.catalogue.attributes(entity) {
            let value = values::value_of(stored, attribute.id);
            let problems = values::problems(attribute, attribute.label(call.store_id()), value);
            self.add(attribute.definition.sort_order, problems);
        }
    }

    /// The lines; those about one attribute keep their order.
    pub fn told(mut self) -> Vec<String> {
        self.0.sort_by_key(|(sort_order, _)| *sort_order);
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_belongs_to_a_default_attribute() {
        for (entity, code) in [
            (Entity::Customer, "prefix"),
            (Entity::CustomerAddress, "prefix"),
            (Entity::Customer, "gender"),
            (Entity::CustomerAddress, "fax"),
        ] {
            assert!(setting(entity, code).is_some() && defaults::find(entity, code).is_some(), "{code}");
        }
        assert!(setting(Entity::Customer, "fax").is_none());
        assert!(setting(Entity::CustomerAddress, "dob").is_none());
    }

    #[test]
    fn lines_are_told_in_the_order_of_the_attributes() {
        let mut lines = Lines::default();
        lines.add(200, ["custom".to_owned()]);
        lines.about(Entity::Customer, "email", ["email 1".to_owned(), "email 2".to_owned()]);
        lines.about(Entity::Customer, "firstname", ["first".to_owned()]);
        assert_eq!(lines.told(), ["first", "email 1", "email 2", "custom"]);
    }
}
