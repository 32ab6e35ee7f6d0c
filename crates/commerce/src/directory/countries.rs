//! The countries of the directory.
//!
//! All of them are allowed by default (`general/country/allow` of a fresh installation, spec 3.7): 247 of ISO 3166-1,
//! with the former AN and the unofficial XK, without PR (a region of the US here) and SS.

use std::sync::LazyLock;

use super::Country;

static COUNTRIES: LazyLock<Vec<Country>> =
    LazyLock::new(|| include_str!("data/countries.tsv").lines().skip(1).map(parse).collect());

/// Countries whose addresses need no postcode: `general/country/optional_zip_countries` of a fresh installation.
const OPTIONAL_POSTCODE: [&str; 5] = ["HK", "IE", "MO", "PA", "GB"];

/// Every country, in the order of ids, which is the order of the API.
#[must_use]
pub fn all() -> &'static [Country] {
    &COUNTRIES
}

/// The country of that id; case matters.
#[must_use]
pub fn find(id: &str) -> Option<&'static Country> {
    let place = COUNTRIES.binary_search_by_key(&id, |country| country.id).ok()?;
    COUNTRIES.get(place)
}

/// True when an address in that country may lack a postcode.
#[must_use]
pub fn postcode_is_optional(id: &str) -> bool {
    OPTIONAL_POSTCODE.contains(&id)
}

fn parse(line: &'static str) -> Country {
    let mut fields = line.split('\t');
    let mut field = || fields.next().expect("every line of the data has three fields");
    let (id, three_letters, name) = (field(), field(), field());
    Country { id, three_letters, name: (!name.is_empty()).then_some(name) }
}

#[cfg(test)]
mod tests {
    use super::super::CountryInformation;
    use super::*;

    #[test]
    fn there_are_249_countries_in_the_order_of_their_ids() {
        assert_eq!(all().len(), 249);
        assert!(all().is_sorted_by(|left, right| left.id < right.id));
        assert!(all().iter().all(|country| country.id.len() == 2 && country.three_letters.len() == 3));
    }

    #[test]
    fn a_country_is_found_by_its_id_and_case_matters() {
        assert_eq!(
            find("GB"),
            Some(&Country { id: "GB", three_letters: "GBR", name: Some("United Kingdom") })
        );
        for id in ["gb", "", "ZZ", "PR", "GBR"] {
            assert_eq!(find(id), None, "{id:?}");
        }
    }

    #[test]
    fn five_countries_do_without_postcodes() {
        assert!(postcode_is_optional("IE"));
        assert!(!postcode_is_optional("US"));
        assert!(OPTIONAL_POSTCODE.iter().all(|id| find(id).is_some()));
    }

    #[test]
    fn a_country_is_told_with_its_regions_and_their_ids_as_strings() {
        let austria = serde_json::to_string(&CountryInformation::from(find("AT").unwrap())).unwrap();
        assert!(
            austria.starts_with(
                r#"{"id":"AT","two_letter_abbreviation":"AT","three_letter_abbreviation":"AUT","full_name_locale":"Austria","full_name_english":"Austria","available_regions":[{"id":"102","code":"BL","name":"Burgenland"},{"id":"99","code":"KN","name":"Kärnten"},"#
            ),
            "{austria}"
        );
    }

    #[test]
    fn a_country_without_regions_has_no_such_key_and_one_without_name_says_null() {
        assert_eq!(
            serde_json::to_string(&CountryInformation::from(find("AN").unwrap())).unwrap(),
            r#"{"id":"AN","two_letter_abbreviation":"AN","three_letter_abbreviation":"ANT","full_name_locale":null,"full_name_english":null}"#
        );
    }
}
