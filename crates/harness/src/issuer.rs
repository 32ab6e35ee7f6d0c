//! A scripted issuer of tokens: it publishes keys of its own making, signs what it is told, counts who asks, and can be slow or broken.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How the issuer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    Well,
    /// It takes connections and says nothing.
    Silent,
    /// It answers 500.
    Broken,
}

/// See the module. Ends with the test's process.
pub struct Issuer {
    base: String,
    state: Arc<State>,
}

struct State {
    keys: Mutex<Vec<(String, RsaKeyPair)>>,
    mood: Mutex<Mood>,
    asked: AtomicU64,
    base: String,
}

impl Issuer {
    /// An issuer with one key, `first`.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound address"));
        let state = Arc::new(State {
            keys: Mutex::default(),
            mood: Mutex::new(Mood::Well),
            asked: AtomicU64::new(0),
            base: base.clone(),
        });
        let issuer = Self { base, state: Arc::clone(&state) };
        issuer.add_key("first");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || state.answer(stream));
            }
        });
        issuer
    }

    /// Its address, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> u64 {
        self.state.asked.load(SeqCst)
    }

    /// Publishes one more key.
    pub fn add_key(&self, kid: &str) {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
        lock(&self.state.keys).push((kid.to_owned(), key));
    }

    /// Behaves otherwise from now on.
    pub fn set_mood(&self, mood: Mood) {
        *lock(&self.state.mood) = mood;
    }

    /// A token of these claims with RS256, signed by a key of its own.
    pub fn token(&self, kid: &str, claims: &Value) -> String {
        self.token_with(&json!({"alg": "RS256", "kid": kid}), kid, claims)
    }

    /// A token with any header; signed by the named key, or by the first when there is no such key: with PSS when the header says so.
    pub fn token_with(&self, header: &Value, kid: &str, claims: &Value) -> String {
        let keys = lock(&self.state.keys);
        let (_, key) = keys.iter().find(|(own, _)| own == kid).unwrap_or(&keys[0]);
        let words = format!("{}.{}", encoded(header), encoded(claims));
        let padding: &'static dyn RsaEncoding =
            if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &SystemRandom::new(), words.as_bytes(), &mut signature).expect("a key signs");
        format!("{words}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl State {
    fn answer(&self, mut stream: TcpStream) {
        let mut line = String::new();
        let mut reader = BufReader::new(&stream);
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let mut header = String::new();
        while reader.read_line(&mut header).is_ok_and(|read| read > 2) {
            header.clear();
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let is_keys = path.ends_with("/keys");
        if is_keys {
            self.asked.fetch_add(1, SeqCst);
        }
        let mood = *lock(&self.mood);
        let (status, body) = match mood {
            // Held open until the other side gives up.
            Mood::Silent => {
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
                return;
            }
            Mood::Broken => ("500 Internal Server Error", json!({})),
            Mood::Well if is_keys => ("200 OK", self.jwks()),
            Mood::Well if path.ends_with("/.well-known/openid-configuration") => {
                ("200 OK", json!({"issuer": self.base, "jwks_uri": format!("{}/keys", self.base)}))
            }
            Mood::Well => ("404 Not Found", json!({})),
        };
        let body = body.to_string();
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }

    fn jwks(&self) -> Value {
        let keys = lock(&self.keys);
        let published = keys.iter().map(|(kid, key)| {
            let public = key.public_key();
            json!({
                "kty": "RSA",
                "use": "sig",
                "kid": kid,
                "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
                "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            })
        });
        json!({ "keys": published.collect::<Vec<_>>() })
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
