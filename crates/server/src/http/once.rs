//! The `Idempotency-Key` header: a change that named itself takes effect once, however often it is sent.

use axum::{
    http::{HeaderValue, StatusCode, request::Parts},
    response::Response,
};
use patron_commerce::{
    Failure,
    idempotency::{Identified, Outcome, Sent, Stored},
};
use patron_sql::Session;
use patron_webapi::{Answer, Fault, accept::Format, fields::Selection};

use super::{
    reply,
    rest::{self, Admitted},
};
use crate::state::App;

/// The name that a request gave itself, if any.
pub struct Once {
    identified: Option<Identified>,
    now_ms: i64,
}

/// A change's answer, its status, and whether it was given before.
pub struct Answered {
    status: StatusCode,
    outcome: Outcome,
}

impl Answered {
    /// The answer, now or before, unless it was a refusal.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Ran(answer) => Some(answer),
            Outcome::Replayed(stored) => (200..300).contains(&stored.status).then_some(&stored.body),
        }
    }

    /// Did this request take effect, and not an earlier one?
    pub fn ran_now(&self) -> bool {
        matches!(self.outcome, Outcome::Ran(_))
    }
}

impl Once {
    /// Reads the header.
    pub fn of(app: &App, admitted: &Admitted, parts: &Parts, body: &[u8]) -> Result<Self, Fault> {
        let now_ms = app.moment().millis();
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self { identified: None, now_ms });
        };
        let heard = ["if-match", "store"]
            .map(|name| parts.headers.get_all(name).iter().map(move |value| (name, value.as_bytes())));
        let headers: Vec<_> = heard.into_iter().flatten().collect();
        let sent = Sent {
            method: parts.method.as_str(),
            path: rest::split_tenant(parts.uri.path()).1,
            query: parts.uri.query().unwrap_or(""),
            headers: &headers,
            body,
        };
        let (tenant, credential) = (admitted.catalogue.instance.tenant.0, admitted.consumer.credential_id);
        // A value that is no text is none of the texts that are allowed.
        let key = value.to_str().unwrap_or("");
        Ok(Self { identified: Some(Identified::new(tenant, credential, key, sent)?), now_ms })
    }

    /// The answer that was given before, so that neither a password is hashed nor the writer troubled for it.
    pub fn answered_before(&self, app: &App) -> Result<Option<Answered>, Failure> {
        let Some(identified) = &self.identified else { return Ok(None) };
        let stored = app.database.read(|sql| identified.find(sql, self.now_ms))?;
        // Its status is the stored one.
        Ok(stored.map(|stored| Answered { status: StatusCode::OK, outcome: Outcome::Replayed(stored) }))
    }

    /// Runs a change within its unit of work. The outer failure takes the unit back, the inner one is a refusal that is kept.
    pub fn run(
        &self,
        sql: Session<'_>,
        status: StatusCode,
        work: impl FnOnce(Session<'_>) -> Result<Answer, Failure>,
    ) -> Result<Result<Answered, Failure>, Failure> {
        let answered = |outcome| Answered { status, outcome };
        if let Some(identified) = &self.identified {
            let outcome = identified.once(sql, self.now_ms, status.as_u16(), work)?;
            return Ok(outcome.map(answered));
        }
        match work(sql) {
            // A refusal whose ids stay taken: committed, and still a refusal.
            Err(failure @ Failure::IdsTaken(_)) => Ok(Err(failure)),
            result => result.map(|answer| Ok(answered(Outcome::Ran(answer)))),
        }
    }
}

/// The response to a change.
pub fn reply(answered: Answered, selection: &Selection, format: Format) -> Response {
    match answered.outcome {
        Outcome::Ran(answer) => {
            reply::with_status(answered.status, answer.render(selection, format).into(), format)
        }
        Outcome::Replayed(stored) => replay(stored, selection, format),
    }
}

/// The response that was given before. The filter never touches faults.
fn replay(stored: Stored, selection: &Selection, format: Format) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let selection = if status.is_success() { selection } else { &Selection::Everything };
    let mut response = reply::with_status(status, stored.body.render(selection, format).into(), format);
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
