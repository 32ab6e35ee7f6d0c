//! What comes of a request: nearly every read is answered where it came in, and only the rest takes a future.
//!
//! A future that is handed from one function to the next is moved each time, and every one around it is larger still: with seven of them
//! around a GET, moving was a ninth of its instructions (`docs/performance.md`).

use std::pin::Pin;

use axum::response::Response;

/// See the module.
pub enum Answering {
    /// It is answered.
    Now(Response),
    /// Something has to be waited for: its body, its turn, a hash.
    Later(Later),
}

/// An answer that comes later; on the heap, so that it is made once and stays there.
pub type Later = Pin<Box<dyn Future<Output = Response> + Send>>;

impl Answering {
    /// An answer that has to be waited for.
    pub fn later(answer: impl Future<Output = Response> + Send + 'static) -> Self {
        Self::Later(Box::pin(answer))
    }

    /// The answer, when it is there.
    pub async fn whole(self) -> Response {
        match self {
            Self::Now(response) => response,
            Self::Later(answer) => answer.await,
        }
    }
}
