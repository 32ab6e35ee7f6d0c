//! What production mode insists on before it serves anybody: a control key, somebody who can sign in, and no secret out of an example.
//! Everything that is missing is said at once.

use anyhow::{Context, Result, bail};
use patron_commerce::{
    Failure, Moment,
    identity::{FirstUser, Organisation, control_key, first_user, organisations, projects, users},
};
use patron_sql::{Database, Session};
use patron_token::HashPool;
use zeroize::Zeroizing;

use crate::{config::Config, weak};

/// Characters of the shortest control key.
const SHORTEST_KEY: usize = 16;
/// Characters of the shortest password of a first user.
const SHORTEST_PASSWORD: usize = 12;
/// The name of the first organisation, when nobody named it.
pub const ORGANIZATION: &str = "Patron";

/// Refuses a production mode that is not ready, and makes the first user whose address and password are configured.
pub fn prepare(
    config: &Config,
    database: &Database,
    hasher: &HashPool,
    moment: Moment<'static>,
) -> Result<()> {
    let (has_key, has_user) = database
        .read(|sql| Ok::<_, Failure>((control_key::exists(sql)?, users::there_are_any(sql)?)))
        .context("the database cannot be read")?;
    let mut missing = secrets_at_fault(config);
    if !has_key && config.control_key.reveal().is_empty() {
        missing.push("a control key: PATRON_CONTROL_KEY or --control-key".to_owned());
    }
    let (email, password) = (&config.admin_email, config.admin_password.reveal());
    if !has_user && (email.is_empty() || password.is_empty()) {
        missing.push("a first user: PATRON_ADMIN_EMAIL and PATRON_ADMIN_PASSWORD".to_owned());
    }
    if !missing.is_empty() {
        bail!(
            "production mode is not ready. Missing or wrong:\n{}\n`patron init` makes what can be made.",
            list(&missing)
        );
    }
    if !has_user {
        let hash = hashed(hasher, moment, password)?;
        let email = email.clone();
        let (_, user) =
            database.write_now(move |sql| first_user_of_all(sql, moment, ORGANIZATION, &email, &hash))?;
        if let FirstUser::Made(user) = user {
            tracing::info!(user_id = user.user_id, "The first user was made.");
        }
    }
    Ok(())
}

/// What is wrong with the secrets that are configured, in production mode.
pub fn secrets_at_fault(config: &Config) -> Vec<String> {
    let configured = [
        ("the control key (PATRON_CONTROL_KEY)", config.control_key.reveal(), SHORTEST_KEY),
        (
            "the first user's password (PATRON_ADMIN_PASSWORD)",
            config.admin_password.reveal(),
            SHORTEST_PASSWORD,
        ),
    ];
    let given = configured.into_iter().filter(|(_, secret, _)| !secret.is_empty());
    given
        .filter_map(|(name, secret, least)| weak::why(secret, least).map(|why| format!("{name} {why}")))
        .collect()
}

/// One line each.
pub fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  * {line}")).collect::<Vec<_>>().join("\n")
}

/// Hashes a password on a thread that may block.
pub fn hashed(hasher: &HashPool, moment: Moment<'_>, password: &str) -> Result<String> {
    users::check_password(password).map_err(|fault| anyhow::anyhow!("{}", fault.message))?;
    hasher
        .hash_blocking(Zeroizing::new(password.to_owned()), moment.bytes())
        .context("the password could not be hashed")
}

/// The first user of the oldest organisation, both made when there are none.
pub fn first_user_of_all(
    sql: Session<'_>,
    moment: Moment<'_>,
    organization: &str,
    email: &str,
    password_hash: &str,
) -> Result<(Organisation, FirstUser), Failure> {
    let organisation = match organisations::all(sql)?.into_iter().next() {
        Some(oldest) => oldest,
        None => {
            let made = organisations::create(sql, moment, &organisations::checked_name(organization)?)?;
            projects::create(sql, moment, made.id, organization)?;
            made
        }
    };
    let user = first_user::ensure(sql, moment, &organisation, email, password_hash)?;
    Ok((organisation, user))
}
