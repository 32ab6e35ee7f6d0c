//! The queue over a real database: what is taken, when, and how it ends.

use jiff::Timestamp;

use super::{
    Details, Mail, Rendered, State, Template,
    delivery::{self, Outcome, Setback},
    queue, store,
};
use crate::customers::account::tests::{NOW, World, customer};

const MINUTE: i64 = 60_000;

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

fn queued(world: &World, email: &'static str) -> i64 {
    world
        .call(NOW, move |call| queue(call, Template::Welcome, &customer(7, email), Details::default()))
        .unwrap()
}

fn take(world: &World, now: i64) -> Vec<Mail> {
    world.database.write_now(move |sql| delivery::take(sql, instant(now), 10)).unwrap()
}

fn find(world: &World, id: i64) -> Mail {
    world.call(NOW, move |call| Ok(store::find(call.sql, call.tenant(), id)?.unwrap())).unwrap()
}

fn fail(world: &World, mail: &Mail, setback: Setback, now: i64) -> Outcome {
    let mail = mail.clone();
    world.database.write_now(move |sql| delivery::failed(sql, &mail, setback, "no", 3, instant(now))).unwrap()
}

#[test]
fn a_mail_is_taken_once_and_again_when_its_lease_is_over() {
    let world = World::new();
    queued(&world, "ada@example.org");
    let taken = take(&world, NOW);
    assert_eq!((taken.len(), taken[0].attempts), (1, 1));
    assert!(take(&world, NOW + (delivery::LEASE_MINUTES - 1) * MINUTE).is_empty());
    assert_eq!(take(&world, NOW + delivery::LEASE_MINUTES * MINUTE).len(), 1);

    // The node that had it first comes back too late: it no longer says how the mail ended.
    let late = taken[0].clone();
    let words = Rendered { subject: "s".to_owned(), text: "t".to_owned(), html: "h".to_owned() };
    world.database.write_now(move |sql| delivery::sent(sql, &late, &words, instant(NOW))).unwrap();
    assert_eq!(find(&world, 1).state, State::Queued);
}

#[test]
fn a_sent_mail_keeps_its_words_and_waits_no_more() {
    let world = World::new();
    queued(&world, "ada@example.org");
    let mail = take(&world, NOW).remove(0);
    let words = Rendered { subject: "s".to_owned(), text: "t".to_owned(), html: "h".to_owned() };
    let kept = words.clone();
    world.database.write_now(move |sql| delivery::sent(sql, &mail, &words, instant(NOW))).unwrap();
    let mail = find(&world, 1);
    assert_eq!(
        (mail.state, mail.sent_as, mail.sent_at.as_deref()),
        (State::Sent, Some(kept), Some("2023-11-14 22:13:20"))
    );
    assert!(take(&world, NOW + 99_999 * MINUTE).is_empty());
}

#[test]
fn a_mail_that_was_not_taken_is_tried_again_later_and_given_up_in_the_end() {
    let world = World::new();
    queued(&world, "ada@example.org");
    let first = take(&world, NOW).remove(0);
    assert_eq!(fail(&world, &first, Setback::Passing, NOW), Outcome::Again);
    assert!(take(&world, NOW + MINUTE - 1000).is_empty());
    let second = take(&world, NOW + MINUTE).remove(0);
    assert_eq!(fail(&world, &second, Setback::Passing, NOW), Outcome::Again);
    let third = take(&world, NOW + 5 * MINUTE).remove(0);
    assert_eq!(fail(&world, &third, Setback::Passing, NOW), Outcome::GivenUp);
    let mail = find(&world, 1);
    assert_eq!((mail.state, mail.attempts, mail.last_error.as_deref()), (State::Failed, 3, Some("no")));
}

#[test]
fn a_mail_that_is_refused_for_good_is_given_up_at_once() {
    let world = World::new();
    queued(&world, "ada@example.org");
    let mail = take(&world, NOW).remove(0);
    assert_eq!(fail(&world, &mail, Setback::Final, NOW), Outcome::GivenUp);
}

#[test]
fn a_mail_that_is_given_back_has_not_been_tried() {
    let world = World::new();
    queued(&world, "ada@example.org");
    let mail = take(&world, NOW).remove(0);
    world.database.write_now(move |sql| delivery::give_back(sql, &mail, instant(NOW))).unwrap();
    assert_eq!(find(&world, 1).attempts, 0);
    assert_eq!(take(&world, NOW + MINUTE).len(), 1);
}

#[test]
fn what_is_suppressed_is_in_the_inbox_and_never_taken() {
    let world = World::new();
    queued(&world, "ada@example.com");
    world.set("system/smtp/disable", "1");
    queued(&world, "ada@example.org");
    assert!(take(&world, NOW).is_empty());
    assert_eq!(find(&world, 1).state, State::Suppressed);
    assert_eq!(find(&world, 2).state, State::Suppressed);
}

#[test]
fn the_inbox_is_read_newest_first_in_pages_and_by_recipient() {
    let world = World::new();
    for email in ["ada@example.org", "bob@example.org", "ada@example.org"] {
        queued(&world, email);
    }
    let ids = |before, limit, recipient: Option<&'static str>| -> Vec<i64> {
        let page = world
            .call(NOW, move |call| store::page(call.sql, call.tenant(), before, limit, recipient))
            .unwrap();
        page.iter().map(|mail| mail.id).collect()
    };
    assert_eq!(ids(i64::MAX, 2, None), [3, 2]);
    assert_eq!(ids(2, 2, None), [1]);
    assert_eq!(ids(i64::MAX, 9, Some("ADA@example.org")), [3, 1]);
}

#[test]
fn an_inbox_keeps_its_newest_and_what_still_waits() {
    let world = World::new();
    queued(&world, "ada@example.org");
    for _ in 0..4 {
        queued(&world, "ada@example.com");
    }
    let purge = |sends| world.database.write_now(move |sql| delivery::purge(sql, 2, sends)).unwrap();
    assert_eq!(purge(true), 2);
    assert_eq!(find(&world, 1).state, State::Queued);
    assert_eq!(purge(false), 1);
    let left = world.call(NOW, |call| store::page(call.sql, call.tenant(), i64::MAX, 9, None)).unwrap();
    assert_eq!(left.iter().map(|mail| mail.id).collect::<Vec<_>>(), [5, 4]);
}

#[test]
fn a_mail_comes_from_the_customers_own_store() {
    let world = World::new();
    world.set("trans_email/ident_general/email", "shop@example.net");
    world.set("web/secure/base_url", "https://shop.example.net");
    queued(&world, "ada@example.org");
    let mail = find(&world, 1);
    assert_eq!((mail.sender.as_str(), mail.sender_name.as_str()), ("shop@example.net", "Main Website Store"));
    assert_eq!(mail.context.links.account, "https://shop.example.net/customer/account/");
}
