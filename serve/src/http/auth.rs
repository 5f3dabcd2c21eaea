//! Who may ask.

use std::net::IpAddr;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{Query, RawPathParams, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::App;
use super::problem::Problem;
use crate::streams::signature;

/// The dialect of the streams that Twilio signs.
const TWILIO: &str = "twilio";

/// The number of the token that a request came with.
#[derive(Debug, Clone, Copy)]
pub struct Token(pub Option<usize>);

#[derive(Deserialize)]
struct InQuery {
    token: Option<String>,
}

/// Lets through whoever has a token, where tokens are asked for.
pub async fn check(
    State(app): State<App>,
    names: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    // By what the router has read in the path, since one name can be written in many ways
    // (`%74wilio`). A path that it cannot read leads nowhere.
    let is_twilio = names.is_ok_and(|names| {
        let mut names = names.iter();
        names.any(|(name, value)| name == "dialect" && value == TWILIO)
    });
    let token = match find(&app, &request, is_twilio) {
        Ok(token) => token,
        Err(problem) => {
            app.engine().meters().refused(problem.reason());
            tracing::warn!(path = request.uri().path(), "refused: {}", problem.reason());
            return problem.into_response();
        }
    };
    request.extensions_mut().insert(Token(token));
    next.run(request).await
}

fn find(app: &App, request: &Request, is_twilio: bool) -> Result<Option<usize>, Problem> {
    let (path, headers) = (request.uri().path(), request.headers());
    if let Some((secret, url)) = &app.0.twilio
        && is_twilio
    {
        let rest = request.uri().path_and_query().map_or(path, |p| p.as_str());
        let address = format!("{url}{rest}");
        let given = headers.get(signature::HEADER).and_then(|v| v.to_str().ok());
        if given.is_some_and(|given| signature::is_valid(secret, &address, given)) {
            return Ok(None);
        }
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "signature",
            format!("the request for {url}{path} is not signed with Twilio's auth token"),
        ));
    }
    if app.0.tokens.is_empty() {
        // Only on this machine, or with a client's certificate.
        return if app.0.is_open && !is_this_server(headers, app.0.public_host.as_deref()) {
            Err(Problem::new(
                StatusCode::FORBIDDEN,
                "host",
                "without a token, this server answers only to an address, to localhost and to the \
                 host of --public-url: a page could have a name of its own point here",
            ))
        } else {
            Ok(None)
        };
    }
    let in_query = Query::<InQuery>::try_from_uri(request.uri());
    let in_query = in_query.ok().and_then(|Query(query)| query.token);
    let given = in_header(headers).or(in_query);
    let known = given
        .as_deref()
        .and_then(|given| position(&app.0.tokens, given));
    known.map(Some).ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "token",
            "a token of --token-file is needed: Authorization: Bearer TOKEN, x-api-key: TOKEN, or \
             ?token=TOKEN",
        )
    })
}

/// Where clients put their token; AudioHook has a header of its own.
fn in_header(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let bearer = text("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    bearer.or_else(|| text("x-api-key")).map(ToOwned::to_owned)
}

/// Compares with all, in a time that tells nothing about them but their lengths.
fn position(tokens: &[String], given: &str) -> Option<usize> {
    let mut found = None;
    for (index, token) in tokens.iter().enumerate() {
        if bool::from(token.as_bytes().ct_eq(given.as_bytes())) {
            found = Some(index);
        }
    }
    found
}

/// Whether the request names an address, this machine, or the `public` name. Another name may be a
/// page's own, which it lets point here (DNS rebinding): to a browser, both are of one origin then.
fn is_this_server(headers: &HeaderMap, public: Option<&str>) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let Ok(authority) = host.to_str().unwrap_or_default().parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_named = |known: &str| name.eq_ignore_ascii_case(known);
    is_named("localhost") || public.is_some_and(is_named) || address.parse::<IpAddr>().is_ok()
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let origin = text(header::ORIGIN).map(|o| o.split_once("://").map_or(o, |(_, host)| host));
    origin.is_some() && origin != text(header::HOST)
}

/// Keeps the pages of other sites out, which a browser on this machine may have open: browsers name
/// the site, programs do not.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        app.engine().meters().refused("origin");
        let detail = "pages of other sites may not ask here";
        return Problem::new(StatusCode::FORBIDDEN, "origin", detail).into_response();
    }
    next.run(request).await
}
