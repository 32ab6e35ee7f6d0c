//! What compiled searches find in a real table.

use patron_sql::{Database, Error, Location, Migration, params};
use patron_webapi::{Fault, Read, SearchCriteria, collation::fold, query};

use super::{Column, Kind, Repository, compile::Compiled};

const THINGS: Repository = Repository {
    from: "thing",
    tenant: "tenant_id",
    key: "id",
    columns: &[
        Column { name: "thing_id", alias: Some("id"), sql: "id", kind: Kind::Number },
        Column { name: "name", alias: None, sql: "name", kind: Kind::Text { folded: "folded" } },
        Column { name: "made_at", alias: None, sql: "made_at", kind: Kind::Time },
    ],
};

const NAMES: [Option<&str>; 6] =
    [Some("General"), Some("Größe"), Some("VIP "), Some("a,b,c"), Some("50% off"), None];

fn things() -> Database {
    let schema = "CREATE TABLE thing (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT, folded TEXT, \
                  made_at TEXT NOT NULL, PRIMARY KEY (tenant_id, id))";
    let migrations = [Migration { number: 1, name: "things", sql: schema }];
    let database = Database::open(&Location::Memory, &migrations).unwrap();
    let filled = database.write_now(|sql| {
        for (id, name) in (0_i64..).zip(NAMES) {
            sql.execute(
                "INSERT INTO thing (tenant_id, id, name, folded, made_at) VALUES (1, ?1, ?2, ?3, ?4), (2, ?1, ?2, ?3, ?4)",
                params![id, name, name.map(fold), format!("2026-11-2{id} 10:00:00")],
            )?;
        }
        Ok::<_, Error>(())
    });
    filled.unwrap();
    database
}

fn search(database: &Database, text: &str) -> Result<Vec<i64>, Fault> {
    let criteria = SearchCriteria::read(&query::parse(text)["searchCriteria"]).unwrap();
    let compiled = Compiled::new(&THINGS, &criteria, 1, database.engine())?;
    let (found, count) = database
        .read(|sql| {
            let Compiled { matching, paging, .. } = &compiled;
            let ids = format!("SELECT id FROM {matching} {paging}");
            let count = format!("SELECT COUNT(*) FROM {matching}");
            Ok::<_, Error>((
                sql.all(&ids, compiled.parameters(), |row| row.int(0))?,
                sql.one(&count, compiled.counting_parameters(), |row| row.int(0))?,
            ))
        })
        .unwrap();
    if criteria.limit().is_none() {
        assert_eq!(found.len(), usize::try_from(count).unwrap(), "{text}");
    }
    Ok(found)
}

/// The query text of one group of (field, condition, value) filters.
fn group(filters: &[(&str, &str, &str)]) -> String {
    let one = |(at, (field, condition, value)): (usize, &(&str, &str, &str))| {
        let filter = format!("searchCriteria[filterGroups][0][filters][{at}]");
        format!("{filter}[field]={field}&{filter}[condition_type]={condition}&{filter}[value]={value}")
    };
    filters.iter().enumerate().map(one).collect::<Vec<_>>().join("&")
}

#[test]
fn every_condition_means_what_it_means_on_the_originals_database() {
    let database = things();
    for (field, condition, value, found) in [
        ("name", "eq", "GENERAL", &[0][..]),
        ("NAME", "eq", "grosse", &[]),
        ("name", "eq", "grose", &[1]),
        ("name", "eq", "vip", &[2]),
        ("name", "bogus", "vip", &[2]),
        ("name", "LIKE", "vip", &[2]),
        ("name", "neq", "vip", &[0, 1, 3, 4]),
        ("name", "seq", "vip++", &[2]),
        ("name", "seq", "", &[5]),
        ("name", "sneq", "", &[0, 1, 2, 3, 4]),
        ("name", "like", "g%25", &[0, 1]),
        ("name", "like", "vip", &[]),
        ("name", "like", "vip+", &[2]),
        ("name", "like", "50\\%25+o__", &[4]),
        ("name", "like", "%25\\", &[]),
        ("name", "nlike", "%25e%25", &[2, 3, 4]),
        ("name", "in", "VIP,General,vip", &[0, 2]),
        ("name", "nin", "VIP,General", &[1, 3, 4]),
        ("name", "null", "", &[5]),
        ("name", "is", "", &[5]),
        ("name", "notnull", "x", &[0, 1, 2, 3, 4]),
        ("name", "gt", "general", &[1, 2]),
        ("name", "lteq", "A,B,C", &[3, 4]),
        ("name", "finset", "B", &[3]),
        ("name", "finset", "a,b", &[]),
        ("name", "finset", "_", &[]),
        ("name", "nfinset", "b", &[0, 1, 2, 4]),
        ("name", "regexp", "^v.P", &[2]),
        ("name", "ntoa", "0.0.0.1", &[]),
        ("id", "eq", "2abc", &[2]),
        ("id", "eq", "1.5", &[]),
        ("id", "eq", "abc", &[0]),
        ("id", "neq", "", &[1, 2, 3, 4, 5]),
        ("thing_id", "gteq", "4", &[4, 5]),
        ("THING_ID", "lt", "1", &[0]),
        ("id", "in", "0,3", &[0, 3]),
        ("id", "like", "%253", &[3]),
        ("id", "regexp", "[45]", &[4, 5]),
        ("id", "finset", "4", &[4]),
        ("made_at", "gt", "2026-11-25", &[5]),
        ("made_at", "eq", "2026-11-21T10:00:00", &[1]),
        ("made_at", "gt", "garbage", &[0, 1, 2, 3, 4, 5]),
        ("made_at", "like", "2026-11-22%25", &[2]),
    ] {
        assert_eq!(
            search(&database, &group(&[(field, condition, value)])).unwrap(),
            found,
            "{field} {condition} {value}"
        );
    }
}

#[test]
fn a_missing_value_matches_nothing_but_is_null_for_the_null_safe_conditions() {
    let database = things();
    for (condition, found) in [
        ("eq", &[][..]),
        ("neq", &[]),
        ("in", &[]),
        ("nin", &[]),
        ("from", &[]),
        ("nlike", &[]),
        ("seq", &[5]),
    ] {
        let filter = "searchCriteria[filterGroups][0][filters][0]";
        let text = format!("{filter}[field]=name&{filter}[condition_type]={condition}");
        assert_eq!(search(&database, &text).unwrap(), found, "{condition}");
    }
}

#[test]
fn filters_of_a_group_are_alternatives_and_a_from_and_a_to_are_one_range() {
    let database = things();
    let found = |filters: &[_]| search(&database, &group(filters)).unwrap();
    assert_eq!(found(&[("id", "eq", "1"), ("name", "eq", "vip")]), [1, 2]);
    assert_eq!(found(&[("id", "from", "1"), ("id", "to", "2")]), [1, 2]);
    assert_eq!(found(&[("id", "to", "2"), ("name", "eq", "a,b,c"), ("id", "from", "1")]), [1, 2, 3]);
    assert_eq!(found(&[("id", "from", "5"), ("made_at", "to", "2026-11-21")]), [0, 5]);
    assert_eq!(found(&[("id", "from", "4")]), [4, 5]);
}

#[test]
fn sorting_ends_with_the_key_and_a_key_without_direction_sorts_down() {
    let database = things();
    let sort = |field: &str, direction: &str| {
        format!(
            "searchCriteria[sortOrders][0][field]={field}&searchCriteria[sortOrders][0][direction]={direction}"
        )
    };
    let found = |text: &str| search(&database, text).unwrap();
    assert_eq!(found(&sort("name", "asc")), [5, 4, 3, 0, 1, 2]);
    assert_eq!(found(&sort("id", "DESC")), [5, 4, 3, 2, 1, 0]);
    assert_eq!(found("searchCriteria[sortOrders][0][field]=id"), [5, 4, 3, 2, 1, 0]);
    assert_eq!(found("searchCriteria[sortOrders][0][direction]=DESC"), [0, 1, 2, 3, 4, 5]);
    assert_eq!(found("searchCriteria[pageSize]=2&searchCriteria[currentPage]=2"), [2, 3]);
    assert_eq!(found("searchCriteria[pageSize]=2&searchCriteria[currentPage]=9"), Vec::<i64>::new());
    assert_eq!(found("searchCriteria[currentPage]=9"), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn an_unknown_field_is_refused_in_filters_before_sort_keys() {
    let database = things();
    let refusal = |text: &str| search(&database, text).unwrap_err();
    let sort = "searchCriteria[sortOrders][0][field]=size";
    assert_eq!(refusal(sort), Fault::invalid_attribute_name(Some("size")));
    assert_eq!(
        refusal(&format!("{}&{sort}", group(&[("ID", "eq", "1")]))),
        Fault::invalid_attribute_name(Some("ID")),
        "an alias is not a column: its case matters"
    );
    assert_eq!(
        refusal("searchCriteria[filterGroups][0][filters][0][value]=1"),
        Fault::invalid_attribute_name(None)
    );
    assert_eq!(refusal(&group(&[("password_hash", "notnull", "")])).status, 400);
}
