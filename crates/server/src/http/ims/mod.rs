//! The identity service's HTTP face, under `/ims` (`spec/ims.md` 1 to 3).
//!
//! | file | thought |
//! |---|---|
//! | `token.rs` | `/token`, `/token/v1` … `/v4` |
//! | `authorize.rs`, `sign_in.rs`, `pages.rs`, `browser.rs`, `redirect.rs` | `/authorize/v1` and `/v2`, in a user's browser |
//! | `revoke.rs` | `/revoke`, `/invalidate_token/v2`, `/logout/v1` |
//! | `people.rs`, `bearer.rs` | `/userinfo`, `/profile`, `/organizations` |
//! | `cors.rs` | what pages of other origins may call |
//! | `exchange.rs` | `/exchange/jwt`, which has ended |
//! | `validate.rs` | `/validate_token/v1` |
//! | `keys.rs` | `/keys` and the certificates |
//! | `discovery.rs` | the OpenID Connect document |
//! | `rates.rs` | how many tokens a second |
//! | `parameters.rs`, `basic.rs` | parameters, however they arrive |
//! | `answer.rs` | JSON, errors, and the headers of every answer |
//!
//! Who gets a token and what it says is decided in `patron_commerce::identity`.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};

use crate::state::App;

pub mod answer;
mod authorize;
mod basic;
mod bearer;
pub mod browser;
mod cors;
mod discovery;
mod exchange;
mod keys;
mod pages;
mod parameters;
mod people;
mod rates;
pub mod redirect;
pub mod revoke;
pub mod sign_in;
mod token;
mod validate;

pub use keys::signing_key_is_there;
pub use parameters::BodyTime;
pub use rates::TokenRates;

/// The answer to a request that there is no room for, or whose time is over, as IMS would say it.
pub fn unavailable(seconds: u32) -> Response {
    answer::Problem::Unavailable(seconds).into_response()
}

/// What stands under `/ims`.
pub fn routes() -> Router<App> {
    let in_browsers = Router::new()
        .route("/authorize/v1", get(authorize::show).post(authorize::act))
        .route("/authorize/v2", get(authorize::show).post(authorize::act))
        .route("/logout", get(revoke::logout).post(revoke::logout))
        .route("/logout/v1", get(revoke::logout).post(revoke::logout))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(middleware::map_response(answer::never_store));
    let never_stored = Router::new()
        .route("/token", post(token::v1))
        .route("/token/v1", post(token::v1))
        .route("/token/v2", post(token::v2))
        .route("/token/v3", post(token::v3))
        .route("/token/v4", post(token::v3))
        .route("/exchange/jwt", post(exchange::refuse))
        .route("/exchange/v1/jwt", post(exchange::refuse))
        .route("/validate_token/v1", get(validate::validate).post(validate::validate))
        .route("/revoke", post(revoke::revoke))
        .route("/invalidate_token/v2", post(revoke::invalidate))
        .route("/logout/v1/token", get(revoke::logout_token).post(revoke::logout_token))
        .route("/userinfo/v1", get(people::userinfo).post(people::userinfo))
        .route("/userinfo/v2", get(people::userinfo).post(people::userinfo))
        .route("/profile/v1", get(people::profile).post(people::profile))
        .route("/organizations/v5", get(people::organizations))
        .route("/organizations/v6", get(people::organizations))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(middleware::from_fn(open_and_never_stored));
    let public = Router::new()
        .route("/keys", get(keys::list))
        .route("/.well-known/openid-configuration", get(discovery::document))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(middleware::from_fn(cors::open));
    Router::new()
        .route("/pages.css", get(pages::style))
        .merge(public)
        .merge(in_browsers)
        .merge(never_stored)
        .fallback(answer::not_found)
        .layer(middleware::from_fn(answer::with_debug_id))
}

/// One layer, not two: each makes a future of its own for every token.
async fn open_and_never_stored(request: Request, next: Next) -> Response {
    answer::never_store(cors::open(request, next).await).await
}

/// What IMS has at the top level: the certificates that the headers of tokens name (`/keys/prod/<kid>.cer`), and the discovery
/// document where OpenID Connect looks for it.
pub fn top_level_routes() -> Router<App> {
    Router::new()
        .route("/ims/", any(answer::not_found))
        .route("/keys/prod/{name}", get(keys::certificate))
        .route("/.well-known/openid-configuration", get(discovery::document))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(middleware::from_fn(cors::open))
        .layer(middleware::from_fn(answer::with_debug_id))
}
