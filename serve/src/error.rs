//! Why a server does not start, or has to stop.

/// Everything that can keep a server from serving. What goes wrong with one call is an event of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The options do not fit together.
    #[error("{0}")]
    Options(String),
    /// A file, an address or a thread that the operating system does not give.
    #[error("{what}: {source}")]
    Io {
        /// The file or address.
        what: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A certificate or key that cannot be used.
    #[error("{what}: {reason}")]
    Tls {
        /// The file, or what of it.
        what: String,
        /// The finding.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(what: impl ToString) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}
