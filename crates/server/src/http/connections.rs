//! Taking connections: bounded in number and in time, and ended gracefully.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::body::Body;
use hyper::{Request, Version, body::Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    time,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;

use super::{
    answering::Answering,
    front::Front,
    patience::{self, Patience, Progress, Watched},
};
use crate::state::App;

/// Headers a request may have.
const MAX_HEADERS: usize = 100;
/// Requests that a connection of HTTP/2 may have under way.
const MAX_STREAMS: u32 = 256;

/// Serves connections until `end` comes, then waits for those with requests under way, at most the drain time. With `tls`, only those
/// that speak it.
pub async fn serve(
    app: &App,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    front: Front,
    end: impl Future<Output = ()>,
) {
    let room = &app.limits.connections;
    let graceful = GracefulShutdown::new();
    let builder = builder(app);
    let patience = Patience { head: app.config.header_timeout(), idle: app.config.keep_alive() };
    let mut end = std::pin::pin!(end);
    loop {
        let Ok(permit) = Arc::clone(room).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or a peer that was gone already: nothing to do but go on, a little later.
                    tracing::warn!(%error, "A connection could not be accepted.");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut end => break,
        };
        let (watcher, builder, front, tls) =
            (graceful.watcher(), builder.clone(), front.clone(), tls.clone());
        tokio::spawn(async move {
            if let Ok(stream) = secured(prepared(stream), tls, patience.head).await {
                let progress = Progress::new();
                let stream = Watched::new(TokioIo::new(stream), Arc::clone(&progress));
                let connection =
                    builder.serve_connection(stream, service(front, peer, Arc::clone(&progress)));
                let connection = watcher.watch(connection.into_owned());
                match patience::serve(connection, &progress, patience).await {
                    Some(Ok(())) => {}
                    Some(Err(error)) => tracing::debug!(%error, "A connection ended early."),
                    None => tracing::debug!(%peer, "A connection was too slow and was ended."),
                }
            }
            drop(permit);
        });
    }
    drop(listener);
    tracing::info!("Patron takes no more connections and finishes what is under way.");
    let drain = Duration::from_secs(app.config.drain_seconds);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("Some requests did not finish in time and were cut off.");
    }
}

fn builder(app: &App) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // See `patience`.
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(app.config.max_head_bytes)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_header_list_size(u32::try_from(app.config.max_head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS);
    builder
}

/// The stream itself, or TLS over it. A handshake has as long as a request's head: who is slower holds no place for longer.
async fn secured(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    patience: Duration,
) -> io::Result<Either<TcpStream, TlsStream<TcpStream>>> {
    let Some(tls) = tls else { return Ok(Either::Left(stream)) };
    match time::timeout(patience, tls.accept(stream)).await {
        Ok(Ok(stream)) => Ok(Either::Right(stream)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "A TLS handshake failed.");
            Err(error)
        }
        Err(late) => {
            tracing::debug!("A TLS handshake took too long.");
            Err(late.into())
        }
    }
}

fn prepared(stream: TcpStream) -> TcpStream {
    // Small answers should not wait for a full packet.
    let _ = stream.set_nodelay(true);
    stream
}

fn service(
    front: Front,
    peer: SocketAddr,
    progress: Arc<Progress>,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future: Send,
> + Clone {
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let is_http2 = request.version() == Version::HTTP_2;
        let under_way = progress.request(is_http2);
        let request = request.map(Body::new);
        // The streams of HTTP/2 share one task, which is to do no more than hand them out: each is answered in one of its own.
        let answering = match is_http2 {
            false => front.answer(request, peer),
            true => {
                let front = front.clone();
                Answering::later(async move { front.answer(request, peer).whole().await })
            }
        };
        async move {
            let answered = answering.whole().await;
            drop(under_way);
            Ok(answered)
        }
    })
}

/// Waits for SIGTERM or SIGINT. The signals are caught from the call on, not from the first wait: one that comes before the service
/// listens ends it gracefully too.
pub fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A file that may not grow any more (`ulimit -f`) is a write that fails and is told, not the end of the process.
    drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
