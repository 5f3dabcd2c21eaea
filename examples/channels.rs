//! Judges the two sides of a call by their names, and shows where on each side the lowest score is.
//!
//! ```sh
//! cargo run --release --example channels -- examples/data/sample-call.wav agent caller
//! ```

use std::error::Error;

use voxhumana::{Detector, Segment, Verdict};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((recording, names)) = arguments.split_first() else {
        return Err("usage: channels RECORDING [NAME ...]".into());
    };

    // Fewer false alarms, more misses: for calls that a person listens to before anything happens.
    let detector = Detector::builder()
        .operating_point("low-false-alarm")
        .channel_names(names)
        .build()?;
    let report = detector.scan_file(recording)?;

    for channel in &report.channels {
        let why = channel
            .reason
            .map_or(String::new(), |reason| format!(" ({reason})"));
        println!(
            "{}: {}{why}, {:.1} s of speech",
            channel.name, channel.verdict, channel.speech_s
        );
        let by_score = |a: &&Segment, b: &&Segment| a.llr.total_cmp(&b.llr);
        if let Some(lowest) = channel.segments.iter().min_by(by_score) {
            println!(
                "  lowest from {:.1} s to {:.1} s, llr {:+.2}",
                lowest.start_s, lowest.end_s, lowest.llr
            );
        }
    }
    // A recording is what its worst channel is.
    if report.verdict() == Verdict::Synthetic {
        println!("listen to this call");
    }
    Ok(())
}
