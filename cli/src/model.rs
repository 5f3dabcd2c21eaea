//! `voxhumana model`, and the model of every verb.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use voxhumana::model::{DEFAULT_OPERATING_POINT, MODEL_SAMPLE_RATE_HZ, OperatingPoint};
use voxhumana::report::printable;
use voxhumana::{DetectorBuilder, Model, Runtime};

/// The model in a file, or the one inside the program.
pub fn load(file: Option<&Path>, runtime: Runtime) -> Result<Model> {
    Ok(match file {
        Some(file) => Model::from_file(file, runtime)?,
        None => Model::bundled(runtime)?,
    })
}

/// A detector at a threshold (the name of an operating point, or a number) and a prior, where they
/// are given.
pub fn at(
    mut builder: DetectorBuilder,
    threshold: Option<&str>,
    prior: Option<f64>,
) -> DetectorBuilder {
    if let Some(threshold) = threshold {
        builder = match threshold.parse() {
            Ok(llr) => builder.threshold_llr(llr),
            Err(_) => builder.operating_point(threshold),
        };
    }
    match prior {
        Some(prior) => builder.spoof_prior(prior),
        None => builder,
    }
}

/// All that is known of a model: what it is, and its operating points with their measured rates.
pub fn describe(model: &Model) -> String {
    let metadata = model.metadata();
    let mut text = format!(
        "model     {} {}\n\
         sha256    {}\n\
         trained   on data with the digest {}\n\
         windows   {:.1} s of speech every {:.1} s\n",
        printable(&metadata.name),
        printable(&metadata.version),
        model.sha256(),
        printable(&metadata.training_digest),
        seconds(metadata.window_samples),
        seconds(metadata.hop_samples),
    );
    for (name, point) in &metadata.operating_points {
        let default = if name == DEFAULT_OPERATING_POINT {
            ", the default"
        } else {
            ""
        };
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n--threshold {}{default}\n  \
             synthetic below llr {:+.2}, or a stretch of it below {:+.2}\n  {}\n  \
             synthetic_probability takes {:.0} % of recordings for synthetic beforehand\n",
            printable(name),
            point.threshold_llr,
            point.stretch_threshold_llr,
            printable(&rates(point)),
            100.0 * point.spoof_prior,
        );
    }
    text
}

/// The rates that were measured at an operating point.
pub fn rates(point: &OperatingPoint) -> String {
    format!(
        "measured: flags {:.1} % of human voices, misses {:.1} % of synthetic ones ({})",
        100.0 * point.false_alarm_rate,
        100.0 * point.miss_rate,
        point.measured_on
    )
}

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(MODEL_SAMPLE_RATE_HZ)
}
