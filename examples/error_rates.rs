//! Scans two folders, one of human voices and one of synthetic ones, and says how often the
//! detector is wrong on them: on your own recordings, not on ours.
//!
//! ```sh
//! cargo run --release --example error_rates -- humans/ machines/
//! ```
//!
//! `voxhumana evaluate` does the same for a list, with groups, intervals and pictures.

use std::error::Error;
use std::path::Path;

use voxhumana::Detector;
use voxhumana::metrics::{CostModel, Scores};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [humans, machines] = arguments.as_slice() else {
        return Err("usage: error_rates HUMANS MACHINES".into());
    };
    let detector = Detector::bundled()?;
    let bona_fide = scores(&detector, Path::new(humans))?;
    let spoof = scores(&detector, Path::new(machines))?;
    println!(
        "{} human, {} synthetic recordings",
        bona_fide.len(),
        spoof.len()
    );

    // Higher is more bona fide.
    let scores = Scores::new(&bona_fide, &spoof)?;
    let eer = scores.equal_error_rate();
    let interval = scores.bootstrap(1_000, 1, |s| s.equal_error_rate().rate)?;
    println!(
        "equal error rate {:.1} % (95 % interval {:.1} to {:.1} %)",
        100.0 * eer.rate,
        100.0 * interval.low,
        100.0 * interval.high
    );
    println!(
        "minDCF {:.3}, Cllr {:.3} bits",
        scores.min_dcf(&CostModel::ASVSPOOF5),
        scores.cllr_bits()
    );

    // The equal error rate is nobody's threshold; these are.
    for (name, point) in &detector.model().metadata().operating_points {
        let rates = scores.rates_at(point.threshold_llr);
        println!(
            "{name}: flags {:.1} % of the humans, misses {:.1} % of the machines",
            100.0 * rates.false_alarm_rate,
            100.0 * rates.miss_rate
        );
    }
    Ok(())
}

/// The score of each recording in a folder: that of its worst channel.
fn scores(detector: &Detector, folder: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut scores = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let report = detector.scan_file(&path)?;
        let worst = report
            .channels
            .iter()
            .filter_map(|c| c.llr)
            .min_by(f64::total_cmp);
        match worst {
            Some(llr) => scores.push(llr),
            None => eprintln!("{}: no score", path.display()),
        }
    }
    Ok(scores)
}
