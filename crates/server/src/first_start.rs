//! The first start in development mode: an organisation, an instance and a credential, so that the tutorial can be done at once.

use std::sync::Arc;

use patron_commerce::{
    Failure,
    identity::{self, Organisation, administration, credentials, first_user, organisations, users},
    instances::{Instance, create, store},
};
use patron_sql::Session;
use zeroize::Zeroizing;

use crate::state::App;

/// What a start tells: the oldest instance and how to call it.
pub struct Greeting {
    /// The instance.
    pub instance: Instance,
    /// Its credential's client id, if it still has one.
    pub client_id: Option<String>,
    /// The secret, on the first start only: it is stored hashed.
    pub client_secret: Option<String>,
}

/// Makes the first instance when there is none, and finds it otherwise.
pub fn greet(app: &App) -> Result<Greeting, Failure> {
    if let Some(greeting) = app.database.read(find)? {
        return Ok(greeting);
    }
    let moment = app.moment();
    app.database.write_now(move |sql| {
        // Another node may have been first.
        if let Some(greeting) = find(sql)? {
            return Ok(greeting);
        }
        let provisioned = identity::provision(sql, moment, "Patron")?;
        let instance =
            create::create(sql, moment, provisioned.organisation.id, create::NewInstance::default())?;
        Ok(Greeting {
            instance,
            client_id: Some(provisioned.credential.client_id.clone()),
            client_secret: Some(provisioned.credential.client_secret.to_string()),
        })
    })
}

fn find(sql: Session<'_>) -> Result<Option<Greeting>, Failure> {
    let Some(instance) = store::all(sql)?.into_iter().next() else { return Ok(None) };
    let credential = credentials::of_organisation(sql, instance.organisation_id)?.into_iter().next();
    Ok(Some(Greeting { instance, client_id: credential.map(|c| c.client_id), client_secret: None }))
}

/// Who signs in to the console first.
pub struct ConsoleUser {
    /// The e-mail address.
    pub email: &'static str,
    /// The password, this once: it is stored hashed.
    pub password: Zeroizing<String>,
}

/// Makes the console's first user when there is none. Hashing the password takes longer than the rest of a start, so it is stored while
/// the first requests come in already; whoever signs in waits for it ([`crate::state::State::first_user`]).
pub fn console_user(app: &App, greeting: &Greeting) -> Result<Option<ConsoleUser>, Failure> {
    let organisation = app.database.read(|sql| without_users(sql, &greeting.instance))?;
    let Some(organisation) = organisation else {
        app.first_user_is_known();
        return Ok(None);
    };
    let password = Zeroizing::new(first_user::password(app.moment()));
    tokio::spawn(store_user(Arc::clone(app), organisation, password.clone()));
    Ok(Some(ConsoleUser { email: first_user::DEFAULT_EMAIL, password }))
}

/// The organisation that should have a first user and has none: the operators', or the one that is to be.
fn without_users(sql: Session<'_>, instance: &Instance) -> Result<Option<Organisation>, Failure> {
    let organisation = match administration::operators(sql)? {
        Some(operators) => Some(operators),
        None => organisations::find(sql, instance.organisation_id)?,
    };
    let Some(organisation) = organisation else { return Ok(None) };
    Ok(users::of_organisation(sql, organisation.id)?.is_empty().then_some(organisation))
}

async fn store_user(app: App, organisation: Organisation, password: Zeroizing<String>) {
    let moment = app.moment();
    match app.hasher.hash(password, moment.bytes()).await {
        Ok(hash) => {
            let made = app.database.write(move |sql| {
                first_user::ensure(sql, moment, &organisation, first_user::DEFAULT_EMAIL, &hash)
            });
            match made.await {
                Ok(first_user::FirstUser::Made(_)) => {}
                Ok(first_user::FirstUser::Known(_)) => {
                    tracing::warn!(
                        "Another node has made the console's first user: its password is the one that counts."
                    );
                }
                Err(failure) => tracing::error!(%failure, "The console's first user could not be stored."),
            }
        }
        Err(error) => {
            tracing::error!(%error, "The password of the console's first user could not be hashed.")
        }
    }
    app.first_user_is_known();
}
