//! Attributes that were added to an instance: their definition, and what a value of theirs may be
//! (`spec/accs-customer-operations.md` 1.0.9).

use std::collections::BTreeMap;

use patron_webapi::{collation::fold, scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Texts that differ by store view, by its id; where there is none the administration's text holds.
pub type StoreLabels = BTreeMap<i64, String>;

/// What an attribute belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A customer.
    Customer,
    /// An address of a customer.
    CustomerAddress,
}

impl Entity {
    /// The entity with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Customer, Self::CustomerAddress].into_iter().find(|entity| entity.name() == name)
    }

    /// The entity type's name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::CustomerAddress => "customer_address",
        }
    }
}

/// How a value is typed in and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// One line of text.
    Text,
    /// Lines of text.
    Textarea,
    /// A fixed number of lines.
    Multiline,
    /// A date.
    Date,
    /// A date and a time.
    Datetime,
    /// One of the options.
    Select,
    /// Some of the options.
    Multiselect,
    /// Yes or no.
    Boolean,
    /// A number with four decimals.
    Decimal,
}

/// Which kind of value is stored. The order is that of the original's value tables, first come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Text of at most 255 characters.
    Varchar,
    /// A 32-bit number.
    Int,
    /// Text.
    Text,
    /// A date with a time.
    Datetime,
    /// A number with four decimals.
    Decimal,
}

impl Input {
    /// The kind of value that is stored.
    pub fn backend(self) -> Backend {
        match self {
            Self::Text | Self::Multiselect => Backend::Varchar,
            Self::Textarea | Self::Multiline => Backend::Text,
            Self::Date | Self::Datetime => Backend::Datetime,
            Self::Select | Self::Boolean => Backend::Int,
            Self::Decimal => Backend::Decimal,
        }
    }

    /// The word on the wire (`frontend_input`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Decimal => "text",
            Self::Textarea => "textarea",
            Self::Multiline => "multiline",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Select => "select",
            Self::Multiselect => "multiselect",
            Self::Boolean => "boolean",
        }
    }
}

impl Backend {
    /// The word on the wire (`backend_type`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Varchar => "varchar",
            Self::Int => "int",
            Self::Text => "text",
            Self::Datetime => "datetime",
            Self::Decimal => "decimal",
        }
    }
}

/// An attribute that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomAttribute {
    /// Its id.
    pub id: i64,
    /// What it belongs to.
    pub entity: Entity,
    /// Its code: lower-case letters, digits and underscores.
    pub code: String,
    /// Everything else.
    pub definition: Definition,
    /// Its options by position.
    pub options: Vec<AttributeOption>,
}

/// The stored definition of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The label of the administration, and of every store view without one of its own.
    pub label: String,
    /// Labels of store views.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub store_labels: StoreLabels,
    /// How it is typed in.
    pub input: Input,
    /// Must have a value.
    #[serde(default)]
    pub required: bool,
    /// No two customers (or addresses) of the instance have the same value.
    #[serde(default)]
    pub unique: bool,
    /// The value of a customer created without one.
    #[serde(default)]
    pub default: Option<String>,
    /// Position among the attributes.
    #[serde(default)]
    pub sort_order: i64,
    /// Shown in forms; what is not shown is never missed.
    #[serde(default)]
    pub visible: bool,
    /// Lines of a multiline attribute.
    #[serde(default)]
    pub multiline_count: i64,
    /// Name and value of each rule: `input_validation`, `min_text_length`, `max_text_length`, `date_range_min`, `date_range_max`.
    #[serde(default)]
    pub validation_rules: Vec<ValidationRule>,
    /// The forms that show it.
    #[serde(default)]
    pub used_in_forms: Vec<String>,
    /// A remark for people.
    #[serde(default)]
    pub note: String,
}

/// A rule of an attribute, as metadata shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationRule {
    /// Which rule.
    pub name: String,
    /// Its bound.
    pub value: String,
}

/// An option of a select or multiselect attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeOption {
    /// Its id: the value.
    pub id: i64,
    /// Its label in the administration, and in every store view without one of its own.
    pub label: String,
    /// Labels of store views.
    pub store_labels: StoreLabels,
    /// Position.
    pub sort_order: i64,
}

impl AttributeOption {
    /// The label in a store view; 0 is the administration's.
    pub fn label(&self, store_id: i64) -> &str {
        self.store_labels.get(&store_id).unwrap_or(&self.label)
    }
}

impl CustomAttribute {
    /// The kind of value that is stored.
    pub fn backend(&self) -> Backend {
        self.definition.input.backend()
    }

    /// The label in a store view; 0 is the administration's.
    pub fn label(&self, store_id: i64) -> &str {
        self.definition.store_labels.get(&store_id).unwrap_or(&self.definition.label)
    }

    /// What no two values of a unique attribute may share: the value as the original's collation compares it.
    pub fn unique_key(&self, value: &str) -> Option<String> {
        self.definition.unique.then(|| fold(value))
    }

    /// A value as the number that searches compare it by, where the attribute holds numbers.
    pub fn number(&self, value: &str) -> Option<f64> {
        let holds_numbers = matches!(self.backend(), Backend::Int | Backend::Decimal);
        scalar::float_of(&value.into()).filter(|_| holds_numbers)
    }

    /// Is this one of the values that the attribute offers?
    pub fn has_option(&self, value: &str) -> bool {
        match self.definition.input {
            Input::Boolean => matches!(value, "0" | "1"),
            _ => self.options.iter().any(|option| option.id.to_string() == value),
        }
    }
}
