//! The disk of the embedded database is full, and then no more.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use patron_harness::{Answer, Instance, Options, Patron, consistency, customer};
use serde_json::{Value, json};

use super::clients::assert_honest;

/// Bytes of the small disk.
const SIZE: usize = 8 << 20;
/// Bytes that something else takes of it, until there shall be room; also the limit of a file.
const BALLAST: usize = 4 << 20;

/// A way to have little room, and then more.
enum Disk {
    /// A file system of its own, over the server's folder; root may have one.
    Small(PathBuf),
    /// A limit to how large the process may make a file; anybody may have one.
    Limit(u32),
}

#[test]
fn a_full_disk_is_told_reads_go_on_and_work_goes_on_when_there_is_room() {
    let mut server = Patron::start(Options::default());
    let disk = Disk::small(&mut server).unwrap_or_else(|| Disk::limit(&server));
    assert_outlived(&mut server, &disk);
}

#[test]
fn a_limit_of_the_size_of_files_is_met_like_a_full_disk() {
    let mut server = Patron::start(Options::default());
    let disk = Disk::limit(&server);
    assert_outlived(&mut server, &disk);
}

fn assert_outlived(server: &mut Patron, disk: &Disk) {
    let instance = server.instance();
    let mut told = fill(&instance);
    let first = told[0].clone();

    // Everything is read. A small change may find room where a large one did not: either is told.
    let change = json!({"customer": {"lastname": "King"}});
    for known in told.iter_mut().rev().take(5) {
        let answer = instance.send("PUT", &path(known), &[], Some(&change));
        match answer.status {
            200 => *known = answer.body,
            _ => assert_honest(&answer),
        }
    }
    for known in &told {
        assert_eq!(&instance.get(&path(known)).expect(200), known);
    }
    assert_eq!(count(&instance), told.len());
    let token = instance.ask_token().expect(200);
    assert_eq!(instance.with_token(token["access_token"].as_str().unwrap()).get(&path(&first)).status, 200);

    disk.make_room();
    let next = told.len();
    told.push(insist(|| create(&instance, next)).expect(200));
    told[0] = insist(|| instance.send("PUT", &path(&first), &[], Some(&change))).expect(200);
    assert_eq!(told[0]["lastname"], "King");
    for _ in 0..20 {
        told.push(create(&instance, told.len()).expect(200));
    }
    assert_kept(&instance, &told);
    server.kill9();
    server.restart();
    assert_kept(&instance.moved_to(server.base()), &told);
    consistency::assert_whole(server);
}

/// Writes until nothing is taken any more; what was.
fn fill(instance: &Instance) -> Vec<Value> {
    let mut told = Vec::new();
    let mut refusals = 0;
    // The log is copied into the file now and then, which makes room in it as long as the file can grow.
    while refusals < 12 {
        let answer = create(instance, told.len());
        if answer.status == 200 {
            refusals = 0;
            told.push(answer.body);
            assert!(told.len() < 5000, "the disk does not get full");
        } else {
            assert_honest(&answer);
            refusals += 1;
            thread::sleep(Duration::from_millis(200));
        }
    }
    assert!(told.len() > 20, "the disk was full from the beginning");
    told
}

/// The same request has the same name: none takes effect twice, whatever became of it.
fn create(instance: &Instance, number: usize) -> Answer {
    let key = format!("create-{number}");
    instance.send("POST", "/V1/customers", &[("Idempotency-Key", &key)], Some(&large(number)))
}

/// A customer with as many addresses as make a few pages.
fn large(number: usize) -> Value {
    let address = json!({"firstname": "Ada", "lastname": "Lovelace", "street": ["1 Street"], "city": "London",
        "country_id": "GB", "postcode": "W1", "telephone": "1"});
    let mut new = customer(&format!("ada{number}@example.com"));
    new["customer"]["addresses"] = vec![address; 15].into();
    new
}

/// Sends until it is taken: the service needs no restart, and a second or so.
fn insist(send: impl Fn() -> Answer) -> Answer {
    for _ in 0..200 {
        let answer = send();
        if answer.status == 200 {
            return answer;
        }
        assert_honest(&answer);
        thread::sleep(Duration::from_millis(100));
    }
    panic!("there is room, and nothing is taken");
}

fn assert_kept(instance: &Instance, told: &[Value]) {
    for known in told {
        assert_eq!(&instance.get(&path(known)).expect(200), known, "an acknowledged change is lost");
    }
    assert_eq!(count(instance), told.len(), "other customers than were acknowledged");
}

fn path(customer: &Value) -> String {
    format!("/V1/customers/{}", customer["id"])
}

fn count(instance: &Instance) -> usize {
    let path = "/V1/customers/search?searchCriteria[page_size]=0&fields=items[id],total_count";
    let found = instance.get(path).expect(200);
    let items = found["items"].as_array().unwrap().len();
    assert_eq!(found["total_count"], items);
    items
}

impl Disk {
    /// Moves a server that has nothing yet to a small disk of its own; none where that is not allowed.
    fn small(server: &mut Patron) -> Option<Disk> {
        assert!(server.stop().success());
        let folder = server.data_folder();
        let size = format!("size={SIZE}");
        let mounted = run("mount", &["-t", "tmpfs", "-o", &size, "patron", &folder.display().to_string()]);
        let disk = mounted.then(|| {
            fs::write(folder.join("ballast"), vec![1; BALLAST]).unwrap();
            Disk::Small(folder)
        });
        server.restart();
        disk
    }

    fn limit(server: &Patron) -> Disk {
        set_limit(server.pid(), &BALLAST.to_string());
        Disk::Limit(server.pid())
    }

    fn make_room(&self) {
        match self {
            Disk::Small(folder) => fs::remove_file(folder.join("ballast")).unwrap(),
            Disk::Limit(process) => set_limit(*process, "unlimited"),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Disk::Small(folder) = self {
            // Lazily: the server may still have files open.
            run("umount", &["-l", &folder.display().to_string()]);
        }
    }
}

/// The soft limit alone, so that it can be lifted again.
fn set_limit(process: u32, bytes: &str) {
    let done = run("prlimit", &["--pid", &process.to_string(), &format!("--fsize={bytes}:")]);
    assert!(done, "the limit cannot be set: is prlimit (util-linux) installed?");
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}
