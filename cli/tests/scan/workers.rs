//! The command's own workers, with scans made up for the test.

#[allow(dead_code, reason = "the test names the number of jobs itself")]
#[path = "../../src/workers.rs"]
mod pool;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use voxhumana::report::Recording;

/// The result of an event; nobody interrupts.
fn done<R>(event: pool::Event<R>) -> R {
    match event {
        pool::Event::Done(result) => result,
        pool::Event::Interrupted => panic!("interrupted"),
    }
}

fn never() -> bool {
    false
}

fn failing(input: &u32) -> Recording {
    Recording::new(input.to_string(), Err("made up"))
}

fn crashed(input: &u32, problem: &str) -> Recording {
    Recording::new(input.to_string(), Err(format!("{input}: {problem}")))
}

#[test]
fn every_input_gives_one_result() {
    let inputs: Vec<u32> = (0..100).collect();
    for jobs in [1, 2, 7] {
        let mut paths: Vec<u32> = Vec::new();
        pool::all(&inputs, jobs, failing, crashed, never, |event| {
            paths.push(done(event).path.parse().unwrap());
            Ok(())
        })
        .unwrap();
        if jobs == 1 {
            assert_eq!(paths, inputs, "one job keeps the order");
        }
        paths.sort_unstable();
        assert_eq!(paths, inputs);
    }
}

#[test]
fn a_panic_is_the_error_of_its_recording() {
    pool::silence_their_panics();
    let inputs: Vec<u32> = (0..10).collect();
    let mut errors = Vec::new();
    let scan = |input: &u32| {
        assert_ne!(*input, 4, "four");
        failing(input)
    };
    pool::all(&inputs, 2, scan, crashed, never, |event| {
        errors.push(done(event).error().unwrap().to_owned());
        Ok(())
    })
    .unwrap();
    assert_eq!(errors.len(), 10);
    let bugs: Vec<_> = errors
        .iter()
        .filter(|e| e.contains("internal error"))
        .collect();
    assert_eq!(bugs.len(), 1);
    assert!(
        bugs[0].starts_with("4: ") && bugs[0].contains("four"),
        "{}",
        bugs[0]
    );
}

#[test]
fn nothing_is_begun_once_the_results_cannot_be_written() {
    let inputs: Vec<u32> = (0..1_000).collect();
    let begun = AtomicUsize::new(0);
    let scan = |input: &u32| {
        begun.fetch_add(1, Ordering::Relaxed);
        failing(input)
    };
    let full = |_| Err(io::ErrorKind::BrokenPipe.into());
    let error = pool::all(&inputs, 2, scan, crashed, never, full);
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    // One that was taken, what fits into the channel, and one under way for each of the two.
    assert!(begun.load(Ordering::Relaxed) < 20, "{begun:?}");
}

#[test]
fn an_interruption_ends_it_while_work_goes_on() {
    let inputs: Vec<u32> = (0..1_000).collect();
    let (begun, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let scan = |input: &u32| {
        begun.fetch_add(1, Ordering::Relaxed);
        if *input == 3 {
            stop.store(true, Ordering::Relaxed);
        }
        failing(input)
    };
    let interrupted = || stop.load(Ordering::Relaxed);
    let mut last = None;
    let each = |event| {
        assert!(last != Some("interrupted"), "nothing comes behind it");
        last = Some(match event {
            pool::Event::Done(_) => "done",
            pool::Event::Interrupted => "interrupted",
        });
        Ok(())
    };
    pool::all(&inputs, 1, scan, crashed, interrupted, each).unwrap();
    assert_eq!(last, Some("interrupted"));
    assert_eq!(begun.load(Ordering::Relaxed), 4);
}
