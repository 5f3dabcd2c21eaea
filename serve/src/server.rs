//! The server as a whole: opens its ports, serves, and stops in order.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use voxhumana::Detector;

use crate::engine::{AlertRule, Engine, EngineOptions, Event, EventLog, Listener};
use crate::http::{self, App, Listening};
use crate::options::Options;
use crate::webhooks::Webhooks;
use crate::{Error, audiosocket, demo};

/// How often buffers of counters are emptied.
const UPKEEP: Duration = Duration::from_secs(5);

/// Time for answers that are under way when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// A server whose ports are open.
pub struct Server {
    engine: Engine,
    options: Arc<Options>,
    app: App,
    webhooks: Option<Arc<Webhooks>>,
    http: TcpListener,
    audiosocket: Option<TcpListener>,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Server {
    /// Checks the options and opens the ports.
    ///
    /// # Errors
    ///
    /// Options that do not fit together; files, ports and threads that cannot be had.
    pub fn open(detector: Detector, options: Options) -> Result<Self, Error> {
        options.check()?;
        let tls = match &options.tls {
            Some((cert, key)) => Some(http::tls_config(cert, key, options.client_ca.as_deref())?),
            None => None,
        };
        let http = bind(options.listen)?;
        let audiosocket = options.audiosocket.map(bind).transpose()?;
        let log = match &options.events_log {
            Some(path) => Some(EventLog::open(path).map_err(Error::io(path.display()))?),
            None => None,
        };
        let webhooks = options.webhook.as_ref().map(Webhooks::open).transpose()?;
        let webhooks = webhooks.map(Arc::new);
        let listener = webhooks
            .clone()
            .map(|webhooks| -> Listener { Box::new(move |event: &Event| webhooks.put(event)) });
        let usual = AlertRule::for_detector(&detector);
        let engine = EngineOptions {
            limits: options.limits.clone(),
            alert: AlertRule {
                below_llr: options.alert_llr.unwrap_or(usual.below_llr),
                falls_by_llr: options.alert_fall.unwrap_or(usual.falls_by_llr),
                after_speech_s: options.alert_speech_s.unwrap_or(usual.after_speech_s),
                seconds_in_a_row: options.alert_seconds.unwrap_or(usual.seconds_in_a_row),
            },
            workers: options.workers.unwrap_or_else(processors),
            log_numbers: options.log_numbers,
            log,
            listener,
        };
        let engine = Engine::new(detector, engine).map_err(Error::io("a thread"))?;
        let options = Arc::new(options);
        Ok(Self {
            app: App::new(engine.clone(), &options, webhooks.clone())?,
            webhooks,
            engine,
            options,
            http,
            audiosocket,
            tls,
        })
    }

    /// Where HTTP is spoken; with the port that was given where 0 was asked for.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.http
            .local_addr()
            .map_err(Error::io("the port of HTTP"))
    }

    /// The same of AudioSocket, if it is spoken.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn audiosocket_address(&self) -> Result<Option<SocketAddr>, Error> {
        let address = self.audiosocket.as_ref().map(TcpListener::local_addr);
        address
            .transpose()
            .map_err(Error::io("the port of AudioSocket"))
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The calls.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Serves until `asked_to_stop` is done; then takes no new calls and recordings, waits for
    /// those under way as long as the options allow, and ends them.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub async fn serve(self, asked_to_stop: impl Future<Output = ()>) -> Result<(), Error> {
        let Self {
            engine,
            options,
            app,
            webhooks,
            http,
            audiosocket,
            tls,
        } = self;
        let uploads = app.clone();
        let http = tokio::net::TcpListener::from_std(http).map_err(Error::io("HTTP"))?;
        let listening = Listening {
            router: http::router(app),
            tls,
            max_header_time: options.limits.max_header_time,
            max_header_bytes: options.limits.max_header_bytes,
            stop: CancellationToken::new(),
        };
        let last = listening.stop.clone();
        let serving = tokio::spawn(listening.run(http));
        if let Some(listener) = audiosocket {
            let listener = tokio::net::TcpListener::from_std(listener);
            let listener = listener.map_err(Error::io("the port of AudioSocket"))?;
            tokio::spawn(audiosocket::listen(
                listener,
                engine.clone(),
                options.clone(),
            ));
        }
        let upkeep = tokio::spawn({
            let engine = engine.clone();
            async move {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    engine.upkeep();
                }
            }
        });
        if let Some(demo) = options.demo {
            tokio::spawn(demo::play(engine.clone(), demo));
        }
        asked_to_stop.await;
        tracing::info!(calls = engine.live(), drain = ?options.drain, "stopping");
        engine.drain();
        let is_hurried = || engine.stop().is_cancelled();
        let is_busy = || !is_hurried() && (engine.live() > 0 || uploads.is_scanning());
        while_busy(is_busy, options.drain).await;
        engine.stop().cancel();
        while_busy(|| engine.live() > 0, LAST_ANSWERS).await;
        last.cancel();
        // Who reads no answers is left behind.
        let _ = tokio::time::timeout(LAST_ANSWERS, serving).await;
        upkeep.abort();
        let log = engine.clone();
        // Waits for the disk, and for a delivery that is under way.
        let close = move || {
            log.close_log();
            if let Some(webhooks) = webhooks {
                webhooks.close();
            }
        };
        let _ = tokio::task::spawn_blocking(close).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Waits while something is under way, for so long at most.
async fn while_busy(is_busy: impl Fn() -> bool, at_most: Duration) {
    let until = Instant::now() + at_most;
    while is_busy() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Opens a port, in the form that the runtime takes.
fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(Error::io(address))
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}
