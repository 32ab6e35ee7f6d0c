//! What Patron takes where nobody asks anything of it: disk, time to start, memory.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use patron_harness::{
    Patron,
    wire::{self, Request},
};

use crate::{
    load,
    measure::{Plan, Spread},
    process, report,
    service::{CONNECTIONS, Service},
};

/// The binary's size, the time from its start to the first answer, and the memory of an idle one.
pub fn size_and_start(plan: Plan) -> Result<()> {
    let mut service = Service::start();
    service.instance.add_customer("ada@example.com");
    let path = format!("/proc/{}/exe", service.patron.pid());
    let size = std::fs::metadata(path).context("the running binary")?.len();
    report::plain("the binary, symbols and all", size as f64 / 1e6, "MB", Some(20.0));
    let mut starts = Vec::new();
    for _ in 0..plan.rounds * 3 {
        service.stop();
        let started = Instant::now();
        service.restart();
        let answer = wire::send(service.address(), &customer(&service)).context("the first request")?;
        starts.push(started.elapsed().as_secs_f64() * 1e3);
        ensure!(answer.status == 200, "the first answer was {}", answer.status);
    }
    report::plain(
        "start to the first GET of a customer, median",
        Spread::of(starts).median,
        "ms",
        Some(50.0),
    );
    let idle = Patron::start(patron_harness::Options::default());
    // The first user's password has been hashed by then, and the hashing thread has ended.
    thread::sleep(Duration::from_secs(5));
    report::plain("memory, idle", process::resident(idle.pid())?, "MB", Some(30.0));
    Ok(())
}

/// Memory with many customers under load, and what a search of all of them adds.
pub fn memory(service: &Service, customers: i64) -> Result<()> {
    let pid = service.patron.pid();
    load::drive(service.address(), CONNECTIONS, Duration::from_secs(5), service.gets(customers))?;
    load::drive(service.address(), CONNECTIONS, Duration::from_secs(3), service.creates(1, false))?;
    thread::sleep(Duration::from_secs(2));
    let after = process::resident(pid)?;
    report::plain(
        &format!("memory, {customers} customers, after reads and creates"),
        after,
        "MB",
        Some(120.0),
    );
    process::forget_peak(pid)?;
    let read = read_everything(service)?;
    let added = process::peak(pid)? - after;
    let name = format!("memory, added by an unbounded search ({:.0} MB answered)", read as f64 / 1e6);
    report::plain(&name, added, "MB", Some(10.0));
    Ok(())
}

fn customer(service: &Service) -> Request {
    let target = format!("/{}/V1/customers/1", service.instance.made.tenant_id);
    let token = ("authorization".to_owned(), format!("Bearer {}", service.instance.token));
    Request { method: "GET".to_owned(), target, headers: vec![token], body: None }
}

/// Reads a search of all customers without keeping it; its length.
fn read_everything(service: &Service) -> Result<u64> {
    let mut stream = TcpStream::connect(service.address()).context("connecting")?;
    let request = format!(
        "GET /{}/V1/customers/search?searchCriteria= HTTP/1.1\r\n{}Connection: close\r\n\r\n",
        service.instance.made.tenant_id,
        service.head()
    );
    stream.write_all(request.as_bytes()).context("asking for everything")?;
    let (mut buffer, mut length) = (vec![0; 256 * 1024], 0);
    loop {
        match stream.read(&mut buffer).context("reading everything")? {
            0 => return Ok(length),
            read => length += read as u64,
        }
    }
}
