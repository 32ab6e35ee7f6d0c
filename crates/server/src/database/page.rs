//! Rows of any table: read in the order of the key, page by page, written in few statements, summed up in a way that no engine colours.

use std::fmt;

use anyhow::{Context, Result};
use patron_sql::{Kind, Session, Table, Value, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A row, by the columns of its table.
pub type Row = Vec<Value<'static>>;

/// Parameters in one `INSERT`: both engines take many more, but beyond this it is not quicker.
const PARAMETERS: usize = 1000;

/// How many rows there are, and the sum of their SHA-256 (of 128 bits each): the same in whatever order they come, and on any engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    pub rows: u64,
    #[serde(with = "hexadecimal")]
    digest: u128,
}

impl Sum {
    /// Adds a row.
    pub fn add(&mut self, table: &Table, row: &Row) {
        let mut hash = Sha256::new();
        for (column, value) in table.columns.iter().zip(row) {
            match value {
                Value::Null => hash.update([0]),
                Value::Int(int) if column.kind == Kind::Real => {
                    update(&mut hash, 2, &(*int as f64).to_bits().to_be_bytes())
                }
                Value::Int(int) => update(&mut hash, 1, &int.to_be_bytes()),
                Value::Real(real) => update(&mut hash, 2, &real.to_bits().to_be_bytes()),
                Value::Text(text) => {
                    update(&mut hash, 3, &(text.len() as u64).to_be_bytes());
                    hash.update(text.as_bytes());
                }
            }
        }
        let half: [u8; 16] = hash.finalize()[..16].try_into().expect("SHA-256 has 32 bytes");
        self.digest = self.digest.wrapping_add(u128::from_be_bytes(half));
        self.rows += 1;
    }
}

fn update(hash: &mut Sha256, tag: u8, bytes: &[u8]) {
    hash.update([tag]);
    hash.update(bytes);
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, checksum {:032x}", self.rows, self.digest)
    }
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{number:032x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

/// The key of a row.
pub fn key(table: &Table, row: &Row) -> Row {
    table.key.iter().map(|column| row[*column].clone()).collect()
}

/// At most `limit` rows behind the one with the key `after`, from the first if there is none; in key order, not beyond `to`.
pub fn read(
    sql: Session<'_>,
    table: &Table,
    after: Option<&Row>,
    to: Option<&Row>,
    limit: i64,
) -> Result<Vec<Row>> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let key: Vec<&str> = table.key.iter().map(|column| columns[*column].as_str()).collect();
    let mut parameters: Vec<Value<'_>> = Vec::new();
    let mut conditions = Vec::new();
    for (comparison, bound) in [(">", after), ("<=", to)] {
        let Some(bound) = bound else { continue };
        let places: Vec<String> =
            (1..=key.len()).map(|place| format!("?{}", parameters.len() + place)).collect();
        conditions.push(format!("({}) {comparison} ({})", key.join(", "), places.join(", ")));
        parameters.extend(bound.iter().map(Value::from));
    }
    let condition =
        if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    parameters.push(limit.into());
    let query = format!(
        "SELECT {} FROM {} {condition} ORDER BY {} LIMIT ?{}",
        columns.join(", "),
        quoted(&table.name),
        key.join(", "),
        parameters.len()
    );
    let rows = sql.all(&query, &parameters, |row| -> Result<Row, patron_sql::Error> {
        (0..columns.len()).map(|column| row.value(column).map(Value::into_owned)).collect()
    });
    rows.with_context(|| format!("cannot read the table {}", table.name))
}

/// Writes rows: many in a statement, the odd ones alone, so that there are two texts a table to prepare and no more.
pub fn write(sql: Session<'_>, table: &Table, rows: &[Row]) -> Result<(), patron_sql::Error> {
    let together = (PARAMETERS / table.columns.len()).max(1);
    let mut groups = rows.chunks_exact(together);
    let many = insert(table, together);
    for group in &mut groups {
        let values: Vec<Value<'_>> = group.iter().flatten().map(Value::from).collect();
        sql.execute(&many, &values)?;
    }
    let one = insert(table, 1);
    for row in groups.remainder() {
        let values: Vec<Value<'_>> = row.iter().map(Value::from).collect();
        sql.execute(&one, &values)?;
    }
    Ok(())
}

/// How many rows a table has.
pub fn count(sql: Session<'_>, table: &Table) -> Result<u64> {
    let query = format!("SELECT count(*) FROM {}", quoted(&table.name));
    let rows: i64 = sql.one::<_, patron_sql::Error>(&query, params![], |row| row.int(0))?;
    Ok(rows.unsigned_abs())
}

/// Roughly the bytes of rows.
pub fn size(rows: &[Row]) -> usize {
    let of = |value: &Value<'_>| 8 + if let Value::Text(text) = value { text.len() } else { 0 };
    rows.iter().flatten().map(of).sum()
}

fn insert(table: &Table, rows: usize) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let row = |at: usize| {
        let places: Vec<String> =
            (1..=columns.len()).map(|place| format!("?{}", at * columns.len() + place)).collect();
        format!("({})", places.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO {} ({}) VALUES {}", quoted(&table.name), columns.join(", "), values.join(", "))
}

/// A name as both engines take it, whatever it is.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use patron_sql::Column;

    use super::*;

    fn table() -> Table {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = vec![column("id", Kind::Int), column("number", Kind::Real), column("text", Kind::Text)];
        Table { name: "t".to_owned(), columns, key: vec![0] }
    }

    fn sum(rows: &[Row]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(&table(), row));
        sum
    }

    #[test]
    fn a_sum_knows_every_value_and_no_order() {
        let row = |id: i64, number: f64, text: &str| vec![id.into(), number.into(), text.to_owned().into()];
        let (one, two) = (row(1, 0.5, "a"), row(2, 2.0, "b"));
        let whole = sum(&[one.clone(), two.clone()]);
        assert_eq!(whole, sum(&[two.clone(), one.clone()]));
        // What one engine gives as a whole number, the other gives as a floating-point one.
        assert_eq!(whole, sum(&[one.clone(), vec![2.into(), Value::Int(2), "b".into()]]));
        for other in
            [row(2, 2.0, "c"), row(2, 2.5, "b"), row(3, 2.0, "b"), vec![2.into(), Value::Null, "b".into()]]
        {
            assert_ne!(whole, sum(&[one.clone(), other]));
        }
        assert_ne!(sum(std::slice::from_ref(&one)), sum(&[one.clone(), one]));
    }

    #[test]
    fn a_sum_is_kept_as_text_and_read_again() {
        let whole = sum(&[vec![1.into(), Value::Null, "a".into()]]);
        let kept = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Sum>(&kept).unwrap(), whole);
    }
}
