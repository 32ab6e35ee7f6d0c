//! Tests as SQL. The only file of the search, with [`super::infix`], that differs by engine.

use patron_sql::{Engine, Session, Value};

use super::{
    columns::{Column, Kind},
    conditions::{Operator, Test},
    pattern::{Pattern, after_prefix},
};

/// A statement being written: its text and its parameters, the tenant first.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text so far.
    pub sql: String,
    /// The parameters so far.
    pub params: Vec<Value<'static>>,
    engine: Engine,
}

impl Statement {
    /// An empty statement whose `?1` is the tenant.
    pub fn new(sql: Session<'_>, tenant: i64) -> Self {
        Self { sql: String::new(), params: vec![tenant.into()], engine: sql.engine() }
    }

    /// Adds text.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Adds a parameter and the placeholder for it.
    pub fn bind(&mut self, value: Value<'static>) -> &mut Self {
        self.params.push(value);
        self.sql.push_str(&format!("?{}", self.params.len()));
        self
    }

    /// Adds a table under a name, read by an index where the engine lets us say which.
    pub fn table(&mut self, table: &str, name: &str, index: Option<&str>) -> &mut Self {
        self.sql.push_str(&format!("{table} {name}"));
        if let (Some(index), Engine::Sqlite) = (index, self.engine) {
            self.sql.push_str(&format!(" INDEXED BY {index}"));
        }
        self
    }

    /// Adds a test of a column.
    pub fn test(&mut self, column: &Column, test: &Test) -> &mut Self {
        self.test_of(
            &Tested {
                kind: column.kind,
                value: &column.value,
                key: &column.key,
                is_trimmed: column.is_trimmed,
            },
            test,
        )
    }

    /// Adds a test of an expression.
    pub fn test_of(&mut self, tested: &Tested<'_>, test: &Test) -> &mut Self {
        match test {
            Test::Nothing => self.push("1 = 0"),
            Test::IsNull => self.push(tested.key).push(" IS NULL"),
            Test::IsNotNull => self.push(tested.key).push(" IS NOT NULL"),
            Test::Compare(operator, value) => {
                self.push(tested.key).push(" ").push(operator.sql()).push(" ").bind(value.clone())
            }
            Test::In(included, values) => self.list(tested, *included, values),
            Test::Like(true, pattern) => self.like(tested, pattern),
            Test::Like(false, pattern) => {
                self.push("NOT (");
                self.like(tested, pattern).push(")")
            }
            Test::Contains(included, item) => self.contains(tested, *included, item),
            Test::Matches(expression) => {
                let operator = if self.engine == Engine::Sqlite { " REGEXP " } else { " ~* " };
                self.push(&text(tested.value, tested.kind)).push(operator).bind(expression.clone().into())
            }
            Test::Address(pattern) => self.address(tested, pattern),
        }
    }

    fn list(&mut self, tested: &Tested<'_>, included: bool, values: &[Value<'static>]) -> &mut Self {
        if values.is_empty() {
            return self.push(tested.key).push(" IS NOT NULL");
        }
        self.push(tested.key).push(if included { " IN (" } else { " NOT IN (" });
        for (at, value) in values.iter().enumerate() {
            self.push(if at == 0 { "" } else { ", " }).bind(value.clone());
        }
        self.push(")")
    }

    /// A range of keys for what stands before the first wildcard, and the pattern for what is after it. Blanks at the end count for
    /// a pattern but not for a key, so that one which could tell is matched against the key with the value's blanks put back.
    fn like(&mut self, tested: &Tested<'_>, pattern: &Pattern) -> &mut Self {
        if pattern.is_anything() {
            return self.push(tested.key).push(" IS NOT NULL");
        }
        if matches!(tested.kind, Kind::Int | Kind::Real) {
            return self.pattern(&text(tested.value, tested.kind), pattern);
        }
        let prefix = pattern.prefix();
        let range = prefix.trim_end_matches(' ');
        self.push("(");
        if !range.is_empty() {
            self.push(tested.key).push(" >= ").bind(range.to_owned().into());
            if let Some(after) = after_prefix(range) {
                self.push(" AND ").push(tested.key).push(" < ").bind(after.into());
            }
        }
        if !pattern.is_prefix_only() {
            self.push(if range.is_empty() { "" } else { " AND " });
            if tested.is_trimmed || tested.kind != Kind::Text || pattern.ignores_blanks_at_end() {
                self.pattern(tested.key, pattern);
            } else {
                let (key, value) = (tested.key, tested.value);
                self.pattern(&format!("({key} || substr({value}, length({key}) + 1))"), pattern);
            }
        }
        self.push(")")
    }

    fn pattern(&mut self, of: &str, pattern: &Pattern) -> &mut Self {
        self.push(of).push(" LIKE ").bind(pattern.sql().into()).push(" ESCAPE '\\'")
    }

    /// An item with a comma is in no list, and an empty text is a list of nothing.
    fn contains(&mut self, tested: &Tested<'_>, included: bool, item: &str) -> &mut Self {
        let list =
            if tested.kind == Kind::Text { tested.key.to_owned() } else { text(tested.value, tested.kind) };
        self.push(if included { "(" } else { "NOT (" }).push(&list).push(" <> '' AND ");
        if item.contains(',') {
            return self.push("1 = 0)");
        }
        let wanted = format!(",{item},");
        let position = if self.engine == Engine::Sqlite { "instr" } else { "strpos" };
        self.push(&format!("{position}(',' || {list} || ',', ")).bind(wanted.into()).push(") > 0)")
    }

    fn address(&mut self, tested: &Tested<'_>, pattern: &Pattern) -> &mut Self {
        let number = match (tested.kind, self.engine) {
            (Kind::Int, _) | (_, Engine::Sqlite) => format!("CAST({} AS BIGINT)", tested.value),
            _ => leading_number(tested.value),
        };
        let byte = |shift: u32| format!("(({number} >> {shift}) & 255)");
        let address =
            format!("({} || '.' || {} || '.' || {} || '.' || {})", byte(24), byte(16), byte(8), byte(0));
        self.push(&format!("({number} BETWEEN 0 AND 4294967295 AND ")).pattern(&address, pattern).push(")")
    }
}

/// An expression that is tested.
#[derive(Debug, Clone, Copy)]
pub struct Tested<'t> {
    /// How keys compare.
    pub kind: Kind,
    /// The stored value.
    pub value: &'t str,
    /// The key.
    pub key: &'t str,
    /// The value never ends with a blank.
    pub is_trimmed: bool,
}

/// The value as a text: numbers are written out. Without letters it is its own key.
fn text(value: &str, kind: Kind) -> String {
    if kind == Kind::Int { format!("CAST({value} AS TEXT)") } else { value.to_owned() }
}

/// The whole number that a text begins with, else 0: what a cast is elsewhere, and PostgreSQL refuses.
fn leading_number(text: &str) -> String {
    format!(
        "CAST(CASE WHEN {text} IS NULL THEN NULL ELSE coalesce(substring({text} FROM '^\\s*([+-]?0*[0-9]{{1,18}})'), '0') END AS BIGINT)"
    )
}

/// A test that a key is one of these numbers.
pub fn one_of(values: &[i64]) -> Test {
    match values {
        [value] => Test::Compare(Operator::Equal, (*value).into()),
        values => Test::In(true, values.iter().map(|value| (*value).into()).collect()),
    }
}
