//! One filter as SQL, with the meaning it has on MySQL under `utf8mb4_general_ci`.

use patron_sql::{Engine, Value};
use patron_webapi::collation::fold;

use super::{
    Column, Kind, dialect,
    value::{Whole, number, time, whole},
};

/// A condition that no row meets: comparing with what is missing.
const NOTHING: &str = "1 = 0";

/// The parameters of a statement, numbered as they are added.
#[derive(Debug)]
pub struct Parameters(Vec<Value<'static>>);

impl Parameters {
    /// Parameters that begin with `?1`.
    pub fn beginning_with(first: impl Into<Value<'static>>) -> Self {
        Self(vec![first.into()])
    }

    /// Adds a value and gives its placeholder.
    pub fn add(&mut self, value: impl Into<Value<'static>>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }

    /// The values in order.
    pub fn values(&self) -> &[Value<'static>] {
        &self.0
    }
}

/// One filter. A condition that the original does not know (it knows them in lower case only) means `eq`; where a condition
/// compares with a value, a missing one matches nothing.
pub fn condition(
    column: &Column,
    word: &str,
    value: Option<&str>,
    parameters: &mut Parameters,
    engine: Engine,
) -> String {
    match (word, value) {
        ("null" | "is", _) => format!("{} IS NULL", column.sql),
        ("notnull", _) => format!("{} IS NOT NULL", column.sql),
        ("seq", None | Some("")) => format!("{} IS NULL", column.sql),
        ("sneq", None | Some("")) => format!("{} IS NOT NULL", column.sql),
        (_, None) => NOTHING.to_owned(),
        ("neq" | "sneq", Some(value)) => compared(column, "<>", value, parameters),
        ("gt", Some(value)) => compared(column, ">", value, parameters),
        ("gteq" | "from", Some(value)) => compared(column, ">=", value, parameters),
        ("lt", Some(value)) => compared(column, "<", value, parameters),
        ("lteq" | "to", Some(value)) => compared(column, "<=", value, parameters),
        ("like", Some(value)) => like(column, "LIKE", value, parameters),
        ("nlike", Some(value)) => like(column, "NOT LIKE", value, parameters),
        ("in", Some(value)) => listed(column, "IN", value, parameters),
        ("nin", Some(value)) => listed(column, "NOT IN", value, parameters),
        ("finset", Some(value)) => in_set(column, value, parameters),
        ("nfinset", Some(value)) => format!("NOT {}", in_set(column, value, parameters)),
        ("regexp", Some(value)) => {
            format!("{} {} {}", as_text(column), dialect::matches(engine), parameters.add(value.to_owned()))
        }
        // No column of a flat repository holds an IP address.
        ("ntoa", Some(_)) => NOTHING.to_owned(),
        (_, Some(value)) => compared(column, "=", value, parameters),
    }
}

fn compared(column: &Column, operator: &str, value: &str, parameters: &mut Parameters) -> String {
    let placeholder = match column.kind {
        Kind::Number => match whole(operator, number(value)) {
            Whole::Than(number) => parameters.add(number),
            Whole::All => return format!("{} IS NOT NULL", column.sql),
            Whole::Nothing => return NOTHING.to_owned(),
        },
        Kind::Text { .. } => parameters.add(fold(value)),
        Kind::Time => parameters.add(time(value)),
    };
    format!("{} {operator} {placeholder}", column.comparable())
}

/// Items are separated by commas and not trimmed. Each is bound once: there is a limit to parameters, none to the list.
fn listed(column: &Column, operator: &str, list: &str, parameters: &mut Parameters) -> String {
    let mut placeholders: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in list.split(',') {
        let item: Value<'static> = match column.kind {
            Kind::Number => match whole("=", number(item)) {
                Whole::Than(number) => number.into(),
                _ => continue,
            },
            Kind::Text { .. } => fold(item).into(),
            Kind::Time => time(item).into(),
        };
        if seen.insert(format!("{item:?}")) {
            placeholders.push(parameters.add(item));
        }
    }
    match (placeholders.is_empty(), operator) {
        (true, "IN") => NOTHING.to_owned(),
        (true, _) => format!("{} IS NOT NULL", column.sql),
        _ => format!("{} {operator} ({})", column.comparable(), placeholders.join(", ")),
    }
}

fn like(column: &Column, operator: &str, pattern: &str, parameters: &mut Parameters) -> String {
    let text = match column.kind {
        // Blanks at the end count here, so the folded copy gets them back.
        Kind::Text { folded } => format!("({folded} || substr({0}, length(rtrim({0})) + 1))", column.sql),
        Kind::Number | Kind::Time => as_text(column),
    };
    let placeholder = parameters.add(folded_pattern(pattern));
    format!("{text} {operator} {placeholder} ESCAPE '\\'")
}

/// A pattern whose letters are folded; blanks at its end stay. A backslash at the end has nothing to escape and stands for itself.
fn folded_pattern(pattern: &str) -> String {
    let mut folded = fold(&format!("{pattern}."));
    folded.pop();
    if folded.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
        folded.push('\\');
    }
    folded
}

/// MySQL's `FIND_IN_SET`: the column holds items separated by commas, and nothing is among no items.
fn in_set(column: &Column, item: &str, parameters: &mut Parameters) -> String {
    let text = match column.kind {
        Kind::Text { folded } => folded.to_owned(),
        Kind::Number | Kind::Time => as_text(column),
    };
    let item = fold(item).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    if item.contains(',') {
        return format!("({text} <> {text})");
    }
    let placeholder = parameters.add(format!("%,{item},%"));
    format!("({text} <> '' AND ',' || {text} || ',' LIKE {placeholder} ESCAPE '\\')")
}

fn as_text(column: &Column) -> String {
    match column.kind {
        Kind::Number => format!("CAST({} AS TEXT)", column.sql),
        Kind::Text { .. } | Kind::Time => column.sql.to_owned(),
    }
}
