//! A stretch of network between a node and its database that can fall silent, or be cut in the middle of a commit.
//!
//! Knows nothing of PostgreSQL but how a commit looks on the way to it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// `COMMIT` as the protocol sends it.
const COMMIT: &[u8] = b"COMMIT\0";

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never hears of the commit.
    BeforeCommit,
    /// The server has committed, and the node never hears of it.
    AfterCommit,
}

/// Forwards connections to a server; what is under way ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    server: String,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    silent: bool,
    closed: bool,
    cut: Option<Cut>,
    streams: Vec<TcpStream>,
}

impl Proxy {
    /// Forwards what comes to a free port of this machine to `server` (`host:port`).
    pub fn to(server: &str) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("this machine has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let line = Line { server: server.to_owned(), state: Mutex::default(), changed: Condvar::new() };
        let line = Arc::new(line);
        let taking = line.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let line = taking.clone();
                if line.state().closed {
                    return;
                }
                thread::spawn(move || line.connect(stream));
            }
        });
        Proxy { address, line }
    }

    /// Where nodes connect to: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on nothing comes through, and nobody is told. Connections are accepted, and are as silent.
    pub fn fall_silent(&self) {
        self.line.state().silent = true;
    }

    /// Everything comes through again, also what was sent meanwhile.
    pub fn heal(&self) {
        self.line.state().silent = false;
        self.line.changed.notify_all();
    }

    /// Cuts the next connection that commits.
    pub fn cut(&self, cut: Cut) {
        self.line.state().cut = Some(cut);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.line.state();
        state.closed = true;
        state.streams.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        drop(state);
        self.line.changed.notify_all();
        // Wakes the one that accepts.
        drop(TcpStream::connect(self.address));
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the line is silent; false once it is closed.
    fn passes(&self) -> bool {
        let waited = self.changed.wait_while(self.state(), |state| state.silent && !state.closed);
        !waited.unwrap_or_else(PoisonError::into_inner).closed
    }

    fn connect(self: Arc<Self>, client: TcpStream) {
        if !self.passes() {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.server) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { return };
        self.state().streams.extend([client.try_clone(), server.try_clone()].into_iter().flatten());
        let (line, deaf) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let is_deaf = deaf.clone();
        thread::spawn(move || line.forward(from, to, |_| !is_deaf.load(SeqCst)));
        self.forward(client, server, |bytes| {
            let cut = self.cut_of(bytes);
            // What the server says next is that it has committed.
            deaf.store(cut == Some(Cut::AfterCommit), SeqCst);
            cut != Some(Cut::BeforeCommit)
        });
    }

    /// One direction of a connection, until either end is closed or bytes may not pass; then closes both.
    fn forward(&self, mut from: TcpStream, mut to: TcpStream, mut may_pass: impl FnMut(&[u8]) -> bool) {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(size @ 1..) = from.read(&mut bytes) {
            let bytes = &bytes[..size];
            if !may_pass(bytes) || !self.passes() || to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// The cut that was asked for, if these bytes commit.
    fn cut_of(&self, bytes: &[u8]) -> Option<Cut> {
        let commits = bytes.windows(COMMIT.len()).any(|window| window == COMMIT);
        if commits { self.state().cut.take() } else { None }
    }
}
