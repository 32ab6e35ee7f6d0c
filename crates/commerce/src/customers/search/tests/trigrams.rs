//! `like '%x%'`: what the index of trigrams finds.

use super::*;

#[test]
fn infix_searches_answer_alike_before_and_after_the_index_caught_up() {
    let world = people();
    let answers = |world: &World| {
        [("email", "%ple.org%"), ("lastname", "%URIN%"), ("name", "%alan%"), ("firstname", "%rgare%")]
            .map(|(field, pattern)| world.found(field, "like", pattern))
    };
    let before = answers(&world);
    assert_eq!(before, [vec![2], vec![3], vec![3, 4], vec![5]]);
    world.write(|sql, catalogue| {
        let tenant = catalogue.instance.tenant.0;
        assert_eq!(infix::behind(sql)?, [tenant]);
        assert_eq!(infix::catch_up(sql, tenant, 3)?, 3);
        assert_eq!(infix::catch_up(sql, tenant, 3)?, 2);
        assert_eq!(infix::behind(sql)?, [] as [i64; 0]);
        Ok(())
    });
    assert_eq!(answers(&world), before);
    world.write(|sql, catalogue| {
        let tenant = catalogue.instance.tenant.0;
        let old = store::find(sql, tenant, 3)?.expect("customer 3 is there");
        store::change(sql, catalogue, &old, &Customer { lastname: "Church".into(), ..old.clone() })?;
        let gone = store::find(sql, tenant, 5)?.expect("customer 5 is there");
        store::delete(sql, tenant, &gone)?;
        Ok(())
    });
    let moved = |world: &World| {
        [world.found("lastname", "like", "%hurc%"), world.found("firstname", "like", "%rgare%")]
    };
    assert_eq!(moved(&world), [vec![3], vec![]]);
    world.write(|sql, catalogue| infix::catch_up(sql, catalogue.instance.tenant.0, 100).map(drop));
    assert_eq!(moved(&world), [vec![3], vec![]]);
    let kept = world.database.read(|sql| {
        let query = "SELECT count(*) FROM customer_search WHERE customer_search MATCH ?1";
        sql.one(query, params!["\"TUR\" OR \"RGA\""], |row| row.int(0))
    });
    assert_eq!(kept.unwrap_or_else(|error: patron_sql::Error| panic!("{error}")), 0);
}

/// Names with blanks inside, around and where the parts of a name meet, made of few letters so that most texts are found often.
fn crowd() -> Vec<Customer> {
    let parts =
        ["Abba", "Ba b", " abab", "Bab ", "A\u{fffd}b", "Äbb", "ab\u{ffff}b", "\"bab\"", "Babababababababa"];
    let part = |n: i64| parts[n as usize % parts.len()];
    let crowd = (1..=200).map(|id| {
        let first = part(id * 7 + id / 9);
        Customer {
            prefix: (id % 3 == 0).then(|| part(id).to_owned()),
            middlename: (id % 4 == 0).then(|| part(id * 5).to_owned()),
            created_at: format!("2026-11-01 00:{:02}:00", id * 13 % 60),
            ..customer(id, &format!("bab{}.{id}@abba.example", id % 7), first, part(id * 11 + id / 5))
        }
    });
    crowd.collect()
}

/// Finds each of these texts in every field that has trigrams, whole and page by page, as a look at every customer finds it.
fn assert_found(world: &World, everybody: &[Customer]) {
    let fields = ["email", "firstname", "lastname", "name", "prefix", "middlename"];
    let text_of = |field: &str, customer: &Customer| match field {
        "email" => customer.email.clone(),
        "firstname" => customer.firstname.clone(),
        "lastname" => customer.lastname.clone(),
        "name" => customer.name(),
        "prefix" => customer.prefix.clone().unwrap_or_default(),
        _ => customer.middlename.clone().unwrap_or_default(),
    };
    let texts = [
        "bab",
        "abb",
        "ba b",
        "b ab",
        "bab ",
        " aba",
        "a\u{fffd}b",
        "b\u{ffff}b",
        "\"ba",
        "babababababab",
        "bababababababab",
        "a_b",
        "b3.",
        "@abba.ex",
        "zzz",
        "a ba b",
    ];
    for field in fields {
        for text in texts {
            let pattern = format!("%{text}%");
            let expected: Vec<i64> = everybody
                .iter()
                .filter(|customer| collation::like(&pattern, &text_of(field, customer)))
                .map(|customer| customer.id)
                .collect();
            assert_eq!(world.found(field, "like", &pattern), expected, "{field} {pattern}");
            let sort = "searchCriteria[sortOrders][0]";
            let paged = format!(
                "{}&{sort}[field]=entity_id&{sort}[direction]=DESC&searchCriteria[pageSize]=3&searchCriteria[currentPage]=2",
                filter(field, "like", &pattern)
            );
            let page: Vec<i64> = expected.iter().rev().skip(3).take(3).copied().collect();
            assert_eq!(ids(&world.search(&paged).unwrap()), page, "{field} {pattern}");
            let newest = paged.replace("entity_id", "created_at").replace("currentPage]=2", "currentPage]=1");
            let mut by_time: Vec<(&str, i64)> = everybody
                .iter()
                .filter(|customer| expected.contains(&customer.id))
                .map(|customer| (customer.created_at.as_str(), customer.id))
                .collect();
            by_time.sort_unstable_by(|a, b| b.cmp(a));
            let page: Vec<i64> = by_time.into_iter().take(3).map(|(_, id)| id).collect();
            assert_eq!(ids(&world.search(&newest).unwrap()), page, "{field} {pattern}");
            let beside =
                filter("created_at", "gteq", "2026-11-01 00:30:00").replace("[0][filters]", "[1][filters]");
            let late: Vec<i64> = expected
                .into_iter()
                .filter(|id| {
                    everybody
                        .iter()
                        .any(|customer| customer.id == *id && customer.created_at[14..16] >= *"30")
                })
                .collect();
            let both = format!("{}&{beside}", filter(field, "like", &pattern));
            assert_eq!(ids(&world.search(&both).unwrap()), late, "{field} {pattern}");
        }
    }
}

#[test]
fn infix_searches_find_whom_a_look_at_everybody_finds() {
    let mut everybody = crowd();
    let world = World::of(everybody.clone());
    assert_found(&world, &everybody);
    for limit in [120, 80] {
        world.write(move |sql, catalogue| infix::catch_up(sql, catalogue.instance.tenant.0, limit).map(drop));
        assert_found(&world, &everybody);
    }
    // The same name, differently parted: the whole is what it was, its parts are not.
    everybody[9].firstname = "Abba Ba".into();
    everybody[9].lastname = "b".into();
    everybody[10].firstname = "Abba".into();
    everybody[10].lastname = "Ba b".into();
    let parted = everybody[9..11].to_vec();
    let change = |new: Vec<Customer>| {
        world.write(move |sql, catalogue| {
            for new in &new {
                let old =
                    store::find(sql, catalogue.instance.tenant.0, new.id)?.expect("the customer is there");
                store::change(sql, catalogue, &old, new)?;
            }
            Ok(())
        });
    };
    change(parted);
    assert_found(&world, &everybody);
    world.write(|sql, catalogue| infix::catch_up(sql, catalogue.instance.tenant.0, 100).map(drop));
    everybody[9].firstname = "Abba".into();
    everybody[9].lastname = "Ba b".into();
    let parted = vec![everybody[9].clone()];
    change(parted);
    let gone = everybody.remove(20);
    world.write(move |sql, catalogue| store::delete(sql, catalogue.instance.tenant.0, &gone));
    assert_found(&world, &everybody);
    world.write(|sql, catalogue| infix::catch_up(sql, catalogue.instance.tenant.0, 100).map(drop));
    assert_found(&world, &everybody);
    let plan = world.plan(&format!("{}&searchCriteria[pageSize]=2", filter("lastname", "like", "%bab%")));
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains(" c USING"), "rows are read: {plan}");
}
