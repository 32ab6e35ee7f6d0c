//! One SQL text, as PostgreSQL reads it.
//!
//! Statements: `?1` becomes `$1`; `REGEXP` becomes `~` with its pattern spelled out (see `pattern`); `LIKE` without
//! `ESCAPE` knows no escape, as on SQLite; a query in a `FROM` gets the name that PostgreSQL insists on before version
//! 16. Migrations: `TEXT` columns compare byte by byte, as on SQLite, whatever the
//! locale of the database.

use super::pattern;
use crate::Error;

/// A statement for the server.
#[derive(Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) text: String,
    /// How many parameters it takes.
    pub(super) parameters: usize,
    /// The parameters, from 0, that are regular expressions.
    pub(super) patterns: Vec<usize>,
}

/// Translates a statement. Fails with [`Error::Pattern`] if a pattern written in it is none.
pub(super) fn statement(sql: &str) -> Result<Statement, Error> {
    let mut out =
        Statement { text: String::with_capacity(sql.len() + 16), parameters: 0, patterns: Vec::new() };
    let mut wanted = Wanted::Anything;
    let mut nesting = Nesting::default();
    let mut tokens = tokens(sql).peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Blank(_) => {
                out.text.push_str(token.text());
                continue;
            }
            Token::Word(word) if word.eq_ignore_ascii_case("regexp") => {
                let operator = if ends_with_word(&out.text, "NOT") {
                    out.text.truncate(out.text.trim_end().len() - 3);
                    "!~"
                } else {
                    "~"
                };
                out.text.truncate(out.text.trim_end().len());
                out.text.push_str("::text ");
                out.text.push_str(operator);
                wanted = Wanted::Pattern;
                continue;
            }
            Token::Matches(operator) => {
                out.text.push_str(operator.trim_end_matches('*'));
                wanted = Wanted::Pattern;
                continue;
            }
            Token::Parameter(number) => {
                let place: usize = number
                    .parse()
                    .ok()
                    .filter(|place| (1..=65_535).contains(place))
                    .ok_or_else(|| Error::other(format!("a parameter without a number from 1: {sql}")))?;
                out.parameters = out.parameters.max(place);
                out.text.push('$');
                out.text.push_str(number);
                if wanted == Wanted::Pattern {
                    out.patterns.push(place - 1);
                }
            }
            Token::Quoted(literal) if wanted == Wanted::Pattern => {
                let written = literal[1..literal.len() - 1].replace("''", "'");
                out.text.push_str(&format!("'{}'", pattern::translate(&written)?.replace('\'', "''")));
            }
            other => out.text.push_str(other.text()),
        }
        let next = || tokens.clone().find(|token| !matches!(token, Token::Blank(_)));
        let like = wanted == Wanted::Like && matches!(token, Token::Parameter(_) | Token::Quoted(_));
        if like && !next().is_some_and(|token| token.is("escape")) {
            out.text.push_str(" ESCAPE ''");
        }
        if nesting.ends_query(token) && !next().is_some_and(Token::is_name) {
            out.text.push_str(&format!(" AS unnamed_{}", nesting.queries));
        }
        wanted = if token.is("like") { Wanted::Like } else { Wanted::Anything };
    }
    Ok(out)
}

/// Translates a migration. Lines that begin with `-- on postgres:` are statements that only PostgreSQL runs;
/// `CREATE VIRTUAL TABLE` is SQLite's own and left out.
pub(super) fn migration(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.trim_start().strip_prefix("-- on postgres:").unwrap_or(line));
    let sql: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut out = String::with_capacity(sql.len() + 256);
    let (mut before, mut start) = (Token::Other(";"), 0);
    let mut foreign = false;
    for token in tokens(&sql) {
        if matches!(token, Token::Blank(_)) {
            out.push_str(token.text());
            continue;
        }
        if matches!(before, Token::Other(";")) {
            start = out.len();
        }
        foreign |= token.is("virtual") && before.is("create");
        out.push_str(token.text());
        if foreign && matches!(token, Token::Other(";")) {
            out.truncate(start);
            foreign = false;
        }
        if matches!((token, before), (Token::Word("TEXT"), Token::Word(word)) if !word.eq_ignore_ascii_case("as"))
        {
            out.push_str(" COLLATE \"C\"");
        }
        before = token;
    }
    if foreign {
        out.truncate(start);
    }
    out
}

/// Which parentheses hold a query that stands in place of a table.
#[derive(Default)]
struct Nesting {
    open: Vec<bool>,
    after_from: bool,
    queries: usize,
}

impl Nesting {
    /// Takes note of a token; whether it is the end of such a query.
    fn ends_query(&mut self, token: Token<'_>) -> bool {
        let ends = match token {
            Token::Other("(") => {
                self.open.push(self.after_from);
                false
            }
            Token::Other(")") => self.open.pop().unwrap_or(false),
            _ => false,
        };
        self.queries += usize::from(ends);
        self.after_from = token.is("from") || token.is("join");
        ends
    }
}

/// What the next operand is for.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Anything,
    Pattern,
    Like,
}

#[derive(Clone, Copy, Debug)]
enum Token<'a> {
    /// Blanks and comments.
    Blank(&'a str),
    Word(&'a str),
    /// The number of a `?1`.
    Parameter(&'a str),
    /// A text with its quotes.
    Quoted(&'a str),
    /// PostgreSQL's own `~*` and `!~*`.
    Matches(&'a str),
    Other(&'a str),
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        let (Token::Blank(text)
        | Token::Word(text)
        | Token::Parameter(text)
        | Token::Quoted(text)
        | Token::Matches(text)
        | Token::Other(text)) = self;
        text
    }

    fn is(self, wanted: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(wanted))
    }

    /// Whether this, behind a query in a `FROM`, is its name or introduces it.
    fn is_name(self) -> bool {
        const OTHERS: [&str; 18] = [
            "where",
            "group",
            "order",
            "limit",
            "offset",
            "having",
            "union",
            "except",
            "intersect",
            "for",
            "join",
            "left",
            "right",
            "full",
            "inner",
            "cross",
            "natural",
            "on",
        ];
        matches!(self, Token::Word(_)) && !OTHERS.iter().any(|other| self.is(other))
            || matches!(self, Token::Other(text) if text.starts_with('"'))
    }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let text = text.trim_end();
    text.len() > word.len()
        && text.is_char_boundary(text.len() - word.len())
        && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
        && text[..text.len() - word.len()].ends_with(char::is_whitespace)
}

fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> + Clone {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let kind: fn(&str) -> Token<'_>;
        let length = match first {
            '\'' => {
                kind = |text| Token::Quoted(text);
                quoted(rest, '\'')
            }
            '"' => {
                kind = |text| Token::Other(text);
                quoted(rest, '"')
            }
            '?' => {
                kind = |text| Token::Parameter(&text[1..]);
                1 + span(&rest[1..], |char| char.is_ascii_digit())
            }
            _ if rest.starts_with("--") => {
                kind = |text| Token::Blank(text);
                rest.find('\n').unwrap_or(rest.len())
            }
            _ if rest.starts_with("/*") => {
                kind = |text| Token::Blank(text);
                rest.find("*/").map_or(rest.len(), |at| at + 2)
            }
            _ if rest.starts_with("!~*") || rest.starts_with("~*") => {
                kind = |text| Token::Matches(text);
                if first == '!' { 3 } else { 2 }
            }
            _ if first.is_whitespace() => {
                kind = |text| Token::Blank(text);
                span(rest, char::is_whitespace)
            }
            _ if first.is_alphanumeric() || first == '_' => {
                kind = |text| Token::Word(text);
                span(rest, |char| char.is_alphanumeric() || char == '_')
            }
            _ => {
                kind = |text| Token::Other(text);
                first.len_utf8()
            }
        };
        let (token, others) = rest.split_at(length);
        rest = others;
        Some(kind(token))
    })
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|char| !belongs(char)).unwrap_or(text.len())
}

/// The length of what is quoted at the beginning of `text`, doubled quotes inside.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = text[at..].find(quote) {
        at += end + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sql: &str) -> String {
        statement(sql).unwrap().text
    }

    #[test]
    fn parameters_are_numbered_the_other_way_but_not_inside_texts() {
        let one = statement("SELECT '?1', \"?2\", ?1 -- ?3\n FROM t WHERE a = ?12 AND b = ?1").unwrap();
        assert_eq!(one.text, "SELECT '?1', \"?2\", $1 -- ?3\n FROM t WHERE a = $12 AND b = $1");
        assert_eq!(one.parameters, 12);
        assert_eq!(text("SELECT 'it''s ?1'"), "SELECT 'it''s ?1'");
        assert!(statement("SELECT ?").is_err());
    }

    #[test]
    fn regular_expressions_are_found_wherever_they_stand() {
        let one = statement("SELECT 1 FROM t WHERE a REGEXP ?2 AND b not regexp ?1 AND c ~* ?3").unwrap();
        assert_eq!(one.text, "SELECT 1 FROM t WHERE a::text ~ $2 AND b::text !~ $1 AND c ~ $3");
        assert_eq!(one.patterns, [1, 0, 2]);
        assert_eq!(text("SELECT 12 REGEXP '^1'"), "SELECT 12::text ~ '(?:^1)'");
        assert!(matches!(statement("SELECT 'a' REGEXP '('"), Err(Error::Pattern { .. })));
    }

    #[test]
    fn like_has_no_escape_unless_it_says_so() {
        assert_eq!(text("a LIKE ?1 AND b"), "a LIKE $1 ESCAPE '' AND b");
        assert_eq!(text(r"a LIKE ?1 ESCAPE '\'"), r"a LIKE $1 ESCAPE '\'");
        assert_eq!(text("a NOT LIKE 'x%'"), "a NOT LIKE 'x%' ESCAPE ''");
    }

    #[test]
    fn a_query_in_place_of_a_table_gets_a_name() {
        assert_eq!(
            text("SELECT count(*) FROM (SELECT lower(a) FROM t WHERE a IN (SELECT b FROM u)) WHERE 1 = 1"),
            "SELECT count(*) FROM (SELECT lower(a) FROM t WHERE a IN (SELECT b FROM u)) AS unnamed_1 WHERE 1 = 1"
        );
        assert_eq!(
            text(
                "SELECT (SELECT 1 FROM (SELECT 1) LIMIT 1), 2 FROM (SELECT 1) AS a JOIN (SELECT 2) b ON 1 = 1"
            ),
            "SELECT (SELECT 1 FROM (SELECT 1) AS unnamed_1 LIMIT 1), 2 FROM (SELECT 1) AS a JOIN (SELECT 2) b ON 1 = 1"
        );
    }

    #[test]
    fn text_columns_compare_byte_by_byte() {
        assert_eq!(
            migration(
                "CREATE TABLE t (text TEXT NOT NULL, b TEXT); -- TEXT\nALTER TABLE t RENAME COLUMN b TO text"
            ),
            "CREATE TABLE t (text TEXT COLLATE \"C\" NOT NULL, b TEXT COLLATE \"C\"); -- TEXT\nALTER TABLE t RENAME COLUMN b TO text\n"
        );
        assert_eq!(migration("SELECT CAST(a AS TEXT)"), "SELECT CAST(a AS TEXT)\n");
    }

    #[test]
    fn each_engine_has_statements_of_its_own() {
        let both = "CREATE VIRTUAL TABLE s USING fts5(text, content='');\nCREATE TABLE t (id BIGINT);\n-- on postgres: CREATE INDEX i ON t USING gin (id);\n";
        assert_eq!(migration(both), "\nCREATE TABLE t (id BIGINT);\n CREATE INDEX i ON t USING gin (id);\n");
    }
}
