//! The columns of the original's own customer import and export files, and what each of them sets.
//!
//! There are three layouts: *customers* (the main file), *addresses* (one address a row, `_email` and `_website` say whose) and
//! *composite* (a customer with its addresses in `_address_…` columns; rows without an e-mail address are further addresses).

use patron_webapi::Given;

use crate::{
    attributes::custom::Entity,
    customers::input::{AddressInput, CustomerInput},
    instances::Catalogue,
};

/// The layout of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The main file: one customer a row.
    Customers,
    /// One address a row.
    Addresses,
    /// Customers with their addresses.
    Composite,
}

/// A text of a customer.
pub type CustomerText = fn(&mut CustomerInput) -> &mut Given<String>;
/// A text of an address.
pub type AddressText = fn(&mut AddressInput) -> &mut Given<String>;

/// What a column sets.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// The website by its code.
    Website,
    /// The store view by its code.
    Store,
    /// A text of the customer.
    Customer(CustomerText),
    /// The group by its id.
    Group,
    /// The gender by its label or number.
    Gender,
    /// `disable_auto_group_change`.
    DisableAutoGroupChange,
    /// A password.
    Password,
    /// A password hash.
    PasswordHash,
    /// What is to be done with the row where the behaviour is `custom`.
    Action,
    /// An added attribute of customers, by its place among them.
    Attribute(usize),
    /// The id of an address.
    AddressId,
    /// A text of the address.
    Address(AddressText),
    /// The street, lines separated by line feeds.
    Street,
    /// The region by its name or code.
    Region,
    /// The region by its id.
    RegionId,
    /// Becomes the default billing address.
    DefaultBilling,
    /// Becomes the default shipping address.
    DefaultShipping,
    /// An added attribute of addresses, by its place among them.
    AddressAttribute(usize),
    /// Known, and of no effect here: what another column says too, or what this service does not keep.
    Nothing,
}

/// Columns of an address as they stand in an address file; a composite file has `_address_` before them.
pub const ADDRESS: [&str; 17] = [
    "city",
    "company",
    "country_id",
    "fax",
    "firstname",
    "lastname",
    "middlename",
    "postcode",
    "prefix",
    "region",
    "region_id",
    "street",
    "suffix",
    "telephone",
    "vat_id",
    "_address_default_billing_",
    "_address_default_shipping_",
];

/// Columns of a customer in the order of the original's export.
pub const CUSTOMER: [&str; 20] = [
    "email",
    "_website",
    "_store",
    "confirmation",
    "created_at",
    "created_in",
    "disable_auto_group_change",
    "dob",
    "firstname",
    "gender",
    "group_id",
    "lastname",
    "middlename",
    "password_hash",
    "prefix",
    "store_id",
    "suffix",
    "taxvat",
    "website_id",
    "password",
];

impl Layout {
    /// The layout of a file with these columns; None when they are no customer file's.
    pub fn of<'c>(columns: impl IntoIterator<Item = &'c str> + Clone) -> Option<Self> {
        let has = |wanted: &str| columns.clone().into_iter().any(|column| column == wanted);
        let addresses = columns
            .clone()
            .into_iter()
            .any(|column| column.starts_with("_address_") && !column.starts_with("_address_default_"));
        match () {
            () if has("_email") => Some(Self::Addresses),
            () if has("email") && addresses => Some(Self::Composite),
            () if has("email") => Some(Self::Customers),
            () => None,
        }
    }

    /// What a column of this layout sets; None when it has no such column.
    pub fn target(self, catalogue: &Catalogue, column: &str) -> Option<Target> {
        let shared = match column {
            "_website" => Some(Target::Website),
            "_action" => Some(Target::Action),
            "_row" | "_reason" => Some(Target::Nothing),
            _ => None,
        };
        shared.or_else(|| match self {
            Self::Addresses => match column {
                "_email" => Some(Target::Customer(|customer| &mut customer.email)),
                "_entity_id" => Some(Target::AddressId),
                _ => address(catalogue, column),
            },
            Self::Customers => customer(catalogue, column),
            Self::Composite => match column {
                "_address_default_billing_" => Some(Target::DefaultBilling),
                "_address_default_shipping_" => Some(Target::DefaultShipping),
                "_address_id" | "_address__entity_id" => Some(Target::AddressId),
                _ => match column.strip_prefix("_address_") {
                    Some(column) => address(catalogue, column),
                    None => customer(catalogue, column),
                },
            },
        })
    }
}

fn customer(catalogue: &Catalogue, column: &str) -> Option<Target> {
    let text: CustomerText = match column {
        "email" => |customer| &mut customer.email,
        "firstname" => |customer| &mut customer.firstname,
        "lastname" => |customer| &mut customer.lastname,
        "middlename" => |customer| &mut customer.middlename,
        "prefix" => |customer| &mut customer.prefix,
        "suffix" => |customer| &mut customer.suffix,
        "dob" => |customer| &mut customer.dob,
        "taxvat" => |customer| &mut customer.taxvat,
        "created_at" => |customer| &mut customer.created_at,
        "created_in" => |customer| &mut customer.created_in,
        "confirmation" => |customer| &mut customer.confirmation,
        "_store" => return Some(Target::Store),
        "group_id" => return Some(Target::Group),
        "gender" => return Some(Target::Gender),
        "disable_auto_group_change" => return Some(Target::DisableAutoGroupChange),
        "password" => return Some(Target::Password),
        "password_hash" => return Some(Target::PasswordHash),
        "store_id"
        | "website_id"
        | "updated_at"
        | "rp_token"
        | "rp_token_created_at"
        | "reward_update_notification"
        | "reward_warning_notification"
        | "failures_num"
        | "first_failure"
        | "lock_expires"
        | "entity_id"
        | "increment_id"
        | "session_cutoff"
        | "default_billing"
        | "default_shipping"
        | "is_active" => return Some(Target::Nothing),
        _ => return place(catalogue, Entity::Customer, column).map(Target::Attribute),
    };
    Some(Target::Customer(text))
}

fn address(catalogue: &Catalogue, column: &str) -> Option<Target> {
    let text: AddressText = match column {
        "city" => |address| &mut address.city,
        "company" => |address| &mut address.company,
        "country_id" => |address| &mut address.country_id,
        "fax" => |address| &mut address.fax,
        "firstname" => |address| &mut address.firstname,
        "lastname" => |address| &mut address.lastname,
        "middlename" => |address| &mut address.middlename,
        "postcode" => |address| &mut address.postcode,
        "prefix" => |address| &mut address.prefix,
        "suffix" => |address| &mut address.suffix,
        "telephone" => |address| &mut address.telephone,
        "vat_id" => |address| &mut address.vat_id,
        "street" => return Some(Target::Street),
        "region" => return Some(Target::Region),
        "region_id" => return Some(Target::RegionId),
        "_address_default_billing_" => return Some(Target::DefaultBilling),
        "_address_default_shipping_" => return Some(Target::DefaultShipping),
        "vat_is_valid" | "vat_request_date" | "vat_request_id" | "vat_request_success" => {
            return Some(Target::Nothing);
        }
        _ => return place(catalogue, Entity::CustomerAddress, column).map(Target::AddressAttribute),
    };
    Some(Target::Address(text))
}

fn place(catalogue: &Catalogue, entity: Entity, column: &str) -> Option<usize> {
    catalogue.attributes(entity).iter().position(|attribute| attribute.code == column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_known_by_its_columns() {
        assert_eq!(Layout::of(["email", "_website", "firstname"]), Some(Layout::Customers));
        assert_eq!(Layout::of(["email", "_address_city"]), Some(Layout::Composite));
        assert_eq!(Layout::of(["_website", "_email", "_address_default_billing_"]), Some(Layout::Addresses));
        assert_eq!(Layout::of(["sku", "name"]), None);
    }
}
