//! Reads one HTTP/1.1 answer from a stream. Knows framing (length, chunks, end of connection), not meaning.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};

use super::Answer;

/// Reads one whole answer, past any informational ones.
pub(super) fn answer(stream: impl Read) -> Result<Answer> {
    Reader { stream, held: Vec::new() }.answer()
}

struct Reader<S> {
    stream: S,
    held: Vec<u8>,
}

impl<S: Read> Reader<S> {
    fn answer(&mut self) -> Result<Answer> {
        loop {
            let (status, headers) = self.head()?;
            // 100 Continue and its kin announce the answer; they are not it.
            if status < 200 {
                continue;
            }
            let body = self.body(status, &headers)?;
            return Ok(Answer { status, headers, body });
        }
    }

    fn head(&mut self) -> Result<(u16, Vec<(String, String)>)> {
        let first = self.line()?;
        let mut words = first.split(' ');
        ensure!(words.next().is_some_and(|word| word.starts_with("HTTP/1.")), "not HTTP: {first:?}");
        let status = words.next().and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("no status in {first:?}"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let Some((name, value)) = line.split_once(':') else { bail!("not a header: {line:?}") };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, status: u16, headers: &[(String, String)]) -> Result<Vec<u8>> {
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if matches!(status, 204 | 304) {
            return Ok(Vec::new());
        }
        if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return self.chunks();
        }
        match header("content-length") {
            Some(length) => {
                self.exactly(length.parse().with_context(|| format!("content-length {length:?}"))?)
            }
            None => self.rest(),
        }
    }

    fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length =
                usize::from_str_radix(digits, 16).with_context(|| format!("chunk length {line:?}"))?;
            if length == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.exactly(length)?);
            ensure!(self.line()?.is_empty(), "a chunk longer than announced");
        }
    }

    fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.held.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            self.more()?;
        }
    }

    fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.held.len() < count {
            self.more()?;
        }
        Ok(self.held.drain(..count).collect())
    }

    fn rest(&mut self) -> Result<Vec<u8>> {
        self.stream.read_to_end(&mut self.held).context("reading the answer")?;
        Ok(std::mem::take(&mut self.held))
    }

    fn more(&mut self) -> Result<()> {
        let mut block = [0; 16 * 1024];
        let count = self.stream.read(&mut block).context("reading the answer")?;
        ensure!(count > 0, "the connection ended before the answer did");
        self.held.extend_from_slice(&block[..count]);
        Ok(())
    }
}
