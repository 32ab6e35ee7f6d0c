//! Waiting in place.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs what waits for a disk or a server. On a worker of a runtime with several, its other tasks move to another meanwhile;
/// anywhere else the thread just waits: nothing it waits for needs that thread.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match flavor() {
        Some(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Whether others can go on while this thread waits: not the tasks of a runtime that has no other thread.
pub(crate) fn others_go_on() -> bool {
    flavor() != Some(RuntimeFlavor::CurrentThread)
}

/// Of the runtime that this thread works for, if it does.
fn flavor() -> Option<RuntimeFlavor> {
    Handle::try_current().ok().map(|runtime| runtime.runtime_flavor())
}
