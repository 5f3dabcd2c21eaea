//! `--config`: flags from a TOML file.
//!
//! The file's keys are the long flags. They are put before the flags of the command line and read
//! by the same parser, so that no flag is described twice.

use std::any::TypeId;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

/// The flags that the file of `--config` adds to what `given` already says to a verb.
pub fn flags(verb: &Command, given: &ArgMatches) -> Result<Vec<OsString>> {
    match given.get_one::<PathBuf>("config") {
        Some(file) => flags_of(file, verb, given),
        None => Ok(Vec::new()),
    }
}

/// A switch that a file turns on is turned off by a hidden `--no-SWITCH`.
pub fn with_opposites(command: Command) -> Command {
    let is_switch = |arg: &&Arg| matches!(arg.get_action(), ArgAction::SetTrue);
    let switches: Vec<Arg> = command.get_arguments().filter(is_switch).cloned().collect();
    switches.iter().fold(command, |command, switch| {
        // Once per run; the parser wants names that live as long as the program.
        let name: &str = format!("no-{}", switch.get_long().unwrap_or_default()).leak();
        command.arg(
            Arg::new(name)
                .long(name)
                .hide(true)
                .action(ArgAction::SetTrue)
                .overrides_with(switch.get_id()),
        )
    })
}

/// The flags in a file that the command line does not speak against.
fn flags_of(file: &Path, command: &Command, given: &ArgMatches) -> Result<Vec<OsString>> {
    let name = file.display();
    let text = fs::read_to_string(file)
        .with_context(|| format!("{name}: cannot be read; check --config and VOXHUMANA_CONFIG"))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map_or(0, |at| text[..at.start].matches('\n').count());
        anyhow!(
            "{name}: line {}: not TOML: {}; write e.g. threshold = \"high-recall\"",
            line + 1,
            error.message()
        )
    })?;
    let mut all = Vec::new();
    let mut wanted = Vec::new();
    for (key, value) in &table {
        let arg = find(key, command).map_err(|e| anyhow!("{name}: {e}"))?;
        let flags = flags_for(arg, value, file).map_err(|e| anyhow!("{name}: {key}: {e}"))?;
        if !is_settled(arg, command, given) {
            wanted.extend(flags.iter().cloned());
        }
        all.extend(flags);
    }
    check(all, command).map_err(|e| anyhow!("{name}: {e}"))?;
    Ok(wanted)
}

/// The flag that a key of the file stands for.
fn find<'a>(key: &str, command: &'a Command) -> Result<&'a Arg> {
    let keys = || {
        command
            .get_arguments()
            .filter(|arg| !arg.is_hide_set())
            .filter_map(|arg| Some((arg.get_long()?, arg)))
            .filter(|(long, _)| !["config", "demo", "help", "version"].contains(long))
    };
    match keys().find(|(long, _)| *long == key) {
        Some((_, arg)) => Ok(arg),
        None => {
            let known: Vec<&str> = keys().map(|(long, _)| long).collect();
            bail!("unknown key `{key}`; accepted: {}", known.join(", "))
        }
    }
}

fn flags_for(arg: &Arg, value: &Value, file: &Path) -> Result<Vec<OsString>> {
    let long = arg.get_long().unwrap_or_default();
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let text = match value {
        Value::Boolean(on) if is_switch => {
            return Ok(on.then(|| format!("--{long}").into()).into_iter().collect());
        }
        _ if is_switch => bail!("write true or false"),
        Value::Array(values) => {
            let each = values.iter().map(|value| flags_for(arg, value, file));
            return Ok(each.collect::<Result<Vec<_>>>()?.concat());
        }
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => bail!("write a text, a number, or several in [ ]"),
    };
    let mut flag = OsString::from(format!("--{long}="));
    // A path in the file is seen from the file, wherever the program is started.
    match file.parent() {
        Some(folder) if arg.get_value_parser().type_id() == TypeId::of::<PathBuf>() => {
            flag.push(folder.join(text));
        }
        _ => flag.push(text),
    }
    Ok(vec![flag])
}

/// Whether the command line gives this flag, or one that excludes it.
fn is_settled(arg: &Arg, command: &Command, given: &ArgMatches) -> bool {
    let excludes = |a: &Arg, b: &Arg| {
        let others = command.get_arg_conflicts_with(a);
        others.iter().any(|other| other.get_id() == b.get_id())
    };
    command
        .get_arguments()
        .filter(|other| {
            given.value_source(other.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
        .any(|other| other.get_id() == arg.get_id() || excludes(other, arg) || excludes(arg, other))
}

/// Refuses a file that is wrong by itself. Flags that it needs besides may be on the command line.
fn check(flags: Vec<OsString>, command: &Command) -> Result<()> {
    let line = [OsString::from(command.get_name())]
        .into_iter()
        .chain(flags);
    match command.clone().try_get_matches_from(line) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            let text = error.to_string();
            let problem = text.split("\n\n").next().unwrap_or_default();
            // One line, as all errors are.
            let words: Vec<&str> = problem.split_whitespace().collect();
            bail!("{}", words.join(" ").trim_start_matches("error: "))
        }
        _ => Ok(()),
    }
}
