//! What is sent to be imported.

use patron_webapi::{
    Fault, Given, Object, Read, ReadError, Value,
    describe::{Definitions, Describe},
    record, scalar,
};

use crate::{
    bulk::secrets::HIDDEN,
    customers::password::{Password, Place},
    transfer::{columns::Layout, flat::Behavior},
};

record! {
    /// Rows and what to do with them.
    pub struct Source = "import-json-api-data-source-data-interface" {
        /// `customer`, `customer_address` or `customer_composite`.
        entity: String,
        /// `add_update`, `delete` or `custom`.
        behavior: String,
        /// `validation-stop-on-errors` or `validation-skip-errors`.
        validation_strategy: String,
        /// Rows that may be left out.
        allowed_error_count: String,
        /// Ignored: there are no images of customers.
        import_images_file_dir: String,
        /// The rows.
        items: Items,
        /// Ignored: messages are in English.
        locale: String,
    }
}

/// Rows as flat objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items(pub Vec<Item>);

/// A row.
#[derive(Debug, Clone)]
pub struct Item {
    /// Names of columns with their texts.
    pub cells: Vec<(String, String)>,
    /// The password among them, taken out.
    pub password: Option<Password>,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.cells == other.cells
    }
}

/// What happens when rows have problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing is written.
    Stop,
    /// Up to so many rows are left out.
    Skip(usize),
}

impl Source {
    /// The layout that the entity names.
    pub fn layout(&self) -> Result<Layout, Fault> {
        match needed(&self.entity, "entity")? {
            "customer" => Ok(Layout::Customers),
            "customer_address" => Ok(Layout::Addresses),
            "customer_composite" => Ok(Layout::Composite),
            other => Err(Fault::invalid_value("entity", other)),
        }
    }

    /// What is done with the rows.
    pub fn behavior(&self) -> Result<Behavior, Fault> {
        let name = needed(&self.behavior, "behavior")?;
        Behavior::of_name(name).ok_or_else(|| Fault::invalid_value("behavior", name))
    }

    /// What happens when rows have problems.
    pub fn strategy(&self) -> Result<Strategy, Fault> {
        let name = needed(&self.validation_strategy, "validationStrategy")?;
        let allowed = needed(&self.allowed_error_count, "allowedErrorCount")?;
        let number = scalar::int_of_text(allowed).and_then(|number| usize::try_from(number).ok());
        let number = number.ok_or_else(|| Fault::invalid_value("allowedErrorCount", allowed))?;
        match name {
            "validation-stop-on-errors" => Ok(Strategy::Stop),
            "validation-skip-errors" => Ok(Strategy::Skip(number)),
            other => Err(Fault::invalid_value("validationStrategy", other)),
        }
    }

    /// The rows.
    pub fn items(&self) -> Result<&[Item], Fault> {
        self.items.value().map(|items| items.0.as_slice()).ok_or_else(|| Fault::required("items"))
    }

    /// The passwords among the rows; their policy is the default website's.
    pub fn passwords(&mut self) -> Vec<Place<'_>> {
        let Given::Value(items) = &mut self.items else { return Vec::new() };
        items.0.iter_mut().filter_map(Item::place).collect()
    }
}

fn needed<'g>(given: &'g Given<String>, name: &str) -> Result<&'g str, Fault> {
    given.text().ok_or_else(|| Fault::required(name))
}

impl Item {
    fn place(&mut self) -> Option<Place<'_>> {
        let email = self.cells.iter().find(|(name, _)| name == "email").map_or("", |(_, text)| text.as_str());
        Some(Place { password: self.password.as_mut()?, email, website_id: None })
    }

    fn read(item: &Value) -> Result<Self, ReadError> {
        let Value::Object(members) = item else {
            return Err(ReadError::expected(&scalar::shown(item), "object"));
        };
        let mut read = Self { cells: Vec::with_capacity(members.len()), password: None };
        for (name, value) in members {
            let text = match value {
                Value::Null => continue,
                value => scalar::text_of(value)
                    .ok_or_else(|| ReadError::expected(&scalar::shown(value), "string"))?,
            };
            if name == "password" && !text.is_empty() {
                read.password = Some(Password::new(text));
            } else {
                read.cells.push((name.clone(), text));
            }
        }
        Ok(read)
    }

    /// Was this row kept for later, so that its secrets are gone?
    pub fn lost_its_secrets(&self) -> bool {
        let hidden = |text: &str| text == HIDDEN;
        self.password.as_ref().is_some_and(|password| hidden(password.clear()))
            || self.cells.iter().any(|(name, text)| name.contains("password") && hidden(text))
    }
}

impl Read for Items {
    fn read(value: &Value) -> Result<Self, ReadError> {
        match value {
            Value::Array(items) => items.iter().map(Item::read).collect::<Result<_, _>>().map(Self),
            other => Err(ReadError::expected(&scalar::shown(other), "array")),
        }
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        Ok(vec![Self::read(value)?])
    }
}

impl Describe for Items {
    fn schema(_: &mut Definitions) -> Value {
        let item = Object::from_iter([("type".to_owned(), Value::from("object"))]);
        serde_json::json!({ "type": "array", "items": item })
    }
}
