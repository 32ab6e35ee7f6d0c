//! Running what was kept for later, in the process that answers requests.
//!
//! | file | thought |
//! |---|---|
//! | [`worker`] | finds what is due and shares it out |
//! | [`feed`] | reads operations, binds them and offers them in lots |
//! | [`lots`] | hands lots to the database's writer, several at once |
//! | [`housekeeping`] | deletes what nobody will ask for any more |
//!
//! Knows no HTTP and nothing of the shell but what [`Service`] says and how to give a sign of life, so that a benchmark can run it on a database of its own.

mod feed;
pub mod housekeeping;
mod lots;
mod worker;

use std::sync::Arc;

use patron_commerce::{Moment, Row, instances::Catalogues};
use patron_sql::Database;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::workers::Working;

/// What operations need to run.
pub trait Service: Send + Sync + 'static {
    /// Where they wait, and where they take effect.
    fn database(&self) -> &Database;
    /// The instances.
    fn catalogues(&self) -> &Catalogues;
    /// The rows that they call.
    fn table(&self) -> &[Row];
    /// Clock and randomness.
    fn moment(&self) -> Moment<'_>;
    /// Is told when something was queued.
    fn queued(&self) -> &Notify;
}

/// The running worker.
#[must_use = "a worker that is dropped runs on until the process ends"]
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Starts the worker on this runtime. It drops `working` when it ends, however it does.
pub fn start<S: Service>(service: Arc<S>, working: Working) -> Worker {
    let (stop, stopped) = watch::channel(false);
    Worker { stop, task: tokio::spawn(worker::work(service, stopped, working)) }
}

impl Worker {
    /// Ends the worker after the lots that it is at; what is left waits for the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "The worker of kept calls did not end well.");
        }
    }
}
