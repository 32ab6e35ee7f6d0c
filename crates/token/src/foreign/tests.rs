//! What must never be believed of a foreign token.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::json;

use super::*;
use crate::SigningKey;

const ALL: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256];

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn rsa() -> (SigningKey, Value) {
    let key = SigningKey::generate("r1").unwrap();
    let jwk = serde_json::to_value(key.verifying_key().to_jwk()).unwrap();
    (key, jwk)
}

fn keys(all: &[Value]) -> ForeignKeys {
    ForeignKeys::read(json!({ "keys": all }).to_string().as_bytes()).unwrap()
}

fn signed(key: &SigningKey, header: &Value) -> String {
    let words = format!("{}.{}", encoded(header), encoded(&json!({"sub": "s"})));
    format!("{words}.{}", URL_SAFE_NO_PAD.encode(key.sign(words.as_bytes()).unwrap()))
}

#[test]
fn a_token_of_a_published_key_is_believed() {
    let (key, jwk) = rsa();
    let token = signed(&key, &json!({"alg": "RS256", "kid": "r1"}));
    let opened = keys(&[jwk]).verify(&token, &ALL).unwrap();
    assert_eq!((&opened.claims["sub"], &opened.header["kid"]), (&json!("s"), &json!("r1")));
}

#[test]
fn an_elliptic_key_verifies_its_own_algorithm() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "kid": "e1", "x": text(&point[1..33]), "y": text(&point[33..])});
    let words = format!("{}.{}", encoded(&json!({"alg": "ES256", "kid": "e1"})), encoded(&json!({})));
    let signature = pair.sign(&SystemRandom::new(), words.as_bytes()).unwrap();
    let token = format!("{words}.{}", text(signature.as_ref()));
    let keys = keys(&[jwk]);
    assert!(keys.verify(&token, &ALL).is_ok());
    assert_eq!(keys.verify(&token, &[Algorithm::Rs256]), Err(Refusal::BadSignature), "not allowed");
}

#[test]
fn the_key_decides_on_the_algorithm_and_not_the_token() {
    let (key, jwk) = rsa();
    let set = keys(std::slice::from_ref(&jwk));
    for header in [
        json!({"alg": "none", "kid": "r1"}),
        json!({"alg": "HS256", "kid": "r1"}),
        json!({"alg": "PS256", "kid": "r1"}),
        json!({"alg": "ES256", "kid": "r1"}),
        json!({"alg": ["RS256"], "kid": "r1"}),
        json!({"kid": "r1"}),
    ] {
        assert_eq!(set.verify(&signed(&key, &header), &ALL), Err(Refusal::BadSignature), "{header}");
    }
    let unknown = signed(&key, &json!({"alg": "RS256", "kid": "other"}));
    assert_eq!(set.verify(&unknown, &ALL), Err(Refusal::UnknownKey));
    let critical = signed(&key, &json!({"alg": "RS256", "kid": "r1", "crit": ["b64"]}));
    assert_eq!(set.verify(&critical, &ALL), Err(Refusal::Malformed));
    let mut cut = signed(&key, &json!({"alg": "RS256", "kid": "r1"}));
    cut.truncate(cut.len() - 4);
    assert!(set.verify(&cut, &ALL).is_err());
}

#[test]
fn keys_for_anything_else_are_left_out() {
    let (_, jwk) = rsa();
    let with = |name: &str, value: Value| {
        let mut changed = jwk.clone();
        changed[name] = value;
        changed
    };
    let useless = [
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("kty", json!("oct")),
        with("n", json!("AQAB")),
        with("key_ops", json!(["sign"])),
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "r1"}),
        json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
        json!("no key"),
    ];
    assert!(keys(&useless).is_empty());
    assert!(ForeignKeys::read(b"<html>").is_none() && ForeignKeys::read(br#"{"keys": {}}"#).is_none());
}

#[test]
fn a_token_that_names_no_key_needs_an_issuer_with_one() {
    let ((key, one), (_, other)) = (rsa(), rsa());
    let token = signed(&key, &json!({"alg": "RS256"}));
    assert!(keys(std::slice::from_ref(&one)).verify(&token, &ALL).is_ok());
    assert_eq!(keys(&[one, other]).verify(&token, &ALL), Err(Refusal::UnknownKey));
}
