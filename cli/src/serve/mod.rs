//! `voxhumana serve`: live calls. All of it but the flags is in `voxhumana-serve`.

mod args;
mod limits;
mod webhook;

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use voxhumana::Detector;

pub use args::Args;

use crate::place::{self, Output};
use crate::{contents, model};

/// Serves until the process is asked to stop.
pub fn run(args: &Args) -> Result<ExitCode> {
    check(args)?;
    // Each call is scored on one thread; there are as many calls as there are threads.
    let builder = Detector::builder()
        .model(model::load(args.model.as_deref(), args.runtime)?)
        .threads(1);
    let detector = model::at(builder, Some(&args.threshold), args.prior).build()?;
    voxhumana_serve::run(detector, args.options(), args.log_format.into())
        // It says what the system said already.
        .map_err(|error| anyhow!("{error}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses files that are not for writing: recordings, and what the server reads.
fn check(args: &Args) -> Result<()> {
    let read = [
        args.token_file.as_deref(),
        args.tls_cert.as_deref(),
        args.tls_key.as_deref(),
        args.client_ca.as_deref(),
        args.twilio_auth_token_file.as_deref(),
        args.model.as_deref(),
        args.webhook.secret_file(),
        args.webhook.queue(),
    ];
    let read: Vec<_> = read.into_iter().flatten().collect();
    // A queue is no text, as all other outputs are.
    if let Some(queue) = args.webhook.queue()
        && let Some(kind) = contents::recording(queue)
    {
        let name = queue.display();
        bail!(
            "{name}: is a recording ({kind}), and --webhook-queue would write into it: it is left \
             as it is; give --webhook-queue a name of its own, e.g. --webhook-queue webhooks.db"
        );
    }
    place::check([Output::file("--events", &args.events)], &read)
}
