//! What a condition's word and value ask of a column (`spec/magento-rest-conventions.md` 2.10). Knows no SQL.

use patron_sql::Value;
use patron_webapi::{Fault, collation::fold, search::Filter};

use super::{columns::Kind, pattern::Pattern, values};
use crate::flat::expression;

/// A test on a column. Except for [`Test::IsNull`] none is passed by NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Passed by no row.
    Nothing,
    /// NULL.
    IsNull,
    /// Not NULL.
    IsNotNull,
    /// Compared with a value.
    Compare(Operator, Value<'static>),
    /// One of a list; or, with false, none of it.
    In(bool, Vec<Value<'static>>),
    /// Like a pattern, or not.
    Like(bool, Pattern),
    /// The comma-separated text contains this key as an item, or does not.
    Contains(bool, String),
    /// Matches a regular expression somewhere.
    Matches(String),
    /// The number, written as an address of the internet protocol, is like a pattern.
    Address(Pattern),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

impl Operator {
    /// The operator in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

impl Test {
    /// The test that a filter asks for on a column of this kind. A condition that the original does not know is `eq`; in upper case it
    /// knows none (`spec/magento-rest-conventions.md` 2.10; recorded: `customers/search/condition-39`).
    pub fn of(filter: &Filter, kind: Kind) -> Result<Self, Fault> {
        let word = filter.condition_type.as_str();
        let value = filter.value.as_deref();
        // The original turns an empty text into the question for NULL, and fails when `is` has a value.
        match (word, value) {
            ("null", _) | ("is", None) | ("seq", None | Some("")) => return Ok(Self::IsNull),
            ("notnull", _) | ("sneq", None | Some("")) => return Ok(Self::IsNotNull),
            _ => {}
        }
        let Some(value) = value else { return Ok(Self::Nothing) };
        Ok(match word {
            "neq" | "sneq" => compare(Operator::NotEqual, value, kind),
            "gt" => compare(Operator::Greater, value, kind),
            "gteq" | "from" => compare(Operator::GreaterOrEqual, value, kind),
            "lt" => compare(Operator::Less, value, kind),
            "lteq" | "to" => compare(Operator::LessOrEqual, value, kind),
            "in" => list(true, value, kind),
            "nin" => list(false, value, kind),
            "like" => Self::Like(true, Pattern::of(value)),
            "nlike" => Self::Like(false, Pattern::of(value)),
            "finset" => Self::Contains(true, fold(value)),
            "nfinset" => Self::Contains(false, fold(value)),
            "regexp" => {
                expression::check(value, filter.field.as_deref())?;
                Self::Matches(value.to_owned())
            }
            "ntoa" => Self::Address(Pattern::of(value)),
            _ => compare(Operator::Equal, value, kind),
        })
    }

    /// Can an index on the column's keys find what passes?
    pub fn is_range(&self) -> bool {
        match self {
            Self::Compare(operator, _) => *operator != Operator::NotEqual,
            Self::In(included, _) => *included,
            Self::Like(included, pattern) => *included && !pattern.prefix().trim_end_matches(' ').is_empty(),
            _ => false,
        }
    }

    /// Do all rows that pass have the same key?
    pub fn is_one_key(&self) -> bool {
        match self {
            Self::Compare(operator, _) => *operator == Operator::Equal,
            Self::In(included, values) => *included && values.len() == 1,
            _ => false,
        }
    }

    /// What the text of every row that passes certainly contains.
    pub fn contained(&self) -> Option<String> {
        match self {
            Self::Like(true, pattern) => Some(pattern.longest_run()),
            Self::Compare(Operator::Equal, Value::Text(key)) => Some(key.trim_matches(' ').to_owned()),
            _ => None,
        }
    }

    /// The text, if containing it is all that is asked for.
    pub fn infix(&self) -> Option<String> {
        if let Self::Like(true, pattern) = self { pattern.infix() } else { None }
    }
}

fn compare(operator: Operator, value: &str, kind: Kind) -> Test {
    match kind {
        Kind::Int => compare_int(operator, values::number(value)),
        _ => Test::Compare(operator, key(value, kind)),
    }
}

/// Whole numbers are compared with what was sent as fractions are: 1.5 equals none of them.
fn compare_int(operator: Operator, number: f64) -> Test {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let is_whole = number == number.trunc();
    match operator {
        Equal if !is_whole => Test::Nothing,
        NotEqual if !is_whole => Test::IsNotNull,
        Greater | LessOrEqual => Test::Compare(operator, whole(number.floor())),
        GreaterOrEqual | Less => Test::Compare(operator, whole(number.ceil())),
        Equal | NotEqual => Test::Compare(operator, whole(number)),
    }
}

/// The number as a column of 64 bit holds it; those beyond stand for its ends.
fn whole(number: f64) -> Value<'static> {
    Value::Int(number as i64)
}

/// A comma-separated list, its items as they are: blanks count, and an empty one is an item.
fn list(included: bool, value: &str, kind: Kind) -> Test {
    let mut keys: Vec<Value<'static>> = Vec::new();
    for item in value.split(',') {
        let key = match kind {
            Kind::Int if values::number(item).fract() != 0.0 => continue,
            Kind::Int => whole(values::number(item)),
            _ => key(item, kind),
        };
        keys.push(key);
    }
    keys.sort_by(|a, b| a.partial_cmp_key(b));
    keys.dedup();
    if included && keys.is_empty() { Test::Nothing } else { Test::In(included, keys) }
}

/// What the column's keys are compared with.
fn key(value: &str, kind: Kind) -> Value<'static> {
    match kind {
        Kind::Int => whole(values::number(value)),
        Kind::Real => Value::Real(values::number(value)),
        Kind::Text => Value::Text(fold(value).into()),
        Kind::Day => Value::Text(values::day(value).into()),
        Kind::Moment => Value::Text(values::moment(value).into()),
    }
}

trait Keyed {
    fn partial_cmp_key(&self, other: &Self) -> std::cmp::Ordering;
}

impl Keyed for Value<'_> {
    /// Orders the keys of one list, which are all of one kind.
    fn partial_cmp_key(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering::Equal;
        match (self, other) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Real(a), Value::Real(b)) => a.partial_cmp(b).unwrap_or(Equal),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => Equal,
        }
    }
}
