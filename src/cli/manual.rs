//! `runstead manual` and `runstead completion`: what packages carry beside the program, made from the commands themselves.

use std::path::Path;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;

use super::SETTINGS_HEADING;

pub(super) fn commands() -> [Command; 2] {
    let dir = Arg::new("dir").value_name("DIR").required(true).help("An existing folder");
    let shell = Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .value_parser(EnumValueParser::<Shell>::new())
        .help("For which shell");
    [
        Command::new("manual").about("Write a manual page of every command into a folder").arg(dir),
        Command::new("completion").about("Print what makes a shell complete the commands").arg(shell),
    ]
}

/// Writes `runstead.1`, `runstead-serve.1` and so on.
pub(super) fn pages(root: Command, matches: &ArgMatches) -> Result<(), String> {
    let dir = matches.get_one::<String>("dir").map(String::as_str).unwrap_or_default();
    let written = clap_mangen::generate_to(without_repetition(root), Path::new(dir));
    written.map_err(|error| format!("the manual cannot be written into {dir}: {error}"))
}

pub(super) fn completion(root: Command, matches: &ArgMatches) -> Result<(), String> {
    let shell = *matches.get_one::<Shell>("shell").ok_or("say for which shell")?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut without_repetition(root), "runstead", &mut script);
    super::print(&String::from_utf8_lossy(&script))
}

/// Every command takes every setting; only where the server is run are they shown.
fn without_repetition(root: Command) -> Command {
    root.mut_subcommands(|command| if command.get_name() == "serve" { command } else { without_settings(command) })
}

fn without_settings(command: Command) -> Command {
    command
        .mut_args(|arg| if arg.get_help_heading() == Some(SETTINGS_HEADING) { arg.hide(true) } else { arg })
        .mut_subcommands(without_settings)
}
