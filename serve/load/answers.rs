//! What the server says of itself.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};

use serde_json::Value;
use voxhumana::Detector;

use super::audio::Audio;
use super::calls::name;

/// Tracks of a call.
const TRACKS: usize = 2;

/// The server that is asked.
#[derive(Clone)]
pub struct Answers {
    address: String,
    process: Option<String>,
}

/// Its metrics, in the form of Prometheus.
pub struct Metrics(String);

impl Metrics {
    /// The value of a line.
    pub fn value(&self, name: &str) -> f64 {
        let mut lines = self.0.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or(0.0)
    }

    /// The bound of the bucket, seconds, below which this share of a histogram is.
    pub fn quantile(&self, name: &str, share: f64) -> String {
        let all = self.value(&format!("{name}_count"));
        let prefix = format!("{name}_bucket{{le=\"");
        let mut buckets = self.0.lines().filter_map(|line| {
            let (bound, count) = line.strip_prefix(&prefix)?.split_once("\"} ")?;
            Some((bound, count.parse::<f64>().ok()?))
        });
        let bucket = buckets.find(|(_, count)| *count >= share * all);
        bucket.map_or_else(|| "?".to_owned(), |(bound, _)| bound.to_owned())
    }
}

impl Answers {
    pub fn of(address: &str, process: Option<String>) -> Self {
        let address = address.to_owned();
        Self { address, process }
    }

    /// Resident memory of the server, where its process is known.
    pub fn memory_kb(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.process.as_ref()?);
        let status = std::fs::read_to_string(path).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    pub fn metrics(&self) -> Result<Metrics, Box<dyn Error>> {
        self.get("/metrics").map(Metrics)
    }

    /// Largest difference of the log-likelihood ratios of a call's tracks to those of an offline
    /// scan of the same frames.
    pub fn difference(
        &self,
        call: usize,
        audio: &Audio,
        seconds: u64,
    ) -> Result<f64, Box<dyn Error>> {
        let detector = Detector::bundled()?;
        let path = format!("/v1/calls/{}", name(call));
        let view: Value = serde_json::from_str(&self.get(&path)?)?;
        let mut worst = 0.0_f64;
        for track in 0..TRACKS {
            let (samples, rate) = audio.samples(call, track, seconds * 50)?;
            let offline = detector.scan_samples(&samples, rate)?.channels[0].llr;
            let live = view["channels"][track]["llr"].as_f64();
            match (offline, live) {
                (Some(offline), Some(live)) => worst = worst.max((offline - live).abs()),
                // Too little speech in so short a time, for both.
                (None, None) => {}
                _ => return Err(format!("llr: {live:?} live, {offline:?} offline").into()),
            }
        }
        Ok(worst)
    }

    /// Seconds of speech at the first verdict of a call's tracks that have one. Listens until then,
    /// or to the end of the call: of a long one, the server keeps the last events only.
    pub fn first_verdict_s(&self, call: usize) -> Result<f64, Box<dyn Error + Send + Sync>> {
        let url = format!("http://{}/v1/calls/{}/events", self.address, name(call));
        let answer = ureq::get(url).call()?;
        let mut first = BTreeMap::new();
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            let line = line?;
            let Some(event) = line.strip_prefix("data: ") else {
                continue;
            };
            let event: Value = serde_json::from_str(event)?;
            let data = &event["data"];
            if event["type"] == "verdict"
                && let (Some(track), Some(speech_s)) =
                    (data["track"].as_str(), data["speech_s"].as_f64())
            {
                first.entry(track.to_owned()).or_insert(speech_s);
            }
            if first.len() == TRACKS {
                break;
            }
        }
        Ok(first.into_values().fold(0.0, f64::max))
    }

    fn get(&self, path: &str) -> Result<String, Box<dyn Error>> {
        let mut answer = ureq::get(format!("http://{}{path}", self.address)).call()?;
        Ok(answer.body_mut().read_to_string()?)
    }
}
