//! What has been understood of a date text so far, and how it becomes a clock.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Span};

use super::{Invalid, Reading};

/// Which weekdays a word such as `monday` may mean, seen from the day it stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// That day or the first one after it (`monday`, `this monday`).
    FromThatDay,
    /// The first one after it (`next monday`), or before it (`last monday`, whose shift is a week back).
    FromTheNextDay,
}

/// Which end of the month `first day of` and `last day of` mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    First,
    Last,
}

/// The parts of a date text, each at most once; what is absent comes from the clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    date: Option<(Option<i64>, i64, Option<i64>)>,
    time: Option<(i64, i64, i64)>,
    /// Whether `time` was written, and not only reset by a word such as `today`.
    time_is_written: bool,
    offset: Option<i64>,
    pub(super) years: i64,
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) seconds: i64,
    pub(super) weekday: Option<(Weekday, Search)>,
    pub(super) edge: Option<Edge>,
}

impl Draft {
    /// Year and day (the present ones when absent) and month; a month or day out of range rolls over.
    pub(super) fn set_date(
        &mut self,
        year: Option<i64>,
        month: i64,
        day: Option<i64>,
    ) -> Result<(), Invalid> {
        once(&mut self.date, (year, month, day))
    }

    /// Hours (24 is the next midnight), minutes, seconds.
    pub(super) fn set_time(&mut self, hours: i64, minutes: i64, seconds: i64) -> Result<(), Invalid> {
        if std::mem::replace(&mut self.time_is_written, true) {
            return Err(Invalid);
        }
        self.time = Some((hours, minutes, seconds));
        Ok(())
    }

    /// Midnight, from a word that names a day. A time before that word is forgotten, one after it counts.
    pub(super) fn reset_time(&mut self) {
        self.time = Some((0, 0, 0));
        self.time_is_written = false;
    }

    /// Seconds east of Greenwich.
    pub(super) fn set_offset(&mut self, seconds: i64) -> Result<(), Invalid> {
        once(&mut self.offset, seconds)
    }

    /// `ago`: turns every shift so far around.
    pub(super) fn turn_around(&mut self) {
        for shift in [&mut self.years, &mut self.months, &mut self.days, &mut self.seconds] {
            *shift = -*shift;
        }
    }

    /// The clock of the text, with everything it leaves open taken from `now` (UTC).
    pub(super) fn resolve(self, now: DateTime) -> Result<Reading, Invalid> {
        let offset = self.offset.unwrap_or_default();
        let now = now.checked_add(SignedDuration::from_secs(offset)).map_err(|_| Invalid)?;
        let present = (i64::from(now.hour()), i64::from(now.minute()), i64::from(now.second()));
        let time = self.time.unwrap_or(if self.date.is_some() { (0, 0, 0) } else { present });
        let day = match self.date {
            None => now.date(),
            Some((year, month, day)) => {
                let year = year.unwrap_or_else(|| i64::from(now.year()));
                rolled_over(year, month, day.unwrap_or_else(|| i64::from(now.day())))?
            }
        };
        let clock = self.shifted(at(day, time)?)?;
        Ok(Reading { clock, offset })
    }

    fn shifted(&self, clock: DateTime) -> Result<DateTime, Invalid> {
        let (mut month, mut day) = (i64::from(clock.month()), i64::from(clock.day()));
        day = add(day, add(self.days, self.days_to_weekday(clock.date()))?)?;
        month = add(month, self.months)?;
        match self.edge {
            Some(Edge::First) => day = 1,
            Some(Edge::Last) => (month, day) = (add(month, 1)?, 0),
            None => {}
        }
        let date = rolled_over(add(i64::from(clock.year()), self.years)?, month, day)?;
        date.to_datetime(clock.time())
            .checked_add(SignedDuration::from_secs(self.seconds))
            .map_err(|_| Invalid)
    }

    fn days_to_weekday(&self, date: Date) -> i64 {
        let Some((weekday, search)) = self.weekday else { return 0 };
        let ahead = i64::from(date.weekday().until(weekday));
        let steps_over_the_day = search == Search::FromTheNextDay && self.days >= 0;
        if ahead == 0 && steps_over_the_day { 7 } else { ahead }
    }
}

/// Fills a part of the text; a second one of its kind makes the text invalid.
fn once<T>(part: &mut Option<T>, value: T) -> Result<(), Invalid> {
    match part.replace(value) {
        None => Ok(()),
        Some(_) => Err(Invalid),
    }
}

fn add(left: i64, right: i64) -> Result<i64, Invalid> {
    left.checked_add(right).ok_or(Invalid)
}

fn at(date: Date, (hours, minutes, seconds): (i64, i64, i64)) -> Result<DateTime, Invalid> {
    let since_midnight = SignedDuration::from_secs(hours * 3600 + minutes * 60 + seconds);
    date.to_datetime(jiff::civil::Time::midnight()).checked_add(since_midnight).map_err(|_| Invalid)
}

/// The day that many days after the one before the first of that month; month 0 is the December before.
fn rolled_over(year: i64, month: i64, day: i64) -> Result<Date, Invalid> {
    let months = add(month, -1)?;
    let year = i16::try_from(add(year, months.div_euclid(12))?).map_err(|_| Invalid)?;
    let month = i8::try_from(months.rem_euclid(12) + 1).expect("a remainder of 12 is below 13");
    let first = Date::new(year, month, 1).map_err(|_| Invalid)?;
    let days = Span::new().try_days(add(day, -1)?).map_err(|_| Invalid)?;
    first.checked_add(days).map_err(|_| Invalid)
}
