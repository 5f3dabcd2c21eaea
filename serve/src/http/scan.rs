//! `POST /v1/scan`: a recording in the body, its result in the answer. Decoded as it arrives, but
//! for containers that can only be read whole from a file: those go into a temporary one.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::pin::pin;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use voxhumana::report::{Format, Recording, ReportWriter};
use voxhumana::{Detector, Error, RecordingReport, audio};

use super::App;
use super::extract::Query;
use super::problem::Problem;
use super::upload;
use crate::engine::Refusal;

/// Parts of an upload that wait for the decoder.
const WAITING: usize = 8;

/// Bytes that tell the kind of a container.
const HEAD_BYTES: u64 = 12;

/// What is given beside the recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its file name, whose extension helps to tell formats apart.
    name: Option<String>,
    #[serde(rename = "token")]
    _token: Option<IgnoredAny>,
}

/// A part of the body, or why there are no more.
type Part = io::Result<Bytes>;

/// Scans the body, or the first file in it.
pub async fn scan(
    State(app): State<App>,
    Query(about): Query<About>,
    request: Request,
) -> Result<Response, Problem> {
    if app.engine().is_draining() {
        return Err(Refusal::Draining.into());
    }
    let Ok(place) = app.0.scans.clone().try_acquire_owned() else {
        let limit = app.engine().limits().max_scans;
        let refusal = Refusal::Scans { limit };
        app.engine().refused(&refusal);
        return Err(refusal.into());
    };
    let limits = app.engine().limits();
    let (head, body) = request.into_parts();
    let (body, exceeded) = upload::limited(body, limits.max_upload_bytes, limits.max_idle);
    let request = Request::from_parts(head, body);
    let recording = receive(&app, about, request, place).await;
    // Where a limit has ended the body, it says more than what has come of it.
    let recording = recording.map_err(|problem| exceeded.problem().unwrap_or(problem))?;
    answer(&app, &recording)
}

async fn receive(
    app: &App,
    about: About,
    request: Request,
    place: OwnedSemaphorePermit,
) -> Result<Recording, Problem> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let (scanned, pumped) = if is_form(&request) {
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| bad_form(error.body_text()))?;
        let (given, file) = loop {
            let field = form.next_field().await;
            let field = field.map_err(|error| bad_form(error.body_text()))?;
            let field = field.ok_or_else(|| bad_form("no file in it".into()))?;
            if let Some(name) = field.file_name() {
                break (name.to_owned(), field);
            }
        };
        let name = about.name.unwrap_or(given);
        let scanned = start(app, name, receiver, place);
        let file = file.map_err(|error| error.body_text());
        (scanned, pump(file, sender).await)
    } else {
        let name = about.name.unwrap_or_else(|| "-".to_owned());
        let scanned = start(app, name, receiver, place);
        let body = Body::into_data_stream(request.into_body());
        let body = body.map_err(|error| error.to_string());
        (scanned, pump(body, sender).await)
    };
    let scanned = scanned.await;
    pumped?;
    scanned.map_err(|_| Problem::internal("a bug".into()))
}

/// Scans on a thread of its own what will come through `receiver`.
fn start(
    app: &App,
    name: String,
    receiver: mpsc::Receiver<Part>,
    place: OwnedSemaphorePermit,
) -> tokio::task::JoinHandle<Recording> {
    let detector = app.engine().detector().clone();
    tokio::task::spawn_blocking(move || {
        let extension = Path::new(&name).extension().and_then(|e| e.to_str());
        let parts = Box::new(Parts {
            receiver,
            part: Bytes::new(),
        });
        let result = scanned(&detector, parts, extension);
        drop(place);
        Recording::new(&name, result)
    })
}

fn scanned(
    detector: &Detector,
    mut parts: Box<Parts>,
    extension: Option<&str>,
) -> Result<RecordingReport, Error> {
    let mut head = Vec::new();
    // What cannot be read ends the recording, as its end does: the client is told why elsewhere.
    let _ = parts.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
    if !audio::needs_a_file(&head) {
        return detector.scan_reader(Box::new(Cursor::new(head).chain(parts)), extension);
    }
    let suffix = extension.map_or_else(String::new, |extension| format!(".{extension}"));
    let unwritten = |source| Error::Io {
        path: "a temporary file".into(),
        source,
    };
    let mut file = tempfile::Builder::new()
        .suffix(&suffix)
        .tempfile()
        .map_err(unwritten)?;
    // Its size is limited as it arrives.
    io::copy(&mut Cursor::new(head).chain(parts), &mut file).map_err(unwritten)?;
    detector
        .scan_file(file.path())
        .map_err(|error| match error {
            // Its name says nothing to the client.
            Error::InFile { source, .. } => *source,
            error => error,
        })
}

fn answer(app: &App, recording: &Recording) -> Result<Response, Problem> {
    let is_error = recording.error().is_some();
    app.engine()
        .meters()
        .scanned(if is_error { "error" } else { "ok" });
    let mut out = Vec::new();
    ReportWriter::new(Format::JsonLines, &mut out)
        .recording(recording)
        .map_err(|error| Problem::internal(error.to_string()))?;
    let status = if is_error {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, json, out).into_response())
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase().starts_with("multipart/form-data")
}

fn bad_form(detail: String) -> Problem {
    let detail = format!("the form cannot be read: {detail}");
    Problem::new(StatusCode::BAD_REQUEST, "form", detail)
}

/// Hands all parts of the body to the decoder. Goes on where that has seen enough, so that the
/// client gets to read the answer.
async fn pump(
    parts: impl Stream<Item = Result<Bytes, String>>,
    sender: mpsc::Sender<Part>,
) -> Result<(), Problem> {
    let mut parts = pin!(parts);
    while let Some(part) = parts.next().await {
        match part {
            Ok(part) => {
                let _ = sender.send(Ok(part)).await;
            }
            Err(error) => {
                // The decoder must not take what it has for all of the recording.
                let broken = io::ErrorKind::ConnectionAborted.into();
                let _ = sender.send(Err(broken)).await;
                return Err(Problem::new(StatusCode::BAD_REQUEST, "body", error));
            }
        }
    }
    Ok(())
}

/// The parts as the decoder reads them.
struct Parts {
    receiver: mpsc::Receiver<Part>,
    part: Bytes,
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(part) => self.part = part?,
            }
        }
        let n = out.len().min(self.part.len());
        out[..n].copy_from_slice(&self.part.split_to(n));
        Ok(n)
    }
}
