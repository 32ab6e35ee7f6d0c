use patron_sql::{Database, Location};

use super::*;

const SENT: Sent<'static> =
    Sent { method: "POST", path: "/V1/customers", query: "", headers: &[], body: b"{}" };

fn database() -> Database {
    crate::schema::open(&Location::Memory).unwrap()
}

fn identified(sent: Sent<'_>) -> Identified {
    Identified::new(1, 1, "key", sent).unwrap()
}

/// What a request at `now_ms` comes to: its text, and whether it ran.
fn send(
    database: &Database,
    sent: Sent<'_>,
    now_ms: i64,
    answer: fn() -> Result<Answer>,
) -> Result<(String, bool)> {
    let request = identified(sent);
    let outcome = database.write_now(move |sql| request.once(sql, now_ms, 200, |_| answer()))??;
    Ok(match outcome {
        Outcome::Ran(answer) => (text(&answer).to_owned(), true),
        Outcome::Replayed(stored) => (text(&stored.body).to_owned(), false),
    })
}

fn one() -> Result<Answer> {
    Ok(Answer::of(&1))
}

fn two() -> Result<Answer> {
    Ok(Answer::of(&2))
}

#[test]
fn the_same_request_runs_once_a_day() {
    let database = database();
    assert_eq!(send(&database, SENT, 0, one).unwrap(), ("1".to_owned(), true));
    assert_eq!(send(&database, SENT, KEPT_MS - 1, two).unwrap(), ("1".to_owned(), false));
    assert_eq!(send(&database, SENT, KEPT_MS, two).unwrap(), ("2".to_owned(), true));
}

#[test]
fn another_request_under_the_same_key_is_refused() {
    let database = database();
    send(&database, SENT, 0, one).unwrap();
    for other in [
        Sent { method: "PUT", ..SENT },
        Sent { path: "/V1/other", ..SENT },
        Sent { query: "a=1", ..SENT },
        Sent { body: b"[]", ..SENT },
    ] {
        let Err(Failure::Fault(fault)) = send(&database, other, 0, one) else {
            panic!("{other:?} was taken")
        };
        assert_eq!(fault.status, 422);
    }
}

#[test]
fn a_refusal_is_kept_and_a_failure_of_ours_is_not() {
    let database = database();
    assert!(send(&database, SENT, 0, || Err(Fault::unavailable("busy", 1).into())).is_err());
    assert!(send(&database, SENT, 0, || Err(Fault::bad_request("No.").into())).is_err());
    assert_eq!(send(&database, SENT, 0, one).unwrap(), (r#"{"message":"No."}"#.to_owned(), false));
}

#[test]
fn what_has_expired_is_deleted() {
    let database = database();
    send(&database, SENT, 0, one).unwrap();
    let delete = |now_ms| database.write_now(move |sql| delete_expired(sql, now_ms, 10)).unwrap();
    assert_eq!((delete(KEPT_MS - 1), delete(KEPT_MS), delete(KEPT_MS)), (0, 1, 0));
}

#[test]
fn a_key_is_printable_and_not_endless() {
    for key in ["", "é", "a\tb", &"k".repeat(256)] {
        assert!(Identified::new(1, 1, key, SENT).is_err(), "{key:?}");
    }
}
