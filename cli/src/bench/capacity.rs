//! From what was measured to days of calls.

use std::fmt::Write;

/// A night, in which the calls of a day are scanned, hours.
const NIGHT_HOURS: f64 = 8.0;

/// What was measured.
pub struct Measured {
    pub recordings: u64,
    /// Seconds of calls, whatever their channels.
    pub audio_s: f64,
    /// Channels of all recordings.
    pub channels: u64,
    pub elapsed_s: f64,
    pub peak_bytes: Option<u64>,
    /// Bytes of recordings, and of their lines of results.
    pub recording_bytes: u64,
    pub result_bytes: u64,
}

impl Measured {
    /// Seconds of calls a second.
    pub fn speed(&self) -> f64 {
        self.audio_s / self.elapsed_s
    }

    /// What was measured, for people.
    pub fn words(&self) -> String {
        let an_hour = |bytes: u64| bytes as f64 / self.audio_s * 3_600.0;
        let memory = match self.peak_bytes {
            Some(bytes) => format!("{} at its highest", size(bytes as f64)),
            None => "not known on this system".to_owned(),
        };
        format!(
            "measured   {} recordings, {:.1} min of calls, {:.1} channels each, in {:.1} s\n\
             speed      {:.2} min of calls a second, {:.0} times real time\n\
             memory     {memory}\n\
             an hour    {} of recordings, {} of results (JSON Lines, without --windows)\n",
            self.recordings,
            self.audio_s / 60.0,
            self.channels as f64 / self.recordings as f64,
            self.elapsed_s,
            self.speed() / 60.0,
            self.speed(),
            size(an_hour(self.recording_bytes)),
            size(an_hour(self.result_bytes)),
        )
    }

    /// A row for each size of a centre, whose agents have so many hours of calls in a day.
    pub fn table(&self, agents: &[u64], hours: f64) -> String {
        let mut table = format!(
            "A day of calls, {hours} h of each agent\n\
             {:>8}  {:>11}  {:>12}  {:>22}  {:>13}  {:>9}\n",
            "agents", "calls", "work", "machines, round a day", "in a night", "results"
        );
        for &n in agents {
            let calls = n as f64 * hours;
            let work = calls / self.speed();
            let results = self.result_bytes as f64 / self.audio_s * 3_600.0 * calls;
            // Writing to a String does not fail.
            let _ = writeln!(
                table,
                "{n:>8}  {:>11}  {:>12}  {:>22}  {:>13}  {:>9}",
                format!("{calls:.0} h"),
                format!("{work:.1} h"),
                (work / 24.0).ceil(),
                (work / NIGHT_HOURS).ceil(),
                size(results)
            );
        }
        table += &format!(
            "work: hours that this machine is busy; machines: as this one, if it takes round a \
             day, or a night of {NIGHT_HOURS} h\n"
        );
        table
    }

    /// Whether one machine is not enough for the largest centre.
    pub fn needs_several(&self, agents: &[u64], hours: f64) -> bool {
        let most = agents.iter().max().copied().unwrap_or_default() as f64;
        most * hours / self.speed() > 24.0
    }
}

/// Bytes as people say them.
fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b if b < 1e12 => format!("{:.1} GB", b / 1e9),
        b => format!("{:.1} TB", b / 1e12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_calls_is_hours_by_speed() {
        let measured = Measured {
            recordings: 10,
            audio_s: 3_600.0,
            channels: 20,
            elapsed_s: 36.0,
            peak_bytes: Some(400_000_000),
            recording_bytes: 57_600_000,
            result_bytes: 250_000,
        };
        let words = measured.words();
        assert!(
            words.contains("1.67 min of calls a second, 100 times"),
            "{words}"
        );
        assert!(
            words.contains("58 MB of recordings, 250 kB of results"),
            "{words}"
        );
        assert!(words.contains("400 MB at its highest"), "{words}");
        let table = measured.table(&[100, 10_000], 6.0);
        let rows: Vec<Vec<&str>> = table
            .lines()
            .skip(2)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[0],
            ["100", "600", "h", "6.0", "h", "1", "1", "150", "MB"]
        );
        let large = [
            "10000", "60000", "h", "600.0", "h", "25", "75", "15.0", "GB",
        ];
        assert_eq!(rows[1], large);
        assert!(measured.needs_several(&[100, 10_000], 6.0));
        assert!(!measured.needs_several(&[100], 6.0));
    }
}
