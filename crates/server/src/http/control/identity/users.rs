//! `/_/organizations/{org_id}/users` and `/_/users/{user_id}`. A password goes in and never comes out.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use patron_commerce::{
    Failure,
    identity::{
        User, lockout,
        users::{self, NewUser, UserChange},
    },
};
use patron_sql::Session;
use patron_webapi::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    super::{
        Answer, ControlError, json as answer, no_content, read_json,
        table::{Table, delete, get, post, put},
    },
    instant, organization,
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Table {
    Table::default()
        .at(
            "users",
            "/organizations/{org_id}/users",
            [
                get(list, "Every user of the organization.").gives::<Users>(),
                post(add, "Makes a user, who may sign in once there is a password.")
                    .takes::<Body>()
                    .makes::<UserView>(),
            ],
        )
        .at(
            "users",
            "/users/{user_id}",
            [
                get(one, "A user.").gives::<UserView>(),
                put(change, "Changes a user: what is not sent stays.").takes::<Body>().gives::<UserView>(),
                delete(remove, "Deletes a user: the user's sessions and tokens end at once."),
            ],
        )
        .at(
            "users",
            "/users/{user_id}/unlock",
            [post(unlock, "Forgets the user's failed attempts to sign in.")],
        )
}

/// What a new user takes, and what may be changed of one.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "User")]
struct Body {
    /// A new user needs one.
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Two letters, such as `US`.
    country: Option<String>,
    #[schemars(length(min = 8, max = 256))]
    password: Option<String>,
    active: Option<bool>,
    /// Ids of roles of the organization.
    roles: Option<Vec<i64>>,
}

/// Every user.
#[derive(Serialize, JsonSchema)]
struct Users {
    users: Vec<UserView>,
}

/// A user as the control API shows one.
#[derive(Serialize, JsonSchema)]
struct UserView {
    user_id: String,
    org_id: Option<String>,
    email: String,
    first_name: String,
    last_name: String,
    country: String,
    active: bool,
    has_password: bool,
    roles: Vec<i64>,
    created_at: Option<String>,
}

async fn list(State(app): State<App>, Path(org_id): Path<String>) -> Answer {
    let users = app.database.read(|sql| {
        let all = users::of_organisation(sql, organization(sql, &org_id)?.id)?;
        all.iter().map(|user| view(sql, user)).collect::<Result<Vec<UserView>, Failure>>()
    })?;
    Ok(answer(StatusCode::OK, &Users { users }))
}

async fn add(State(app): State<App>, Path(org_id): Path<String>, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    let missing = || Fault::bad_request("email is missing.").with("field", "email");
    let new = NewUser {
        email: body.email.ok_or_else(missing)?,
        first_name: body.first_name.unwrap_or_default(),
        last_name: body.last_name.unwrap_or_default(),
        country: body.country,
        password_hash: hashed(&app, body.password).await?,
        roles: body.roles.unwrap_or_default(),
    };
    let (moment, is_active) = (app.moment(), body.active);
    let view = app
        .database
        .write(move |sql| {
            let user = users::create(sql, moment, &organization(sql, &org_id)?, new.clone())?;
            let user = match is_active {
                Some(false) => {
                    users::change(sql, moment, &user, UserChange { is_active, ..UserChange::default() })?
                }
                _ => user,
            };
            view(sql, &user)
        })
        .await?;
    Ok(answer(StatusCode::CREATED, &view))
}

async fn one(State(app): State<App>, Path(user_id): Path<String>) -> Answer {
    let view = app.database.read(|sql| view(sql, &user(sql, &user_id)?))?;
    Ok(answer(StatusCode::OK, &view))
}

async fn change(State(app): State<App>, Path(user_id): Path<String>, request: Request) -> Answer {
    let body: Body = read_json(&app, request).await?;
    let change = UserChange {
        email: body.email,
        first_name: body.first_name,
        last_name: body.last_name,
        country: body.country,
        password_hash: hashed(&app, body.password).await?,
        is_active: body.active,
        roles: body.roles,
    };
    let moment = app.moment();
    let view = app
        .database
        .write(move |sql| view(sql, &users::change(sql, moment, &user(sql, &user_id)?, change.clone())?))
        .await?;
    Ok(answer(StatusCode::OK, &view))
}

/// Deletes a user: the user's sessions and tokens end at once.
async fn remove(State(app): State<App>, Path(user_id): Path<String>) -> Answer {
    let moment = app.moment();
    app.database.write(move |sql| users::delete(sql, moment, &user(sql, &user_id)?)).await?;
    Ok(no_content())
}

/// Forgets the user's failed attempts to sign in.
async fn unlock(State(app): State<App>, Path(user_id): Path<String>) -> Answer {
    app.database
        .write(move |sql| {
            let user = user(sql, &user_id)?;
            lockout::forgive(sql, user.organisation_id, &user.email)
        })
        .await?;
    Ok(no_content())
}

async fn hashed(app: &App, password: Option<String>) -> Result<Option<String>, ControlError> {
    let Some(password) = password.map(Zeroizing::new) else { return Ok(None) };
    users::check_password(&password)?;
    let hash = app.hasher.hash(password, app.moment().bytes()).await;
    let busy = |_| Fault::unavailable("Too many passwords are being set. Try again later.", 2);
    Ok(Some(hash.map_err(busy)?))
}

fn user(sql: Session<'_>, user_id: &str) -> Result<User, Failure> {
    Ok(users::find(sql, user_id)?.ok_or_else(|| Fault::not_found("There is no such user."))?)
}

fn view(sql: Session<'_>, user: &User) -> Result<UserView, Failure> {
    let organisation = users::organisation_of(sql, user)?;
    Ok(UserView {
        user_id: user.user_id.clone(),
        org_id: organisation.map(|organisation| organisation.ims_org_id),
        email: user.email.clone(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        country: user.country.clone(),
        active: user.is_active,
        has_password: user.has_password,
        roles: users::roles_of(sql, user)?.into_iter().map(|role| role.id).collect(),
        created_at: instant(user.created_at),
    })
}
