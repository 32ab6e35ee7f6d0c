//! Dates as clients write them, read as PHP's `DateTime` reads them (spec 1.0.8, 1.0.9).
//!
//! Digits alone are a Unix timestamp. Everything else is scanned for the formats of [`formats`]: days that a month does
//! not have roll over (30 February is 2 March), months and hours that do not exist are refused. The clock is an argument.
//!
//! Named zones (`Europe/London`) are refused: which offset they had then is in no table of this server.

mod draft;
mod formats;

use std::fmt;

use jiff::civil::{Date, DateTime};

/// Longest text that is looked at, in bytes; the longest sensible one is far below.
const LONGEST: usize = 255;

/// The text is no date. The wire says `Invalid date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid date")]
pub struct Invalid;

/// A day as the store keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// `0000-00-00`, which the original's database keeps as it is.
    Zero,
    /// A day of the calendar, of the years 0 to 9999.
    On(Date),
}

impl Day {
    /// True when the day has not begun yet on `today`.
    #[must_use]
    pub fn is_after(self, today: Date) -> bool {
        matches!(self, Self::On(date) if date > today)
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => formatter.write_str("0000-00-00"),
            Self::On(date) => write!(formatter, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        }
    }
}

/// What a text says: a wall clock, and how far ahead of UTC that clock is when the text says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    clock: DateTime,
    /// Seconds east of Greenwich; 0 when the text is silent.
    offset: i64,
}

/// Reads a date such as a date of birth; a time and a zone are dropped, not applied. `None` for "" and "0", which the
/// original takes for no value. `now` is UTC and stands in for what relative words leave open.
///
/// # Errors
/// [`Invalid`] when the text is no date, or a date outside of the years 0 to 9999.
pub fn day(text: &str, now: DateTime) -> Result<Option<Day>, Invalid> {
    if text == "0000-00-00" {
        return Ok(Some(Day::Zero));
    }
    Ok(read(text, now)?.map(|reading| Day::On(reading.clock.date())))
}

/// Reads the value of a datetime attribute: the wall clock of the text, whatever its zone. Otherwise as [`day`].
///
/// # Errors
/// As [`day`].
pub fn wall_clock(text: &str, now: DateTime) -> Result<Option<DateTime>, Invalid> {
    Ok(read(text, now)?.map(|reading| reading.clock))
}

/// Reads a moment such as `created_at` and turns it to UTC. Otherwise as [`day`].
///
/// # Errors
/// As [`day`].
pub fn moment(text: &str, now: DateTime) -> Result<Option<DateTime>, Invalid> {
    let Some(reading) = read(text, now)? else { return Ok(None) };
    let utc =
        reading.clock.checked_sub(jiff::SignedDuration::from_secs(reading.offset)).map_err(|_| Invalid)?;
    in_range(utc).map(Some)
}

/// A date and time in the form of the wire and of the store: `YYYY-MM-DD HH:MM:SS`.
#[must_use]
pub fn wire(clock: DateTime) -> String {
    let (date, time) = (clock.date(), clock.time());
    format!("{} {:02}:{:02}:{:02}", Day::On(date), time.hour(), time.minute(), time.second())
}

fn read(text: &str, now: DateTime) -> Result<Option<Reading>, Invalid> {
    if text.is_empty() || text == "0" {
        return Ok(None);
    }
    if text.len() > LONGEST {
        return Err(Invalid);
    }
    if let Some(clock) = plain(text) {
        return Ok(Some(Reading { clock, offset: 0 }));
    }
    let reading = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Reading { clock: timestamp(text)?, offset: 0 }
    } else {
        formats::scan(text)?.resolve(now)?
    };
    Ok(Some(Reading { clock: in_range(reading.clock)?, ..reading }))
}

/// The wire's own `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS`, which nearly every client sends, without the scanner. What must
/// roll over is left to the scanner.
fn plain(text: &str) -> Option<DateTime> {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let fits = |(byte, shape): (u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == *shape };
    let whole = text.len() == 10 || text.len() == SHAPE.len();
    // A leap second would be cut, not rolled over.
    if !whole || !text.bytes().zip(SHAPE).all(fits) || text.ends_with(":60") {
        return None;
    }
    text.parse().ok()
}

/// Seconds since 1970 as a UTC clock.
fn timestamp(seconds: &str) -> Result<DateTime, Invalid> {
    let seconds: i64 = seconds.parse().map_err(|_| Invalid)?;
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(jiff::SignedDuration::from_secs(seconds))
        .map_err(|_| Invalid)
}

fn in_range(clock: DateTime) -> Result<DateTime, Invalid> {
    if clock.year() >= 0 { Ok(clock) } else { Err(Invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Friday.
    const NOW: DateTime = DateTime::constant(2026, 7, 31, 10, 20, 30, 0);

    fn read_day(text: &str) -> String {
        match day(text, NOW) {
            Ok(Some(day)) => day.to_string(),
            Ok(None) => "nothing".to_owned(),
            Err(invalid) => invalid.to_string(),
        }
    }

    fn read_moment(text: &str) -> String {
        moment(text, NOW)
            .map_or_else(|invalid| invalid.to_string(), |moment| moment.map_or_else(String::new, wire))
    }

    #[test]
    fn every_recorded_date_of_birth_is_read_as_recorded() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/recorded/customers-create.json");
        let scenarios: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut seen = 0;
        for scenario in scenarios.as_array().unwrap() {
            let id = scenario["id"].as_str().unwrap();
            let step = &scenario["steps"][0];
            let Some(text) = step["body"]["customer"]["dob"].as_str() else { continue };
            let read = day(text, NOW);
            let answer = &step["expect"]["body"];
            match answer["message"].as_str() {
                None => assert_eq!(read.unwrap().unwrap().to_string(), answer["dob"], "{id}: {text}"),
                Some("Invalid date") => assert_eq!(read, Err(Invalid), "{id}: {text}"),
                Some(_) => assert!(read.unwrap().unwrap().is_after(NOW.date()), "{id}: {text}"),
            }
            seen += 1;
        }
        assert!(seen >= 8, "the recorded exchanges are missing");
    }

    #[test]
    fn dates_are_read_in_every_usual_notation() {
        for text in [
            "1990-01-05",
            "1990-1-5",
            "90-1-5",
            "1990/01/05",
            "01/05/1990",
            "1/5/90",
            "05.01.1990",
            "5.1.1990",
            "5.1.90",
            "05-01-1990",
            "Jan 5, 1990",
            "January 5th, 1990",
            "5 January 1990",
            "5-Jan-1990",
            "5jan1990",
            "1990-Jan-05",
            "Jan-05-1990",
            "Fri, 05 Jan 1990",
            "1990-01-05 23:59:59",
            "1990-01-05T23:59:59.999Z",
            "1990-01-05T23:59:59-08:00",
            "1990-01-05 11:59 pm EST",
            "Fri, 05 Jan 1990 10:00:00 +0000",
            "19900105T101112",
            "  1990-01-05 ",
            "631540800",
            "@631540800",
        ] {
            assert_eq!(read_day(text), "1990-01-05", "{text:?}");
        }
        assert_eq!(read_day("Jan 1990"), "1990-01-01");
        assert_eq!(read_day("1990-02"), "1990-02-01");
        assert_eq!(read_day("5 Jan"), "2026-01-05");
        assert_eq!(read_day("4/1"), "2026-04-01");
    }

    #[test]
    fn the_form_of_the_wire_needs_no_scanner_and_means_the_same_to_it() {
        for text in ["1990-01-05", "2001-02-03 04:05:06", "0001-01-01", "9999-12-31 23:59:59"] {
            let scanned = formats::scan(text).unwrap().resolve(NOW).unwrap();
            assert_eq!(plain(text), Some(scanned.clock), "{text:?}");
        }
        for text in
            ["1990-02-30", "1990-01-05 24:00:00", "1990-01-05 23:59:60", "1990-01-05T00:00:00", "1990-1-5"]
        {
            assert_eq!(plain(text), None, "{text:?}");
        }
        assert_eq!(read_moment("1990-01-05 23:59:60"), "1990-01-06 00:00:00");
    }

    #[test]
    fn digits_alone_are_seconds_since_1970() {
        assert_eq!(read_day("1990"), "1970-01-01");
        assert_eq!(read_day("19900105"), "1970-08-19");
        assert_eq!(read_moment("1990"), "1970-01-01 00:33:10");
        assert_eq!(read_day("99999999999999999999"), "Invalid date");
    }

    #[test]
    fn days_and_hours_beyond_the_end_roll_over() {
        assert_eq!(read_day("1990-02-30"), "1990-03-02");
        assert_eq!(read_day("31.4.1990"), "1990-05-01");
        assert_eq!(read_day("1990-01-00"), "1989-12-31");
        assert_eq!(read_day("1990-00-10"), "1989-12-10");
        assert_eq!(read_day("1990-12-31 24:00"), "1991-01-01");
    }

    #[test]
    fn what_is_no_date_is_invalid() {
        for text in [
            "foo",
            "garbage",
            "13/02/1990",
            "1990-13-01",
            "1990-01-32",
            "1990-01-01 25:00",
            "1990-01-01 1990-01-02",
            "1990-01-01 10:00 11:00",
            "1990-01-01 Europe/London",
            "1990-01-01 🙂",
            "١٩٩٠-01-01",
            "ſep 5",
            &"+1 day ".repeat(100),
            "<script>",
            "-",
            "+99999999 years",
        ] {
            assert_eq!(read_day(text), "Invalid date", "{text:?}");
        }
    }

    #[test]
    fn nothing_and_zero_are_no_value_and_the_zero_date_is_kept() {
        assert_eq!(read_day(""), "nothing");
        assert_eq!(read_day("0"), "nothing");
        assert_eq!(read_day("0000-00-00"), "0000-00-00");
        assert!(!Day::Zero.is_after(NOW.date()));
    }

    #[test]
    fn relative_words_start_from_the_clock_that_is_passed_in() {
        for (text, expected) in [
            ("now", "2026-07-31 10:20:30"),
            ("today", "2026-07-31 00:00:00"),
            ("Tomorrow", "2026-08-01 00:00:00"),
            ("yesterday noon", "2026-07-30 12:00:00"),
            ("+1 day", "2026-08-01 10:20:30"),
            ("2 weeks ago", "2026-07-17 10:20:30"),
            ("-1 month", "2026-07-01 10:20:30"),
            ("next year", "2027-07-31 10:20:30"),
            ("last day of february 2024", "2024-02-29 00:00:00"),
            ("first day of next month", "2026-08-01 10:20:30"),
            ("friday", "2026-07-31 00:00:00"),
            ("next friday", "2026-08-07 00:00:00"),
            ("last friday", "2026-07-24 00:00:00"),
            ("monday", "2026-08-03 00:00:00"),
            ("12:30", "2026-07-31 12:30:00"),
            ("2026-01-01 +36 hours", "2026-01-02 12:00:00"),
        ] {
            assert_eq!(read_moment(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_moment_is_turned_to_utc_and_a_wall_clock_is_not() {
        let text = "2001-02-03T01:05:06+02:00";
        assert_eq!(read_moment(text), "2001-02-02 23:05:06");
        assert_eq!(wall_clock(text, NOW).unwrap().map(wire).unwrap(), "2001-02-03 01:05:06");
        assert_eq!(read_day(text), "2001-02-03");
        assert_eq!(read_moment("2001-02-03"), "2001-02-03 00:00:00");
        assert_eq!(read_moment("2001-02-03 04:05:06"), "2001-02-03 04:05:06");
    }
}
