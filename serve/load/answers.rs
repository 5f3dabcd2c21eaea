//! What the server says of itself.

use std::error::Error;

use serde_json::Value;
use voxhumana::Detector;

use super::audio::Audio;
use super::calls::name;

/// The server that is asked.
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
        for track in 0..2 {
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

    /// Seconds of speech at the first verdict of a call's tracks that have one.
    pub fn first_verdict_s(&self, call: usize) -> Result<f64, Box<dyn Error>> {
        let events = self.get(&format!("/v1/calls/{}/events", name(call)))?;
        let mut worst = 0.0_f64;
        for track in ["inbound", "outbound"] {
            let mut events = events
                .lines()
                .filter_map(|line| line.strip_prefix("data: "));
            let speech_s = events.find_map(|event| {
                let event: Value = serde_json::from_str(event).ok()?;
                let is_verdict = event["type"] == "verdict" && event["data"]["track"] == track;
                is_verdict.then(|| event["data"]["speech_s"].as_f64())?
            });
            worst = worst.max(speech_s.unwrap_or(0.0));
        }
        Ok(worst)
    }

    fn get(&self, path: &str) -> Result<String, Box<dyn Error>> {
        let mut answer = ureq::get(format!("http://{}{path}", self.address)).call()?;
        Ok(answer.body_mut().read_to_string()?)
    }
}
