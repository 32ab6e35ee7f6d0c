//! All SQL of identity.

use patron_sql::{Error, Number, Row, Session, params};
use patron_token::Scopes;
use zeroize::Zeroizing;

use super::{
    Credential, Organisation, Project, Resources, SecretInfo,
    model::{CredentialKind, Redirects},
};
use crate::failure::Result;

pub mod accounts;
pub mod flows;

const CREDENTIAL: &str = "SELECT id, organisation_id, project_id, name, client_id, technical_account_id, \
                          technical_account_email, scopes, resources, created_at, kind, redirect_patterns, \
                          default_redirect_uri FROM credential";

/// Where the epoch stands.
pub const EPOCH: Number =
    Number { table: "identity_epoch", sql: "SELECT value FROM identity_epoch WHERE id = ?1" };

/// A secret as it is kept.
pub struct StoredSecret {
    /// 1 or 2.
    pub slot: i64,
    /// Its SHA-256, 64 lower-case hex digits.
    pub hash: String,
    /// What may be shown.
    pub info: SecretInfo,
}

/// A signing key as it is kept.
pub struct StoredKey {
    /// Rises with every rotation, from 1.
    pub number: i64,
    /// The id in tokens.
    pub kid: String,
    /// PKCS#8 in base64.
    pub private_key: Zeroizing<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// When it is believed no more, epoch milliseconds; None while it signs.
    pub retires_at: Option<i64>,
}

/// The value of the epoch.
pub fn epoch(sql: Session<'_>) -> Result<i64> {
    let value = sql.number(&EPOCH, 1.into())?;
    Ok(value.ok_or(Error::NoRow)?)
}

/// Moves the epoch.
pub fn advance_epoch(sql: Session<'_>, step: i64) -> Result<()> {
    sql.execute("UPDATE identity_epoch SET value = value + ?1 WHERE id = ?2", params![step, 1_i64])?;
    Ok(())
}

/// Adds an organisation.
pub fn add_organisation(sql: Session<'_>, new: &Organisation) -> Result<()> {
    sql.execute(
        "INSERT INTO organisation (id, ims_org_id, name, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![new.id, &new.ims_org_id, &new.name, new.created_at],
    )?;
    Ok(())
}

/// An organisation by key.
pub fn organisation(sql: Session<'_>, id: i64) -> Result<Option<Organisation>> {
    let query = "SELECT id, ims_org_id, name, created_at FROM organisation WHERE id = ?1";
    Ok(sql.first(query, params![id], read_organisation)?)
}

/// Every organisation, oldest first.
pub fn organisations(sql: Session<'_>) -> Result<Vec<Organisation>> {
    let query = "SELECT id, ims_org_id, name, created_at FROM organisation ORDER BY id";
    Ok(sql.all(query, params![], read_organisation)?)
}

/// An organisation by `<24 HEX>@AdobeOrg`.
pub fn organisation_by_ims_org_id(sql: Session<'_>, ims_org_id: &str) -> Result<Option<Organisation>> {
    let query = "SELECT id, ims_org_id, name, created_at FROM organisation WHERE ims_org_id = ?1";
    Ok(sql.first(query, params![ims_org_id], read_organisation)?)
}

fn read_organisation(row: &Row<'_>) -> std::result::Result<Organisation, Error> {
    Ok(Organisation {
        id: row.int(0)?,
        ims_org_id: row.string(1)?,
        name: row.string(2)?,
        created_at: row.int(3)?,
    })
}

/// Names an organisation anew.
pub fn rename_organisation(sql: Session<'_>, id: i64, name: &str) -> Result<()> {
    sql.execute("UPDATE organisation SET name = ?2 WHERE id = ?1", params![id, name])?;
    Ok(())
}

/// Deletes an organisation and all that is its; false when there is none.
pub fn delete_organisation(sql: Session<'_>, id: i64) -> Result<bool> {
    accounts::delete_of_organisation(sql, id)?;
    sql.execute(
        "DELETE FROM credential_secret WHERE credential_id IN (SELECT id FROM credential WHERE organisation_id = ?1)",
        params![id],
    )?;
    sql.execute("DELETE FROM credential WHERE organisation_id = ?1", params![id])?;
    sql.execute("DELETE FROM project WHERE organisation_id = ?1", params![id])?;
    sql.execute("DELETE FROM operators WHERE organisation_id = ?1", params![id])?;
    Ok(sql.execute("DELETE FROM organisation WHERE id = ?1", params![id])? > 0)
}

/// The key of the operators' organisation.
pub fn operators(sql: Session<'_>) -> Result<Option<i64>> {
    Ok(sql.first("SELECT organisation_id FROM operators WHERE id = 1", params![], |row| row.int(0))?)
}

/// Makes an organisation the operators'.
pub fn set_operators(sql: Session<'_>, organisation_id: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO operators (id, organisation_id) VALUES (1, ?1) \
         ON CONFLICT (id) DO UPDATE SET organisation_id = excluded.organisation_id",
        params![organisation_id],
    )?;
    Ok(())
}

/// Adds a project.
pub fn add_project(sql: Session<'_>, new: &Project) -> Result<()> {
    sql.execute(
        "INSERT INTO project (organisation_id, id, name, title, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.organisation_id, new.id, &new.name, &new.title, new.created_at],
    )?;
    Ok(())
}

/// The projects of an organisation, oldest first.
pub fn projects(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Project>> {
    let query = "SELECT id, organisation_id, name, title, created_at FROM project WHERE organisation_id = ?1 ORDER BY id";
    Ok(sql.all(query, params![organisation_id], |row| {
        Ok::<_, Error>(Project {
            id: row.int(0)?,
            organisation_id: row.int(1)?,
            name: row.string(2)?,
            title: row.string(3)?,
            created_at: row.int(4)?,
        })
    })?)
}

/// Names a project anew; false when the organisation has no such project.
pub fn change_project(sql: Session<'_>, project: &Project) -> Result<bool> {
    let statement = "UPDATE project SET name = ?3, title = ?4 WHERE organisation_id = ?1 AND id = ?2";
    let of = params![project.organisation_id, project.id, &project.name, &project.title];
    Ok(sql.execute(statement, of)? > 0)
}

/// Deletes a project; its credentials are the caller's to delete.
pub fn delete_project(sql: Session<'_>, organisation_id: i64, id: i64) -> Result<bool> {
    let statement = "DELETE FROM project WHERE organisation_id = ?1 AND id = ?2";
    Ok(sql.execute(statement, params![organisation_id, id])? > 0)
}

/// Adds a credential.
pub fn add_credential(sql: Session<'_>, new: &Credential) -> Result<()> {
    sql.execute(
        "INSERT INTO credential (id, organisation_id, project_id, kind, name, client_id, technical_account_id, \
         technical_account_email, scopes, resources, created_at, redirect_patterns, default_redirect_uri) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            new.id,
            new.organisation_id,
            new.project_id,
            new.kind.as_str(),
            &new.name,
            &new.client_id,
            &new.technical_account_id,
            &new.technical_account_email,
            new.scopes.to_string(),
            new.resources.to_column(),
            new.created_at,
            &new.redirects.patterns,
            &new.redirects.default_uri
        ],
    )?;
    Ok(())
}

/// Writes what may be changed of a credential.
pub fn change_credential(sql: Session<'_>, changed: &Credential) -> Result<()> {
    sql.execute(
        "UPDATE credential SET name = ?2, scopes = ?3, resources = ?4, redirect_patterns = ?5, default_redirect_uri = ?6 \
         WHERE id = ?1",
        params![
            changed.id,
            &changed.name,
            changed.scopes.to_string(),
            changed.resources.to_column(),
            &changed.redirects.patterns,
            &changed.redirects.default_uri
        ],
    )?;
    Ok(())
}

/// A credential by key.
pub fn credential(sql: Session<'_>, id: i64) -> Result<Option<Credential>> {
    Ok(sql.first(&format!("{CREDENTIAL} WHERE id = ?1"), params![id], read_credential)?)
}

/// A credential by client id.
pub fn credential_by_client_id(sql: Session<'_>, client_id: &str) -> Result<Option<Credential>> {
    Ok(sql.first(&format!("{CREDENTIAL} WHERE client_id = ?1"), params![client_id], read_credential)?)
}

/// The credentials of an organisation, oldest first.
pub fn credentials(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Credential>> {
    let query = format!("{CREDENTIAL} WHERE organisation_id = ?1 ORDER BY id");
    Ok(sql.all(&query, params![organisation_id], read_credential)?)
}

fn read_credential(row: &Row<'_>) -> std::result::Result<Credential, Error> {
    Ok(Credential {
        id: row.int(0)?,
        organisation_id: row.int(1)?,
        project_id: row.int(2)?,
        name: row.string(3)?,
        client_id: row.string(4)?,
        technical_account_id: row.string(5)?,
        technical_account_email: row.string(6)?,
        scopes: Scopes::parse(row.text(7)?),
        resources: Resources::from_column(row.opt_text(8)?),
        created_at: row.int(9)?,
        // A kind of a later version opens nothing here: as a server's without a secret that anybody knows.
        kind: CredentialKind::parse(row.text(10)?).unwrap_or_default(),
        redirects: Redirects {
            patterns: row.opt_string(11)?.unwrap_or_default(),
            default_uri: row.opt_string(12)?.unwrap_or_default(),
        },
    })
}

/// Deletes a credential, its secrets and what users did with it; false when there is none.
pub fn delete_credential(sql: Session<'_>, id: i64) -> Result<bool> {
    accounts::delete_of_credential(sql, id)?;
    sql.execute("DELETE FROM credential_secret WHERE credential_id = ?1", params![id])?;
    Ok(sql.execute("DELETE FROM credential WHERE id = ?1", params![id])? > 0)
}

/// The secrets of a credential, by slot.
pub fn secrets(sql: Session<'_>, credential_id: i64) -> Result<Vec<StoredSecret>> {
    let query = "SELECT slot, secret_hash, uuid, created_at, last_used_at FROM credential_secret \
                 WHERE credential_id = ?1 ORDER BY slot";
    Ok(sql.all(query, params![credential_id], |row| {
        let info =
            SecretInfo { uuid: row.string(2)?, created_at: row.int(3)?, last_used_at: row.opt_int(4)? };
        Ok::<_, Error>(StoredSecret { slot: row.int(0)?, hash: row.string(1)?, info })
    })?)
}

/// Adds a secret in its slot.
pub fn add_secret(sql: Session<'_>, credential_id: i64, new: &StoredSecret) -> Result<()> {
    sql.execute(
        "INSERT INTO credential_secret (credential_id, slot, uuid, secret_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![credential_id, new.slot, &new.info.uuid, &new.hash, new.info.created_at],
    )?;
    Ok(())
}

/// Writes down when a secret was last used; a later time that stands there already stays.
pub fn touch_secret(sql: Session<'_>, credential_id: i64, uuid: &str, at: i64) -> Result<()> {
    sql.execute(
        "UPDATE credential_secret SET last_used_at = ?3 \
         WHERE credential_id = ?1 AND uuid = ?2 AND (last_used_at IS NULL OR last_used_at < ?3)",
        params![credential_id, uuid, at],
    )?;
    Ok(())
}

/// Deletes a secret; false when there is none.
pub fn delete_secret(sql: Session<'_>, credential_id: i64, uuid: &str) -> Result<bool> {
    let statement = "DELETE FROM credential_secret WHERE credential_id = ?1 AND uuid = ?2";
    Ok(sql.execute(statement, params![credential_id, uuid])? > 0)
}

/// Every signing key, newest first.
pub fn keys(sql: Session<'_>) -> Result<Vec<StoredKey>> {
    let query =
        "SELECT number, kid, private_key, created_at, retires_at FROM signing_key ORDER BY number DESC";
    Ok(sql.all(query, params![], |row| {
        Ok::<_, Error>(StoredKey {
            number: row.int(0)?,
            kid: row.string(1)?,
            private_key: Zeroizing::new(row.string(2)?),
            created_at: row.int(3)?,
            retires_at: row.opt_int(4)?,
        })
    })?)
}

/// The highest number of a signing key; 0 when there is none.
pub fn newest_key_number(sql: Session<'_>) -> Result<i64> {
    let query = "SELECT number FROM signing_key ORDER BY number DESC LIMIT 1";
    Ok(sql.first(query, params![], |row| row.int(0))?.unwrap_or(0))
}

/// Adds a signing key unless its number is taken; whether it was added.
pub fn add_key(sql: Session<'_>, new: &StoredKey) -> Result<bool> {
    let added = sql.execute(
        "INSERT INTO signing_key (number, kid, private_key, created_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (number) DO NOTHING",
        params![new.number, &new.kid, new.private_key.as_str(), new.created_at],
    )?;
    Ok(added > 0)
}

/// Sets the end of every key before `number` that has none yet.
pub fn retire_keys_before(sql: Session<'_>, number: i64, retires_at: i64) -> Result<()> {
    sql.execute(
        "UPDATE signing_key SET retires_at = ?1 WHERE number < ?2 AND retires_at IS NULL",
        params![retires_at, number],
    )?;
    Ok(())
}

/// Deletes a signing key; false when there is none.
pub fn delete_key(sql: Session<'_>, kid: &str) -> Result<bool> {
    Ok(sql.execute("DELETE FROM signing_key WHERE kid = ?1", params![kid])? > 0)
}

/// Adds a revoked token; one that is there already stays.
pub fn add_revoked(sql: Session<'_>, id_hash: &str, ends_at: i64) -> Result<()> {
    sql.execute(
        "INSERT INTO revoked_token (id_hash, ends_at) VALUES (?1, ?2) ON CONFLICT (id_hash) DO NOTHING",
        params![id_hash, ends_at],
    )?;
    Ok(())
}

/// Is the token among the revoked?
pub fn is_revoked(sql: Session<'_>, id_hash: &str) -> Result<bool> {
    let query = "SELECT 1 FROM revoked_token WHERE id_hash = ?1";
    Ok(sql.first(query, params![id_hash], |row| row.int(0))?.is_some())
}

/// Deletes whatever is over; how many rows.
pub fn delete_ended(sql: Session<'_>, now_ms: i64) -> Result<u64> {
    let tokens = sql.execute("DELETE FROM revoked_token WHERE ends_at <= ?1", params![now_ms])?;
    let keys = sql.execute("DELETE FROM signing_key WHERE retires_at <= ?1", params![now_ms])?;
    Ok(tokens + keys + flows::delete_ended(sql, now_ms)?)
}

/// The hash of the control key, if one was made.
pub fn control_key(sql: Session<'_>) -> Result<Option<String>> {
    let query = "SELECT key_hash FROM control_key WHERE id = 1";
    Ok(sql.first(query, params![], |row| row.string(0))?)
}

/// Keeps the hash of the control key; false when there is one.
pub fn add_control_key(sql: Session<'_>, hash: &str, created_at: i64) -> Result<bool> {
    let added = sql.execute(
        "INSERT INTO control_key (id, key_hash, created_at) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING",
        params![hash, created_at],
    )?;
    Ok(added > 0)
}
