//! `voxhumana marks`: the declarations of files, without a scan.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use voxhumana::marks::{self, Declared, Mark};
use voxhumana::report::{ErrorCode, Failure, SCHEMA_VERSION, printable};

use crate::advice;
use crate::say::say;

/// The arguments of `voxhumana marks`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files, of any container
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Form of the result
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// `--format`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// JSON Lines: one line per file
    Jsonl,
}

/// A line of JSON Lines.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema_version: u32,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    path: &'a str,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Declared(Declared),
    #[serde(untagged)]
    Failed {
        error: String,
        error_code: ErrorCode,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_hint: Option<String>,
    },
}

/// Prints what each file declares.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut failed = false;
    for file in &args.files {
        let path = file.to_string_lossy();
        let outcome = match marks::read(file) {
            Ok(declared) => Outcome::Declared(declared),
            Err(error) => {
                failed = true;
                let Failure {
                    error, code, hint, ..
                } = advice::failure(&error);
                say!("error: {error}");
                Outcome::Failed {
                    error,
                    error_code: code,
                    error_hint: hint,
                }
            }
        };
        let text = match (args.format, outcome) {
            (Format::Table, Outcome::Declared(declared)) => block(&path, &declared),
            (Format::Table, Outcome::Failed { .. }) => continue,
            (Format::Jsonl, outcome) => {
                let data = Data {
                    path: &path,
                    outcome,
                };
                let line = Line {
                    kind: "marks",
                    schema_version: SCHEMA_VERSION,
                    data,
                };
                serde_json::to_string(&line)? + "\n"
            }
        };
        match io::stdout().write_all(text.as_bytes()) {
            // A reader that leaves early has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(ExitCode::from(if failed { 2 } else { 0 }))
}

/// The lines of one file for people.
fn block(path: &str, declared: &Declared) -> String {
    let mut lines = vec![format!("{path}  {}", sentence(declared))];
    for mark in &declared.marks {
        lines.push(format!("  {}", line(mark)));
        let deviations = mark.deviations.iter();
        lines.extend(deviations.map(|d| format!("    not as the standard has it: {d}")));
    }
    let problem = declared.looked.problem.iter();
    lines.extend(problem.map(|problem| format!("  not seen in whole: {problem}")));
    lines
        .iter()
        .map(|line| format!("{}\n", printable(line)))
        .collect()
}

/// The word of a file in one sentence.
pub fn sentence(declared: &Declared) -> &'static str {
    use voxhumana::marks::DeclaredState as State;
    match declared.state {
        State::None => "declares nothing, which says nothing in either direction",
        State::Synthetic => "the file says it is AI-made",
        State::Partly => "the file says that AI made a part of it",
        State::Possibly => "the file says it is possibly AI-made",
        State::Captured => "the file says that a device captured it",
        State::Conflicting => "the file says it was captured, and that AI had a part in it",
        State::Unreadable => "the file has a mark, or a part, that cannot be read",
        _ => declared.state.as_str(),
    }
}

/// `AIGC, Label 1, not protected; 00119…; riff chunk AIGC at byte 1234`.
pub fn line(mark: &Mark) -> String {
    use voxhumana::marks::Integrity;
    let integrity = match mark.integrity {
        Integrity::Unprotected => "not protected",
        Integrity::Valid => "signature and hash hold",
        Integrity::HashOnly => "its hash of the file holds, its signature was not checked",
        Integrity::Mismatch => "of other bytes: changed, or copied from another file",
        _ => "not checked",
    };
    let label = mark
        .fields
        .get("Label")
        .map(|label| format!(", Label {label}"));
    let who = mark.who.as_ref().map(|who| format!("; {who}"));
    let problem = mark.problem.as_ref().map(|problem| format!("; {problem}"));
    format!(
        "{}{}, {integrity}{}; {} at byte {}{}",
        mark.scheme,
        label.unwrap_or_default(),
        who.unwrap_or_default(),
        mark.place.name,
        mark.place.offset,
        problem.unwrap_or_default()
    )
}
