//! HTTP: the routes, and how connections are taken and ended.

mod answering;
mod body;
mod cloud_manager;
mod connections;
mod console;
mod control;
mod front;
mod hardening;
mod health;
mod ims;
mod later;
mod metrics;
pub mod observe;
mod once;
mod origin;
mod patience;
mod reference;
mod reply;
mod rest;
mod stream;
pub mod tls;
mod traced;
mod version;

use axum::{Router, middleware, routing::get};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use self::front::Front;
use crate::state::App;

pub use connections::told_to_end;
pub use health::Readiness;
pub use ims::TokenRates;

/// Serves until `end` comes, then lets requests under way finish.
pub async fn listen(
    app: &App,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    end: impl Future<Output = ()>,
) {
    connections::serve(app, listener, tls, Front::new(app, router(app.clone())), end).await;
}

fn router(app: App) -> Router {
    Router::new()
        .nest("/ims", ims::routes())
        .merge(ims::top_level_routes())
        .merge(cloud_manager::routes())
        .merge(console::routes())
        .nest("/_", control::routes(&app))
        .route("/_/livez", get(health::livez))
        .route("/_/readyz", get(health::readyz))
        .route("/_/openapi.json", get(reference::document))
        .route("/_/docs", get(reference::page))
        .route("/_/control-openapi.json", get(reference::control_document))
        .route("/_/control-docs", get(reference::control_page))
        // Only what a route matched is named; the REST API names its own.
        .route_layer(middleware::from_fn(observe::name_route))
        .fallback(rest::handle)
        .with_state(app)
}
