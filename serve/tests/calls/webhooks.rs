//! Events that are sent: signed, tried again, kept over a restart.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use standardwebhooks::Webhook;
use voxhumana_serve::{Options, Server, WebhookOptions};

use crate::common::marked;
use crate::harness::{Running, detector, events, l16_call, options, pcm, serve_with, until};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";

/// One post.
struct Got {
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }

    fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Desk {
    got: Mutex<Vec<Got>>,
    /// What it answers first, then 204.
    answers: Mutex<Vec<StatusCode>>,
}

/// One who receives events.
struct Receiver {
    url: String,
    desk: Arc<Desk>,
    _runtime: tokio::runtime::Runtime,
}

impl Receiver {
    fn new(answers: &[u16]) -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").unwrap(), answers)
    }

    fn on(listener: std::net::TcpListener, answers: &[u16]) -> Self {
        let desk = Arc::new(Desk::default());
        let codes = answers
            .iter()
            .rev()
            .map(|code| StatusCode::from_u16(*code).unwrap());
        *desk.answers.lock().unwrap() = codes.collect();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let router = Router::new()
            .route("/hook", post(take))
            .route("/elsewhere", post(take))
            .with_state(Arc::clone(&desk));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            url,
            desk,
            _runtime: runtime,
        }
    }

    /// Waits until it has so many posts.
    fn wait_for(&self, posts: usize) {
        until(|| (self.desk.got.lock().unwrap().len() >= posts).then_some(()));
    }

    fn ids(&self) -> Vec<String> {
        self.desk.got.lock().unwrap().iter().map(Got::id).collect()
    }
}

async fn take(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    desk.got.lock().unwrap().push(Got { headers, body });
    let answer = desk.answers.lock().unwrap().pop();
    match answer {
        Some(StatusCode::FOUND) => {
            (StatusCode::FOUND, [("location", "/elsewhere")]).into_response()
        }
        answer => answer.unwrap_or(StatusCode::NO_CONTENT).into_response(),
    }
}

fn webhook(url: &str, folder: &Path) -> WebhookOptions {
    let secret = folder.join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    WebhookOptions {
        waits: vec![Duration::from_millis(20); 3],
        ..WebhookOptions::new(url.to_owned(), secret, folder.join("queue"))
    }
}

fn serve(webhook: WebhookOptions) -> Running {
    serve_with(Options {
        webhook: Some(webhook),
        ..options()
    })
}

/// The value of a line of the metrics.
fn metric(running: &Running, name: &str) -> u64 {
    let (_, metrics) = running.get("/metrics");
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |n| n.parse().unwrap())
}

#[test]
fn alerts_and_ends_are_sent_signed_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(&[]);
    let running = serve(webhook(&receiver.url, folder.path()));
    l16_call(&running, "one", "inbound", &pcm(&marked(9.5, 2)));
    let told = events(&running, "one");
    receiver.wait_for(2);
    until(|| (metric(&running, "voxhumana_webhooks_delivered_total") == 2).then_some(()));
    assert_eq!(metric(&running, "voxhumana_webhooks_waiting"), 0);
    running.stop_and_wait();

    let got = receiver.desk.got.lock().unwrap();
    let sent: Vec<Value> = got.iter().map(Got::event).collect();
    let expected: Vec<Value> = told
        .into_iter()
        .filter(|event| event["type"] == "alert" || event["type"] == "ended")
        .collect();
    assert_eq!(sent, expected);
    let webhook = Webhook::new(SECRET).unwrap();
    for post in got.iter() {
        assert_eq!(post.headers["content-type"], "application/json");
        webhook.verify(&post.body, &post.headers).unwrap();
        let other = [&post.body[..], b" "].concat();
        assert!(webhook.verify(&other, &post.headers).is_err());
    }
    let call = sent[0]["call_id"].as_str().unwrap();
    assert_eq!(got[0].id(), format!("{call}-{}", sent[0]["sequence"]));
}

#[test]
fn what_is_not_taken_is_sent_again_under_the_same_id() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(&[500, 429, 200]);
    let running = serve(webhook(&receiver.url, folder.path()));
    l16_call(&running, "again", "inbound", &[0; 1_600]);
    receiver.wait_for(3);
    until(|| (metric(&running, "voxhumana_webhooks_delivered_total") == 1).then_some(()));
    assert_eq!(metric(&running, "voxhumana_webhooks_failed_total"), 2);
    let ids = receiver.ids();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn redirects_are_not_followed_and_what_nobody_takes_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(&[302, 302, 302, 302]);
    let running = serve(webhook(&receiver.url, folder.path()));
    l16_call(&running, "given-up", "inbound", &[0; 1_600]);
    until(|| (metric(&running, "voxhumana_webhooks_lost_total") == 1).then_some(()));
    // The first try, and one after each wait.
    assert_eq!(receiver.ids().len(), 4);
    assert_eq!(metric(&running, "voxhumana_webhooks_waiting"), 0);
}

#[test]
fn what_waits_is_sent_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    // A port that nobody listens on yet.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let options = WebhookOptions {
        waits: vec![Duration::from_secs(3_600)],
        ..webhook(&format!("http://{address}/hook"), folder.path())
    };
    let running = serve(options.clone());
    l16_call(&running, "first", "inbound", &[0; 1_600]);
    until(|| (metric(&running, "voxhumana_webhooks_failed_total") == 1).then_some(()));
    running.stop_and_wait();

    // The next one goes out at once, and the one that failed when its time has come.
    let receiver = Receiver::on(std::net::TcpListener::bind(address).unwrap(), &[]);
    let running = serve(options);
    assert_eq!(metric(&running, "voxhumana_webhooks_waiting"), 1);
    l16_call(&running, "second", "inbound", &[0; 1_600]);
    until(|| (metric(&running, "voxhumana_webhooks_delivered_total") == 1).then_some(()));
    assert_eq!(receiver.ids().len(), 1);
    assert_eq!(metric(&running, "voxhumana_webhooks_waiting"), 1);
}

#[test]
fn the_queue_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let running = serve(WebhookOptions {
        max_waiting: 2,
        waits: vec![Duration::from_secs(3_600)],
        // Nobody listens there.
        ..webhook("http://127.0.0.1:9/hook", folder.path())
    });
    for id in ["1", "2", "3", "4", "5"] {
        l16_call(&running, id, "inbound", &[0; 1_600]);
    }
    until(|| (metric(&running, "voxhumana_webhooks_lost_total") == 3).then_some(()));
    assert_eq!(metric(&running, "voxhumana_webhooks_waiting"), 2);
}

#[test]
fn addresses_kinds_and_secrets_are_checked_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |webhook| {
        let options = Options {
            webhook: Some(webhook),
            ..options()
        };
        Server::open(detector(), options).err().unwrap().to_string()
    };
    for (url, text) in [
        ("http://calls.example.org/hook", "accepted: https"),
        ("ftp://calls.example.org/", "accepted: https://HOST/PATH"),
        ("hook", "accepted: https://HOST/PATH"),
        ("", "accepted: https://HOST/PATH"),
    ] {
        let error = refused(webhook(url, folder.path()));
        assert!(error.contains(text), "{error}");
    }
    let mut scores = webhook("http://127.0.0.1:9/", folder.path());
    scores.events = vec!["score".to_owned()];
    let error = refused(scores);
    assert!(
        error.contains("score: accepted: started, speech"),
        "{error}"
    );
    let weak = webhook("http://127.0.0.1:9/", folder.path());
    for secret in [
        "hunter2",
        "whsec_c2hvcnQ=",
        "whsec_***************************************",
    ] {
        std::fs::write(&weak.secret_file, secret).unwrap();
        let error = refused(weak.clone());
        assert!(error.contains("no secret of webhooks"), "{error}");
        assert!(!error.contains(secret), "a secret in a message: {error}");
    }
}

/// The example of the Standard Webhooks specification's reference libraries.
#[test]
fn signatures_are_those_of_the_specification() {
    let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let signature = webhook
        .sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        )
        .unwrap();
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

/// A receiver that takes the connection and answers nothing does not hold up the end.
#[test]
fn a_receiver_that_hangs_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let running = serve(webhook(&url, folder.path()));
    l16_call(&running, "one", "inbound", &[0; 16_000]);
    // The delivery is under way.
    let _connection = silent.accept().unwrap();
    let begin = std::time::Instant::now();
    running.stop_and_wait();
    assert!(
        begin.elapsed() < Duration::from_secs(9),
        "{:?}",
        begin.elapsed()
    );
}
