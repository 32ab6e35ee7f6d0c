//! A unit of work on its way through a writer: what to run, what came of it, whom to tell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Error, Session};

/// A unit of work whose types a writer need not know.
pub(crate) trait Unit: Send {
    /// Runs it, keeping the outcome; whether it is to be committed. A panic is an outcome. May be called again: only
    /// the last outcome counts.
    fn run(&mut self, session: Session<'_>) -> bool;

    /// Puts a failure of the writer in place of the outcome.
    fn fail(&mut self, error: Error);

    /// Tells the outcome to whoever waits for it.
    fn answer(self: Box<Self>);
}

/// Packs `work` and the `tell` that hands on its outcome.
pub(crate) fn unit<T, E>(
    work: impl FnMut(Session<'_>) -> Result<T, E> + Send + 'static,
    tell: impl FnOnce(Result<T, E>) + Send + 'static,
) -> Box<dyn Unit>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    Box::new(Typed { work, outcome: None, tell })
}

struct Typed<T, E, W, A> {
    work: W,
    outcome: Option<Result<T, E>>,
    tell: A,
}

impl<T, E, W, A> Unit for Typed<T, E, W, A>
where
    T: Send,
    E: From<Error> + Send,
    W: FnMut(Session<'_>) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, session: Session<'_>) -> bool {
        // Unwind safe: what a panic leaves half done is in the database, and rolled back.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(session)));
        let outcome = outcome.unwrap_or_else(|payload| Err(Error::panicked(&*payload).into()));
        self.outcome.insert(outcome).is_ok()
    }

    fn fail(&mut self, error: Error) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let Typed { outcome, tell, .. } = *self;
        tell(outcome.unwrap_or_else(|| Err(Error::Closed.into())));
    }
}
