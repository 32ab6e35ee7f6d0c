//! The instance that a transfer writes to or reads from, in the data folder, without a server.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use patron_commerce::{
    Call, Failure, Moment,
    identity::{Consumer, Resources},
    instances::{self, Catalogue, Instance, Scope},
};
use patron_sql::{Database, Session};

use crate::{config::Config, serve, state::SystemRandom};

/// See the module; cheap to clone.
#[derive(Clone)]
pub struct Target {
    /// The database.
    pub database: Database,
    /// The instance as it was when the transfer began; nobody else can change it meanwhile.
    pub catalogue: Arc<Catalogue>,
    consumer: Arc<Consumer>,
}

impl Target {
    /// Opens the database and finds the instance: the one named, or the only one.
    pub fn open(config: &Config, instance: Option<&str>) -> Result<Self> {
        let database = serve::open(config).context(
            "a transfer works on the data itself: a server that uses the same folder must be stopped first",
        )?;
        let all = database.read(instances::store::all).map_err(anyhow::Error::from)?;
        let found = find(all, instance)?;
        let consumer = Consumer {
            credential_id: 0,
            client_id: String::new(),
            user_id: "transfer".to_owned(),
            organisation_id: found.organisation_id,
            resources: Resources::All,
        };
        let catalogue =
            database.read(|sql| Catalogue::load(sql, found.clone())).map_err(anyhow::Error::from)?;
        Ok(Self { database, catalogue: Arc::new(catalogue), consumer: Arc::new(consumer) })
    }

    /// The same target after its stores, groups or attributes were changed.
    pub fn reread(self) -> Result<Self> {
        let code = self.catalogue.instance.code.clone();
        let read = self.database.read(|sql| match instances::store::find(sql, &code)? {
            Some(instance) => Catalogue::load(sql, instance).map(Some),
            None => Ok(None),
        });
        let catalogue = read.map_err(anyhow::Error::from)?.context("the instance is gone")?;
        Ok(Self { catalogue: Arc::new(catalogue), ..self })
    }

    /// A call in this session, at this instant.
    pub fn call<'c>(&'c self, sql: Session<'c>) -> Call<'c> {
        Call {
            sql,
            catalogue: &self.catalogue,
            scope: Scope::All,
            moment: Moment { now: Timestamp::now(), random: &SystemRandom },
            consumer: &self.consumer,
        }
    }

    /// Runs `work` on one snapshot.
    pub fn read<T>(&self, work: impl FnOnce(&Call<'_>) -> Result<T, Failure>) -> Result<T> {
        Ok(self.database.read(|sql| work(&self.call(sql)))?)
    }

    /// Runs `work` as one unit of work and waits for its commit.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Call<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let target = Self { database: self.database.clone(), ..self.clone() };
        Ok(self.database.write_now(move |sql| work(&target.call(sql)))?)
    }
}

fn find(all: Vec<Instance>, wanted: Option<&str>) -> Result<Instance> {
    let ids = || all.iter().map(|one| format!("\n  {} ({})", one.code, one.name)).collect::<String>();
    match (wanted, all.as_slice()) {
        (Some(wanted), _) => match all.iter().find(|one| one.code == wanted) {
            Some(found) => Ok(found.clone()),
            None => bail!("there is no instance {wanted}; there are:{}", ids()),
        },
        (None, [only]) => Ok(only.clone()),
        (None, []) => bail!("the data folder holds no instance: start the server once, it makes one"),
        (None, _) => bail!("there is more than one instance, name one with --instance:{}", ids()),
    }
}
