//! Why a new call is refused.

/// The limit that a new call would exceed. Calls on the line stay untouched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// As many calls as the server takes.
    #[error("{limit} calls are on the line, as many as --max-calls allows; try again later")]
    Calls {
        /// The limit.
        limit: usize,
    },
    /// As many calls as one token may have.
    #[error("{limit} calls of this token are on the line, as many as --max-calls-per-token allows")]
    Token {
        /// The limit.
        limit: usize,
    },
    /// The process has grown to its limit.
    #[error("the server uses {bytes} bytes, more than --max-memory-bytes allows ({limit})")]
    Memory {
        /// Bytes in use.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Scoring lags behind the audio of the calls on the line.
    #[error(
        "scoring is {behind_ms} ms behind the audio, more than --max-behind allows ({limit_ms} ms)"
    )]
    Behind {
        /// The lag.
        behind_ms: u64,
        /// The limit.
        limit_ms: u64,
    },
    /// No ports are left for a call over RTP.
    #[error("no two ports of --rtp are free, from {first} to {last}")]
    Ports {
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// The system opens no ports, as where the process has as many descriptors as it may.
    #[error("no port of --rtp can be opened: {error}")]
    Socket {
        /// What the system says.
        error: String,
    },
    /// As many recordings are being scanned as the server takes.
    #[error("{limit} recordings are being scanned, as many as --max-scans allows")]
    Scans {
        /// The limit.
        limit: usize,
    },
    /// The server is about to stop.
    #[error("the server is about to stop and takes no new calls")]
    Draining,
}

impl Refusal {
    /// Its name in answers and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Calls { .. } => "calls",
            Self::Token { .. } => "calls_per_token",
            Self::Memory { .. } => "memory",
            Self::Behind { .. } => "behind",
            Self::Ports { .. } => "ports",
            Self::Socket { .. } => "socket",
            Self::Scans { .. } => "scans",
            Self::Draining => "draining",
        }
    }

    /// Whether the client alone is the reason (429), rather than the server as a whole (503).
    #[must_use]
    pub fn is_of_the_client(&self) -> bool {
        matches!(self, Self::Token { .. })
    }
}
