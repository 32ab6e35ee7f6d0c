use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use super::*;

const SALT: [u8; 16] = *b"0123456789abcdef";
const KNOWN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$oiTFg/nYfnqB3eXL02x8S+qfk262pMoW4kQ1wT46jIo";

fn pool(threads: usize, queue: usize) -> HashPool {
    HashPool::new(Settings { threads, queue, linger: Duration::from_millis(20), ..Settings::default() })
}

fn password() -> Zeroizing<String> {
    Zeroizing::new("Passw0rd!".to_owned())
}

/// Keeps one thread busy until told otherwise; returns once it is.
fn occupy(pool: &HashPool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, beginning) = mpsc::channel();
    drop_answer(pool.submit(move |_| {
        begun.send(()).unwrap();
        let _ = released.recv();
    }));
    beginning.recv().unwrap();
    release
}

/// Work of tests is not given up, though nobody waits for it.
fn drop_answer<R: Send + 'static>(answer: Result<oneshot::Receiver<R>, Busy>) {
    let answer = answer.unwrap();
    thread::spawn(move || answer.blocking_recv());
}

/// At most twenty seconds.
fn wait_until(pool: &HashPool, reached: impl Fn(Stats) -> bool) {
    for _ in 0..20_000 {
        if reached(pool.stats()) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{:?}", pool.stats());
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
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
fn an_idle_pool_has_no_thread() {
    let pool = pool(2, 4);
    assert_eq!(pool.stats(), Stats::default());
    pool.hash_blocking(password(), SALT).unwrap();
    wait_until(&pool, |stats| stats.threads == 0 && stats.done == 1);
}

#[test]
fn there_are_never_more_threads_than_were_allowed() {
    let pool = pool(2, 16);
    let held = [occupy(&pool), occupy(&pool)];
    for _ in 0..4 {
        drop_answer(pool.submit(|_| ()));
    }
    let stats = pool.stats();
    assert_eq!((stats.threads, stats.running, stats.waiting), (2, 2, 4));
    drop(held);
    wait_until(&pool, |stats| stats.done == 6);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let pool = pool(1, 2);
    let held = occupy(&pool);
    drop_answer(pool.submit(|_| ()));
    drop_answer(pool.submit(|_| ()));
    assert_eq!(pool.hash_blocking(password(), SALT), Err(Busy));
    assert_eq!(pool.stats().refused, 1);
    drop(held);
    wait_until(&pool, |stats| stats.done == 3);
    assert!(pool.hash_blocking(password(), SALT).is_ok());
}

#[test]
fn work_that_was_given_up_is_never_begun_and_takes_nobodys_place() {
    let pool = pool(1, 1);
    let held = occupy(&pool);
    let mut given_up = Box::pin(pool.hash(password(), SALT));
    assert!(poll_once(given_up.as_mut()).is_pending());
    drop(given_up);
    let wanted = pool.submit(|_| 7).unwrap();
    drop(held);
    assert_eq!(wanted.blocking_recv(), Ok(7));
    wait_until(&pool, |stats| stats.done == 2 && stats.waiting == 0);
}

#[test]
fn a_future_that_is_never_polled_asks_for_nothing() {
    let pool = pool(1, 1);
    drop(pool.hash(password(), SALT));
    assert_eq!(pool.stats(), Stats::default());
}

#[test]
fn work_that_panics_is_refused_and_harms_no_other() {
    let pool = pool(1, 4);
    let failed = pool.submit(|_| -> () { panic!("on purpose") }).unwrap();
    assert!(failed.blocking_recv().is_err());
    assert!(pool.hash_blocking(password(), SALT).is_ok());
}

#[test]
fn what_waits_is_finished_when_the_pool_is_dropped() {
    let pool = pool(1, 4);
    let held = occupy(&pool);
    let waiting = pool.submit(|_| 7).unwrap();
    drop(pool);
    drop(held);
    assert_eq!(waiting.blocking_recv(), Ok(7));
}

#[cfg(target_os = "linux")]
#[test]
fn hashing_threads_are_nice_and_the_others_are_not() {
    // The nineteenth field of a thread's stat line, counted after its name.
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap()
    }
    let before = niceness();
    let nice = pool(1, 1).submit(|_| niceness()).unwrap().blocking_recv().unwrap();
    assert_eq!(nice, before.max(10));
    assert_eq!(niceness(), before);
}
