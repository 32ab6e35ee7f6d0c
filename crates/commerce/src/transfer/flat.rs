//! Rows of columns as the original's import takes them, read into entries. Messages are the original's.

use patron_webapi::{Given, Value, scalar};
use zeroize::Zeroizing;

use super::{
    columns::{Layout, Target},
    entry::{Action, Entry, Subject, given},
};
use crate::{
    attributes::{
        custom::{CustomAttribute, Entity, Input},
        input::CustomAttributes,
    },
    customers::input::AddressInput,
    directory::regions,
    instances::Catalogue,
};

/// Stands in a cell for "no value", where an empty cell leaves what is stored.
const CLEARED: &str = "__EMPTY__VALUE__";

/// What the import does with rows (`behavior`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Adds and changes.
    AddUpdate,
    /// Deletes what rows name.
    Delete,
    /// Each row says so in `_action`: `delete`, or anything else to add and change.
    Custom,
}

impl Behavior {
    /// The behaviour of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "add_update" => Some(Self::AddUpdate),
            "delete" => Some(Self::Delete),
            "custom" => Some(Self::Custom),
            _ => None,
        }
    }
}

/// The cells of a row: what each column sets, and the text in it.
pub type Cells<'r> = &'r mut dyn Iterator<Item = (Target, &'r str)>;

/// Reads rows of one layout.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'c> {
    /// The instance that the rows are for.
    pub catalogue: &'c Catalogue,
    /// The layout.
    pub layout: Layout,
    /// What is done with the rows.
    pub behavior: Behavior,
}

/// What a row is.
#[derive(Debug)]
pub enum Part {
    /// The first row of a customer, or all of it.
    Entry(Box<Entry>),
    /// A further address of the customer before.
    Address(Box<AddressInput>),
}

impl Reader<'_> {
    /// Reads one row.
    ///
    /// # Errors
    /// What is wrong with it, in the original's words.
    pub fn row(&self, cells: Cells<'_>) -> Result<Part, String> {
        let mut row = Row::default();
        for (target, text) in cells.filter(|(_, text)| !text.is_empty()) {
            self.lay(&mut row, target, text)?;
        }
        self.finish(row)
    }

    fn lay(&self, row: &mut Row, target: Target, text: &str) -> Result<(), String> {
        let entry = &mut row.entry;
        match target {
            Target::Website => row.website = Some(text.to_owned()),
            Target::Store => {
                let view = self
                    .catalogue
                    .store_view_by_code(text)
                    .ok_or("We found an invalid value in a store column.")?;
                entry.input.store_id = Given::Value(view.id);
            }
            Target::Customer(place) => *place(&mut entry.input) = given(cleared(text)),
            Target::Group => {
                entry.input.group_id = Given::Value(number("group_id", text)?);
            }
            Target::Gender => entry.input.gender = Given::Value(gender(text)?),
            Target::DisableAutoGroupChange => {
                entry.input.disable_auto_group_change =
                    Given::Value(i64::from(scalar::bool_of(&text.into()) == Some(true)));
            }
            Target::Password => entry.password = Some(Zeroizing::new(text.to_owned())),
            Target::PasswordHash => entry.password_hash = Some(text.to_owned()),
            Target::Action => row.action = Some(text.to_owned()),
            Target::Attribute(place) => {
                let attribute = &self.catalogue.attributes(Entity::Customer)[place];
                set(&mut entry.input.custom_attributes, attribute, text)?;
            }
            Target::Nothing => {}
            _ => self.lay_address(row, target, text)?,
        }
        Ok(())
    }

    fn lay_address(&self, row: &mut Row, target: Target, text: &str) -> Result<(), String> {
        row.has_address |=
            !matches!(target, Target::DefaultBilling | Target::DefaultShipping | Target::RegionId);
        let address = &mut row.address;
        match target {
            Target::AddressId => address.id = Given::Value(number("_entity_id", text)?),
            Target::Address(place) => *place(address) = given(cleared(text)),
            Target::Street => address.street = Given::Value(text.split('\n').map(str::to_owned).collect()),
            Target::Region => row.region = Some(cleared(text).to_owned()),
            Target::RegionId => row.region_id = Some(number("region_id", text)?),
            Target::DefaultBilling => address.default_billing = Given::Value(is_yes(text)),
            Target::DefaultShipping => address.default_shipping = Given::Value(is_yes(text)),
            Target::AddressAttribute(place) => {
                let attribute = &self.catalogue.attributes(Entity::CustomerAddress)[place];
                set(&mut address.custom_attributes, attribute, text)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, mut row: Row) -> Result<Part, String> {
        row.region();
        let mut entry = row.entry;
        if entry.email().is_empty() {
            return match self.layout {
                Layout::Composite if row.has_address => Ok(Part::Address(Box::new(row.address))),
                _ => Err("Please specify an email.".to_owned()),
            };
        }
        let website = row.website.as_deref().ok_or("Please specify a website.")?;
        let website = self.catalogue.websites.iter().find(|one| one.code == website);
        entry.input.website_id =
            Given::Value(website.ok_or("We found an invalid value in a website column.")?.id);
        entry.subject = if self.layout == Layout::Addresses { Subject::Address } else { Subject::Customer };
        let deletes = match self.behavior {
            Behavior::AddUpdate => false,
            Behavior::Delete => true,
            Behavior::Custom => row.action.is_some_and(|action| action.eq_ignore_ascii_case("delete")),
        };
        entry.action = if deletes { Action::Delete } else { Action::Put };
        if row.has_address {
            entry.input.addresses = Given::Value(vec![row.address]);
        } else if entry.subject == Subject::Address && entry.action == Action::Put {
            return Err("Please make sure attribute \"street\" is not empty.".to_owned());
        }
        Ok(Part::Entry(Box::new(entry)))
    }
}

/// A row that is being read.
#[derive(Default)]
struct Row {
    entry: Entry,
    address: AddressInput,
    has_address: bool,
    website: Option<String>,
    action: Option<String>,
    region: Option<String>,
    region_id: Option<i64>,
}

impl Row {
    /// A region's name or code is looked up, unless the id says itself that it is none.
    fn region(&mut self) {
        let found = || {
            let name = self.region.as_deref()?;
            let mut regions = regions::of(self.address.country_id.text()?).iter();
            regions.find(|one| one.name.eq_ignore_ascii_case(name) || one.code.eq_ignore_ascii_case(name))
        };
        let id = self.region_id.or_else(|| found().map(|region| region.id));
        if self.region.is_none() && id.is_none() {
            return;
        }
        self.address.region = Given::Value(crate::customers::input::RegionInput {
            region: self.region.take().map_or(Given::Absent, Given::Value),
            ..Default::default()
        });
        self.address.region_id = Given::Value(id.unwrap_or(0));
    }
}

fn cleared(text: &str) -> &str {
    if text == CLEARED { "" } else { text }
}

fn is_yes(text: &str) -> bool {
    scalar::bool_of(&text.into()).unwrap_or(false)
}

fn number(column: &str, text: &str) -> Result<i64, String> {
    scalar::int_of_text(text).ok_or_else(|| wrong(column))
}

fn wrong(code: &str) -> String {
    format!("Value for '{code}' attribute contains incorrect value")
}

/// The genders by number.
pub const GENDERS: [&str; 4] = ["", "Male", "Female", "Not Specified"];

fn gender(text: &str) -> Result<i64, String> {
    let by_label = GENDERS.iter().position(|label| label.eq_ignore_ascii_case(text));
    let by_number = || text.parse().ok().filter(|number| (0..=3).contains(number));
    by_label.and_then(|place| i64::try_from(place).ok()).or_else(by_number).ok_or_else(|| {
        "Value for 'gender' attribute contains incorrect value, see acceptable values on settings specified for Admin".to_owned()
    })
}

fn set(values: &mut Given<CustomAttributes>, attribute: &CustomAttribute, text: &str) -> Result<(), String> {
    let value = match text {
        CLEARED => None,
        text => Some(Value::from(option_ids(attribute, text)?)),
    };
    if !values.is_sent() {
        *values = Given::Value(CustomAttributes::default());
    }
    if let Given::Value(values) = values {
        values.0.push((attribute.code.clone(), value));
    }
    Ok(())
}

/// The ids of the options that a cell names by label (or by id); any other cell as it is.
fn option_ids(attribute: &CustomAttribute, text: &str) -> Result<String, String> {
    let unknown = || {
        let code = &attribute.code;
        format!(
            "Value for '{code}' attribute contains incorrect value, see acceptable values on settings specified for Admin"
        )
    };
    let one = |text: &str| option_id(attribute, text).ok_or_else(unknown);
    match attribute.definition.input {
        Input::Boolean if text.eq_ignore_ascii_case("yes") => Ok("1".to_owned()),
        Input::Boolean if text.eq_ignore_ascii_case("no") => Ok("0".to_owned()),
        Input::Select => one(text),
        Input::Multiselect => Ok(text.split(',').map(one).collect::<Result<Vec<_>, _>>()?.join(",")),
        _ => Ok(text.to_owned()),
    }
}

/// The option of this label, or else of this id.
pub fn option_id(attribute: &CustomAttribute, text: &str) -> Option<String> {
    let by_label = attribute.options.iter().find(|option| option.label.eq_ignore_ascii_case(text));
    by_label
        .map(|option| option.id.to_string())
        .or_else(|| attribute.has_option(text).then(|| text.to_owned()))
}
