//! The few kinds of failure, in words the caller may read; the cause of our own faults stays inside.

use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a request. The text is for the person who asked; the source of [`Error::Internal`] is
/// for the operator's log alone and is never part of the text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know of it.
    #[error("{0}")]
    NotFound(String),
    /// The caller may see the thing but not do this to it; says why.
    #[error("{0}")]
    Forbidden(String),
    /// The caller did not say who they are, or not convincingly.
    #[error("{0}")]
    Unauthenticated(String),
    /// The request can never succeed as it stands.
    #[error("{0}")]
    Invalid(String),
    /// The request was right, but the thing is not in a state for it.
    #[error("{0}")]
    Conflict(String),
    /// The thing is not any more what the caller says it has to be.
    #[error("{0}")]
    Changed(String),
    /// More bytes, depth or items than the server takes.
    #[error("{0}")]
    TooLarge(String),
    /// The server cannot do it now; nothing was changed, try again later.
    #[error("{text}")]
    Unavailable { text: String, retry_after: Duration },
    /// The server, or the caller, does too much at a time; nothing was changed, try again later.
    #[error("{text}")]
    Busy { text: String, retry_after: Duration },
    /// The disk has no room for it; nothing was changed, try again once there is.
    #[error("{text}")]
    Full { text: String, retry_after: Duration },
    /// Our own fault.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// `what` is the thing: "run abc" says "run abc not found".
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("{what} not found"))
    }
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::Forbidden(why.into())
    }
    pub fn unauthenticated(why: impl Into<String>) -> Self {
        Self::Unauthenticated(why.into())
    }
    pub fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict(why.into())
    }
    pub fn too_large(why: impl Into<String>) -> Self {
        Self::TooLarge(why.into())
    }
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The stable word for this kind, for programs to compare.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Invalid(_) => "INVALID",
            Self::Conflict(_) => "CONFLICT",
            Self::Changed(_) => "PRECONDITION_FAILED",
            Self::TooLarge(_) => "TOO_LARGE",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Busy { .. } => "TOO_MANY_REQUESTS",
            Self::Full { .. } => "INSUFFICIENT_STORAGE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The HTTP status every door answers this kind with.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) => 404,
            Self::Forbidden(_) => 403,
            Self::Unauthenticated(_) => 401,
            Self::Invalid(_) => 400,
            Self::Conflict(_) => 409,
            Self::Changed(_) => 412,
            Self::TooLarge(_) => 413,
            Self::Unavailable { .. } => 503,
            Self::Busy { .. } => 429,
            Self::Full { .. } => 507,
            Self::Internal(_) => 500,
        }
    }

    /// After how many whole seconds the same request may succeed.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Busy { retry_after, .. } | Self::Full { retry_after, .. } => {
                Some(retry_after.as_secs_f64().ceil().max(1.0) as u64)
            }
            _ => None,
        }
    }

    /// The chain of causes, outermost first, for the one log line that reports it.
    pub fn cause(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}
