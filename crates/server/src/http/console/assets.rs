//! `/console/assets/…`: files that are compiled in. Their addresses in pages carry a hash of what is inside, so browsers keep them for
//! good and still see a new version at once.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use patron_token::secret;

/// A file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("assets/console.css"),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/console.js"),
    },
    Asset {
        name: "htmx.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/htmx.min.js"),
    },
    Asset { name: "mark.svg", media_type: "image/svg+xml", bytes: include_bytes!("assets/mark.svg") },
];

static ADDRESSES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let address =
        |asset: &Asset| format!("/console/assets/{}?v={}", asset.name, &secret::digest(asset.bytes)[..12]);
    ASSETS.iter().map(|asset| (asset.name, address(asset))).collect()
});

/// The address of a file, for pages. An unknown name is a mistake in a template, which a test finds.
pub fn address(name: &str) -> Option<&'static str> {
    ADDRESSES.iter().find(|(own, _)| *own == name).map(|(_, address)| address.as_str())
}

/// `GET /console/assets/{name}`
pub async fn get(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
