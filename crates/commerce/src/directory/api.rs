//! The REST operations of the directory and their rows (`spec/accs-customer-operations.md` 1.7).

use patron_webapi::{Fault, arguments};

use super::{Country, CountryInformation, countries};
use crate::{
    Call, Row,
    failure::Result,
    instances::{api::current_store_id, settings},
};

/// Open to everybody in the original; the cloud service wants a token of whoever may do anything at all.
const ANY: &[&str] = &["Magento_Backend::admin"];

/// The rows of this file.
pub fn rows() -> Vec<Row> {
    vec![
        Row::get("/V1/directory/countries", ANY, list)
            .answers("[directory-data-country-information-interface]"),
        Row::get("/V1/directory/countries/:countryId", ANY, get)
            .answers("directory-data-country-information-interface"),
    ]
}

arguments! {
    /// A country's id.
    pub struct ById {
        /// Two letters; case matters.
        required country_id: String,
    }
}

/// `GET /V1/directory/countries`: those allowed in the store of the call.
fn list(call: &Call<'_>, _: &arguments::None) -> Result<Vec<CountryInformation>> {
    let allowed = Allowed::of(call);
    Ok(countries::all().iter().filter(|country| allowed.has(country)).map(CountryInformation::from).collect())
}

/// `GET /V1/directory/countries/{countryId}`
fn get(call: &Call<'_>, sent: &ById) -> Result<CountryInformation> {
    let country = countries::find(&sent.country_id).filter(|country| Allowed::of(call).has(country));
    Ok(country
        .map(CountryInformation::from)
        .ok_or_else(|| Fault::not_found("The country isn't available."))?)
}

/// The countries of a setting; empty means all.
struct Allowed<'c>(&'c str);

impl<'c> Allowed<'c> {
    fn of(call: &Call<'c>) -> Self {
        Self(call.catalogue.setting(&settings::ALLOWED_COUNTRIES, current_store_id(call)))
    }

    fn has(&self, country: &Country) -> bool {
        self.0.is_empty() || self.0.split(',').any(|id| id == country.id)
    }
}
