//! `POST /v1/calls`: a call over RTP, offered in SDP. `DELETE /v1/calls/{id}`: its end.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::timeout;

use super::App;
use super::auth::Token;
use super::calls::find;
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::rtp::Declined;

/// Longest offer, bytes: one of a conference has some thousand.
const MAX_SDP_BYTES: usize = 65_536;

/// What is said beside the offer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The call's name in the telephone system.
    id: Option<String>,
    #[serde(rename = "token")]
    _token: Option<IgnoredAny>,
}

/// `POST /v1/calls`
pub async fn offer(
    State(app): State<App>,
    Query(about): Query<About>,
    Extension(Token(token)): Extension<Token>,
    body: Body,
) -> Result<Response, Problem> {
    let Some(rtp) = &app.0.rtp else {
        let detail = "this server takes no RTP; start it with --rtp ADDR:FIRST-LAST";
        return Err(Problem::new(StatusCode::CONFLICT, "rtp", detail));
    };
    let patience = app.engine().limits().max_start;
    let offer = timeout(patience, to_bytes(body, MAX_SDP_BYTES))
        .await
        .map_err(|_| {
            let detail = format!("the offer did not come within {} s", patience.as_secs());
            Problem::new(StatusCode::REQUEST_TIMEOUT, "idle", detail)
        })?
        .map_err(|_| {
            let detail = format!("an offer of more than {MAX_SDP_BYTES} bytes, or cut off");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "sdp", detail)
        })?;
    let permit = app.engine().admit(token)?;
    let (call, answer) = rtp
        .call(app.engine(), permit, &offer, about.id)
        .map_err(declined)?;
    let location = format!("/v1/calls/{}", call.id());
    let headers = [
        (header::LOCATION, location.as_str()),
        (header::CONTENT_TYPE, "application/sdp"),
    ];
    Ok((StatusCode::CREATED, headers, answer).into_response())
}

/// `DELETE /v1/calls/{id}`: judges no more of it, whatever way it came in.
pub async fn hang_up(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    Path(id): Path,
) -> Result<StatusCode, Problem> {
    let call = find(&app, &id)?;
    if !call.may_be_ended_with(token) {
        let detail = "the call came with another token, and only that one may end it";
        return Err(Problem::new(StatusCode::FORBIDDEN, "token", detail));
    }
    app.engine().hang_up(&call);
    call.over().await;
    Ok(StatusCode::NO_CONTENT)
}

fn declined(declined: Declined) -> Problem {
    match declined {
        Declined::Sdp(detail) => Problem::new(StatusCode::BAD_REQUEST, "sdp", detail),
        Declined::Codec(detail) => Problem::new(StatusCode::NOT_ACCEPTABLE, "codec", detail),
        Declined::Tracks(detail) => {
            Problem::new(StatusCode::BAD_REQUEST, "too_many_tracks", detail)
        }
        Declined::Ports(refusal) => refusal.into(),
    }
}
