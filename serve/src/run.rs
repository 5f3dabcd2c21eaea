//! The server as a program: signals, and what it says on standard error.

use tokio::runtime::Builder;
use tracing_subscriber::filter::LevelFilter;
use voxhumana::Detector;

use crate::Error;
use crate::options::{Options, PortRange};
use crate::server::Server;

/// How the program logs, on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Threads of the runtime: they move bytes, and score nothing.
const THREADS: usize = 2;

/// Serves until the process is asked to stop (SIGTERM, or Ctrl-C).
///
/// # Errors
///
/// Those of [`Server::open`] and [`Server::serve`].
pub fn run(detector: Detector, options: Options, log: LogFormat) -> Result<(), Error> {
    let logs = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::INFO)
        .with_target(false);
    // Fails where a program has set another one before, which then has the say.
    let _ = match log {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    #[cfg(unix)]
    raise_descriptors();
    let server = Server::open(detector, options.clone())?;
    let address = server.address()?;
    let scheme = if server.is_tls() { "https" } else { "http" };
    tracing::info!("listening on {scheme}://{address}");
    if let Some(address) = server.audiosocket_address()? {
        tracing::info!("listening for AudioSocket on {address}");
    }
    if let Some(range) = options.rtp {
        let PortRange {
            address,
            first,
            last,
        } = range;
        tracing::info!("taking RTP on {address}, ports {first} to {last}");
    }
    if let Some(webhook) = &options.webhook {
        tracing::info!(events = webhook.events.join(","), "sending webhooks");
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(Error::io("a thread"))?;
    runtime.block_on(async {
        let engine = server.engine().clone();
        let asked = async {
            asked_to_stop(|| engine.reopen_log()).await;
            // Whoever asks again does not want to wait for the calls.
            tokio::spawn(async move {
                asked_to_stop(|| engine.reopen_log()).await;
                engine.stop().cancel();
            });
        };
        server.serve(asked).await
    })
}

/// Takes as many descriptors as this process may have: a call over RTP has two for each track, and
/// the usual 1024 are few. What is written by `select`, which takes no more, is not in here.
#[cfg(unix)]
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Until SIGTERM or Ctrl-C, or until the terminal is closed in which it was started. Without one,
/// SIGHUP says that the log was moved away, as logrotate does.
async fn asked_to_stop(reopen_log: impl Fn()) {
    #[cfg(unix)]
    {
        use std::io::{IsTerminal, stdin};
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = (SignalKind::terminate(), SignalKind::hangup());
        if let (Ok(mut terminate), Ok(mut hangup)) = (signal(kinds.0), signal(kinds.1)) {
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = tokio::signal::ctrl_c() => return,
                    _ = hangup.recv() => {}
                }
                if stdin().is_terminal() {
                    return;
                }
                tracing::info!("SIGHUP: the log of events is opened again");
                reopen_log();
            }
        }
    }
    #[cfg(not(unix))]
    drop(reopen_log);
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::*;

    #[test]
    fn descriptors_are_raised_to_what_is_allowed() {
        let before = getrlimit(Resource::Nofile);
        // Enough for the tests beside this one.
        let current = before.maximum.unwrap_or(1 << 20) - 1;
        let lowered = Rlimit {
            current: Some(current),
            ..before
        };
        setrlimit(Resource::Nofile, lowered).unwrap();
        raise_descriptors();
        let raised = getrlimit(Resource::Nofile).current;
        assert!(raised.is_none_or(|n| n > current), "{raised:?}");
    }
}
