use std::sync::mpsc;

use super::*;

fn crew(threads: usize, waiting: usize) -> Crew<Vec<u8>> {
    Crew::new(Settings { name: "test", threads, waiting, nice: 5, linger: Duration::from_millis(20) })
}

/// Keeps one thread busy until told otherwise; returns once it is.
fn occupy(crew: &Crew<Vec<u8>>) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, beginning) = mpsc::channel();
    keep(crew.ask(move |_| {
        begun.send(()).unwrap();
        let _ = released.recv();
    }));
    beginning.recv().unwrap();
    release
}

/// Waits for the answer elsewhere, so that the work is not given up.
fn keep<R: Send + 'static>(answer: Option<oneshot::Receiver<R>>) {
    let answer = answer.unwrap();
    thread::spawn(move || answer.blocking_recv());
}

/// At most twenty seconds.
fn wait_until(crew: &Crew<Vec<u8>>, reached: impl Fn(Stats) -> bool) {
    for _ in 0..20_000 {
        if reached(crew.stats()) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{:?}", crew.stats());
}

#[test]
fn one_runs_one_waits_and_the_third_is_turned_away_until_somebody_is_done() {
    let crew = crew(1, 1);
    let held = occupy(&crew);
    let second = crew.ask(|_| 2).unwrap();
    assert!(crew.ask(|_| 3).is_none());
    assert!(crew.turns_away());
    let stats = crew.stats();
    assert_eq!((stats.running, stats.waiting, stats.turned_away), (1, 1, 2));
    drop(held);
    assert_eq!(second.blocking_recv(), Ok(2));
    wait_until(&crew, |stats| stats.done == 2);
    assert!(!crew.turns_away());
    assert_eq!(crew.ask(|_| 4).unwrap().blocking_recv(), Ok(4));
}

#[test]
fn as_many_run_at_once_as_may_and_no_more() {
    let crew = crew(2, 4);
    let held = [occupy(&crew), occupy(&crew)];
    (0..4).for_each(|_| keep(crew.ask(|_| ())));
    let stats = crew.stats();
    assert_eq!((stats.threads, stats.running, stats.waiting), (2, 2, 4));
    assert!(crew.turns_away());
    drop(held);
    wait_until(&crew, |stats| stats.done == 6);
}

#[test]
fn an_idle_crew_has_no_thread() {
    let crew = crew(2, 4);
    assert_eq!(crew.stats(), Stats::default());
    crew.ask(|_| ()).unwrap().blocking_recv().unwrap();
    wait_until(&crew, |stats| stats.threads == 0 && stats.done == 1);
}

#[test]
fn who_has_gone_away_gets_nothing_done_and_takes_nobodys_place() {
    let crew = crew(1, 2);
    let held = occupy(&crew);
    drop(crew.ask::<()>(|_| unreachable!("nobody waits for it")).unwrap());
    drop(crew.ask::<()>(|_| unreachable!("nor for this")).unwrap());
    assert_eq!(crew.stats().waiting, 2);
    let last = crew.ask(|_| 7).unwrap();
    assert_eq!(crew.stats().waiting, 1, "what nobody waits for gave its place");
    drop(held);
    assert_eq!(last.blocking_recv(), Ok(7));
}

#[test]
fn a_thread_keeps_what_it_has_until_a_panic() {
    let crew = crew(1, 4);
    let add = || crew.ask(|kept: &mut Vec<u8>| kept.push(1)).unwrap().blocking_recv();
    let count = || crew.ask(|kept: &mut Vec<u8>| kept.len()).unwrap().blocking_recv();
    let held = occupy(&crew);
    let both = crew.ask(|kept| {
        kept.push(1);
        kept.push(1);
    });
    let counted = crew.ask(|kept| kept.len()).unwrap();
    drop(held);
    both.unwrap().blocking_recv().unwrap();
    assert_eq!(counted.blocking_recv(), Ok(2));
    assert_eq!(crew.stats().threads, 1);
    assert!(crew.ask(|_| -> () { panic!("on purpose") }).unwrap().blocking_recv().is_err());
    assert_eq!(count(), Ok(0), "what a panic left half done is not used again");
    assert_eq!(add(), Ok(()), "the place of work that panicked is free");
}

#[test]
fn what_waits_is_finished_when_the_crew_is_dropped() {
    let crew = crew(1, 4);
    let held = occupy(&crew);
    let waiting = crew.ask(|_| 7).unwrap();
    drop(crew);
    drop(held);
    assert_eq!(waiting.blocking_recv(), Ok(7));
}

#[cfg(target_os = "linux")]
#[test]
fn the_threads_are_nice_and_the_others_are_not() {
    // The nineteenth field of a thread's stat line, counted after its name.
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        stat.rsplit_once(") ").unwrap().1.split(' ').nth(16).unwrap().parse().unwrap()
    }
    let before = niceness();
    let nice = crew(1, 1).ask(|_| niceness()).unwrap().blocking_recv().unwrap();
    assert_eq!(nice, before.max(5));
    assert_eq!(niceness(), before);
}
