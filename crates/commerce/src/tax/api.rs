//! The REST operations of tax classes and their rows (`spec/accs-customer-operations.md` 1.8).

use std::io;

use patron_webapi::{Fault, SearchCriteria, Value, arguments, fields::Selection, scalar};

use super::{
    TaxClass,
    save::{self, TaxClassInput},
    store,
};
use crate::{
    Call, Row,
    failure::Result,
    flat::{self, Column, Kind, Repository},
    groups,
};

const MANAGE_TAX: &[&str] = &["Magento_Tax::manage_tax"];
const TAX_CLASS: &str = "tax-data-tax-class-interface";

const TAX_CLASSES: Repository = Repository {
    from: "tax_class",
    tenant: "tenant_id",
    key: "id",
    columns: &[
        Column { name: "class_id", alias: None, sql: "id", kind: Kind::Number },
        Column { name: "class_name", alias: None, sql: "name", kind: Kind::Text { folded: "name_folded" } },
        // Upper case letters only: the value is its own folded copy.
        Column { name: "class_type", alias: None, sql: "type", kind: Kind::Text { folded: "type" } },
    ],
};

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::post("/V1/taxClasses", MANAGE_TAX, post)
            .service("taxclassrepositoryinterface.save")
            .answers("string"),
        Row::put("/V1/taxClasses/:classId", MANAGE_TAX, put)
            .service("taxclassrepositoryinterface.save")
            .path_writes("taxClass", "class_id")
            .answers("string"),
        Row::get("/V1/taxClasses/:taxClassId", MANAGE_TAX, get).answers(TAX_CLASS),
        Row::delete("/V1/taxClasses/:taxClassId", MANAGE_TAX, delete)
            .service("taxclassrepositoryinterface.deletebyid")
            .answers("boolean"),
        Row::search("/V1/taxClasses/search", MANAGE_TAX, search)
            .answers("tax-data-tax-class-search-results-interface"),
    ]
}

arguments! {
    /// A new tax class.
    pub struct Create {
        /// The tax class.
        required tax_class: TaxClassInput,
    }
}

arguments! {
    /// A tax class that takes the place of a stored one.
    pub struct Save {
        /// The tax class; its id is the path's.
        required tax_class: TaxClassInput,
        /// The id as the path has it: text, for its place in `taxClass` is what is checked.
        optional class_id: String,
    }
}

arguments! {
    /// A tax class's id.
    pub struct ById {
        /// The id.
        required tax_class_id: i64,
    }
}

arguments! {
    /// What tax classes are searched by.
    pub struct Search {
        /// The criteria.
        required search_criteria: SearchCriteria,
    }
}

/// `POST /V1/taxClasses`: a new class's id is a string. With an id it changes that class and answers a number, as PUT does.
fn post(call: &Call<'_>, sent: &Create) -> Result<Value> {
    match sent.tax_class.class_id.copied().filter(|id| *id != 0) {
        Some(id) => rename(call, &sent.tax_class, id).map(Value::from),
        None => Ok(save::add(call, &sent.tax_class)?.to_string().into()),
    }
}

/// `PUT /V1/taxClasses/{classId}`
fn put(call: &Call<'_>, sent: &Save) -> Result<i64> {
    // Without an object to write it into, the path's id still decides: a PUT creates nothing.
    let id = sent
        .tax_class
        .class_id
        .copied()
        .unwrap_or_else(|| scalar::int_cast(sent.class_id.as_deref().unwrap_or("")));
    rename(call, &sent.tax_class, id)
}

fn rename(call: &Call<'_>, sent: &TaxClassInput, id: i64) -> Result<i64> {
    save::rename(call, &find(call, id)?, sent)?;
    Ok(id)
}

/// `GET /V1/taxClasses/{taxClassId}`
fn get(call: &Call<'_>, sent: &ById) -> Result<TaxClass> {
    find(call, sent.tax_class_id)
}

/// `DELETE /V1/taxClasses/{taxClassId}`: not while a group is taxed by it.
fn delete(call: &Call<'_>, sent: &ById) -> Result<bool> {
    find(call, sent.tax_class_id)?;
    if groups::store::any_of_tax_class(call.sql, call.tenant(), sent.tax_class_id)? {
        let text = "You cannot delete this tax class because it is used in existing %1(s).";
        return Err(Fault::bad_request(text).positional(["customer group".into()]).into());
    }
    store::delete(call.sql, call.tenant(), sent.tax_class_id)?;
    Ok(true)
}

/// `GET /V1/taxClasses/search`
fn search(call: &Call<'_>, sent: &Search, selection: &Selection, out: &mut dyn io::Write) -> Result<()> {
    flat::page(call, &TAX_CLASSES, &sent.search_criteria, store::COLUMNS, store::tax_class)?
        .write(selection, out)
}

fn find(call: &Call<'_>, id: i64) -> Result<TaxClass> {
    Ok(store::find(call.sql, call.tenant(), id)?.ok_or_else(|| Fault::no_such_entity("class_id", id))?)
}
