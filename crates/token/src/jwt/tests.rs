use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::*;
use crate::key::X5u;
use crate::scope::Scopes;

const CREATED: i64 = 1_700_000_000_000;

fn key() -> &'static SigningKey {
    static KEY: std::sync::LazyLock<SigningKey> =
        std::sync::LazyLock::new(|| SigningKey::generate(crate::key::FIRST_KID).unwrap());
    &KEY
}

fn keys() -> KeySet {
    [key().verifying_key()].into_iter().collect()
}

fn claims() -> Claims {
    Claims::server_to_server("c1", "u@techacct.adobe.com", Scopes::parse("openid"), CREATED, [1; 20])
}

fn verify_at(now_ms: i64) -> Result<Claims, Refusal> {
    verify(&keys(), &sign(key(), &claims()).unwrap(), TokenType::AccessToken, now_ms)
}

/// A token with any header and payload, signed by the real key whatever they say.
fn forge(header: Value, payload: &[u8]) -> String {
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key().sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn good_header() -> Value {
    json!({"alg": "RS256", "kid": key().kid(), "itt": "at"})
}

fn refusal(token: &str) -> Refusal {
    verify(&keys(), token, TokenType::AccessToken, CREATED).unwrap_err()
}

#[test]
fn the_header_is_ims_own_to_the_byte() {
    let token = sign(key(), &claims()).unwrap();
    assert!(token.starts_with("eyJhbGciOiJSUzI1NiIs"), "{token}");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(
        String::from_utf8(header).unwrap(),
        r#"{"alg":"RS256","x5u":"ims_na1-key-at-1.cer","kid":"ims_na1-key-at-1","itt":"at"}"#
    );
}

#[test]
fn x5u_can_be_left_out() {
    let key = SigningKey::from_pkcs8("k", &key().to_pkcs8().unwrap()).unwrap().with_x5u(X5u::Omitted);
    let token = sign(&key, &claims()).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"alg":"RS256","kid":"k","itt":"at"}"#);
}

#[test]
fn an_id_token_names_no_certificate() {
    let token = sign_id_token(key(), &json!({})).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"alg":"RS256","kid":"ims_na1-key-at-1","itt":"it"}"#);
}

#[test]
fn what_was_signed_is_believed() {
    assert_eq!(verify_at(CREATED), Ok(claims()));
}

#[test]
fn a_token_ends_exactly_when_its_life_is_over() {
    assert!(verify_at(1_700_086_399_999).is_ok());
    assert_eq!(verify_at(1_700_086_400_000), Err(Refusal::Expired));
}

#[test]
fn a_minute_from_the_future_is_tolerated_and_no_more() {
    assert!(verify_at(CREATED - 60_000).is_ok());
    assert_eq!(verify_at(CREATED - 60_001), Err(Refusal::NotYetValid));
}

#[test]
fn an_expired_token_can_still_be_read() {
    let mut old = claims();
    old.created_at = 0;
    assert_eq!(read(&keys(), &sign(key(), &old).unwrap()), Ok(old));
}

#[test]
fn every_changed_byte_is_noticed() {
    let token = sign(key(), &claims()).unwrap();
    for at in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(verify(&keys(), &changed, TokenType::AccessToken, CREATED).is_err(), "byte {at}");
    }
}

#[test]
fn a_payload_under_anothers_signature_is_a_bad_signature() {
    let (mine, mut other) = (sign(key(), &claims()).unwrap(), claims());
    other.client_id = "c2".to_owned();
    let other = sign(key(), &other).unwrap();
    let (words, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = mine.rsplit_once('.').unwrap();
    assert_eq!(refusal(&format!("{words}.{signature}")), Refusal::BadSignature);
}

#[test]
fn an_unsigned_token_is_refused() {
    let payload = serde_json::to_vec(&claims()).unwrap();
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({"alg": alg, "kid": key().kid(), "itt": "at"}).to_string();
        let words = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&payload));
        assert_eq!(refusal(&format!("{words}.")), Refusal::BadSignature, "{alg}");
        assert_eq!(refusal(&words), Refusal::Malformed, "two parts");
    }
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let header = json!({"alg": "HS256", "kid": key().kid(), "itt": "at"}).to_string();
    let words = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims()).unwrap())
    );
    let secret = hmac::Key::new(hmac::HMAC_SHA256, key().public_der());
    let tag = hmac::sign(&secret, words.as_bytes());
    assert_eq!(refusal(&format!("{words}.{}", URL_SAFE_NO_PAD.encode(tag))), Refusal::BadSignature);
}

#[test]
fn another_algorithm_is_refused_even_under_our_own_signature() {
    let payload = serde_json::to_vec(&claims()).unwrap();
    for alg in ["none", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256"] {
        let token = forge(json!({"alg": alg, "kid": key().kid(), "itt": "at"}), &payload);
        assert_eq!(refusal(&token), Refusal::BadSignature, "{alg}");
    }
}

#[test]
fn a_key_that_is_not_trusted_is_unknown() {
    let stranger = SigningKey::generate("stranger").unwrap();
    assert_eq!(refusal(&sign(&stranger, &claims()).unwrap()), Refusal::UnknownKey);
    let payload = serde_json::to_vec(&claims()).unwrap();
    assert_eq!(refusal(&forge(json!({"alg": "RS256", "itt": "at"}), &payload)), Refusal::UnknownKey);
}

#[test]
fn a_strangers_signature_under_our_key_id_is_a_bad_signature() {
    let stranger = SigningKey::generate(key().kid()).unwrap();
    assert_eq!(refusal(&sign(&stranger, &claims()).unwrap()), Refusal::BadSignature);
}

#[test]
fn a_token_for_another_purpose_is_the_wrong_type() {
    let mut refresh = claims();
    refresh.token_type = TokenType::RefreshToken;
    assert_eq!(refusal(&sign(key(), &refresh).unwrap()), Refusal::WrongType);
    let id_token = sign_id_token(key(), &json!({"iss": "https://ims", "sub": "s", "exp": 1})).unwrap();
    assert_eq!(refusal(&id_token), Refusal::WrongType);
}

#[test]
fn a_header_and_a_payload_that_disagree_about_the_purpose_are_the_wrong_type() {
    let payload = serde_json::to_vec(&claims()).unwrap();
    let token = forge(json!({"alg": "RS256", "kid": key().kid(), "itt": "rt"}), &payload);
    assert_eq!(refusal(&token), Refusal::WrongType);
}

#[test]
fn an_extension_that_must_be_understood_is_refused() {
    let mut header = good_header();
    header["crit"] = json!(["b64"]);
    assert_eq!(refusal(&forge(header, &serde_json::to_vec(&claims()).unwrap())), Refusal::Malformed);
}

#[test]
fn text_that_is_no_token_is_malformed() {
    let long = "a".repeat(LONGEST_TOKEN + 1);
    for text in ["", ".", "..", "a.b.c", "a.b", "a.b.c.d", "\u{e9}.\u{e9}.\u{e9}", "e30.e30.e30", &long] {
        assert_eq!(refusal(text), Refusal::Malformed, "{text}");
    }
    assert_eq!(refusal(&forge(good_header(), b"{}")), Refusal::Malformed);
    assert_eq!(refusal(&forge(good_header(), b"[]")), Refusal::Malformed);
    assert_eq!(refusal(&forge(good_header(), b"\xff")), Refusal::Malformed);
}

#[test]
fn the_tokens_of_commerces_own_tests_are_read() {
    let payload = json!({"id": "1", "type": "access_token", "client_id": "c", "user_id": "u",
        "created_at": CREATED, "expires_in": "86400000"});
    let claims = verify(
        &keys(),
        &forge(good_header(), payload.to_string().as_bytes()),
        TokenType::AccessToken,
        CREATED,
    );
    assert_eq!(claims.unwrap().created_at, CREATED);
}
