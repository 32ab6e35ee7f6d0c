//! `/console/organizations/{org}/projects`: the list, a new one, and one with its credentials.

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{Credential, Organisation, Project, credentials, projects},
};
use patron_sql::Session;

use super::{
    credentials::view as credential_view,
    form::{Errors, Sent, outcome},
    organizations,
    problem::{Answer, Problem, not_found},
    visit::{Visit, done},
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/projects", get(list).post(create))
        .route("/organizations/{org}/projects/new", get(new))
        .route("/organizations/{org}/projects/{project}", get(one).post(rename))
        .route("/organizations/{org}/projects/{project}/delete", post(delete))
}

/// The address of a project.
pub fn address(organisation: &Organisation, project: &Project) -> String {
    format!("{}/projects/{}", organizations::address(organisation), project.id)
}

/// A project for templates.
pub fn view(organisation: &Organisation, project: &Project) -> Value {
    context! {
        id => project.id,
        name => project.name.as_str(),
        title => project.title.as_str(),
        workspace => projects::WORKSPACE,
        created_at => project.created_at,
        url => address(organisation, project),
    }
}

/// The project that an address names below its organization.
pub fn find(
    visit: &Visit,
    sql: Session<'_>,
    org: &str,
    id: &str,
) -> Result<(Organisation, Project), Failure> {
    let organisation = visit.organization(sql, org)?;
    let id = id.parse().map_err(|_| not_found())?;
    let project = projects::find(sql, organisation.id, id)?.ok_or_else(not_found)?;
    Ok((organisation, project))
}

/// The credentials of a project, oldest first.
pub fn credentials_of(sql: Session<'_>, project: &Project) -> Result<Vec<Credential>, Failure> {
    let all = credentials::of_organisation(sql, project.organisation_id)?.into_iter();
    Ok(all.filter(|credential| credential.project_id == project.id).collect())
}

async fn list(visit: Visit, Path(org): Path<String>) -> Answer {
    let (organisation, all, credentials) = visit.app.database.read(|sql| {
        let organisation = visit.organization(sql, &org)?;
        let all = projects::of_organisation(sql, organisation.id)?;
        let credentials = credentials::of_organisation(sql, organisation.id)?;
        Ok::<_, Failure>((organisation, all, credentials))
    })?;
    let number = |project: &Project| credentials.iter().filter(|one| one.project_id == project.id).count();
    let views: Vec<Value> = all
        .iter()
        .map(|project| context! { credentials => number(project), ..view(&organisation, project) })
        .collect();
    let words = context! { org => organizations::view(&organisation), tab => "projects", projects => views };
    Ok(visit.page("projects.html", words))
}

async fn new(visit: Visit, Path(org): Path<String>) -> Answer {
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let words = context! { org => organizations::view(&organisation), tab => "projects" };
    Ok(visit.page("project_new.html", words))
}

async fn create(Path(org): Path<String>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let organisation = visit.app.database.read(|sql| visit.organization(sql, &org))?;
    let title = fields.text("title").to_owned();
    if let Err(errors) = check_title(&title) {
        let words = context! {
            org => organizations::view(&organisation), tab => "projects",
            form => fields.to_show(), errors => errors.to_show(),
        };
        return Ok(visit.page_again("project_new.html", words));
    }
    let (moment, owner) = (visit.app.moment(), organisation.id);
    let made = visit.app.database.write(move |sql| projects::create(sql, moment, owner, &title)).await?;
    Ok(done(&address(&organisation, &made), "created"))
}

/// The title that is typed is the title that is kept; the control API takes any text and keeps what a title may hold of it.
fn check_title(title: &str) -> Result<(), Errors> {
    let is_plain = title.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if title.is_empty() || title.chars().count() > 45 || !is_plain {
        return Err(Errors::at("title", "A title has 1 to 45 letters, digits and blanks."));
    }
    Ok(())
}

async fn one(visit: Visit, Path((org, id)): Path<(String, String)>) -> Answer {
    let words = words(&visit, &org, &id)?;
    Ok(visit.page("project.html", words))
}

fn words(visit: &Visit, org: &str, id: &str) -> Result<Value, Problem> {
    let (organisation, project, credentials) = visit.app.database.read(|sql| {
        let (organisation, project) = find(visit, sql, org, id)?;
        let credentials = credentials_of(sql, &project)?;
        Ok::<_, Failure>((organisation, project, credentials))
    })?;
    let url = address(&organisation, &project);
    let credentials: Vec<Value> = credentials.iter().map(|one| credential_view(&url, one)).collect();
    Ok(context! {
        org => organizations::view(&organisation), tab => "projects",
        project => view(&organisation, &project), credentials,
    })
}

async fn rename(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, project) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    let title = fields.text("title").to_owned();
    if let Err(errors) = check_title(&title) {
        let words =
            context! { form => fields.to_show(), errors => errors.to_show(), ..words(&visit, &org, &id)? };
        return Ok(visit.page_again("project.html", words));
    }
    let renamed = visit.app.database.write(move |sql| projects::rename(sql, &project, &title)).await?;
    Ok(done(&address(&organisation, &renamed), "saved"))
}

/// Deletes a project with its credentials: their tokens stop working at once.
async fn delete(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, project) = visit.app.database.read(|sql| find(&visit, sql, &org, &id))?;
    if fields.text("confirm") != project.title {
        let errors = Errors::at("confirm", "Type the project's title exactly as it is.");
        let words = context! { errors => errors.to_show(), ..words(&visit, &org, &id)? };
        return Ok(visit.page_again("project.html", words));
    }
    let moment = visit.app.moment();
    let deleted = visit.app.database.write(move |sql| projects::delete(sql, moment, &project)).await;
    outcome(deleted)?.map_err(|_| not_found())?;
    Ok(done(&format!("{}/projects", organizations::address(&organisation)), "deleted"))
}
