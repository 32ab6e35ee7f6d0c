//! `/console/organizations`: the list, a new one, and one's name and end. Operators make and delete them; who administers one renames it.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Path, Query},
    response::{Redirect, Response},
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{
        Organisation,
        administration::{self, Reach},
        organisations,
    },
    instances,
};
use patron_webapi::Fault;
use serde::Deserialize;

use super::{
    form::{Errors, Sent, outcome},
    problem::{Answer, Problem, not_found},
    visit::{Visit, done},
};
use crate::state::App;

/// Organizations that the list shows at once.
const SHOWN: usize = 100;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations", get(list).post(create))
        .route("/organizations/new", get(new))
        .route("/organizations/{org}", get(one))
        .route("/organizations/{org}/settings", get(settings).post(rename))
        .route("/organizations/{org}/delete", post(delete))
}

/// The address of an organization's pages.
pub fn address(organisation: &Organisation) -> String {
    format!("/console/organizations/{}", organisation.console_id())
}

/// An organization for templates.
pub fn view(organisation: &Organisation) -> Value {
    context! {
        id => organisation.console_id(),
        org_id => organisation.ims_org_id.as_str(),
        name => organisation.name.as_str(),
        created_at => organisation.created_at,
        url => address(organisation),
    }
}

/// `GET /console`: to the only organization, or to the choice.
pub async fn home(visit: Visit) -> Answer {
    let mut own = visit.app.database.read(|sql| visit.organizations(sql))?;
    let target = match (own.pop(), own.is_empty()) {
        (Some(only), true) => address(&only),
        _ => "/console/organizations".to_owned(),
    };
    Ok(see_other(&target))
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn list(visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    let (own, instances) = visit.app.database.read(|sql| {
        let mut counts = BTreeMap::<i64, usize>::new();
        for instance in instances::store::all(sql)? {
            *counts.entry(instance.organisation_id).or_default() += 1;
        }
        Ok::<_, Failure>((visit.organizations(sql)?, counts))
    })?;
    let asked = wanted.q.trim().to_lowercase();
    let fits = |one: &&Organisation| {
        one.name.to_lowercase().contains(&asked) || one.ims_org_id.to_lowercase().contains(&asked)
    };
    let found: Vec<&Organisation> = own.iter().filter(fits).collect();
    let shown: Vec<Value> = found
        .iter()
        .take(SHOWN)
        .map(|one| context! { instances => instances.get(&one.id).copied().unwrap_or(0), ..view(one) })
        .collect();
    let words = context! { organizations => shown, found => found.len(), all => own.len(), q => wanted.q };
    Ok(visit.page("organizations.html", words))
}

async fn new(visit: Visit) -> Answer {
    check_operator(&visit)?;
    Ok(visit.page("organization_new.html", context! {}))
}

async fn create(sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    check_operator(&visit)?;
    let (moment, name) = (visit.app.moment(), fields.text("name").to_owned());
    let made = visit
        .app
        .database
        .write(move |sql| organisations::create(sql, moment, &organisations::checked_name(&name)?));
    match outcome(made.await)? {
        Ok(made) => Ok(done(&format!("{}/instances", address(&made)), "created")),
        Err(errors) => {
            let words = context! { form => fields.to_show(), errors => errors.to_show() };
            Ok(visit.page_again("organization_new.html", words))
        }
    }
}

/// An organization begins with its instances.
async fn one(visit: Visit, Path(org): Path<String>) -> Answer {
    let found = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    Ok(see_other(&format!("{}/instances", address(&found))))
}

async fn settings(visit: Visit, Path(org): Path<String>) -> Answer {
    let found = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    Ok(visit.page("organization_settings.html", settings_words(&visit, &found)?))
}

fn settings_words(visit: &Visit, organisation: &Organisation) -> Result<Value, Problem> {
    let (is_operators, instances) = visit.app.database.read(|sql| {
        let instances = instances::store::of_organisation(sql, organisation.id)?.len();
        Ok::<_, Failure>((administration::is_operators(sql, organisation.id)?, instances))
    })?;
    Ok(context! {
        org => view(organisation), tab => "settings", is_operators, instances,
        sign_in => format!("{}/console/sign-in?organization={}", visit.app.base_url, organisation.ims_org_id),
    })
}

async fn rename(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let found = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let (name, before) = (fields.text("name").to_owned(), found.clone());
    let renamed = visit.app.database.write(move |sql| organisations::rename(sql, &before, &name));
    match outcome(renamed.await)? {
        Ok(renamed) => Ok(done(&format!("{}/settings", address(&renamed)), "saved")),
        Err(errors) => again(&visit, &found, fields.to_show(), &errors),
    }
}

async fn delete(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    check_operator(&visit)?;
    let found = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    if fields.text("confirm") != found.name {
        let errors = Errors::at("confirm", "Type the organization's name exactly as it is.");
        return again(&visit, &found, Value::UNDEFINED, &errors);
    }
    let (moment, id) = (visit.app.moment(), found.id);
    let deleted = visit.app.database.write(move |sql| {
        let refuse = |field: &str, text: &'static str| Err(Fault::new(409, text).with("field", field).into());
        if administration::is_operators(sql, id)? {
            return refuse(
                "form",
                "This is the operators' organization: without it nobody could use the console.",
            );
        }
        if !instances::store::of_organisation(sql, id)?.is_empty() {
            return refuse("confirm", "The organization has instances. Delete them first.");
        }
        organisations::delete_with_everything(sql, moment, id)
    });
    match outcome(deleted.await)? {
        Ok(_) => Ok(done("/console/organizations", "deleted")),
        Err(errors) => again(&visit, &found, Value::UNDEFINED, &errors),
    }
}

fn again(visit: &Visit, organisation: &Organisation, form: Value, errors: &Errors) -> Answer {
    let words = context! { form, errors => errors.to_show(), ..settings_words(visit, organisation)? };
    Ok(visit.page_again("organization_settings.html", words))
}

/// To who is no operator there is no such page.
fn check_operator(visit: &Visit) -> Result<(), Problem> {
    if visit.reach == Reach::All { Ok(()) } else { Err(not_found().into()) }
}

fn see_other(target: &str) -> Response {
    axum::response::IntoResponse::into_response(Redirect::to(target))
}
