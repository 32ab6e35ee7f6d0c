//! Customers that are all different, some of them marked so that searches find them.

use patron_commerce::{
    attributes::values::AttributeValue,
    customers::{Customer, Subscription},
};

/// Customers that each filter finds, whatever the size.
pub const MARKED: i64 = 1_000;
/// The id of the attribute `loyalty`.
pub const LOYALTY: i64 = 500;

/// Customer `id` of `all`; one in so many is marked that [`MARKED`] are.
pub fn customer(id: i64, all: i64) -> Customer {
    let marked = id % (all / MARKED).max(1) == 0;
    let number = id / (all / MARKED).max(1);
    let mixed = id.wrapping_mul(0x9e37_79b9) & 0x7fff_ffff;
    let minute = |year: i64, n: i64| {
        format!(
            "{year}-{:02}-{:02} {:02}:{:02}:{:02}",
            n / 2_419_200 % 12 + 1,
            n / 86_400 % 28 + 1,
            n / 3_600 % 24,
            n / 60 % 60,
            n % 60
        )
    };
    let (year, email, first, last) = if marked {
        (
            2027,
            format!("marked{}@example.com", number % MARKED),
            "Marked".to_owned(),
            format!("Marked{}", number % 7),
        )
    } else {
        (
            2025,
            format!("user{mixed}.{id}@example.com"),
            format!("First{}", mixed % 500),
            format!("Last{}", mixed % 2_000),
        )
    };
    Customer {
        id,
        website_id: 1 + i64::from(id % 3 == 0),
        store_id: 1 + i64::from(id % 3 == 0),
        group_id: if marked { 2 } else { 1 },
        email,
        firstname: first,
        lastname: last,
        middlename: None,
        prefix: None,
        suffix: None,
        dob: None,
        gender: None,
        taxvat: None,
        created_at: minute(year, id),
        updated_at: minute(year, id + 7),
        created_in: "Default Store View".to_owned(),
        confirmation: None,
        default_billing: None,
        default_shipping: None,
        disable_auto_group_change: 0,
        subscription: Subscription::Never,
        assistance_allowed: false,
        last_login_at: None,
        addresses: Vec::new(),
        attributes: if marked {
            vec![AttributeValue { attribute_id: LOYALTY, value: "marked".to_owned() }]
        } else if id % 10 == 3 {
            vec![AttributeValue { attribute_id: LOYALTY, value: "common".to_owned() }]
        } else {
            Vec::new()
        },
    }
}
