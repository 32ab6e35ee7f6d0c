//! What tables there are, asked of the engine itself: for whoever copies or checks a whole database without knowing it.

use crate::{Engine, Error, Session, filling, migration, params};

/// A table of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, as they were declared.
    pub columns: Vec<Column>,
    /// Places in `columns` of the primary key's, in the key's order.
    pub key: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// The kinds of column that both engines store alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`.
    Int,
    /// `DOUBLE PRECISION`.
    Real,
    /// `TEXT`.
    Text,
}

/// Tables only: a full-text index is SQLite's own, and its pieces are not ours to touch.
const OF_SQLITE: &str = "SELECT t.name, c.name, c.type, c.pk FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c \
     WHERE t.schema = 'main' AND t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_' ORDER BY t.name, c.cid";

const OF_POSTGRES: &str = "SELECT c.relname, a.attname, format_type(a.atttypid, NULL), COALESCE((SELECT k.place \
     FROM pg_index AS i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) \
     WHERE i.indrelid = c.oid AND i.indisprimary AND k.attnum = a.attnum), 0) \
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
     ORDER BY c.relname, a.attnum";

impl Table {
    /// Every table of the schema by name, but for those that this crate keeps for itself.
    ///
    /// Fails with [`Error::Other`] on a column of a type that no schema of ours has, and on a table without a primary key.
    pub fn all(sql: Session<'_>) -> Result<Vec<Table>, Error> {
        let query = match sql.engine() {
            Engine::Sqlite => OF_SQLITE,
            Engine::Postgres => OF_POSTGRES,
        };
        let mut tables: Vec<(Table, Vec<i64>)> = Vec::new();
        sql.each(query, params![], |row| -> Result<(), Error> {
            let name = row.text(0)?;
            if [migration::NAME, migration::ADDITIONS_NAME, filling::NAME].contains(&name) {
                return Ok(());
            }
            if tables.last().is_none_or(|(last, _)| last.name != name) {
                tables.push((
                    Table { name: name.to_owned(), columns: Vec::new(), key: Vec::new() },
                    Vec::new(),
                ));
            }
            let (table, places) = tables.last_mut().expect("one was added above");
            table.columns.push(Column { name: row.string(1)?, kind: kind(name, row.text(2)?)? });
            places.push(row.int(3)?);
            Ok(())
        })?;
        tables.into_iter().map(|(table, places)| with_key(table, &places)).collect()
    }
}

/// `places` says of each column where it stands in the key, from 1, or 0.
fn with_key(mut table: Table, places: &[i64]) -> Result<Table, Error> {
    table.key = (0..places.len()).filter(|column| places[*column] > 0).collect();
    table.key.sort_by_key(|column| places[*column]);
    if table.key.is_empty() {
        return Err(Error::other(format!("the table {} has no primary key", table.name)));
    }
    Ok(table)
}

fn kind(table: &str, declared: &str) -> Result<Kind, Error> {
    match declared.to_ascii_uppercase().as_str() {
        "BIGINT" => Ok(Kind::Int),
        "DOUBLE PRECISION" => Ok(Kind::Real),
        "TEXT" => Ok(Kind::Text),
        other => Err(Error::other(format!("a column of {table} is a {other}, which is no type of ours"))),
    }
}
