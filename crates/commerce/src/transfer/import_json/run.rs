//! Running an import of flat objects.

use std::collections::HashSet;

use patron_webapi::{Answer, Given, collation::fold};

use super::{
    ImportJson,
    source::{Item, Strategy},
};
use crate::{
    Call, Failure,
    customers::password,
    failure::Result,
    transfer::{
        Action, Checks, Entry, Ids, Outcome, Prepared, Rules, Subject,
        columns::Target,
        flat::{Part, Reader},
        put::{self, prepare},
    },
};

const RULES: Rules = Rules { ids: Ids::New, checks: Checks::All };

/// A problem of a row: its number, from 1, and what is wrong.
type Problem = (usize, String);

/// `POST /V1/import/json`
pub fn import(call: &Call<'_>, sent: &ImportJson) -> Result<Answer> {
    let source = &sent.source;
    let reader = Reader { catalogue: call.catalogue, layout: source.layout()?, behavior: source.behavior()? };
    let strategy = source.strategy()?;
    let mut rows = read(call, reader, source.items()?);
    refuse_duplicates(&mut rows);
    let mut problems = Vec::new();
    let mut prepared = Vec::new();
    for (row, entry) in rows {
        match entry {
            Ok(entry) => match prepare(call, RULES, entry)? {
                Prepared::Refused(reason) => problems.push((row, reason)),
                ready => prepared.push((row, ready)),
            },
            Err(reason) => problems.push((row, reason)),
        }
    }
    if strategy.stops(&problems) {
        return Ok(told(problems, None));
    }
    let written = call.sql.savepoint(|_| write(call, strategy, problems, &prepared));
    match written {
        Ok((problems, processed)) => Ok(told(problems, Some(processed))),
        Err(Undone::Problems(problems)) => Ok(told(problems, None)),
        Err(Undone::Failure(failure)) => Err(failure),
    }
}

impl Strategy {
    fn stops(self, problems: &[Problem]) -> bool {
        match self {
            Self::Stop => !problems.is_empty(),
            Self::Skip(allowed) => problems.len() > allowed,
        }
    }
}

/// Why what was written is taken back.
enum Undone {
    Problems(Vec<Problem>),
    Failure(Failure),
}

impl From<patron_sql::Error> for Undone {
    fn from(error: patron_sql::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// Writes what was prepared; what shows only then (two rows that want one unique value) is a problem like any other.
fn write(
    call: &Call<'_>,
    strategy: Strategy,
    mut problems: Vec<Problem>,
    prepared: &[(usize, Prepared)],
) -> Result<(Vec<Problem>, usize), Undone> {
    let batch: Vec<Prepared> = prepared.iter().map(|(_, prepared)| prepared.clone()).collect();
    let outcomes = put::put(call, RULES, &batch).map_err(Undone::Failure)?;
    let mut processed = 0;
    for ((row, _), outcome) in prepared.iter().zip(outcomes) {
        match outcome {
            Outcome::Refused(reason) => problems.push((*row, reason)),
            _ => processed += 1,
        }
    }
    problems.sort_by_key(|(row, _)| *row);
    if strategy.stops(&problems) { Err(Undone::Problems(problems)) } else { Ok((problems, processed)) }
}

fn told(problems: Vec<Problem>, processed: Option<usize>) -> Answer {
    let mut lines: Vec<String> = Vec::new();
    for (row, reason) in problems {
        lines.extend(reason.lines().map(|line| format!("Row {row}: {line}")));
    }
    lines.extend(processed.map(|number| format!("Entities Processed: {number}")));
    Answer::of(&lines)
}

/// The rows as entries under the number of their first row.
fn read(call: &Call<'_>, reader: Reader<'_>, items: &[Item]) -> Vec<(usize, Result<Entry, String>)> {
    let mut entries: Vec<(usize, Result<Entry, String>)> = Vec::with_capacity(items.len());
    for (item, row) in items.iter().zip(1..) {
        let columns = |(name, text): &'_ (String, String)| -> Option<(Target, String)> {
            Some((reader.layout.target(reader.catalogue, name)?, text.clone()))
        };
        let cells: Vec<(Target, String)> = item.cells.iter().filter_map(columns).collect();
        match reader.row(&mut cells.iter().map(|(target, text)| (*target, text.as_str()))) {
            Ok(Part::Entry(entry)) => entries.push((row, with_password(call, *entry, item))),
            Ok(Part::Address(address)) => match entries.last_mut() {
                Some((_, Ok(entry))) => match &mut entry.input.addresses {
                    Given::Value(addresses) => addresses.push(*address),
                    other => *other = Given::Value(vec![*address]),
                },
                // Its customer is refused for its own reason.
                Some(_) => {}
                None => entries.push((row, Err("Please specify an email.".to_owned()))),
            },
            Err(reason) => entries.push((row, Err(reason))),
        }
    }
    entries
}

fn with_password(call: &Call<'_>, mut entry: Entry, item: &Item) -> Result<Entry, String> {
    if item.lost_its_secrets() {
        return Err("A call that is kept for later keeps no passwords: import them without async.".to_owned());
    }
    let Some(password) = &item.password else { return Ok(entry) };
    let website = entry.input.website_id.copied().unwrap_or(call.catalogue.default_website().id);
    let policy = password::policy_of(call.catalogue, website);
    if password.clear().chars().count() < policy.minimum_length {
        return Err("Please enter a password with a valid length.".to_owned());
    }
    password.check(policy, entry.email()).map_err(|fault| put::reason(&fault))?;
    let hash = password.hash().map_err(|fault| put::reason(&fault))?;
    entry.password_hash = Some(hash.to_owned());
    Ok(entry)
}

/// Refuses the second row of a customer.
fn refuse_duplicates(rows: &mut [(usize, Result<Entry, String>)]) {
    let mut seen = HashSet::new();
    for (_, slot) in rows {
        let Ok(entry) = slot else { continue };
        if entry.subject == Subject::Address || entry.action == Action::Delete {
            continue;
        }
        if !seen.insert((fold(entry.email()), entry.input.website_id.copied())) {
            *slot = Err("This email is found more than once in the import file.".to_owned());
        }
    }
}
