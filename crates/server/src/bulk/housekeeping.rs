//! Deletes what nobody will ask for any more: bulks that were over two months ago, requests that were cut off while they were written,
//! and answers to requests that named themselves. In small units, so that no write waits for it.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use patron_commerce::{bulk::store, failure::Result, idempotency, moment::wire_time};
use tokio::time;

use super::Service;
use crate::workers::Working;

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(600);
/// How long the outcome of a bulk is kept: the original's default, 60 days.
const KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);
/// After this long a request that is not whole will not become so.
const CUT_OFF: SignedDuration = SignedDuration::from_hours(1);
/// Rows that are deleted in one unit of work.
const ROWS: i64 = 500;

/// Cleans up until the task is dropped.
pub async fn keep_clean<S: Service>(service: Arc<S>, working: Working) {
    loop {
        if let Err(error) = clean(service.as_ref(), &working).await {
            tracing::warn!(%error, "What has expired could not be deleted; trying again later.");
        }
        working.pauses(PAUSE);
        time::sleep(PAUSE).await;
    }
}

async fn clean<S: Service>(service: &S, working: &Working) -> Result<()> {
    working.lives();
    let now = service.moment().now;
    let now_ms = now.as_millisecond();
    while service.database().write(move |sql| idempotency::delete_expired(sql, now_ms, ROWS)).await? > 0 {
        working.lives();
    }
    let before = |age: SignedDuration| wire_time(now.saturating_sub(age).unwrap_or(Timestamp::MIN));
    let (over, cut_off) = (before(KEPT), before(CUT_OFF));
    let bulks = service.database().read(|sql| store::over(sql, &over, &cut_off, ROWS))?;
    for bulk in &bulks {
        delete(service, bulk.0, bulk.1, || working.lives()).await?;
    }
    if !bulks.is_empty() {
        tracing::info!(bulks = bulks.len(), "Old bulks were deleted.");
    }
    Ok(())
}

/// Deletes a bulk, however many operations it holds; calls `after_some` now and then.
pub async fn delete<S: Service>(service: &S, tenant: i64, bulk: i64, after_some: impl Fn()) -> Result<()> {
    while service.database().write(move |sql| store::delete_some(sql, tenant, bulk, ROWS)).await? > 0 {
        after_some();
    }
    service.database().write(move |sql| store::delete(sql, tenant, bulk)).await
}
