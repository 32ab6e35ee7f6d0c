//! Creating and renaming a tax class. The order of checks is the original's.

use patron_webapi::{Fault, Value, record};

use super::{CUSTOMER, PRODUCT, TaxClass, store};
use crate::{
    Call,
    failure::Result,
    instances::counters::{self, Counter},
};

/// Characters of a name that are kept.
const NAME_LENGTH: usize = 255;

record! {
    /// A tax class as it is sent.
    pub struct TaxClassInput = "tax-data-tax-class-interface" {
        /// Its id: absent to create one.
        class_id: i64,
        /// Its name.
        class_name: String,
        /// CUSTOMER or PRODUCT.
        class_type: String,
        /// Accepted, and without meaning: tax classes have no attributes of their own.
        custom_attributes: Value,
        /// Accepted, and without meaning.
        extension_attributes: Value,
    }
}

/// Creates a tax class and gives its id.
pub fn add(call: &Call<'_>, sent: &TaxClassInput) -> Result<i64> {
    let (name, class_type) = checked(sent)?;
    let id = counters::next(call.sql, call.tenant(), Counter::TaxClass)?;
    store::add(call.sql, call.tenant(), id, &name, class_type)?;
    Ok(id)
}

/// Renames a tax class; its type must be sent as it is.
pub fn rename(call: &Call<'_>, class: &TaxClass, sent: &TaxClassInput) -> Result<()> {
    if sent.class_type.text() != Some(&class.class_type) {
        return Err(Fault::bad_request("Updating classType is not allowed.").into());
    }
    let (name, _) = checked(sent)?;
    store::rename(call.sql, call.tenant(), class, &name)
}

/// Name and type; what is wrong with either is reported together.
fn checked(sent: &TaxClassInput) -> Result<(String, &'static str), Fault> {
    match (name(sent), class_type(sent)) {
        (Ok(name), Ok(class_type)) => Ok((name, class_type)),
        (Err(fault), Ok(_)) | (Ok(_), Err(fault)) => Err(fault),
        (Err(first), Err(second)) => {
            Err(Fault::aggregate(vec![first, second]).expect("there are two causes"))
        }
    }
}

/// The name as it is kept: not trimmed, but not blank either, and cut without a word.
fn name(sent: &TaxClassInput) -> Result<String, Fault> {
    match sent.class_name.text() {
        Some(name) if !is_blank(name) => Ok(name.chars().take(NAME_LENGTH).collect()),
        _ => Err(Fault::required("class_name")),
    }
}

fn class_type(sent: &TaxClassInput) -> Result<&'static str, Fault> {
    match sent.class_type.text() {
        Some(CUSTOMER) => Ok(CUSTOMER),
        Some(PRODUCT) => Ok(PRODUCT),
        Some(other) if !is_blank(other) => Err(Fault::invalid_value("class_type", other)),
        _ => Err(Fault::required("class_type")),
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_whitespace() || matches!(c, '\0' | '\u{b}'))
}
