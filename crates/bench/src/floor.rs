//! The least an HTTP server can do: hyper, and the same bytes for everybody. In a process of its own, as Patron is.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A running one; gone when dropped.
pub struct Floor {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Floor {
    /// Starts this program again as a server that answers `body`.
    pub fn start(body: &[u8]) -> Result<Self> {
        let own = std::env::current_exe().context("finding this program")?;
        let mut command = Command::new(own);
        let mut child = command
            .arg("floor")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting this program again")?;
        child.stdin.take().context("its input")?.write_all(body).context("handing over the body")?;
        let mut address = String::new();
        let output = child.stdout.take().context("its output")?;
        BufReader::new(output).read_line(&mut address).context("waiting for its address")?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's side: the body from standard input, the address to standard output, then requests for ever.
pub fn serve() -> Result<()> {
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body).context("reading the body")?;
    let body = Bytes::from(body);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listening")?;
        println!("{}", listener.local_addr().context("the address")?);
        loop {
            let (stream, _) = listener.accept().await.context("accepting")?;
            let _ = stream.set_nodelay(true);
            let body = body.clone();
            tokio::spawn(async move {
                let answer = move |_: Request<Incoming>| {
                    let response = Response::builder()
                        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                        .body(Full::new(body.clone()))
                        .expect("a fixed header is valid");
                    async { Ok::<_, Infallible>(response) }
                };
                // A client that leaves is how every turn ends.
                let _ =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
            });
        }
    })
}
