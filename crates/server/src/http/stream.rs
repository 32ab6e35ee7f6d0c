//! Answers that are written while they are read, so that a search of everything needs no memory for it.

use std::{io, sync::Arc};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use patron_commerce::{Failure, row::Bound};
use patron_webapi::{Answer, accept::Format, fields::Selection};
use tokio::sync::mpsc;

use super::{
    reply,
    rest::{self, Admitted},
};
use crate::state::App;

/// Bytes that are sent at once.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait for a slow client; the search waits when they are full.
const CHUNKS: usize = 4;

/// Runs a streaming call on its own thread. What fails before the first byte is answered as a failure, what fails later cuts the answer
/// off, which the client sees as such.
pub async fn answer(
    app: &App,
    admitted: Admitted,
    bound: Box<dyn Bound>,
    selection: Selection,
    format: Format,
) -> Response {
    let Ok(_room) = app.searches.acquire().await else {
        return reply::failure(&anyhow::anyhow!("the searches were closed").into(), format);
    };
    if format == Format::Xml {
        return whole(app, admitted, bound, selection, format).await;
    }
    let (sender, mut receiver) = mpsc::channel(CHUNKS);
    let shared = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        let mut out = Chunks { sender, chunk: Vec::with_capacity(CHUNK) };
        let result = shared.database.read(|sql| {
            rest::with_call(&shared, sql, &admitted, |call| bound.stream(call, &selection, &mut out))
        });
        out.end(result);
    });
    match receiver.recv().await {
        Some(Ok(first)) => {
            let rest = stream::unfold(receiver, |mut receiver| async {
                receiver.recv().await.map(|chunk| (chunk.map_err(cut_off), receiver))
            });
            let body = stream::StreamExt::chain(stream::iter([Ok::<_, io::Error>(first)]), rest);
            reply::with_status(axum::http::StatusCode::OK, Body::from_stream(body), format)
        }
        Some(Err(failure)) => reply::failure(&failure, format),
        None => reply::failure(&anyhow::anyhow!("the search ended without an answer").into(), format),
    }
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
    let run = move || shared.database.read(|sql| rest::run(&shared, sql, &admitted, bound.as_ref()));
    match tokio::task::spawn_blocking(run).await {
        Ok(Ok(answer)) => {
            let Answer(bytes) = answer;
            reply::ok(Answer(bytes).render(&selection, format), format)
        }
        Ok(Err(failure)) => reply::failure(&failure, format),
        Err(error) => reply::failure(&anyhow::Error::from(error).into(), format),
    }
}

fn cut_off(failure: Failure) -> io::Error {
    tracing::error!(%failure, "An answer was cut off.");
    io::Error::other("cut off")
}

/// Collects what is written into chunks and sends them.
struct Chunks {
    sender: mpsc::Sender<Result<Bytes, Failure>>,
    chunk: Vec<u8>,
}

impl Chunks {
    fn send(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        self.sender.blocking_send(Ok(chunk.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn end(mut self, result: Result<(), Failure>) {
        // A client that went away is no failure of ours; there is nobody to tell.
        let _ = match result {
            Ok(()) => self.send(),
            Err(failure) => self.sender.blocking_send(Err(failure)).map_err(io::Error::other),
        };
    }
}

impl io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
