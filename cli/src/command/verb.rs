//! The verbs.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use voxhumana::Runtime;
use voxhumana::report::JSON_SCHEMA;

use super::{documents, help};
#[cfg(feature = "serve")]
use crate::serve;
use crate::{bench, compare, evaluate, evidence, marks, model, report, scan, watch};

/// Tells AI-generated voices from human ones in recordings, on this machine.
///
/// Speech is found on each channel of each recording, a small neural network scores every second
/// of it, and a verdict comes out: bona fide, synthetic, or inconclusive with the reason. Nothing
/// leaves the machine.
#[derive(Debug, Parser)]
#[command(
    name = "voxhumana",
    version,
    max_term_width = 100,
    override_usage = help::USAGE,
    after_help = help::FIRST,
    after_long_help = help::EVERY_VERB,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// One thing that the command does. A recording with such a name is ./NAME.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Scan recordings, and give a verdict on each channel (this verb may be left out)
    Scan(Box<scan::Args>),

    /// Scan what arrives in a folder, once each, until it is stopped
    ///
    /// A file is scanned when it is complete: when its size and time have stayed as they are for a
    /// while. Results and pages are those of a scan. Whatever kills the program, the next start
    /// goes on where it was.
    Watch(Box<watch::Args>),

    /// Render the results of a scan again: at another threshold, as pages, as a table
    Report(Box<report::Args>),

    /// Compare the results of two scans: which verdicts flip, how scores moved
    Compare(compare::Args),

    /// Print what files themselves say about being AI-made: AIGC labels, C2PA, generators' tags
    ///
    /// Beside the verdict of a scan, never in it. A mark can be forged or copied, and no mark means
    /// that nothing is known. Nothing is decoded, and no model is needed.
    Marks(marks::Args),

    /// Check an evidence record: signature, digests, and the recordings against it
    Verify(evidence::VerifyArgs),

    /// Make a key pair to sign evidence with
    Keygen(evidence::KeygenArgs),

    /// Print what is known of the model: its version, and its thresholds with their measured rates
    Model {
        /// An ONNX file instead of the model inside the program
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },

    /// Print the JSON Schema of the results
    ///
    /// Draft 2020-12. It holds for each line of --format jsonl and for the document of --format
    /// json; a row of the CSV, its empty fields as null, is #/$defs/csv_row.
    Schema,

    /// Measure error rates on a list of labelled recordings
    Evaluate(evaluate::Args),

    /// Measure how many calls this machine scans, and what a contact centre needs
    Bench(Box<bench::Args>),

    /// Judge calls while they last: media streams of telephone systems in, events out
    ///
    /// Twilio, SignalWire, Telnyx, Asterisk and Genesys send the audio of a call; who asks over
    /// HTTP gets the verdict so far, and an alert while the caller is still on the line. Listens on
    /// this machine alone, unless told otherwise.
    #[cfg(feature = "serve")]
    Serve(Box<serve::Args>),

    /// Print the completions for a shell
    ///
    /// For example, for bash: voxhumana completions bash >
    /// ~/.local/share/bash-completion/completions/voxhumana
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the manual page of the command, or of one of its verbs
    ///
    /// To read it: voxhumana man scan > voxhumana-scan.1; man ./voxhumana-scan.1
    Man {
        /// The verb
        #[arg(value_name = "VERB")]
        verb: Option<String>,
    },
}

impl Verb {
    /// The runtime of the verb's model, where it needs one.
    pub fn runtime(&self) -> Option<Runtime> {
        match self {
            Self::Scan(args) => Some(args.detector.runtime),
            Self::Watch(args) => Some(args.detector.runtime),
            Self::Report(args) => args.needs_model().then_some(args.runtime),
            Self::Verify(args) => args.runtime(),
            Self::Model { .. } => Some(Runtime::default()),
            Self::Evaluate(args) => Some(args.runtime),
            Self::Bench(args) => Some(args.detector.runtime),
            #[cfg(feature = "serve")]
            Self::Serve(args) => Some(args.runtime),
            Self::Compare(_)
            | Self::Keygen(_)
            | Self::Marks(_)
            | Self::Schema
            | Self::Completions { .. }
            | Self::Man { .. } => None,
        }
    }

    /// Does it.
    pub fn run(&self) -> Result<ExitCode> {
        let document = match self {
            Self::Scan(args) => return scan::run(args),
            Self::Watch(args) => return watch::run(args),
            Self::Report(args) => return report::run(args),
            Self::Compare(args) => return compare::run(args),
            Self::Marks(args) => return marks::run(args),
            Self::Verify(args) => return evidence::verify(args),
            Self::Keygen(args) => return evidence::keygen(args),
            Self::Evaluate(args) => return evaluate::run(args),
            Self::Bench(args) => return bench::run(args),
            #[cfg(feature = "serve")]
            Self::Serve(args) => return serve::run(args),
            Self::Model { file } => {
                let model = model::load(file.as_deref(), Runtime::default())?;
                model::describe(&model).into_bytes()
            }
            Self::Schema => JSON_SCHEMA.into(),
            Self::Completions { shell } => documents::completions::<Cli>(*shell),
            Self::Man { verb } => documents::manual_page::<Cli>(verb.as_deref())?,
        };
        match io::stdout().write_all(&document) {
            // A reader that leaves early has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
