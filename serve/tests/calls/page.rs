//! The page for people, and the description for programs.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{marked, voice};
use crate::harness::{Running, agent, l16_call, options, pcm, serve, serve_with};
use voxhumana_serve::Options;

/// A browser of the family; `CHROMIUM` names another one.
fn browser() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let installed = env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    env::var_os("CHROMIUM").map(PathBuf::from).or(installed)
}

/// The page after its scripts have run.
fn dom(chromium: &PathBuf, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args([
            "--disable-background-networking",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(url)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_shows_the_calls_in_a_browser() {
    let Some(chromium) = browser() else {
        let missing = "there is no chromium";
        assert!(
            env::var_os("VOXHUMANA_BROWSER_TESTS").is_none(),
            "{missing}"
        );
        println!("skipped: {missing}; with VOXHUMANA_BROWSER_TESTS=1 this fails");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "a-secret\n").unwrap();
    let running = serve();
    l16_call(&running, "a human", "inbound", &pcm(&voice(6.0, 1)));
    l16_call(
        &running,
        "<b>a machine</b>",
        "inbound",
        &pcm(&marked(9.5, 2)),
    );
    let page = dom(&chromium, &running.url("/"));
    // Text is text, whatever a telephone system calls its calls.
    let machine = page.find("&lt;b&gt;a machine&lt;/b&gt;").expect(&page);
    let human = page.find("a human").expect(&page);
    assert!(machine < human, "the most suspicious first");
    assert!(
        page.contains("ALERT: synthetic") && page.contains("bona fide"),
        "{page}"
    );
    assert!(page.contains("0 on the line, 1 with an alert"), "{page}");
    assert!(page.contains("<rect"), "{page}");

    let guarded = serve_with(Options {
        token_file: Some(tokens),
        ..options()
    });
    let page = dom(&chromium, &guarded.url("/"));
    assert!(page.contains("a token of --token-file is needed"), "{page}");
    let page = dom(&chromium, &guarded.url("/?token=a-secret"));
    assert!(page.contains("0 on the line, 0 with an alert"), "{page}");

    let docs = dom(&chromium, &running.url("/docs"));
    for shown in [
        "/v1/calls/{id}/events",
        "Judges no more of a call",
        "form-Event",
    ] {
        assert!(docs.contains(shown), "{shown}: {docs}");
    }
}

#[test]
fn the_pages_ask_for_nothing_of_the_network() {
    let running = serve();
    for path in ["/", "/docs"] {
        asks_for_nothing(&running, path);
    }
}

fn asks_for_nothing(running: &Running, path: &str) {
    let mut response = agent().get(running.url(path)).call().unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("connect-src 'self'"));
    let page = response.body_mut().read_to_string().unwrap();
    for outside in ["src=", "href=", "url(", "@import", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

/// A validator for one of the schemas of the description.
fn schema(document: &Value, reference: &str) -> jsonschema::Validator {
    let mut schema = json!({"$ref": reference});
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::options().build(&schema).unwrap()
}

fn assert_valid(schema: &jsonschema::Validator, value: &Value) {
    let found = schema.validate(value);
    assert!(found.is_ok(), "{value}: {}", found.unwrap_err());
}

fn answer(running: &Running, path: &str) -> Value {
    serde_json::from_str(&running.get(path).1).unwrap()
}

#[test]
fn answers_are_as_the_description_says() {
    let running = serve();
    l16_call(&running, "one", "inbound", &pcm(&marked(6.0, 2)));
    let document = running.json("/v1/openapi.json");
    assert_eq!(document["openapi"], "3.1.0");
    let named = |name: &str| schema(&document, &format!("#/components/schemas/{name}"));
    assert_valid(&named("Calls"), &answer(&running, "/v1/calls"));
    assert_valid(&named("OneCall"), &answer(&running, "/v1/calls/one"));
    assert_valid(&named("Problem"), &answer(&running, "/v1/calls/nobody"));
    for event in crate::harness::events(&running, "one") {
        assert_valid(&named("Event"), &event);
    }
    // They do refuse what is none.
    assert!(!named("OneCall").is_valid(&answer(&running, "/v1/calls")));
    let mut wrong = answer(&running, "/v1/calls/one");
    wrong["channels"][0]["verdict"] = json!("perhaps");
    assert!(!named("OneCall").is_valid(&wrong));
    let scan = schema(&document, "#/components/schemas/Result_recording_line");
    for body in [&b"no audio"[..], &wav()] {
        let mut response = agent().post(running.url("/v1/scan")).send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert_valid(&scan, &serde_json::from_str(&text).unwrap());
    }
}

fn wav() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    crate::common::write_wav(&path, 16_000, &[&voice(4.0, 3)]);
    std::fs::read(path).unwrap()
}
