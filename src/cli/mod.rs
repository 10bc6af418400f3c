//! The command line. Each command says what it does in its help, speaks JSON with `--json`, and ends with 0 when all went
//! well, 1 when it could not be done and 2 when the command itself was wrong ([`EXIT_CODES`]).

mod admin;
mod audit;
mod backup;
mod bootstrap;
mod bundle;
mod configuration;
mod doctor;
mod health;
mod ldap;
mod manual;
mod owner;
mod people;
mod recipe;
mod run;
mod serve;
mod upgrade;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::config::{self, Config, Entry, Kind, SETTINGS, Setting};
use crate::error::Error;
use crate::outbound;

const EXIT_CODES: &str = "Exit codes of every command: 0, it went well; 1, it could not be done, or what was looked at is not as it should be, \
    and standard error says why; 2, the command cannot be understood. \"runstead doctor\" has codes of its own, as its help says.";
/// Under which the help of a command lists the settings.
const SETTINGS_HEADING: &str = "Settings";

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let done = match matches.subcommand() {
        Some(("doctor", inner)) => return code(doctor::run(inner), ExitCode::from(doctor::FAILED)),
        None => serve::serve(&matches),
        Some(("serve", inner)) => serve::serve(inner),
        Some(("config", inner)) => configuration::run(inner),
        Some(("admin", inner)) => admin::run(inner),
        Some(("audit", inner)) => audit::run(inner),
        Some(("backup", inner)) => backup::run(inner),
        Some(("bootstrap", inner)) => bootstrap::run(inner),
        Some(("health", inner)) => health::run(inner),
        Some(("upgrade", inner)) => upgrade::run(inner),
        Some(("ldap", inner)) => ldap::run(inner),
        Some(("manual", inner)) => manual::pages(command(), inner),
        Some(("completion", inner)) => manual::completion(command(), inner),
        Some(("run", inner)) => run::run(inner),
        Some((verb @ ("export" | "import"), inner)) => bundle::run(verb, inner),
        Some((noun @ ("user" | "team" | "org" | "key"), inner)) => people::run(noun, inner),
        Some((other, _)) => Err(format!("there is no command '{other}'")),
    };
    code(done.map(|()| ExitCode::SUCCESS), ExitCode::FAILURE)
}

fn code(done: Result<ExitCode, String>, failed: ExitCode) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(text) => {
            // If standard error is gone too, nobody is left to tell.
            let _ = writeln!(std::io::stderr(), "runstead: {text}");
            failed
        }
    }
}

fn command() -> Command {
    let root = Command::new("runstead")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A self-hosted home for machine-learning experiments")
        .long_about(
            "Runstead keeps what your training runs log with the wandb client: start it, open the printed link, and log.",
        )
        .after_help(EXIT_CODES);
    let recovery = || {
        Arg::new("recovery").long("recovery").action(ArgAction::SetTrue).help(
            "Start without the directory and without anything in the background, for an administrator who mends something",
        )
    };
    let set_up = || {
        Arg::new("bootstrap").long("bootstrap").value_name("FILE").help(
            "Create the people, teams and service accounts that this file names, unless they are there (\"runstead bootstrap --help\")",
        )
    };
    with_settings(root.arg(recovery()).arg(set_up()))
        .subcommand(with_settings(
            Command::new("serve").about("Run the server (what happens without a command)").arg(recovery()).arg(set_up()),
        ))
        .subcommand(configuration::command())
        .subcommand(admin::command())
        .subcommand(bootstrap::command())
        .subcommand(audit::command())
        .subcommand(backup::command())
        .subcommand(upgrade::command())
        .subcommand(doctor::command())
        .subcommand(health::command())
        .subcommand(ldap::command())
        .subcommand(run::command())
        .subcommands(bundle::commands())
        .subcommands(people::commands())
        .subcommands(manual::commands())
}

/// The settings that may be flags. A secret may not: command lines are seen by everybody on the machine.
fn flagged() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.kind != Kind::Secret)
}

/// Adds `--config` and a flag for every setting.
pub(crate) fn with_settings(command: Command) -> Command {
    let file = Arg::new("config").long("config").value_name("FILE").help("The configuration file").env("RUNSTEAD_CONFIG");
    let flags = flagged().map(|setting| {
        Arg::new(setting.key)
            .long(setting.flag())
            .value_name("VALUE")
            .help(format!("{} [default: {}]", setting.about, setting.default))
            .help_heading(SETTINGS_HEADING)
            .hide_short_help(true)
    });
    command.arg(file).args(flags)
}

/// The configuration as the arguments, the environment and the file say.
fn load(matches: &ArgMatches) -> Result<(Config, Vec<Entry>), String> {
    read(matches).map_err(unusable)
}

/// Mistakes in the configuration as one text.
fn unusable(mistakes: Vec<String>) -> String {
    format!("the configuration cannot be used:\n  {}", mistakes.join("\n  "))
}

/// As [`load`], with each mistake by itself.
fn read(matches: &ArgMatches) -> Result<(Config, Vec<Entry>), Vec<String>> {
    let file = matches.get_one::<String>("config").map(PathBuf::from).or_else(usual_file);
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let flags: Vec<(String, String)> = flagged()
        .filter_map(|setting| Some((setting.key.to_owned(), matches.get_one::<String>(setting.key)?.clone())))
        .collect();
    let loaded = config::load(file.as_deref(), &environment, &flags)?;
    outbound::trust(&loaded.0.authorities).map_err(|error| vec![words(error)])?;
    Ok(loaded)
}

/// Where a configuration file is looked for when none is named.
fn usual_file() -> Option<PathBuf> {
    ["runstead.toml", "/etc/runstead/runstead.toml"].into_iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned)
}

/// What went wrong, as the operator at the machine may know it.
fn words(error: Error) -> String {
    error.cause()
}

/// Writes to standard output; the reader may have gone away.
fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// A runtime for commands that speak to databases or the network.
fn block_on<T>(task: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What prints nothing that a program would read: the server's log, and what is itself a file or a script.
    const WITHOUT_JSON: [&str; 4] = ["serve", "config sample", "manual", "completion"];

    /// Every command that does something, by its words.
    fn commands() -> Vec<(String, Command)> {
        let mut root = command();
        root.build();
        let (mut found, mut waiting) = (Vec::new(), vec![(String::new(), root)]);
        while let Some((words, command)) = waiting.pop() {
            for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
                waiting.push((format!("{words} {}", inner.get_name()).trim().to_owned(), inner.clone()));
            }
            if !words.is_empty() && !command.is_subcommand_required_set() {
                found.push((words, command));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    #[test]
    fn every_command_that_prints_what_it_found_does_it_as_json_too() {
        let without: Vec<String> = commands()
            .into_iter()
            .filter(|(_, command)| !command.get_arguments().any(|argument| argument.get_long() == Some("json")))
            .map(|(words, _)| words)
            .collect();
        let mut expected = WITHOUT_JSON.map(str::to_owned);
        expected.sort();
        assert_eq!(without, expected);
    }

    #[test]
    fn every_command_and_every_argument_says_what_it_is_for() {
        let mut silent = Vec::new();
        for (words, command) in commands() {
            if command.get_about().is_none_or(|about| about.to_string().is_empty()) {
                silent.push(words.clone());
            }
            let arguments =
                command.get_arguments().filter(|argument| argument.get_help().is_none_or(|help| help.to_string().is_empty()));
            silent.extend(arguments.map(|argument| format!("{words}: {}", argument.get_id())));
        }
        assert_eq!(silent, [""; 0]);
    }
}
