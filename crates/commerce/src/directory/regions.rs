//! The regions of the countries that have any. Elsewhere a region is free text.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Region;

struct Regions {
    /// By country, then by name.
    all: Vec<Region>,
    /// Places in `all`.
    by_id: HashMap<i64, usize>,
}

static REGIONS: LazyLock<Regions> = LazyLock::new(|| {
    let all: Vec<Region> = include_str!("data/regions.tsv").lines().skip(1).map(parse).collect();
    let by_id = all.iter().enumerate().map(|(place, region)| (region.id, place)).collect();
    Regions { all, by_id }
});

/// Every region, in the order of country ids and names.
#[must_use]
pub fn all() -> &'static [Region] {
    &REGIONS.all
}

/// The regions of a country in the order of their names, as the API lists them; none where a region is free text.
#[must_use]
pub fn of(country_id: &str) -> &'static [Region] {
    let all = all();
    let from = all.partition_point(|region| region.country_id < country_id);
    let length = all[from..].partition_point(|region| region.country_id == country_id);
    &all[from..from + length]
}

/// True when a region of that country is one of a list, so that any other region id is refused.
#[must_use]
pub fn has_any(country_id: &str) -> bool {
    !of(country_id).is_empty()
}

/// The region of that id, of whatever country.
#[must_use]
pub fn find(id: i64) -> Option<&'static Region> {
    REGIONS.by_id.get(&id).map(|place| &REGIONS.all[*place])
}

/// The region of that id when it belongs to that country.
#[must_use]
pub fn find_in(country_id: &str, id: i64) -> Option<&'static Region> {
    find(id).filter(|region| region.country_id == country_id)
}

fn parse(line: &'static str) -> Region {
    let mut fields = line.split('\t');
    let mut field = || fields.next().expect("every line of the data has four fields");
    let (country_id, id, code, name) = (field(), field(), field(), field());
    Region { id: id.parse().expect("ids of regions are numbers"), country_id, code, name }
}

#[cfg(test)]
mod tests {
    use super::super::countries;
    use super::*;

    #[test]
    fn there_are_1156_regions_of_43_countries_of_the_directory() {
        assert_eq!(all().len(), 1156);
        assert!((1..=1156).all(|id| find(id).is_some()));
        assert_eq!(countries::all().iter().filter(|country| has_any(country.id)).count(), 43);
        assert!(all().iter().all(|region| countries::find(region.country_id).is_some()));
        let counts = [("US", 65), ("CA", 13), ("DE", 16), ("IN", 37), ("LV", 120), ("GB", 0), ("us", 0)];
        for (country, count) in counts {
            assert_eq!(of(country).len(), count, "{country}");
        }
    }

    #[test]
    fn well_known_ids_are_those_of_every_installation() {
        for (id, country, code) in
            [(1, "US", "AL"), (12, "US", "CA"), (57, "US", "TX"), (74, "CA", "ON"), (82, "DE", "BER")]
        {
            assert_eq!(find_in(country, id).map(|region| region.code), Some(code));
        }
        assert_eq!(find_in("CA", 57), None);
        assert_eq!(find(0), None);
        assert_eq!(find(9999), None);
    }

    #[test]
    fn regions_are_listed_by_name_and_not_by_id() {
        let names: Vec<&str> = of("IN").iter().map(|region| region.name).collect();
        let ladakh = names.iter().position(|name| *name == "Ladakh").unwrap();
        assert_eq!(&names[ladakh - 1..=ladakh + 1], ["Kerala", "Ladakh", "Lakshadweep"]);
        assert_eq!(of("IN")[ladakh].id, 1156);
    }
}
