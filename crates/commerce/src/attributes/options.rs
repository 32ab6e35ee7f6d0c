//! Options that are not written down but follow from other data: websites, stores, groups, countries, regions.

use patron_webapi::collation::fold;

use super::model::OptionMetadata;
use crate::directory::{Country, Region};

/// How the original indents a level of the store tree.
const INDENT: &str = "\u{a0}\u{a0}\u{a0}\u{a0}";

/// A website with its store groups, as the store tree shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebsiteNode<'a> {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
    /// Its store groups in their order.
    pub groups: Vec<StoreGroupNode<'a>>,
}

/// A store group with its store views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreGroupNode<'a> {
    /// Its name.
    pub name: &'a str,
    /// Id and name of its store views in their order.
    pub stores: Vec<(i64, &'a str)>,
}

/// The websites of the tree, for `website_id`.
#[must_use]
pub fn websites(tree: &[WebsiteNode<'_>]) -> Vec<OptionMetadata> {
    tree.iter().map(|website| OptionMetadata::new(website.name, website.id)).collect()
}

/// The store views of the tree, for `store_id`: headings for websites and groups, what has no store view left out.
#[must_use]
pub fn stores(tree: &[WebsiteNode<'_>]) -> Vec<OptionMetadata> {
    let mut options = Vec::new();
    for website in tree {
        let groups: Vec<_> = website.groups.iter().filter(|group| !group.stores.is_empty()).collect();
        if groups.is_empty() {
            continue;
        }
        options.push(OptionMetadata::heading(website.name, Vec::new()));
        options.extend(groups.into_iter().map(|group| {
            let stores = group.stores.iter();
            let stores =
                stores.map(|(id, name)| OptionMetadata::new(format!("{INDENT}{name}"), id)).collect();
            OptionMetadata::heading(format!("{INDENT}{}", group.name), stores)
        }));
    }
    options
}

/// Customer groups by id and code, for `group_id`: those a customer can be in (not 0), by code.
#[must_use]
pub fn groups(groups: &[(i64, &str)]) -> Vec<OptionMetadata> {
    let mut groups: Vec<_> = groups.iter().filter(|(id, _)| *id != 0).collect();
    groups.sort_by_cached_key(|(_, code)| fold(code));
    groups.into_iter().map(|(id, code)| OptionMetadata::new(*code, id)).collect()
}

/// Countries, for `country_id`: a blank, then those that have a name, by name.
#[must_use]
pub fn countries(countries: &[Country]) -> Vec<OptionMetadata> {
    let mut named: Vec<_> =
        countries.iter().filter_map(|country| Some((country.name?, country.id))).collect();
    named.sort_by_cached_key(|(name, _)| fold(name));
    let countries = named.into_iter().map(|(name, id)| OptionMetadata::new(name, id));
    std::iter::once(OptionMetadata::blank()).chain(countries).collect()
}

/// Regions of all countries, for `region_id`: a request to choose, then all by name.
#[must_use]
pub fn regions(regions: &[Region]) -> Vec<OptionMetadata> {
    let mut regions: Vec<_> = regions.iter().collect();
    regions.sort_by_cached_key(|region| (fold(region.name), region.id));
    let first = OptionMetadata::new("Please select a region, state or province.", "");
    let regions = regions.into_iter().map(|region| OptionMetadata::new(region.name, region.id));
    std::iter::once(first).chain(regions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_tree_leaves_out_what_has_no_store_view() {
        let tree = [
            WebsiteNode {
                id: 1,
                name: "Empty",
                groups: vec![StoreGroupNode { name: "None", stores: vec![] }],
            },
            WebsiteNode {
                id: 2,
                name: "Base",
                groups: vec![
                    StoreGroupNode { name: "None", stores: vec![] },
                    StoreGroupNode { name: "Main", stores: vec![(3, "English"), (4, "Deutsch")] },
                ],
            },
        ];
        let told = serde_json::to_string(&stores(&tree)).unwrap().replace('\u{a0}', "~");
        assert_eq!(
            told,
            r#"[{"label":"Base","options":[]},{"label":"~~~~Main","options":[{"label":"~~~~English","value":"3"},{"label":"~~~~Deutsch","value":"4"}]}]"#
        );
        assert_eq!(websites(&tree).len(), 2);
    }

    #[test]
    fn groups_are_offered_by_code_without_the_one_for_guests() {
        let offered =
            groups(&[(0, "NOT LOGGED IN"), (1, "General"), (4, "élite"), (5, "wholesale"), (2, "Retail")]);
        let labels: Vec<&str> = offered.iter().map(|option| option.label.as_str()).collect();
        assert_eq!(labels, ["élite", "General", "Retail", "wholesale"]);
    }
}
