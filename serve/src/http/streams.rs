//! `GET /v1/streams/{dialect}`: the way in of media streams.

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::StatusCode;
use axum::response::Response;

use super::App;
use super::auth::Token;
use super::extract::Path;
use super::problem::Problem;
use crate::streams::{DIALECTS, serve};

/// Read from a connection at a time, bytes: some frames of 20 ms.
const READ_BUFFER_BYTES: usize = 8_192;

/// Bytes of JSON around a frame in base64.
const AROUND_FRAME: usize = 4_096;

/// Opens a stream, if there is room for a call: who is refused learns it before the upgrade.
pub async fn open(
    State(app): State<App>,
    Path(name): Path,
    Extension(Token(token)): Extension<Token>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Some((_, new)) = DIALECTS.iter().find(|(dialect, _)| *dialect == name) else {
        let names = DIALECTS.map(|(name, _)| name).join(", ");
        let name = name.escape_debug();
        let detail = format!("no dialect is called `{name}`; accepted: {names}");
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no_such_dialect",
            detail,
        ));
    };
    let mut upgrade = upgrade.map_err(|rejection| {
        let detail = format!(
            "media streams are spoken over WebSocket: {}",
            rejection.body_text()
        );
        Problem::new(StatusCode::UPGRADE_REQUIRED, "websocket", detail)
    })?;
    // The path says what is spoken. Some clients give up if none of what they name is chosen
    // (RFC 6455, section 4.1), as Asterisk does with `media`.
    let protocol = upgrade.requested_protocols().next().cloned();
    if let Some(protocol) = protocol {
        upgrade.set_selected_protocol(protocol);
    }
    let engine = app.engine().clone();
    let permit = engine.admit(token)?;
    // Base64 makes four bytes of three.
    let most = engine.limits().max_frame_bytes.div_ceil(3) * 4 + AROUND_FRAME;
    Ok(upgrade
        // Frames are small: the library's buffer would be the largest part of a connection.
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| serve(engine, socket, new(), permit)))
}
