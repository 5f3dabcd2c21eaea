//! What the server counts, in the form of Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, Histogram, with_local_recorder};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusRecorder};

/// Bounds of the buckets of durations, seconds: from a push to what nobody should wait for.
const SECONDS: [f64; 12] = [
    0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0,
];

/// The counters of one server. They belong to it alone: nothing is registered for the whole
/// process.
pub struct Meters {
    recorder: PrometheusRecorder,
    pub(super) live: Gauge,
    pub(super) frames: Counter,
    pub(super) audio_s: Gauge,
    pub(super) alerts: Counter,
    pub(super) push: Histogram,
    pub(super) behind: Histogram,
    pub(super) lost: Counter,
    pub(super) late: Counter,
    lag: Lag,
}

impl Meters {
    pub(super) fn new() -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&SECONDS)?
            .build_recorder();
        with_local_recorder(&recorder, || {
            metrics::describe_gauge!("voxhumana_calls_live", "Calls on the line");
            metrics::describe_counter!("voxhumana_calls_started_total", "Calls, by protocol");
            metrics::describe_counter!("voxhumana_calls_ended_total", "Calls over, by reason");
            metrics::describe_counter!("voxhumana_refused_total", "Refusals, by limit");
            metrics::describe_counter!("voxhumana_scans_total", "Recordings, by status");
            metrics::describe_counter!("voxhumana_frames_total", "Frames of audio");
            metrics::describe_counter!("voxhumana_frames_lost_total", "Frames that never came");
            metrics::describe_counter!("voxhumana_frames_late_total", "Frames that came too late");
            metrics::describe_counter!("voxhumana_alerts_total", "Tracks with an alert");
            metrics::describe_counter!("voxhumana_log_dropped_total", "Events not in the log");
            metrics::describe_counter!("voxhumana_log_lost_total", "Events that no disk took");
            metrics::describe_counter!(
                "voxhumana_streams_failed_total",
                "Streams over before their call started, by reason"
            );
            metrics::describe_gauge!("voxhumana_webhooks_waiting", "Events in the queue");
            metrics::describe_counter!("voxhumana_webhooks_queued_total", "Events queued");
            metrics::describe_counter!("voxhumana_webhooks_delivered_total", "Events delivered");
            metrics::describe_counter!("voxhumana_webhooks_failed_total", "Tries that failed");
            metrics::describe_counter!("voxhumana_webhooks_lost_total", "Events not delivered");
            metrics::describe_gauge!("voxhumana_audio_seconds", "Seconds of audio of all tracks");
            metrics::describe_histogram!("voxhumana_push_seconds", "Work on one frame");
            metrics::describe_histogram!("voxhumana_behind_seconds", "From a frame to its scores");
        });
        let counter =
            |name: &'static str| with_local_recorder(&recorder, || metrics::counter!(name));
        let gauge = |name: &'static str| with_local_recorder(&recorder, || metrics::gauge!(name));
        let histogram =
            |name: &'static str| with_local_recorder(&recorder, || metrics::histogram!(name));
        Ok(Self {
            live: gauge("voxhumana_calls_live"),
            frames: counter("voxhumana_frames_total"),
            audio_s: gauge("voxhumana_audio_seconds"),
            alerts: counter("voxhumana_alerts_total"),
            push: histogram("voxhumana_push_seconds"),
            behind: histogram("voxhumana_behind_seconds"),
            lost: counter("voxhumana_frames_lost_total"),
            late: counter("voxhumana_frames_late_total"),
            lag: Lag::new(),
            recorder,
        })
    }

    /// Counts one call on its way in.
    pub fn started(&self, protocol: &'static str) {
        self.count("voxhumana_calls_started_total", "protocol", protocol);
    }

    /// Counts one call that is over.
    pub fn ended(&self, reason: &'static str) {
        self.count("voxhumana_calls_ended_total", "reason", reason);
    }

    /// Counts one refusal.
    pub fn refused(&self, limit: &'static str) {
        self.count("voxhumana_refused_total", "limit", limit);
    }

    /// Counts one recording.
    pub fn scanned(&self, status: &'static str) {
        self.count("voxhumana_scans_total", "status", status);
    }

    /// Counts events that could not be written to the log.
    pub(super) fn log_lost(&self, events: u64) {
        with_local_recorder(&self.recorder, || {
            metrics::counter!("voxhumana_log_lost_total").increment(events);
        });
    }

    /// Counts one stream that ended before its call started.
    pub fn failed(&self, reason: &'static str) {
        self.count("voxhumana_streams_failed_total", "reason", reason);
    }

    /// Counts one event for which the log had no room.
    pub(super) fn log_dropped(&self) {
        self.count("voxhumana_log_dropped_total", "event", "score");
    }

    fn count(&self, name: &'static str, label: &'static str, value: &'static str) {
        with_local_recorder(&self.recorder, || {
            metrics::counter!(name, label => value).increment(1);
        });
    }

    /// Notes the state of webhooks: those that wait, and how many were queued, delivered, failed
    /// and lost.
    pub fn webhooks(&self, waiting: u64, [queued, delivered, failed, lost]: [u64; 4]) {
        with_local_recorder(&self.recorder, || {
            metrics::gauge!("voxhumana_webhooks_waiting").set(waiting as f64);
            for (name, value) in [
                ("voxhumana_webhooks_queued_total", queued),
                ("voxhumana_webhooks_delivered_total", delivered),
                ("voxhumana_webhooks_failed_total", failed),
                ("voxhumana_webhooks_lost_total", lost),
            ] {
                metrics::counter!(name).absolute(value);
            }
        });
    }

    /// All of it as text.
    pub fn render(&self) -> String {
        self.recorder.handle().render()
    }

    /// Empties the buffers of histograms; every few seconds.
    pub fn upkeep(&self) {
        self.recorder.handle().run_upkeep();
    }

    /// Notes how late the scores of a frame are.
    pub(super) fn lagged(&self, behind: Duration) {
        self.behind.record(behind);
        self.lag.note(behind);
    }

    /// The longest lag of this second and the last, ms.
    pub fn behind_ms(&self) -> u64 {
        self.lag.worst_ms()
    }
}

/// The longest lag of late. Each half holds a second (upper 32 bits) and its longest lag in ms.
struct Lag {
    start: Instant,
    seconds: [AtomicU64; 2],
}

impl Lag {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            seconds: [AtomicU64::new(0), AtomicU64::new(0)],
        }
    }

    fn now_s(&self) -> u64 {
        self.start.elapsed().as_secs() + 1
    }

    fn note(&self, behind: Duration) {
        let ms = u64::try_from(behind.as_millis()).unwrap_or(u64::MAX);
        let now = self.now_s();
        let entry = now << 32 | ms.min(u64::from(u32::MAX));
        // A newer second is greater than any lag of an older one.
        self.seconds[(now % 2) as usize].fetch_max(entry, Ordering::Relaxed);
    }

    fn worst_ms(&self) -> u64 {
        let now = self.now_s();
        let entries = self.seconds.iter().map(|e| e.load(Ordering::Relaxed));
        let of_late = entries.filter(|entry| (entry >> 32) + 1 >= now);
        of_late
            .map(|entry| entry & u64::from(u32::MAX))
            .max()
            .unwrap_or(0)
    }
}
