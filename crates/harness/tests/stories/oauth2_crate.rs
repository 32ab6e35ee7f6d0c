//! The `oauth2` crate, as a Rust program uses it: client credentials, the code flow with PKCE, refresh and revocation.

#![allow(clippy::unwrap_used)]

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicRequestTokenError};
use oauth2::http::Response;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError,
    RevocationUrl, Scope, TokenResponse, TokenUrl,
};
use patron_harness::login::{CALLBACK, World};
use patron_harness::{Browser, Options, Patron};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;

type Aimed = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointSet>;

#[test]
fn the_oauth2_crate_gets_tokens_by_a_secret_in_the_body_or_in_the_header() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let made = &world.instance.made;
    for place in [AuthType::RequestBody, AuthType::BasicAuth] {
        let client = aimed(&world.base, &made.client_id, &made.client_secret).set_auth_type(place);
        let asked = ["openid", "AdobeID", "commerce.accs"].map(|scope| Scope::new(scope.to_owned()));
        let token = client.exchange_client_credentials().add_scopes(asked).request(&send).unwrap();
        assert_eq!(world.call(token.access_token().secret()), 404);
        assert_eq!(token.expires_in().unwrap().as_secs(), 86_399);

        client.revoke_token(token.access_token().into()).unwrap().request(&send).unwrap();
        assert_eq!(world.call(token.access_token().secret()), 401);
    }
}

#[test]
fn the_oauth2_crate_signs_in_and_refreshes() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let client = aimed(&world.base, world.client_id(), world.client_secret());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = ["openid", "commerce.accs", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
    let (address, state) =
        client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge).url();

    let back = world.authorize_at(&mut Browser::new(), address.as_str());
    assert_eq!(back.sent("state").as_ref(), Some(state.secret()));
    let code = AuthorizationCode::new(back.sent("code").unwrap());
    let first = client.exchange_code(code).set_pkce_verifier(verifier).request(&send).unwrap();
    let second = client.exchange_refresh_token(first.refresh_token().unwrap()).request(&send).unwrap();
    assert_eq!(world.call(second.access_token().secret()), 404);

    let refresh_token = second.refresh_token().unwrap();
    client.revoke_token(refresh_token.into()).unwrap().request(&send).unwrap();
    assert_eq!(world.call(second.access_token().secret()), 401, "what came of it lives on");
    let refused = client.exchange_refresh_token(refresh_token).request(&send).unwrap_err();
    let said = Some("invalid refresh_token parameter".to_owned());
    assert_eq!(error(refused), (BasicErrorResponseType::InvalidGrant, said));
}

#[test]
fn the_oauth2_crate_reads_the_refusals() {
    let server = Patron::start(Options::ephemeral());
    let world = World::with(&server, "oauthwebapp");
    let made = &world.instance.made;
    let wrong = aimed(&world.base, &made.client_id, "wrong").exchange_client_credentials().request(&send);
    let said = Some("invalid client_secret parameter".to_owned());
    assert_eq!(error(wrong.unwrap_err()), (BasicErrorResponseType::InvalidClient, said));
    let client = aimed(&world.base, &made.client_id, &made.client_secret);
    let more = client.exchange_client_credentials().add_scope(Scope::new("org.write".into())).request(&send);
    assert_eq!(error(more.unwrap_err()).0, BasicErrorResponseType::InvalidScope);
    let none = RefreshToken::new("x.y.z".into());
    let none = client.exchange_refresh_token(&none).request(&send);
    assert_eq!(error(none.unwrap_err()).0, BasicErrorResponseType::UnauthorizedClient);
}

fn aimed(base: &str, id: &str, secret: &str) -> Aimed {
    BasicClient::new(ClientId::new(id.to_owned()))
        .set_client_secret(ClientSecret::new(secret.to_owned()))
        .set_auth_uri(AuthUrl::new(format!("{base}/ims/authorize/v2")).unwrap())
        .set_token_uri(TokenUrl::new(format!("{base}/ims/token/v3")).unwrap())
        // For this address the crate insists on TLS, which the server of a test has not got; the transport knows.
        .set_revocation_url(
            RevocationUrl::new(format!("{base}/ims/revoke").replace("http:", "https:")).unwrap(),
        )
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
}

/// The transport: the crate leaves it to its user.
fn send(mut request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    *request.uri_mut() = request.uri().to_string().replace("https:", "http:").parse().unwrap();
    let client = Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let answer = client.execute(request.try_into()?)?;
    let mut response = Response::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes()?.into();
    Ok(response)
}

fn error(refused: BasicRequestTokenError<reqwest::Error>) -> (BasicErrorResponseType, Option<String>) {
    match refused {
        RequestTokenError::ServerResponse(said) => (said.error().clone(), said.error_description().cloned()),
        other => panic!("not an answer of the server: {other:?}"),
    }
}
