//! The formats PHP knows for dates, times, zones and relative words, as far as clients use them.
//!
//! At each place of the text the longest match of all formats wins, the earlier one among equals, as in PHP's scanner.
//! Left out: ordinal dates (`1990.002`), ISO weeks, Roman months, `weekdays` as a unit, `back of` and `front of`.

use std::sync::LazyLock;

use jiff::civil::Weekday;
use regex::{Captures, Regex};

use super::Invalid;
use super::draft::{Draft, Edge, Search};

type Reader = fn(&mut Draft, &Captures<'_>) -> Result<(), Invalid>;

/// Reads a whole text into a draft.
pub(super) fn scan(text: &str) -> Result<Draft, Invalid> {
    let mut draft = Draft::default();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '.', ',']);
        if rest.is_empty() {
            return Ok(draft);
        }
        let mut longest: Option<(Captures<'_>, Reader)> = None;
        for (format, reader) in FORMATS.iter() {
            let Some(found) = format.captures(rest) else { continue };
            if longest.as_ref().is_none_or(|(longest, _)| found[0].len() > longest[0].len()) {
                longest = Some((found, *reader));
            }
        }
        let (found, reader) = longest.ok_or(Invalid)?;
        reader(&mut draft, &found)?;
        rest = &rest[found[0].len()..];
    }
}

/// The formats in order of preference. `{…}` are the parts of [`fill`].
static FORMATS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let formats: [(&str, Reader); 32] = [
        // Words for days and times.
        ("now", |_, _| Ok(())),
        ("(?:today|midnight)", |draft, _| day_word(draft, 0)),
        ("tomorrow", |draft, _| day_word(draft, 1)),
        ("yesterday", |draft, _| day_word(draft, -1)),
        ("noon", |draft, _| draft.set_time(12, 0, 0)),
        (r"@(?<seconds>-?\d{1,15})", timestamp),
        // Times.
        (r"t?{hour}[:.]{minute}(?:[:.]{second}(?:[.,:]\d+)?)?", time),
        (r"{hour12}(?:[:.]{minute}(?:[:.]{second})?)?[ \t]*(?<half>[ap])\.?m\.?", time),
        (r"t(?<hour>2[0-4]|[01]\d)(?<minute>[0-5]\d)(?<second>60|[0-5]\d)?", time),
        // Dates of digits.
        (r"{year}-{month}-{day}", date),
        (r"(?<year>\d{4})-{month}", date),
        (r"(?<year>\d{4})/{month}/{day}/?", date),
        (r"{month}/{day}/{year}", date),
        (r"{month}/{day}", date),
        (r"{day}[.\t-]{month}[.-](?<year>\d{4})", date),
        (r"{day}[.\t]{month}\.(?<year>\d{2})", date),
        (r"(?<year>\d{4})(?<month>1[0-2]|0\d)(?<day>3[01]|[0-2]\d)", date),
        // Dates with the name of the month.
        (r"{day}[ \t.-]*{name}[ \t.-]*{year}", date),
        (r"{name}[ \t.-]*{day}[,.stndrh\t ]+{year}", date),
        (r"{name}-{day}-{year}", date),
        (r"{name}[ \t.-]*(?<year>\d{4})", date),
        (r"(?<year>\d{4})[ \t.-]*{name}(?:-(?<day>3[01]|[0-2]\d))?", date),
        (r"{name}[ \t.-]*{day}[,.stndrh\t ]*", date),
        (r"{day}[ \t.-]*{name}", date),
        (r"{name}", |draft, found| draft.set_date(None, month(found), None)),
        // What is relative to the rest of the text.
        (r"{weekday}", |draft, found| {
            shift_to_weekday(draft, 0, weekday(&found["weekday"]));
            Ok(())
        }),
        (r"(?<sign>[+-]*)[ \t]*(?<number>\d{1,9})[ \t]*{unit}", counted),
        (r"(?<word>{words})[ \t]+{unit}", named),
        (r"(?<edge>first|last) day of", edge),
        ("ago", |draft, _| {
            draft.turn_around();
            Ok(())
        }),
        // Zones.
        (r"(?:gmt|utc)?(?<sign>[+-])(?<hour>2[0-4]|[01]?\d):?(?<minute>[0-5]?\d)?", offset),
        (r"\(?(?<zone>[a-z]{1,5})\)?", zone),
    ];
    formats
        .into_iter()
        .map(|(pattern, reader)| {
            // ASCII only: digits and letters of other scripts are no dates, and slices of a match stay on characters.
            let pattern = format!("^(?i-u:{})", fill(pattern));
            (Regex::new(&pattern).expect("the formats of dates are fixed and valid"), reader)
        })
        .collect()
});

/// Puts the parts that several formats share into a pattern.
fn fill(pattern: &str) -> String {
    pattern
        .replace("{hour}", r"(?<hour>2[0-4]|[01]?\d)")
        .replace("{hour12}", r"(?<hour>1[0-2]|0?[1-9])")
        .replace("{minute}", r"(?<minute>[0-5]?\d)")
        .replace("{second}", r"(?<second>60|[0-5]?\d)")
        .replace("{year}", r"(?<year>\d{1,4})")
        .replace("{month}", r"(?<month>1[0-2]|0?\d)")
        .replace("{day}", r"(?<day>3[01]|[0-2]?\d)(?:st|nd|rd|th)?")
        .replace(
            "{name}",
            "(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|\
             oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)",
        )
        .replace(
            "{weekday}",
            "(?<weekday>sun(?:day)?|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|\
             sat(?:urday)?)",
        )
        .replace(
            "{unit}",
            "(?<unit>seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|fortnights?|months?|years?|\
             (?:sun|mon|tues|wednes|thurs|fri|satur)day|sun|mon|tue|wed|thu|fri|sat)",
        )
        .replace("{words}", &WORDS.map(|(word, _)| word).join("|"))
}

/// Words that count, and what they count to.
const WORDS: [(&str, i64); 16] = [
    ("last", -1),
    ("previous", -1),
    ("this", 0),
    ("next", 1),
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("eleventh", 11),
    ("twelfth", 12),
];

/// Abbreviated zones and their minutes east of Greenwich.
const ZONES: [(&str, i64); 34] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("cest", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("pkt", 300),
    ("ist", 330),
    ("wib", 420),
    ("sgt", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("adt", -180),
    ("ast", -240),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
];

fn day_word(draft: &mut Draft, days: i64) -> Result<(), Invalid> {
    draft.reset_time();
    draft.days += days;
    Ok(())
}

fn timestamp(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    draft.set_date(Some(1970), 1, Some(1))?;
    draft.set_time(0, 0, 0)?;
    draft.set_offset(0)?;
    draft.seconds += number(found, "seconds").unwrap_or_default();
    Ok(())
}

fn time(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let hour = number(found, "hour").unwrap_or_default();
    let hour = match found.name("half").map(|half| half.as_str()) {
        None => hour,
        Some("a" | "A") => hour % 12,
        Some(_) => hour % 12 + 12,
    };
    let part = |name| number(found, name).unwrap_or_default();
    draft.set_time(hour, part("minute"), part("second"))
}

fn date(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let year = found.name("year").map(|digits| year(digits.as_str()));
    let month = number(found, "month").unwrap_or_else(|| month(found));
    draft.set_date(year, month, Some(number(found, "day").unwrap_or(1)))
}

/// Two digits are a year of 1970 to 2069.
fn year(digits: &str) -> i64 {
    let year = digits.parse().expect("a year is up to four digits");
    match year {
        0..70 if digits.len() < 4 => year + 2000,
        70..100 if digits.len() < 4 => year + 1900,
        _ => year,
    }
}

/// The month whose name was found.
fn month(found: &Captures<'_>) -> i64 {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = found["name"][..3].to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, month)| *month == name).expect("the format names the twelve months").0
}

fn weekday(name: &str) -> Weekday {
    match name[..3].to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        _ => Weekday::Sunday,
    }
}

/// The `count`th such weekday: 0 is that day or the first after it, 1 the first after it, -1 the first before it.
fn shift_to_weekday(draft: &mut Draft, count: i64, weekday: Weekday) {
    draft.reset_time();
    draft.days += 7 * if count > 0 { count - 1 } else { count };
    draft.weekday = Some((weekday, if count == 0 { Search::FromThatDay } else { Search::FromTheNextDay }));
}

fn counted(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let turns = found["sign"].matches('-').count();
    let count = number(found, "number").unwrap_or_default();
    shift(draft, if turns.is_multiple_of(2) { count } else { -count }, &found["unit"])
}

fn named(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let word = found["word"].to_ascii_lowercase();
    let (_, count) = WORDS.iter().find(|(known, _)| *known == word).ok_or(Invalid)?;
    shift(draft, *count, &found["unit"])
}

fn shift(draft: &mut Draft, count: i64, unit: &str) -> Result<(), Invalid> {
    let unit = unit.to_ascii_lowercase();
    match unit.strip_suffix('s').unwrap_or(&unit) {
        "sec" | "second" => draft.seconds += count,
        "min" | "minute" => draft.seconds += 60 * count,
        "hour" => draft.seconds += 3600 * count,
        "day" => draft.days += count,
        "week" => draft.days += 7 * count,
        "fortnight" => draft.days += 14 * count,
        "month" => draft.months += count,
        "year" => draft.years += count,
        name => shift_to_weekday(draft, count, weekday(name)),
    }
    Ok(())
}

fn edge(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    draft.edge = Some(if found["edge"].eq_ignore_ascii_case("first") { Edge::First } else { Edge::Last });
    Ok(())
}

fn offset(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let part = |name| number(found, name).unwrap_or_default();
    let seconds = 3600 * part("hour") + 60 * part("minute");
    draft.set_offset(if &found["sign"] == "-" { -seconds } else { seconds })
}

fn zone(draft: &mut Draft, found: &Captures<'_>) -> Result<(), Invalid> {
    let name = found["zone"].to_ascii_lowercase();
    let (_, minutes) = ZONES.iter().find(|(known, _)| *known == name).ok_or(Invalid)?;
    draft.set_offset(60 * minutes)
}

/// A part of a format as a number; `None` when the text left it out.
fn number(found: &Captures<'_>, part: &str) -> Option<i64> {
    found.name(part)?.as_str().parse().ok()
}
