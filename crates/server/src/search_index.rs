//! Brings new and renamed customers into the index behind `like '%x%'`, after the write and not with it: within it, indexing would cost
//! a create more than everything else (`docs/performance.md`). Until then searches are exact all the same, only slower.

use std::time::Duration;

use patron_commerce::{Failure, customers::search::infix};

use crate::{state::App, workers::Working};

/// Between two looks at what is new.
const PAUSE: Duration = Duration::from_secs(1);
/// Looks that find the writer busy before indexing goes on beside it.
const PATIENCE: u32 = 10;
/// Customers in one unit of work: other writes wait for about 20 ms.
const BATCH: i64 = 1000;

/// Runs until the process ends.
pub async fn keep_up(app: App, working: Working) {
    let mut waited = 0;
    loop {
        working.pauses(PAUSE);
        tokio::time::sleep(PAUSE).await;
        if app.database.stats().queued > 0 && waited < PATIENCE {
            waited += 1;
            continue;
        }
        waited = 0;
        if let Err(failure) = catch_up(&app, &working).await {
            tracing::warn!(%failure, "New customers could not be indexed for searches; the next look tries again.");
        }
    }
}

async fn catch_up(app: &App, working: &Working) -> Result<(), Failure> {
    for tenant in app.database.read(infix::behind)? {
        working.lives();
        while app.database.write(move |sql| infix::catch_up(sql, tenant, BATCH)).await? == BATCH {
            working.lives();
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
