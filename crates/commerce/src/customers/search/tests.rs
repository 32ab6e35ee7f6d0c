//! Stories of searches over a real database: what is found, in which order, and by which index.

use std::sync::Arc;

use jiff::Timestamp;
use patron_sql::{Database, Location, Session, params};
use patron_webapi::{Read, SearchCriteria, Value, collation, fields, query};
use serde_json::json;

use super::{compile::Search, infix, narrow::narrow, plan::Plan, stream};
use crate::{
    Call, Failure, Moment, Random,
    customers::{Address, Customer, Subscription, store},
    identity::{Consumer, Resources},
    instances::{Catalogue, Scope, create, store as instance_store},
    schema,
};

mod trigrams;

struct Zero;

impl Random for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn moment() -> Moment<'static> {
    Moment { now: Timestamp::from_second(1_795_000_000).unwrap(), random: &Zero }
}

/// A database with one instance and these customers.
struct World {
    database: Database,
    catalogue: Arc<Catalogue>,
}

impl World {
    fn of(customers: Vec<Customer>) -> Self {
        let database = schema::open(&Location::Memory).unwrap();
        let made = database
            .write_now(|sql| create::create(sql, moment(), 1, create::NewInstance::default()))
            .unwrap();
        let code = made.code.clone();
        let catalogue = database
            .read(|sql| {
                let instance = instance_store::find(sql, &code)?.expect("it was just made");
                Ok::<_, Failure>(Arc::new(Catalogue::load(sql, instance)?))
            })
            .unwrap();
        let world = Self { database, catalogue };
        world.write(move |sql, catalogue| {
            for new in &customers {
                store::add(sql, catalogue, new, store::Opens::default())?;
                for address in &new.addresses {
                    store::put_address(sql, catalogue, new.id, address)?;
                }
            }
            Ok(())
        });
        world
    }

    fn write(&self, work: impl Fn(Session<'_>, &Catalogue) -> Result<(), Failure> + Send + 'static) {
        let catalogue = Arc::clone(&self.catalogue);
        self.database.write_now(move |sql| work(sql, &catalogue)).unwrap();
    }

    fn search(&self, text: &str) -> Result<Value, Failure> {
        let sent = query::parse(text);
        let criteria = SearchCriteria::read(&sent["searchCriteria"]).expect("criteria that read");
        let selection =
            sent.get("fields").and_then(Value::as_str).map_or(fields::Selection::Everything, fields::parse);
        let consumer = Consumer {
            credential_id: 1,
            client_id: String::new(),
            user_id: String::new(),
            organisation_id: 1,
            resources: Resources::All,
        };
        self.database.read(|sql| {
            let call = Call {
                sql,
                catalogue: &self.catalogue,
                scope: Scope::Default,
                moment: moment(),
                consumer: &consumer,
            };
            let mut out = Vec::new();
            stream::search(&call, &criteria, &selection, &mut out)?;
            Ok(serde_json::from_slice(&out).expect("the answer is JSON"))
        })
    }

    /// The ids that one filter finds; checks that the total is their number.
    fn found(&self, field: &str, condition: &str, value: &str) -> Vec<i64> {
        let answer = self.search(&filter(field, condition, value)).unwrap();
        let ids = ids(&answer);
        assert_eq!(answer["total_count"], ids.len(), "{field} {condition} {value}");
        ids
    }

    /// How SQLite finds the page and the count of a search.
    fn plan(&self, text: &str) -> String {
        let sent = query::parse(text);
        let criteria = SearchCriteria::read(&sent["searchCriteria"]).expect("criteria that read");
        let tenant = self.catalogue.instance.tenant.0;
        self.database
            .read(|sql| {
                let mut search = Search::of(&self.catalogue, &criteria)?;
                let groups = std::mem::take(&mut search.groups);
                let narrowed = narrow(sql, tenant, groups)?.expect("somebody matches");
                let plan = Plan::of(sql, tenant, narrowed)?;
                let total = plan.total(sql, tenant)?;
                let mut lines = Vec::new();
                for statement in [plan.count(sql, tenant), plan.page(sql, tenant, &search, total)?] {
                    let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql);
                    lines.extend(sql.all(&explain, &statement.params, |row| row.string(3))?);
                }
                Ok::<_, Failure>(lines.join("\n"))
            })
            .unwrap()
    }
}

fn filter(field: &str, condition: &str, value: &str) -> String {
    let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let name = "searchCriteria[filterGroups][0][filters][0]";
    format!("{name}[field]={field}&{name}[conditionType]={condition}&{name}[value]={encoded}")
}

fn ids(answer: &Value) -> Vec<i64> {
    answer["items"].as_array().into_iter().flatten().map(|item| item["id"].as_i64().unwrap()).collect()
}

fn customer(id: i64, email: &str, first: &str, last: &str) -> Customer {
    Customer {
        id,
        website_id: 1,
        store_id: 1,
        group_id: 1,
        email: email.into(),
        firstname: first.into(),
        lastname: last.into(),
        middlename: None,
        prefix: None,
        suffix: None,
        dob: None,
        gender: None,
        taxvat: None,
        created_at: format!("2026-11-{:02} 10:00:00", id % 28 + 1),
        updated_at: format!("2026-11-{:02} 12:00:00", id % 28 + 1),
        created_in: "Default Store View".into(),
        confirmation: None,
        default_billing: None,
        default_shipping: None,
        disable_auto_group_change: 0,
        subscription: Subscription::Never,
        assistance_allowed: false,
        last_login_at: None,
        addresses: Vec::new(),
        attributes: Vec::new(),
    }
}

fn people() -> World {
    let address = Address {
        id: 1,
        country_id: "US".into(),
        street: vec!["12 St James Sq".into()],
        city: "Austin".into(),
        postcode: Some("78701".into()),
        telephone: Some("512 555 0100".into()),
        firstname: "Ada".into(),
        lastname: "Lovelace".into(),
        ..Address::default()
    };
    World::of(vec![
        customer(1, "ada@example.com", "Ada", "Lovelace"),
        customer(2, "grace@example.org", "Grace", "Hopper "),
        Customer {
            group_id: 2,
            gender: Some(1),
            dob: Some("1912-06-23".into()),
            ..customer(3, "alan@example.net", "Alan", "Turing")
        },
        Customer {
            gender: Some(1),
            taxvat: Some("T9".into()),
            default_billing: Some(1),
            addresses: vec![address],
            ..customer(4, "alan.k@example.net", "Alan", "Kay")
        },
        Customer {
            group_id: 3,
            gender: Some(2),
            middlename: Some("H".into()),
            ..customer(5, "margaret@example.com", "Margaret", "Hamilton")
        },
    ])
}

#[test]
fn texts_match_whatever_their_case_and_accents() {
    let world = people();
    assert_eq!(world.found("firstname", "eq", "ÄLAN"), [3, 4]);
    assert_eq!(world.found("EMAIL", "EQ", "Ada@Example.com  "), [1]);
    assert_eq!(world.found("email", "moreq", "ada@example.com"), [1]);
    assert_eq!(world.found("email", "like", "a%"), [1, 4, 3]);
    assert_eq!(world.found("email", "nlike", "%example.com"), [2, 3, 4]);
    assert_eq!(world.found("name", "like", "%H hamil%"), [5]);
    assert_eq!(world.found("email", "in", "ada@example.com, grace@example.org"), [1]);
    assert_eq!(world.found("firstname", "regexp", "^a[dl]"), [1, 3, 4]);
    assert_eq!(world.found("taxvat", "finset", "t9"), [4]);
}

#[test]
fn blanks_at_the_end_count_for_patterns_only() {
    let world = people();
    assert_eq!(world.found("lastname", "eq", "hopper"), [2]);
    assert_eq!(world.found("lastname", "like", "hopper"), [] as [i64; 0]);
    assert_eq!(world.found("lastname", "like", "hopper_"), [2]);
    assert_eq!(world.found("lastname", "like", "hopper %"), [2]);
    assert_eq!(world.found("lastname", "like", "%opper"), [] as [i64; 0]);
    assert_eq!(world.found("lastname", "like", "%opp%"), [2]);
}

#[test]
fn null_passes_no_test_but_its_own() {
    let world = people();
    assert_eq!(world.found("middlename", "null", ""), [1, 2, 3, 4]);
    assert_eq!(world.found("middlename", "seq", ""), [1, 2, 3, 4]);
    assert_eq!(world.found("middlename", "notnull", "x"), [5]);
    assert_eq!(world.found("middlename", "neq", "H"), [] as [i64; 0]);
    assert_eq!(world.found("gender", "nin", "1,7"), [5]);
    assert_eq!(world.found("taxvat", "nlike", "x%"), [4]);
    assert_eq!(world.found("increment_id", "null", ""), [1, 2, 3, 4, 5]);
    assert_eq!(world.found("increment_id", "eq", "1"), [] as [i64; 0]);
}

#[test]
fn numbers_are_read_from_the_head_of_the_text() {
    let world = people();
    assert_eq!(world.found("entity_id", "eq", "1abc"), [1]);
    assert_eq!(world.found("entity_id", "gt", "3.5"), [4, 5]);
    assert_eq!(world.found("entity_id", "eq", "1.5"), [] as [i64; 0]);
    assert_eq!(world.found("entity_id", "neq", "abc"), [1, 2, 3, 4, 5]);
    assert_eq!(world.found("group_id", "in", "3,2"), [3, 5]);
    assert_eq!(world.found("group_id", "neq", "1"), [3, 5]);
    assert_eq!(world.found("group_id", "ntoa", "0.0.0.2"), [3]);
    assert_eq!(world.found("entity_id", "like", "%5"), [5]);
    assert_eq!(world.found("store_id", "finset", "1"), [1, 2, 3, 4, 5]);
}

#[test]
fn dates_are_midnights_and_garbage_is_before_them_all() {
    let world = people();
    assert_eq!(world.found("dob", "eq", "1912-06-23 00:00:00"), [3]);
    assert_eq!(world.found("dob", "lt", "1912-06-23 01:00:00"), [3]);
    assert_eq!(world.found("created_at", "gt", "2026-11-04"), [3, 4, 5]);
    assert_eq!(world.found("created_at", "gt", "nonsense"), [1, 2, 3, 4, 5]);
    assert_eq!(world.found("created_at", "like", "2026-11-02%"), [1]);
}

#[test]
fn the_default_billing_address_is_searched_and_others_are_not() {
    let world = people();
    assert_eq!(world.found("billing_country_id", "eq", "us"), [4]);
    assert_eq!(world.found("billing_city", "like", "aus%"), [4]);
    assert_eq!(world.found("billing_telephone", "eq", "512 555 0100"), [4]);
    assert_eq!(world.found("billing_postcode", "null", ""), [1, 2, 3, 5]);
}

#[test]
fn secrets_unknown_fields_and_broken_expressions_are_refused() {
    let world = people();
    for (field, condition) in [
        ("password_hash", "like"),
        ("rp_token", "eq"),
        ("id", "eq"),
        ("ENTITY_ID", "eq"),
        ("email", "regexp"),
    ] {
        let Failure::Fault(fault) = world.search(&filter(field, condition, "(")).unwrap_err() else {
            panic!("{field}")
        };
        assert_eq!(serde_json::to_value(&*fault).unwrap()["parameters"], json!([field]));
    }
    let Failure::Fault(fault) =
        world.search("searchCriteria[filterGroups][0][filters][0][value]=1").unwrap_err()
    else {
        panic!()
    };
    assert_eq!(serde_json::to_value(&*fault).unwrap()["parameters"], json!([null]));
    assert!(world.search("searchCriteria[sortOrders][0][field]=rp_token").is_err());
}

#[test]
fn rows_that_are_equal_in_every_sort_key_come_by_id() {
    let world = people();
    let sorted = |field: &str, direction: &str| {
        let name = "searchCriteria[sortOrders][0]";
        ids(&world.search(&format!("{name}[field]={field}&{name}[direction]={direction}")).unwrap())
    };
    assert_eq!(sorted("firstname", "DESC"), [5, 2, 3, 4, 1]);
    assert_eq!(sorted("dob", "DESC"), [3, 1, 2, 4, 5]);
    assert_eq!(sorted("nope", "DESC"), [1, 2, 3, 4, 5]);
    assert_eq!(sorted("Email", "DESC"), [1, 2, 3, 4, 5]);
    assert_eq!(sorted("entity_id", "DESC"), [5, 4, 3, 2, 1]);
}

#[test]
fn pages_are_cut_out_of_the_whole_and_the_total_is_of_all() {
    let world = people();
    let page = |size: i64, page: i64| {
        world.search(&format!("searchCriteria[pageSize]={size}&searchCriteria[currentPage]={page}")).unwrap()
    };
    assert_eq!((ids(&page(2, 2)), &page(2, 2)["total_count"]), (vec![3, 4], &json!(5)));
    assert_eq!((&page(2, 9)["items"], &page(2, 9)["total_count"]), (&json!([]), &json!(5)));
}

#[test]
fn deep_pages_continue_where_the_page_before_ended() {
    let many = (1..=700).map(|id| {
        let (first, at) = (format!("F{}", id % 7), format!("2026-11-01 00:{:02}:00", id % 30));
        Customer {
            created_at: at,
            ..customer(id, &format!("u{:03}@example.com", (id * 37) % 701), &first, "Same")
        }
    });
    let world = World::of(many.collect());
    for (field, direction) in [
        ("created_at", "DESC"),
        ("created_at", "ASC"),
        ("email", "ASC"),
        ("email", "DESC"),
        ("firstname", "DESC"),
    ] {
        let name = "searchCriteria[sortOrders][0]";
        let sort = format!("{name}[field]={field}&{name}[direction]={direction}");
        let all = ids(&world.search(&sort).unwrap());
        assert_eq!(all.len(), 700);
        let pages: Vec<i64> = (1..=24)
            .flat_map(|page| {
                ids(&world
                    .search(&format!("{sort}&searchCriteria[pageSize]=30&searchCriteria[currentPage]={page}"))
                    .unwrap())
            })
            .collect();
        assert_eq!(pages, all, "{field} {direction}");
    }
    let like = filter("email", "like", "u%");
    let all = ids(&world.search(&like).unwrap());
    let page = ids(&world
        .search(&format!("{like}&searchCriteria[pageSize]=30&searchCriteria[currentPage]=9"))
        .unwrap());
    assert_eq!(page, all[240..270]);
}

#[test]
fn fields_select_what_is_written() {
    let world = people();
    assert_eq!(world.search("searchCriteria&fields=total_count").unwrap(), json!({"total_count": 5}));
    assert_eq!(world.search("searchCriteria&fields=nope").unwrap(), json!([]));
    assert_eq!(world.search("searchCriteria&fields=items[").unwrap(), json!([]));
    assert_eq!(
        world.search("searchCriteria[pageSize]=1&fields=items[id]").unwrap(),
        json!({"items": [{"id": 1}]})
    );
    let none = world.search(&format!("{}&fields=items[id],total_count", filter("email", "eq", "x"))).unwrap();
    assert_eq!(none, json!({"items": null, "total_count": 0}));
}

#[test]
fn common_filters_are_answered_by_an_index() {
    let world = people();
    for (field, condition, value) in [
        ("email", "eq", "ada@example.com"),
        ("email", "like", "a%"),
        ("firstname", "eq", "Alan"),
        ("lastname", "like", "K%"),
        ("group_id", "eq", "2"),
        ("created_at", "from", "2026-11-04"),
        ("updated_at", "gt", "2026-11-04"),
        ("entity_id", "in", "1,2"),
        ("taxvat", "eq", "T9"),
        ("billing_telephone", "eq", "512 555 0100"),
    ] {
        let plan = world.plan(&filter(field, condition, value));
        assert!(!plan.contains("SCAN"), "{field} {condition}: {plan}");
    }
    let changed = filter("updated_at", "gt", "2026-11-05");
    let in_group = filter("group_id", "eq", "1").replace("[filterGroups][0]", "[filterGroups][1]");
    let plan = world.plan(&format!("{changed}&{in_group}&searchCriteria[pageSize]=2"));
    assert_eq!(plan.matches("COVERING INDEX customer_by_updated_at").count(), 2, "{plan}");
    for field in ["entity_id", "email", "firstname", "lastname", "created_at", "updated_at"] {
        let plan =
            world.plan(&format!("searchCriteria[pageSize]=2&searchCriteria[sortOrders][0][field]={field}"));
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE FOR ORDER BY"), "{field}: {plan}");
    }
}
