//! The directory's data held against ISO 3166: what differs is listed here, each with its reason, so that a slip in the data shows.
//! Part 1 is for countries, part 2 for regions.

use std::collections::BTreeSet;

use super::{countries, regions};

/// Countries whose regions have the original's own codes or divisions: names as codes (ES, FI), older letters (AT, DE), the
/// divisions before a reform (EE, LV), letters of its own (CR), or numbers without the leading zero (IS).
const OWN_CODES: [&str; 8] = ["AT", "CR", "DE", "EE", "ES", "FI", "IS", "LV"];

/// Regions elsewhere that part 2 does not have, or no longer has, under that code.
const NOT_IN_ISO: [(&str, &[&str]); 5] = [
    ("CO", &["HUL"]),
    // Departments without the leading zero; Paris is a collectivity of its own since 2019.
    ("FR", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "75"]),
    // Codes before 2023, and two territories that became one.
    ("IN", &["CT", "DD", "DN", "OR", "TG", "UT"]),
    // Provinces of Sardinia that were dissolved in 2016; Aosta is a region there.
    ("IT", &["AO", "CI", "OG", "OT", "VS"]),
    // Military addresses, and states in free association, which use the same post.
    ("US", &["AA", "AE", "AP", "FM", "MH", "PW"]),
];

#[test]
fn countries_are_those_of_part_1_with_an_old_one_and_an_unofficial_one() {
    let ours: BTreeSet<_> =
        countries::all().iter().map(|country| (country.id, country.three_letters)).collect();
    let iso: BTreeSet<_> = rust_iso3166::ALL.iter().map(|country| (country.alpha2, country.alpha3)).collect();
    // The Netherlands Antilles ended in 2010; Kosovo's code is assigned by its users.
    assert_eq!(ours.difference(&iso).collect::<Vec<_>>(), [&("AN", "ANT"), &("XK", "XKX")]);
    // Puerto Rico is a region of the US here; the original never allowed South Sudan.
    assert_eq!(iso.difference(&ours).collect::<Vec<_>>(), [&("PR", "PRI"), &("SS", "SSD")]);
}

#[test]
fn regions_are_those_of_part_2_but_for_known_differences() {
    for country in countries::all() {
        let code_of = |code: &'static str| {
            code.strip_prefix(country.id).and_then(|rest| rest.strip_prefix('-')).unwrap_or(code)
        };
        let is_iso =
            |code: &str| rust_iso3166::iso3166_2::from_code(&format!("{}-{code}", country.id)).is_some();
        let strangers: BTreeSet<_> = regions::of(country.id)
            .iter()
            .map(|region| code_of(region.code))
            .filter(|code| !is_iso(code))
            .collect();
        if OWN_CODES.contains(&country.id) {
            assert!(!strangers.is_empty(), "{} follows the standard", country.id);
            continue;
        }
        let known =
            NOT_IN_ISO.iter().find(|(id, _)| *id == country.id).map_or(&[] as &[&str], |(_, codes)| *codes);
        assert_eq!(strangers, known.iter().copied().collect(), "{}", country.id);
    }
}
