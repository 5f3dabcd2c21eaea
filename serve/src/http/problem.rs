//! Answers that say what is wrong, in the form of RFC 9457.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::engine::Refusal;

/// An answer that is an error.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// A word for programs.
    reason: &'static str,
    /// The same for people.
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            reason,
            detail: detail.into(),
        }
    }

    /// The word for programs.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// A fault of this program.
    pub fn internal(detail: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    pub fn no_call(id: &str) -> Self {
        let detail = format!("no call is called `{}`", id.escape_debug());
        Self::new(StatusCode::NOT_FOUND, "no_such_call", detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal.is_of_the_client() {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        Self::new(status, refusal.name(), refusal.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "reason": self.reason,
            "detail": self.detail,
        });
        let problem = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, problem, body.to_string()).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            StatusCode::UNAUTHORIZED => {
                let scheme = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            StatusCode::UPGRADE_REQUIRED => {
                // RFC 9110, section 15.5.22; RFC 6455, section 4.4.
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                let version = HeaderValue::from_static("13");
                headers.insert(header::SEC_WEBSOCKET_VERSION, version);
            }
            _ => {}
        }
        response
    }
}

/// The answer where there is nothing.
pub async fn no_path(uri: Uri) -> Problem {
    let path = uri.path().escape_debug();
    let detail = format!("there is nothing at {path}; /v1/calls lists the calls");
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", detail)
}

/// The answer where there is something, but not for this method; the router says for which.
pub async fn no_method(method: Method, uri: Uri) -> Problem {
    let (method, path) = (method.as_str().escape_debug(), uri.path().escape_debug());
    let detail = format!("{path} does not take {method}; the header `allow` says what it takes");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
}
