//! Loads a model of your own, says what travels with it, and scans a recording with it.
//!
//! ```sh
//! cargo run --release --example own_model -- models/voxhumana.onnx examples/data/sample-call.wav
//! ```
//!
//! The file is an ONNX graph with the metadata that `models/training` writes. Nothing is built anew
//! for it: features, windows, calibration and thresholds are all in the file.

use std::error::Error;

use voxhumana::{Detector, Model, Runtime};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, recording] = arguments.as_slice() else {
        return Err("usage: own_model MODEL.onnx RECORDING".into());
    };

    // Everything that does not fit is refused here, by the name of the field.
    let model = Model::from_file(file, Runtime::Auto)?;
    let metadata = model.metadata();
    println!(
        "{} {}, on {}",
        metadata.name,
        metadata.version,
        model.runtime()
    );
    println!("sha256 {}", model.sha256());
    for (i, (frames, bins)) in model.input_shapes().iter().enumerate() {
        println!("input {i}: {frames} frames of {bins} values for each window");
    }
    println!(
        "\n{:<18}{:>9}{:>15}{:>9}",
        "operating point", "llr", "false alarms", "misses"
    );
    for (name, point) in &metadata.operating_points {
        println!(
            "{name:<18}{:>9.2}{:>13.1} %{:>7.1} %",
            point.threshold_llr,
            100.0 * point.false_alarm_rate,
            100.0 * point.miss_rate,
        );
    }

    // One detector scans many recordings, from as many threads as there are.
    let detector = Detector::builder().model(model).build()?;
    let report = detector.scan_file(recording)?;
    println!(
        "\n{recording} at the operating point {}",
        report.operating_point
    );
    for channel in &report.channels {
        let score = channel
            .llr
            .map_or("no score".into(), |llr| format!("llr {llr:+.2}"));
        println!("{}: {}, {score}", channel.name, channel.verdict);
    }
    Ok(())
}
