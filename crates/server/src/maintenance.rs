//! Once an hour, what identity no longer needs is deleted: codes, sessions and refresh tokens that are over, tokens that were revoked and
//! would be over anyway, retired keys, forgotten failures. Nothing waits for it: whatever is over is refused for its age, too.

use std::time::Duration;

use patron_commerce::identity::revocation;
use tokio::time;

use crate::{state::App, workers::Working};

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(3600);
/// Before the first: a start has better things to do.
const AFTER_START: Duration = Duration::from_secs(60);

/// Tidies up until the task is dropped.
pub async fn keep_tidy(app: App, working: Working) {
    working.pauses(AFTER_START);
    time::sleep(AFTER_START).await;
    loop {
        working.lives();
        let now_ms = app.moment().millis();
        match app.database.write(move |sql| revocation::tidy(sql, now_ms)).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Logins and tokens that were over were deleted."),
            Err(error) => {
                tracing::warn!(%error, "Logins and tokens that are over could not be deleted; trying again later.")
            }
        }
        working.pauses(PAUSE);
        time::sleep(PAUSE).await;
    }
}
