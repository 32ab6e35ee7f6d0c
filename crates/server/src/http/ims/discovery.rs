//! The OpenID Connect discovery document, member by member as IMS publishes it (`spec/ims.md` 2.5), with our own base URL: clients
//! insist that the issuer be where they found it.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;

use super::answer;
use crate::state::App;

#[derive(Serialize)]
struct Document<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 5],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    scopes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    claims_supported: [&'static str; 7],
    grant_types_supported: [&'static str; 3],
}

/// `GET /ims/.well-known/openid-configuration`.
pub async fn document(State(app): State<App>) -> Response {
    let base = app.base_url.as_str();
    let at = |path: &str| format!("{base}/ims/{path}");
    let document = Document {
        issuer: base,
        authorization_endpoint: at("authorize/v2"),
        token_endpoint: at("token/v3"),
        userinfo_endpoint: at("userinfo/v2"),
        revocation_endpoint: at("revoke"),
        jwks_uri: at("keys"),
        response_types_supported: ["code", "token", "id_token", "id_token token", "code id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: ["openid", "email", "profile"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        claims_supported: ["sub", "given_name", "family_name", "name", "email", "email_verified", "address"],
        grant_types_supported: ["authorization_code", "implicit_grant", "refresh_token"],
    };
    answer::json(StatusCode::OK, &document)
}
