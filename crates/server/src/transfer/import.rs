//! `patron import`: one thread reads, parses and checks a batch while the other writes the one before it. How far it has come is
//! written with each batch, so that an import that was killed goes on where it stopped and takes nothing twice.

use std::{
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, mpsc},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use patron_commerce::{
    Call, Failure,
    customers::password::{Password, policy_of},
    transfer::{
        Checks, Entry, Ids, Outcome, Prepared, Rules, Tally,
        flat::Behavior,
        progress,
        put::{self, prepare},
    },
};
use patron_sql::Engine;
use patron_token::{memory::Memory, password};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    exit_code,
    gauge::Gauge,
    rejects::{self, Rejects},
    source::{Position, Record, Source},
    target::Target,
};
use crate::{cli::ConfigOptions, config, state::SystemRandom};

/// Entries in one unit of work, alone in a file: the more there are, the fewer pages of the indexes are written twice.
const BATCH_ALONE: usize = 5000;
/// The same beside servers on PostgreSQL, whose new customers wait meanwhile for their ids.
const BATCH_SHARED: usize = 250;
/// Bytes at both ends of a file by which it is known again.
const SAMPLE: u64 = 64 * 1024;

/// What `patron import` is told.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// A CSV file in the layout of Commerce's own customer import, or JSON Lines with one customer a line.
    file: PathBuf,
    /// The instance; may be left out when there is only one.
    #[arg(long, value_name = "ID")]
    instance: Option<String>,
    /// What is done with the rows of a CSV file.
    #[arg(long, value_enum, default_value = "add-update")]
    behavior: BehaviorName,
    /// Give customers and addresses the ids that the file says.
    #[arg(long)]
    keep_ids: bool,
    /// Take what the file says without the API's rules for values (names, addresses, required attributes).
    #[arg(long)]
    trust: bool,
    /// Leave out a column; may be said more than once.
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Customers in one unit of work; by default 5000, or 250 with PostgreSQL, where servers may go on meanwhile.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: Option<u32>,
    /// Check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where rows go that are refused; beside the file by default.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Begin again where an earlier import of this file stopped halfway.
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BehaviorName {
    /// Add customers, change those that are there.
    AddUpdate,
    /// Delete what the rows name.
    Delete,
    /// As the column _action says.
    Custom,
}

/// Where an import stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    position: Position,
    tally: Tally,
    /// Bytes in the file of refused rows before this batch, and what the batch adds to it.
    rejects_before: u64,
    rejects_added: String,
}

/// Imports a file.
pub fn run(options: ImportOptions) -> Result<ExitCode> {
    let behavior = match options.behavior {
        BehaviorName::AddUpdate => Behavior::AddUpdate,
        BehaviorName::Delete => Behavior::Delete,
        BehaviorName::Custom => Behavior::Custom,
    };
    let rules = Rules {
        ids: if options.keep_ids { Ids::Kept } else { Ids::New },
        checks: if options.trust { Checks::None } else { Checks::All },
    };
    let size = std::fs::metadata(&options.file)
        .with_context(|| format!("cannot open {}", options.file.display()))?
        .len();
    let name = name(&options, size)?;
    let target = Target::open(&config::load(options.config)?, options.instance.as_deref())?;
    let began = match options.restart || options.dry_run {
        true => None,
        false => target.read(|call| progress::find::<Progress>(call.sql, call.tenant(), &name))?,
    };
    if let Some(began) = &began {
        eprintln!("Going on after row {} of {}.", began.position.row, options.file.display());
    }
    let progress = began.unwrap_or_default();
    let source =
        Source::open(&options.file, target.catalogue.clone(), behavior, &options.ignore, progress.position)?;
    let path = options.rejects.unwrap_or_else(|| rejects_beside(&options.file));
    let mut rejects = Rejects::new(path, source.header(), progress.rejects_before);
    rejects.append(&progress.rejects_added)?;
    let batch = options.batch.map(|batch| batch as usize).unwrap_or_else(|| match target.database.engine() {
        Engine::Sqlite => BATCH_ALONE,
        Engine::Postgres => BATCH_SHARED,
    });
    let mut import = Import {
        batch,
        gauge: Gauge::begin(size, progress.position.byte),
        skipped: progress.tally,
        tally: progress.tally,
        header: source.header().map(<[String]>::to_vec).map(Arc::from),
        target,
        rules,
        rejects,
        name: (!options.dry_run).then_some(name),
    };
    import.run(source)?;
    import.end()
}

/// The same file with the same options is the same import.
fn name(options: &ImportOptions, size: u64) -> Result<String> {
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(&options.file)
        .with_context(|| format!("cannot open {}", options.file.display()))?;
    for start in [0, size.saturating_sub(SAMPLE)] {
        let mut sample = Vec::new();
        file.seek(SeekFrom::Start(start)).and_then(|_| (&file).take(SAMPLE).read_to_end(&mut sample))?;
        hash.update(&sample);
    }
    hash.update(format!("{size} {:?} {} {}", options.behavior, options.keep_ids, options.trust));
    Ok(format!("import {}", hex::encode(&hash.finalize()[..16])))
}

fn rejects_beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".rejects.");
    name.push(file.extension().unwrap_or_else(|| "jsonl".as_ref()));
    file.with_file_name(name)
}

struct Import {
    target: Target,
    rules: Rules,
    gauge: Gauge,
    rejects: Rejects,
    tally: Tally,
    /// Entries in one unit of work.
    batch: usize,
    /// What an earlier run had done.
    skipped: Tally,
    header: Option<Arc<[String]>>,
    /// The transfer's name; None for a dry run, which keeps nothing.
    name: Option<String>,
}

/// Entries that go into one unit of work.
struct Batch {
    records: Vec<Record>,
    prepared: Vec<Prepared>,
    position: Position,
}

impl Import {
    fn run(&mut self, mut source: Source) -> Result<()> {
        let (give, take) = mpsc::sync_channel::<Batch>(1);
        let (target, rules, size) = (self.target.clone(), self.rules, self.batch);
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || -> Result<()> {
                while let Some(batch) = next(&target, rules, &mut source, size)? {
                    if give.send(batch).is_err() {
                        // The writer has failed and says why.
                        return Ok(());
                    }
                }
                Ok(())
            });
            let written = take.into_iter().try_for_each(|batch| self.write(batch));
            let read = reading.join().unwrap_or_else(|_| bail!("the reading thread panicked"));
            written.and(read)
        })
    }

    fn write(&mut self, batch: Batch) -> Result<()> {
        let batch = Arc::new(batch);
        let (before, rejects_before) = (self.tally, self.rejects.length());
        let (rules, name, shared) = (self.rules, self.name.clone(), batch.clone());
        let header = self.header.clone();
        let unit = move |call: &Call<'_>| {
            let outcomes = put::put(call, rules, &shared.prepared)?;
            let mut tally = before;
            tally.count(&outcomes);
            let rejects_added = refused(&shared, &outcomes, header.as_deref());
            let progress = Progress { position: shared.position, tally, rejects_before, rejects_added };
            match &name {
                Some(name) => progress::keep(call.sql, call.tenant(), name, &progress)?,
                None => return Err(undo(&progress)),
            }
            Ok(progress)
        };
        let progress = match self.target.write(unit) {
            Err(error) => dry(error)?,
            Ok(progress) => progress,
        };
        self.rejects.append(&progress.rejects_added)?;
        self.tally = progress.tally;
        self.gauge.show(batch.position.byte, self.done());
        Ok(())
    }

    /// Entries that this run has written.
    fn done(&self) -> u64 {
        self.tally.written() - self.skipped.written()
    }

    fn end(self) -> Result<ExitCode> {
        if let Some(name) = self.name.clone() {
            self.target.write(move |call| progress::forget(call.sql, call.tenant(), &name))?;
        }
        let Tally { added, changed, deleted, refused } = self.tally;
        let rate = self.gauge.rate(self.done());
        let verb = if self.name.is_none() { "Would be" } else { "Done:" };
        let mut sentence = format!(
            "{verb} {added} added, {changed} changed, {deleted} deleted, {refused} refused ({rate} a second)."
        );
        if refused > 0 {
            sentence.push_str(&format!(" Refused rows and reasons: {}", self.rejects.path().display()));
        }
        self.gauge.end(&sentence);
        self.target.database.close();
        Ok(exit_code(refused))
    }
}

/// A dry run ends its units of work with this failure, so that they are rolled back.
#[derive(Debug)]
struct DryRun(String);

impl std::fmt::Display for DryRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a dry run writes nothing")
    }
}

impl std::error::Error for DryRun {}

fn undo(progress: &Progress) -> Failure {
    Failure::Internal(DryRun(serde_json::to_string(progress).expect("progress serialises")).into())
}

/// What a dry run would have written; any other failure is one.
fn dry(error: anyhow::Error) -> Result<Progress> {
    match error.downcast::<Failure>() {
        Ok(Failure::Internal(inner)) => match inner.downcast::<DryRun>() {
            Ok(DryRun(progress)) => Ok(serde_json::from_str(&progress)?),
            Err(inner) => Err(inner),
        },
        Ok(failure) => Err(failure.into()),
        Err(error) => Err(error),
    }
}

fn refused(batch: &Batch, outcomes: &[Outcome], header: Option<&[String]>) -> String {
    let mut rendered = String::new();
    for (record, outcome) in batch.records.iter().zip(outcomes) {
        if let Outcome::Refused(reason) = outcome {
            rendered.push_str(&rejects::render(record, reason, header));
        }
    }
    rendered
}

/// Reads and checks the next batch; None at the end.
fn next(target: &Target, rules: Rules, source: &mut Source, size: usize) -> Result<Option<Batch>> {
    let mut records = Vec::with_capacity(size);
    let mut position = source.position();
    while records.len() < size
        && let Some(record) = source.next()?
    {
        records.push(record);
        position = source.position();
    }
    if records.is_empty() {
        return Ok(None);
    }
    let mut entries: Vec<Result<Entry, String>> =
        records.iter_mut().map(|record| std::mem::replace(&mut record.entry, Err(String::new()))).collect();
    hash_passwords(target, &mut entries)?;
    let prepared = target.read(|call| {
        entries
            .into_iter()
            .map(|entry| match entry {
                Ok(entry) => prepare(call, rules, entry),
                Err(reason) => Ok(Prepared::Refused(reason)),
            })
            .collect::<Result<_, _>>()
    })?;
    Ok(Some(Batch { records, prepared, position }))
}

/// Hashes clear-text passwords on all cores: each costs some 10 ms.
fn hash_passwords(target: &Target, entries: &mut [Result<Entry, String>]) -> Result<()> {
    let mut waiting: Vec<&mut Result<Entry, String>> = entries
        .iter_mut()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.password.is_some()))
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = waiting.len().div_ceil(threads);
    std::thread::scope(|scope| {
        for part in waiting.chunks_mut(share) {
            scope.spawn(move || {
                let mut memory = Memory::new();
                for entry in part {
                    hash_password(target, entry, &mut memory);
                }
            });
        }
    });
    Ok(())
}

fn hash_password(target: &Target, slot: &mut Result<Entry, String>, memory: &mut Memory) {
    use patron_commerce::Random;
    let Ok(entry) = slot else { return };
    let Some(clear) = entry.password.take() else { return };
    let website = entry.input.website_id.copied().unwrap_or(target.catalogue.default_website().id);
    let checked =
        Password::new(clear.to_string()).check(policy_of(&target.catalogue, website), entry.email());
    match checked {
        Ok(()) => {
            let mut salt = [0; password::SALT_LENGTH];
            SystemRandom.fill(&mut salt);
            entry.password_hash = Some(password::hash(&clear, &salt, memory));
        }
        Err(fault) => *slot = Err(put::reason(&fault)),
    }
}
