//! Clock and randomness as arguments: a call sees one instant and draws from one source, so that it can be repeated.

use jiff::{Timestamp, civil, tz};

/// A source of random bytes; the server's is the operating system's, a test's is seeded.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The instant of a call and its randomness.
#[derive(Clone, Copy)]
pub struct Moment<'m> {
    /// The instant.
    pub now: Timestamp,
    /// The randomness.
    pub random: &'m dyn Random,
}

impl Moment<'_> {
    /// The instant in the wire's form: `YYYY-MM-DD HH:MM:SS`, UTC.
    pub fn text(&self) -> String {
        wire_time(self.now)
    }

    /// The wall clock in UTC.
    pub fn clock(&self) -> civil::DateTime {
        tz::Offset::UTC.to_datetime(self.now)
    }

    /// Today's date, UTC.
    pub fn today(&self) -> civil::Date {
        self.clock().date()
    }

    /// The instant in milliseconds since the epoch.
    pub fn millis(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// `length` random characters out of `alphabet`, each equally likely.
    pub fn characters(&self, alphabet: &[u8], length: usize) -> String {
        // Bytes past the last whole multiple of the alphabet would favour its first letters.
        let usable = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let usable_bytes = self.bytes::<32>().into_iter().filter(|byte| usize::from(*byte) < usable);
            text.extend(
                usable_bytes
                    .map(|b| char::from(alphabet[usize::from(b) % alphabet.len()]))
                    .take(length - text.len()),
            );
        }
        text
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

/// Letters and digits, as tenant ids and confirmation keys use them.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An instant in the wire's form: `YYYY-MM-DD HH:MM:SS`, UTC; such texts sort by time.
pub fn wire_time(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whole seconds from a time in the wire's form until `now`, never less than 0; None when it is no such time.
pub fn seconds_since(wire: &str, now: Timestamp) -> Option<i64> {
    let then = civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", wire).ok()?;
    let then = tz::Offset::UTC.to_timestamp(then).ok()?;
    Some((now.as_second() - then.as_second()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeroes;
    impl Random for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn times_are_written_in_utc() {
        let moment = Moment { now: "2026-11-23T23:30:00-02:00".parse().unwrap(), random: &Zeroes };
        assert_eq!(moment.text(), "2026-11-24 01:30:00");
        assert_eq!(moment.characters(BASE62, 5), "00000");
    }

    #[test]
    fn an_age_is_counted_from_the_wires_time_and_never_negative() {
        let now = "2026-11-24T01:30:00Z".parse().unwrap();
        assert_eq!(seconds_since("2026-11-24 01:28:30", now), Some(90));
        assert_eq!(seconds_since("2026-11-24 01:30:01", now), Some(0));
        assert_eq!(seconds_since("yesterday", now), None);
    }
}
