//! The socket to a server: never blocks by itself, and says when it is worth trying again.
//!
//! A thread that waits for an answer sleeps in `poll(2)` on this one socket. No reactor is between them, so an answer
//! wakes exactly the thread that wants it, and it makes no difference whether that thread belongs to a runtime.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The transport below; must be non-blocking.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What the driver of a connection and its socket share.
pub(super) struct Link {
    stream: Stream,
    /// Something may be there to be read. Saves a system call that would only say no.
    readable: AtomicBool,
    /// The last write did not fit.
    full: AtomicBool,
}

impl Link {
    pub(super) fn new(stream: Stream) -> io::Result<Arc<Link>> {
        match &stream {
            Stream::Tcp(tcp) => tcp.set_nonblocking(true)?,
            Stream::Unix(unix) => unix.set_nonblocking(true)?,
        }
        Ok(Arc::new(Link { stream, readable: AtomicBool::new(false), full: AtomicBool::new(false) }))
    }

    /// Sleeps until the socket can be read (or written, if it was full). False if nothing came of it in time.
    pub(super) fn wait(&self, patience: Duration) -> io::Result<bool> {
        let mut wanted = PollFlags::IN;
        if self.full.load(Relaxed) {
            wanted |= PollFlags::OUT;
        }
        let timeout = Timespec { tv_sec: patience.as_secs() as _, tv_nsec: patience.subsec_nanos().into() };
        let mut fds = [PollFd::from_borrowed_fd(self.fd(), wanted)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            // Woken by a signal: as good as ready, the next look will tell.
            Err(rustix::io::Errno::INTR) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
        let ready = fds[0].revents();
        if ready.contains(PollFlags::OUT) {
            self.full.store(false, Relaxed);
        }
        if ready.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            self.readable.store(true, Relaxed);
        }
        Ok(true)
    }

    /// A new, blocking connection to the same peer.
    pub(super) fn another(&self, patience: Duration) -> io::Result<Stream> {
        match &self.stream {
            Stream::Tcp(tcp) => TcpStream::connect_timeout(&tcp.peer_addr()?, patience).map(Stream::Tcp),
            Stream::Unix(unix) => UnixStream::connect_addr(&unix.peer_addr()?).map(Stream::Unix),
        }
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match &self.stream {
            Stream::Tcp(tcp) => tcp.as_fd(),
            Stream::Unix(unix) => unix.as_fd(),
        }
    }

    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        match &self.stream {
            Stream::Tcp(tcp) => (&mut &*tcp).read(into),
            Stream::Unix(unix) => (&mut &*unix).read(into),
        }
    }

    fn write(&self, from: &[u8]) -> io::Result<usize> {
        match &self.stream {
            Stream::Tcp(tcp) => (&mut &*tcp).write(from),
            Stream::Unix(unix) => (&mut &*unix).write(from),
        }
    }
}

/// The end that the protocol reads and writes.
pub(super) struct Socket(pub(super) Arc<Link>);

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let link = &self.0;
        if !link.readable.load(Relaxed) {
            return Poll::Pending;
        }
        let room = into.initialize_unfilled();
        let size = ready!(settled(|| link.read(room), &link.readable, false))?;
        // The kernel had less than there was room for: it has nothing more now.
        if size < into.remaining() {
            link.readable.store(false, Relaxed);
        }
        into.advance(size);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        settled(|| self.0.write(from), &self.0.full, true)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Closed when dropped: nothing that matters is ever sent last.
        Poll::Ready(Ok(()))
    }
}

/// Runs a system call; sets `flag` to `blocked` where it would have blocked.
fn settled(
    mut call: impl FnMut() -> io::Result<usize>,
    flag: &AtomicBool,
    blocked: bool,
) -> Poll<io::Result<usize>> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                flag.store(blocked, Relaxed);
                return Poll::Pending;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return Poll::Ready(done),
        }
    }
}
