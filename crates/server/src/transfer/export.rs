//! `patron export`: the customers of an instance, by id, out of one snapshot. The file appears under its name only when it is whole.

use std::{
    fs::{self, OpenOptions},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use patron_commerce::{
    Call, Failure,
    customers::{
        api,
        counts::{self, Dimension},
        wire::{self, View},
    },
    transfer::{
        columns::Layout,
        sheet::{Hashes, Sheet},
        store::{self, Document},
    },
};

use super::{Format, gauge::Gauge, rejects::private, target::Target};
use crate::{cli::ConfigOptions, config};

/// Customers read at once.
const PAGE: i64 = 500;

/// What `patron export` is told.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// The file to write; `-` is standard output.
    file: PathBuf,
    /// The form; by default composite for .csv, otherwise JSON Lines.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The instance; may be left out when there is only one.
    #[arg(long, value_name = "ID")]
    instance: Option<String>,
    /// Write password hashes too, so that customers can sign in where the file is imported.
    #[arg(long)]
    with_password_hashes: bool,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Exports an instance.
pub fn run(options: ExportOptions) -> Result<ExitCode> {
    let format = options.format.unwrap_or_else(|| Format::of_name(&options.file));
    let hashes = if options.with_password_hashes { Hashes::Shown } else { Hashes::Withheld };
    let to_stdout = options.file == Path::new("-");
    if !to_stdout && !options.force && options.file.exists() {
        bail!("{} is there already: --force replaces it", options.file.display());
    }
    let target = Target::open(&config::load(options.config)?, options.instance.as_deref())?;
    if to_stdout {
        export(&target, format, hashes, &mut BufWriter::new(std::io::stdout().lock()))?;
    } else {
        let partial = partial(&options.file);
        let file = private(OpenOptions::new().create(true).truncate(true).write(true)).open(&partial);
        let file = file.with_context(|| format!("cannot write {}", partial.display()))?;
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        export(&target, format, hashes, &mut out)?;
        out.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all())?;
        fs::rename(&partial, &options.file)
            .with_context(|| format!("cannot name {}", options.file.display()))?;
    }
    target.database.close();
    Ok(ExitCode::SUCCESS)
}

fn partial(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    file.with_file_name(name)
}

fn export(target: &Target, format: Format, hashes: Hashes, out: &mut dyn Write) -> Result<()> {
    target.read(|call| {
        let total = counts::count(call.sql, call.tenant(), Dimension::All)?;
        let mut gauge = Gauge::begin(total.unsigned_abs(), 0);
        let mut tell = |done| gauge.show(done, done);
        let done = match format.layout() {
            None => lines(call, hashes, out, &mut tell)?,
            Some(layout) => sheet(call, layout, hashes, out, &mut tell)?,
        };
        let rate = gauge.rate(done);
        gauge.end(&format!("Done: {done} customers exported ({rate} a second)."));
        Ok(())
    })
}

fn lines(
    call: &Call<'_>,
    hashes: Hashes,
    out: &mut dyn Write,
    tell: &mut dyn FnMut(u64),
) -> Result<u64, Failure> {
    let (mut after, mut done) = (0, 0);
    loop {
        let page = store::documents(call.sql, call.tenant(), after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        done += page.len() as u64;
        for document in page {
            let line = line(call, document, hashes)?;
            out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(ours)?;
        }
        tell(done);
    }
    out.flush().map_err(ours)?;
    Ok(done)
}

/// The customer as GET answers it, with its password hash as a last member where that is wanted.
fn line(call: &Call<'_>, document: Document, hashes: Hashes) -> Result<String, Failure> {
    let mut body = match document.body {
        Some(body) => body,
        None => {
            let customer = api::find(call, document.id)?;
            serde_json::to_string(&wire::customer(call.catalogue, &customer, View::Whole))
                .map_err(anyhow::Error::from)?
        }
    };
    if let (Hashes::Shown, Some(hash)) = (hashes, document.password_hash) {
        let member = format!(",\"password_hash\":{}}}", serde_json::Value::from(hash));
        body.pop();
        body.push_str(&member);
    }
    Ok(body)
}

fn sheet(
    call: &Call<'_>,
    layout: Layout,
    hashes: Hashes,
    out: &mut dyn Write,
    tell: &mut dyn FnMut(u64),
) -> Result<u64, Failure> {
    let sheet = Sheet { catalogue: call.catalogue, layout, hashes };
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(sheet.header()).map_err(ours)?;
    let (mut after, mut done) = (0, 0);
    loop {
        let page = store::page(call.sql, call.tenant(), after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.customer.id;
        done += page.len() as u64;
        for stored in &page {
            sheet.rows(stored, |row| rows.write_record(row).map_err(ours))?;
        }
        tell(done);
    }
    rows.flush().map_err(ours)?;
    Ok(done)
}

fn ours(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Internal(error.into().context("the file cannot be written"))
}
