//! Tokens themselves: their form, the keys that verify them, and what `validate_token` says of them. The signature is checked with a
//! crypto library and the published key, not with Patron's own code.

#![allow(clippy::unwrap_used)]

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use patron_harness::wire::{self, Answer, Request};
use patron_harness::{Options, Patron, SCOPES};
use serde_json::{Value, json};

const KID: &str = "ims_na1-key-at-1";

#[test]
fn a_tokens_header_and_claims_are_those_of_ims() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (header, claims) = (part(&instance.token, 0), part(&instance.token, 1));

    assert_eq!(header, format!(r#"{{"alg":"RS256","x5u":"{KID}.cer","kid":"{KID}","itt":"at"}}"#));
    let claims: Value = serde_json::from_str(&claims).unwrap();
    let members: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "id",
            "type",
            "client_id",
            "user_id",
            "as",
            "aa_id",
            "ctp",
            "moi",
            "expires_in",
            "created_at",
            "scope"
        ]
    );
    assert_eq!(claims["type"], "access_token");
    assert_eq!(claims["client_id"], instance.made.client_id);
    assert!(claims["user_id"].as_str().unwrap().ends_with("@techacct.adobe.com"));
    assert_eq!(claims["aa_id"], claims["user_id"]);
    assert_eq!((&claims["as"], &claims["ctp"]), (&json!("ims-na1"), &json!(3)));
    assert_eq!(claims["expires_in"], "86400000");
    assert_eq!(claims["created_at"].as_str().unwrap().len(), 13, "milliseconds, as text");
    assert_eq!(claims["scope"], SCOPES);
    let id: Vec<_> = claims["id"].as_str().unwrap().split('_').collect();
    assert_eq!((id[0], id.len()), (claims["created_at"].as_str().unwrap(), 3));
}

#[test]
fn the_published_key_and_its_certificate_verify_a_token() {
    let server = Patron::start(Options::ephemeral());
    let token = server.instance().token;

    let keys = get(&server, "/ims/keys").json();
    let key = &keys["keys"][0];
    let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "kty", "use", "kid", "e", "n"]);
    assert_eq!((&key["kid"], &key["alg"], &key["use"]), (&json!(KID), &json!("RS256"), &json!("sig")));
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).unwrap();

    let certificate = get(&server, &format!("/keys/prod/{KID}.cer"));
    assert_eq!(certificate.status, 200);
    let pem = String::from_utf8(certificate.body).unwrap();
    let armour: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(armour).unwrap();
    assert!(der.windows(public.n.len()).any(|window| window == public.n), "another key's certificate");
    for unknown in ["ims_na1-key-at-2.cer", KID, "..%2Fkeys"] {
        assert_eq!(get(&server, &format!("/keys/prod/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn the_keys_of_a_server_that_has_just_started_are_there() {
    let server = Patron::start(Options::ephemeral());
    assert_eq!(get(&server, "/ims/keys").json()["keys"][0]["kid"], KID);
}

#[test]
fn discovery_names_this_server_wherever_it_is_asked() {
    let server = Patron::start(Options::ephemeral());
    let document = get(&server, "/ims/.well-known/openid-configuration").json();

    assert_eq!(document["issuer"], server.base());
    for (member, path) in [
        ("token_endpoint", "/ims/token/v3"),
        ("jwks_uri", "/ims/keys"),
        ("authorization_endpoint", "/ims/authorize/v2"),
        ("userinfo_endpoint", "/ims/userinfo/v2"),
        ("revocation_endpoint", "/ims/revoke"),
    ] {
        assert_eq!(document[member], format!("{}{path}", server.base()));
    }
    assert_eq!(
        document["grant_types_supported"],
        json!(["authorization_code", "implicit_grant", "refresh_token"])
    );
    assert_eq!(get(&server, "/.well-known/openid-configuration").json(), document);
}

#[test]
fn a_good_token_is_validated_by_get_and_by_post() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let (token, id) = (&instance.token, &instance.made.client_id);
    let claims: Value = serde_json::from_str(&part(token, 1)).unwrap();
    let bearer = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
    let form = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let query = format!("type=access_token&client_id={id}");

    for (method, target, headers, body) in [
        ("GET", format!("?{query}&token={token}"), vec![], None),
        ("GET", format!("?{query}"), bearer.clone(), None),
        ("GET", String::new(), bearer, None),
        ("POST", String::new(), form, Some(format!("{query}&token={token}"))),
    ] {
        let target = format!("/ims/validate_token/v1{target}");
        let request = Request { method: method.into(), target, headers, body: body.map(String::into_bytes) };
        let answer = wire::send(server.address(), &request).unwrap();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(text.starts_with(r#"{"valid":true,"token":{"id":""#), "{text}");
        assert_eq!((answer.status, &answer.json()["token"]), (200, &claims));
    }
}

#[test]
fn a_bad_token_is_not_validated_and_the_reason_is_told() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let token = &instance.token;
    let forged = format!("{}AAAA", &token[..token.len() - 6]);
    for (query, reason) in [
        (format!("type=access_token&token={}", &token[..token.len() - 6]), "bad_signature"),
        (format!("type=refresh_token&token={token}"), "wrong_type"),
        (format!("type=nonsense&token={token}"), "wrong_type"),
        (format!("type=access_token&client_id=other&token={token}"), "invalid_client_id"),
        (format!("type=access_token&token={forged}"), "bad_signature"),
        ("type=access_token&token=nonsense".to_owned(), "malformed"),
        ("type=access_token".to_owned(), "malformed"),
    ] {
        let answer = get(&server, &format!("/ims/validate_token/v1?{query}"));
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"valid": false, "reason": reason})),
            "{query}"
        );
    }
    instance.remove(None).unwrap();
    let answer = get(&server, &format!("/ims/validate_token/v1?token={token}"));
    assert_eq!(answer.json(), json!({"valid": false, "reason": "unknown_client"}));
}

#[test]
fn the_signing_key_outlives_a_crash() {
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let keys = get(&server, "/ims/keys").json();
    server.kill9();
    server.restart();

    assert_eq!(get(&server, "/ims/keys").json(), keys);
    let answer = get(&server, &format!("/ims/validate_token/v1?token={}", instance.token));
    assert_eq!(answer.json()["valid"], true, "{}", answer.json());
}

/// A part of a token, decoded.
fn part(token: &str, index: usize) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

fn get(server: &Patron, target: &str) -> Answer {
    let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
    wire::send(server.address(), &request).unwrap()
}
