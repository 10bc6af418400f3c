//! `runstead upgrade`: what this release would change in the data, the copies from before, and the way back.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::{owner, words};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::upgrade::{self, Plan, Reason, Snapshot};
use crate::server::planes;

pub(super) fn command() -> Command {
    let as_json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    super::with_settings(
        Command::new("upgrade")
            .about("Bring the data up to date with this release, look at what that means, or go back")
            .long_about(
                "Brings the data up to date with this release, after a copy of it; \"serve\" does the same when it starts. With --check it \
                 says what would be done and changes nothing: exit code 0 if it can be done or nothing is to do, 1 if it cannot.",
            ),
    )
    .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Only say what would be done"))
    .arg(as_json())
    .subcommand(super::with_settings(Command::new("list").about("List the copies from before upgrades")).arg(as_json()))
    .subcommand(
        super::with_settings(
            Command::new("rollback").about("Put the data back as it was in such a copy; the server must be stopped"),
        )
        .arg(Arg::new("name").value_name("NAME").help("The copy's name; the newest from before an upgrade if none is given"))
        .arg(as_json()),
    )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("list", inner)) => list(inner),
        Some(("rollback", inner)) => rollback(inner),
        _ if matches.get_flag("check") => check(matches),
        _ => bring_up_to_date(matches),
    }
}

/// The directory has data; a command that looks for it must not make it.
pub(super) fn with_data(matches: &ArgMatches) -> Result<Config, String> {
    let (config, _) = super::load(matches)?;
    if config.data.dir.is_dir() {
        owner::become_owner(&config.data.dir)?;
        return Ok(config);
    }
    Err(format!("there is no data directory {}: name the server's with --data.dir", config.data.dir.display()))
}

fn check(matches: &ArgMatches) -> Result<(), String> {
    let plan = upgrade::plan(&with_data(matches)?.data.dir).map_err(words)?;
    let room = plan.require_room().map_err(words);
    let text = if matches.get_flag("json") { format!("{}\n", told(&plan, room.is_ok())) } else { shown(&plan) };
    super::print(&text)?;
    room
}

fn told(plan: &Plan, can_be_done: bool) -> Value {
    let planes = plan.planes.iter().map(|plane| {
        let steps: Vec<Value> =
            plane.steps.iter().map(|step| json!({ "name": step.name, "rewrites": step.rewrites })).collect();
        json!({ "database": plane.plane.name(), "schema": plane.found, "newest": plane.plane.files().len(), "bytes": plane.size_bytes, "steps": steps })
    });
    json!({
        "release": env!("CARGO_PKG_VERSION"),
        "pending": plan.is_pending(),
        "can_be_done": can_be_done,
        "databases": planes.collect::<Vec<_>>(),
        "needed_bytes": plan.needed_bytes,
        "free_bytes": plan.free_bytes,
        "seconds": plan.seconds(),
    })
}

fn shown(plan: &Plan) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes any text");
    for plane in &plan.planes {
        let newest = plane.plane.files().len();
        line(format!("{}: schema {} of {newest}, {} bytes", plane.plane.name(), plane.found, plane.size_bytes));
        for step in &plane.steps {
            let nature = if step.rewrites { "goes through rows" } else { "adds only" };
            line(format!("  step {} ({nature})", step.name));
        }
    }
    if plan.is_pending() {
        line(format!(
            "to do: a copy of the databases, then the steps above: about {} s, {} bytes of {} that are free. Clients notice no more than a restart. \
             Back with \"runstead upgrade rollback\".",
            plan.seconds(),
            plan.needed_bytes,
            plan.free_bytes
        ));
    } else {
        line(format!("nothing to do: the data is as Runstead {} wants it", env!("CARGO_PKG_VERSION")));
    }
    out
}

fn bring_up_to_date(matches: &ArgMatches) -> Result<(), String> {
    let config = with_data(matches)?;
    let taken = super::block_on(async { planes::bring_up_to_date(&config, Clock::system().now()).await.map_err(words) })?;
    if matches.get_flag("json") {
        return super::print(&format!(
            "{}\n",
            json!({ "upgraded": taken.is_some(), "snapshot": taken.map(|taken| taken.name) })
        ));
    }
    super::print(&match taken {
        Some(taken) => format!("up to date; what was there before is kept as {}\n", taken.name),
        None => "nothing to do\n".to_owned(),
    })
}

fn list(matches: &ArgMatches) -> Result<(), String> {
    let found = upgrade::list(&with_data(matches)?.data.dir).map_err(words)?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!(found)));
    }
    let mut out = String::new();
    for Snapshot { name, created_at, reason, size_bytes, .. } in found {
        let why = match reason {
            Reason::Upgrade => "before an upgrade",
            Reason::Rollback => "before a roll-back",
        };
        writeln!(out, "{name:<36} {created_at}  {why:<18} {size_bytes} bytes").expect("a String takes any text");
    }
    super::print(&out)
}

fn rollback(matches: &ArgMatches) -> Result<(), String> {
    let config = with_data(matches)?;
    let _held = planes::hold(&config).map_err(words)?;
    let name = matches.get_one::<String>("name").map(String::as_str);
    let chosen = upgrade::rollback(&config.data.dir, name, Clock::system().now()).map_err(words)?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!(chosen)));
    }
    super::print(&format!(
        "the data is as it was at {}; what there was until now is a copy too (\"runstead upgrade list\"). Start the release that made that data: \
         this one would bring it up to date again.\n",
        chosen.created_at
    ))
}
