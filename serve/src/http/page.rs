//! `GET /`: the calls on the line, for people. `GET /docs`: what can be asked, the same.

use axum::http::header;
use axum::response::IntoResponse;

const PAGE: &str = include_str!("page.html");
const DOCS: &str = include_str!("docs.html");

/// Nothing but what is in the page itself, and this server's own answers.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page, which asks `/v1/calls` again and again. It holds no secret: the token is in the
/// address of who opens it.
pub async fn get() -> impl IntoResponse {
    html(PAGE)
}

/// The description of `/v1/openapi.json`, as a page that asks for it.
pub async fn docs() -> impl IntoResponse {
    html(DOCS)
}

fn html(page: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page)
}
