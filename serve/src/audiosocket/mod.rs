//! Asterisk's AudioSocket over TCP: messages of a kind, a length and a payload.
//!
//! The protocol: <https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/>.

mod message;
mod sender;

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval, timeout_at};
use tokio_util::codec::FramedRead;

use crate::engine::{Broken, CallInput, EndReason, Engine, NewCall, NewTrack, Permit, Place};
use crate::options::Options;
use message::Message;
use sender::{FRAME, Sender};
use voxhumana::audio::PayloadCodec;

/// The kind of silence before the first frame of audio, and its rate, Hz: that of Asterisk, where
/// it has agreed on no other.
const USUAL: (u8, u32) = (0x10, 8_000);

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
            engine.meters().refused("allow_from");
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
        sender: Sender::new(writer),
        idle_by: Instant::now() + engine.limits().max_start,
        permit: Some(permit),
        input: None,
        kind: USUAL,
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
            // Its place is another's by now.
            connection.permit = None;
        }
    }
    connection.sender.hang_up().await;
}

struct Connection {
    engine: Engine,
    messages: FramedRead<tokio::net::tcp::OwnedReadHalf, tokio_util::codec::LengthDelimitedCodec>,
    sender: Sender,
    /// The place, until the call starts.
    permit: Option<Permit>,
    input: Option<CallInput>,
    /// Until when the call has to start, and then until when the next frame has to come.
    idle_by: Instant,
    /// Kind and rate of the audio, which silence is sent in as well.
    kind: (u8, u32),
}

impl Connection {
    /// Hands all frames on, and sends silence; says why there are no more.
    async fn until_end(&mut self) -> Broken {
        let end = |reason| Broken::new(reason, "");
        let stop = self.engine.stop().clone();
        let mut pace = interval(FRAME);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let (until, late) = match &self.input {
                Some(input) if input.deadline() < self.idle_by => {
                    (input.deadline(), EndReason::TooLong)
                }
                _ => (self.idle_by, EndReason::Idle),
            };
            let call = self.input.as_ref().map(|input| input.call().clone());
            let over = async {
                match &call {
                    Some(call) => call.over().await,
                    None => pending().await,
                }
            };
            let yielded = async {
                match &self.permit {
                    Some(permit) => permit.yielded().await,
                    None => pending().await,
                }
            };
            let message = tokio::select! {
                biased;
                // A worker has ended it, and knows the reason.
                () = over => return end(EndReason::Internal),
                () = stop.cancelled() => return end(EndReason::Shutdown),
                () = yielded => {
                    let why = "no UUID came, and its place went to another";
                    return Broken::new(EndReason::Idle, why);
                }
                _ = pace.tick(), if self.input.is_some() => {
                    // Without audio that comes back, Asterisk lets some calls go quiet.
                    if self.sender.silence(self.kind.0, self.kind.1).is_err() {
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
            if let Err(ended) = self.take(message).await {
                return ended;
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
                self.is_alive();
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
                self.kind = (kind, rate_hz);
                input.frame(track, payload, Place::default()).await?;
                self.is_alive();
            }
            Message::HangUp => return Err(Broken::new(EndReason::HangUp, "")),
            Message::Error(code) => {
                let code = code.map_or_else(|| "without a code".into(), |code| code.to_string());
                let message = format!("Asterisk ended it with an error: {code}");
                return Err(Broken::new(EndReason::HangUp, message));
            }
            Message::Other => {}
        }
        Ok(())
    }

    /// Notes a sign of life. Pressed keys are none.
    fn is_alive(&mut self) {
        self.idle_by = Instant::now() + self.engine.limits().max_idle;
    }
}
