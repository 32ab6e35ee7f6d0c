//! `/console/organizations/{org}/users`: the list, a new one, and one with roles, standing and password.

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{
        Organisation, User, administration, lockout, roles,
        users::{self, NewUser, UserChange},
    },
};
use patron_sql::Session;
use patron_webapi::Fault;

use super::{
    form::{Errors, Fields, Sent, outcome},
    organizations,
    problem::{Answer, Problem, not_found},
    visit::{Visit, done},
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    const ONE: &str = "/organizations/{org}/users/{user}";
    Router::new()
        .route("/organizations/{org}/users", get(list).post(create))
        .route("/organizations/{org}/users/new", get(new))
        .route(ONE, get(one).post(change))
        .route(&format!("{ONE}/unlock"), post(unlock))
        .route(&format!("{ONE}/delete"), post(delete))
}

fn address(organisation: &Organisation) -> String {
    format!("{}/users", organizations::address(organisation))
}

fn view(organisation: &Organisation, user: &User) -> Value {
    context! {
        id => user.user_id.as_str(),
        email => user.email.as_str(),
        name => user.name(),
        first_name => user.first_name.as_str(),
        last_name => user.last_name.as_str(),
        country => user.country.as_str(),
        is_active => user.is_active,
        has_password => user.has_password,
        created_at => user.created_at,
        url => format!("{}/{}", address(organisation), user.user_id),
    }
}

/// The user that an address names below its organization.
fn find(visit: &Visit, sql: Session<'_>, org: &str, id: &str) -> Result<(Organisation, User), Failure> {
    let organisation = visit.organization(sql, org)?;
    let own = users::find(sql, id)?.filter(|user| user.organisation_id == organisation.id);
    Ok((organisation, own.ok_or_else(not_found)?))
}

/// Refuses a change after which whoever made it would be locked out; what was written is taken back with the refusal.
pub fn keep_reach(sql: Session<'_>, visitor: &User, before: administration::Reach) -> Result<(), Failure> {
    let now = users::find(sql, &visitor.user_id)?;
    let reach = now.map_or(Ok(administration::Reach::Nothing), |user| administration::reach(sql, &user))?;
    if reach == before {
        return Ok(());
    }
    let text = "You would not administer this organization any more. Let another administrator do that.";
    Err(Fault::new(409, text).into())
}

async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let (organisation, all) = visit.app.database.read(|sql| {
        let organisation = visit.organization(sql, &org)?;
        let all = users::of_organisation(sql, organisation.id)?;
        let with_roles = |user: User| {
            let names: Vec<String> = users::roles_of(sql, &user)?.into_iter().map(|role| role.name).collect();
            Ok((user, names))
        };
        Ok::<_, Failure>((
            organisation,
            all.into_iter().map(with_roles).collect::<Result<Vec<_>, Failure>>()?,
        ))
    })?;
    let views: Vec<Value> = all
        .iter()
        .map(|(user, names)| {
            let is_you = user.id == visit.user.id;
            context! { roles => names.clone(), is_you, ..view(&organisation, user) }
        })
        .collect();
    let words = context! { org => organizations::view(&organisation), tab => "users", users => views };
    Ok(visit.page("users.html", words))
}

async fn new(visit: Visit, Path(org): Path<String>) -> Answer {
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let words = words(&visit, &organisation, None)?;
    Ok(visit.page("user.html", words))
}

/// The form of a new user, or of one.
fn words(visit: &Visit, organisation: &Organisation, user: Option<&User>) -> Result<Value, Problem> {
    let (all, held, lock) = visit.app.database.read(|sql| {
        let held = user.map(|user| users::roles_of(sql, user)).transpose()?.unwrap_or_default();
        let now_ms = visit.app.moment().millis();
        let lock = user.map(|user| lockout::wait(sql, now_ms, organisation.id, &user.email)).transpose()?;
        Ok::<_, Failure>((roles::of_organisation(sql, organisation.id)?, held, lock.unwrap_or(0)))
    })?;
    let role = |role: &patron_commerce::identity::Role| {
        context! {
            id => role.id, name => role.name.as_str(), instance => role.instance_code.as_deref(),
            is_held => held.contains(role),
        }
    };
    Ok(context! {
        org => organizations::view(organisation), tab => "users",
        account => user.map(|user| view(organisation, user)),
        is_you => user.is_some_and(|user| user.id == visit.user.id),
        locked_seconds => lock,
        roles => all.iter().map(role).collect::<Vec<_>>(),
    })
}

fn again(
    visit: &Visit,
    organisation: &Organisation,
    user: Option<&User>,
    fields: &Fields,
    errors: &Errors,
) -> Answer {
    let ticked: Vec<String> = fields.values("roles").map(str::to_owned).collect();
    let shown = words(visit, organisation, user)?;
    let words = context! { form => fields.to_show(), ticked, errors => errors.to_show(), ..shown };
    Ok(visit.page_again("user.html", words))
}

async fn create(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let password_hash = match hashed(&visit.app, &fields).await? {
        Ok(hash) => hash,
        Err(errors) => return again(&visit, &organisation, None, &fields, &errors),
    };
    let new = NewUser {
        email: fields.text("email").to_owned(),
        first_name: fields.text("first_name").to_owned(),
        last_name: fields.text("last_name").to_owned(),
        country: Some(fields.text("country").to_owned()).filter(|country| !country.is_empty()),
        password_hash,
        roles: role_ids(&fields),
    };
    let (moment, owner) = (visit.app.moment(), organisation.clone());
    let made = visit.app.database.write(move |sql| users::create(sql, moment, &owner, new.clone()));
    match outcome(made.await)? {
        Ok(_) => Ok(done(&address(&organisation), "created")),
        Err(errors) => again(&visit, &organisation, None, &fields, &errors),
    }
}

fn role_ids(fields: &Fields) -> Vec<i64> {
    fields.values("roles").filter_map(|id| id.parse().ok()).collect()
}

/// The hash of a password that was typed, if one was.
async fn hashed(app: &App, fields: &Fields) -> Result<Result<Option<String>, Errors>, Problem> {
    let Some(password) = fields.password("password") else { return Ok(Ok(None)) };
    if let Err(fault) = users::check_password(&password) {
        return Ok(Err(Errors::at("password", fault.rendered())));
    }
    let busy = |_| Fault::unavailable("Too many passwords are being set. Try again later.", 2);
    Ok(Ok(Some(app.hasher.hash(password, app.moment().bytes()).await.map_err(busy)?)))
}

async fn one(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let (organisation, user) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let words = words(&visit, &organisation, Some(&user))?;
    Ok(visit.page("user.html", words))
}

async fn change(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, user) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let password_hash = match hashed(&visit.app, &fields).await? {
        Ok(hash) => hash,
        Err(errors) => return again(&visit, &organisation, Some(&user), &fields, &errors),
    };
    let change = UserChange {
        email: Some(fields.text("email").to_owned()),
        first_name: Some(fields.text("first_name").to_owned()),
        last_name: Some(fields.text("last_name").to_owned()),
        country: Some(fields.text("country").to_owned()),
        password_hash,
        is_active: Some(fields.is_ticked("active")),
        roles: Some(role_ids(&fields)),
    };
    let (moment, before, visitor, reach) =
        (visit.app.moment(), user.clone(), visit.user.clone(), visit.reach);
    let changed = visit.app.database.write(move |sql| {
        users::change(sql, moment, &before, change.clone())?;
        keep_reach(sql, &visitor, reach)
    });
    match outcome(changed.await)? {
        Ok(()) => Ok(done(&format!("{}/{}", address(&organisation), user.user_id), "saved")),
        Err(errors) => again(&visit, &organisation, Some(&user), &fields, &errors),
    }
}

/// Forgets the user's failed attempts to sign in.
async fn unlock(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let visit = sent.visit;
    let (organisation, user) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let (owner, email) = (organisation.id, user.email.clone());
    visit.app.database.write(move |sql| lockout::forgive(sql, owner, &email)).await?;
    Ok(done(&format!("{}/{}", address(&organisation), user.user_id), "unlocked"))
}

/// Deletes a user: sessions and tokens end at once.
async fn delete(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, user) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    if fields.text("confirm") != user.email {
        let errors = Errors::at("confirm", "Type the e-mail address exactly as it is.");
        let words = context! { errors => errors.to_show(), ..words(&visit, &organisation, Some(&user))? };
        return Ok(visit.page_again("user.html", words));
    }
    let (moment, gone, visitor, reach) = (visit.app.moment(), user.clone(), visit.user.clone(), visit.reach);
    let deleted = visit.app.database.write(move |sql| {
        users::delete(sql, moment, &gone)?;
        keep_reach(sql, &visitor, reach)
    });
    match outcome(deleted.await)? {
        Ok(()) => Ok(done(&address(&organisation), "deleted")),
        Err(errors) => {
            let words = context! { errors => errors.to_show(), ..words(&visit, &organisation, Some(&user))? };
            Ok(visit.page_again("user.html", words))
        }
    }
}
