//! An address: laid over a stored one, checked in the original's two stages (`spec/accs-customer-operations.md` 1.0.5).

use patron_webapi::{Fault, Given};

use super::{
    Address,
    input::AddressInput,
    region,
    rules::{
        address::{Validators, too_many_lines},
        name::{self, Names},
        street,
    },
};
use crate::{
    Call,
    attributes::{custom::Entity, shown::Lines, values},
    directory::countries,
    instances::settings::{self, Setting},
};

/// Lays what was sent over an address: absent and null keep what is there, "" clears optional text.
pub fn merge(call: &Call<'_>, address: &mut Address, sent: &AddressInput) -> Result<(), Fault> {
    let text = |slot: &mut String, given: &Given<String>| {
        if let Some(text) = given.text() {
            *slot = text.to_owned();
        }
    };
    let optional = |slot: &mut Option<String>, given: &Given<String>| {
        if let Some(text) = given.text() {
            *slot = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
    };
    text(&mut address.country_id, &sent.country_id);
    text(&mut address.city, &sent.city);
    text(&mut address.firstname, &sent.firstname);
    text(&mut address.lastname, &sent.lastname);
    optional(&mut address.company, &sent.company);
    optional(&mut address.telephone, &sent.telephone);
    optional(&mut address.fax, &sent.fax);
    optional(&mut address.postcode, &sent.postcode);
    optional(&mut address.middlename, &sent.middlename);
    optional(&mut address.prefix, &sent.prefix);
    optional(&mut address.suffix, &sent.suffix);
    optional(&mut address.vat_id, &sent.vat_id);
    if let Given::Value(lines) = &sent.street {
        address.street = street::lines(lines);
    }
    region::merge(address, sent);
    if let Given::Value(sent) = &sent.custom_attributes {
        let changes = values::typed(call.catalogue.attributes(Entity::CustomerAddress), sent, call.moment)?;
        values::apply(&mut address.attributes, changes);
    }
    if address.id == 0 {
        values::add_defaults(call.catalogue.attributes(Entity::CustomerAddress), &mut address.attributes);
    }
    Ok(())
}

/// Refuses an address that breaks a rule: all missing and wrong fields together, else all malformed ones together.
/// One in order has its region resolved and its texts cut to what is stored.
pub fn check(call: &Call<'_>, address: &mut Address, website_id: i64) -> Result<(), Fault> {
    region::resolve(address);
    let shows = |setting: &'static Setting| call.catalogue.website_setting(setting, website_id) == "req";
    let mut causes = Vec::new();
    let mut require = |present: bool, field: &str| {
        if !present {
            causes.push(Fault::required(field));
        }
    };
    let filled = |text: &str| !text.trim().is_empty();
    let has = |text: &Option<String>| text.as_deref().is_some_and(filled);
    require(filled(&address.firstname), "firstname");
    require(filled(&address.lastname), "lastname");
    require(address.street.iter().any(|line| filled(line)), "street");
    require(filled(&address.city), "city");
    require(!shows(&settings::TELEPHONE_SHOW) || has(&address.telephone), "telephone");
    require(!shows(&settings::FAX_SHOW) || has(&address.fax), "fax");
    require(!shows(&settings::COMPANY_SHOW) || has(&address.company), "company");
    require(postcode_is_optional(call, &address.country_id) || has(&address.postcode), "postcode");
    if !filled(&address.country_id) {
        causes.push(Fault::required("countryId"));
    } else if !is_allowed(call, &address.country_id, website_id) {
        causes.push(Fault::invalid_value("countryId", address.country_id.as_str()));
    } else {
        causes.extend(region::check(address));
    }
    if let Some(fault) = Fault::aggregate(causes) {
        return Err(fault);
    }
    let lines = malformed(call, address, website_id);
    if !lines.is_empty() {
        return Err(Fault::bad_request(lines.join("\n")));
    }
    address.cut();
    Ok(())
}

/// May an address of this website be in this country? Case matters.
pub fn is_allowed(call: &Call<'_>, country_id: &str, website_id: i64) -> bool {
    let allowed = call.catalogue.website_setting(&settings::ALLOWED_COUNTRIES, website_id);
    countries::find(country_id).is_some()
        && (allowed.is_empty() || allowed.split(',').any(|code| code == country_id))
}

fn postcode_is_optional(call: &Call<'_>, country_id: &str) -> bool {
    call.catalogue
        .default_setting(&settings::OPTIONAL_POSTCODE_COUNTRIES)
        .split(',')
        .any(|code| code == country_id)
}

fn malformed(call: &Call<'_>, address: &Address, website_id: i64) -> Vec<String> {
    let limit = call.catalogue.website_setting(&settings::STREET_LINES, website_id).parse().unwrap_or(2);
    let validators = match call.catalogue.website_setting(&settings::ADDRESS_VALIDATORS, website_id) {
        "current" => Validators::Current,
        _ => Validators::Commerce248,
    };
    let mut lines = Lines::default();
    let optional = [
        ("prefix", address.prefix.is_some()),
        ("middlename", address.middlename.is_some()),
        ("suffix", address.suffix.is_some()),
    ];
    lines.require(call.catalogue, Entity::CustomerAddress, website_id, &optional);
    lines.about(Entity::CustomerAddress, "street", too_many_lines("Street Address", &address.street, limit));
    lines.custom(call, Entity::CustomerAddress, &address.attributes);
    let mut lines = lines.told();
    lines.extend(name::problems(Names {
        first: Some(&address.firstname),
        middle: address.middlename.as_deref(),
        last: Some(&address.lastname),
    }));
    lines.extend(validators.problems(
        &address.street,
        &address.city,
        address.telephone.as_deref().unwrap_or(""),
    ));
    lines
}
