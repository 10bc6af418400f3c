//! `runstead doctor`: looks at everything that the server stands on.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::{owner, words};
use crate::clock::Clock;
use crate::domain::checkup::{self, Check, State, Wish};
use crate::server;

/// The code of a doctor that could not look: nothing is known to be good.
pub(super) const FAILED: u8 = 2;

pub(super) fn command() -> Command {
    super::with_settings(
        Command::new("doctor")
            .about("Look at everything that the server stands on, and say what is wrong and what to do")
            .long_about(
                "Looks at the data, the disk, the configuration, the certificate, the way from the public address to the server, the directory and the \
                 backups; works whether the server runs or not. Exit code 0: all good; 1: warnings; 2: something is wrong, or nothing could be looked at.",
            ),
    )
    .arg(Arg::new("fix").long("fix").action(ArgAction::SetTrue).help("Mend what can be mended without harm"))
    .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
    .arg(Arg::new("quick").long("quick").action(ArgAction::SetTrue).help("Do not read large databases whole"))
}

/// Runs the checks; the exit code says how they ended.
pub(super) fn run(matches: &ArgMatches) -> Result<ExitCode, String> {
    let (config, _) = super::load(matches)?;
    // As the server sees it, root or not.
    owner::become_owner(&config.data.dir)?;
    let wish = Wish { deep: !matches.get_flag("quick"), fix: matches.get_flag("fix") };
    let checks = super::block_on(async {
        let subject = server::checkup::subject(&config, Clock::system()).map_err(words)?;
        Ok(checkup::run(&subject, wish).await)
    })?;
    let worst = checkup::worst(&checks);
    let text = match matches.get_flag("json") {
        true => format!("{}\n", json!({ "state": worst, "checks": checks })),
        false => readable(&checks),
    };
    super::print(&text)?;
    Ok(match worst {
        State::Good | State::Skipped => ExitCode::SUCCESS,
        State::Warning => ExitCode::from(1),
        State::Bad => ExitCode::from(FAILED),
    })
}

fn readable(checks: &[Check]) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes any text");
    for check in checks {
        let mark = match check.state {
            State::Good if check.fixed => "FIXED",
            State::Good => "ok",
            State::Skipped => "-",
            State::Warning => "WARNING",
            State::Bad => "BAD",
        };
        line(format!("{mark:<8} {:<28} {}", check.name, check.message));
        for advice in check.advice.iter().flat_map(|advice| advice.lines()) {
            line(format!("{:37} → {advice}", ""));
        }
    }
    let count = |state: State| checks.iter().filter(|check| check.state == state).count();
    line(format!("{} checks: {} warnings, {} bad", checks.len(), count(State::Warning), count(State::Bad)));
    out
}
