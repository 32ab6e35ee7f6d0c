//! Creating and changing a group. The order of checks is the original's: code, tax class, id, and that the code is free.

use patron_webapi::{Fault, record};
use serde_json::Value;

use super::{Group, NOT_LOGGED_IN, api, model::GroupExtension, store};
use crate::{
    Call,
    failure::Result,
    instances::{
        counters::{self, Counter},
        settings,
    },
    tax,
};

/// Bytes of a code that are kept.
const CODE_BYTES: usize = 32;

record! {
    /// A group as it is sent.
    pub struct GroupInput = "customer-data-group-interface" {
        /// Its id: absent to create one.
        id: i64,
        /// Its name.
        code: String,
        /// What its members are taxed by; a new one may go without.
        tax_class_id: i64,
        /// Ignored: follows from the class.
        tax_class_name: String,
        /// What it has beside its columns.
        extension_attributes: GroupExtensionInput,
    }
}

record! {
    /// What is sent of a group beside its columns.
    pub struct GroupExtensionInput = "customer-data-group-extension-interface" {
        /// Ids of websites that its members may not use; replaces the stored ones.
        exclude_website_ids: Vec<i64>,
        /// Ignored: follows from the id.
        uid: String,
    }
}

/// Creates a group, or changes the one whose id was sent: a PUT is not merged, code and tax class are needed every time.
pub fn save(call: &Call<'_>, sent: &GroupInput, id: Option<i64>) -> Result<Group> {
    let code = code(sent)?;
    let id = match id {
        Some(id) => change(call, sent, id, code)?,
        None => add(call, sent, code)?,
    };
    let excluded =
        sent.extension_attributes.value().and_then(|extension| extension.exclude_website_ids.value());
    if let Some(website_ids) = excluded {
        exclude(call, id, website_ids)?;
    }
    let mut saved = store::find(call.sql, call.tenant(), id)?.ok_or_else(|| api::unknown(id))?;
    // The list is answered as it was sent, whatever of it could be stored.
    saved.extension_attributes =
        excluded.map(|website_ids| GroupExtension { exclude_website_ids: website_ids.clone() });
    Ok(saved)
}

fn change(call: &Call<'_>, sent: &GroupInput, id: i64, code: &str) -> Result<i64> {
    let tax_class_id = sent.tax_class_id.copied();
    let tax_class_id = customer_tax_class(call, tax_class_id, tax_class_id)?;
    if !store::exists(call.sql, call.tenant(), id)? {
        return Err(api::unknown(id).into());
    }
    store::change(call.sql, call.tenant(), id, code, tax_class_id)?;
    Ok(id)
}

fn add(call: &Call<'_>, sent: &GroupInput, code: &str) -> Result<i64> {
    let sent_class = sent.tax_class_id.copied();
    let tax_class_id = sent_class
        .filter(|id| *id != 0)
        .or_else(|| call.catalogue.default_setting(&settings::DEFAULT_CUSTOMER_TAX_CLASS).parse().ok());
    let tax_class_id = customer_tax_class(call, tax_class_id, sent_class)?;
    let id = counters::next(call.sql, call.tenant(), Counter::Group)?;
    store::add(call.sql, call.tenant(), id, code, tax_class_id)?;
    Ok(id)
}

/// The code as it is kept: not trimmed, but not blank either, and cut without a word.
fn code(sent: &GroupInput) -> Result<&str, Fault> {
    let code = sent.code.text().unwrap_or_default();
    if code.chars().all(|c| c.is_ascii_whitespace() || matches!(c, '\0' | '\u{b}')) {
        return Err(Fault::required("code"));
    }
    Ok(cut(code))
}

fn cut(code: &str) -> &str {
    let end = (0..=CODE_BYTES.min(code.len())).rev().find(|end| code.is_char_boundary(*end));
    &code[..end.unwrap_or_default()]
}

/// The class's id, when it is one for customers; the refusal shows what was sent.
fn customer_tax_class(call: &Call<'_>, id: Option<i64>, sent: Option<i64>) -> Result<i64> {
    if let Some(id) = id {
        let class = tax::store::find(call.sql, call.tenant(), id)?;
        if class.is_some_and(|class| class.class_type == tax::CUSTOMER) {
            return Ok(id);
        }
    }
    Err(Fault::invalid_value("taxClassId", sent.map_or(Value::Null, Value::from)).into())
}

/// Only websites that there are can be excluded, and nobody can exclude visitors who are not signed in.
fn exclude(call: &Call<'_>, id: i64, website_ids: &[i64]) -> Result<()> {
    if id == NOT_LOGGED_IN {
        return Ok(());
    }
    let known = |website_id: &i64| *website_id != 0 && call.catalogue.website(*website_id).is_some();
    let website_ids: Vec<i64> = website_ids.iter().copied().filter(known).collect();
    store::put_excluded(call.sql, call.tenant(), id, &website_ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_cut_at_32_bytes_and_never_inside_a_character() {
        assert_eq!(cut(&"ü".repeat(40)), "ü".repeat(16));
        assert_eq!(cut(&format!("a{}", "ü".repeat(40))), format!("a{}", "ü".repeat(15)));
        assert_eq!(cut("VIP"), "VIP");
    }

    #[test]
    fn a_blank_code_is_no_code_and_a_zero_is_one() {
        let sent = |code: &str| GroupInput {
            code: patron_webapi::Given::Value(code.to_owned()),
            ..Default::default()
        };
        for blank in ["", "  ", "\t\n\r\0\u{b}"] {
            assert_eq!(code(&sent(blank)).unwrap_err(), Fault::required("code"), "{blank:?}");
        }
        assert_eq!(code(&GroupInput::default()).unwrap_err(), Fault::required("code"));
        assert_eq!(code(&sent("0")).unwrap(), "0");
        assert_eq!(code(&sent(" VIP ")).unwrap(), " VIP ");
    }
}
