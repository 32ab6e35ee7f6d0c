//! `patron clone`: another server's stores, groups, added attributes and customers, by its REST API. Customers are asked for by ranges of
//! ids, never by deep pages, and how far that has come is written with each page.
//!
//! | file | thought |
//! |---|---|
//! | [`remote`] | calls that wait when told to and try again when it helps |
//! | [`structure`] | stores, groups and attributes |
//! | [`redact`] | personal data replaced, the same by the same |

mod redact;
mod remote;
mod structure;

use std::{path::PathBuf, process::ExitCode, sync::mpsc};

use anyhow::{Context, Result, bail};
use clap::Args;
use patron_commerce::{
    Call, Moment,
    transfer::{
        Checks, Entry, Ids, Outcome, Prepared, Rules, Tally, progress,
        put::{self, prepare},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{redact::Redactor, remote::Remote};
use super::{
    exit_code,
    gauge::Gauge,
    rejects::{self, Rejects},
    source::{Raw, Record},
    target::Target,
};
use crate::{cli::ConfigOptions, config, state::SystemRandom};

/// What `patron clone` is told.
#[derive(Debug, Args)]
pub struct CloneOptions {
    /// Where `/V1/…` begins: https://<region>.api.commerce.adobe.com/<tenant>, or https://<host>/rest/all of a Magento server.
    #[arg(long, value_name = "URL")]
    from: String,
    #[command(flatten)]
    access: remote::Access,
    /// Replace personal data: the same value by the same fake, wherever it stands.
    #[arg(long)]
    redact: bool,
    /// Makes the same fakes in every clone that names it; otherwise each clone has fakes of its own.
    #[arg(long, value_name = "TEXT", requires = "redact", env = "PATRON_REDACT_KEY", hide_env_values = true)]
    redact_key: Option<String>,
    /// Customers asked for at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    page_size: u32,
    /// The instance to write to; may be left out when there is only one.
    #[arg(long, value_name = "ID")]
    instance: Option<String>,
    /// Where customers go that cannot be stored.
    #[arg(long, value_name = "FILE", default_value = "clone.rejects.jsonl")]
    rejects: PathBuf,
    /// Begin again where an earlier clone stopped halfway.
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

const RULES: Rules = Rules { ids: Ids::Kept, checks: Checks::None };

/// Where a clone stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    /// Customers up to this id are here.
    after: i64,
    tally: Tally,
    /// The key of the fakes, when the clone has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    rejects_before: u64,
    rejects_added: String,
}

/// Clones an instance.
pub fn run(options: CloneOptions) -> Result<ExitCode> {
    let mut remote = Remote::open(&options.from, options.access)?;
    let target = Target::open(&config::load(options.config)?, options.instance.as_deref())?;
    let name = format!("clone {}{}", remote.base(), if options.redact { " redacted" } else { "" });
    let began = match options.restart {
        true => None,
        false => target.read(|call| progress::find::<Progress>(call.sql, call.tenant(), &name))?,
    };
    match &began {
        Some(began) => eprintln!("Going on after customer {}.", began.after),
        None => eprintln!("Cloning {} …", remote.base()),
    }
    let mut progress = began.unwrap_or_default();
    let target = structure::copy(&mut remote, target)?;
    let redactor = match options.redact {
        true => {
            let key =
                options.redact_key.unwrap_or_else(|| progress.key.get_or_insert_with(random_key).clone());
            Some(Redactor::new(key.as_bytes(), target.catalogue.clone()))
        }
        false => None,
    };
    let mut rejects = Rejects::new(options.rejects, None, progress.rejects_before);
    rejects.append(&progress.rejects_added)?;
    let clone = Clone { page_size: options.page_size, target, redactor, rejects, name, progress };
    clone.run(remote)
}

fn random_key() -> String {
    hex::encode(Moment { now: jiff::Timestamp::UNIX_EPOCH, random: &SystemRandom }.bytes::<32>())
}

struct Clone {
    page_size: u32,
    target: Target,
    redactor: Option<Redactor>,
    rejects: Rejects,
    name: String,
    progress: Progress,
}

/// Customers that came together.
struct Page {
    customers: Vec<Value>,
    after: i64,
    /// Customers that follow the page before, these among them.
    left: u64,
}

impl Clone {
    fn run(mut self, mut remote: Remote) -> Result<ExitCode> {
        let (give, take) = mpsc::sync_channel::<Page>(2);
        let (size, mut after) = (self.page_size, self.progress.after);
        let mut gauge: Option<Gauge> = None;
        let skipped = self.progress.tally;
        let mut seen = 0;
        std::thread::scope(|scope| {
            let asking = scope.spawn(move || -> Result<()> {
                while let Some(page) = page(&mut remote, after, size)? {
                    after = page.after;
                    if give.send(page).is_err() {
                        return Ok(());
                    }
                }
                Ok(())
            });
            let written = take.into_iter().try_for_each(|page| {
                let gauge = gauge.get_or_insert_with(|| Gauge::begin(page.left, 0));
                seen += page.customers.len() as u64;
                self.write(page)?;
                gauge.show(seen, self.progress.tally.written() - skipped.written());
                Ok(())
            });
            let asked = asking.join().unwrap_or_else(|_| bail!("the asking thread panicked"));
            written.and(asked)
        })?;
        self.end(gauge.unwrap_or_else(|| Gauge::begin(0, 0)))
    }

    fn write(&mut self, page: Page) -> Result<()> {
        let (mut records, mut entries) = (Vec::new(), Vec::new());
        for (mut customer, row) in page.customers.into_iter().zip(1..) {
            if let Some(redactor) = &self.redactor {
                redactor.customer(&mut customer);
            }
            let row = customer["id"].as_u64().unwrap_or(row);
            records.push(Record {
                row,
                raw: Raw::Line(customer.to_string().into_bytes()),
                entry: Err(String::new()),
            });
            entries.push(Entry::from_wire(customer));
        }
        let prepared: Vec<Prepared> = self.target.read(|call| {
            let prepared = entries.into_iter().map(|entry| match entry {
                Ok(entry) => prepare(call, RULES, entry),
                Err(reason) => Ok(Prepared::Refused(reason)),
            });
            prepared.collect()
        })?;
        let (name, before, after) = (self.name.clone(), self.progress.clone(), page.after);
        let rejects_before = self.rejects.length();
        self.progress = self.target.write(move |call: &Call<'_>| {
            let outcomes = put::put(call, RULES, &prepared)?;
            let mut progress =
                Progress { after, rejects_before, rejects_added: String::new(), ..before.clone() };
            progress.tally.count(&outcomes);
            for (record, outcome) in records.iter().zip(&outcomes) {
                if let Outcome::Refused(reason) = outcome {
                    progress.rejects_added.push_str(&rejects::render(record, reason, None));
                }
            }
            progress::keep(call.sql, call.tenant(), &name, &progress)?;
            Ok(progress)
        })?;
        self.rejects.append(&self.progress.rejects_added)
    }

    fn end(self, gauge: Gauge) -> Result<ExitCode> {
        let name = self.name;
        self.target.write(move |call| progress::forget(call.sql, call.tenant(), &name))?;
        let Tally { added, changed, refused, .. } = self.progress.tally;
        let mut sentence = format!("Done: {added} customers added, {changed} changed, {refused} refused.");
        if refused > 0 {
            sentence.push_str(&format!(" Refused ones and reasons: {}", self.rejects.path().display()));
        }
        gauge.end(&sentence);
        self.target.database.close();
        Ok(exit_code(refused))
    }
}

/// The customers whose ids follow `after`; None when there are no more.
fn page(remote: &mut Remote, after: i64, size: u32) -> Result<Option<Page>> {
    let filter = "searchCriteria[filterGroups][0][filters][0]";
    let sort = "searchCriteria[sortOrders][0]";
    let path = format!(
        "/V1/customers/search?{filter}[field]=entity_id&{filter}[conditionType]=gt&{filter}[value]={after}\
         &{sort}[field]=entity_id&{sort}[direction]=ASC&searchCriteria[pageSize]={size}&searchCriteria[currentPage]=1"
    );
    let mut found = remote.get(&path)?;
    let left = found["total_count"].as_u64().unwrap_or(0);
    let Value::Array(customers) = found["items"].take() else { bail!("a search answered no items") };
    let Some(last) = customers.last() else { return Ok(None) };
    let last = last["id"].as_i64().context("a search answered a customer without an id")?;
    if last <= after {
        bail!("a search for customers after {after} answered customer {last}");
    }
    Ok(Some(Page { customers, after: last, left }))
}
