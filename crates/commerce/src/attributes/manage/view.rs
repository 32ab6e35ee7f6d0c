//! An added attribute as the control API shows it: what it takes, with the ids it gave.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    super::custom::{CustomAttribute, Input, StoreLabels, ValidationRule},
    read,
};
use crate::instances::Catalogue;

/// An attribute that was added.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AttributeView {
    entity: &'static str,
    code: String,
    label: String,
    store_labels: BTreeMap<String, String>,
    input: &'static str,
    required: bool,
    unique: bool,
    default: Option<String>,
    validation_rules: Vec<ValidationRule>,
    multiline_count: i64,
    sort_order: i64,
    used_in_forms: Vec<String>,
    visible: bool,
    note: String,
    options: Vec<OptionView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OptionView {
    id: i64,
    label: String,
    store_labels: BTreeMap<String, String>,
    sort_order: i64,
    default: bool,
}

impl AttributeView {
    /// The attribute with its store views by code.
    pub fn new(catalogue: &Catalogue, attribute: &CustomAttribute) -> Self {
        let definition = attribute.definition.clone();
        let offers = matches!(definition.input, Input::Select | Input::Multiselect);
        let is_default = |id: i64| {
            definition
                .default
                .as_deref()
                .is_some_and(|ids| ids.split(',').any(|default| default == id.to_string()))
        };
        let options = attribute.options.iter().map(|option| OptionView {
            id: option.id,
            label: option.label.clone(),
            store_labels: by_code(catalogue, &option.store_labels),
            sort_order: option.sort_order,
            default: is_default(option.id),
        });
        Self {
            entity: attribute.entity.name(),
            code: attribute.code.clone(),
            options: options.collect(),
            store_labels: by_code(catalogue, &definition.store_labels),
            input: read::input_name(definition.input),
            default: definition.default.filter(|_| !offers),
            label: definition.label,
            required: definition.required,
            unique: definition.unique,
            validation_rules: definition.validation_rules,
            multiline_count: definition.multiline_count,
            sort_order: definition.sort_order,
            used_in_forms: definition.used_in_forms,
            visible: definition.visible,
            note: definition.note,
        }
    }
}

/// Labels of store views that are still there.
fn by_code(catalogue: &Catalogue, labels: &StoreLabels) -> BTreeMap<String, String> {
    let named = labels
        .iter()
        .filter_map(|(id, label)| Some((catalogue.store_view(*id)?.code.clone(), label.clone())));
    named.collect()
}
