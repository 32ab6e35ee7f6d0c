//! A file as entries, each with the number of its row and the rows themselves. Reads forward only and keeps one entry, however long
//! the file is.

use std::{
    fs::File,
    io::{BufRead, BufReader, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use csv::ByteRecord;
use patron_commerce::{
    instances::Catalogue,
    transfer::{
        Entry,
        columns::{Layout, Target},
        flat::{Behavior, Part, Reader},
    },
};

/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// An entry of a file.
#[derive(Debug)]
pub struct Record {
    /// The number of its (first) row; the first one after the header is 1.
    pub row: u64,
    /// The rows as they stand in the file.
    pub raw: Raw,
    /// What they say, or what is wrong with them.
    pub entry: Result<Entry, String>,
}

/// Rows as they stand in a file.
#[derive(Debug)]
pub enum Raw {
    /// Rows of a CSV file.
    Csv(Vec<ByteRecord>),
    /// A line.
    Line(Vec<u8>),
}

/// Where reading goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Bytes before.
    pub byte: u64,
    /// Rows before.
    pub row: u64,
}

/// A file that is being read.
pub enum Source {
    /// JSON Lines.
    Lines(Lines),
    /// CSV.
    Sheet(Box<Sheet>),
}

impl Source {
    /// Opens a file whose form its name and first line tell, at a position.
    /// Columns named in `ignored` may be unknown.
    pub fn open(
        path: &Path,
        catalogue: Arc<Catalogue>,
        behavior: Behavior,
        ignored: &[String],
        from: Position,
    ) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if is_csv {
            return Ok(Self::Sheet(Box::new(Sheet::open(file, catalogue, behavior, ignored, from)?)));
        }
        if behavior != Behavior::AddUpdate {
            bail!("JSON Lines only add and change: give a CSV file to delete");
        }
        Ok(Self::Lines(Lines::open(file, from)?))
    }

    /// The next entry.
    pub fn next(&mut self) -> Result<Option<Record>> {
        match self {
            Self::Lines(lines) => lines.next(),
            Self::Sheet(sheet) => sheet.next(),
        }
    }

    /// Where the entries begin that were not given yet.
    pub fn position(&self) -> Position {
        match self {
            Self::Lines(lines) => lines.at,
            Self::Sheet(sheet) => sheet.at,
        }
    }

    /// The columns of a CSV file.
    pub fn header(&self) -> Option<&[String]> {
        match self {
            Self::Lines(_) => None,
            Self::Sheet(sheet) => Some(&sheet.header),
        }
    }
}

/// A file of JSON Lines.
pub struct Lines {
    file: BufReader<File>,
    at: Position,
}

impl Lines {
    fn open(file: File, from: Position) -> Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        file.seek(SeekFrom::Start(from.byte)).context("cannot go to where the import stopped")?;
        Ok(Self { file, at: from })
    }

    fn next(&mut self) -> Result<Option<Record>> {
        loop {
            let mut line = Vec::new();
            let read = self.file.read_until(b'\n', &mut line).context("cannot read the file")?;
            if read == 0 {
                return Ok(None);
            }
            self.at.byte += read as u64;
            self.at.row += 1;
            while line.last().is_some_and(u8::is_ascii_whitespace) {
                line.pop();
            }
            if line.is_empty() {
                continue;
            }
            let value = serde_json::from_slice(&line).map_err(|error| format!("This is no JSON: {error}."));
            return Ok(Some(Record {
                row: self.at.row,
                entry: value.and_then(Entry::from_wire),
                raw: Raw::Line(line),
            }));
        }
    }
}

/// A row, with the position before it.
type Read = (Position, ByteRecord, Result<Part, String>);

/// A CSV file.
pub struct Sheet {
    file: csv::Reader<File>,
    catalogue: Arc<Catalogue>,
    header: Vec<String>,
    targets: Vec<Target>,
    layout: Layout,
    behavior: Behavior,
    at: Position,
    /// Rows read, those read ahead too.
    rows: u64,
    /// The row that was read ahead: the end of a customer is where the next one begins.
    ahead: Option<Read>,
}

impl Sheet {
    fn open(
        file: File,
        catalogue: Arc<Catalogue>,
        behavior: Behavior,
        ignored: &[String],
        from: Position,
    ) -> Result<Self> {
        let mut file = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(BUFFER)
            .from_reader(file);
        let mut header = csv::StringRecord::new();
        file.read_record(&mut header).context("the first line is no list of columns")?;
        let header: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let Some(layout) = Layout::of(header.iter().map(String::as_str)) else {
            bail!("the first line names none of the columns email and _email: this is no customer file");
        };
        let target = |name: &String| {
            if ignored.contains(name) {
                return Ok(Target::Nothing);
            }
            let told = || format!("this instance has no column {name:?}; --ignore {name} leaves it out");
            layout.target(&catalogue, name).with_context(told)
        };
        let targets = header.iter().map(target).collect::<Result<_>>()?;
        if from.byte > 0 {
            let mut position = csv::Position::new();
            position.set_byte(from.byte);
            file.seek(position).context("cannot go to where the import stopped")?;
        }
        let at = Position { byte: file.position().byte(), row: from.row };
        Ok(Self { file, catalogue, header, targets, layout, behavior, at, rows: from.row, ahead: None })
    }

    fn next(&mut self) -> Result<Option<Record>> {
        let first = match self.ahead.take() {
            Some(ahead) => Some(ahead),
            None => self.read()?,
        };
        let Some((before, raw, part)) = first else { return Ok(None) };
        let mut raws = vec![raw];
        let mut entry = match part {
            Ok(Part::Entry(entry)) => Ok(*entry),
            Ok(Part::Address(_)) => Err("Please specify an email.".to_owned()),
            Err(error) => Err(error),
        };
        loop {
            let Some((position, raw, part)) = self.read()? else {
                self.at = Position { byte: self.file.position().byte(), row: self.rows };
                break;
            };
            match part {
                Ok(Part::Address(address)) => {
                    raws.push(raw);
                    if let Ok(entry) = &mut entry {
                        add(entry, *address);
                    }
                }
                part => {
                    self.at = position;
                    self.ahead = Some((position, raw, part));
                    break;
                }
            }
        }
        Ok(Some(Record { row: before.row + 1, raw: Raw::Csv(raws), entry }))
    }

    /// The next row, with the position before it.
    fn read(&mut self) -> Result<Option<Read>> {
        let before = Position { byte: self.file.position().byte(), row: self.rows };
        let mut record = ByteRecord::new();
        if !self.file.read_byte_record(&mut record).context("cannot read the file")? {
            return Ok(None);
        }
        self.rows += 1;
        let part = self.part(&record);
        Ok(Some((before, record, part)))
    }

    fn part(&self, record: &ByteRecord) -> Result<Part, String> {
        if record.len() != self.targets.len() {
            return Err(format!(
                "This row has {} columns, the header has {}.",
                record.len(),
                self.targets.len()
            ));
        }
        let mut texts = Vec::with_capacity(record.len());
        for cell in record {
            texts.push(std::str::from_utf8(cell).map_err(|_| "This row is not UTF-8.")?);
        }
        let reader = Reader { catalogue: &self.catalogue, layout: self.layout, behavior: self.behavior };
        reader.row(&mut self.targets.iter().copied().zip(texts))
    }
}

fn add(entry: &mut Entry, address: patron_commerce::customers::input::AddressInput) {
    use patron_webapi::Given;
    match &mut entry.input.addresses {
        Given::Value(addresses) => addresses.push(address),
        other => *other = Given::Value(vec![address]),
    }
}
