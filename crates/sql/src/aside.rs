//! Waiting in place.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs what waits for a disk or a server. On a worker of a runtime with several, its other tasks move to another meanwhile;
/// anywhere else the thread just waits: nothing it waits for needs that thread.
///
/// A worker must not be kept without this, however shortly: it may be the one that listens to the network for all of them, and no other
/// takes its place. GETs then wait for a slow commit's end (`docs/performance.md`; story `reads_go_on_while_a_change_hangs`).
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match flavor() {
        Some(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Whether others can go on while this thread waits [aside]: not the tasks of a runtime that has one thread and no other.
pub(crate) fn others_go_on() -> bool {
    flavor() != Some(RuntimeFlavor::CurrentThread)
}

/// Waits for what another thread does. Any thread may, those of a runtime too, which tokio's own way of blocking refuses to be used on.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    struct Parked(Thread);
    impl Wake for Parked {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Parked(thread::current())).into();
    // A task's budget would have us yield, and there is nobody to yield to.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => return outcome,
            Poll::Pending => thread::park(),
        }
    }
}

/// Of the runtime that this thread works for, if it does.
fn flavor() -> Option<RuntimeFlavor> {
    Handle::try_current().ok().map(|runtime| runtime.runtime_flavor())
}
