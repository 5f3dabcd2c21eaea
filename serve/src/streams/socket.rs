//! One connection of a media stream, from its first message to the last verdict.

use std::future::pending;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::time::{sleep_until, timeout};

use super::dialect::{Dialect, Heard, bad};
use super::line::{Ended, Line};
use crate::engine::{Broken, EndReason, Engine, Permit};

/// Longest text that a close frame carries, bytes (RFC 6455, section 5.5).
const MAX_CLOSE_TEXT: usize = 123;

/// Time for the peer's answer to the last word, and to the end of the connection.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Serves a connection to its end.
pub async fn serve(
    engine: Engine,
    mut socket: WebSocket,
    mut dialect: Box<dyn Dialect>,
    permit: Permit,
) {
    let mut line = Line::new(&engine, permit);
    let ended = until_end(&mut line, &mut socket, &mut *dialect).await;
    // What still waits for what will not come. The call ends in any case, with the reason that came
    // first.
    let rest = dialect.flush();
    if line.input().is_some() {
        let _ = hear(&mut line, &mut socket, rest).await;
    }
    let Ended { reason, message } = line.end(ended).await;
    if let Some(text) = dialect.farewell(reason, message.as_deref()) {
        let answered = farewell(&mut socket, &mut *dialect, text);
        let _ = timeout(LAST_WORD, answered).await;
    }
    close(&mut socket, reason, message).await;
}

/// Hands all messages on; says why there are no more.
async fn until_end(
    line: &mut Line<'_>,
    socket: &mut WebSocket,
    dialect: &mut dyn Dialect,
) -> Ended {
    loop {
        let next = next(socket, dialect.due());
        let taken = match line.unless_over(next).await {
            Ok(Some(Some(Ok(message)))) => take(line, socket, dialect, message).await,
            Ok(Some(Some(Err(error)))) => return of_error(&error),
            Ok(Some(None)) => return Ended::new(EndReason::Disconnected),
            Ok(None) => hear(line, socket, dialect.take_due(Instant::now())).await,
            Err(ended) => return ended,
        };
        match taken {
            Ok(None) => {}
            Ok(Some(ended)) => return ended,
            Err(broken) => return broken.into(),
        }
    }
}

/// What the socket gives next; `None` where something is due before, which has waited for it.
async fn next(
    socket: &mut WebSocket,
    due: Option<Instant>,
) -> Option<Option<Result<Message, axum::Error>>> {
    let waited = async {
        match due {
            Some(due) => sleep_until(due.into()).await,
            None => pending().await,
        }
    };
    tokio::select! {
        // What has come already goes first: it may be what was waited for.
        biased;
        received = socket.recv() => Some(received),
        () = waited => None,
    }
}

async fn take(
    line: &mut Line<'_>,
    socket: &mut WebSocket,
    dialect: &mut dyn Dialect,
    message: Message,
) -> Result<Option<Ended>, Broken> {
    let heard = match message {
        Message::Text(text) => dialect.text(&text)?,
        Message::Binary(bytes) => dialect.binary(bytes.into())?,
        Message::Close(_) => return Ok(Some(Ended::new(dialect.closed()))),
        // Answered below this.
        Message::Ping(_) | Message::Pong(_) => Vec::new(),
    };
    hear(line, socket, heard).await
}

async fn hear(
    line: &mut Line<'_>,
    socket: &mut WebSocket,
    all: Vec<Heard>,
) -> Result<Option<Ended>, Broken> {
    for heard in all {
        match heard {
            Heard::Start { call, tracks } => {
                let input = line.start(call);
                let input = input.ok_or_else(|| bad("the call started a second time"))?;
                for track in &tracks {
                    input.track(track)?;
                }
            }
            Heard::Audio {
                track,
                payload,
                place,
            } => {
                let input = line.input();
                let input = input.ok_or_else(|| bad("audio came before the call started"))?;
                let track = input.track(&track)?;
                let is_audio = !payload.is_empty();
                input.frame(track, payload, place).await?;
                if is_audio {
                    line.is_alive();
                }
            }
            Heard::Reply(text) => {
                line.is_alive();
                // Who does not read holds up nothing but itself: the limits go on. That it cannot
                // be sent, the next message tells, or that there is none.
                let sent = socket.send(Message::Text(text.into()));
                if let Err(ended) = line.unless_over(sent).await {
                    return Ok(Some(ended));
                }
            }
            Heard::End => return Ok(Some(Ended::new(EndReason::HangUp))),
        }
    }
    Ok(None)
}

/// Says the last word of the dialect, and reads on until the peer has answered it in turn.
async fn farewell(socket: &mut WebSocket, dialect: &mut dyn Dialect, text: String) {
    if socket.send(Message::Text(text.into())).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.recv().await {
        let heard = match message {
            Message::Text(text) => dialect.text(&text),
            Message::Close(_) => return,
            // Audio that was on its way.
            _ => continue,
        };
        for heard in heard.unwrap_or_default() {
            match heard {
                Heard::Reply(text) => {
                    let _ = socket.send(Message::Text(text.into())).await;
                }
                Heard::End => return,
                Heard::Start { .. } | Heard::Audio { .. } => {}
            }
        }
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
    let _ = timeout(LAST_WORD, last).await;
}
