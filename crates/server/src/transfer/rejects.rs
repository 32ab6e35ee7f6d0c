//! Rows that were refused: a file of the same form with two more columns (or members), the row's number and the reason, so that it can
//! be corrected and imported again. It is made with the first refusal.

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::PathBuf,
};

use anyhow::{Context, Result};

use super::source::{Raw, Record};

/// The file of refused rows.
pub struct Rejects {
    path: PathBuf,
    header: Option<Vec<String>>,
    file: Option<File>,
    length: u64,
}

impl Rejects {
    /// A file at `path` that goes on after `length` bytes (0: it begins anew with the first refusal).
    pub fn new(path: PathBuf, header: Option<&[String]>, length: u64) -> Self {
        Self { path, header: header.map(<[String]>::to_vec), file: None, length }
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Bytes written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends rendered refusals.
    pub fn append(&mut self, rendered: &str) -> Result<()> {
        if rendered.is_empty() {
            return Ok(());
        }
        let written = self.write(rendered);
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn write(&mut self, rendered: &str) -> std::io::Result<()> {
        if self.file.is_none() {
            let mut file = private(OpenOptions::new().create(true).truncate(self.length == 0).write(true))
                .open(&self.path)?;
            file.set_len(self.length)?;
            file.seek(SeekFrom::Start(self.length))?;
            self.file = Some(file);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        if self.length == 0
            && let Some(header) = &self.header
        {
            let names = ["_row", "_reason"]
                .into_iter()
                .chain(header.iter().map(String::as_str).filter(|name| !is_ours(name)));
            let head = line(names.map(str::as_bytes));
            file.write_all(&head)?;
            self.length += head.len() as u64;
        }
        file.write_all(rendered.as_bytes())?;
        self.length += rendered.len() as u64;
        Ok(())
    }
}

fn is_ours(name: &str) -> bool {
    matches!(name, "_row" | "_reason")
}

/// A refused record as it goes into the file.
pub fn render(record: &Record, reason: &str, header: Option<&[String]>) -> String {
    let bytes = match &record.raw {
        Raw::Line(raw) => {
            let customer =
                serde_json::from_slice(raw).unwrap_or_else(|_| String::from_utf8_lossy(raw).into());
            let customer: serde_json::Value = customer;
            let mut line =
                serde_json::json!({"_row": record.row, "_reason": reason, "customer": customer}).to_string();
            line.push('\n');
            line.into_bytes()
        }
        Raw::Csv(rows) => {
            let ours: Vec<bool> = header.unwrap_or_default().iter().map(|name| is_ours(name)).collect();
            let mut bytes = Vec::new();
            for (row, place) in rows.iter().zip(0..) {
                let number = (record.row + place).to_string();
                let reason = if place == 0 { reason } else { "" };
                let cells =
                    row.iter().enumerate().filter(|(place, _)| !ours.get(*place).copied().unwrap_or(false));
                bytes.extend(line(
                    [number.as_bytes(), reason.as_bytes()].into_iter().chain(cells.map(|(_, cell)| cell)),
                ));
            }
            bytes
        }
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn line<'c>(cells: impl Iterator<Item = &'c [u8]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).expect("a row is written into memory");
    writer.into_inner().expect("memory needs no flush")
}

/// Files that a transfer makes hold personal data: only their owner may read them.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
