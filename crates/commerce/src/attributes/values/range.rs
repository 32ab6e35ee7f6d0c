//! Rules of dates: between which days. Bounds are Unix timestamps, as the original stores them.

use jiff::{Timestamp, civil::DateTime, tz};

use super::super::custom::ValidationRule;

/// What is wrong with a stored date (`YYYY-MM-DD HH:MM:SS`).
pub fn problems(rules: &[ValidationRule], label: &str, value: &str) -> Vec<String> {
    let bound = |name: &str| {
        rules.iter().find(|rule| rule.name == name).and_then(|rule| rule.value.parse::<i64>().ok())
    };
    let (least, most) = (bound("date_range_min"), bound("date_range_max"));
    let Some(seconds) = value.parse::<DateTime>().ok().and_then(seconds) else { return Vec::new() };
    if least.is_none_or(|least| seconds >= least) && most.is_none_or(|most| seconds <= most) {
        return Vec::new();
    }
    vec![match (least, most) {
        (Some(least), Some(most)) => {
            format!("Please enter a valid date between {} and {} at {label}.", day(least), day(most))
        }
        (Some(least), None) => {
            format!("Please enter a valid date equal to or greater than {} at {label}.", day(least))
        }
        (None, most) => {
            format!("Please enter a valid date less than or equal to {} at {label}.", day(most.unwrap_or(0)))
        }
    }]
}

/// Seconds since the epoch of a clock in UTC.
pub fn seconds(clock: DateTime) -> Option<i64> {
    tz::Offset::UTC.to_timestamp(clock).ok().map(Timestamp::as_second)
}

/// `DD/MM/YYYY`
fn day(seconds: i64) -> String {
    let clock = tz::Offset::UTC.to_datetime(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH));
    format!("{:02}/{:02}/{:04}", clock.day(), clock.month(), clock.year())
}
