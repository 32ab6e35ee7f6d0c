//! How region information becomes a stored region, and a stored one becomes its three keys on the wire
//! (`spec/accs-customer-operations.md` 1.0.4).

use patron_webapi::{Fault, Given, scalar};

use super::{Address, input::AddressInput};
use crate::directory::regions;

/// Lays the region information that was sent over an address: the `region` object first, the top-level id over it. A `region` of null is
/// an object without members, as for every object of the original; an id of null is none.
pub fn merge(address: &mut Address, sent: &AddressInput) {
    if sent.region.is_sent() {
        let region = sent.region.value();
        let name = region.and_then(|region| region.region.text()).filter(|text| !text.is_empty());
        address.region = name.map(str::to_owned);
        address.region_id = Some(region.and_then(|region| region.region_id.copied()).unwrap_or(0));
    }
    if let Given::Value(id) = sent.region_id {
        address.region_id = Some(id);
    }
}

/// Makes region name and id agree with the directory where the id is one of the country's; a numeric name is an id.
pub fn resolve(address: &mut Address) {
    if address.region_id.unwrap_or(0) == 0 {
        let numeric = address.region.as_deref().and_then(scalar::int_of_text);
        if let Some(region) = numeric.and_then(|id| regions::find_in(&address.country_id, id)) {
            address.region_id = Some(region.id);
        }
    }
    if let Some(region) = regions::find_in(&address.country_id, address.region_id.unwrap_or(0)) {
        address.region = Some(region.name.to_owned());
    }
}

/// Refuses an id that is not one of the country's, where the country has regions at all.
pub fn check(address: &Address) -> Option<Fault> {
    let id = address.region_id.filter(|id| *id != 0)?;
    (regions::has_any(&address.country_id) && regions::find_in(&address.country_id, id).is_none())
        .then(|| Fault::invalid_value("regionId", id.to_string()))
}

/// The code that the wire shows: the directory's for an id, else the typed text, unless that is a number.
pub fn code(address: &Address) -> Option<&str> {
    match address.region_id.unwrap_or(0) {
        0 => address.region.as_deref().filter(|text| scalar::int_of_text(text).is_none()),
        id => regions::find_in(&address.country_id, id).map(|region| region.code),
    }
}

#[cfg(test)]
mod tests {
    use patron_webapi::Read;
    use serde_json::{Value, json};

    use super::*;

    fn resolved(country: &str, sent: Value) -> (Option<String>, Option<String>, Option<i64>) {
        let mut address = Address { country_id: country.to_owned(), ..Address::default() };
        merge(&mut address, &AddressInput::read(&sent).unwrap());
        resolve(&mut address);
        (code(&address).map(str::to_owned), address.region.clone(), address.region_id)
    }

    fn region(code: &str, name: &str, id: i64) -> (Option<String>, Option<String>, Option<i64>) {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (text(code), text(name), Some(id))
    }

    #[test]
    fn an_id_of_the_country_beats_every_text() {
        let texas = region("TX", "Texas", 57);
        assert_eq!(
            resolved("US", json!({"region_id": 57, "region": {"region": "x", "region_code": "y"}})),
            texas
        );
        assert_eq!(resolved("US", json!({"region": {"region_id": 57}})), texas);
        assert_eq!(resolved("US", json!({"region": {"region": "57"}})), texas);
        assert_eq!(resolved("US", json!({"region_id": 57, "region": {"region_id": 12}})), texas);
    }

    #[test]
    fn a_name_is_kept_as_typed_and_a_code_alone_is_lost() {
        assert_eq!(resolved("US", json!({"region": {"region": "Texas"}})), region("Texas", "Texas", 0));
        assert_eq!(resolved("US", json!({"region": {"region_code": "TX"}})), region("", "", 0));
        assert_eq!(resolved("US", json!({"region": "Texas"})), region("", "", 0));
        assert_eq!(resolved("US", json!({"region": null})), region("", "", 0));
        assert_eq!(resolved("US", json!({})), (None, None, None));
        assert_eq!(resolved("US", json!({"region_id": null})), (None, None, None));
        // Alberta is no region of the US, and Great Britain has none.
        assert_eq!(resolved("US", json!({"region": {"region": "66"}})), region("", "66", 0));
        assert_eq!(resolved("GB", json!({"region": {"region": "57"}})), region("", "57", 0));
    }

    #[test]
    fn a_region_of_null_clears_a_stored_one_and_an_id_of_null_does_not() {
        let mut address = Address {
            country_id: "US".to_owned(),
            region_id: Some(57),
            region: Some("Texas".to_owned()),
            ..Address::default()
        };
        merge(&mut address, &AddressInput::read(&json!({"region_id": null})).unwrap());
        assert_eq!(code(&address), Some("TX"));
        merge(&mut address, &AddressInput::read(&json!({"region": null})).unwrap());
        assert_eq!((code(&address), address.region.as_deref(), address.region_id), (None, None, Some(0)));
    }

    #[test]
    fn a_foreign_id_is_refused_only_where_the_country_has_regions() {
        let address = |country: &str| Address {
            country_id: country.to_owned(),
            region_id: Some(57),
            region: Some("Texas".to_owned()),
            ..Address::default()
        };
        assert_eq!(check(&address("CA")), Some(Fault::invalid_value("regionId", "57")));
        assert_eq!(check(&address("GB")), None);
        assert_eq!(code(&address("GB")), None);
    }
}
