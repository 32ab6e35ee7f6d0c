//! Clients that do not wait for each other: each comes at its time and takes a connection that is free.
//!
//! One thread on a core of its own, sockets that never block, one list of what is ready, and no memory asked for while it runs: so it can
//! ask for several times as much as a service on another core can do. It says when it could not: then the service was not overloaded, and
//! nothing about it was measured.
//!
//! Answers are counted while a window of time is open that begins when the load is as steady as it gets. Counting what was asked in it
//! instead would add the answers that come after it, a second's worth of them.

use std::{
    io::{ErrorKind, Read, Write},
    mem::MaybeUninit,
    net::TcpStream,
    ops::Range,
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{
    Timespec,
    epoll::{self, Event, EventData, EventFlags},
};

/// How long a client waits for its answer.
pub const DEADLINE: Duration = Duration::from_secs(1);
/// A request that leaves so much after its time is late by the generator's fault.
const OWN_DELAY: Duration = Duration::from_millis(20);
/// Requests that are sent before answers are looked for again.
const AT_ONCE: usize = 64;
/// How long the last answers may take.
const DRAIN: Duration = Duration::from_secs(30);

/// When requests are sent.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Over so many connections, each when the one before is answered.
    Waiting(usize),
    /// So many a second, whatever becomes of those before.
    Rate(f64),
}

/// What became of the requests of a window, a second.
#[derive(Clone, Copy, Default)]
pub struct Met {
    /// Came, whether or not there was a connection for them.
    pub came: f64,
    /// Came while an answer was owed on every connection there is, and went away.
    pub crowded_out: f64,
    /// Answered 2xx in time.
    pub good: f64,
    /// Answered 503.
    pub refused: f64,
    /// Answered 2xx after [`DEADLINE`].
    pub late: f64,
    /// Left late because the generator was.
    pub behind: f64,
}

/// Open connections, and what they are at.
pub struct Crowd {
    ready: OwnedFd,
    connections: Vec<Connection>,
    free: Vec<u32>,
    buffer: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// When the request under way was due.
    due: Duration,
    state: State,
    /// The beginning of an answer whose head was not whole.
    begun: Vec<u8>,
}

enum State {
    Head,
    /// So many bytes of the body are missing; the status.
    Body(usize, u16),
    /// A body in chunks: the last bytes that were read; the status.
    Chunks([u8; END.len()], u16),
}

/// How a body in chunks ends.
const END: &[u8; 7] = b"\r\n0\r\n\r\n";

impl Crowd {
    /// Opens so many connections.
    pub fn connect(address: &str, count: usize) -> Result<Self> {
        let ready = epoll::create(epoll::CreateFlags::CLOEXEC).context("a list of what is ready")?;
        let mut connections = Vec::with_capacity(count);
        for number in 0..count {
            let mut stream = TcpStream::connect(address).context("connecting")?;
            stream.set_nodelay(true)?;
            // Whoever says nothing at first is soon sent away. And who connects faster than the service accepts waits for the network.
            stream.write_all(b"GET /_/livez HTTP/1.1\r\nHost: a\r\n\r\n")?;
            ensure!(stream.read(&mut [0; 4096])? > 0, "a connection was closed at once");
            stream.set_nonblocking(true)?;
            epoll::add(&ready, &stream, EventData::new_u64(number as u64), EventFlags::IN)?;
            connections.push(Connection {
                stream,
                due: Duration::ZERO,
                state: State::Head,
                begun: Vec::with_capacity(4096),
            });
        }
        Ok(Self { ready, connections, free: Vec::with_capacity(count), buffer: vec![0; 256 * 1024] })
    }

    /// Sends the requests that `next` writes, for a time that does not count and for one that does, and waits for the last answers.
    pub fn send(
        &mut self,
        pace: Pace,
        lead: Duration,
        counted: Duration,
        mut next: impl FnMut(u64, &mut Vec<u8>),
    ) -> Result<Met> {
        let (window, end) = (lead..lead + counted, lead + counted);
        let used = match pace {
            Pace::Waiting(connections) => connections,
            Pace::Rate(_) => self.connections.len(),
        };
        self.free.clear();
        // The connection last freed is taken first: the first ones are used while there is little to do.
        self.free.extend((0..used as u32).rev());
        let mut count = Count { window, met: Met::default() };
        let (mut number, mut request) = (0, Vec::with_capacity(8192));
        let mut events = [MaybeUninit::<Event>::uninit(); 512];
        let begun = Instant::now();
        loop {
            let mut now = begun.elapsed();
            for _ in 0..AT_ONCE {
                let due = match pace {
                    Pace::Waiting(_) => now,
                    Pace::Rate(rate) => Duration::from_secs_f64(number as f64 / rate),
                };
                if due > now || due >= end {
                    break;
                }
                let free = self.free.pop();
                if free.is_none() && matches!(pace, Pace::Waiting(_)) {
                    break;
                }
                request.clear();
                if let Some(free) = free {
                    next(number, &mut request);
                    self.connections[free as usize].ask(due, &request)?;
                }
                count.came(due, free.is_some(), now - due);
                number += 1;
                now = begun.elapsed();
            }
            if now >= end && self.free.len() == used {
                return Ok(count.a_second());
            }
            ensure!(now < end + DRAIN, "{} requests were not answered", used - self.free.len());
            // At a rate it never sleeps: to be woken for each answer would cost the service, on the other core, a tenth of a GET.
            let is_wanted = matches!(pace, Pace::Rate(_)) || !self.free.is_empty();
            let pause = if now < end && is_wanted { Duration::ZERO } else { Duration::from_millis(10) };
            let pause = Timespec { tv_sec: 0, tv_nsec: pause.as_nanos().min(10_000_000) as _ };
            let (ready, _) = epoll::wait(&self.ready, &mut events, Some(&pause))?;
            for event in ready.iter() {
                let place = event.data.u64() as usize;
                let connection = &mut self.connections[place];
                if let Some(status) = connection.read(&mut self.buffer)? {
                    count.answered(status, connection.due, begun.elapsed());
                    self.free.push(place as u32);
                }
            }
        }
    }
}

struct Count {
    window: Range<Duration>,
    met: Met,
}

impl Count {
    fn came(&mut self, due: Duration, has_connection: bool, delay: Duration) {
        if !self.window.contains(&due) {
            return;
        }
        self.met.came += 1.0;
        if !has_connection {
            self.met.crowded_out += 1.0;
        }
        if delay > OWN_DELAY {
            self.met.behind += 1.0;
        }
    }

    fn answered(&mut self, status: u16, due: Duration, now: Duration) {
        if !self.window.contains(&now) {
            return;
        }
        match status {
            200..=299 if now - due <= DEADLINE => self.met.good += 1.0,
            200..=299 => self.met.late += 1.0,
            _ => self.met.refused += 1.0,
        }
    }

    fn a_second(self) -> Met {
        let seconds = (self.window.end - self.window.start).as_secs_f64();
        let Met { came, crowded_out, good, refused, late, behind } = self.met;
        Met {
            came: came / seconds,
            crowded_out: crowded_out / seconds,
            good: good / seconds,
            refused: refused / seconds,
            late: late / seconds,
            behind: behind / seconds,
        }
    }
}

impl Connection {
    fn ask(&mut self, due: Duration, request: &[u8]) -> Result<()> {
        self.due = due;
        // Nothing is under way on it, so there is room for a request.
        self.stream.write_all(request).context("sending a request")
    }

    /// Reads what is there; the status when the answer is whole.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<u16>> {
        let length = match self.stream.read(buffer) {
            Ok(0) => bail!("a connection was closed by the service"),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error).context("reading an answer"),
        };
        let read = &buffer[..length];
        match std::mem::replace(&mut self.state, State::Head) {
            State::Head if self.begun.is_empty() => self.head(read, true),
            State::Head => {
                let mut begun = std::mem::take(&mut self.begun);
                begun.extend_from_slice(read);
                let answer = self.head(&begun, false);
                if self.begun.is_empty() {
                    // Its memory is used again.
                    begun.clear();
                    self.begun = begun;
                }
                answer
            }
            State::Body(missing, status) => Ok(self.body(missing, length, status)),
            State::Chunks(last, status) => Ok(self.chunks(last, read, status)),
        }
    }

    fn head(&mut self, read: &[u8], is_first: bool) -> Result<Option<u16>> {
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
            if is_first {
                self.begun.extend_from_slice(read);
            } else {
                self.begun = read.to_vec();
            }
            return Ok(None);
        };
        let head = std::str::from_utf8(&read[..end]).context("a head is text")?;
        let status =
            head.get(9..12).and_then(|digits| digits.parse().ok()).context("an answer has a status")?;
        let body = &read[end..];
        match length(head) {
            Some(length) => Ok(self.body(length, body.len(), status)),
            None => Ok(self.chunks([0; END.len()], body, status)),
        }
    }

    fn body(&mut self, missing: usize, read: usize, status: u16) -> Option<u16> {
        if read >= missing {
            return Some(status);
        }
        self.state = State::Body(missing - read, status);
        None
    }

    fn chunks(&mut self, mut last: [u8; END.len()], read: &[u8], status: u16) -> Option<u16> {
        let kept = END.len().saturating_sub(read.len());
        last.rotate_left(END.len() - kept);
        last[kept..].copy_from_slice(&read[read.len() - (END.len() - kept)..]);
        if &last == END {
            return Some(status);
        }
        self.state = State::Chunks(last, status);
        None
    }
}

fn length(head: &str) -> Option<usize> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1.parse().ok()
}
