//! The SQL of users, roles and consents.

use patron_sql::{Error, Row, Session, params};
use patron_token::Scopes;

use super::super::model::{Resources, Role, User};
use crate::failure::Result;

const USER: &str = "SELECT id, organisation_id, user_id, email, first_name, last_name, country, is_active, \
                    password_hash, created_at FROM ims_user";
const ROLE: &str = "SELECT acl_role.id, acl_role.organisation_id, acl_role.name, acl_role.instance_code, \
                    acl_role.resources, acl_role.created_at FROM acl_role";

/// What two e-mail addresses or names must not share.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Adds a user; false when the organisation has one of that address.
pub fn add_user(sql: Session<'_>, new: &User, password_hash: Option<&str>) -> Result<bool> {
    let added = sql.execute(
        "INSERT INTO ims_user (id, organisation_id, user_id, email, email_folded, first_name, last_name, country, \
         password_hash, is_active, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (organisation_id, email_folded) DO NOTHING",
        params![
            new.id,
            new.organisation_id,
            &new.user_id,
            &new.email,
            folded(&new.email),
            &new.first_name,
            &new.last_name,
            &new.country,
            password_hash,
            new.is_active,
            new.created_at
        ],
    )?;
    Ok(added > 0)
}

/// Writes a user's e-mail address, names, country and standing.
pub fn change_user(sql: Session<'_>, changed: &User) -> Result<()> {
    sql.execute(
        "UPDATE ims_user SET email = ?2, email_folded = ?3, first_name = ?4, last_name = ?5, country = ?6, is_active = ?7 \
         WHERE id = ?1",
        params![
            changed.id,
            &changed.email,
            folded(&changed.email),
            &changed.first_name,
            &changed.last_name,
            &changed.country,
            changed.is_active
        ],
    )?;
    Ok(())
}

/// Writes a user's password hash.
pub fn set_password(sql: Session<'_>, id: i64, hash: &str) -> Result<()> {
    sql.execute("UPDATE ims_user SET password_hash = ?2 WHERE id = ?1", params![id, hash])?;
    Ok(())
}

/// A user by key.
pub fn user(sql: Session<'_>, id: i64) -> Result<Option<User>> {
    Ok(sql.first(&format!("{USER} WHERE id = ?1"), params![id], read_user)?)
}

/// A user by `<24 HEX>@<24 hex>`.
pub fn user_by_user_id(sql: Session<'_>, user_id: &str) -> Result<Option<User>> {
    Ok(sql.first(&format!("{USER} WHERE user_id = ?1"), params![user_id], read_user)?)
}

/// The users of an organisation, oldest first.
pub fn users(sql: Session<'_>, organisation_id: i64) -> Result<Vec<User>> {
    Ok(sql.all(
        &format!("{USER} WHERE organisation_id = ?1 ORDER BY id"),
        params![organisation_id],
        read_user,
    )?)
}

/// Whether there is any user in any organisation.
pub fn there_are_users(sql: Session<'_>) -> Result<bool> {
    Ok(sql.first("SELECT id FROM ims_user ORDER BY id LIMIT 1", params![], |row| row.int(0))?.is_some())
}

/// A user by e-mail address, whatever its case, with the password's hash.
pub fn user_with_password(
    sql: Session<'_>,
    organisation_id: i64,
    email: &str,
) -> Result<Option<(User, Option<String>)>> {
    let query = format!("{USER} WHERE organisation_id = ?1 AND email_folded = ?2");
    Ok(sql.first(&query, params![organisation_id, folded(email)], |row| {
        Ok::<_, Error>((read_user(row)?, row.opt_string(8)?))
    })?)
}

fn read_user(row: &Row<'_>) -> std::result::Result<User, Error> {
    Ok(User {
        id: row.int(0)?,
        organisation_id: row.int(1)?,
        user_id: row.string(2)?,
        email: row.string(3)?,
        first_name: row.string(4)?,
        last_name: row.string(5)?,
        country: row.string(6)?,
        is_active: row.flag(7)?,
        has_password: row.opt_text(8)?.is_some(),
        created_at: row.int(9)?,
    })
}

/// Deletes a user with roles and consents; logins and families are [`super::flows`]'.
pub fn delete_user(sql: Session<'_>, id: i64) -> Result<()> {
    sql.execute("DELETE FROM acl_role_user WHERE user_id = ?1", params![id])?;
    sql.execute("DELETE FROM consent WHERE user_id = ?1", params![id])?;
    sql.execute("DELETE FROM ims_user WHERE id = ?1", params![id])?;
    Ok(())
}

/// Deletes an organisation's users and roles and all that hangs on them.
pub fn delete_of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<()> {
    for user in users(sql, organisation_id)? {
        super::flows::end_user(sql, user.id)?;
        delete_user(sql, user.id)?;
    }
    for role in roles(sql, organisation_id)? {
        delete_role(sql, role.id)?;
    }
    sql.execute("DELETE FROM login_attempt WHERE organisation_id = ?1", params![organisation_id])?;
    Ok(())
}

/// Deletes what users did with a credential, and its roles.
pub fn delete_of_credential(sql: Session<'_>, credential_id: i64) -> Result<()> {
    super::flows::end_credential(sql, credential_id)?;
    sql.execute("DELETE FROM consent WHERE credential_id = ?1", params![credential_id])?;
    sql.execute("DELETE FROM acl_role_credential WHERE credential_id = ?1", params![credential_id])?;
    Ok(())
}

/// Adds a role; false when the organisation has one of that name.
pub fn add_role(sql: Session<'_>, new: &Role) -> Result<bool> {
    let added = sql.execute(
        "INSERT INTO acl_role (id, organisation_id, name, name_folded, instance_code, resources, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (organisation_id, name_folded) DO NOTHING",
        params![
            new.id,
            new.organisation_id,
            &new.name,
            folded(&new.name),
            new.instance_code.as_deref(),
            new.resources.to_column(),
            new.created_at
        ],
    )?;
    Ok(added > 0)
}

/// Writes a role's name, instance and resources.
pub fn change_role(sql: Session<'_>, changed: &Role) -> Result<()> {
    sql.execute(
        "UPDATE acl_role SET name = ?2, name_folded = ?3, instance_code = ?4, resources = ?5 WHERE id = ?1",
        params![
            changed.id,
            &changed.name,
            folded(&changed.name),
            changed.instance_code.as_deref(),
            changed.resources.to_column()
        ],
    )?;
    Ok(())
}

/// A role by key.
pub fn role(sql: Session<'_>, id: i64) -> Result<Option<Role>> {
    Ok(sql.first(&format!("{ROLE} WHERE id = ?1"), params![id], read_role)?)
}

/// The roles of an organisation, oldest first.
pub fn roles(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Role>> {
    Ok(sql.all(
        &format!("{ROLE} WHERE organisation_id = ?1 ORDER BY id"),
        params![organisation_id],
        read_role,
    )?)
}

/// The roles of a user, oldest first.
pub fn roles_of_user(sql: Session<'_>, user_id: i64) -> Result<Vec<Role>> {
    let query = format!(
        "{ROLE} JOIN acl_role_user ON acl_role_user.role_id = acl_role.id WHERE acl_role_user.user_id = ?1 \
         ORDER BY acl_role.id"
    );
    Ok(sql.all(&query, params![user_id], read_role)?)
}

/// The roles of a credential, oldest first.
pub fn roles_of_credential(sql: Session<'_>, credential_id: i64) -> Result<Vec<Role>> {
    let query = format!(
        "{ROLE} JOIN acl_role_credential ON acl_role_credential.role_id = acl_role.id \
         WHERE acl_role_credential.credential_id = ?1 ORDER BY acl_role.id"
    );
    Ok(sql.all(&query, params![credential_id], read_role)?)
}

fn read_role(row: &Row<'_>) -> std::result::Result<Role, Error> {
    Ok(Role {
        id: row.int(0)?,
        organisation_id: row.int(1)?,
        name: row.string(2)?,
        instance_code: row.opt_string(3)?,
        resources: Resources::from_column(row.opt_text(4)?),
        created_at: row.int(5)?,
    })
}

/// Gives a user these roles and no others.
pub fn set_roles_of_user(sql: Session<'_>, user_id: i64, roles: &[i64]) -> Result<()> {
    sql.execute("DELETE FROM acl_role_user WHERE user_id = ?1", params![user_id])?;
    for role in roles {
        let statement = "INSERT INTO acl_role_user (user_id, role_id) VALUES (?1, ?2) ON CONFLICT (user_id, role_id) DO NOTHING";
        sql.execute(statement, params![user_id, *role])?;
    }
    Ok(())
}

/// Gives a credential these roles and no others.
pub fn set_roles_of_credential(sql: Session<'_>, credential_id: i64, roles: &[i64]) -> Result<()> {
    sql.execute("DELETE FROM acl_role_credential WHERE credential_id = ?1", params![credential_id])?;
    for role in roles {
        sql.execute(
            "INSERT INTO acl_role_credential (credential_id, role_id) VALUES (?1, ?2) \
             ON CONFLICT (credential_id, role_id) DO NOTHING",
            params![credential_id, *role],
        )?;
    }
    Ok(())
}

/// Deletes a role and takes it from all who had it; false when there is none.
pub fn delete_role(sql: Session<'_>, id: i64) -> Result<bool> {
    sql.execute("DELETE FROM acl_role_user WHERE role_id = ?1", params![id])?;
    sql.execute("DELETE FROM acl_role_credential WHERE role_id = ?1", params![id])?;
    Ok(sql.execute("DELETE FROM acl_role WHERE id = ?1", params![id])? > 0)
}

/// What a user allowed a client.
pub fn consent(sql: Session<'_>, user_id: i64, credential_id: i64) -> Result<Option<Scopes>> {
    let query = "SELECT scopes FROM consent WHERE user_id = ?1 AND credential_id = ?2";
    Ok(sql.first(query, params![user_id, credential_id], |row| Ok::<_, Error>(Scopes::parse(row.text(0)?)))?)
}

/// Writes down what a user allows a client from now on.
pub fn set_consent(
    sql: Session<'_>,
    user_id: i64,
    credential_id: i64,
    scopes: &Scopes,
    now_ms: i64,
) -> Result<()> {
    sql.execute(
        "INSERT INTO consent (user_id, credential_id, scopes, created_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (user_id, credential_id) DO UPDATE SET scopes = excluded.scopes, created_at = excluded.created_at",
        params![user_id, credential_id, scopes.to_string(), now_ms],
    )?;
    Ok(())
}
