//! How fast signing, verifying, remembering and hashing are, beside the bare libraries in the same run.
//!
//! `cargo run --release -p patron-token --example speed`

// A benchmark is nothing without a clock of its own.
#![allow(clippy::disallowed_methods)]

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use patron_token::{Claims, HashPool, KeySet, Scopes, SigningKey, TokenType, VerifiedCache, jwt};
use zeroize::Zeroizing;

const SCOPES: &str = "openid,AdobeID,email,profile,additional_info.projectedProductContext,additional_info.roles,\
    commerce.aco.ingestion,commerce.accs,org.read";
const NOW: i64 = 1_700_000_000_000;

fn main() {
    let key = SigningKey::generate("ims_na1-key-at-1").expect("the machine can make a key");
    let raw = RsaKeyPair::from_pkcs8(&key.to_pkcs8().expect("a key can be written")).expect("and read again");
    let account = "AAAABBBBCCCCDDDD0A495C01@techacct.adobe.com";
    let claims = Claims::server_to_server(
        "0123456789abcdef0123456789abcdef",
        account,
        Scopes::parse(SCOPES),
        NOW,
        [7; 20],
    );
    let token = jwt::sign(&key, &claims).expect("a good key signs");
    println!("token of {} bytes, {} cores\n", token.len(), cores());
    signing(&key, &raw, &claims, &token);
    verifying(&key, &raw, &token);
    remembering(&token);
    hashing();
}

fn signing(key: &SigningKey, raw: &RsaKeyPair, claims: &Claims, token: &str) {
    let words = token.rsplit_once('.').expect("a token has three parts").0.as_bytes();
    let mut signature = vec![0; raw.public_modulus_len()];
    let rng = SystemRandom::new();
    compare(
        "sign",
        || {
            raw.sign(&RSA_PKCS1_SHA256, &rng, black_box(words), &mut signature).expect("a good key signs");
        },
        || {
            black_box(jwt::sign(key, black_box(claims)).expect("a good key signs"));
        },
    );
}

fn verifying(key: &SigningKey, raw: &RsaKeyPair, token: &str) {
    let keys: KeySet = [key.verifying_key()].into_iter().collect();
    let parsed =
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, raw.public_key().as_ref()).expect("a public key");
    let (words, _) = token.rsplit_once('.').expect("a token has three parts");
    let signature = key.sign(words.as_bytes()).expect("a good key signs");
    compare(
        "verify",
        || parsed.verify_sig(black_box(words.as_bytes()), &signature).expect("a good signature"),
        || {
            black_box(
                jwt::verify(&keys, black_box(token), TokenType::AccessToken, NOW).expect("a good token"),
            );
        },
    );
}

fn remembering(token: &str) {
    let cache = Arc::new(VerifiedCache::new(100_000));
    for i in 0..50_000 {
        cache.remember(cache.ticket(), &format!("{token}{i}"), "client", NOW, NOW + 1000, Arc::new(i));
    }
    cache.remember(cache.ticket(), token, "client", NOW, NOW + 1000, Arc::new(7));
    let alone = rate(|| {
        black_box(cache.get(black_box(token), NOW).expect("remembered"));
    });
    let threads: Vec<_> = (0..cores())
        .map(|_| {
            let (cache, token) = (Arc::clone(&cache), token.to_owned());
            thread::spawn(move || {
                rate(|| {
                    black_box(cache.get(black_box(&token), NOW).expect("remembered"));
                })
            })
        })
        .collect();
    let together: f64 = threads.into_iter().map(|t| t.join().expect("no thread panics")).sum();
    println!(
        "cache hit          {:8.3} us alone, {:8.3} us a thread when all cores ask for the same token",
        1e6 / alone,
        1e6 * cores() as f64 / together
    );
}

fn hashing() {
    let argon2 = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19 * 1024, 2, 1, Some(32)).expect("OWASP's parameters are valid"),
    );
    let raw: f64 = {
        let threads: Vec<_> = (0..cores())
            .map(|_| {
                let argon2 = argon2.clone();
                thread::spawn(move || {
                    let mut blocks = vec![Block::default(); argon2.params().block_count()];
                    let mut out = [0; 32];
                    rate(|| {
                        argon2
                            .hash_password_into_with_memory(
                                b"Passw0rd!",
                                b"0123456789abcdef",
                                &mut out,
                                &mut blocks,
                            )
                            .expect("valid parameters");
                    })
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().expect("no thread panics")).sum()
    };
    let pool = Arc::new(HashPool::default());
    let start = Instant::now();
    let askers: Vec<_> = (0..4 * cores())
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                while start.elapsed() < Duration::from_secs(2) {
                    let password = Zeroizing::new("Passw0rd!".to_owned());
                    pool.hash_blocking(password, *b"0123456789abcdef").expect("the queue is long enough");
                }
            })
        })
        .collect();
    askers.into_iter().for_each(|t| t.join().expect("no thread panics"));
    let ours = pool.stats().done as f64 / start.elapsed().as_secs_f64();
    println!("hash, all cores    {raw:8.1} /s bare, {ours:8.1} /s through the pool: {:.2}", ours / raw);
}

/// Alternates the two, so that a noisy machine disturbs both alike.
fn compare(name: &str, mut bare: impl FnMut(), mut ours: impl FnMut()) {
    let (mut bare_rate, mut our_rate) = (0f64, 0f64);
    for _ in 0..4 {
        bare_rate = bare_rate.max(rate(&mut bare));
        our_rate = our_rate.max(rate(&mut ours));
    }
    println!(
        "{name:<18} {:8.2} us bare, {:8.2} us with the token: {:.2}",
        1e6 / bare_rate,
        1e6 / our_rate,
        our_rate / bare_rate
    );
}

/// Calls a second, measured for a second.
fn rate(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0u64;
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..8 {
            call();
        }
        calls += 8;
    }
    calls as f64 / start.elapsed().as_secs_f64()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
