//! A customer and an address as clients send them.

use patron_webapi::{
    Given, Read, ReadError, Value,
    describe::{Definitions, Describe},
    read::Boolean,
    record, scalar,
};

use crate::attributes::input::CustomAttributes;

record! {
    /// A customer as it is sent.
    pub struct CustomerInput = "customer-data-customer-interface" {
        /// Its id; see the handlers for what it does.
        id: i64,
        /// The group.
        group_id: i64,
        /// The id of the default billing address.
        default_billing: String,
        /// The id of the default shipping address.
        default_shipping: String,
        /// The confirmation key.
        confirmation: String,
        /// Settable when the customer is made.
        created_at: String,
        /// Ignored.
        updated_at: String,
        /// The name of the store view.
        created_in: String,
        /// Date of birth.
        dob: String,
        /// E-mail address.
        email: String,
        /// Given name.
        firstname: String,
        /// Family name.
        lastname: String,
        /// Name between the two.
        middlename: String,
        /// Title before the name.
        prefix: String,
        /// Title after the name.
        suffix: String,
        /// 1, 2 or 3.
        gender: i64,
        /// The store view.
        store_id: i64,
        /// Tax number.
        taxvat: String,
        /// The website.
        website_id: i64,
        /// Its addresses.
        addresses: Vec<AddressInput>,
        /// 0 or 1.
        disable_auto_group_change: i64,
        /// What modules add.
        extension_attributes: CustomerExtensionInput,
        /// Values of added attributes.
        custom_attributes: CustomAttributes,
    }
}

record! {
    /// What modules add to a customer.
    pub struct CustomerExtensionInput = "customer-data-customer-extension-interface" {
        /// Gets the newsletter.
        is_subscribed: Boolean,
        /// 2: staff may act as the customer, any other non-zero number: they may not.
        assistance_allowed: i64,
        /// Out only; taken and ignored, so that an answer can be sent back.
        last_login_at: String,
        /// The company of a business customer; taken and ignored where there are no companies.
        company_attributes: Value,
    }
}

record! {
    /// An address as it is sent.
    pub struct AddressInput = "customer-data-address-interface" {
        /// The id of a stored address that is changed.
        id: i64,
        /// Ignored.
        customer_id: i64,
        /// Name, code and id of the region.
        region: RegionInput,
        /// The region's id.
        region_id: i64,
        /// Two letters.
        country_id: String,
        /// Lines.
        street: Vec<String>,
        /// Company.
        company: String,
        /// Telephone number.
        telephone: String,
        /// Fax number.
        fax: String,
        /// Postal code.
        postcode: String,
        /// City.
        city: String,
        /// Given name.
        firstname: String,
        /// Family name.
        lastname: String,
        /// Name between the two.
        middlename: String,
        /// Title before the name.
        prefix: String,
        /// Title after the name.
        suffix: String,
        /// VAT number.
        vat_id: String,
        /// Becomes the default shipping address.
        default_shipping: bool,
        /// Becomes the default billing address.
        default_billing: bool,
        /// What modules add: nothing.
        extension_attributes: NoExtension,
        /// Values of added attributes.
        custom_attributes: CustomAttributes,
    }
}

record! {
    /// A region as it is sent.
    pub struct RegionInput = "customer-data-region-interface" {
        /// Ignored: the directory's code counts.
        region_code: String,
        /// A name, or the id as a text.
        region: String,
        /// The id.
        region_id: i64,
        /// What modules add: nothing.
        extension_attributes: NoExtension,
    }
}

/// Extension attributes of an object to which no module adds any: whatever key is sent is unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NoExtension;

impl patron_webapi::Record for NoExtension {
    const NAME: &'static str = "extension-interface";

    fn set(&mut self, key: &str, _: &Value) -> Result<(), ReadError> {
        Err(patron_webapi::Fault::unsupported(&patron_webapi::names::upper_camel(key)).into())
    }

    fn has(_: &str) -> bool {
        false
    }
}

impl Describe for NoExtension {
    fn schema(_: &mut Definitions) -> Value {
        serde_json::json!({ "type": "object" })
    }
}

impl Read for NoExtension {
    fn read(value: &Value) -> Result<Self, ReadError> {
        patron_webapi::read::read_record(value)
    }

    fn read_list(value: &Value) -> Result<Vec<Self>, ReadError> {
        patron_webapi::read::read_record_list(value)
    }
}

impl CustomerInput {
    /// The id of a default address as a number; a text that is none is 0, and the rest is cut to what the original's column holds.
    pub fn default_id(given: &Given<String>) -> Option<i64> {
        given.text().map(|text| scalar::int_cast(text).clamp(0, i64::from(u32::MAX)))
    }

    /// Should the newsletter be sent? None when nothing was said.
    pub fn is_subscribed(&self) -> Option<bool> {
        self.extension_attributes.value()?.is_subscribed.value().map(|sent| sent.0)
    }

    /// May staff act as the customer? None when nothing was said (absent, null and 0).
    pub fn assistance_allowed(&self) -> Option<bool> {
        let sent = self.extension_attributes.value()?.assistance_allowed.copied()?;
        (sent != 0).then_some(sent == 2)
    }
}
