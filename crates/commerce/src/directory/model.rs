//! What a country and a region are, inside and on the wire.

use serde::Serialize;

/// A country of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, the id on the wire; case matters.
    pub id: &'static str,
    /// ISO 3166-1 alpha-3.
    pub three_letters: &'static str,
    /// English name as CLDR has it; absent where CLDR has none any more (AN).
    pub name: Option<&'static str>,
}

/// A region (state, province, department …) of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Id that addresses carry as `region_id`.
    pub id: i64,
    /// Country it belongs to.
    pub country_id: &'static str,
    /// The original's code for it, unique in the country but for the military regions `AE` of the US.
    pub code: &'static str,
    /// Local name.
    pub name: &'static str,
}

/// A country as `/V1/directory/countries` tells it, keys in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountryInformation {
    /// Two letters.
    pub id: &'static str,
    /// The id again.
    pub two_letter_abbreviation: &'static str,
    /// Three letters.
    pub three_letter_abbreviation: &'static str,
    /// Name in the language of the store; null when there is none.
    pub full_name_locale: Option<&'static str>,
    /// Name in English; null when there is none.
    pub full_name_english: Option<&'static str>,
    /// Regions by name; the key is absent for countries without any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub available_regions: Vec<RegionInformation>,
}

/// A region as `/V1/directory/countries` tells it: its id is a string there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegionInformation {
    /// Id in digits.
    pub id: String,
    /// Code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
}

impl From<&'static Country> for CountryInformation {
    /// The country with its regions, named in English: the only language the directory speaks.
    fn from(country: &'static Country) -> Self {
        Self {
            id: country.id,
            two_letter_abbreviation: country.id,
            three_letter_abbreviation: country.three_letters,
            full_name_locale: country.name,
            full_name_english: country.name,
            available_regions: super::regions::of(country.id).iter().map(RegionInformation::from).collect(),
        }
    }
}

impl From<&'static Region> for RegionInformation {
    fn from(region: &'static Region) -> Self {
        Self { id: region.id.to_string(), code: region.code, name: region.name }
    }
}
