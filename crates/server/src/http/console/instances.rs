//! `/console/organizations/{org}/instances`: the list, a new one, and one with its details (`spec/ims.md` 5.5).

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{Organisation, credentials, projects as all_projects, roles},
    instances::{self, Instance, create::NewInstance},
};

use super::{
    credentials::view as credential_view,
    form::{Errors, Sent, outcome},
    organizations,
    problem::{Answer, Problem},
    projects, snippets,
    visit::{Visit, done},
};
use crate::state::App;

/// What every instance is.
const PRODUCT: &str = "Adobe Commerce as a Cloud Service";
/// Regions to choose from; any other code may be typed.
const REGIONS: [&str; 2] = ["na1", "eu1"];

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/instances", get(list).post(create))
        .route("/organizations/{org}/instances/new", get(new))
        .route("/organizations/{org}/instances/{instance}", get(one))
        .route("/organizations/{org}/instances/{instance}/delete", post(delete))
}

/// The address of an instance's pages.
pub fn address(organisation: &Organisation, instance: &Instance) -> String {
    format!("{}/instances/{}", organizations::address(organisation), instance.code)
}

/// An instance for templates.
pub fn view(app: &App, organisation: &Organisation, instance: &Instance) -> Value {
    let rest = format!("{}/{}", app.base_url, instance.code);
    context! {
        id => instance.code.as_str(),
        name => instance.name.as_str(),
        product => PRODUCT,
        region => instance.region.as_str(),
        environment => if instance.environment == "production" { "Production" } else { "Sandbox" },
        // An instance is made and deleted in one unit of work: there is no time at which it is something else.
        status => "Ready",
        created_at => instance.created_at.as_str(),
        graphql => format!("{rest}/graphql"),
        rest,
        url => address(organisation, instance),
    }
}

async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let (organisation, all) = visit.app.database.read(|sql| {
        let organisation = visit.organization(sql, &org)?;
        let all = instances::store::of_organisation(sql, organisation.id)?;
        Ok::<_, Failure>((organisation, all))
    })?;
    let views: Vec<Value> = all.iter().map(|one| view(&visit.app, &organisation, one)).collect();
    let words =
        context! { org => organizations::view(&organisation), tab => "instances", instances => views };
    Ok(visit.page("instances.html", words))
}

async fn new(visit: Visit, Path(org): Path<String>) -> Answer {
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    Ok(visit.page("instance_new.html", new_words(&organisation)))
}

fn new_words(organisation: &Organisation) -> Value {
    context! { org => organizations::view(organisation), tab => "instances", regions => REGIONS.to_vec() }
}

async fn create(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let new = NewInstance {
        name: fields.text("name").to_owned(),
        region: fields.text("region").to_owned(),
        environment: fields.text("environment").to_owned(),
    };
    let (moment, owner) = (visit.app.moment(), organisation.id);
    let made = visit.app.database.write(move |sql| {
        new.check()?;
        instances::create::create(sql, moment, owner, new.clone())
    });
    match outcome(made.await)? {
        Ok(made) => Ok(done(&address(&organisation, &made), "created")),
        Err(errors) => {
            let words =
                context! { form => fields.to_show(), errors => errors.to_show(), ..new_words(&organisation) };
            Ok(visit.page_again("instance_new.html", words))
        }
    }
}

async fn one(visit: Visit, Path((org, code)): Path<(String, String)>) -> Answer {
    let words = words(&visit, &org, &code)?;
    Ok(visit.page("instance.html", words))
}

fn words(visit: &Visit, org: &str, code: &str) -> Result<Value, Problem> {
    let (organisation, instance, credentials, projects) = visit.app.database.read(|sql| {
        let (organisation, instance) = visit.instance(sql, org, code)?;
        let credentials = credentials::of_organisation(sql, organisation.id)?;
        let projects = all_projects::of_organisation(sql, organisation.id)?;
        Ok::<_, Failure>((organisation, instance, credentials, projects))
    })?;
    let ways = credentials.iter().filter_map(|credential| {
        let project = projects.iter().find(|project| project.id == credential.project_id)?;
        let snippet = snippets::of(&visit.app.base_url, &organisation, &instance, credential, None);
        let credential = credential_view(&projects::address(&organisation, project), credential);
        Some(context! { credential, project => project.title.as_str(), env => snippet.env, curl => snippet.curl })
    });
    Ok(context! {
        org => organizations::view(&organisation), tab => "instances",
        instance => view(&visit.app, &organisation, &instance),
        token_endpoint => format!("{}/ims/token/v3", visit.app.base_url),
        ways => ways.collect::<Vec<_>>(),
    })
}

/// Deletes an instance with everything in it. Its organization stays.
async fn delete(Path((org, code)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, instance) = visit.app.database.read(|sql| visit.instance(sql, &org, &code))?;
    if fields.text("confirm") != instance.name {
        let errors = Errors::at("confirm", "Type the instance's name exactly as it is.");
        let words = context! { errors => errors.to_show(), ..words(&visit, &org, &code)? };
        return Ok(visit.page_again("instance.html", words));
    }
    let moment = visit.app.moment();
    let deleted = visit.app.database.write(move |sql| {
        instances::store::delete(sql, instance.tenant.0)?;
        roles::forget_instance(sql, moment, instance.organisation_id, &instance.code)
    });
    deleted.await?;
    Ok(done(&format!("{}/instances", organizations::address(&organisation)), "deleted"))
}
