//! `/console/organizations/{org}/roles`: the list, a new one, and one with its resources.

use std::collections::BTreeSet;

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{
        Organisation, Resources, Role,
        roles::{self, NewRole},
    },
    instances,
};
use patron_sql::Session;

use super::{
    form::{Errors, Fields, Sent, outcome},
    organizations,
    problem::{Answer, Problem, not_found},
    users::keep_reach,
    visit::{Visit, done},
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/roles", get(list).post(create))
        .route("/organizations/{org}/roles/new", get(new))
        .route("/organizations/{org}/roles/{role}", get(one).post(change))
        .route("/organizations/{org}/roles/{role}/delete", post(delete))
}

fn address(organisation: &Organisation) -> String {
    format!("{}/roles", organizations::address(organisation))
}

fn view(organisation: &Organisation, role: &Role) -> Value {
    let (allows_all, resources) = match &role.resources {
        Resources::All => (true, Vec::new()),
        Resources::Only(names) => (false, names.iter().cloned().collect()),
    };
    context! {
        id => role.id,
        name => role.name.as_str(),
        instance => role.instance_code.as_deref(),
        allows_all, resources,
        created_at => role.created_at,
        url => format!("{}/{}", address(organisation), role.id),
    }
}

/// The role that an address names below its organization.
fn find(visit: &Visit, sql: Session<'_>, org: &str, id: &str) -> Result<(Organisation, Role), Failure> {
    let organisation = visit.organization(sql, org)?;
    let id: i64 = id.parse().map_err(|_| not_found())?;
    let own = roles::find(sql, id)?.filter(|role| role.organisation_id == organisation.id);
    Ok((organisation, own.ok_or_else(not_found)?))
}

async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let (organisation, all, instances) = visit.app.database.read(|sql| {
        let organisation = visit.organization(sql, &org)?;
        let all = roles::of_organisation(sql, organisation.id)?;
        let instances = instances::store::of_organisation(sql, organisation.id)?;
        Ok::<_, Failure>((organisation, all, instances))
    })?;
    let name = |code: &str| instances.iter().find(|one| one.code == code).map(|one| one.name.clone());
    let views: Vec<Value> = all
        .iter()
        .map(|role| {
            let instance_name = role.instance_code.as_deref().and_then(name);
            context! { instance_name, ..view(&organisation, role) }
        })
        .collect();
    let words = context! { org => organizations::view(&organisation), tab => "roles", roles => views };
    Ok(visit.page("roles.html", words))
}

async fn new(visit: Visit, Path(org): Path<String>) -> Answer {
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let words = words(&visit, &organisation, None)?;
    Ok(visit.page("role.html", words))
}

/// The form of a new role, or of one.
fn words(visit: &Visit, organisation: &Organisation, role: Option<&Role>) -> Result<Value, Problem> {
    let instances = visit.app.database.read(|sql| instances::store::of_organisation(sql, organisation.id))?;
    let instances: Vec<Value> =
        instances.iter().map(|one| context! { id => one.code.as_str(), name => one.name.as_str() }).collect();
    // Those that calls ask for, and what the role has besides: a module of the future may ask for it.
    let mut known: BTreeSet<String> = visit
        .app
        .table
        .iter()
        .flat_map(|row| row.endpoint.resources.iter().map(|name| (*name).to_owned()))
        .collect();
    known.retain(|name| roles::is_resource(name));
    if let Some(Role { resources: Resources::Only(names), .. }) = role {
        known.extend(names.iter().cloned());
    }
    Ok(context! {
        org => organizations::view(organisation), tab => "roles",
        role => role.map(|role| view(organisation, role)),
        instances, resources => known.into_iter().collect::<Vec<_>>(),
    })
}

fn again(
    visit: &Visit,
    organisation: &Organisation,
    role: Option<&Role>,
    fields: &Fields,
    errors: &Errors,
) -> Answer {
    let ticked: Vec<String> = fields.values("resources").map(str::to_owned).collect();
    let shown = words(visit, organisation, role)?;
    let words = context! { form => fields.to_show(), ticked, errors => errors.to_show(), ..shown };
    Ok(visit.page_again("role.html", words))
}

/// What the form says a role shall be.
fn asked(fields: &Fields) -> NewRole {
    let resources = match fields.text("allows") {
        "all" => Resources::All,
        _ => Resources::from_names(fields.values("resources").map(str::to_owned)),
    };
    NewRole {
        name: fields.text("name").to_owned(),
        instance_code: Some(fields.text("instance").to_owned()).filter(|code| !code.is_empty()),
        resources,
    }
}

async fn create(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let (moment, owner, new) = (visit.app.moment(), organisation.id, asked(&fields));
    let made = visit.app.database.write(move |sql| roles::create(sql, moment, owner, new.clone()));
    match outcome(made.await)? {
        Ok(_) => Ok(done(&address(&organisation), "created")),
        Err(errors) => again(&visit, &organisation, None, &fields, &errors),
    }
}

async fn one(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let (organisation, role) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let words = words(&visit, &organisation, Some(&role))?;
    Ok(visit.page("role.html", words))
}

/// Changes a role: what its holders may do is another at once.
async fn change(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, role) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let NewRole { name, instance_code, resources } = asked(&fields);
    let changed = Role { name, instance_code, resources, ..role.clone() };
    let (moment, visitor, reach) = (visit.app.moment(), visit.user.clone(), visit.reach);
    let done_so = visit.app.database.write(move |sql| {
        roles::change(sql, moment, &changed)?;
        keep_reach(sql, &visitor, reach)
    });
    match outcome(done_so.await)? {
        Ok(()) => Ok(done(&format!("{}/{}", address(&organisation), role.id), "saved")),
        Err(errors) => again(&visit, &organisation, Some(&role), &fields, &errors),
    }
}

/// Deletes a role and takes it from all who had it.
async fn delete(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, role) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let refuse = |errors: &Errors| {
        let words = context! { errors => errors.to_show(), ..words(&visit, &organisation, Some(&role))? };
        Ok(visit.page_again("role.html", words))
    };
    if fields.text("confirm") != role.name {
        return refuse(&Errors::at("confirm", "Type the role's name exactly as it is."));
    }
    let (moment, gone, visitor, reach) = (visit.app.moment(), role.id, visit.user.clone(), visit.reach);
    let deleted = visit.app.database.write(move |sql| {
        roles::delete(sql, moment, gone)?;
        keep_reach(sql, &visitor, reach)
    });
    match outcome(deleted.await)? {
        Ok(()) => Ok(done(&address(&organisation), "deleted")),
        Err(errors) => refuse(&errors),
    }
}
