//! `/V1/async/…` and `/V1/async/bulk/…`: the forms of a change that are answered with a receipt and run later
//! (`spec/magento-rest-conventions.md` 2.12).

use std::{borrow::Cow, sync::Arc};

use axum::http::{StatusCode, request::Parts};
use bytes::Bytes;
use patron_commerce::{
    Failure, Row,
    bulk::{Item, accept, store},
};
use patron_sql::{Session, crash};
use patron_webapi::{Answer, Fault, Method, route::Matched};
use tokio::task::JoinSet;

use super::{
    once::{Answered, Once},
    rest::{self, Admitted},
};
use crate::{bulk::housekeeping, state::App};

/// Operations that are written in one unit of work; a larger request is written in several, and seen when it is whole.
const UNIT: usize = 500;
/// Bytes from which on a body is read on a thread of its own, so that other requests do not wait.
const LARGE: usize = 64 * 1024;
/// Passwords of one request that are hashed at once, so that others' find room in the pool.
const HASHES: usize = 8;

/// How a call is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// To run now.
    Now,
    /// To run later, once.
    Later,
    /// To run later, for each item of the body.
    Bulk,
}

/// Finds the row that a path names, in whichever form. There are no later reads, so a GET is not even looked up.
pub fn find(app: &App, method: Method, path: &str) -> Result<(Form, Matched), Fault> {
    let (form, path) = split(path);
    let routes = match form {
        Form::Now => {
            if is_of_elsewhere(&path) {
                return Err(Fault::no_route());
            }
            &app.routes
        }
        _ if method == Method::Get => return Err(Fault::unprocessable()),
        Form::Later => &app.routes,
        Form::Bulk => &app.bulk_routes,
    };
    let matched = routes.find(method, &path)?;
    // Rows without a service answer a secret (a token, a code), which must not be kept where a status shows it.
    if form != Form::Now && app.table[matched.row].service.is_empty() {
        return Err(Fault::no_route());
    }
    Ok((form, matched))
}

/// Where other editions have these calls.
fn is_of_elsewhere(path: &str) -> bool {
    path.trim_start_matches('/').starts_with("async/")
}

/// Tells whoever reads the log why there is no such route.
pub fn explain(path: &str) {
    if is_of_elsewhere(path) {
        tracing::info!("A call was sent to /async/…: in the cloud service /async stands after /V1.");
    }
}

/// The form that a path asks for, whether or not there is such a route.
pub fn form(path: &str) -> Form {
    split(path).0
}

/// `/V1/async/bulk/customers` → (Bulk, `/V1/customers`)
fn split(path: &str) -> (Form, Cow<'_, str>) {
    let in_version = path.trim_start_matches('/').split_once('/');
    let Some((version, rest)) =
        in_version.and_then(|(version, rest)| Some((version, rest.strip_prefix("async/")?)))
    else {
        return (Form::Now, path.into());
    };
    match rest.strip_prefix("bulk/") {
        Some(rest) => (Form::Bulk, format!("/{version}/{rest}").into()),
        None => (Form::Later, format!("/{version}/{rest}").into()),
    }
}

/// Queues what was sent, all of it or nothing, and answers a receipt.
pub async fn keep(
    app: &App,
    admitted: Admitted,
    parts: &Parts,
    bytes: Bytes,
    once: Once,
) -> Result<Answered, Failure> {
    let admitted = Arc::new(admitted);
    let mut items = read(app, &admitted, parts, bytes).await?;
    hash_passwords(app, &mut items).await?;
    let items: Arc<[Item]> = items.into();
    let answered = if items.len() <= UNIT {
        write(app, admitted, items, once).await
    } else {
        write_large(app, admitted, items, once).await
    };
    crash::point("kept");
    app.queued.notify_one();
    answered
}

async fn read(
    app: &App,
    admitted: &Arc<Admitted>,
    parts: &Parts,
    bytes: Bytes,
) -> Result<Vec<Item>, Failure> {
    let row = &app.table[admitted.matched.row];
    if admitted.form == Form::Later {
        let input = rest::input(parts, admitted, row, &bytes)?;
        return Ok(accept::one(row, &admitted.catalogue, input)?);
    }
    let content_type = rest::header(&parts.headers, "content-type").map(str::to_owned);
    let (shared, admitted) = (Arc::clone(app), Arc::clone(admitted));
    let is_large = bytes.len() > LARGE;
    let read = move || {
        let row = &shared.table[admitted.matched.row];
        accept::many(row, &admitted.catalogue, content_type.as_deref(), &bytes)
    };
    let items =
        if is_large { tokio::task::spawn_blocking(read).await.map_err(anyhow::Error::from)? } else { read() };
    Ok(items?)
}

async fn hash_passwords(app: &App, items: &mut [Item]) -> Result<(), Failure> {
    let mut passwords = items
        .iter_mut()
        .enumerate()
        .filter_map(|(at, item)| Some((at, item.password.take()?)))
        .collect::<Vec<_>>()
        .into_iter();
    let mut hashing = JoinSet::new();
    loop {
        while hashing.len() < HASHES
            && let Some((at, password)) = passwords.next()
        {
            let app = Arc::clone(app);
            hashing.spawn(async move { (at, rest::hash(&app, &password).await) });
        }
        let Some(hashed) = hashing.join_next().await else { return Ok(()) };
        let (at, hash) = hashed.map_err(anyhow::Error::from)?;
        items[at].set_hash(hash?);
    }
}

/// One unit of work for everything.
async fn write(
    app: &App,
    admitted: Arc<Admitted>,
    items: Arc<[Item]>,
    once: Once,
) -> Result<Answered, Failure> {
    let shared = Arc::clone(app);
    let answered = app.database.write(move |sql| {
        once.run(sql, StatusCode::ACCEPTED, |sql| {
            let (bulk, uuid) = open(&shared, sql, &admitted, &items)?;
            let tenant = admitted.catalogue.instance.tenant.0;
            store::add_operations(sql, tenant, bulk, &items)?;
            store::seal(sql, tenant, bulk, shared.moment().millis())?;
            Ok(Answer::of(&accept::receipt(&uuid, &items)))
        })
    });
    answered.await?
}

/// A unit of work for each part, so that no other write waits for all of them. Nobody sees the bulk before the last.
async fn write_large(
    app: &App,
    admitted: Arc<Admitted>,
    items: Arc<[Item]>,
    once: Once,
) -> Result<Answered, Failure> {
    let tenant = admitted.catalogue.instance.tenant.0;
    let (shared, admitted, all) = (Arc::clone(app), Arc::clone(&admitted), Arc::clone(&items));
    let (bulk, uuid) = app.database.write(move |sql| open(&shared, sql, &admitted, &all)).await?;
    let answered = fill(app, tenant, bulk, uuid, &items, once).await;
    // A receipt that was replayed belongs to the bulk that came first.
    if !matches!(&answered, Ok(answered) if answered.ran_now())
        && let Err(error) = housekeeping::delete(app.as_ref(), tenant, bulk, || ()).await
    {
        tracing::warn!(%error, tenant, bulk, "A bulk that was not accepted is left to be deleted later.");
    }
    answered
}

async fn fill(
    app: &App,
    tenant: i64,
    bulk: i64,
    uuid: String,
    items: &Arc<[Item]>,
    once: Once,
) -> Result<Answered, Failure> {
    for start in (0..items.len()).step_by(UNIT) {
        let items = Arc::clone(items);
        let part = move |sql: Session<'_>| {
            store::add_operations(sql, tenant, bulk, &items[start..items.len().min(start + UNIT)])
        };
        app.database.write(part).await?;
    }
    let (shared, items) = (Arc::clone(app), Arc::clone(items));
    let answered = app.database.write(move |sql| {
        once.run(sql, StatusCode::ACCEPTED, |sql| {
            store::seal(sql, tenant, bulk, shared.moment().millis())?;
            Ok(Answer::of(&accept::receipt(&uuid, &items)))
        })
    });
    answered.await?
}

fn open(app: &App, sql: Session<'_>, admitted: &Admitted, items: &[Item]) -> Result<(i64, String), Failure> {
    let row: &Row = &app.table[admitted.matched.row];
    let catalogue = app.catalogues.find(sql, &admitted.tenant)?.ok_or_else(rest::unknown_tenant)?;
    let request =
        accept::Request { row, catalogue: &catalogue, scope: admitted.scope, consumer: &admitted.consumer };
    accept::open(sql, app.moment(), &request, items.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_stands_after_the_version() {
        for (path, form, row) in [
            ("/V1/async/customers/1", Form::Later, "/V1/customers/1"),
            ("//V1/async/bulk/customers/byCustomerId", Form::Bulk, "/V1/customers/byCustomerId"),
            ("/V1/customers/async/1", Form::Now, "/V1/customers/async/1"),
            ("/async/bulk/V1/customers", Form::Now, "/async/bulk/V1/customers"),
            ("/V1/async", Form::Now, "/V1/async"),
        ] {
            assert_eq!(split(path), (form, row.into()), "{path}");
        }
    }
}
