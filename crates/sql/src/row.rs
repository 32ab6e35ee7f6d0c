//! One row of a result, read column by column while it lasts.

use rusqlite::types::ValueRef;

use crate::postgres::Cell;
use crate::{Error, Value};

/// A row of a result. Columns are numbered from 0; text is borrowed from the engine, so it lives as long as the row.
///
/// Every reader fails with [`Error::Column`] where the column is absent or holds another kind of value.
pub struct Row<'r>(Cells<'r>);

enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>) -> Row<'r> {
        Row(Cells::Sqlite(row))
    }

    pub(crate) fn postgres(row: &'r tokio_postgres::Row) -> Row<'r> {
        Row(Cells::Postgres(row))
    }

    /// A whole number.
    pub fn int(&self, index: usize) -> Result<i64, Error> {
        self.opt_int(index)?.ok_or_else(|| null(index, "a whole number"))
    }

    /// A whole number or `NULL`.
    pub fn opt_int(&self, index: usize) -> Result<Option<i64>, Error> {
        match self.cell(index)? {
            Cell::Null => Ok(None),
            Cell::Int(int) => Ok(Some(int)),
            other => Err(mismatch(index, "a whole number", other)),
        }
    }

    /// A floating-point number; a whole number counts as one.
    pub fn real(&self, index: usize) -> Result<f64, Error> {
        self.opt_real(index)?.ok_or_else(|| null(index, "a number"))
    }

    /// A floating-point number or `NULL`; a whole number counts as one.
    pub fn opt_real(&self, index: usize) -> Result<Option<f64>, Error> {
        match self.cell(index)? {
            Cell::Null => Ok(None),
            Cell::Real(real) => Ok(Some(real)),
            // Both engines compute with integers where nothing says otherwise, as in `SELECT 1 + 1`.
            Cell::Int(int) => Ok(Some(int as f64)),
            other => Err(mismatch(index, "a number", other)),
        }
    }

    /// Text, borrowed.
    pub fn text(&self, index: usize) -> Result<&str, Error> {
        self.opt_text(index)?.ok_or_else(|| null(index, "text"))
    }

    /// Text or `NULL`, borrowed.
    pub fn opt_text(&self, index: usize) -> Result<Option<&str>, Error> {
        match self.cell(index)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            other => Err(mismatch(index, "text", other)),
        }
    }

    /// Text, as an own copy.
    pub fn string(&self, index: usize) -> Result<String, Error> {
        self.text(index).map(str::to_owned)
    }

    /// Text or `NULL`, as an own copy.
    pub fn opt_string(&self, index: usize) -> Result<Option<String>, Error> {
        Ok(self.opt_text(index)?.map(str::to_owned))
    }

    /// A 0 or 1, or what a comparison gave; any other number counts as 1.
    pub fn flag(&self, index: usize) -> Result<bool, Error> {
        Ok(self.int(index)? != 0)
    }

    /// The value as it is stored, text borrowed: for whoever copies rows without knowing them.
    pub fn value(&self, index: usize) -> Result<Value<'_>, Error> {
        match self.cell(index)? {
            Cell::Null => Ok(Value::Null),
            Cell::Int(int) => Ok(Value::Int(int)),
            Cell::Real(real) => Ok(Value::Real(real)),
            Cell::Text(text) => Ok(Value::Text(text.into())),
            other => Err(mismatch(index, "a value of ours", other)),
        }
    }

    fn cell(&self, index: usize) -> Result<Cell<'_>, Error> {
        let absent = || Error::Column { index, wanted: "a column", found: "no column" };
        match self.0 {
            Cells::Sqlite(row) => match row.get_ref(index).map_err(|_| absent())? {
                ValueRef::Null => Ok(Cell::Null),
                ValueRef::Integer(int) => Ok(Cell::Int(int)),
                ValueRef::Real(real) => Ok(Cell::Real(real)),
                ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                    .map(Cell::Text)
                    .map_err(|_| Error::Column { index, wanted: "text", found: "bytes that are not UTF-8" }),
                ValueRef::Blob(_) => Ok(Cell::Foreign),
            },
            Cells::Postgres(row) if index < row.len() => row.try_get(index).map_err(Error::other),
            Cells::Postgres(_) => Err(absent()),
        }
    }
}

fn null(index: usize, wanted: &'static str) -> Error {
    Error::Column { index, wanted, found: "NULL" }
}

fn mismatch(index: usize, wanted: &'static str, found: Cell<'_>) -> Error {
    let found = match found {
        Cell::Null => "NULL",
        Cell::Int(_) => "a whole number",
        Cell::Real(_) => "a floating-point number",
        Cell::Text(_) => "text",
        Cell::Foreign => "a type without a place here",
    };
    Error::Column { index, wanted, found }
}
