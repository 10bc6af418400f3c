//! `runstead run move` and `run undo`: the operator moves runs. The command does the work itself, whether the server runs or
//! not, and says how it went.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::admin::{call, open};
use super::words;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::moves::{self, Artifacts, Conflicts, ItemState, Order};
use crate::domain::projects::ProjectName;
use crate::domain::runs::filter::Filter;
use crate::domain::runs::selection::Selection;
use crate::error::{Error, Result};
use crate::id::MoveId;

/// Runs that did not go and are told on the screen.
const TOLD_MAX: usize = 20;

pub(super) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let place = |name: &'static str| Arg::new(name).value_name(name).required(true).help("As ENTITY/PROJECT");
    Command::new("run")
        .about("Move runs to another project, and take that back")
        .subcommand_required(true)
        .subcommand(
            super::with_settings(Command::new("move").about("Move runs; give their ids, or a filter"))
                .arg(place("FROM"))
                .arg(place("TO"))
                .arg(Arg::new("RUN").num_args(0..).help("Ids of runs"))
                .arg(Arg::new("filter").long("filter").value_name("JSON").help("All runs that match; {} for all"))
                .arg(
                    Arg::new("artifacts")
                        .long("artifacts")
                        .value_parser(["move", "copy_reference", "leave"])
                        .default_value("move")
                        .help(
                            "Take those along that only these runs made or used, leave all and link them there, or leave all",
                        ),
                )
                .arg(flag("rename", "Give a free id to a run whose id another has there, instead of leaving it"))
                .arg(flag("json", "Print JSON")),
        )
        .subcommand(
            super::with_settings(Command::new("undo").about("Take a move back within 15 minutes of its end"))
                .arg(Arg::new("MOVE").required(true).help("The number of the move"))
                .arg(flag("json", "Print JSON")),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    let (verb, matches) = matches.subcommand().ok_or("say what to do: move or undo")?;
    let (config, _) = super::load(matches)?;
    let asked = if verb == "move" { Asked::Move(Box::new(order(matches).map_err(words)?)) } else { undone(matches)? };
    let (text, told) = super::block_on(perform(config, asked))?;
    super::print(&if matches.get_flag("json") { format!("{told}\n") } else { text })
}

enum Asked {
    Move(Box<Order>),
    Undo(MoveId),
}

fn undone(matches: &ArgMatches) -> Result<Asked, String> {
    let text = matches.get_one::<String>("MOVE").map_or("", String::as_str);
    let id = text.parse().map_err(|_| "a move is named by its number, which run move printed".to_owned())?;
    Ok(Asked::Undo(MoveId::new(id)))
}

fn order(matches: &ArgMatches) -> Result<Order> {
    let place = |name: &str| {
        let text = matches.get_one::<String>(name).map_or("", String::as_str);
        let parts = text.split_once('/').map(|(entity, project)| (entity.to_owned(), project.to_owned()));
        parts.ok_or_else(|| Error::invalid(format!("'{text}' names no project: say ENTITY/PROJECT")))
    };
    let names: Vec<String> = matches.get_many::<String>("RUN").into_iter().flatten().cloned().collect();
    let runs = match (names.is_empty(), matches.get_one::<String>("filter")) {
        (false, None) => Selection::Named(names),
        (true, Some(filter)) => Selection::Matching(Filter::parse(filter)?),
        _ => return Err(Error::invalid("say which runs: either their ids, or --filter")),
    };
    let (to, project) = place("TO")?;
    Ok(Order {
        from: place("FROM")?,
        to: (to, ProjectName::parse(&project)?),
        runs,
        artifacts: artifacts(matches)?,
        conflicts: if matches.get_flag("rename") { Conflicts::Rename } else { Conflicts::Skip },
    })
}

fn artifacts(matches: &ArgMatches) -> Result<Artifacts> {
    let said = matches.get_one::<String>("artifacts").map_or("move", String::as_str);
    Artifacts::parse(said).ok_or_else(|| Error::invalid(format!("artifacts is move, copy_reference or leave, not {said}")))
}

/// Does it, to the end; what to print as text and as JSON.
async fn perform(config: Config, asked: Asked) -> Result<(String, serde_json::Value), String> {
    let db = open(&config).await?;
    let asking = call();
    let begun = db.write(move |tx| match &asked {
        Asked::Move(order) => moves::start(tx, &asking, order),
        Asked::Undo(id) => moves::undo(tx, &asking, *id),
    });
    let id = begun.await.map_err(words)?.id;
    moves::work(&db, &Clock::system()).await.map_err(words)?;
    let asking = call();
    let (done, progress, left) = db
        .read(move |reader| {
            let (done, progress) = moves::get(reader, &asking, id)?;
            let mut left = moves::items(reader, id, Some(ItemState::Skipped), None, TOLD_MAX)?.items;
            left.extend(moves::items(reader, id, Some(ItemState::Stayed), None, TOLD_MAX)?.items);
            Ok((done, progress, left))
        })
        .await
        .map_err(words)?;
    db.close().await.map_err(words)?;
    let left: Vec<(String, String)> =
        left.into_iter().map(|(_, item)| (item.old_name, item.reason.unwrap_or_default())).collect();
    let told = json!({
        "move": id, "state": done.state.as_str(), "moved": progress.moved, "skipped": progress.skipped,
        "back": progress.back, "stayed": progress.stayed, "artifacts": progress.artifacts,
        "links": progress.links,
        "left": left.iter().map(|(run, reason)| json!({ "run": run, "reason": reason })).collect::<Vec<_>>(),
    });
    let mut text = format!(
        "move {id} is {}: {} of {} runs moved, with {} versions of artifacts and {} links to others; {} came back\n",
        done.state.as_str(),
        progress.moved,
        progress.total,
        progress.artifacts,
        progress.links,
        progress.back
    );
    for (run, reason) in left {
        text.push_str(&format!("{run} was left: {reason}\n"));
    }
    Ok((text, told))
}
