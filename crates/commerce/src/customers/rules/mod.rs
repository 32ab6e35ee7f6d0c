//! The rules a customer or an address must keep: pure functions from values to message lines.
//!
//! Knows no store, no request and no fault: the slice's `api.rs` decides where a broken rule leads.

use regex::Regex;

pub mod address;
pub mod email;
mod hostname;
pub mod name;
pub mod password;
mod scripts;
pub mod street;

/// True when the first run of characters that `run` finds is the whole of `text`, or when it finds none.
///
/// The original searches its patterns without anchors and compares the first match with the value. A value without any
/// allowed character has no match, so there is nothing to compare and it passes ("$$$" is a name); a value of more than
/// `limit` allowed characters is longer than its own match, so it fails (spec 1.0.5 and 1.0.6). `run` is `[…]+` without
/// the upper bound, which would cost the regular expression a copy of its character class for every repetition.
fn first_run_is_whole(run: &Regex, limit: usize, text: &str) -> bool {
    match run.find(text) {
        Some(first) => first.len() == text.len() && text.chars().count() <= limit,
        None => true,
    }
}
