//! Credentials: servers' own, and those with which users log in.

use patron_sql::Session;
use patron_token::Scopes;
use patron_webapi::Fault;
use zeroize::Zeroizing;

use super::{
    CreatedCredential, Credential, CredentialChange, CredentialKind, NewCredential, Project, Redirects,
    epoch,
    model::{DEFAULT_SCOPES, DEFAULT_USER_SCOPES, OFFLINE_SCOPE},
    names,
    projects::{self, WORKSPACE},
    redirects, secrets, store,
};
use crate::{
    Moment,
    failure::Result,
    instances::counters::{self, Counter},
};

/// Makes a server-to-server credential with one secret, in the organisation's first project.
pub fn create_server_to_server(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation_id: i64,
    new: NewCredential,
) -> Result<CreatedCredential> {
    create(sql, moment, organisation_id, NewCredential { kind: CredentialKind::ServerToServer, ..new })
}

/// Makes a credential of any kind; one that can keep a secret gets one.
pub fn create(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation_id: i64,
    new: NewCredential,
) -> Result<CreatedCredential> {
    let project = project_for(sql, moment, organisation_id, new.project_id)?;
    let is_servers = new.kind == CredentialKind::ServerToServer;
    let of_server = |name: fn(Moment<'_>) -> String| if is_servers { name(moment) } else { String::new() };
    let credential = Credential {
        id: counters::next(sql, 0, Counter::Credential)?,
        organisation_id,
        project_id: project.id,
        kind: new.kind,
        name: new.name.unwrap_or_else(|| default_name(&project)),
        client_id: names::hex32(moment),
        technical_account_id: of_server(names::technical_account_id),
        technical_account_email: of_server(names::technical_account_email),
        scopes: new.scopes.unwrap_or_else(|| Scopes::parse(default_scopes(new.kind))),
        resources: new.resources,
        redirects: new.redirects,
        created_at: moment.millis(),
    };
    check(&credential)?;
    store::add_credential(sql, &credential)?;
    let client_secret = match credential.kind.is_public() {
        true => Zeroizing::default(),
        false => secrets::add(sql, moment, credential.id)?.value,
    };
    Ok(CreatedCredential {
        client_id: credential.client_id.clone(),
        client_secret,
        technical_account_id: credential.technical_account_id.clone(),
        technical_account_email: credential.technical_account_email.clone(),
        credential,
    })
}

/// The name of a credential to which its maker gives none.
pub fn default_name(project: &Project) -> String {
    format!("Credential in {} - {WORKSPACE}", project.name)
}

/// The scopes of a credential to which its maker gives none.
pub fn default_scopes(kind: CredentialKind) -> &'static str {
    if kind == CredentialKind::ServerToServer { DEFAULT_SCOPES } else { DEFAULT_USER_SCOPES }
}

fn project_for(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation_id: i64,
    asked: Option<i64>,
) -> Result<Project> {
    let projects = projects::of_organisation(sql, organisation_id)?;
    let Some(id) = asked else {
        return match projects.into_iter().next() {
            Some(project) => Ok(project),
            None => projects::create(sql, moment, organisation_id, ""),
        };
    };
    let found = projects.into_iter().find(|project| project.id == id);
    let unknown = || Fault::bad_request(format!("The organization has no project {id}."));
    Ok(found.ok_or_else(|| unknown().with("field", "project_id"))?)
}

/// Changes a credential; its tokens may do at once what it now says.
pub fn change(
    sql: Session<'_>,
    moment: Moment<'_>,
    credential: &Credential,
    change: CredentialChange,
) -> Result<Credential> {
    let redirects = Redirects {
        patterns: change.patterns.unwrap_or_else(|| credential.redirects.patterns.clone()),
        default_uri: change.default_uri.unwrap_or_else(|| credential.redirects.default_uri.clone()),
    };
    let changed = Credential {
        name: change.name.unwrap_or_else(|| credential.name.clone()),
        scopes: change.scopes.unwrap_or_else(|| credential.scopes.clone()),
        resources: change.resources.unwrap_or_else(|| credential.resources.clone()),
        redirects,
        ..credential.clone()
    };
    check(&changed)?;
    store::change_credential(sql, &changed)?;
    epoch::advance(sql, moment)?;
    Ok(changed)
}

fn check(credential: &Credential) -> Result<(), Fault> {
    let wrong = |field: &str, text: &'static str| Err(Fault::bad_request(text).with("field", field));
    let name = credential.name.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return wrong("name", "name must be a text of 1 to 255 characters.");
    }
    let mut scopes = credential.scopes.iter();
    let is_scope =
        |scope: &str| scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>&".contains(&byte));
    if credential.scopes.is_empty() || credential.scopes.to_string().len() > 4096 || !scopes.all(is_scope) {
        return wrong("scopes", "scopes must be a list of one or more names such as commerce.accs.");
    }
    if !credential.kind.is_for_users() {
        if credential.redirects != Redirects::default() {
            return wrong("default_redirect_uri", "A server-to-server credential sends nobody anywhere.");
        }
        return Ok(());
    }
    if credential.kind.is_public() && credential.scopes.contains(OFFLINE_SCOPE) {
        return wrong("scopes", "Refresh tokens (offline_access) are for Web App credentials.");
    }
    redirects::check(&credential.redirects, credential.kind)
}

/// The credential with this key.
pub fn find(sql: Session<'_>, id: i64) -> Result<Option<Credential>> {
    store::credential(sql, id)
}

/// The credential with this client id.
pub fn find_by_client_id(sql: Session<'_>, client_id: &str) -> Result<Option<Credential>> {
    store::credential_by_client_id(sql, client_id)
}

/// The credentials of an organisation, oldest first.
pub fn of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Credential>> {
    store::credentials(sql, organisation_id)
}

/// Deletes a credential with its secrets; its tokens are refused at once. False when there is none.
pub fn delete(sql: Session<'_>, moment: Moment<'_>, id: i64) -> Result<bool> {
    let existed = store::delete_credential(sql, id)?;
    epoch::advance(sql, moment)?;
    Ok(existed)
}
