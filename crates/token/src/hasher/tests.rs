use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use super::*;

const SALT: [u8; 16] = *b"0123456789abcdef";
const KNOWN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$oiTFg/nYfnqB3eXL02x8S+qfk262pMoW4kQ1wT46jIo";

fn pool(threads: usize, waiting: usize) -> HashPool {
    HashPool::with(patron_crew::Settings {
        name: "hash",
        threads,
        waiting,
        nice: 10,
        linger: Duration::from_secs(2),
    })
}

fn password() -> Zeroizing<String> {
    Zeroizing::new("Passw0rd!".to_owned())
}

/// Keeps the only thread busy until told otherwise; returns once it is.
fn occupy(pool: &HashPool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, beginning) = mpsc::channel();
    let answer = pool.submit(move |_| {
        begun.send(()).unwrap();
        let _ = released.recv();
    });
    thread::spawn(move || answer.unwrap().blocking_recv());
    beginning.recv().unwrap();
    release
}

#[test]
fn a_password_is_hashed_and_verified_in_the_pool() {
    let pool = pool(2, 4);
    assert_eq!(pool.hash_blocking(password(), SALT), Ok(KNOWN.to_owned()));
    assert_eq!(pool.verify_blocking(password(), KNOWN.to_owned()), Ok(Verdict::Right));
    assert_eq!(pool.verify_blocking(Zeroizing::new("x".to_owned()), KNOWN.to_owned()), Ok(Verdict::Wrong));
}

#[tokio::test]
async fn asynchronous_callers_are_answered_too() {
    let pool = pool(2, 4);
    assert_eq!(pool.hash(password(), SALT).await, Ok(KNOWN.to_owned()));
    assert_eq!(pool.verify(password(), KNOWN.to_owned()).await, Ok(Verdict::Right));
}

#[test]
fn a_full_queue_refuses_at_once() {
    let pool = pool(1, 1);
    let held = occupy(&pool);
    let waiting = pool.submit(|_| 7).unwrap();
    assert_eq!(pool.hash_blocking(password(), SALT), Err(Busy));
    assert_eq!(pool.stats().turned_away, 1);
    drop(held);
    assert_eq!(waiting.blocking_recv(), Ok(7));
    assert!(pool.hash_blocking(password(), SALT).is_ok());
}

#[test]
fn work_that_panics_is_answered_as_busy_and_harms_no_other() {
    let pool = pool(1, 4);
    let failed = pool.submit(|_| -> () { panic!("on purpose") }).unwrap();
    assert!(failed.blocking_recv().is_err());
    assert!(pool.hash_blocking(password(), SALT).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn hashing_threads_are_nicer_than_all_others() {
    // The nineteenth field of a thread's stat line, counted after its name.
    let nice =
        HashPool::of(1).submit(|_| std::fs::read_to_string("/proc/thread-self/stat").unwrap()).unwrap();
    let stat = nice.blocking_recv().unwrap();
    let niceness: i32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap();
    assert!(niceness >= 10, "{niceness}");
}

#[test]
fn a_future_that_is_dropped_gives_its_place_and_one_that_is_never_polled_asks_for_none() {
    let pool = pool(1, 1);
    drop(pool.hash(password(), SALT));
    assert_eq!(pool.stats(), Stats::default());
    let held = occupy(&pool);
    let mut given_up = Box::pin(pool.hash(password(), SALT));
    let polled = given_up.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Pending);
    drop(given_up);
    let wanted = pool.submit(|_| 7).unwrap();
    drop(held);
    assert_eq!(wanted.blocking_recv(), Ok(7));
}
