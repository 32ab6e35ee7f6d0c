//! Where a user's password comes from: a file, the standard input, or our own making. Never the command line, which every process of
//! the machine can read.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result, bail};
use zeroize::Zeroizing;

/// Bytes of the longest first line that is read.
const LONGEST: u64 = 4096;

/// The first line of a file, or of the standard input when the file is `-`.
pub fn from_file(file: &Path) -> Result<Zeroizing<String>> {
    if file == Path::new("-") {
        return first_line(std::io::stdin().lock()).context("no password came from the standard input");
    }
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    first_line(BufReader::new(opened)).with_context(|| format!("{} holds no password", file.display()))
}

fn first_line(from: impl BufRead) -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    from.take(LONGEST).read_line(&mut line).context("it cannot be read as text")?;
    let password = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if password.is_empty() {
        bail!("its first line is empty");
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_blanks_and_all() {
        assert_eq!(first_line("a b \r\nmore".as_bytes()).unwrap().as_str(), "a b ");
        assert!(first_line("\nmore".as_bytes()).is_err() && first_line("".as_bytes()).is_err());
    }
}
