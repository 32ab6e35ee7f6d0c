//! The searches that are measured, as query strings.

/// Searches that find the same number of customers at both sizes, or whose number is kept.
pub fn same_matches() -> Vec<(&'static str, String)> {
    let mut searches = vec![
        ("no filter", String::new()),
        ("no filter, by created_at", sort("created_at", "DESC")),
        ("no filter, by email", sort("email", "ASC")),
        ("website eq", filter(0, "website_id", "eq", "1")),
        ("store eq", filter(0, "store_id", "eq", "1")),
        ("group eq", filter(0, "group_id", "eq", "1")),
        ("group eq, 1 000 match", filter(0, "group_id", "eq", "2")),
        ("group in", filter(0, "group_id", "in", "2,3")),
        ("email eq", filter(0, "email", "eq", "marked0@example.com")),
        ("email like 'x%'", filter(0, "email", "like", "marked%")),
        ("email like '%x%', rare", filter(0, "email", "like", "%rked77%")),
        ("firstname eq", filter(0, "firstname", "eq", "Marked")),
        ("lastname like 'x%'", filter(0, "lastname", "like", "Mark%")),
        ("lastname like '%x%'", filter(0, "lastname", "like", "%arke%")),
        ("name like '%x%'", filter(0, "name", "like", "%ed mar%")),
        (
            "created_at range",
            format!(
                "{}&{}",
                filter(0, "created_at", "from", "2027-01-01"),
                filter(1, "created_at", "to", "2027-12-31")
            ),
        ),
        ("updated_at gt", filter(0, "updated_at", "gt", "2027-01-01")),
        (
            "updated_at gt, by entity_id",
            format!("{}&{}", filter(0, "updated_at", "gt", "2027-01-01"), sort("entity_id", "ASC")),
        ),
        (
            "updated_at gt and website",
            format!("{}&{}", filter(0, "updated_at", "gt", "2027-01-01"), filter(1, "website_id", "eq", "1")),
        ),
        ("entity_id eq", filter(0, "entity_id", "eq", "5000")),
        ("entity_id gt", filter(0, "entity_id", "lteq", "1000")),
        ("attribute eq", filter(0, "loyalty", "eq", "marked")),
        (
            "attribute eq, by created_at",
            format!("{}&{}", filter(0, "loyalty", "eq", "marked"), sort("created_at", "DESC")),
        ),
        (
            "attribute eq, by email",
            format!("{}&{}", filter(0, "loyalty", "eq", "marked"), sort("email", "ASC")),
        ),
        (
            "lastname like '%x%', by created_at",
            format!("{}&{}", filter(0, "lastname", "like", "%arke%"), sort("created_at", "DESC")),
        ),
    ];
    for (_, text) in &mut searches {
        text.push_str("&searchCriteria[pageSize]=20");
    }
    searches
}

/// Searches that find or skip many customers.
pub fn many_matches(customers: i64) -> Vec<(&'static str, String, i64)> {
    let page = |number: i64| format!("&searchCriteria[pageSize]=20&searchCriteria[currentPage]={number}");
    let deep = customers / 40;
    let skipped = 20 * (deep - 1);
    let half = filter(0, "lastname", "like", "Last1%");
    vec![
        ("lastname like 'x%'", half.clone() + &page(1), 0),
        ("created_at from", filter(0, "created_at", "from", "2020-01-01") + &page(1), 0),
        ("email like '%x%', common", filter(0, "email", "like", "%@example.com") + &page(1), 0),
        ("attribute eq", filter(0, "loyalty", "eq", "common") + &page(1), 0),
        ("no filter, not counted", String::new() + &page(deep), skipped),
        ("website eq, not counted", filter(0, "website_id", "eq", "1") + &page(deep), skipped),
        ("group eq, not counted", filter(0, "group_id", "eq", "1") + &page(deep), skipped),
        ("by created_at, not counted", sort("created_at", "DESC") + &page(deep), skipped),
        ("by email, not counted", sort("email", "ASC") + &page(deep), skipped),
        ("created_at from", filter(0, "created_at", "from", "2020-01-01") + &page(deep), skipped),
    ]
}

fn filter(group: usize, field: &str, condition: &str, value: &str) -> String {
    let name = format!("searchCriteria[filterGroups][{group}][filters][0]");
    let value = value.replace('%', "%25");
    format!("{name}[field]={field}&{name}[conditionType]={condition}&{name}[value]={value}")
}

fn sort(field: &str, direction: &str) -> String {
    let name = "searchCriteria[sortOrders][0]";
    format!("{name}[field]={field}&{name}[direction]={direction}")
}
