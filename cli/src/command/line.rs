//! The words of a command line to a verb, which a scan may leave out.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::process;

use anyhow::{Result, bail};
use clap::error::{ContextKind, ContextValue};
use clap::{Command, CommandFactory, Error, FromArgMatches};
use voxhumana::report::printable;

use super::verb::{Cli, Verb};
use super::{config, help};

/// The verb of a command line without one.
const DEFAULT: &str = "scan";

/// The verbs that take flags from a file.
const WITH_CONFIG: [&str; 2] = [DEFAULT, "watch"];

/// The verb of a command line, with what the file of its `--config` adds.
///
/// Ends the program, as a parser does, where the command line is wrong or asks for help.
pub fn parse(given: Vec<OsString>) -> Result<Verb> {
    let mut command = WITH_CONFIG.iter().fold(Cli::command(), |command, verb| {
        command.mut_subcommand(verb, config::with_opposites)
    });
    // Only to find the file, and what the command line has already said.
    let lenient = command.clone().ignore_errors(true);
    command.build();
    let mut line = with_verb(given, &command)?;
    let first = lenient
        .try_get_matches_from(&line)
        .unwrap_or_else(|error| stop(&error, &line));
    if let Some((verb, given)) = first.subcommand()
        && WITH_CONFIG.contains(&verb)
        && let Some(command) = command.find_subcommand(verb)
    {
        // Behind the program's name and the verb.
        line.splice(2..2, config::flags(command, given)?);
    }
    let matches = command
        .try_get_matches_from_mut(&line)
        .unwrap_or_else(|error| stop(&error, &line));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| stop(&error, &line));
    Ok(cli.verb)
}

/// Ends the program as the parser does. Its error quotes the command line, into which a shell may
/// have put the names of files.
fn stop(error: &Error, line: &[OsString]) -> ! {
    if !error.use_stderr() {
        error.exit()
    }
    let mut text = error.render().ansi().to_string();
    for word in line {
        let word = word.to_string_lossy();
        let values = word.split(['=', ',']).chain(word.get(2..));
        for quoted in [&*word].into_iter().chain(values) {
            if let Cow::Owned(printable) = printable(quoted) {
                text = text.replace(quoted, &printable);
            }
        }
    }
    let _ = write!(anstream::stderr(), "{text}");
    process::exit(error.exit_code())
}

/// The command line with the verb that it leaves out.
fn with_verb(mut line: Vec<OsString>, command: &Command) -> Result<Vec<OsString>> {
    let Some(first) = line.get(1) else {
        let _ = writeln!(anstream::stderr(), "{}", help::NOTHING);
        process::exit(2)
    };
    let about_all = ["-h", "--help", "-V", "--version"].map(OsStr::new);
    if about_all.contains(&first.as_os_str()) || command.find_subcommand(first).is_some() {
        return Ok(line);
    }
    if is_a_word(first) && !Path::new(first).exists() {
        let first = first.display();
        if let Some(verb) = similar(&line, command) {
            bail!(
                "{first}: neither a verb nor a file or folder here; \
                 did you mean voxhumana {verb}?"
            );
        }
    }
    line.insert(1, DEFAULT.into());
    Ok(line)
}

/// Names of recordings have a dot or a folder in them, verbs neither.
fn is_a_word(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.iter().all(u8::is_ascii_alphabetic)
}

/// A verb that is written like the first word.
fn similar(line: &[OsString], command: &Command) -> Option<String> {
    let error = command.clone().try_get_matches_from(line).err()?;
    match error.get(ContextKind::SuggestedSubcommand)? {
        ContextValue::String(verb) => Some(verb.clone()),
        ContextValue::Strings(verbs) => verbs.last().cloned(),
        _ => None,
    }
}
