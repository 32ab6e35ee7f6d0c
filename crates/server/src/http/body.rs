//! Reading a request's body: bounded in bytes and time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use patron_webapi::Fault;

use crate::state::App;

/// How long an announced body that is too large is read, to be thrown away.
const LINGER: Duration = Duration::from_secs(1);

/// Reads a body of at most `limit` bytes. A larger one is read to its end (within bounds) before it is refused, so that the client sees
/// the answer instead of a reset connection.
pub async fn read(app: &App, body: Body, limit: usize) -> Result<Bytes, Fault> {
    let announced = body.size_hint().exact().unwrap_or(0);
    if announced > limit as u64 {
        // A client that is sending already gets a moment to finish; one that waits for an answer gets it.
        let _ = tokio::time::timeout(LINGER, collect(body, limit)).await;
        return Err(too_large(limit));
    }
    match tokio::time::timeout(app.config.body_timeout(), collect(body, limit)).await {
        Ok(result) => result,
        Err(_) => Err(Fault::new(408, "The request's body did not arrive in time.")),
    }
}

/// Reads a body that nobody asks for, within bounds, so that the connection can go on after the answer; at least the client sees that
/// instead of a reset connection.
pub async fn discard(body: Body) {
    /// Bytes that are thrown away at most.
    const MOST: usize = 0x1_0000;
    if body.is_end_stream() {
        return;
    }
    let _ = tokio::time::timeout(LINGER, collect(body, MOST)).await;
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, Fault> {
    let mut whole = BytesMut::new();
    let mut size = 0usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Fault::bad_request("The request's body could not be read."));
        };
        let Ok(data) = frame.into_data() else { continue };
        size += data.len();
        if size <= limit {
            whole.extend_from_slice(&data);
        } else if size > limit.saturating_mul(16) {
            break;
        }
    }
    if size > limit {
        return Err(too_large(limit));
    }
    Ok(whole.freeze())
}

fn too_large(limit: usize) -> Fault {
    Fault::new(413, format!("The request's body is larger than {limit} bytes."))
}
