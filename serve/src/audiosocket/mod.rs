//! Asterisk's AudioSocket over TCP: messages of a kind, a length and a payload.
//!
//! The protocol: <https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/>.

mod message;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval, timeout_at};
use tokio_util::codec::FramedRead;

use crate::engine::{Broken, CallInput, EndReason, Engine, NewCall, NewTrack, Permit, Place};
use crate::options::Options;
use message::Message;
use voxhumana::audio::PayloadCodec;

/// Length of a frame of silence that is sent back, and time between two.
const FRAME: Duration = Duration::from_millis(20);

/// Takes connections until the engine stops.
pub async fn listen(listener: TcpListener, engine: Engine, options: Arc<Options>) {
    loop {
        let accepted = tokio::select! {
            () = engine.stop().cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: they come back.
                tracing::warn!(%error, "audiosocket: a connection was lost");
                tokio::time::sleep(FRAME).await;
                continue;
            }
        };
        if !options.allows(peer.ip()) {
            tracing::warn!(%peer, "audiosocket: refused, not in --allow-from");
            continue;
        }
        // Who is refused is hung up on: AudioSocket knows no other word.
        if let Ok(permit) = engine.admit(None) {
            tokio::spawn(serve(engine.clone(), socket, permit));
        }
    }
}

async fn serve(engine: Engine, socket: TcpStream, permit: Permit) {
    let (reader, writer) = socket.into_split();
    let mut connection = Connection {
        messages: FramedRead::new(reader, message::codec()),
        writer: BufWriter::new(writer),
        permit: Some(permit),
        input: None,
        kind: None,
        engine,
    };
    let Broken { reason, message } = connection.until_end().await;
    let message = (!message.is_empty()).then_some(message);
    match connection.input.take() {
        Some(mut input) => {
            input.end(reason, message);
            input.call().over().await;
        }
        None => {
            let why = message.as_deref();
            tracing::warn!(reason = reason.name(), why, "audiosocket: no call started");
        }
    }
    // The peer may be gone already.
    let _ = connection.send(message::HANG_UP).await;
}

struct Connection {
    engine: Engine,
    messages: FramedRead<tokio::net::tcp::OwnedReadHalf, tokio_util::codec::LengthDelimitedCodec>,
    writer: BufWriter<OwnedWriteHalf>,
    /// The place, until the call starts.
    permit: Option<Permit>,
    input: Option<CallInput>,
    /// Kind of the audio, which silence is sent in as well.
    kind: Option<(u8, u32)>,
}

impl Connection {
    /// Hands all frames on, and sends silence; says why there are no more.
    async fn until_end(&mut self) -> Broken {
        let end = |reason| Broken::new(reason, "");
        let start_by = Instant::now() + self.engine.limits().max_start;
        let stop = self.engine.stop().clone();
        let mut pace = interval(FRAME);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut idle_by = start_by;
        loop {
            let (until, late) = match &self.input {
                Some(input) if input.deadline() < idle_by => (input.deadline(), EndReason::TooLong),
                _ => (idle_by, EndReason::Idle),
            };
            let call = self.input.as_ref().map(|input| input.call().clone());
            let over = async {
                match &call {
                    Some(call) => call.over().await,
                    None => std::future::pending().await,
                }
            };
            let message = tokio::select! {
                biased;
                // A worker has ended it, and knows the reason.
                () = over => return end(EndReason::Internal),
                () = stop.cancelled() => return end(EndReason::Shutdown),
                _ = pace.tick(), if self.kind.is_some() => {
                    // Without audio that comes back, Asterisk lets some calls go quiet.
                    if self.silence().await.is_err() {
                        return end(EndReason::Disconnected);
                    }
                    continue;
                }
                message = timeout_at(until.into(), self.messages.next()) => match message {
                    Err(_) => return end(late),
                    Ok(None) => return end(EndReason::Disconnected),
                    Ok(Some(Err(error))) if error.kind() == io::ErrorKind::InvalidData => {
                        return Broken::new(EndReason::BadFrame, error.to_string());
                    }
                    Ok(Some(Err(_))) => return end(EndReason::Disconnected),
                    Ok(Some(Ok(bytes))) => Message::read(&bytes),
                },
            };
            match self.take(message).await {
                Ok(()) => idle_by = Instant::now() + self.engine.limits().max_idle,
                Err(ended) => return ended,
            }
        }
    }

    async fn take(&mut self, message: Result<Message, Broken>) -> Result<(), Broken> {
        let bad = |text: &str| Err(Broken::new(EndReason::BadFrame, text));
        match message? {
            Message::Id(id) => {
                let Some(permit) = self.permit.take() else {
                    return bad("a second UUID");
                };
                let call = NewCall {
                    protocol: "audiosocket",
                    peer_id: Some(id.to_string()),
                    ..NewCall::default()
                };
                self.input = Some(self.engine.start(permit, call));
            }
            Message::Audio {
                kind,
                rate_hz,
                payload,
            } => {
                let Some(input) = &mut self.input else {
                    return bad("audio came before the UUID");
                };
                let track = input.track(&NewTrack {
                    name: "caller".to_owned(),
                    codec: PayloadCodec::Slin,
                    sample_rate_hz: rate_hz,
                })?;
                self.kind = Some((kind, rate_hz));
                input.frame(track, payload, Place::default()).await?;
            }
            Message::HangUp => return Err(Broken::new(EndReason::HangUp, "")),
            Message::Error(code) => {
                return Err(Broken::new(
                    EndReason::HangUp,
                    format!("asterisk's error {code:?}"),
                ));
            }
            Message::Other => {}
        }
        Ok(())
    }

    async fn silence(&mut self) -> io::Result<()> {
        let Some((kind, rate_hz)) = self.kind else {
            return Ok(());
        };
        let frame = message::silence(kind, rate_hz, FRAME);
        // A peer that does not read must not hold up what it says.
        let sent = tokio::time::timeout(FRAME, self.send(&frame)).await;
        sent.unwrap_or(Ok(()))
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes).await?;
        self.writer.flush().await
    }
}
