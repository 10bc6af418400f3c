//! `runstead export` and `runstead import`: bundles from and to the operator's own files. The commands do the work themselves, whether
//! the server runs or not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::admin::{call, open};
use super::words;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Options, Plane};
use crate::domain::bundle::Sources;
use crate::domain::exports::{self, Wanted};
use crate::domain::history::Segments;
use crate::domain::imports::{self, ItemState, Order};
use crate::error::{Error, Result};
use crate::server;

pub(super) fn commands() -> [Command; 2] {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let export = super::with_settings(
        Command::new("export")
            .about("Write a bundle: a tar file with runs, histories, files and artifacts that another server imports"),
    )
    .arg(Arg::new("FILE").required(true).help("The file to write; - for standard output"))
    .arg(Arg::new("OF").help("TEAM, TEAM/PROJECT or TEAM/PROJECT/RUN (or a person's); everything if nothing is said"))
    .arg(json());
    let import = super::with_settings(
        Command::new("import")
            .about("Take a bundle in that a server exported; again is no harm, for what is there does not come twice"),
    )
    .arg(Arg::new("FILE").required(true).help("The bundle"))
    .arg(
        Arg::new("into")
            .long("into")
            .value_name("TEAM")
            .help("The team or person that gets all projects; else each goes to the team or person of its name"),
    )
    .arg(
        Arg::new("place")
            .long("place")
            .value_name("FROM=TO")
            .action(ArgAction::Append)
            .help("Where a project goes instead, as in red/digits=blue/numbers; may be repeated"),
    )
    .arg(Arg::new("map").long("map").value_name("FILE").help("Write the new names of the old into this file, as JSON"))
    .arg(json());
    [export, import]
}

pub(super) fn run(verb: &str, matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let name = matches.get_one::<String>("FILE").cloned().unwrap_or_default();
    let (text, told) = match verb {
        "export" => {
            let wanted = wanted(matches.get_one::<String>("OF").map(String::as_str)).map_err(words)?;
            // Opened before the command becomes whom the data belongs to, who may not write there.
            let out: Box<dyn Write> = match name.as_str() {
                "-" => Box::new(std::io::stdout()),
                name => Box::new(File::create(name).map_err(|error| format!("{name} cannot be written: {error}"))?),
            };
            super::block_on(export(config, wanted, out))?
        }
        _ => {
            let order = order(matches)?;
            let file = File::open(&name).map_err(|error| format!("{name} cannot be read: {error}"))?;
            let map = matches.get_one::<String>("map");
            let map =
                map.map(|name| File::create(name).map_err(|error| format!("{name} cannot be written: {error}"))).transpose()?;
            super::block_on(import(config, order, file, map))?
        }
    };
    match (matches.get_flag("json"), name.as_str()) {
        (_, "-") => Ok(()),
        (true, _) => super::print(&format!("{told}\n")),
        (false, _) => super::print(&text),
    }
}

fn wanted(of: Option<&str>) -> Result<Wanted> {
    let parts: Vec<String> = of.map(|of| of.split('/').map(str::to_owned).collect()).unwrap_or_default();
    match parts.as_slice() {
        [] => Ok(Wanted::Instance),
        [entity] => Ok(Wanted::Entity(entity.clone())),
        [entity, project] => Ok(Wanted::Project { entity: entity.clone(), project: project.clone() }),
        [entity, project, run] => Ok(Wanted::Run { entity: entity.clone(), project: project.clone(), run: run.clone() }),
        _ => Err(Error::invalid("say TEAM, TEAM/PROJECT or TEAM/PROJECT/RUN")),
    }
}

fn order(matches: &ArgMatches) -> Result<Order, String> {
    let mut places = BTreeMap::new();
    for place in matches.get_many::<String>("place").into_iter().flatten() {
        let (from, to) = place.split_once('=').ok_or_else(|| format!("'{place}' is no place: say FROM=TO"))?;
        places.insert(from.to_owned(), to.to_owned());
    }
    Ok(Order { into: matches.get_one::<String>("into").cloned(), places })
}

/// The data of a directory, beside the server that may work on it.
async fn sources(config: &Config) -> Result<Sources, String> {
    let db = open(config).await?;
    let options = Options { readers: 1, durable: true };
    let history = Db::open(&config.data.dir.join(Plane::History.file()), Plane::History, options).map_err(words)?;
    let blobs = server::blobs::open(config).map_err(words)?;
    Ok(Sources { db, history, segments: Segments::new(blobs.clone()), blobs })
}

async fn close(sources: Sources) -> Result<(), String> {
    sources.history.close().await.map_err(words)?;
    sources.db.close().await.map_err(words)
}

async fn export(config: Config, wanted: Wanted, mut out: Box<dyn Write>) -> Result<(String, Value), String> {
    let sources = sources(&config).await?;
    let place = server::bundles(&config);
    let (export, mut bytes) = exports::stream(&sources, &place, &Clock::system(), &call(), wanted).await.map_err(words)?;
    let mut count = 0;
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(words)?;
        count += piece.len() as u64;
        out.write_all(&piece).map_err(|error| format!("the bundle cannot be written: {error}"))?;
    }
    out.flush().map_err(|error| format!("the bundle cannot be written: {error}"))?;
    drop(bytes);
    close(sources).await?;
    let told = json!({ "of": export.title, "scope": export.scope.as_str(), "bundle": export.bundle, "bytes": count });
    Ok((format!("wrote a bundle of {} ({count} bytes)\n", export.title), told))
}

async fn import(config: Config, order: Order, file: File, map: Option<File>) -> Result<(String, Value), String> {
    let again = |file: &File| file.try_clone().map_err(|error| error.to_string());
    let head = imports::look(again(&file)?).await.map_err(words)?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let sources = sources(&config).await?;
    let place = server::bundles(&config);
    let asking = call();
    let begun = sources.db.write(move |tx| imports::start(tx, &asking, &order, &head, size, false));
    let id = begun.await.map_err(words)?.id;
    let done = imports::carry_out(&sources, &place, &Clock::system(), id, file).await.map_err(words)?;
    let asking = call();
    let (_, counts) = sources.db.read(move |db| imports::get(db, &asking, id)).await.map_err(words)?;
    let (mut names, mut skipped, mut after) = (serde_json::Map::new(), Vec::new(), None);
    loop {
        let from: Option<String> = after.take();
        let page = sources.db.read(move |db| imports::items(db, id, from.as_deref(), 500)).await.map_err(words)?;
        after = page.end_cursor().map(|cursor| cursor.as_str().to_owned()).filter(|_| page.has_next);
        for (_, item) in page.items {
            if item.state == ItemState::Skipped {
                skipped.push((item.old_name.clone(), item.reason.clone().unwrap_or_default()));
            }
            names.insert(format!("{}:{}", item.kind.as_str(), item.old_name), json!(item.new_name));
        }
        if after.is_none() {
            break;
        }
    }
    close(sources).await?;
    if let Some(mut map) = map {
        let text = serde_json::to_string_pretty(&names).map_err(|error| error.to_string())?;
        map.write_all(text.as_bytes()).map_err(|error| format!("the names cannot be written: {error}"))?;
    }
    if let Some(reason) = done.reason {
        return Err(reason);
    }
    let told = json!({
        "import": id, "of": done.title, "state": done.state.as_str(),
        "runs_imported": counts.runs_imported, "runs_known": counts.runs_known,
        "versions_imported": counts.versions_imported, "versions_known": counts.versions_known,
        "reports_imported": counts.reports_imported, "reports_known": counts.reports_known,
        "skipped": skipped.iter().map(|(name, reason)| json!({ "name": name, "reason": reason })).collect::<Vec<_>>(),
    });
    let mut text = format!(
        "imported {}: {} runs, {} versions of artifacts and {} reports came in, {}, {} and {} were there already\n",
        done.title,
        counts.runs_imported,
        counts.versions_imported,
        counts.reports_imported,
        counts.runs_known,
        counts.versions_known,
        counts.reports_known
    );
    for (name, reason) in skipped {
        text.push_str(&format!("{name} did not come in: {reason}\n"));
    }
    Ok((text, told))
}
