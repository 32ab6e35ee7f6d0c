//! `patron init`: prepares a data folder or a database for production: a control key, an organisation, the first user, and if asked for an
//! instance with a credential. What is there already stays as it is, so running it twice changes nothing.

use std::{fmt::Write, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Args;
use patron_commerce::{
    Failure, Moment,
    identity::{Authority, FirstUser, NewCredential, Organisation, control_key, credentials, first_user},
    instances::{Instance, create, store},
};
use patron_sql::{Database, Session};
use patron_token::HashPool;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    cli::ConfigOptions,
    config::{self, Config},
    readiness, serve,
    state::SystemRandom,
};

/// What `patron init` is told. The first user is named by `--admin-email` and `--admin-password`.
#[derive(Debug, Args)]
pub struct InitOptions {
    /// The name of the organization, when there is none yet.
    #[arg(long, value_name = "NAME", default_value = readiness::ORGANIZATION)]
    organization: String,
    /// Make an instance of this name, with a credential.
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
    /// The instance's region.
    #[arg(long, value_name = "CODE", default_value = "na1", requires = "instance")]
    region: String,
    /// The instance's environment.
    #[arg(long, value_parser = ["sandbox", "production"], default_value = "production", requires = "instance")]
    environment: String,
    /// Print what was made as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// What is there after [`run`]. The secrets are there once: by the run that made them.
struct Prepared {
    control_key: Option<Zeroizing<String>>,
    organisation: Organisation,
    user: FirstUser,
    instance: Option<PreparedInstance>,
}

struct PreparedInstance {
    instance: Instance,
    client_id: Option<String>,
    client_secret: Option<Zeroizing<String>>,
}

/// Prepares, and shows what was made.
pub fn run(options: InitOptions) -> Result<ExitCode> {
    let config = config::load(options.config)?;
    if config.ephemeral {
        bail!("there is nothing to prepare for a service that keeps nothing (--ephemeral)");
    }
    let faults = readiness::secrets_at_fault(&config);
    if !faults.is_empty() {
        bail!("nothing was made, because of weak secrets:\n{}", readiness::list(&faults));
    }
    let wanted = options.instance.map(|name| create::NewInstance {
        name,
        region: options.region,
        environment: options.environment,
    });
    let database = serve::open(&config)?;
    let (prepared, password) = prepare(&config, &database, options.organization, wanted)?;
    let made = Authority::new().ensure_key(&database, moment());
    made.map_err(anyhow::Error::from).context("no signing key could be made")?;
    database.close();
    let password = password.filter(|_| matches!(prepared.user, FirstUser::Made(_)));
    match options.json {
        true => println!("{:#}", as_json(&prepared, password.as_deref())),
        false => print!("{}", for_people(&config, &prepared, password.as_deref())),
    }
    Ok(ExitCode::SUCCESS)
}

fn moment() -> Moment<'static> {
    Moment { now: jiff::Timestamp::now(), random: &SystemRandom }
}

/// Everything in one unit of work; the password, if it was made up here.
fn prepare(
    config: &Config,
    database: &Database,
    organization: String,
    wanted: Option<create::NewInstance>,
) -> Result<(Prepared, Option<Zeroizing<String>>)> {
    let moment = moment();
    let made_up =
        config.admin_password.reveal().is_empty().then(|| Zeroizing::new(first_user::password(moment)));
    let password = made_up.as_deref().map_or(config.admin_password.reveal(), String::as_str);
    let hash = readiness::hashed(&HashPool::default(), moment, password)?;
    let email = match config.admin_email.as_str() {
        "" => first_user::DEFAULT_EMAIL.to_owned(),
        email => email.to_owned(),
    };
    let needs_key = config.control_key.reveal().is_empty();
    let prepared = database.write_now(move |sql| {
        let control_key = if needs_key { control_key::ensure(sql, moment)? } else { None };
        let (organisation, user) = readiness::first_user_of_all(sql, moment, &organization, &email, &hash)?;
        let instance = wanted.clone().map(|new| instance(sql, moment, &organisation, new)).transpose()?;
        Ok::<_, Failure>(Prepared { control_key, organisation, user, instance })
    });
    Ok((prepared.map_err(anyhow::Error::from)?, made_up))
}

/// The organisation's instance of that name, or a new one with a credential of its own.
fn instance(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation: &Organisation,
    new: create::NewInstance,
) -> Result<PreparedInstance, Failure> {
    let is_it = |own: &Instance| own.organisation_id == organisation.id && own.name == new.name;
    if let Some(instance) = store::all(sql)?.into_iter().find(is_it) {
        let known = credentials::of_organisation(sql, organisation.id)?.into_iter().next();
        let client_id = known.map(|credential| credential.client_id);
        return Ok(PreparedInstance { instance, client_id, client_secret: None });
    }
    let instance = create::create(sql, moment, organisation.id, new)?;
    let made = credentials::create_server_to_server(sql, moment, organisation.id, NewCredential::default())?;
    Ok(PreparedInstance {
        instance,
        client_id: Some(made.client_id),
        client_secret: Some(made.client_secret),
    })
}

impl Prepared {
    fn user(&self) -> (&str, &str) {
        let (FirstUser::Made(user) | FirstUser::Known(user)) = &self.user;
        (&user.user_id, &user.email)
    }

    fn changed(&self) -> bool {
        let made_instance = self.instance.as_ref().is_some_and(|own| own.client_secret.is_some());
        self.control_key.is_some() || matches!(self.user, FirstUser::Made(_)) || made_instance
    }
}

fn as_json(prepared: &Prepared, password: Option<&String>) -> Value {
    let (user_id, email) = prepared.user();
    let mut all = json!({
        "changed": prepared.changed(),
        "org_id": prepared.organisation.ims_org_id,
        "user": { "user_id": user_id, "email": email },
    });
    if let Some(password) = password {
        all["user"]["password"] = json!(password);
    }
    if let Some(key) = &prepared.control_key {
        all["control_key"] = json!(key.as_str());
    }
    if let Some(own) = &prepared.instance {
        all["instance"] = json!({ "instance_id": own.instance.code, "name": own.instance.name, "client_id": own.client_id });
        if let Some(secret) = &own.client_secret {
            all["instance"]["client_secret"] = json!(secret.as_str());
        }
    }
    all
}

fn for_people(config: &Config, prepared: &Prepared, password: Option<&String>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<15} {value}");
    };
    line("Organization", &format!("{} ({})", prepared.organisation.name, prepared.organisation.ims_org_id));
    line("First user", prepared.user().1);
    if let Some(password) = password {
        line("Password", password);
    }
    match &prepared.control_key {
        Some(key) => line("Control key", key),
        None if config.control_key.reveal().is_empty() => line("Control key", "made before"),
        None => line("Control key", "the one that is configured"),
    }
    if let Some(own) = &prepared.instance {
        line("Instance", &format!("{} ({})", own.instance.name, own.instance.environment));
        line("Tenant ID", &own.instance.code);
        line("Client ID", own.client_id.as_deref().unwrap_or("its credentials were deleted"));
        if let Some(secret) = &own.client_secret {
            line("Client secret", secret);
        }
    }
    let head = match prepared.changed() {
        true => {
            "Prepared for production. Passwords, keys and secrets are shown this once: they are stored hashed."
        }
        false => "Nothing was changed: everything was there already.",
    };
    format!("{head}\n\n{text}")
}
