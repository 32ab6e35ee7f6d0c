//! What is at the edges of identity: endpoints that have ended, instances by way of the Cloud Manager, and requests that nobody in their
//! right mind sends. Each gets an answer that its client can read.

#![allow(clippy::unwrap_used)]

use patron_harness::{Options, Patron, login::World, wire};
use serde_json::{Value, json};

fn send(server: &Patron, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> wire::Answer {
    let request = wire::Request {
        method: method.into(),
        target: target.into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: (!body.is_empty()).then(|| body.to_vec()),
    };
    wire::send(server.address(), &request).unwrap()
}

#[test]
fn whoever_still_exchanges_a_jwt_is_told_what_to_do_instead() {
    let server = Patron::start(Options::ephemeral());
    let made = server.instance().made;
    for path in ["/ims/exchange/jwt", "/ims/exchange/v1/jwt"] {
        let form =
            format!("client_id={}&client_secret={}&jwt_token=a.b.c", made.client_id, made.client_secret);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let answer = send(&server, "POST", path, &kind, form.as_bytes());
        assert_eq!(answer.status, 401);
        let body = answer.json();
        assert_eq!(body["error"], "invalid_client");
        assert!(body["error_description"].as_str().unwrap().contains("client_credentials"), "{body}");
        assert_eq!(body.as_object().unwrap().keys().next().unwrap(), "error_description", "its order");
        let answer = send(&server, "POST", path, &kind, b"client_id=unknown&jwt_token=a.b.c");
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_client")));
        assert!(answer.header("x-debug-id").is_some());
    }
}

#[test]
fn tokens_can_leave_out_the_certificate_that_strict_verifiers_refuse() {
    use base64::Engine as _;
    let header = |arguments: &[&str]| {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let server = Patron::start(Options { arguments, ..Options::ephemeral() });
        let token = server.instance().token;
        let first = token.split('.').next().unwrap();
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(first).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()
    };
    assert_eq!(header(&[])["x5u"], "ims_na1-key-at-1.cer");
    assert_eq!(header(&["--omit-x5u"]).get("x5u"), None);
}

#[test]
fn the_cloud_manager_lists_the_instances_of_the_tokens_organization() {
    let server = Patron::start(Options::ephemeral());
    let (one, other) = (server.instance(), server.instance());
    let bearer = format!("Bearer {}", one.token);
    let get = |path: &str, headers: &[(&str, &str)]| send(&server, "GET", path, headers, b"");
    let list = format!("/api/v1/tenants/owner/{}", one.made.org_id);
    let answer = get(&list, &[("Authorization", &bearer)]);
    let tenants = answer.json()["tenants"].clone();
    assert_eq!((answer.status, tenants.as_array().unwrap().len()), (200, 1), "its own only");
    assert_eq!(tenants[0]["serviceURLs"]["graphQL"], one.made.graphql_endpoint.as_str());
    assert_eq!(tenants[0]["name"], "harness");

    let tenant = |id: &str| format!("/api/v1/tenants/{id}/owner/{}", one.made.org_id);
    assert_eq!(get(&tenant(&one.made.tenant_id), &[("Authorization", &bearer)]).json(), tenants[0]);
    assert_eq!(get(&tenant(&other.made.tenant_id), &[("Authorization", &bearer)]).status, 404);
    let elsewhere = format!("/api/v1/tenants/owner/{}", other.made.org_id);
    assert_eq!(get(&elsewhere, &[("Authorization", &bearer)]).status, 403);
    let title = |headers: &[(&str, &str)]| {
        let answer = get(&list, headers);
        (answer.status, answer.json()["title"].clone())
    };
    assert_eq!(title(&[]), (401, json!("ErrMissingOauthToken")));
    assert_eq!(title(&[("Authorization", "Bearer a.b.c")]), (401, json!("ErrInvalidOauthToken")));
}

#[test]
fn the_headers_of_the_gateway_are_not_needed_and_must_not_contradict_the_token() {
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance();
    let made = &instance.made;
    let status =
        |headers: &[(&str, &str)]| instance.send("GET", "/V1/customers/987654", headers, None).status;
    let (key, org) = (made.client_id.as_str(), made.org_id.as_str());
    assert_eq!(status(&[]), 404);
    assert_eq!(status(&[("x-api-key", key), ("x-gw-ims-org-id", org)]), 404);
    assert_eq!(status(&[("x-gw-ims-org-id", "0123456789ABCDEF01234567@AdobeOrg")]), 403);
    assert_eq!(status(&[("x-api-key", "another")]), 403);
}

#[test]
fn no_request_to_ims_however_wrong_is_a_failure_of_the_service() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let client = world.client_id();
    let form = "application/x-www-form-urlencoded";
    let long = format!("token={}", "a.".repeat(20_000));
    let deep = format!("state={}", "%7B".repeat(3_000));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (form, b"".to_vec()),
        (form, b"&&==&%&%zz=%&=".to_vec()),
        (form, b"grant_type=%00&client_id=%ff%fe&token=%00".to_vec()),
        (form, b"grant_type=client_credentials&grant_type=refresh_token".to_vec()),
        (
            form,
            format!("client_id={client}&grant_type=authorization_code&code=%F0%9F%92%A9&code_verifier=%00")
                .into_bytes(),
        ),
        (
            form,
            format!("client_id={client}&grant_type=refresh_token&refresh_token={}", ".".repeat(5_000))
                .into_bytes(),
        ),
        (
            form,
            format!(
                "client_id={client}&token=e30.e30.e30&type=access_token&token_type=nonsense&cascading=%00"
            )
            .into_bytes(),
        ),
        (form, long.into_bytes()),
        (form, deep.into_bytes()),
        ("application/json", b"{\"grant_type\":\"client_credentials\"}".to_vec()),
        ("multipart/form-data", b"no boundary".to_vec()),
        ("multipart/form-data;boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n".to_vec()),
        ("\u{e4}/\u{f6}", b"client_id=x".to_vec()),
    ];
    let paths = [
        "token",
        "token/v1",
        "token/v2",
        "token/v3",
        "token/v4",
        "validate_token/v1",
        "revoke",
        "invalidate_token/v2",
        "logout/v1/token",
        "userinfo/v2",
        "profile/v1",
        "exchange/jwt",
    ];
    for path in paths {
        for (kind, body) in &bodies {
            for authorization in ["", "Basic !!!", "Basic Og==", "Bearer", "Bearer \u{fc}", "Digest x"] {
                let mut headers = vec![("Content-Type", *kind)];
                if !authorization.is_empty() {
                    headers.push(("Authorization", authorization));
                }
                let answer = send(&server, "POST", &format!("/ims/{path}?client_id=%FF&a"), &headers, body);
                let case = format!(
                    "{path} {kind} {authorization:?} {}",
                    String::from_utf8_lossy(&body[..body.len().min(60)])
                );
                assert!(answer.status < 500, "{case}: {}", answer.status);
                assert!(answer.header("x-debug-id").is_some(), "{case}");
                if answer.status >= 400 {
                    assert!(answer.json()["error"].is_string(), "{case}: {}", answer.json());
                }
            }
        }
    }
    for target in [
        "/ims",
        "/ims/",
        "/ims/nothing",
        "/ims/token/v9",
        "/ims/introspect",
        "/ims/%00",
        "/ims/organizations/v6",
        "/ims/organizations/v5?x=%FF",
        "/ims/token/v3",
        "/ims/keys?x",
        "/ims/logout/v1?client_id=%00&redirect_uri=javascript:alert(1)",
        "/ims/logout/v1?access_token=a.b.c",
        "/ims/validate_token/v1?token=%00&type=%00",
        "/keys/prod/%2e%2e%2fpasswd",
        "/keys/prod/none.cer",
    ] {
        let answer = send(&server, "GET", target, &[("Accept", "*/*")], b"");
        assert!(answer.status < 500, "{target}: {}", answer.status);
        assert!(answer.header("x-debug-id").is_some(), "{target}");
        assert!(!answer.header("location").unwrap_or_default().starts_with("javascript"), "{target}");
        if answer.status >= 400 && answer.status != 404 {
            assert!(answer.json()["error"].is_string(), "{target}: {}", answer.json());
        }
    }
    assert_ne!(world.call(&world.instance.token), 500);
    let healthy: Value = send(&server, "GET", "/ims/.well-known/openid-configuration", &[], b"").json();
    assert_eq!(healthy["issuer"], server.base());
}
