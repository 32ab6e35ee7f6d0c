//! Answers that are written while they are read, so that a search of everything needs no memory for it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{
            AtomicBool,
            Ordering::{Acquire, Release},
        },
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use patron_commerce::{Failure, row::Bound};
use patron_crew::Job;
use patron_webapi::{Answer, Fault, accept::Format, fields::Selection};
use tokio::{runtime::Handle, sync::mpsc};
use tracing::Span;

use super::{
    reply,
    rest::{self, Admitted},
    traced::step,
};
use crate::{current::Current, state::App};

/// Bytes that are sent at once.
const CHUNK: usize = 64 * 1024;
/// Bytes that there is room for at first: most answers are a page, and what is asked for beside that costs time.
const FIRST: usize = 16 * 1024;
/// How long a search that there is no room for waits for its refusal.
const HELD: Duration = Duration::from_millis(100);
/// Chunks that wait for a slow client; the search waits when they are full.
const CHUNKS: usize = 4;

/// Runs a streaming call on a thread for searches. What fails before the first byte is answered as a failure, what fails later cuts the answer
/// off, which the client sees as such.
pub async fn answer(
    app: &App,
    admitted: Admitted,
    bound: Box<dyn Bound>,
    selection: Selection,
    format: Format,
) -> Response {
    if format == Format::Xml {
        return whole(app, admitted, bound, selection, format).await;
    }
    let (sender, mut receiver) = mpsc::channel(CHUNKS);
    let shared = Arc::clone(app);
    let whole = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&whole);
    let (runtime, patience) = (Handle::current(), app.config.body_timeout());
    let (span, step) = (Span::current(), step!("search"));
    // Until the last byte: a search holds a connection of the database as long as its client takes.
    let client = sender.clone();
    let work = Current::carried(move || {
        let (_span, _step) = (span.entered(), step.entered());
        let mut out = Chunks { sender, chunk: Vec::with_capacity(FIRST), whole: ended, runtime, patience };
        let result = shared.database.read(|sql| {
            rest::with_call(&shared, sql, &admitted, |call| bound.stream(call, &selection, &mut out))
        });
        out.end(result);
    });
    if !app.limits.searches.take(Streaming { client, work }) {
        return turned_away(app, format).await;
    }
    match receiver.recv().await {
        Some(Ok(first)) => {
            let rest = stream::unfold(Some((receiver, whole)), |going_on| async {
                let (mut receiver, whole) = going_on?;
                match receiver.recv().await {
                    Some(Ok(chunk)) => Some((Ok(chunk), Some((receiver, whole)))),
                    Some(Err(failure)) => Some((Err(cut_off(&failure)), None)),
                    None if whole.load(Acquire) => None,
                    None => Some((Err(io::Error::other("cut off")), None)),
                }
            });
            let body = stream::StreamExt::chain(stream::iter([Ok::<_, io::Error>(first)]), rest);
            reply::with_status(axum::http::StatusCode::OK, Body::from_stream(body), format)
        }
        Some(Err(failure)) => reply::failure(&failure, format),
        None => reply::failure(&anyhow::anyhow!("the search ended without an answer").into(), format),
    }
}

/// The refusal of a search that there is no room for.
pub fn too_many() -> Fault {
    Fault::unavailable("Too many searches are waiting. Try again later.", 1)
}

/// The same as an answer, a moment later: whoever asks again at once, of however many there are, would otherwise have the service refuse
/// instead of search. Where so many requests are held already that others could be refused for it, at once.
pub async fn turned_away(app: &App, format: Format) -> Response {
    if app.limits.requests.inside() < app.config.max_requests / 4 {
        tokio::time::sleep(HELD).await;
    }
    reply::fault(&too_many(), format)
}

/// XML is made of a whole document.
async fn whole(
    app: &App,
    admitted: Admitted,
    bound: Box<dyn Bound>,
    selection: Selection,
    format: Format,
) -> Response {
    let shared = Arc::clone(app);
    let run = Current::carried(move || {
        shared.database.read(|sql| rest::run(&shared, sql, &admitted, bound.as_ref()))
    });
    let Some(answer) = app.limits.searches.ask(|()| run()) else {
        return turned_away(app, format).await;
    };
    match answer.await {
        Ok(Ok(answer)) => {
            let Answer(bytes) = answer;
            reply::ok(Answer(bytes).render(&selection, format), format)
        }
        Ok(Err(failure)) => reply::failure(&failure, format),
        Err(error) => reply::failure(&anyhow::Error::from(error).into(), format),
    }
}

fn cut_off(failure: &Failure) -> io::Error {
    tracing::error!(%failure, "An answer was cut off.");
    io::Error::other("cut off")
}

/// A search that is sent while it is read.
struct Streaming<W> {
    client: mpsc::Sender<Result<Bytes, Failure>>,
    work: W,
}

impl<W: FnOnce() + Send> Job for Streaming<W> {
    fn is_given_up(&self) -> bool {
        self.client.is_closed()
    }

    fn run(self: Box<Self>, (): &mut ()) {
        let Self { client, work } = *self;
        // The answer ends with the last sender.
        drop(client);
        work();
    }
}

/// Collects what is written into chunks and sends them.
struct Chunks {
    sender: mpsc::Sender<Result<Bytes, Failure>>,
    chunk: Vec<u8>,
    /// Said when the last byte was sent: an answer that just ends was cut off, and its client must see that.
    whole: Arc<AtomicBool>,
    runtime: Handle,
    /// How long a client may take for a chunk; one that takes longer is cut off, so that its room is others'.
    patience: Duration,
}

impl Chunks {
    /// Sends what there is and keeps room for so much more.
    fn send(&mut self, room: usize) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(room));
        let Err(full) = self.sender.try_send(Ok(chunk.into())) else { return Ok(()) };
        let sending = async { self.sender.send_timeout(full.into_inner(), self.patience).await };
        self.runtime.block_on(sending).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn end(mut self, result: Result<(), Failure>) {
        match result {
            Ok(()) => {
                let is_sent = self.send(0).is_ok();
                self.whole.store(is_sent, Release);
            }
            // A client that went away, or takes nothing, is no failure of ours; there is nobody to tell.
            Err(failure) => drop(self.sender.try_send(Err(failure))),
        }
    }
}

impl io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.send(CHUNK)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
