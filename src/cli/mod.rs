//! The command line. Each command says what it does in its help, speaks JSON with `--json`, and ends with 0 when all went
//! well, 1 when it could not be done and 2 when the command itself was wrong.

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

/// Under which the help of a command lists the settings.
const SETTINGS_HEADING: &str = "Settings";

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    let done = match matches.subcommand() {
        Some(("doctor", inner)) => return code(doctor::run(inner)),
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
    code(done.map(|()| ExitCode::SUCCESS))
}

fn code(done: Result<ExitCode, String>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(text) => {
            // If standard error is gone too, nobody is left to tell.
            let _ = writeln!(std::io::stderr(), "runstead: {text}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let root = Command::new("runstead")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A self-hosted home for machine-learning experiments")
        .long_about(
            "Runstead keeps what your training runs log with the wandb client: start it, open the printed link, and log.",
        );
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
    let file = matches.get_one::<String>("config").map(PathBuf::from).or_else(usual_file);
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let flags: Vec<(String, String)> = flagged()
        .filter_map(|setting| Some((setting.key.to_owned(), matches.get_one::<String>(setting.key)?.clone())))
        .collect();
    let loaded = config::load(file.as_deref(), &environment, &flags)
        .map_err(|mistakes| format!("the configuration cannot be used:\n  {}", mistakes.join("\n  ")))?;
    outbound::trust(&loaded.0.authorities).map_err(words)?;
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
