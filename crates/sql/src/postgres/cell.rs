//! Values on their way to and from the server, in its binary form.

use std::error::Error as StdError;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::pattern;
use crate::Value;

type Failed = Box<dyn StdError + Sync + Send>;

/// A column of a result. Text borrows from the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
    /// A type that no column of ours has.
    Foreign,
}

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Cell<'r>, Failed> {
        Ok(match *kind {
            Type::INT8 => Cell::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Cell::Int(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT2 => Cell::Int(i16::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Cell::Int((raw != [0]).into()),
            Type::FLOAT8 => Cell::Real(f64::from_be_bytes(raw.try_into()?)),
            Type::FLOAT4 => Cell::Real(f32::from_be_bytes(raw.try_into()?).into()),
            Type::NUMERIC => numeric(raw)?,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                Cell::Text(std::str::from_utf8(raw)?)
            }
            _ => Cell::Foreign,
        })
    }

    fn from_sql_null(_: &Type) -> Result<Cell<'r>, Failed> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// `sum(bigint)` is a NUMERIC: digits to the base 10 000, `weight` of the first, sign. Whole ones that fit are integers.
fn numeric(raw: &[u8]) -> Result<Cell<'static>, Failed> {
    let word = |at: usize| -> Result<i16, Failed> {
        let bytes = raw.get(2 * at..2 * at + 2).ok_or("a NUMERIC that is cut off")?;
        Ok(i16::from_be_bytes(bytes.try_into()?))
    };
    let (digits, weight, sign) = (word(0)?, word(1)?, word(2)?);
    let (mut whole, mut real) = (Some(0_i128), 0_f64);
    for place in 0..digits.max(weight + 1) {
        let digit = if place < digits { word(4 + place as usize)? } else { 0 };
        if place > weight {
            whole = whole.filter(|_| digit == 0);
        } else {
            whole = whole.and_then(|whole| whole.checked_mul(10_000)?.checked_add(digit.into()));
        }
        real += f64::from(digit) * 10_000_f64.powi((weight - place).into());
    }
    match sign {
        0 => {}
        0x4000 => (whole, real) = (whole.map(|whole| -whole), -real),
        _ => return Ok(Cell::Real(f64::NAN)),
    }
    Ok(whole.and_then(|whole| i64::try_from(whole).ok()).map_or(Cell::Real(real), Cell::Int))
}

/// A parameter, to be written as whatever type the server takes it for.
pub(super) struct Bound<'a> {
    pub(super) value: &'a Value<'a>,
    /// It stands right of a `REGEXP`.
    pub(super) pattern: bool,
}

/// Never the value: `tokio-postgres` writes parameters to the log, and they are e-mail addresses and secrets.
impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match self.value {
            Value::Null => return Ok(IsNull::Yes),
            Value::Int(int) => self.int(*int, kind, out),
            Value::Real(real) => self.real(*real, kind, out),
            Value::Text(text) if self.pattern => pattern::translate(text)?.to_sql(kind, out).map(drop),
            Value::Text(text) => self.text(text, kind, out),
        }?;
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Bound<'_> {
    fn int(&self, int: i64, kind: &Type, out: &mut BytesMut) -> Result<(), Failed> {
        match *kind {
            Type::INT8 => out.extend_from_slice(&int.to_be_bytes()),
            Type::INT4 => out.extend_from_slice(&i32::try_from(int)?.to_be_bytes()),
            Type::INT2 => out.extend_from_slice(&i16::try_from(int)?.to_be_bytes()),
            Type::BOOL => out.extend_from_slice(&[u8::from(int != 0)]),
            Type::FLOAT8 => out.extend_from_slice(&(int as f64).to_be_bytes()),
            Type::NUMERIC => out.extend_from_slice(&as_numeric(int)),
            _ => out.extend_from_slice(int.to_string().as_bytes()),
        }
        Ok(())
    }

    fn real(&self, real: f64, kind: &Type, out: &mut BytesMut) -> Result<(), Failed> {
        match *kind {
            Type::FLOAT8 => out.extend_from_slice(&real.to_be_bytes()),
            Type::FLOAT4 => out.extend_from_slice(&(real as f32).to_be_bytes()),
            Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::NUMERIC if real.fract() == 0.0 => {
                return self.int(real as i64, kind, out);
            }
            Type::TEXT | Type::VARCHAR | Type::UNKNOWN => out.extend_from_slice(real.to_string().as_bytes()),
            _ => return Err(format!("a floating-point number cannot be a {kind}").into()),
        }
        Ok(())
    }

    fn text(&self, text: &str, kind: &Type, out: &mut BytesMut) -> Result<(), Failed> {
        match *kind {
            Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::NUMERIC => {
                self.int(text.trim().parse()?, kind, out)
            }
            Type::FLOAT8 | Type::FLOAT4 => self.real(text.trim().parse()?, kind, out),
            _ => {
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
    }
}

/// A whole number as a NUMERIC: for a parameter that meets a `sum`.
fn as_numeric(int: i64) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut rest = int.unsigned_abs();
    while rest > 0 {
        digits.push((rest % 10_000) as i16);
        rest /= 10_000;
    }
    let sign = if int < 0 { 0x4000 } else { 0 };
    let head = [digits.len() as i16, digits.len() as i16 - 1, sign, 0];
    head.into_iter().chain(digits.into_iter().rev()).flat_map(i16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeric_that_is_whole_is_an_integer() {
        for int in [0, 1, -1, 9_999, 10_000, -10_000, 123_456_789, i64::MAX, i64::MIN] {
            assert_eq!(numeric(&as_numeric(int)).unwrap(), Cell::Int(int));
        }
        // 12.5: digits 12 and 5000, weight 0, scale 1.
        let half: Vec<u8> = [2_i16, 0, 0, 1, 12, 5_000].into_iter().flat_map(i16::to_be_bytes).collect();
        assert_eq!(numeric(&half).unwrap(), Cell::Real(12.5));
        assert!(numeric(&half[..10]).is_err());
    }
}
