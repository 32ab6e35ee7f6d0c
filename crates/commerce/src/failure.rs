//! Whose fault? Theirs is a [`Fault`] with the wire's words; ours is an error that the caller never sees.

use patron_webapi::Fault;

/// Why a call did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The caller's fault, or a state the caller has to know of.
    Fault(Box<Fault>),
    /// The caller's fault, found after ids were taken and nothing else was written: the unit of work is kept, because the original's
    /// ids are never given twice either (recorded: `customers/create/address-second-bad`).
    IdsTaken(Box<Fault>),
    /// Ours: one log line with the whole chain, a blank 500 outside.
    Internal(anyhow::Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl Failure {
    /// This failure as one that comes after ids were taken.
    #[must_use]
    pub fn after_ids(self) -> Self {
        match self {
            Self::Fault(fault) => Self::IdsTaken(fault),
            other => other,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<patron_sql::Error> for Failure {
    /// A busy, full or absent database is told to the caller as such. Nothing was written, and a retry is safe, but where the answer
    /// says otherwise. A text with the character NUL is the caller's fault: no name or address has one.
    fn from(error: patron_sql::Error) -> Self {
        use patron_sql::Error;
        match error {
            Error::Busy => Fault::unavailable("The service is busy. Try again later.", 1).into(),
            Error::Full => {
                Fault::unavailable("The service cannot store anything now: its disk is full.", 60).into()
            }
            Error::ReadOnly => Fault::unavailable("The service cannot store anything now.", 60).into(),
            Error::Nul => Fault::unprocessable().into(),
            Error::Unavailable(_) | Error::Closed => {
                tracing::error!(
                    error = format!("{:#}", anyhow::Error::from(error)),
                    "The database cannot be used."
                );
                Fault::unavailable("The service cannot reach its database. Try again later.", 1).into()
            }
            Error::Uncertain => {
                tracing::error!(%error, "A change was stored or not.");
                Fault::unavailable(
                    "The service lost its database while it stored the change, which may have been kept or not. Look before you try again.",
                    1,
                )
                .into()
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) | Self::IdsTaken(fault) => fault.fmt(f),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Failure {}

/// What most functions of a slice return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;
