//! Attribute metadata as the wire shows it (spec 1.5 op 28): one row per attribute, keys in declared order.

use serde::{Deserialize, Serialize};

use super::custom::{CustomAttribute, Input, ValidationRule};

/// What `/V1/attributeMetadata/…` says of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeMetadata {
    /// How a value is typed in: `text`, `select`, `date` …
    pub frontend_input: String,
    /// Filter that a storefront form applies; the Web API does not.
    pub input_filter: String,
    /// Label in the store of the request; null for secrets.
    pub store_label: Option<String>,
    /// Rules of a value, by name.
    pub validation_rules: Vec<ValidationRule>,
    /// Lines of a multiline attribute, otherwise 0.
    pub multiline_count: i64,
    /// Shown in forms.
    pub visible: bool,
    /// Must have a value.
    pub required: bool,
    /// Class of the original that checks values, or empty.
    pub data_model: String,
    /// What a select offers.
    pub options: Vec<OptionMetadata>,
    /// Classes of the input in a form.
    pub frontend_class: String,
    /// Added by the merchant.
    pub user_defined: bool,
    /// Position in lists.
    pub sort_order: i64,
    /// Label of the administration; null for secrets.
    pub frontend_label: Option<String>,
    /// A remark for people.
    pub note: String,
    /// Part of the platform, cannot be removed.
    pub system: bool,
    /// How values are stored; `static` for columns of the entity itself.
    pub backend_type: String,
    /// A column of the administration's grid.
    pub is_used_in_grid: bool,
    /// Shown in that grid unless hidden.
    pub is_visible_in_grid: bool,
    /// A filter of that grid.
    pub is_filterable_in_grid: bool,
    /// Searched by that grid's full text search.
    pub is_searchable_in_grid: bool,
    /// Its code.
    pub attribute_code: String,
    /// Position that the attribute itself carries, where it differs: `sort_order` when it is asked for alone.
    #[serde(default, skip_serializing)]
    pub own_sort_order: Option<i64>,
}

/// One option of a select, or a heading with the options below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionMetadata {
    /// Label shown.
    pub label: String,
    /// Value stored; absent for a heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Options below a heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<OptionMetadata>>,
}

/// Whether a form shows an attribute: the values of the `customer/address/*_show` settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Not at all.
    No,
    /// May be left empty.
    Optional,
    /// Must be filled in.
    Required,
}

impl Show {
    /// What a setting's value says.
    pub fn of(value: &str) -> Self {
        match value {
            "" | "0" => Self::No,
            "req" => Self::Required,
            _ => Self::Optional,
        }
    }
}

impl OptionMetadata {
    /// An option that can be chosen.
    #[must_use]
    pub fn new(label: impl Into<String>, value: impl ToString) -> Self {
        Self { label: label.into(), value: Some(value.to_string()), options: None }
    }

    /// A heading, which cannot be chosen.
    #[must_use]
    pub fn heading(label: impl Into<String>, options: Vec<Self>) -> Self {
        Self { label: label.into(), value: None, options: Some(options) }
    }

    /// The option that chooses nothing, first in most selects.
    #[must_use]
    pub fn blank() -> Self {
        Self::new(" ", "")
    }
}

impl AttributeMetadata {
    /// The row as it is told when it is asked for alone (op 29): a few attributes have another position then.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.sort_order = self.own_sort_order.unwrap_or(self.sort_order);
        self
    }

    /// Applies a `customer/address/*_show` setting.
    pub fn show(&mut self, show: Show) {
        self.visible = show != Show::No;
        self.required = show == Show::Required;
        self.frontend_class = frontend_class(self.required, &self.validation_rules);
    }

    /// The row of an attribute that was added, as a store view labels it; 0 is the administration's.
    #[must_use]
    pub fn added(attribute: &CustomAttribute, store_id: i64) -> Self {
        let definition = &attribute.definition;
        Self {
            frontend_input: definition.input.name().to_owned(),
            input_filter: String::new(),
            store_label: Some(attribute.label(store_id).to_owned()),
            validation_rules: definition.validation_rules.clone(),
            multiline_count: definition.multiline_count,
            visible: definition.visible,
            required: definition.required,
            data_model: String::new(),
            options: options(attribute, store_id),
            frontend_class: frontend_class(definition.required, &definition.validation_rules),
            user_defined: true,
            sort_order: definition.sort_order,
            frontend_label: Some(definition.label.clone()),
            note: definition.note.clone(),
            system: false,
            backend_type: attribute.backend().name().to_owned(),
            is_used_in_grid: false,
            is_visible_in_grid: false,
            is_filterable_in_grid: false,
            is_searchable_in_grid: false,
            attribute_code: attribute.code.clone(),
            own_sort_order: None,
        }
    }
}

fn options(attribute: &CustomAttribute, store_id: i64) -> Vec<OptionMetadata> {
    match attribute.definition.input {
        Input::Boolean => vec![OptionMetadata::new("Yes", 1), OptionMetadata::new("No", 0)],
        Input::Select | Input::Multiselect => std::iter::once(OptionMetadata::blank())
            .chain(
                attribute.options.iter().map(|option| OptionMetadata::new(option.label(store_id), option.id)),
            )
            .collect(),
        _ => Vec::new(),
    }
}

/// The classes by which the original's forms check an input: required first, then the kind of text.
fn frontend_class(required: bool, rules: &[ValidationRule]) -> String {
    let kind = rules.iter().find(|rule| rule.name == "input_validation").and_then(|rule| {
        match rule.value.as_str() {
            "alphanumeric" => Some("validate-alphanum"),
            "numeric" => Some("validate-digits"),
            "alpha" => Some("validate-alpha"),
            "email" => Some("validate-email"),
            "url" => Some("validate-url"),
            _ => None,
        }
    });
    let classes: Vec<&str> = required.then_some("required-entry").into_iter().chain(kind).collect();
    classes.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::custom::{AttributeOption, Entity};
    use super::*;

    fn added(input: &str) -> CustomAttribute {
        let definition =
            json!({"label": "Tier", "input": input, "required": true, "sort_order": 200, "visible": true});
        CustomAttribute {
            id: 7,
            entity: Entity::Customer,
            code: "tier".to_owned(),
            definition: serde_json::from_value(definition).unwrap(),
            options: vec![AttributeOption {
                id: 4,
                label: "Gold".to_owned(),
                store_labels: [(2, "Or".to_owned())].into(),
                sort_order: 0,
            }],
        }
    }

    fn offered(input: &str) -> String {
        serde_json::to_string(&AttributeMetadata::added(&added(input), 0).options).unwrap()
    }

    #[test]
    fn an_added_select_offers_a_blank_first_and_a_boolean_yes_and_no() {
        assert_eq!(offered("select"), r#"[{"label":" ","value":""},{"label":"Gold","value":"4"}]"#);
        assert_eq!(offered("boolean"), r#"[{"label":"Yes","value":"1"},{"label":"No","value":"0"}]"#);
        assert_eq!(offered("text"), "[]");
        assert_eq!(AttributeMetadata::added(&added("select"), 2).options[1].label, "Or");
    }

    #[test]
    fn an_added_attribute_is_user_defined_and_tells_its_keys_in_order() {
        let row = serde_json::to_string(&AttributeMetadata::added(&added("date"), 0)).unwrap();
        assert_eq!(
            row,
            r#"{"frontend_input":"date","input_filter":"","store_label":"Tier","validation_rules":[],"multiline_count":0,"visible":true,"required":true,"data_model":"","options":[],"frontend_class":"required-entry","user_defined":true,"sort_order":200,"frontend_label":"Tier","note":"","system":false,"backend_type":"datetime","is_used_in_grid":false,"is_visible_in_grid":false,"is_filterable_in_grid":false,"is_searchable_in_grid":false,"attribute_code":"tier"}"#
        );
    }

    #[test]
    fn a_setting_can_hide_an_attribute_or_require_it() {
        let mut row = AttributeMetadata::added(&added("text"), 0);
        row.show(Show::No);
        assert!(!row.visible && !row.required);
        row.show(Show::Required);
        assert!(row.visible && row.required);
    }
}
