//! How long a connection may keep the service waiting: for its first request, for the rest of a head that it began, between two requests,
//! and for taking an answer.
//!
//! The HTTP library has one time for a head, which also runs between requests, and none before it knows the protocol or while an answer
//! is not taken. A client that connects and says nothing would stay for ever, and a pool of connections would be closed under a proxy
//! after seconds. So [`Watched`] looks at the bytes that go by, and [`serve`] ends whom it finds too slow. A timer is set only when the
//! last one ran out, never for a request: watching costs a look at the clock for each read and write.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::time;

/// No head has begun.
const NONE: u64 = u64::MAX;
/// Bytes of HTTP/2 that may be no answer: some pings and their acknowledgements, with which a connection would never be idle.
const NO_ANSWER: usize = 64;

/// The times.
#[derive(Clone, Copy)]
pub struct Patience {
    /// From the first byte of a head to its last, and from the connection to the first head's end.
    pub head: Duration,
    /// Between two requests, and between two pieces of an answer that the client takes.
    pub idle: Duration,
}

/// What is known of a connection; times are milliseconds since it began.
pub struct Progress {
    began: Instant,
    under_way: AtomicUsize,
    /// When the last request or piece of an answer ended.
    idle_since: AtomicU64,
    /// When the head that is not whole yet began.
    head_since: AtomicU64,
    /// HTTP/2 has frames of its own between requests, which begin no head.
    is_http2: AtomicBool,
}

impl Progress {
    /// Of a connection that begins now; its first head is expected from now on.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            head_since: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
        })
    }

    /// A request's head is whole; what is returned goes with its answering.
    pub fn request(self: &Arc<Self>, is_http2: bool) -> UnderWay {
        self.head_since.store(NONE, Relaxed);
        if is_http2 {
            self.is_http2.store(true, Relaxed);
        }
        self.under_way.fetch_add(1, Relaxed);
        UnderWay(Arc::clone(self))
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn read_some(&self) {
        if self.under_way.load(Relaxed) == 0 && !self.is_http2.load(Relaxed) {
            let _ = self.head_since.compare_exchange(NONE, self.now(), Relaxed, Relaxed);
        }
    }

    fn wrote(&self, bytes: usize) {
        if bytes > NO_ANSWER || !self.is_http2.load(Relaxed) {
            self.idle_since.store(self.now(), Relaxed);
        }
    }

    /// How long the connection may stay as it is; None when it is over.
    fn left(&self, patience: Patience) -> Option<Duration> {
        if self.under_way.load(Relaxed) > 0 {
            return Some(patience.head.min(patience.idle));
        }
        let left = |since: u64, most: Duration| {
            most.checked_sub(Duration::from_millis(self.now().saturating_sub(since)))
        };
        let of_head = match self.head_since.load(Relaxed) {
            NONE => Some(Duration::MAX),
            since => left(since, patience.head),
        };
        let left = of_head?.min(left(self.idle_since.load(Relaxed), patience.idle)?);
        // A timer is as fine as a millisecond.
        (!left.is_zero()).then_some(left.max(Duration::from_millis(1)))
    }
}

/// A request being answered.
pub struct UnderWay(Arc<Progress>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now(), Relaxed);
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

/// Drives a connection until it ends; None when it was ended for slowness.
pub async fn serve<C: Future>(connection: C, progress: &Progress, patience: Patience) -> Option<C::Output> {
    let mut connection = std::pin::pin!(connection);
    let look = time::sleep(patience.head.min(patience.idle));
    let mut look = std::pin::pin!(look);
    loop {
        tokio::select! {
            biased;
            ended = &mut connection => return Some(ended),
            () = &mut look => match progress.left(patience) {
                Some(left) => look.as_mut().reset(time::Instant::now() + left),
                None => return None,
            },
        }
    }
}

/// A stream of bytes that tells of its progress.
pub struct Watched<S> {
    stream: S,
    progress: Arc<Progress>,
}

impl<S> Watched<S> {
    /// Watches a stream.
    pub fn new(stream: S, progress: Arc<Progress>) -> Self {
        Self { stream, progress }
    }
}

impl<S: Read + Unpin> Read for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.progress.read_some();
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.progress.wrote(*written.as_ref().unwrap_or(&0));
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces));
        self.progress.wrote(*written.as_ref().unwrap_or(&0));
        Poll::Ready(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { head: Duration::from_secs(10), idle: Duration::from_secs(60) };

    fn seconds(left: Option<Duration>) -> Option<u64> {
        left.map(|left| left.as_secs_f64().round() as u64)
    }

    #[test]
    fn a_head_has_less_time_than_the_pause_before_it() {
        let progress = Progress::new();
        assert_eq!(seconds(progress.left(PATIENCE)), Some(10), "the first head");
        drop(progress.request(false));
        assert_eq!(seconds(progress.left(PATIENCE)), Some(60), "the pause after a request");
        progress.read_some();
        assert_eq!(seconds(progress.left(PATIENCE)), Some(10), "the next head");
        drop(progress.request(true));
        progress.read_some();
        assert_eq!(seconds(progress.left(PATIENCE)), Some(60), "frames of HTTP/2 begin no head");
    }

    #[test]
    fn pings_of_http2_are_no_answer_and_pieces_of_one_are() {
        let progress = Progress::new();
        drop(progress.request(true));
        progress.idle_since.store(NONE, Relaxed);
        progress.wrote(17);
        assert_eq!(progress.idle_since.load(Relaxed), NONE);
        progress.wrote(16_384);
        assert_ne!(progress.idle_since.load(Relaxed), NONE);
    }

    #[test]
    fn nothing_runs_out_while_a_request_is_answered_and_everything_does_otherwise() {
        let none = Patience { head: Duration::ZERO, idle: Duration::ZERO };
        let progress = Progress::new();
        let request = progress.request(false);
        assert!(progress.left(none).is_some());
        drop(request);
        assert!(progress.left(none).is_none());
    }
}
