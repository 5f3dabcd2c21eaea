//! The calls, and what they tell.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::App;
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::engine::{Body, Call, CallView, EVENT_SCHEMA, EVENT_SCHEMA_VERSION, Event, Reader};

#[derive(Serialize)]
struct List<'a> {
    schema_version: u32,
    calls: Vec<CallView<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    schema_version: u32,
    #[serde(flatten)]
    call: CallView<'a>,
}

/// `GET /v1/calls`
pub async fn list(State(app): State<App>) -> Response {
    off_the_line(move || {
        let calls = app.engine().calls();
        json(&List {
            schema_version: EVENT_SCHEMA_VERSION,
            calls: calls.iter().map(|call| call.view()).collect(),
        })
    })
    .await
}

/// Calls with their timelines take a while to write, and the threads that would wait for it are
/// those that take in frames.
async fn off_the_line(write: impl FnOnce() -> Response + Send + 'static) -> Response {
    tokio::task::spawn_blocking(write)
        .await
        .unwrap_or_else(|failed| Problem::internal(failed.to_string()).into_response())
}

/// `GET /v1/calls/{id}`
pub async fn one(State(app): State<App>, Path(id): Path) -> Result<Response, Problem> {
    let call = find(&app, &id)?;
    Ok(off_the_line(move || {
        json(&One {
            schema_version: EVENT_SCHEMA_VERSION,
            call: call.view(),
        })
    })
    .await)
}

/// `GET /v1/event.schema.json`
pub async fn schema() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/schema+json")],
        EVENT_SCHEMA,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Number of the event behind which to start.
    after: Option<u64>,
    #[serde(rename = "token")]
    _token: Option<IgnoredAny>,
}

/// `GET /v1/calls/{id}/events`, as server-sent events or, where the client upgrades, over
/// WebSocket. Starts with the events that are kept, and ends with `ended`. Who has heard that is
/// told so by 204, at which browsers stop to connect again.
pub async fn events(
    State(app): State<App>,
    Path(id): Path,
    Query(since): Query<Since>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let call = find(&app, &id)?;
    // A browser that connects again says what it has seen, by the address with which it began.
    let after = seen(&headers, call.id()).or(since.after).unwrap_or(0);
    let (told, is_over) = call.told();
    // More than it has told: it was another call of its name that was heard.
    let after = if after > told { 0 } else { after };
    let reader = call.events(after);
    Ok(match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(|socket| send_all(socket, reader)),
        Err(_) if is_over && after == told => StatusCode::NO_CONTENT.into_response(),
        Err(_) => server_sent(reader),
    })
}

/// The number of the last event that a browser has had, 0 if it was of another call.
fn seen(headers: &HeaderMap, call: &str) -> Option<u64> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    match id.rsplit_once('/') {
        Some((of, _)) if of != call => Some(0),
        Some((_, number)) => number.parse().ok(),
        None => id.parse().ok(),
    }
}

pub(super) fn find(app: &App, id: &str) -> Result<Arc<Call>, Problem> {
    app.engine().call(id).ok_or_else(|| Problem::no_call(id))
}

fn json(value: &impl Serialize) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    match serde_json::to_vec(value) {
        Ok(body) => (json, body).into_response(),
        Err(error) => Problem::internal(error.to_string()).into_response(),
    }
}

fn server_sent(reader: Reader) -> Response {
    let events = all(reader).map(|event| {
        let text = text(&event);
        // Of several calls that a telephone system gave one name, numbers do not tell which.
        let id = format!("{}/{}", event.call_id, event.sequence);
        let sent = sse::Event::default().id(id);
        Ok::<_, Infallible>(sent.event(event.body.name()).data(text))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

async fn send_all(mut socket: WebSocket, reader: Reader) {
    let mut events = Box::pin(all(reader));
    loop {
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { break };
                let text = text(&event);
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            // Nothing is expected, but the end and pings, which are answered below this.
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            }
        }
    }
    let _ = socket.send(Message::Close(None)).await;
}

/// The events up to the last.
fn all(reader: Reader) -> impl futures_util::Stream<Item = Arc<Event>> {
    let start = Some((reader, VecDeque::new()));
    stream::unfold(start, |state| async {
        let (mut reader, mut waiting): (_, VecDeque<Arc<Event>>) = state?;
        if waiting.is_empty() {
            waiting.extend(reader.next().await);
        }
        let event = waiting.pop_front()?;
        let is_last = matches!(event.body, Body::Ended { .. });
        Some((event, (!is_last).then_some((reader, waiting))))
    })
}

fn text(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}
