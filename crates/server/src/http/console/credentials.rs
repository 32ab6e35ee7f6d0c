//! `/console/organizations/{org}/projects/{project}/credentials`: a new one of any type, and one with its secrets, scopes, redirect URIs
//! and roles.

use axum::{
    Router,
    extract::{Path, Query},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use minijinja::{Value, context};
use patron_commerce::{
    Failure,
    identity::{
        Credential, CredentialChange, CredentialKind, NewCredential, Organisation, Project, Redirects, Role,
        credentials, roles, secrets,
    },
    instances,
};
use patron_sql::Session;
use patron_token::Scopes;
use serde::Deserialize;

use super::{
    form::{Errors, Fields, Sent, outcome},
    once, organizations,
    problem::{Answer, Problem, not_found},
    projects, snippets,
    visit::{Visit, done},
};
use crate::state::App;

/// The routes of this file.
pub fn routes() -> Router<App> {
    const ALL: &str = "/organizations/{org}/projects/{project}/credentials";
    Router::new()
        .route(ALL, post(create))
        .route(&format!("{ALL}/new"), get(new))
        .route(&format!("{ALL}/{{client_id}}"), get(one).post(change))
        .route(&format!("{ALL}/{{client_id}}/delete"), post(delete))
}

/// Organization, project and client id of an address.
pub type Place = Path<(String, String, String)>;

/// A credential where it stands.
pub struct Found {
    /// The organization that owns it.
    pub organisation: Organisation,
    /// The project it stands in.
    pub project: Project,
    /// Itself.
    pub credential: Credential,
}

impl Found {
    /// The address of its page.
    pub fn address(&self) -> String {
        format!(
            "{}/credentials/{}",
            projects::address(&self.organisation, &self.project),
            self.credential.client_id
        )
    }
}

/// The credential that an address names below its project.
pub fn find(
    visit: &Visit,
    sql: Session<'_>,
    (org, project, client_id): &(String, String, String),
) -> Result<Found, Failure> {
    let (organisation, project) = projects::find(visit, sql, org, project)?;
    let credential = credentials::find_by_client_id(sql, client_id)?;
    let own = |one: &Credential| one.organisation_id == organisation.id && one.project_id == project.id;
    let credential = credential.filter(own).ok_or_else(not_found)?;
    Ok(Found { organisation, project, credential })
}

/// A credential for templates.
pub fn view(project_url: &str, credential: &Credential) -> Value {
    context! {
        client_id => credential.client_id.as_str(),
        name => credential.name.as_str(),
        kind => credential.kind.as_str(),
        kind_name => kind_name(credential.kind),
        is_for_users => credential.kind.is_for_users(),
        is_public => credential.kind.is_public(),
        technical_account_id => credential.technical_account_id.as_str(),
        technical_account_email => credential.technical_account_email.as_str(),
        scopes => credential.scopes.iter().map(str::to_owned).collect::<Vec<_>>(),
        default_redirect_uri => credential.redirects.default_uri.as_str(),
        redirect_uri_patterns => credential.redirects.patterns.as_str(),
        created_at => credential.created_at,
        url => format!("{project_url}/credentials/{}", credential.client_id),
    }
}

/// The type as people call it.
fn kind_name(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ServerToServer => "OAuth Server-to-Server",
        CredentialKind::WebApp => "OAuth Web App",
        CredentialKind::SinglePageApp => "OAuth Single-Page App",
        CredentialKind::NativeApp => "OAuth Native App",
    }
}

/// What a type is for, in the words of who chooses.
fn kind_purpose(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ServerToServer => {
            "A server or a script calls in its own name. The one for the customer REST API."
        }
        CredentialKind::WebApp => "Users sign in, and a server that keeps a secret calls in their name.",
        CredentialKind::SinglePageApp => {
            "Users sign in, and a page in their browser calls. No secret, PKCE instead."
        }
        CredentialKind::NativeApp => {
            "Users sign in to an installed program. No secret, PKCE, its own address scheme."
        }
    }
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    r#type: String,
}

async fn new(visit: Visit, Path((org, id)): Path<(String, String)>, Query(wanted): Query<Wanted>) -> Answer {
    let words = new_words(&visit, &org, &id, CredentialKind::parse(&wanted.r#type))?;
    Ok(visit.page("credential_new.html", words))
}

fn new_words(visit: &Visit, org: &str, id: &str, kind: Option<CredentialKind>) -> Result<Value, Problem> {
    let (organisation, project) = visit.app.database.read(|sql| projects::find(visit, sql, org, id))?;
    let of_kind = |kind: CredentialKind| {
        context! {
            value => kind.as_str(),
            name => kind_name(kind),
            purpose => kind_purpose(kind),
            is_for_users => kind.is_for_users(),
            is_public => kind.is_public(),
            default_scopes => Scopes::parse(credentials::default_scopes(kind)).iter().collect::<Vec<_>>().join(", "),
        }
    };
    Ok(context! {
        org => organizations::view(&organisation), tab => "projects",
        project => projects::view(&organisation, &project),
        kinds => CredentialKind::ALL.map(of_kind).to_vec(),
        kind => kind.map(of_kind),
        default_name => credentials::default_name(&project),
    })
}

async fn create(Path((org, id)): Path<(String, String)>, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let (organisation, project) = visit.app.database.read(|sql| projects::find(&visit, sql, &org, &id))?;
    let Some(kind) = CredentialKind::parse(fields.text("type")) else {
        let errors = Errors::at("type", "Choose what the credential is for.");
        let words = context! { errors => errors.to_show(), ..new_words(&visit, &org, &id, None)? };
        return Ok(visit.page_again("credential_new.html", words));
    };
    let typed = |name: &str| Some(fields.text(name).to_owned()).filter(|text| !text.is_empty());
    let new = NewCredential {
        kind,
        project_id: Some(project.id),
        name: typed("name"),
        scopes: typed("scopes").map(|scopes| Scopes::parse(&scopes)),
        redirects: redirects(kind, &fields),
        ..NewCredential::default()
    };
    let (moment, owner) = (visit.app.moment(), organisation.id);
    let made = visit.app.database.write(move |sql| credentials::create(sql, moment, owner, new.clone()));
    match outcome(made.await)? {
        Ok(made) => {
            let url =
                format!("{}/credentials/{}", projects::address(&organisation, &project), made.client_id);
            let mut response = done(&url, "created");
            if !made.client_secret.is_empty() {
                once::hand_over(&visit, response.headers_mut(), &made.client_id, &made.client_secret);
            }
            Ok(response)
        }
        Err(errors) => {
            let shown = new_words(&visit, &org, &id, Some(kind))?;
            let words = context! { form => fields.to_show(), errors => errors.to_show(), ..shown };
            Ok(visit.page_again("credential_new.html", words))
        }
    }
}

fn redirects(kind: CredentialKind, fields: &Fields) -> Redirects {
    if !kind.is_for_users() {
        return Redirects::default();
    }
    // One pattern a line is easier to read than the original's commas, which go on being accepted.
    let patterns: Vec<&str> = fields
        .text("redirect_uri_patterns")
        .split(['\n', ','])
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    Redirects { patterns: patterns.join(","), default_uri: fields.text("default_redirect_uri").to_owned() }
}

async fn one(visit: Visit, Path(place): Place, headers: HeaderMap) -> Answer {
    let found = visit.app.database.read(|sql| find(&visit, sql, &place))?;
    let new_secret = once::take(&visit, &headers, &found.credential.client_id);
    let words = words(&visit, &found, new_secret.as_ref().map(|secret| secret.as_str()))?;
    let mut response = visit.page("credential.html", words);
    if new_secret.is_some() {
        once::forget(&visit.app, response.headers_mut());
    }
    Ok(response)
}

/// What the page of a credential shows; `new_secret` this once.
fn words(visit: &Visit, found: &Found, new_secret: Option<&str>) -> Result<Value, Problem> {
    let Found { organisation, project, credential } = found;
    let (own_secrets, all_roles, own_roles, instances) = visit.app.database.read(|sql| {
        Ok::<_, Failure>((
            secrets::of_credential(sql, credential.id)?,
            roles::of_organisation(sql, organisation.id)?,
            roles::of_credential(sql, credential.id)?,
            instances::store::of_organisation(sql, organisation.id)?,
        ))
    })?;
    let secrets: Vec<Value> = own_secrets
        .iter()
        .map(|info| context! { uuid => info.uuid.as_str(), created_at => info.created_at, last_used_at => info.last_used_at })
        .collect();
    let role = |role: &Role| context! { id => role.id, name => role.name.as_str(), is_held => own_roles.contains(role) };
    let snippet = |instance: &instances::Instance| {
        let snippet = snippets::of(&visit.app.base_url, organisation, instance, credential, new_secret);
        context! { instance => instance.name.as_str(), code => instance.code.as_str(), env => snippet.env, curl => snippet.curl }
    };
    let url = projects::address(organisation, project);
    Ok(context! {
        org => organizations::view(organisation), tab => "projects",
        project => projects::view(organisation, project),
        credential => view(&url, credential),
        secrets, most_secrets => secrets::MOST, new_secret,
        roles => all_roles.iter().map(role).collect::<Vec<_>>(),
        snippets => instances.iter().map(snippet).collect::<Vec<_>>(),
    })
}

async fn change(Path(place): Place, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let found = visit.app.database.read(|sql| find(&visit, sql, &place))?;
    let new = redirects(found.credential.kind, &fields);
    let is_for_users = found.credential.kind.is_for_users();
    let change = CredentialChange {
        name: Some(fields.text("name").to_owned()),
        scopes: Some(Scopes::parse(fields.text("scopes"))),
        resources: None,
        patterns: is_for_users.then_some(new.patterns),
        default_uri: is_for_users.then_some(new.default_uri),
    };
    let role_ids: Vec<i64> = fields.values("roles").filter_map(|id| id.parse().ok()).collect();
    let (moment, before) = (visit.app.moment(), found.credential.clone());
    let changed = visit.app.database.write(move |sql| {
        let changed = credentials::change(sql, moment, &before, change.clone())?;
        // Users act within their own roles, whatever client they use.
        if is_for_users { Ok(()) } else { roles::give_to_credential(sql, moment, &changed, &role_ids) }
    });
    match outcome(changed.await)? {
        Ok(()) => Ok(done(&found.address(), "saved")),
        Err(errors) => again(&visit, &found, fields.to_show(), &errors),
    }
}

/// Shows the page again with what was wrong.
pub fn again(visit: &Visit, found: &Found, form: Value, errors: &Errors) -> Result<Response, Problem> {
    let words = context! { form, errors => errors.to_show(), ..words(visit, found, None)? };
    Ok(visit.page_again("credential.html", words))
}

/// Deletes a credential: its tokens stop working at once.
async fn delete(Path(place): Place, sent: Sent) -> Answer {
    let Sent { visit, fields } = sent;
    let found = visit.app.database.read(|sql| find(&visit, sql, &place))?;
    if fields.text("confirm") != found.credential.client_id {
        let errors = Errors::at("confirm", "Type the client ID exactly as it is.");
        return again(&visit, &found, Value::UNDEFINED, &errors);
    }
    let (moment, id) = (visit.app.moment(), found.credential.id);
    visit.app.database.write(move |sql| credentials::delete(sql, moment, id)).await?;
    Ok(done(&projects::address(&found.organisation, &found.project), "deleted"))
}
