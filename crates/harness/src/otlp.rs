//! A receiver of traces as an OpenTelemetry collector is one: takes OTLP over HTTP and remembers the spans.
//!
//! Reads just as much of the protocol's messages as a test asks about. Field numbers are those of `opentelemetry/proto/trace/v1`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// A span as it was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Of the whole trace, 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits.
    pub id: String,
    /// The span above it; empty for the first of a trace.
    pub parent: String,
    /// What it is called.
    pub name: String,
}

/// A running receiver; it listens until the process ends.
pub struct Receiver {
    address: String,
    received: Arc<Mutex<Received>>,
}

#[derive(Default)]
struct Received {
    spans: Vec<Span>,
    bytes: Vec<u8>,
}

impl Receiver {
    /// Listens on a free port of this machine.
    ///
    /// # Panics
    /// No port is free.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a listener has an address").to_string();
        let received = Arc::new(Mutex::new(Received::default()));
        let shared = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || while take(&stream, &shared).is_some() {});
            }
        });
        Self { address, received }
    }

    /// What a server is told to send to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans so far.
    pub fn spans(&self) -> Vec<Span> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).spans.clone()
    }

    /// Every byte so far, heads included: for tests that look for what must not be there.
    pub fn bytes(&self) -> Vec<u8> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).bytes.clone()
    }
}

/// Takes one request; None when the connection is over.
fn take(stream: &TcpStream, received: &Mutex<Received>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        head.extend_from_slice(line.as_bytes());
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    {
        let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
        received.spans.extend(spans(&body));
        received.bytes.extend_from_slice(&head);
        received.bytes.extend_from_slice(&body);
    }
    let mut stream = stream;
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).ok()
}

/// ExportTraceServiceRequest.resource_spans (1) .scope_spans (2) .spans (2).
fn spans(request: &[u8]) -> Vec<Span> {
    let resources = fields(request).into_iter().filter(|(number, _)| *number == 1);
    let scopes = resources.flat_map(|(_, resource)| fields(resource)).filter(|(number, _)| *number == 2);
    let spans = scopes.flat_map(|(_, scope)| fields(scope)).filter(|(number, _)| *number == 2);
    spans.map(|(_, span)| read_span(span)).collect()
}

fn read_span(bytes: &[u8]) -> Span {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut span = Span::default();
    for (number, value) in fields(bytes) {
        match number {
            1 => span.trace_id = hex(value),
            2 => span.id = hex(value),
            4 => span.parent = hex(value),
            5 => span.name = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
    }
    span
}

/// The fields of a message that hold bytes, with their numbers; what cannot be read ends the list.
fn fields(message: &[u8]) -> Vec<(u64, &[u8])> {
    let (mut found, mut rest) = (Vec::new(), message);
    while let Some(key) = varint(&mut rest) {
        let skipped = match key & 7 {
            0 => varint(&mut rest).map(|_| 0),
            1 => Some(8),
            5 => Some(4),
            2 => match varint(&mut rest).and_then(|length| rest.split_at_checked(length as usize)) {
                Some((value, after)) => {
                    found.push((key >> 3, value));
                    rest = after;
                    Some(0)
                }
                None => None,
            },
            _ => None,
        };
        match skipped.and_then(|count| rest.split_at_checked(count)) {
            Some((_, after)) => rest = after,
            None => break,
        }
    }
    found
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_found_in_its_request() {
        let span = [&[0x0a, 2, 0xab, 0xcd, 0x12, 1, 0x01, 0x22, 1, 0x02, 0x2a, 3][..], b"GET", &[0x30, 0x02]]
            .concat();
        let wrap = |number: u8, inner: &[u8]| [&[number << 3 | 2, inner.len() as u8], inner].concat();
        let request = wrap(1, &wrap(2, &wrap(2, &span)));
        let wanted =
            Span { trace_id: "abcd".into(), id: "01".into(), parent: "02".into(), name: "GET".into() };
        assert_eq!(spans(&request), [wanted]);
        assert!(spans(&request[..10]).is_empty());
    }
}
