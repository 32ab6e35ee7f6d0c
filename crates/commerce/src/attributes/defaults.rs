//! The attributes every instance has, 25 of customers and 19 of addresses (spec 3.1, 3.2), and the forms that show them.
//!
//! Rows are data of the original; options that depend on an instance are put in by [`with_options`].

use std::sync::LazyLock;

use super::custom::Entity;
use super::model::AttributeMetadata;
use super::options::{self, WebsiteNode};
use crate::directory::{countries, regions};

/// What the generated options of an instance are made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// Websites with their stores, without the administration's.
    pub websites: &'a [WebsiteNode<'a>],
    /// Customer groups by id and code.
    pub groups: &'a [(i64, &'a str)],
}

static CUSTOMER: LazyLock<Vec<AttributeMetadata>> =
    LazyLock::new(|| parse(include_str!("data/customer.json")));
static ADDRESS: LazyLock<Vec<AttributeMetadata>> = LazyLock::new(|| parse(include_str!("data/address.json")));

/// The default rows of an entity in the order of the API, without generated options.
#[must_use]
pub fn rows(entity: Entity) -> &'static [AttributeMetadata] {
    match entity {
        Entity::Customer => &CUSTOMER,
        Entity::CustomerAddress => &ADDRESS,
    }
}

/// The default row of that code, without generated options.
#[must_use]
pub fn find(entity: Entity, code: &str) -> Option<&'static AttributeMetadata> {
    rows(entity).iter().find(|row| row.attribute_code == code)
}

/// A default row with the options it has in an instance.
#[must_use]
pub fn with_options(row: &AttributeMetadata, sources: Sources<'_>) -> AttributeMetadata {
    let mut row = row.clone();
    match row.attribute_code.as_str() {
        "website_id" => row.options = options::websites(sources.websites),
        "store_id" => row.options = options::stores(sources.websites),
        "group_id" => row.options = options::groups(sources.groups),
        "country_id" => row.options = options::countries(countries::all()),
        "region_id" => row.options = options::regions(regions::all()),
        _ => {}
    }
    row
}

/// The codes of the default attributes that a form shows, in order; `None` for a form the entity does not have.
#[must_use]
pub fn form(entity: Entity, form_code: &str) -> Option<&'static [&'static str]> {
    match (entity, form_code) {
        (Entity::Customer, "adminhtml_customer") => Some(&ADMINHTML_CUSTOMER),
        (Entity::Customer, "customer_account_create" | "customer_account_edit") => Some(&CUSTOMER_ACCOUNT),
        (Entity::Customer, "adminhtml_checkout") => Some(&ADMINHTML_CHECKOUT),
        (
            Entity::CustomerAddress,
            "adminhtml_customer_address" | "customer_address_edit" | "customer_register_address",
        ) => Some(&CUSTOMER_ADDRESS),
        _ => None,
    }
}

const ADMINHTML_CUSTOMER: [&str; 14] = [
    "created_at",
    "website_id",
    "created_in",
    "group_id",
    "disable_auto_group_change",
    "prefix",
    "firstname",
    "middlename",
    "lastname",
    "suffix",
    "email",
    "dob",
    "taxvat",
    "gender",
];

const CUSTOMER_ACCOUNT: [&str; 10] = [
    "created_at",
    "prefix",
    "firstname",
    "middlename",
    "lastname",
    "suffix",
    "email",
    "dob",
    "taxvat",
    "gender",
];

const ADMINHTML_CHECKOUT: [&str; 5] = ["group_id", "email", "dob", "taxvat", "gender"];

const CUSTOMER_ADDRESS: [&str; 15] = [
    "prefix",
    "firstname",
    "middlename",
    "lastname",
    "suffix",
    "company",
    "street",
    "country_id",
    "region",
    "region_id",
    "city",
    "postcode",
    "telephone",
    "fax",
    "vat_id",
];

fn parse(data: &str) -> Vec<AttributeMetadata> {
    serde_json::from_str(data).expect("the default attributes are well-formed")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::options::StoreGroupNode;
    use super::*;

    fn recorded() -> Vec<Value> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/recorded/metadata.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn fresh(row: &AttributeMetadata) -> AttributeMetadata {
        let stores = vec![(1, "Default Store View")];
        let groups = vec![StoreGroupNode { name: "Main Website Store", stores }];
        let websites = [WebsiteNode { id: 1, name: "Main Website", groups }];
        let groups = [(0, "NOT LOGGED IN"), (1, "General"), (2, "Wholesale"), (3, "Retailer")];
        with_options(row, Sources { websites: &websites, groups: &groups })
    }

    /// The row as text, with only the keys that were asked for.
    fn told(row: &AttributeMetadata, fields: Option<&str>) -> String {
        let mut row = serde_json::to_value(row).unwrap();
        if let Some(fields) = fields {
            row.as_object_mut().unwrap().retain(|key, _| fields.split(',').any(|field| field == key));
        }
        row.to_string()
    }

    #[test]
    fn every_recorded_answer_is_told_to_the_byte() {
        let mut seen = 0;
        for scenario in recorded() {
            let step = &scenario["steps"][0];
            let path = step["path"].as_str().unwrap();
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let fields = query.strip_prefix("fields=");
            let mut segments = path.trim_start_matches("/V1/attributeMetadata/").split('/');
            let entity = match segments.next() {
                Some("customer") => Entity::Customer,
                _ => Entity::CustomerAddress,
            };
            let list = |rows: Vec<&AttributeMetadata>| {
                let rows: Vec<String> = rows.into_iter().map(|row| told(&fresh(row), fields)).collect();
                format!("[{}]", rows.join(","))
            };
            let answer = match (segments.next(), segments.next()) {
                (None, _) => Some(list(rows(entity).iter().collect())),
                (Some("attribute"), Some(code)) => {
                    find(entity, code).map(|row| told(&fresh(row).alone(), fields))
                }
                (Some("form"), Some(code)) => form(entity, code)
                    .map(|codes| list(codes.iter().map(|code| find(entity, code).unwrap()).collect())),
                _ => continue,
            };
            seen += 1;
            let expected = (step["expect"]["status"] == 200).then(|| step["expect"]["body"].to_string());
            assert_eq!(answer, expected, "{}", scenario["id"]);
        }
        assert!(seen > 20, "the recorded exchanges are missing");
    }

    #[test]
    fn countries_are_offered_by_name_and_only_with_a_name() {
        let options = fresh(find(Entity::CustomerAddress, "country_id").unwrap()).options;
        assert_eq!(options.len(), 249);
        let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
        assert_eq!(&labels[..4], [" ", "Afghanistan", "Åland Islands", "Albania"]);
        assert_eq!(labels[248], "Zimbabwe");
    }

    #[test]
    fn regions_are_offered_after_a_request_to_choose() {
        let options = fresh(find(Entity::CustomerAddress, "region_id").unwrap()).options;
        assert_eq!(options.len(), 1157);
        assert_eq!(options[0].label, "Please select a region, state or province.");
        assert_eq!(options[0].value.as_deref(), Some(""));
    }
}
