//! The eight operations of attribute metadata (`spec/accs-customer-operations.md` 1.5).

use patron_webapi::{Fault, arguments, arguments::None as NoArguments};

use super::{custom::Entity, metadata, model::AttributeMetadata};
use crate::{Call, Row, customers::api::acl, failure::Result};

const ONE: &str = "customer-data-attribute-metadata-interface";
const LIST: &str = "[customer-data-attribute-metadata-interface]";

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::get("/V1/attributeMetadata/customer", acl::READ, customer_all).answers(LIST),
        Row::get("/V1/attributeMetadata/customer/attribute/:attributeCode", acl::READ, customer_one)
            .answers(ONE),
        Row::get("/V1/attributeMetadata/customer/custom", acl::READ, customer_added).answers(LIST),
        Row::get("/V1/attributeMetadata/customer/form/:formCode", acl::READ, customer_form).answers(LIST),
        Row::get("/V1/attributeMetadata/customerAddress", acl::READ, address_all).answers(LIST),
        Row::get("/V1/attributeMetadata/customerAddress/attribute/:attributeCode", acl::READ, address_one)
            .answers(ONE),
        Row::get("/V1/attributeMetadata/customerAddress/custom", acl::READ, address_added).answers(LIST),
        Row::get("/V1/attributeMetadata/customerAddress/form/:formCode", acl::READ, address_form)
            .answers(LIST),
    ]
}

arguments! {
    /// An attribute's code.
    pub struct ByCode {
        /// The code.
        required attribute_code: String,
    }
}

arguments! {
    /// A form's code.
    pub struct ByForm {
        /// The code.
        required form_code: String,
    }
}

arguments! {
    /// What the lists of added attributes take.
    pub struct Added {
        /// Taken and ignored, as the original does.
        optional data_interface_name: String,
    }
}

type List = Result<Vec<AttributeMetadata>>;

/// `GET /V1/attributeMetadata/customer`
fn customer_all(call: &Call<'_>, _: &NoArguments) -> List {
    metadata::all(call, Entity::Customer)
}

/// `GET /V1/attributeMetadata/customerAddress`
fn address_all(call: &Call<'_>, _: &NoArguments) -> List {
    metadata::all(call, Entity::CustomerAddress)
}

/// `GET /V1/attributeMetadata/customer/attribute/{attributeCode}`
fn customer_one(call: &Call<'_>, sent: &ByCode) -> Result<AttributeMetadata> {
    one(call, Entity::Customer, sent)
}

/// `GET /V1/attributeMetadata/customerAddress/attribute/{attributeCode}`
fn address_one(call: &Call<'_>, sent: &ByCode) -> Result<AttributeMetadata> {
    one(call, Entity::CustomerAddress, sent)
}

/// `GET /V1/attributeMetadata/customer/custom`
fn customer_added(call: &Call<'_>, _: &Added) -> List {
    Ok(metadata::added(call, Entity::Customer))
}

/// `GET /V1/attributeMetadata/customerAddress/custom`
fn address_added(call: &Call<'_>, _: &Added) -> List {
    Ok(metadata::added(call, Entity::CustomerAddress))
}

/// `GET /V1/attributeMetadata/customer/form/{formCode}`
fn customer_form(call: &Call<'_>, sent: &ByForm) -> List {
    form(call, Entity::Customer, sent)
}

/// `GET /V1/attributeMetadata/customerAddress/form/{formCode}`
fn address_form(call: &Call<'_>, sent: &ByForm) -> List {
    form(call, Entity::CustomerAddress, sent)
}

fn one(call: &Call<'_>, entity: Entity, sent: &ByCode) -> Result<AttributeMetadata> {
    let code = sent.attribute_code.as_str();
    let unknown = || Fault::no_such_pair("entityType", entity.name(), "attributeCode", code);
    Ok(metadata::find(call, entity, code)?.ok_or_else(unknown)?)
}

fn form(call: &Call<'_>, entity: Entity, sent: &ByForm) -> List {
    let code = sent.form_code.as_str();
    Ok(metadata::form(call, entity, code)?.ok_or_else(|| Fault::no_such_entity("formCode", code))?)
}
