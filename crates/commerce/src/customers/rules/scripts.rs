//! Which scripts a top level domain takes in the international labels below it.
//!
//! The original holds a table of letters per registry. Patron keeps the shape of that (which top level domains have
//! international labels at all, and of which scripts) and accepts every letter of a script. A top level domain without
//! an entry takes ASCII only, as in the original.

use std::sync::LazyLock;

use regex::Regex;

/// One script a label can be written in, beside ASCII letters, digits and dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Thai,
    Hangul,
    /// Chinese and Japanese characters, which labels mix.
    HanAndKana,
    Tamil,
    Sinhala,
    /// Any letter: registries of so many scripts that listing them says nothing.
    Any,
}

impl Script {
    /// True when `label` is written in this script.
    fn writes(self, label: &str) -> bool {
        let pattern: &LazyLock<Regex> = match self {
            Self::Latin => &LATIN,
            Self::Greek => &GREEK,
            Self::Cyrillic => &CYRILLIC,
            Self::Hebrew => &HEBREW,
            Self::Arabic => &ARABIC,
            Self::Thai => &THAI,
            Self::Hangul => &HANGUL,
            Self::HanAndKana => &HAN_AND_KANA,
            Self::Tamil => &TAMIL,
            Self::Sinhala => &SINHALA,
            Self::Any => &ANY,
        };
        pattern.is_match(label)
    }
}

/// True when an international `label` may stand below `tld` (upper case, or decoded when it is international itself).
pub(super) fn allows(tld: &str, label: &str) -> bool {
    scripts(tld).iter().any(|script| script.writes(label))
}

fn scripts(tld: &str) -> &'static [Script] {
    use Script::{Any, Arabic, Cyrillic, Greek, HanAndKana, Hangul, Hebrew, Latin, Sinhala, Tamil, Thai};
    match tld {
        "COM" | "NET" | "NU" => &[Any],
        "BIZ" => &[Latin, HanAndKana, Hangul],
        "INFO" | "ORG" => &[Latin, Hangul],
        "EU" => &[Latin, Greek, Cyrillic],
        "PL" => &[Latin, Cyrillic, Greek, Hebrew],
        "AC" | "AR" | "AS" | "AT" | "BR" | "BV" | "CAT" | "CH" | "CL" | "DE" | "DK" | "EE" | "ES" | "FI"
        | "HR" | "HU" | "IO" | "IS" | "IT" | "LI" | "LT" | "MD" | "MUSEUM" | "NO" | "PE" | "PR" | "PT"
        | "RS" | "SE" | "SH" | "SI" | "SJ" | "SWISS" | "TM" | "TR" | "VE" | "VN" => &[Latin],
        "GR" => &[Greek],
        "RU" | "UA" | "рф" | "мон" | "срб" | "сайт" | "онлайн" => &[Cyrillic],
        "IL" => &[Hebrew],
        "SA" | "امارات" | "الاردن" | "السعودية" | "تونس" | "مصر" | "فلسطين" | "شبكة" => {
            &[Arabic]
        }
        "TH" | "ไทย" => &[Thai],
        "KR" => &[Hangul],
        "CN" | "HK" | "TW" | "JP" | "中国" | "中國" | "香港" | "台湾" | "台灣" => &[HanAndKana],
        "இலங்கை" => &[Tamil],
        "ලංකා" => &[Sinhala],
        _ => &[],
    }
}

static LATIN: LazyLock<Regex> = LazyLock::new(|| of(r"\p{Latin}\p{Mn}·"));
static GREEK: LazyLock<Regex> = LazyLock::new(|| of(r"a-z\p{Greek}"));
static CYRILLIC: LazyLock<Regex> = LazyLock::new(|| of(r"a-z\p{Cyrillic}ʼ"));
static HEBREW: LazyLock<Regex> = LazyLock::new(|| of(r"a-z\p{Hebrew}"));
static ARABIC: LazyLock<Regex> = LazyLock::new(|| of(r"\p{Arabic}"));
static THAI: LazyLock<Regex> = LazyLock::new(|| of(r"a-z\p{Thai}"));
static HANGUL: LazyLock<Regex> = LazyLock::new(|| of(r"\p{Hangul}"));
static HAN_AND_KANA: LazyLock<Regex> = LazyLock::new(|| of(r"a-z\p{Han}\p{Hiragana}\p{Katakana}ー々"));
static TAMIL: LazyLock<Regex> = LazyLock::new(|| of(r"\p{Tamil}"));
static SINHALA: LazyLock<Regex> = LazyLock::new(|| of(r"\p{Sinhala}"));
static ANY: LazyLock<Regex> = LazyLock::new(|| of(r"\p{L}\p{M}\p{Nd}·"));

/// Labels of the given letters with ASCII digits and dashes.
fn of(letters: &str) -> Regex {
    Regex::new(&format!(r"^[\-0-9{letters}]+$")).expect("the patterns of scripts are fixed and valid")
}
