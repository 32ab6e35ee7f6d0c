//! The corpus, replayed and mutated for a bounded time. No coverage guides it: that is what `fuzz/run` is for. It is there so that
//! every `./test` throws something new at every way in.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::targets;

/// How long each target is mutated; `PATRON_FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 3;
/// No input grows beyond this.
const LONGEST: usize = 8 * 1024;
/// What strangers like to send.
const WORDS: &[&[u8]] = &[
    b"[",
    b"]",
    b"{",
    b"}",
    b"&",
    b"=",
    b"%00",
    b"%",
    b"%C3%28",
    b"\0",
    b"\n",
    b"\"",
    b"'",
    b",",
    b"\xff",
    b"-1",
    b"9223372036854775808",
    b"1e400",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"searchCriteria",
    b"[filter_groups][0]",
    b"[filters][0]",
    b"[field]",
    b"[value]",
    b"[condition_type]",
    b"like",
    b"finset",
    b"from",
    b"to",
    b"in",
    b"regexp",
    b"moreq",
    b"email",
    b"group_id",
    b"dob",
    b"created_at",
    b"entity_id",
    b"%25",
    b"<item>",
    b"</item>",
    b"&#0;",
    b"<![CDATA[",
    b"]]>",
    b"customer",
    b"addresses",
    b"custom_attributes",
    b"attribute_code",
    b"extension_attributes",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x98\x80",
    b"\xcc\x81",
    b"..",
    b"/V1/customers/",
    b"_website",
    b"_action",
    b"delete",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize % limit.max(1)
    }
}

#[test]
fn what_strangers_send_as_a_query_string_is_read_or_refused() {
    replay("query");
}

#[test]
fn what_strangers_search_for_is_answered_or_refused() {
    replay("search");
}

#[test]
fn what_strangers_send_in_json_is_done_or_refused() {
    replay("json");
}

#[test]
fn what_strangers_send_in_xml_is_done_or_refused() {
    replay("xml");
}

#[test]
fn what_strangers_send_as_a_token_is_refused() {
    replay("bearer");
}

#[test]
fn what_strangers_ask_for_as_fields_is_read() {
    replay("fields");
}

#[test]
fn what_strangers_import_is_taken_or_refused() {
    replay("import");
}

#[test]
fn the_corpus_reaches_the_handlers() {
    for (name, content_type) in [("json", "application/json"), ("xml", "application/xml")] {
        let corpus = corpus(name);
        let reached = corpus.iter().filter(|input| targets::call(input, content_type)).count();
        assert!(reached * 2 > corpus.len(), "{reached} of {} in {name}", corpus.len());
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut corpus: Vec<Vec<u8>> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(!corpus.is_empty(), "no corpus of {name}");
    corpus.sort();
    corpus
}

fn replay(name: &str) {
    let (_, target) = targets::ALL.into_iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    let number = |variable: &str| std::env::var(variable).ok().and_then(|text| text.parse::<u64>().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = number("PATRON_SEED").unwrap_or_else(clock);
    println!("PATRON_SEED={seed}");
    let mut random = Random(seed | 1);

    corpus.iter().for_each(|input| run(name, target, input, seed));
    let end = Instant::now() + Duration::from_secs(number("PATRON_FUZZ_SECONDS").unwrap_or(SECONDS));
    let mut runs = 0u64;
    while Instant::now() < end {
        let input = mutated(&corpus, &mut random);
        run(name, target, &input, seed);
        runs += 1;
    }
    println!("{name}: {} files, {runs} mutations", corpus.len());
    assert!(runs > 20, "only {runs} mutations in time");
}

/// Keeps the input that made a target panic, and fails.
fn run(name: &str, target: targets::Fuzz, input: &[u8], seed: u64) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_ok() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/artifacts").join(name);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("crash-{seed}"));
    fs::write(&file, input).unwrap();
    panic!("{name} broke at {:?}; kept in {}", String::from_utf8_lossy(input), file.display());
}

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        match random.below(7) {
            0 => input.insert(at, random.below(256) as u8),
            1 if at < input.len() => input[at] ^= 1 << random.below(8),
            2 => drop(input.drain(at..input.len().min(at + 1 + random.below(16)))),
            3 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                let to = other.len().min(from + random.below(64));
                input.splice(at..at, other[from..to].iter().copied());
            }
            4 => {
                let to = input.len().min(at + 1 + random.below(32));
                let piece = input[at..to].to_vec();
                let most = if random.below(20) == 0 { 300 } else { 4 };
                let times = 1 + random.below(most);
                input.splice(at..at, piece.repeat(times));
            }
            5 => {
                let to = input.len().min(at + random.below(8));
                input.splice(at..to, WORDS[random.below(WORDS.len())].iter().copied());
            }
            _ => drop(input.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
        }
    }
    input.truncate(LONGEST);
    input
}
