//! Puts a server under load, and says how it held up: calls of two tracks in real time, as Twilio
//! sends them.
//!
//! ```sh
//! voxhumana serve &
//! cargo run --release --example load -- examples/data/sample-call.wav 100 60 127.0.0.1:8080 $!
//! ```
//!
//! The last argument, the server's process, is for its memory (Linux). The recording's channels are
//! played in a circle, each call from another place of it.

mod answers;
mod audio;
mod calls;

use std::error::Error;
use std::thread::{sleep, spawn};
use std::time::Duration;

use answers::Answers;
use audio::Audio;
use calls::Calls;

/// Threads that send.
const THREADS: usize = 4;
/// Calls whose scores are compared with an offline scan.
const COMPARED: usize = 5;
/// Time in which all calls have connected, seconds.
const CONNECTED_AFTER_S: u64 = 5;
/// Time for memory to come back.
const REST: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(file), Some(streams), Some(seconds)) = (args.first(), args.get(1), args.get(2))
    else {
        return Err("usage: load RECORDING STREAMS SECONDS [ADDRESS [PID]]".into());
    };
    let (streams, seconds): (usize, u64) = (streams.parse()?, seconds.parse()?);
    let address = args.get(3).map_or("127.0.0.1:8080", String::as_str);
    let answers = Answers::of(address, args.get(4).cloned());
    let audio = Audio::read(file)?;

    let before = answers.memory_kb();
    let calls = streams.div_ceil(2);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let own = (thread..calls).step_by(THREADS);
            let (audio, address) = (audio.clone(), address.to_owned());
            spawn(move || -> Result<_, String> {
                let mut calls = Calls::connect(&address, own, &audio).map_err(|e| e.to_string())?;
                calls.play(seconds).map_err(|e| e.to_string())?;
                Ok(calls)
            })
        })
        .collect();
    let compared = calls.saturating_sub(COMPARED)..calls;
    let most = seconds * 9 / 10;
    let connected = CONNECTED_AFTER_S.min(most);
    sleep(Duration::from_secs(connected));
    let listeners: Vec<_> = compared
        .clone()
        .map(|call| {
            let answers = answers.clone();
            spawn(move || answers.first_verdict_s(call))
        })
        .collect();
    sleep(Duration::from_secs(most - connected));
    let under_load = answers.memory_kb();
    let mut all = Vec::new();
    for thread in threads {
        all.push(thread.join().map_err(|_| "a thread has crashed")??);
    }
    let late = all.iter().map(|calls| calls.worst_lateness).max();
    all.into_iter().for_each(Calls::hang_up);
    let metrics = answers.metrics()?;
    sleep(REST);

    println!("streams {}, {seconds} s each", 2 * calls);
    println!("frames sent late by at most {:?}", late.unwrap_or_default());
    for share in [0.5, 0.99, 1.0] {
        let bound = metrics.quantile("voxhumana_behind_seconds", share);
        println!("frame to scores, {:>3.0} % within {bound} s", 100.0 * share);
    }
    let sent = 2 * calls as u64 * seconds * 50;
    println!(
        "frames {} of {sent}",
        metrics.value("voxhumana_frames_total")
    );
    for name in ["voxhumana_frames_lost_total", "voxhumana_frames_late_total"] {
        println!("{name} {}", metrics.value(name));
    }
    if let (Some(before), Some(under), Some(after)) = (before, under_load, answers.memory_kb()) {
        let each = under.saturating_sub(before) as f64 / (2 * calls) as f64;
        println!("memory, kB: {before} before, {under} under load ({each:.0} a stream)");
        println!("            {after} after all have hung up");
    }
    let mut worst = 0.0_f64;
    let mut first_verdict_s = 0.0_f64;
    for (call, listener) in compared.zip(listeners) {
        worst = worst.max(answers.difference(call, &audio, seconds)?);
        let heard = listener.join().map_err(|_| "a listener has crashed")?;
        first_verdict_s = first_verdict_s.max(heard.map_err(|e| e.to_string())?);
    }
    println!("first verdict after at most {first_verdict_s:.1} s of speech, of {COMPARED} calls");
    println!("llr differs from an offline scan by at most {worst:.1e}, of {COMPARED} calls");
    Ok(())
}
