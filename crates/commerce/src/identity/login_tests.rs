//! What time does to logins: codes, refresh tokens, sessions and locks over a real database, with a clock of our own.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use patron_sql::{Database, Location, Session};
use patron_token::{Claims, Scopes};

use super::{
    authorize::{Asked, AuthorizeRequest},
    families::UserTokens,
    lockout::Permission,
    users::NewUser,
    *,
};
use crate::{Moment, Random, failure::Result, schema};

const NOW: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

struct Counting(AtomicU64);
impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self
                .0
                .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
                .wrapping_mul(0xBF58_476D_1CE4_E5B9);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}
static RANDOM: Counting = Counting(AtomicU64::new(11));

fn at(now_ms: i64) -> Moment<'static> {
    Moment { now: Timestamp::from_millisecond(now_ms).unwrap(), random: &RANDOM }
}

/// A user, a Web App, and the cookie of a browser in which the user has signed in.
struct World {
    database: Database,
    credential: Credential,
    user: User,
    cookie: String,
}

impl World {
    fn new() -> Self {
        let database = schema::open(&Location::Memory).unwrap();
        let made = database.write_now(|sql| {
            let organisation = organisations::create(sql, at(NOW), "Demo")?;
            let new = NewUser { email: "ada@example.com".to_owned(), ..NewUser::default() };
            let user = users::create(sql, at(NOW), &organisation, new)?;
            let new = NewCredential {
                kind: CredentialKind::WebApp,
                scopes: Some(Scopes::parse("openid,offline_access,commerce.accs")),
                redirects: Redirects {
                    patterns: String::new(),
                    default_uri: "https://app.example/cb".to_owned(),
                },
                ..NewCredential::default()
            };
            let credential = credentials::create(sql, at(NOW), organisation.id, new)?.credential;
            let cookie = logins::begin(sql, at(NOW), user.id)?.to_string();
            Ok::<_, crate::Failure>((credential, user, cookie))
        });
        let (credential, user, cookie) = made.unwrap();
        Self { database, credential, user, cookie }
    }

    fn write<T: Send + 'static>(&self, work: impl FnMut(Session<'_>) -> Result<T> + Send + 'static) -> T {
        self.database.write_now(work).unwrap()
    }

    fn code(&self) -> Claims {
        let (client_id, cookie) = (self.credential.client_id.clone(), self.cookie.clone());
        self.write(move |sql| {
            let request =
                AuthorizeRequest { client_id: Some(client_id.clone()), ..AuthorizeRequest::default() };
            let asked: Asked = authorize::check(sql, &request).unwrap();
            let login = logins::find(sql, &cookie, NOW)?.unwrap();
            Ok(families::begin(sql, at(NOW), "https://i", &asked, &login)?.code.unwrap())
        })
    }

    fn redeem(&self, code: &Claims, now_ms: i64) -> Option<UserTokens> {
        let (code, credential) = (code.clone(), self.credential.clone());
        self.write(move |sql| families::redeem(sql, at(now_ms), "https://i", &credential, &code, None, None))
            .ok()
    }

    fn refresh(&self, token: &Claims, now_ms: i64) -> Option<UserTokens> {
        let (token, credential) = (token.clone(), self.credential.clone());
        self.write(move |sql| families::refresh(sql, at(now_ms), &credential, &token, None)).ok()
    }

    fn counts(&self, claims: &Claims) -> bool {
        self.database.read(|sql| families::user_of(sql, claims)).unwrap().is_some()
    }
}

#[test]
fn a_code_is_good_for_five_minutes() {
    let world = World::new();
    let code = world.code();
    assert!(world.redeem(&code, NOW + 5 * MINUTE).is_none());
    assert!(world.redeem(&code, NOW + 5 * MINUTE - 1).is_some());
}

#[test]
fn a_late_second_use_of_a_code_still_ends_what_the_first_gave() {
    let world = World::new();
    let code = world.code();
    let access = world.redeem(&code, NOW).unwrap().access;
    world.write(|sql| revocation::tidy(sql, NOW + 60 * MINUTE));
    assert!(world.counts(&access));
    assert!(world.redeem(&code, NOW + 60 * MINUTE).is_none());
    assert!(!world.counts(&access));
}

#[test]
fn the_same_answer_is_given_for_half_a_minute_and_then_a_second_use_ends_the_family() {
    let world = World::new();
    let first = world.redeem(&world.code(), NOW).unwrap().refresh.unwrap();
    let answer = world.refresh(&first, NOW + DAY).unwrap();
    let again = world.refresh(&first, NOW + DAY + families::GRACE_MS - 1).unwrap();
    assert_eq!((&again.access, &again.refresh), (&answer.access, &answer.refresh));

    assert!(world.refresh(&first, NOW + DAY + families::GRACE_MS).is_none());
    assert!(!world.counts(&answer.access));
    assert!(world.refresh(&answer.refresh.unwrap(), NOW + DAY + families::GRACE_MS).is_none());
}

#[test]
fn a_family_lives_as_long_as_its_refresh_tokens_are_used() {
    let world = World::new();
    let mut token = world.redeem(&world.code(), NOW).unwrap().refresh.unwrap();
    for step in 1..=5 {
        let now = NOW + step * 13 * DAY;
        world.write(move |sql| revocation::tidy(sql, now));
        token = world.refresh(&token, now).unwrap().refresh.unwrap();
    }
    let end = token.ends_at();
    world.write(move |sql| revocation::tidy(sql, end));
    assert!(world.refresh(&token, end).is_none(), "two weeks without a use");
}

#[test]
fn a_session_ends_after_a_working_day_and_with_its_user() {
    let world = World::new();
    let find =
        |now_ms| world.database.read(|sql| logins::find(sql, &world.cookie, now_ms)).unwrap().is_some();
    assert!(find(NOW + logins::LIFE_MS - 1) && !find(NOW + logins::LIFE_MS));
    let access = world.redeem(&world.code(), NOW).unwrap().access;
    let user = world.user.clone();
    world.write(move |sql| users::delete(sql, at(NOW), &user));
    assert!(!find(NOW) && !world.counts(&access));
}

#[test]
fn a_lock_ends_by_itself_and_the_next_one_is_longer() {
    let world = World::new();
    let ask = |now_ms| world.write(move |sql| lockout::ask(sql, at(now_ms), 1, " ADA@example.com"));
    for _ in 0..5 {
        assert_eq!(ask(NOW), Permission::Granted);
    }
    assert_eq!(ask(NOW), Permission::Wait(15));
    assert_eq!(ask(NOW + 14_001), Permission::Wait(1));
    assert_eq!(ask(NOW + 15_000), Permission::Granted);
    assert_eq!(ask(NOW + 15_000), Permission::Wait(30));
    world.write(|sql| lockout::forgive(sql, 1, "ada@example.com"));
    assert_eq!(ask(NOW + 15_000), Permission::Granted);
}

#[test]
fn what_is_over_is_deleted() {
    let world = World::new();
    world.redeem(&world.code(), NOW).unwrap();
    world.write(|sql| lockout::ask(sql, at(NOW), 1, "ada@example.com"));
    assert_eq!(world.write(|sql| revocation::tidy(sql, NOW + MINUTE)), 0);
    // The session, the family, its refresh token, the code and the attempt.
    assert_eq!(world.write(|sql| revocation::tidy(sql, NOW + 30 * DAY)), 5);
}
