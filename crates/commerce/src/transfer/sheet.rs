//! A stored customer as rows of the original's export files.

use super::{
    columns::{ADDRESS, CUSTOMER, Layout},
    flat::{GENDERS, option_id},
    store::Stored,
};
use crate::{
    attributes::{
        custom::{CustomAttribute, Entity, Input},
        values::{self, AttributeValue},
    },
    customers::{Address, Customer, store::wire_order},
    instances::Catalogue,
};

/// Whether password hashes leave the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashes {
    /// They stay.
    Withheld,
    /// They are in their column.
    Shown,
}

/// Renders customers in one layout.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'c> {
    /// The instance.
    pub catalogue: &'c Catalogue,
    /// The layout.
    pub layout: Layout,
    /// Whether hashes are shown.
    pub hashes: Hashes,
}

impl Sheet<'_> {
    /// The names of the columns.
    pub fn header(&self) -> Vec<String> {
        let codes = |entity| self.catalogue.attributes(entity).iter().map(|attribute| attribute.code.clone());
        let customer = || CUSTOMER.iter().map(ToString::to_string).chain(codes(Entity::Customer));
        let address = || ADDRESS.iter().map(ToString::to_string).chain(codes(Entity::CustomerAddress));
        match self.layout {
            Layout::Customers => customer().collect(),
            Layout::Addresses => ["_website", "_email", "_entity_id"]
                .iter()
                .map(ToString::to_string)
                .chain(address())
                .collect(),
            Layout::Composite => {
                let prefixed = |column: String| match column.starts_with("_address_") {
                    true => column,
                    false => format!("_address_{column}"),
                };
                // The original's composite file has no region ids.
                customer().chain(address().filter(|column| column != "region_id").map(prefixed)).collect()
            }
        }
    }

    /// The rows of a customer, one after the other.
    pub fn rows<E>(
        &self,
        stored: &Stored,
        mut take: impl FnMut(&[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        let customer = &stored.customer;
        match self.layout {
            Layout::Customers => take(&self.customer(stored)),
            Layout::Addresses => {
                for address in &customer.addresses {
                    let mut row =
                        vec![self.website(customer), customer.email.clone(), address.id.to_string()];
                    row.extend(self.address(customer, address));
                    take(&row)?;
                }
                Ok(())
            }
            Layout::Composite => {
                let mut own = self.customer(stored);
                let blank = own.len();
                let addresses = wire_order(customer);
                let width = ADDRESS.len() - 1 + self.catalogue.attributes(Entity::CustomerAddress).len();
                if addresses.is_empty() {
                    own.resize(blank + width, String::new());
                    return take(&own);
                }
                for address in addresses {
                    let mut row =
                        if own.is_empty() { vec![String::new(); blank] } else { std::mem::take(&mut own) };
                    row.extend(self.address(customer, address));
                    row.remove(blank + REGION_ID);
                    take(&row)?;
                }
                Ok(())
            }
        }
    }

    fn customer(&self, stored: &Stored) -> Vec<String> {
        let customer = &stored.customer;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let store =
            self.catalogue.store_view(customer.store_id).map(|view| view.code.clone()).unwrap_or_default();
        let gender = customer.gender.and_then(|gender| GENDERS.get(usize::try_from(gender).ok()?).copied());
        let gender = match (customer.gender, gender) {
            (Some(0), _) => "0".to_owned(),
            (_, label) => label.unwrap_or_default().to_owned(),
        };
        let mut row = vec![
            customer.email.clone(),
            self.website(customer),
            store,
            text(&customer.confirmation),
            customer.created_at.clone(),
            customer.created_in.clone(),
            customer.disable_auto_group_change.to_string(),
            text(&customer.dob),
            customer.firstname.clone(),
            gender,
            customer.group_id.to_string(),
            customer.lastname.clone(),
            text(&customer.middlename),
            stored.password_hash.clone().filter(|_| self.hashes == Hashes::Shown).unwrap_or_default(),
            text(&customer.prefix),
            customer.store_id.to_string(),
            text(&customer.suffix),
            text(&customer.taxvat),
            customer.website_id.to_string(),
            // A password cannot be had back.
            String::new(),
        ];
        row.extend(self.values(Entity::Customer, &customer.attributes));
        row
    }

    fn address(&self, customer: &Customer, address: &Address) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let flag =
            |default: Option<i64>| if default == Some(address.id) { "1".to_owned() } else { String::new() };
        let mut row = vec![
            address.city.clone(),
            text(&address.company),
            address.country_id.clone(),
            text(&address.fax),
            address.firstname.clone(),
            address.lastname.clone(),
            text(&address.middlename),
            text(&address.postcode),
            text(&address.prefix),
            text(&address.region),
            address.region_id.map(|id| id.to_string()).unwrap_or_default(),
            address.street.join("\n"),
            text(&address.suffix),
            text(&address.telephone),
            text(&address.vat_id),
            flag(customer.default_billing),
            flag(customer.default_shipping),
        ];
        row.extend(self.values(Entity::CustomerAddress, &address.attributes));
        row
    }

    fn website(&self, customer: &Customer) -> String {
        self.catalogue.website(customer.website_id).map(|website| website.code.clone()).unwrap_or_default()
    }

    fn values(&self, entity: Entity, stored: &[AttributeValue]) -> impl Iterator<Item = String> {
        let value = |attribute: &CustomAttribute| {
            values::value_of(stored, attribute.id).map(|value| shown(attribute, value)).unwrap_or_default()
        };
        self.catalogue.attributes(entity).iter().map(value).collect::<Vec<_>>().into_iter()
    }
}

/// Where the region's id stands among the columns of an address.
const REGION_ID: usize = 10;

/// A value as its column has it: options by label, unless the label would not be read as the same option.
fn shown(attribute: &CustomAttribute, value: &str) -> String {
    let label = |id: &str| {
        let option = attribute.options.iter().find(|option| option.id.to_string() == id);
        let label = option.map(|option| option.label.as_str());
        let reads_back =
            |label: &&str| !label.contains(',') && option_id(attribute, label).as_deref() == Some(id);
        label.filter(reads_back).unwrap_or(id).to_owned()
    };
    match attribute.definition.input {
        Input::Boolean => if value == "1" { "Yes" } else { "No" }.to_owned(),
        Input::Select => label(value),
        Input::Multiselect => value.split(',').map(label).collect::<Vec<_>>().join(","),
        _ => value.to_owned(),
    }
}
