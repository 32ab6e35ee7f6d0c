//! `/{tenant}/V1/…`: the only place where a request of the REST API meets HTTP.
//!
//! The order is the original's (`spec/magento-rest-conventions.md` 2.1): verb, path and store, route, authorization, body, conversion,
//! service. Before all of it come the tenant and the `Accept` header.

use std::sync::Arc;

use axum::{
    body::HttpBody as _,
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{EXPECT, HeaderName},
        request::Parts,
    },
    response::Response,
};
use bytes::Bytes;
use patron_commerce::{
    Access, Call, Failure, Row,
    customers::password::Password,
    identity::{Consumer, organisations},
    instances::{
        Catalogue, Scope,
        limits::{self, Runs},
    },
    row::Bound,
    transfer::import_json,
};
use patron_sql::Session;
use patron_webapi::{Answer, Fault, Method, accept, answer, fields::Selection, request, route::Matched};
use tracing::Instrument;

use super::{
    answering::Answering,
    body,
    later::{self, Form},
    observe::Route,
    once::{self, Answered, Once},
    reply, stream,
    traced::step,
    version::{self, Expected},
};
use crate::state::App;

/// Passwords of one call that are hashed at once: enough for every core, too few to fill the pool's queue.
const HASHES: usize = 16;

/// Answers one request of the REST API or begins to, and names the row that it asked for.
pub fn answer_one(app: &App, request: Request) -> (Answering, Route) {
    let (parts, body) = request.into_parts();
    let found = find(app, &parts);
    let route = route(app, &parts, &found);
    (respond(app, parts, body, found), route)
}

/// The same for a router, with the row's name as an extension.
pub async fn handle(State(app): State<App>, request: Request) -> Response {
    let (answering, route) = answer_one(&app, request);
    let mut response = answering.whole().await;
    response.extensions_mut().insert(route);
    response
}

/// The row that a request asks for, in which form; or why there is none.
type Found = Result<(Form, Matched), Fault>;

fn find(app: &App, parts: &Parts) -> Found {
    let (_, path) = split_tenant(parts.uri.path());
    later::find(app, Method::parse(parts.method.as_str())?, path)
}

/// The pattern of the row, for the metrics; receipts are counted apart from what they promise.
fn route(app: &App, parts: &Parts, found: &Found) -> Route {
    let form = match found {
        Ok((form, _)) => *form,
        Err(_) => later::form(split_tenant(parts.uri.path()).1),
    };
    Route(match (form, found) {
        (Form::Later, _) => "/V1/async",
        (Form::Bulk, _) => "/V1/async/bulk",
        (Form::Now, Ok((_, matched))) => app.table[matched.row].endpoint.path,
        (Form::Now, Err(_)) => "no route",
    })
}

fn respond(app: &App, parts: Parts, body: axum::body::Body, found: Found) -> Answering {
    let format = match accept::negotiate(header(&parts.headers, "accept")) {
        Ok(format) => format,
        Err(fault) => return unread(&parts, body, reply::fault(&fault, accept::Format::Json)),
    };
    // Before anything is read for it: under a flood of searches, those that are refused must cost little beside those that run.
    if let Ok((Form::Now, matched)) = &found
        && app.table[matched.row].access == Access::Stream
        && app.limits.searches.turns_away()
    {
        let app = Arc::clone(app);
        return Answering::later(async move { stream::turned_away(&app, format).await });
    }
    let asked = Asked { selection: answer::selection(parts.uri.query().unwrap_or("")), parts, body, format };
    let admitted = step!("admission").in_scope(|| asked.admit(app, found));
    if !matches!(&admitted, Err(Failure::Fault(fault)) if fault.status == 401) {
        return asked.go_on(app, admitted);
    }
    let app = Arc::clone(app);
    Answering::later(async move {
        let admitted = match app.issuers.find_key_of(&app, bearer(&asked.parts.headers)).await {
            true => asked.admit(&app, find(&app, &asked.parts)),
            false => admitted,
        };
        asked.go_on(&app, admitted).whole().await
    })
}

/// A request, and how it wants to be answered.
struct Asked {
    parts: Parts,
    body: axum::body::Body,
    selection: Selection,
    format: accept::Format,
}

impl Asked {
    fn admit(&self, app: &App, found: Found) -> Result<Admission, Failure> {
        app.database.read(|sql| admit(app, sql, &self.parts, found))
    }

    /// Answers with what its admission brought, or lets it wait for the rest.
    fn go_on(self, app: &App, admitted: Result<Admission, Failure>) -> Answering {
        let Self { parts, body, selection, format } = self;
        let admission = match admitted {
            Ok(Admission::Answered(answer, tag)) => {
                let is_known = tag.as_ref().is_some_and(|tag| version::is_known(&parts, tag));
                let mut response = match is_known {
                    true => reply::not_modified(),
                    false => reply::ok(answer.render(&selection, format), format),
                };
                version::put(&mut response, tag);
                return unread(&parts, body, response);
            }
            Ok(Admission::Admitted(admitted)) => admitted,
            Err(failure) => return unread(&parts, body, reply::failure(&failure, format)),
        };
        let app = Arc::clone(app);
        Answering::later(async move {
            let answer = answer(&app, admission, &parts, body, selection, format).await;
            answer.unwrap_or_else(|failure| reply::failure(&failure, format))
        })
    }
}

/// Answers before the body was read: once it has come, if there is one. A client that waits to be told to send it is answered at once.
fn unread(parts: &Parts, body: axum::body::Body, response: Response) -> Answering {
    if body.is_end_stream() || parts.headers.contains_key(EXPECT) {
        return Answering::Now(response);
    }
    Answering::later(async move {
        body::discard(body).await;
        response
    })
}

/// Answers what was not answered on admission: reads the body, then runs the call or keeps it for later.
async fn answer(
    app: &App,
    admitted: Admitted,
    parts: &Parts,
    sent: axum::body::Body,
    selection: Selection,
    format: accept::Format,
) -> Result<Response, Failure> {
    let _room = match is_large(app, &admitted) {
        true => Some(app.limits.large.enter().await.ok_or_else(too_many_large)?),
        false => None,
    };
    let bytes = read_body(app, &admitted, sent).await?;
    let (row, form) = (&app.table[admitted.matched.row], admitted.form);
    if form == Form::Now && row.access != Access::Write {
        let bound = read_arguments(app, &admitted, parts, &bytes).await?;
        if row.access == Access::Stream {
            return Ok(stream::answer(app, admitted, bound, selection, format).await);
        }
        let answer =
            step!("read").in_scope(|| app.database.read(|sql| run(app, sql, &admitted, bound.as_ref())))?;
        return Ok(reply::ok(answer.render(&selection, format), format));
    }
    if form != Form::Now {
        Expected::refuse_for_later(row, parts)?;
    }
    let once = Once::of(app, &admitted, parts, &bytes)?;
    let answered = match (once.answered_before(app)?, form) {
        (Some(before), _) => before,
        (None, Form::Now) => {
            let expected = Expected::of(row, parts);
            let bound = read_arguments(app, &admitted, parts, &bytes).await?;
            write(app, admitted, bound, once, expected).await?
        }
        (None, Form::Later | Form::Bulk) => later::keep(app, admitted, parts, bytes, once).await?,
    };
    let shown = answered.answer().filter(|_| form == Form::Now);
    let tag = shown.and_then(|answer| version::shown(row, answer));
    let mut response = once::reply(answered, &selection, format);
    version::put(&mut response, tag);
    Ok(response)
}

/// A request that may go on: which row, for whom, where.
pub struct Admitted {
    /// The row and the path's values.
    pub matched: Matched,
    /// When it shall run, and how often.
    pub form: Form,
    /// The tenant's code.
    pub tenant: String,
    /// The caller.
    pub consumer: Arc<Consumer>,
    /// What the `Store` header selects.
    pub scope: Scope,
    /// The instance.
    pub catalogue: Arc<Catalogue>,
}

enum Admission {
    /// A point read that was answered in the same snapshot, and its version.
    Answered(Answer, Option<String>),
    Admitted(Admitted),
}

/// Everything up to the body, in one snapshot; a point read is answered in it.
fn admit(app: &App, sql: Session<'_>, parts: &Parts, found: Found) -> Result<Admission, Failure> {
    let (tenant, path) = split_tenant(parts.uri.path());
    let catalogue = app.catalogues.find(sql, tenant)?.ok_or_else(unknown_tenant)?;
    if path == "/rest" || path.starts_with("/rest/") {
        return Err(rest_segment().into());
    }
    let method = Method::parse(parts.method.as_str())?;
    let scope = scope(&catalogue, &parts.headers)?;
    let (form, matched) = found.inspect_err(|_| later::explain(path))?;
    let row = &app.table[matched.row];
    let consumer = authorize(app, sql, row, &catalogue, &parts.headers)?;
    let admitted = Admitted { matched, form, tenant: tenant.to_owned(), consumer, scope, catalogue };
    if row.access != Access::Read || method.has_body() {
        return Ok(Admission::Admitted(admitted));
    }
    let bound = row.bind(&input(parts, &admitted, row, &[])?)?;
    let call = Call {
        sql,
        catalogue: &admitted.catalogue,
        scope,
        moment: app.moment(),
        consumer: &admitted.consumer,
    };
    let answer = bound.run(&call)?;
    let tag = version::shown(row, &answer);
    Ok(Admission::Answered(answer, tag))
}

/// `/{tenant}/V1/…` → (`{tenant}`, `/V1/…`)
pub fn split_tenant(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.find('/').map_or((path, ""), |slash| path.split_at(slash))
}

/// The refusal of a tenant id that no instance has, whatever the token: the tenant is part of the route.
pub fn unknown_tenant() -> Fault {
    Fault::not_found(
        "The instance that was requested wasn't found. Verify the tenant ID in the URL and try again.",
    )
}

fn rest_segment() -> Fault {
    Fault::not_found(
        "Request does not match any route. Leave /rest out of the URL: in the cloud service the path goes on with /V1 right after \
         the tenant ID.",
    )
}

/// What the `Store` header selects; an unknown code is no scope.
fn scope(catalogue: &Catalogue, headers: &HeaderMap) -> Result<Scope, Fault> {
    match header(headers, "store") {
        None | Some("" | "default") => Ok(Scope::Default),
        Some("all") => Ok(Scope::All),
        Some(code) => catalogue
            .store_view_by_code(code)
            .map(|view| Scope::Store(view.id))
            .ok_or_else(Fault::unprocessable),
    }
}

/// The caller, who must own the instance and have every resource of the row.
fn authorize(
    app: &App,
    sql: Session<'_>,
    row: &Row,
    catalogue: &Catalogue,
    headers: &HeaderMap,
) -> Result<Arc<Consumer>, Failure> {
    let refused = || Fault::unauthorized(&row.endpoint.resource_names());
    let token = bearer(headers).ok_or_else(refused)?;
    let now = app.moment().millis();
    let instance = (catalogue.instance.code.as_str(), catalogue.instance.organisation_id);
    let consumer = app.authority.consumer(sql, token, instance, now)?.ok_or_else(refused)?;
    if consumer.organisation_id != catalogue.instance.organisation_id {
        return Err(Fault::new(
            403,
            "The organization of the access token is not entitled to access this instance.",
        )
        .into());
    }
    if header(headers, "x-api-key").is_some_and(|key| key != consumer.client_id) {
        return Err(Fault::new(
            403,
            "The x-api-key header is not the client ID that the access token was issued to.",
        )
        .into());
    }
    if let Some(org_id) = header(headers, "x-gw-ims-org-id").filter(|_| !consumer.is_outsider()) {
        let owner = organisations::find(sql, consumer.organisation_id)?;
        if owner.is_none_or(|owner| owner.ims_org_id != org_id) {
            let text = "The x-gw-ims-org-id header is not the organization of the access token.";
            return Err(Fault::new(403, text).into());
        }
    }
    let missing = row.endpoint.resources.iter().any(|resource| !consumer.may(resource));
    if missing { Err(refused().into()) } else { Ok(consumer) }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    header(headers, "authorization").and_then(request::bearer)
}

/// May the body be so large that only a few are read at once?
fn is_large(app: &App, admitted: &Admitted) -> bool {
    admitted.form == Form::Bulk || app.table[admitted.matched.row].endpoint.path == import_json::PATH
}

fn too_many_large() -> Fault {
    Fault::unavailable("Too many bulk and import requests are waiting. Try again later.", 2)
}

/// The body, if a call of this form has one.
async fn read_body(app: &App, admitted: &Admitted, sent: axum::body::Body) -> Result<Bytes, Fault> {
    match admitted.form {
        _ if is_large(app, admitted) => body::read(app, sent, app.config.max_bulk_body_bytes).await,
        _ if !app.table[admitted.matched.row].endpoint.method.has_body() => {
            body::discard(sent).await;
            Ok(Bytes::new())
        }
        _ => body::read(app, sent, app.config.max_body_bytes).await,
    }
}

/// What was sent, bound to the row's parameters; passwords are hashed on the way.
async fn read_arguments(
    app: &App,
    admitted: &Admitted,
    parts: &Parts,
    bytes: &[u8],
) -> Result<Box<dyn Bound>, Fault> {
    let row = &app.table[admitted.matched.row];
    let mut bound = row.bind(&input(parts, admitted, row, bytes)?)?;
    hash_passwords(app, admitted, bound.as_mut()).await?;
    Ok(bound)
}

/// Body, query string and path as one input.
pub fn input(
    parts: &Parts,
    admitted: &Admitted,
    row: &Row,
    bytes: &[u8],
) -> Result<patron_webapi::Object, Fault> {
    let request = request::Request {
        method: row.endpoint.method,
        query: parts.uri.query().unwrap_or(""),
        content_type: header(&parts.headers, "content-type"),
        body: bytes,
        path: admitted.matched.path.clone(),
    };
    let mut input = request::merge(&request, &row.endpoint)?;
    let runs = if admitted.form == Form::Now { Runs::Now } else { Runs::Later };
    limits::apply(&admitted.catalogue, runs, &mut input)?;
    Ok(input)
}

/// Hashes passwords that the policy will let pass; one that it refuses is not worth the work.
async fn hash_passwords(app: &App, admitted: &Admitted, bound: &mut dyn Bound) -> Result<(), Fault> {
    let places = bound.passwords().into_iter().filter(|place| place.check(&admitted.catalogue).is_ok());
    let mut places = places.collect::<Vec<_>>();
    for some in places.chunks_mut(HASHES) {
        let hashing = some.iter().map(|place| hash(app, place.password));
        let hashes = futures_util::future::try_join_all(hashing).instrument(step!("hash")).await?;
        for (place, hash) in some.iter_mut().zip(hashes) {
            place.password.set_hash(hash);
        }
    }
    Ok(())
}

/// The hash of a password, from the pool.
pub async fn hash(app: &App, password: &Password) -> Result<String, Fault> {
    let busy = |_| Fault::unavailable("Too many passwords are being set. Try again later.", 2);
    app.hasher.hash(password.clear().clone(), app.moment().bytes()).await.map_err(busy)
}

/// Runs a call in a unit of work, with the instance as it is then.
pub fn run(app: &App, sql: Session<'_>, admitted: &Admitted, bound: &dyn Bound) -> Result<Answer, Failure> {
    with_call(app, sql, admitted, |call| bound.run(call))
}

/// Makes the call of a unit of work and hands it on.
pub fn with_call<T>(
    app: &App,
    sql: Session<'_>,
    admitted: &Admitted,
    work: impl FnOnce(&Call<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let catalogue = app.catalogues.find(sql, &admitted.tenant)?.ok_or_else(unknown_tenant)?;
    work(&Call {
        sql,
        catalogue: &catalogue,
        scope: admitted.scope,
        moment: app.moment(),
        consumer: &admitted.consumer,
    })
}

async fn write(
    app: &App,
    admitted: Admitted,
    bound: Box<dyn Bound>,
    once: Once,
    expected: Expected,
) -> Result<Answered, Failure> {
    let shared = Arc::clone(app);
    let change = move |sql: Session<'_>| {
        with_call(&shared, sql, &admitted, |call| {
            let id = admitted.matched.path.last().map_or("", |(_, id)| id.as_str());
            expected.check(call, &shared.table[admitted.matched.row], id)?;
            bound.run(call)
        })
    };
    app.database
        .write_here(move |sql| once.run(sql, StatusCode::OK, &change))
        .instrument(step!("write"))
        .await?
}

/// A header's value, if it is text.
pub fn header<'h>(headers: &'h HeaderMap, name: &'static str) -> Option<&'h str> {
    headers.get(HeaderName::from_static(name)).and_then(|value| value.to_str().ok())
}
