//! Documents made from the command line itself: completions and manual pages.

use anyhow::{Result, bail};
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

/// The completions for a shell.
pub fn completions<C: CommandFactory>(shell: Shell) -> Vec<u8> {
    let mut command = with_bare_scan(C::command());
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "voxhumana", &mut script);
    script
}

/// The manual page of the command, or of a verb.
pub fn manual_page<C: CommandFactory>(verb: Option<&str>) -> Result<Vec<u8>> {
    let mut command = C::command();
    // Gives each verb its full name.
    command.build();
    if let Some(verb) = verb {
        let Some(found) = command.find_subcommand(verb) else {
            let verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            bail!("no verb is called {verb}; accepted: {}", verbs.join(", "));
        };
        command = found.clone();
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(page)
}

/// With the flags of a scan beside the verbs, where they stand if the verb is left out.
fn with_bare_scan(command: Command) -> Command {
    let scan = command.find_subcommand("scan");
    let flags: Vec<Arg> = scan
        .into_iter()
        .flat_map(Command::get_arguments)
        .cloned()
        .collect();
    command.args(flags)
}
