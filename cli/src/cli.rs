//! The command line as a whole: scanning, and verbs for everything else.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use voxhumana::report::JSON_SCHEMA;
use voxhumana::{Model, Runtime};

use super::args::Args;
use super::evaluate;
use super::keys::{self, KeygenArgs};
use super::model;
use super::verify::{self, VerifyArgs};

/// Tells AI-generated voices from human ones in recordings, on this machine.
///
/// Speech is found on each channel of each recording, a small neural network scores every second of it, and a
/// verdict comes out: bona fide, synthetic, or inconclusive with the reason. Nothing leaves the machine.
#[derive(Debug, Parser)]
#[command(
    name = "voxhumana",
    version,
    max_term_width = 100,
    after_long_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Cli {
    /// What else there is to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,

    /// Without a verb: a scan.
    #[command(flatten)]
    pub scan: Args,
}

/// What is done instead of a scan. A recording with such a name is ./NAME.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print what is known of the model: its version, and its thresholds with their measured rates
    Model {
        /// An ONNX file instead of the model inside the program
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },

    /// Print the JSON Schema of the results
    ///
    /// Draft 2020-12. It holds for each line of --format jsonl and for the document of --format json; a row of the
    /// CSV, its empty fields as null, is #/$defs/csv_row.
    Schema,

    /// Measure error rates on a list of labelled recordings
    Evaluate(evaluate::Args),

    /// Check an evidence record: signature, digests, and the recordings against it
    Verify(VerifyArgs),

    /// Make a key pair to sign evidence with
    Keygen(KeygenArgs),

    /// Print the completions for a shell
    ///
    /// For example, for bash: voxhumana completions bash > ~/.local/share/bash-completion/completions/voxhumana
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the manual page
    ///
    /// To read it: voxhumana man > voxhumana.1; man ./voxhumana.1
    Man,
}

impl Verb {
    /// Does it.
    pub fn run(&self) -> Result<ExitCode> {
        match self {
            Self::Model { file } => {
                let model = match file {
                    Some(file) => Model::from_file(file, Runtime::default())?,
                    None => Model::bundled(Runtime::default())?,
                };
                print(model::describe(&model).as_bytes())?;
            }
            Self::Schema => print(JSON_SCHEMA.as_bytes())?,
            Self::Evaluate(args) => return evaluate::run(args),
            Self::Verify(args) => return verify::run(args),
            Self::Keygen(args) => return keys::keygen(args),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Cli::command(), "voxhumana", &mut script);
                print(&script)?;
            }
            Self::Man => {
                let mut page = Vec::new();
                Man::new(Cli::command()).render(&mut page)?;
                print(&page)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// To standard output; a reader that leaves early has seen enough.
fn print(bytes: &[u8]) -> io::Result<()> {
    match io::stdout().write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

const EXAMPLES: &str = "\
Examples:
  voxhumana scan call.wav
      One recording, a table for people.
  voxhumana scan --channels agent,caller --threshold low-false-alarm calls/
      All recordings in a folder of two-channel calls; flag fewer humans, miss more machines.
  voxhumana scan --format jsonl calls/ > results.jsonl
      For programs. Pick out what was flagged:
      jq -r 'select(.data.verdict == \"synthetic\").data.path' results.jsonl
  voxhumana scan --format jsonl --output results.jsonl --resume calls/
      A big folder. Interrupted, the same command goes on where it was.
  voxhumana scan --html pages calls/
      A page for people for each recording that is flagged or inconclusive: open pages/index.html.
  voxhumana scan --format csv --labels marks --output calls.csv calls/
      A table, and for each recording a label track for Audacity.
  voxhumana scan --config office.toml --fail-on synthetic,inconclusive --quiet calls/
      For a script: flags from a file, an exit code, and no talk.
  voxhumana scan --include '2026-11-*/*.wav' --exclude test calls/
      Part of a folder.
  voxhumana scan --evidence case.json --evidence-key investigator.pem calls/
      A record that another organisation can check: voxhumana keygen --help, voxhumana verify --help.
  voxhumana scan --raw-codec mulaw --raw-rate 8000 call.ul
      What a telephone system wrote without a header.
  ffmpeg -v error -i meeting.amr -f wav - | voxhumana scan -
      What this program cannot decode itself.

Exit codes:
  0  every recording was scanned, none was flagged
  1  every recording was scanned, at least one was flagged as synthetic (or what --fail-on says)
  2  something could not be scanned, or the command line was wrong; the rest was still scanned

Standard output carries results, standard error what is for people.
\"Bona fide\" is no proof of identity: replays and human impostors are bona fide speech.";
