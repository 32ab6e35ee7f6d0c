//! Mail as an operator and a customer see it: the inbox, and a mail server that takes mails, refuses them or hangs.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a story waits in real time

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use patron_harness::{Instance, Options, Patron};
use reqwest::blocking::Client;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(15);

/// What the mail server of a test does with what it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Takes everything.
    Take,
    /// Refuses every recipient for good, quoting the address.
    Refuse,
    /// Accepts connections and never says a word.
    Hang,
}

/// A mail server that listens on this machine and remembers what it took.
pub struct MailServer {
    port: u16,
    taken: Arc<Mutex<Vec<String>>>,
    connected: Arc<AtomicBool>,
}

impl MailServer {
    /// Starts one on a free port.
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            connected: Arc::default(),
        };
        let (taken, connected) = (Arc::clone(&server.taken), Arc::clone(&server.connected));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connected.store(true, Ordering::SeqCst);
                let taken = Arc::clone(&taken);
                thread::spawn(move || converse(stream, script, &taken));
            }
        });
        server
    }

    /// Where it is, as `--smtp` wants it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The mails that it took, in order.
    pub fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// Speaks just enough SMTP (RFC 5321).
fn converse(mut stream: TcpStream, script: Script, taken: &Mutex<Vec<String>>) -> Option<()> {
    if script == Script::Hang {
        thread::sleep(Duration::from_secs(60));
        return None;
    }
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 test")?;
    while let Some(Ok(line)) = lines.next() {
        let verb = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        match verb.as_str() {
            "RCPT" if script == Script::Refuse => say(&format!("550 no such mailbox {line}"))?,
            "DATA" => {
                say("354 go on")?;
                let message: Vec<String> =
                    lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                taken.lock().unwrap().push(message.join("\n"));
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
    Some(())
}

fn with_mail_server(url: String) -> Patron {
    Patron::start(Options { environment: vec![("PATRON_SMTP".to_owned(), url)], ..Options::ephemeral() })
}

fn inbox(server: &Patron, instance: &Instance, path: &str) -> Value {
    let url = format!("{}/_/instances/{}/mail{path}", server.base(), instance.made.instance_id);
    Client::builder().no_proxy().build().unwrap().get(url).send().unwrap().json().unwrap()
}

/// Waits until the newest mail is in this state, and returns it.
fn newest_once(server: &Patron, instance: &Instance, state: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let newest = inbox(server, instance, "")["mails"][0].clone();
        if newest["state"] == state {
            return newest;
        }
        assert!(Instant::now() < deadline, "still {newest}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_new_customers_welcome_is_in_the_inbox_without_any_mail_server() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let mut sent = patron_harness::customer("ada@example.org");
    sent["redirectUrl"] = json!("https://shop.example.net/hello");
    sent["password"] = json!("TempPa55word!");
    instance.post("/V1/customers", &sent).expect(200);

    let listed = inbox(&server, &instance, "");
    let (welcome, count) = (&listed["mails"][0], listed["mails"].as_array().unwrap().len());
    assert_eq!((count, &welcome["template"], &welcome["state"]), (1, &json!("welcome"), &json!("queued")));
    assert_eq!(welcome["subject"], "Welcome to Main Website Store");
    let whole = inbox(&server, &instance, "/1");
    for form in ["text", "html"] {
        assert!(whole[form].as_str().unwrap().contains("Hello Ada Lovelace"), "{whole}");
    }
    assert_eq!(whole["links"]["account"], "https://shop.example.net/hello");
    assert!(!whole.to_string().contains("TempPa55word!"));
}

#[test]
fn a_refused_customer_gets_no_mail() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    assert_eq!(instance.post("/V1/customers", &patron_harness::customer("ada@example.org")).status, 400);
    assert_eq!(inbox(&server, &instance, "")["mails"].as_array().unwrap().len(), 1);
}

#[test]
fn the_newsletter_writes_when_it_is_joined_and_when_it_is_left() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    for is_subscribed in [true, true, false, false] {
        let sent = json!({"customer": {"extension_attributes": {"is_subscribed": is_subscribed}}});
        instance.put("/V1/customers/1", &sent).expect(200);
    }
    let listed = inbox(&server, &instance, "");
    let templates: Vec<&Value> =
        listed["mails"].as_array().unwrap().iter().map(|mail| &mail["template"]).collect();
    assert_eq!(templates, ["unsubscribed", "subscribed", "welcome_without_password"]);
}

#[test]
fn a_mail_server_gets_the_mail_and_the_inbox_says_so() {
    let mail_server = MailServer::start(Script::Take);
    let server = with_mail_server(mail_server.url());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    let sent = newest_once(&server, &instance, "sent");
    assert!(sent["sent_at"].is_string() && sent["attempts"] == 1, "{sent}");
    let taken = mail_server.taken();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].contains("To: \"Ada Lovelace\" <ada@example.org>"), "{}", taken[0]);
    assert!(taken[0].contains("Subject: Welcome to Main Website Store"), "{}", taken[0]);
}

#[test]
fn nothing_is_sent_to_example_com() {
    let mail_server = MailServer::start(Script::Take);
    let server = with_mail_server(mail_server.url());
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    instance.add_customer("bob@example.org");
    newest_once(&server, &instance, "sent");
    assert_eq!(inbox(&server, &instance, "/1")["state"], "suppressed");
    assert_eq!(mail_server.taken().len(), 1);
}

#[test]
fn a_refused_mail_is_given_up_and_no_log_line_names_anybody() {
    let mail_server = MailServer::start(Script::Refuse);
    let server = with_mail_server(mail_server.url());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    let failed = newest_once(&server, &instance, "failed");
    assert!(failed["last_error"].as_str().unwrap().contains("550"), "{failed}");
    let log = server.stderr();
    assert!(log.contains("A mail was given up."), "{log}");
    assert!(!log.contains("ada@"), "{log}");
}

#[test]
fn a_mail_server_that_hangs_delays_neither_a_request_nor_the_end() {
    let mail_server = MailServer::start(Script::Hang);
    let mut server = with_mail_server(mail_server.url());
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    let deadline = Instant::now() + PATIENCE;
    while !mail_server.connected.load(Ordering::SeqCst) {
        assert!(Instant::now() < deadline, "nobody called the mail server");
        thread::sleep(Duration::from_millis(20));
    }

    let asked = Instant::now();
    for number in 0..20 {
        instance.add_customer(&format!("bob{number}@example.org"));
    }
    assert!(asked.elapsed() < Duration::from_secs(2), "twenty customers took {:?}", asked.elapsed());
    let asked = Instant::now();
    assert!(server.stop().success());
    assert!(asked.elapsed() < Duration::from_secs(5), "the server took {:?} to stop", asked.elapsed());
}

#[test]
fn a_mail_server_that_cannot_be_reached_is_tried_again_later() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = with_mail_server(format!("smtp://127.0.0.1:{port}"));
    let instance = server.instance();
    instance.add_customer("ada@example.org");
    let deadline = Instant::now() + PATIENCE;
    let mail = loop {
        let mail = inbox(&server, &instance, "/1");
        if mail["last_error"].is_string() {
            break mail;
        }
        assert!(Instant::now() < deadline, "still {mail}");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&mail["state"], &mail["attempts"]), (&json!("queued"), &json!(1)));
    assert!(mail["next_attempt_at"].is_string(), "{mail}");
}

#[test]
fn the_inbox_can_be_emptied() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let other = server.instance();
    instance.add_customer("ada@example.org");
    other.add_customer("bob@example.org");
    let url = format!("{}/_/instances/{}/mail", server.base(), instance.made.instance_id);
    assert_eq!(Client::builder().no_proxy().build().unwrap().delete(url).send().unwrap().status(), 204);
    assert_eq!(inbox(&server, &instance, "")["mails"], json!([]));
    assert_eq!(inbox(&server, &other, "")["mails"].as_array().unwrap().len(), 1);
}
