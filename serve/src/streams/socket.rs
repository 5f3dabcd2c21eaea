//! One connection of a media stream, from its first message to the last verdict.

use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::time::{sleep_until, timeout_at};

use super::dialect::{Dialect, Heard, bad};
use crate::engine::{Broken, CallInput, EndReason, Engine, Permit};

/// Longest text that a close frame carries, bytes (RFC 6455, section 5.5).
const MAX_CLOSE_TEXT: usize = 123;

/// How a connection has ended.
struct Ended {
    reason: EndReason,
    message: Option<String>,
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        Self {
            reason: broken.reason,
            message: Some(broken.message),
        }
    }
}

/// A connection under way.
struct Connection<'a> {
    engine: &'a Engine,
    socket: &'a mut WebSocket,
    dialect: Box<dyn Dialect>,
    /// The place, until the call starts.
    permit: Option<Permit>,
    input: Option<CallInput>,
}

/// Serves a connection to its end.
pub async fn serve(
    engine: Engine,
    mut socket: WebSocket,
    dialect: Box<dyn Dialect>,
    permit: Permit,
) {
    let mut connection = Connection {
        engine: &engine,
        socket: &mut socket,
        dialect,
        permit: Some(permit),
        input: None,
    };
    let Ended { reason, message } = connection.until_end().await;
    connection.flush().await;
    let (reason, message) = match connection.input.take() {
        Some(mut input) => {
            input.end(reason, message);
            input.call().over().await;
            // A worker may have ended it first, with a reason of its own.
            input.call().ended().unwrap_or((reason, None))
        }
        None => {
            let name = reason.name();
            let why = message.as_deref();
            tracing::warn!(reason = name, why, "a stream ended before its call started");
            (reason, message)
        }
    };
    drop(connection);
    close(&mut socket, reason, message).await;
}

impl Connection<'_> {
    /// Hands all messages on; says why there are no more.
    async fn until_end(&mut self) -> Ended {
        let start_by = Instant::now() + self.engine.limits().max_start;
        loop {
            let taken = match self.next(start_by).await {
                Ok(Some(message)) => self.take(message).await,
                Ok(None) => {
                    let due = self.dialect.take_due(Instant::now());
                    self.hear(due).await
                }
                Err(ended) => return ended,
            };
            match taken {
                Ok(None) => {}
                Ok(Some(ended)) => return ended,
                Err(broken) => return broken.into(),
            }
        }
    }

    /// Hands on what still waits for what will not come. The call ends in any case, with the reason
    /// that came first.
    async fn flush(&mut self) {
        let rest = self.dialect.flush();
        if self.input.is_some() {
            let _ = self.hear(rest).await;
        }
    }

    /// The next message; `None` where something is due that has waited for it; the end, where
    /// nothing comes in time.
    async fn next(&mut self, start_by: Instant) -> Result<Option<Message>, Ended> {
        let idle_by = Instant::now() + self.engine.limits().max_idle;
        let (until, call, late) = match &self.input {
            None => (start_by, None, EndReason::Idle),
            Some(input) if input.deadline() < idle_by => {
                (input.deadline(), Some(input.call()), EndReason::TooLong)
            }
            Some(input) => (idle_by, Some(input.call()), EndReason::Idle),
        };
        let over = async {
            match call {
                Some(call) => call.over().await,
                None => std::future::pending().await,
            }
        };
        let due = self.dialect.due();
        let waited = async {
            match due {
                Some(due) => sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let end = |reason| Ended {
            reason,
            message: None,
        };
        tokio::select! {
            // What a worker has found ends the call, whatever else waits; it knows the reason.
            biased;
            () = over => Err(end(EndReason::Internal)),
            () = self.engine.stop().cancelled() => Err(end(EndReason::Shutdown)),
            received = timeout_at(until.into(), self.socket.recv()) => match received {
                Err(_) => Err(end(late)),
                Ok(None) => Err(end(EndReason::Disconnected)),
                Ok(Some(Ok(message))) => Ok(Some(message)),
                Ok(Some(Err(error))) => Err(of_error(&error)),
            },
            // After what has come already: that may be what was waited for.
            () = waited => Ok(None),
        }
    }

    async fn take(&mut self, message: Message) -> Result<Option<Ended>, Broken> {
        let heard = match message {
            Message::Text(text) => self.dialect.text(&text)?,
            Message::Binary(bytes) => self.dialect.binary(bytes.into())?,
            Message::Close(_) => {
                return Ok(Some(Ended {
                    reason: self.dialect.closed(),
                    message: None,
                }));
            }
            // Answered below this.
            Message::Ping(_) | Message::Pong(_) => Vec::new(),
        };
        self.hear(heard).await
    }

    async fn hear(&mut self, all: Vec<Heard>) -> Result<Option<Ended>, Broken> {
        for heard in all {
            match heard {
                Heard::Start { call, tracks } => {
                    let Some(permit) = self.permit.take() else {
                        return Err(bad("the call started a second time"));
                    };
                    let input = self.input.insert(self.engine.start(permit, call));
                    for track in &tracks {
                        input.track(track)?;
                    }
                }
                Heard::Audio {
                    track,
                    payload,
                    place,
                } => {
                    let input = self.input.as_mut();
                    let input = input.ok_or_else(|| bad("audio came before the call started"))?;
                    let track = input.track(&track)?;
                    input.frame(track, payload, place).await?;
                }
                Heard::Reply(text) => {
                    // Who does not read what it is sent has hung up, or soon will.
                    let _ = self.socket.send(Message::Text(text.into())).await;
                }
                Heard::End => {
                    return Ok(Some(Ended {
                        reason: EndReason::HangUp,
                        message: None,
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// The end that a failing socket means.
fn of_error(error: &axum::Error) -> Ended {
    let text = error.to_string();
    // The library's own error type is not public there; its words are.
    let reason = if text.contains("too long") || text.contains("too big") {
        EndReason::FrameTooLarge
    } else {
        EndReason::Disconnected
    };
    Ended {
        reason,
        message: Some(text),
    }
}

async fn close(socket: &mut WebSocket, reason: EndReason, text: Option<String>) {
    let code = match reason {
        EndReason::HangUp | EndReason::Disconnected => close_code::NORMAL,
        EndReason::FrameTooLarge => close_code::SIZE,
        EndReason::Shutdown => close_code::RESTART,
        EndReason::Internal => close_code::ERROR,
        EndReason::Codec => close_code::UNSUPPORTED,
        _ => close_code::POLICY,
    };
    let mut text = text.unwrap_or_else(|| reason.name().to_owned());
    text.truncate(text.floor_char_boundary(MAX_CLOSE_TEXT));
    let frame = CloseFrame {
        code,
        reason: text.into(),
    };
    let last = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            // Reads on until the peer has closed as well, so that it gets to see the reason.
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), last).await;
}
