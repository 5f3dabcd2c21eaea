//! Queries and paths of requests. What cannot be read of them is a [`Problem`], as all that is
//! refused here: those of the library would answer in plain text.

use axum::extract::{self, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// What stands behind the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match extract::Query::try_from_uri(&parts.uri) {
            Ok(extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "query",
                rejection.body_text(),
            )),
        }
    }
}

/// The part of a path that names something.
pub struct Path(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(name)) => Ok(Self(name)),
            Err(rejection) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "path",
                rejection.body_text(),
            )),
        }
    }
}
