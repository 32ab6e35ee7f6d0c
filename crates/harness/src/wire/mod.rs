//! HTTP/1.1 with nothing in between: the method, target and headers go out exactly as given.
//!
//! A polite client corrects `//V1/customers/1`, escapes the brackets of a search and refuses the method `FOO`; a recorded
//! exchange has to be sent as it was. So this writes the bytes itself, one connection per request, and reads one answer.
//! [`Raw`] goes further down, for requests that are no requests.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

mod read;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request, sent as it stands.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Any method, standard or not.
    pub method: String,
    /// The request target: path and query, verbatim.
    pub target: String,
    /// Header lines. `Host`, `Connection` and `Content-Length` are added.
    pub headers: Vec<(String, String)>,
    /// The body, if the request has one.
    pub body: Option<Vec<u8>>,
}

/// An answer read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, as text when it is not JSON, null when it is empty.
    pub fn json(&self) -> Value {
        json_or_text(&self.body)
    }
}

/// Sends one request to `host:port` and reads the answer.
///
/// # Errors
/// No connection, no whole answer within a minute, or an answer that is not HTTP.
pub fn send(address: &str, request: &Request) -> Result<Answer> {
    ensure!(
        !request.target.contains(|c: char| c <= ' ' || c == '\u{7f}'),
        "a space or control character in the target {:?}",
        request.target
    );
    let mut raw = Raw::connect(address)?;
    raw.write(&bytes_of(address, request))?;
    raw.answer()
}

fn bytes_of(address: &str, request: &Request) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let wants_length = request.body.is_some() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if wants_length {
        head.push_str(&format!("Content-Length: {}\r\n", request.body.as_ref().map_or(0, Vec::len)));
    }
    head.push_str("Connection: close\r\n\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    bytes
}

/// A body as JSON, as text when it is not JSON, null when it is empty.
pub(crate) fn json_or_text(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// A connection that sends any bytes, whether they make sense or not.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(address: &str) -> Result<Self> {
        let found = address.to_socket_addrs().with_context(|| format!("looking up {address}"))?.next();
        let found = found.with_context(|| format!("{address} has no address"))?;
        let stream = TcpStream::connect_timeout(&found, PATIENCE)
            .with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true).context("setting TCP_NODELAY")?;
        stream.set_read_timeout(Some(PATIENCE)).context("setting the read timeout")?;
        stream.set_write_timeout(Some(PATIENCE)).context("setting the write timeout")?;
        Ok(Self { stream })
    }

    /// Sends bytes. A server that has answered and closed already is not an error: its answer is still to be read.
    ///
    /// # Errors
    /// The connection failed otherwise.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self.stream.write_all(bytes) {
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                Ok(())
            }
            sent => sent.context("sending"),
        }
    }

    /// Says that nothing more will be sent, and keeps reading.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn finish_writing(&mut self) -> Result<()> {
        self.stream.shutdown(Shutdown::Write).context("closing the sending half")
    }

    /// Reads one answer.
    ///
    /// # Errors
    /// The connection ended first, a minute passed, or the bytes are not HTTP.
    pub fn answer(&mut self) -> Result<Answer> {
        read::answer(&mut self.stream)
    }

    /// Reads until the server closes the connection, at most so long. Returns the bytes and how long it took, or
    /// nothing when the server still holds the connection open.
    pub fn until_closed(&mut self, at_most: Duration) -> Option<(Vec<u8>, Duration)> {
        let start = Instant::now();
        let mut bytes = Vec::new();
        let mut block = [0; 4096];
        loop {
            let left = at_most.checked_sub(start.elapsed()).filter(|left| !left.is_zero())?;
            self.stream.set_read_timeout(Some(left)).expect("the timeout is not zero");
            match self.stream.read(&mut block) {
                Ok(0) => return Some((bytes, start.elapsed())),
                Ok(count) => bytes.extend_from_slice(&block[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return None;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Some((bytes, start.elapsed())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn exchange(answer: &'static [u8], request: Request) -> (Result<Answer>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut block = [0; 4096];
            let count = stream.read(&mut block).unwrap();
            stream.write_all(answer).unwrap();
            String::from_utf8_lossy(&block[..count]).into_owned()
        });
        let got = send(&address, &request);
        (got, server.join().unwrap())
    }

    fn request(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), ..Request::default() }
    }

    #[test]
    fn an_odd_method_and_an_odd_target_go_out_as_they_are() {
        let (_, sent) = exchange(
            b"HTTP/1.1 204 No Content\r\n\r\n",
            request("FOO", "//V1/customers?searchCriteria[page_size]=1"),
        );
        assert!(
            sent.starts_with("FOO //V1/customers?searchCriteria[page_size]=1 HTTP/1.1\r\nHost: "),
            "{sent}"
        );
        assert!(!sent.contains("Content-Length"), "{sent}");
    }

    #[test]
    fn a_post_without_a_body_says_that_it_is_empty() {
        let (_, sent) = exchange(b"HTTP/1.1 204 No Content\r\n\r\n", request("POST", "/"));
        assert!(sent.contains("Content-Length: 0\r\n"), "{sent}");
    }

    #[test]
    fn a_chunked_answer_is_put_together() {
        let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n";
        let got = exchange(answer, request("GET", "/")).0.unwrap();
        assert_eq!((got.status, got.json()), (200, serde_json::json!({"a": 1})));
    }

    #[test]
    fn an_answer_without_a_length_ends_with_the_connection() {
        let got = exchange(b"HTTP/1.1 200 OK\r\n\r\nplain", request("GET", "/")).0.unwrap();
        assert_eq!(got.json(), serde_json::json!("plain"));
    }

    #[test]
    fn an_answer_cut_short_is_an_error() {
        let got = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", request("GET", "/")).0;
        assert!(got.unwrap_err().to_string().contains("ended before"));
    }

    #[test]
    fn a_target_with_a_space_is_refused() {
        assert!(send("127.0.0.1:1", &request("GET", "/a b")).unwrap_err().to_string().contains("a space"));
    }
}
