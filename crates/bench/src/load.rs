//! A small load generator: some connections, each sending its next request when the last was answered.
//!
//! One thread, plain sockets, answers read only as far as their length: it shares the cores with what it measures, so what it costs
//! is taken from both sides' rates and makes them look more alike. An answer has a length, or is in chunks.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime,
    task::LocalSet,
};

/// Time between two looks for answers, now and then.
const BETWEEN_LOOKS: Duration = Duration::from_micros(500);

/// What came back.
#[derive(Default)]
pub struct Answers {
    /// Answers with a status of 2xx.
    pub good: u64,
    /// Others.
    pub bad: u64,
    /// Time from the first request to the last answer.
    pub seconds: f64,
    /// Time of each answer, in microseconds, in no order.
    pub micros: Vec<u32>,
}

impl Answers {
    /// Good answers a second.
    pub fn rate(&self) -> f64 {
        self.good as f64 / self.seconds
    }

    /// The time within which this share of the answers came, in microseconds.
    pub fn quantile(&mut self, share: f64) -> f64 {
        self.micros.sort_unstable();
        let last = self.micros.len().saturating_sub(1);
        self.micros.get((last as f64 * share) as usize).map_or(f64::NAN, |micros| f64::from(*micros))
    }
}

/// When answers are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// As they come.
    AtOnce,
    /// Every half millisecond: where far fewer come in that time than there are connections, the service never waits for us, and we do not
    /// wake up for each. For yardsticks without HTTP, from whose side a generator takes nothing.
    NowAndThen,
}

/// Sends the requests that `next` writes, over so many connections, for this long. The number counts from 0 over all connections.
pub fn drive(
    address: &str,
    connections: usize,
    time: Duration,
    next: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Result<Answers> {
    drive_looking(Looks::AtOnce, address, connections, time, next)
}

/// As [`drive`], with this habit of looking for answers.
pub fn drive_looking(
    looks: Looks,
    address: &str,
    connections: usize,
    time: Duration,
    next: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Result<Answers> {
    drive_until(address, connections, Some(time), u64::MAX, looks, next)
}

/// As [`drive`], for so many requests.
pub fn drive_count(
    address: &str,
    connections: usize,
    count: u64,
    next: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Result<Answers> {
    drive_until(address, connections, None, count, Looks::AtOnce, next)
}

/// As [`drive`], over one connection and without a runtime: a socket that is written and read in turns, so that hardly any of the time is
/// the client's.
pub fn one_by_one(address: &str, time: Duration, mut next: impl FnMut(u64, &mut Vec<u8>)) -> Result<Answers> {
    let mut stream = std::net::TcpStream::connect(address).context("connecting")?;
    stream.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::with_capacity(4096), Vec::with_capacity(16 * 1024));
    let mut answers = Answers::default();
    let started = Instant::now();
    while started.elapsed() < time {
        request.clear();
        next(answers.good + answers.bad, &mut request);
        let sent = Instant::now();
        std::io::Write::write_all(&mut stream, &request).context("sending a request")?;
        let mut reading = Reading::begin(&mut answer);
        while !reading.is_whole(&answer)? {
            let mut piece = [0; 16 * 1024];
            let read = std::io::Read::read(&mut stream, &mut piece).context("reading an answer")?;
            ensure_open(read, &answer)?;
            answer.extend_from_slice(&piece[..read]);
        }
        answers.micros.push(sent.elapsed().as_micros() as u32);
        match answer[9] {
            b'2' => answers.good += 1,
            _ => answers.bad += 1,
        }
    }
    answers.seconds = started.elapsed().as_secs_f64();
    Ok(answers)
}

fn drive_until(
    address: &str,
    connections: usize,
    time: Option<Duration>,
    count: u64,
    looks: Looks,
    next: impl FnMut(u64, &mut Vec<u8>) + 'static,
) -> Result<Answers> {
    let address: SocketAddr = address.parse().context("an address is host:port")?;
    let started = Instant::now();
    let shared = Rc::new(RefCell::new(Shared { next, sent: 0, answers: Answers::default() }));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    let tasks = LocalSet::new();
    let until = time.map(|time| started + time);
    runtime.block_on(tasks.run_until(async {
        let all: Vec<_> = (0..connections)
            .map(|_| tokio::task::spawn_local(connection(address, until, count, Rc::clone(&shared))))
            .collect();
        if looks == Looks::NowAndThen {
            // Keeps the one thread there is from everything else; it goes with the other tasks.
            tokio::task::spawn_local(async {
                loop {
                    thread::sleep(BETWEEN_LOOKS);
                    tokio::task::yield_now().await;
                }
            });
        }
        for one in all {
            one.await.context("a connection's task ended")??;
        }
        anyhow::Ok(())
    }))?;
    let mut answers = std::mem::take(&mut shared.borrow_mut().answers);
    answers.seconds = started.elapsed().as_secs_f64();
    Ok(answers)
}

struct Shared<F> {
    next: F,
    sent: u64,
    answers: Answers,
}

async fn connection<F: FnMut(u64, &mut Vec<u8>)>(
    address: SocketAddr,
    until: Option<Instant>,
    count: u64,
    shared: Rc<RefCell<Shared<F>>>,
) -> Result<()> {
    let mut stream = TcpStream::connect(address).await.context("connecting")?;
    stream.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::with_capacity(4096), Vec::with_capacity(16 * 1024));
    loop {
        {
            let shared = &mut *shared.borrow_mut();
            if shared.sent == count {
                return Ok(());
            }
            request.clear();
            (shared.next)(shared.sent, &mut request);
            shared.sent += 1;
        }
        let started = Instant::now();
        if until.is_some_and(|until| started >= until) {
            return Ok(());
        }
        stream.write_all(&request).await.context("sending a request")?;
        let status = read(&mut stream, &mut answer).await?;
        let took = started.elapsed().as_micros() as u32;
        let answers = &mut shared.borrow_mut().answers;
        answers.micros.push(took);
        match status {
            b'2' => answers.good += 1,
            _ => answers.bad += 1,
        }
    }
}

/// Reads one answer; its status' first digit.
async fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<u8> {
    let mut reading = Reading::begin(answer);
    while !reading.is_whole(answer)? {
        let read = stream.read_buf(answer).await.context("reading an answer")?;
        ensure_open(read, answer)?;
    }
    Ok(answer[9])
}

fn ensure_open(read: usize, answer: &[u8]) -> Result<()> {
    ensure!(read > 0, "the connection was closed in an answer: {}", String::from_utf8_lossy(answer));
    Ok(())
}

/// How far an answer has come.
struct Reading {
    /// Its length, once its head says so.
    whole: Option<usize>,
    is_chunked: bool,
}

impl Reading {
    /// Nothing has come yet.
    fn begin(answer: &mut Vec<u8>) -> Self {
        answer.clear();
        Self { whole: None, is_chunked: false }
    }

    fn is_whole(&mut self, answer: &[u8]) -> Result<bool> {
        if self.whole.is_none()
            && !self.is_chunked
            && let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            match header(&answer[..head], "content-length")? {
                Some(length) => {
                    self.whole = Some(head + 4 + length.parse::<usize>().context("a length is a number")?);
                }
                None => self.is_chunked = true,
            }
        }
        Ok(match self.whole {
            Some(whole) => answer.len() >= whole,
            None => self.is_chunked && answer.ends_with(b"\r\n0\r\n\r\n"),
        })
    }
}

fn header<'h>(head: &'h [u8], wanted: &str) -> Result<Option<&'h str>> {
    let head = std::str::from_utf8(head).context("a head is text")?;
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    Ok(lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value))
}
