//! The developer console, `/console`: organizations, projects, credentials, instances with their details and customers, users and
//! roles, in a browser.
//!
//! | file | thought |
//! |---|---|
//! | `visit.rs` | who is there, and what they may see |
//! | `form.rs` | what they sent, and what was wrong with it |
//! | `page.rs`, `templates/` | what they are shown |
//! | `problem.rs` | what went wrong |
//! | `assets.rs`, `assets/` | style sheet, scripts, icon |
//! | `once.rs` | a secret's way from the form that made it to the page that shows it |
//! | `ask.rs` | the REST API's own reads, for the pages that show customers |
//! | `sign_in.rs` | `/console/sign-in`, `/console/sign-out` |
//! | the others | a page, or a few of one subject, each at its own address |
//!
//! Every page works without scripts; they add copying, and a grid that follows what is typed. What may be done is decided in
//! `patron_commerce`; a page asks [`visit::Visit`] for the organization that its address names, and gets it or a 404.

mod ask;
mod assets;
mod credentials;
mod customers;
mod form;
mod instances;
mod mails;
mod once;
mod organizations;
mod page;
mod problem;
mod projects;
mod roles;
mod secrets;
mod sign_in;
mod snippets;
mod users;
mod visit;
mod workspace;

use axum::{
    Router, middleware,
    response::Redirect,
    routing::{get, post},
};

use crate::state::App;

/// Everything below `/console`.
pub fn routes() -> Router<App> {
    let pages = Router::new()
        .route("/", get(organizations::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .merge(organizations::routes())
        .merge(projects::routes())
        .merge(credentials::routes())
        .merge(secrets::routes())
        .merge(workspace::routes())
        .merge(instances::routes())
        .merge(customers::routes())
        .merge(mails::routes())
        .merge(users::routes())
        .merge(roles::routes())
        .method_not_allowed_fallback(problem::no_such_page)
        .fallback(problem::no_such_page)
        .layer(middleware::map_response(page::guard));
    Router::new()
        .nest("/console", pages)
        .route("/console/", get(|| async { Redirect::permanent("/console") }))
        .route("/console/assets/{name}", get(assets::get))
}
