//! Accounts over a real database, at times of the test's choosing.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use jiff::Timestamp;
use patron_sql::{Database, Location};

use super::{activate, notify, otp, reset::ResetToken, tokens};
use crate::{
    Call, Moment, Random,
    customers::{Customer, Subscription, api, store},
    failure::Result,
    identity::{Consumer, Resources},
    instances::{Catalogue, Scope, catalogue::StoredScope, create, create::NewInstance, store as instances},
    mail::{self, Template},
    schema,
};

/// 2023-11-14 22:13:20 UTC.
pub(crate) const NOW: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

struct Counting(AtomicU8);
impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}
static RANDOM: Counting = Counting(AtomicU8::new(0));

/// A database with one instance.
pub(crate) struct World {
    pub(crate) database: Database,
    code: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let database = schema::open(&Location::Memory).unwrap();
        let made = database.write_now(|sql| create::create(sql, at(NOW), 1, NewInstance::default()));
        Self { database, code: made.unwrap().code }
    }

    /// Runs `work` as a call at an instant.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        now: i64,
        work: impl Fn(&Call<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let code = self.code.clone();
        self.database.write_now(move |sql| {
            let instance = instances::find(sql, &code)?.unwrap();
            let catalogue = Arc::new(Catalogue::load(sql, instance)?);
            let consumer = Consumer {
                credential_id: 1,
                client_id: "c".repeat(32),
                user_id: String::new(),
                organisation_id: 1,
                resources: Resources::All,
            };
            work(&Call {
                sql,
                catalogue: &catalogue,
                scope: Scope::Default,
                moment: at(now),
                consumer: &consumer,
            })
        })
    }

    pub(crate) fn set(&self, path: &'static str, value: &'static str) {
        self.call(NOW, move |call| {
            instances::put_setting(call.sql, call.tenant(), path, StoredScope::Default, value)
        })
        .unwrap();
    }

    /// Adds a customer with this id and address.
    pub(crate) fn add(&self, id: i64, email: &'static str) {
        self.call(NOW, move |call| {
            store::add(call.sql, call.catalogue, &customer(id, email), store::Opens::default())
        })
        .unwrap();
    }
}

fn at(now: i64) -> Moment<'static> {
    Moment { now: Timestamp::from_millisecond(now).unwrap(), random: &RANDOM }
}

pub(crate) fn customer(id: i64, email: &str) -> Customer {
    Customer {
        id,
        website_id: 1,
        store_id: 1,
        group_id: 1,
        email: email.to_owned(),
        firstname: "Ada".to_owned(),
        lastname: "Lovelace".to_owned(),
        middlename: None,
        prefix: None,
        suffix: None,
        dob: None,
        gender: None,
        taxvat: None,
        created_at: "2023-11-14 22:13:20".to_owned(),
        updated_at: "2023-11-14 22:13:20".to_owned(),
        created_in: "Default Store View".to_owned(),
        confirmation: None,
        default_billing: None,
        default_shipping: None,
        disable_auto_group_change: 0,
        subscription: Subscription::Never,
        assistance_allowed: true,
        last_login_at: None,
        addresses: Vec::new(),
        attributes: Vec::new(),
    }
}

#[test]
fn a_token_stands_for_its_customer_until_it_expires() {
    let world = World::new();
    world.add(7, "ada@example.org");
    let token = world.call(NOW, |call| tokens::issue(call, 7)).unwrap();
    let holder = |now, token: &str| {
        let token = token.to_owned();
        world.call(now, move |call| tokens::holder(call, &token)).unwrap()
    };
    assert_eq!(holder(NOW + HOUR - 1, &token), Some(7));
    assert_eq!(holder(NOW + HOUR, &token), None);
    assert_eq!(holder(NOW, &token[1..]), None);
    assert_eq!(holder(NOW, "pct-"), None);
}

#[test]
fn a_token_lives_as_long_as_the_instance_says() {
    let world = World::new();
    world.set("oauth/access_token_lifetime/customer", "3");
    world.add(7, "ada@example.org");
    let token = world.call(NOW, |call| tokens::issue(call, 7)).unwrap();
    let holder = world.call(NOW + 3 * HOUR - 1, move |call| tokens::holder(call, &token)).unwrap();
    assert_eq!(holder, Some(7));
}

#[test]
fn revoking_ends_every_token_of_one_customer_and_no_other() {
    let world = World::new();
    let tokens = world
        .call(NOW, |call| Ok([tokens::issue(call, 7)?, tokens::issue(call, 7)?, tokens::issue(call, 8)?]))
        .unwrap();
    assert_eq!(world.call(NOW, |call| tokens::revoke(call, 7)).unwrap(), 2);
    let holders = world.call(NOW, move |call| {
        tokens.iter().map(|token| tokens::holder(call, token)).collect::<Result<Vec<_>>>()
    });
    assert_eq!(holders.unwrap(), [None, None, Some(8)]);
}

#[test]
fn neither_token_nor_code_is_stored_in_clear() {
    let world = World::new();
    let secrets = world.call(NOW, |call| {
        Ok([tokens::issue(call, 7)?, otp::issue(call, &customer(7, "ada@example.org"), None)?])
    });
    let stored = world.call(NOW, |call| {
        let mut texts = call.sql.all("SELECT token_hash FROM customer_token", &[], |row| row.string(0))?;
        texts.extend(call.sql.all("SELECT otp_hash FROM customer_otp", &[], |row| row.string(0))?);
        Ok(texts)
    });
    let stored = stored.unwrap();
    assert_eq!(stored.len(), 2);
    for secret in secrets.unwrap() {
        assert!(stored.iter().all(|hash| !hash.contains(&*secret) && hash.len() == 64));
    }
}

#[test]
fn a_code_opens_once_for_its_customer_within_its_seconds() {
    let world = World::new();
    let issue =
        || world.call(NOW, |call| otp::issue(call, &customer(7, "ada@example.org"), Some("helps"))).unwrap();
    let redeem = |now, id, code: &str| {
        let code = code.to_owned();
        world.call(now, move |call| otp::redeem(call, id, &code)).unwrap()
    };
    let code = issue();
    assert!(code.len() == 32 && code.bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(!redeem(NOW, 8, &code), "another customer's");
    assert!(redeem(NOW + 29_999, 7, &code));
    assert!(!redeem(NOW + 29_999, 7, &code), "used");
    assert!(!redeem(NOW + 30_000, 7, &issue()), "expired");
    let recorded = world.call(NOW, |call| {
        Ok(call.sql.all(
            "SELECT client_id, reason FROM customer_otp WHERE used_at IS NOT NULL",
            &[],
            |row| Ok::<_, patron_sql::Error>((row.string(0)?, row.string(1)?)),
        )?)
    });
    assert_eq!(recorded.unwrap(), [("c".repeat(32), "helps".to_owned())]);
}

#[test]
fn no_code_is_made_where_staff_may_not_act_as_the_customer() {
    let world = World::new();
    let issue = |allowed| {
        let customer = Customer { assistance_allowed: allowed, ..customer(7, "ada@example.org") };
        world
            .call(NOW, move |call| otp::issue(call, &customer, None))
            .map(|_| ())
            .map_err(|failure| failure.to_string())
    };
    assert_eq!(issue(false).unwrap_err(), "400 Login as Customer assistance is disabled for this Customer.");
    world.set("login_as_customer/general/enabled", "0");
    assert_eq!(issue(true).unwrap_err(), "400 Login as Customer is disabled.");
}

#[test]
fn a_confirmed_account_is_welcomed_and_cannot_be_confirmed_again() {
    let world = World::new();
    world.add(7, "ada@example.org");
    let old = Customer { confirmation: Some("key".to_owned()), ..customer(7, "ada@example.org") };
    let confirm = |key: &'static str| {
        let old = old.clone();
        world
            .call(NOW, move |call| activate::confirm(call, old.clone(), key))
            .map(|new| new.confirmation)
            .map_err(|f| f.to_string())
    };
    assert_eq!(
        confirm("Key").unwrap_err(),
        "400 The confirmation token is invalid. Verify the token and try again."
    );
    assert_eq!(confirm("key").unwrap(), None);
    let templates =
        world.call(NOW, |call| mail::store::page(call.sql, call.tenant(), i64::MAX, 9, None)).unwrap();
    assert_eq!(templates.iter().map(|mail| mail.template).collect::<Vec<_>>(), [Template::Confirmed]);
    let stored = world.call(NOW, |call| api::find(call, 7)).unwrap();
    assert_eq!(stored.confirmation, None);
}

#[test]
fn an_account_without_a_password_gets_a_link_that_sets_one() {
    let world = World::new();
    let new = customer(7, "ada@example.org");
    world
        .call(NOW, move |call| {
            let token = ResetToken::new(call.moment);
            let opens = store::Opens { reset_token: Some(&token), ..store::Opens::default() };
            store::add(call.sql, call.catalogue, &new, opens)?;
            notify::created(call, &new, Some(&token.clear), None)
        })
        .unwrap();
    let mail = world.call(NOW, |call| Ok(mail::store::find(call.sql, call.tenant(), 1)?.unwrap())).unwrap();
    assert_eq!(mail.template, Template::WelcomeWithoutPassword);
    let link = mail.context.links.password.unwrap();
    let token = link.split("token=").nth(1).unwrap().to_owned();
    let stored = world.call(NOW, |call| {
        Ok(call.sql.one("SELECT reset_token_hash FROM customer", &[], |row| row.string(0))?)
    });
    assert!(patron_token::secret::matches(&token, &stored.unwrap()));
}
