//! The first start in development mode: an organisation, an instance and a credential, so that the tutorial can be done at once.

use patron_commerce::{
    Failure,
    identity::{self, credentials},
    instances::{Instance, create, store},
};
use patron_sql::Session;

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
