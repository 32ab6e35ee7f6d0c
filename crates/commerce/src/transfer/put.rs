//! Many entries in one unit of work. What belongs to the unit is done once for all of them: ids are counted from one row, and the kept
//! numbers of customers move once a batch.

use std::collections::BTreeMap;

use patron_sql::Engine;
use patron_webapi::Fault;

use super::{
    change, draft,
    entry::{Action, Entry},
    store,
};
use crate::{
    Call, Failure,
    attributes::{custom::Entity, values},
    customers::{
        Customer, api,
        counts::{self, Dimension},
        search::infix,
        store::{self as customers, Opens},
    },
    failure::Result,
    instances::counters::{self, Counter},
};

/// Whose ids customers and addresses have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// The instance's.
    New,
    /// Those of the entries.
    Kept,
}

/// Which rules entries are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checks {
    /// Those of the API.
    All,
    /// What must be so that it can be stored: another server has checked the rest by its own rules.
    None,
}

/// How entries are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whose ids.
    pub ids: Ids,
    /// Which rules.
    pub checks: Checks,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A customer was added.
    Added,
    /// A customer or address was changed.
    Changed,
    /// A customer or address was deleted.
    Deleted,
    /// Nothing was written: why.
    Refused(String),
}

/// How many entries came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// Customers added.
    pub added: u64,
    /// Entries that changed something.
    pub changed: u64,
    /// Entries that deleted something.
    pub deleted: u64,
    /// Entries refused.
    pub refused: u64,
}

impl Tally {
    /// Counts outcomes.
    pub fn count(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            *match outcome {
                Outcome::Added => &mut self.added,
                Outcome::Changed => &mut self.changed,
                Outcome::Deleted => &mut self.deleted,
                Outcome::Refused(_) => &mut self.refused,
            } += 1;
        }
    }

    /// Entries that were written.
    pub fn written(&self) -> u64 {
        self.added + self.changed + self.deleted
    }
}

/// An entry that was looked at before the unit of work.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// It will make this customer, unless somebody has the address by then.
    New(Box<(Customer, Entry)>),
    /// It is about a customer who is there.
    Old(Box<Entry>),
    /// It cannot be taken: why.
    Refused(String),
}

/// Looks at an entry, reading only.
pub fn prepare(call: &Call<'_>, rules: Rules, entry: Entry) -> Result<Prepared> {
    match try_prepare(call, rules, entry) {
        Err(Failure::Fault(fault) | Failure::IdsTaken(fault)) => Ok(Prepared::Refused(reason(&fault))),
        result => result,
    }
}

fn try_prepare(call: &Call<'_>, rules: Rules, entry: Entry) -> Result<Prepared> {
    if entry.password_hash.as_deref().is_some_and(|hash| !patron_token::password::is_understood(hash)) {
        return Err(Fault::bad_request(
            "The password hash is in a form that no password could be verified against.",
        )
        .into());
    }
    if entry.action == Action::Delete || holder(call, &entry)?.is_some() {
        return Ok(Prepared::Old(Box::new(entry)));
    }
    let new = draft::new_customer(call, rules, &entry)?;
    Ok(Prepared::New(Box::new((new, entry))))
}

/// The customer that has an entry's e-mail address.
fn holder(call: &Call<'_>, entry: &Entry) -> Result<Option<i64>> {
    let website =
        entry.input.website_id.copied().filter(|id| *id != 0 || entry.subject == super::Subject::Whole);
    let website = website.unwrap_or_else(|| call.catalogue.default_website().id);
    customers::id_by_email(call.sql, call.catalogue, entry.email(), website)
}

/// Why an entry was refused: the parts of several reasons follow one another.
pub fn reason(fault: &Fault) -> String {
    if fault.errors.is_empty() {
        return fault.rendered();
    }
    fault.errors.iter().map(Fault::rendered).collect::<Vec<_>>().join(" ")
}

/// Stores what was prepared, in order; answers what became of each.
pub fn put(call: &Call<'_>, rules: Rules, batch: &[Prepared]) -> Result<Vec<Outcome>> {
    let mut unit = Unit::begin(call, rules)?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for prepared in batch {
        outcomes.push(match unit.put(prepared) {
            Err(Failure::Fault(fault) | Failure::IdsTaken(fault)) => Outcome::Refused(reason(&fault)),
            outcome => outcome?,
        });
    }
    unit.end()?;
    Ok(outcomes)
}

/// One unit of work.
pub struct Unit<'u, 'c> {
    pub(super) call: &'u Call<'c>,
    pub(super) rules: Rules,
    /// The last ids given when the unit began, and now.
    began: Last,
    last: Last,
    counted: BTreeMap<Dimension, i64>,
    /// An index may refuse an entry after its first row was written.
    may_fail_late: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Last {
    customer: i64,
    address: i64,
}

impl<'u, 'c> Unit<'u, 'c> {
    fn begin(call: &'u Call<'c>, rules: Rules) -> Result<Self> {
        let last = |counter| Ok::<_, Failure>(counters::take(call.sql, call.tenant(), counter, 0)? - 1);
        let last = Last { customer: last(Counter::Customer)?, address: last(Counter::Address)? };
        let unique =
            |entity| call.catalogue.attributes(entity).iter().any(|attribute| attribute.definition.unique);
        // Where others write at the same time, an e-mail address may be taken between looking and writing.
        let alone = call.sql.engine() == Engine::Sqlite;
        let may_fail_late = !alone || unique(Entity::Customer) || unique(Entity::CustomerAddress);
        Ok(Self { call, rules, began: last, last, counted: BTreeMap::new(), may_fail_late })
    }

    fn put(&mut self, prepared: &Prepared) -> Result<Outcome> {
        match prepared {
            Prepared::Refused(reason) => Ok(Outcome::Refused(reason.clone())),
            Prepared::Old(entry) => self.old(entry),
            Prepared::New(both) => {
                let (new, entry) = &**both;
                match customers::id_by_email(self.call.sql, self.call.catalogue, &new.email, new.website_id)?
                {
                    // An earlier entry of the same transfer made it.
                    Some(_) => self.old(entry),
                    None if self.may_fail_late => self.call.sql.savepoint(|_| self.add(new, entry)),
                    None => self.add(new, entry),
                }
            }
        }
    }

    fn old(&mut self, entry: &Entry) -> Result<Outcome> {
        let id = holder(self.call, entry)?.ok_or_else(|| Fault::bad_request(draft::NOBODY))?;
        let sql = self.call.sql;
        sql.savepoint(|_| change::entry(self, entry, id))
    }

    fn add(&mut self, new: &Customer, entry: &Entry) -> Result<Outcome> {
        let call = self.call;
        let mut new = new.clone();
        new.id = self.customer_id(new.id)?;
        for place in 0..new.addresses.len() {
            let said = new.addresses[place].id;
            let id = self.address_id(said)?;
            for default in [&mut new.default_billing, &mut new.default_shipping] {
                *default = if *default == Some(said) { Some(id) } else { *default };
            }
            new.addresses[place].id = id;
        }
        if self.may_fail_late {
            values::check_unique(call, Entity::Customer, &new.attributes, None)?;
        }
        let opens = Opens { password_hash: entry.password_hash.as_deref(), ..Opens::default() };
        customers::add_uncounted(call.sql, call.catalogue, &new, opens)?;
        for address in &new.addresses {
            customers::put_address(call.sql, call.catalogue, new.id, address)?;
        }
        if let Some(time) = &new.last_login_at {
            store::set_last_login(call.sql, call.tenant(), new.id, time)?;
        }
        api::keep_document(call, &new)?;
        for dimension in Dimension::of(&new) {
            *self.counted.entry(dimension).or_default() += 1;
        }
        Ok(Outcome::Added)
    }

    /// The next id of a customer, or the one that is kept, which must be free.
    fn customer_id(&mut self, kept: i64) -> Result<i64> {
        let call = self.call;
        if kept <= 0 {
            self.last.customer += 1;
            return Ok(self.last.customer);
        }
        if kept <= self.last.customer && customers::exists(call.sql, call.tenant(), kept)? {
            return Err(Fault::bad_request(format!("The id {kept} belongs to another customer.")).into());
        }
        if kept <= self.began.customer {
            // The index of texts has been past this id.
            infix::mark_stale(call.sql, call.tenant(), kept)?;
        }
        self.last.customer = self.last.customer.max(kept);
        Ok(kept)
    }

    /// The next id of an address, or the one that is kept, which must be free.
    pub(super) fn address_id(&mut self, kept: i64) -> Result<i64> {
        let call = self.call;
        if kept <= 0 {
            self.last.address += 1;
            return Ok(self.last.address);
        }
        if kept <= self.last.address && customers::owner_of_address(call.sql, call.tenant(), kept)?.is_some()
        {
            return Err(
                Fault::bad_request(format!("The address id {kept} belongs to another customer.")).into()
            );
        }
        self.last.address = self.last.address.max(kept);
        Ok(kept)
    }

    fn end(self) -> Result<()> {
        let (sql, tenant) = (self.call.sql, self.call.tenant());
        for (dimension, by) in self.counted {
            counts::shift(sql, tenant, dimension, by)?;
        }
        if self.last != self.began {
            counters::start_after(sql, tenant, Counter::Customer, self.last.customer)?;
            counters::start_after(sql, tenant, Counter::Address, self.last.address)?;
        }
        Ok(())
    }
}
