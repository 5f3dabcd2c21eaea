//! Whether the server is well.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::App;
use super::problem::Problem;

/// The process runs.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The model scores, and new calls are taken.
pub async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.engine().room()?;
    let _one_at_a_time = app.0.check.lock().await;
    let detector = app.engine().detector().clone();
    let scored = tokio::task::spawn_blocking(move || {
        let model = detector.model();
        // A window of nothing, straight to the network: the speech detector would leave it out.
        let features: Vec<ndarray::Array3<f32>> = model
            .input_shapes()
            .iter()
            .map(|&(frames, bins)| ndarray::Array3::zeros((1, frames, bins)))
            .collect();
        let views: Vec<_> = features.iter().map(|plane| plane.view()).collect();
        model.score(&views).map(|outputs| outputs.len())
    });
    let unwell = |detail: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "model", detail);
    match scored.await {
        Ok(Ok(1)) => Ok("ready\n"),
        Ok(Ok(n)) => Err(unwell(format!("the model gave {n} scores for one window"))),
        Ok(Err(error)) => Err(unwell(error.to_string())),
        Err(error) => Err(unwell(error.to_string())),
    }
}

/// What is counted, for Prometheus.
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let format = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    if let Some(webhooks) = &app.0.webhooks {
        webhooks.meter(app.engine().meters());
    }
    (format, app.engine().meters().render())
}
