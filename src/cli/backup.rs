//! `runstead backup create`, `verify` and `restore`. They work on the files themselves, whether the server runs or not.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::{owner, words};
use crate::blob::BlobKey;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::domain::backup::{self, Destination, Listed, Manifest, Place, Source};
use crate::server;

pub(super) fn command() -> Command {
    let as_json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let place = |help: &'static str| Arg::new("place").value_name("PLACE").required(true).help(help);
    Command::new("backup")
        .about("Back up everything while the server runs, check a backup, restore one")
        .subcommand_required(true)
        .subcommand(
            super::with_settings(Command::new("create").about("Back up the databases and all files, to one moment"))
                .arg(place("A folder, or a bucket as in s3://bucket/prefix, where later backups copy only what is new; or - for a tar on standard output"))
                .arg(as_json()),
        )
        .subcommand(
            super::with_settings(Command::new("run").about(
                "Make a backup as the server does by itself: in a folder of its own below backup.to, then give up old ones",
            ))
            .arg(as_json()),
        )
        .subcommand(
            super::with_settings(Command::new("list").about("List the backups below backup.to, or below another folder or bucket"))
                .arg(Arg::new("place").value_name("PLACE").help("The folder, or s3://bucket/prefix"))
                .arg(as_json()),
        )
        .subcommand(
            super::with_settings(Command::new("verify").about("Read every byte of a backup"))
                .arg(place("The backup's folder, or s3://bucket/prefix"))
                .arg(as_json()),
        )
        .subcommand(
            super::with_settings(Command::new("restore").about("Restore a backup into an empty data directory"))
                .arg(place("The backup's folder, or s3://bucket/prefix"))
                .arg(as_json()),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("create", inner)) => create(inner),
        Some(("run", inner)) => run_now(inner),
        Some(("list", inner)) => list(inner),
        Some(("verify", inner)) => verify(inner),
        Some(("restore", inner)) => restore(inner),
        _ => Err("say what to do: create, run, list, verify or restore".to_owned()),
    }
}

/// Where answers of a bucket arrive while the command's own thread waits for them.
fn waiting_room() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|error| error.to_string())
}

fn place(matches: &ArgMatches) -> String {
    matches.get_one::<String>("place").cloned().unwrap_or_default()
}

fn create(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let place = place(matches);
    let watch = Stopwatch::start();
    let is_stream = place == "-";
    let runtime = waiting_room()?;
    let _entered = runtime.enter();
    let bucket = if config.bucket.is_some() { Some(server::blobs::open(&config).map_err(words)?) } else { None };
    let source = Source { data: &config.data.dir, bucket: bucket.as_ref(), settings: &config.text };
    let mut out = std::io::stdout();
    let place = if is_stream { None } else { Some(server::backups::place(&config, &place).map_err(words)?) };
    let to = match &place {
        None => Destination::Stream(&mut out),
        Some(Place::Folder(path)) => Destination::Folder(path),
        Some(Place::Bucket(depot)) => Destination::Bucket(depot),
    };
    let done = backup::create(&source, to, Clock::system().now()).map_err(words)?;
    let (files, bytes, copied) = (done.manifest.blobs.len(), done.manifest.bytes(), done.copied_bytes);
    let text = if matches.get_flag("json") {
        let seconds = watch.elapsed().as_secs_f64();
        let (at, missing) = (&done.manifest.created_at, &done.manifest.missing);
        let told = json!({ "created_at": at, "files": files, "bytes": bytes, "copied_bytes": copied, "seconds": seconds, "missing": missing });
        format!("{told}\n")
    } else {
        format!("backed up both databases and {files} files: {bytes} bytes, {copied} of them copied now\n")
    };
    if is_stream {
        use std::io::Write as _;
        // Standard output is the backup; a reader who closed standard error wants no words.
        let _ = std::io::stderr().write_all(text.as_bytes());
    } else {
        super::print(&text)?;
    }
    match done.manifest.missing.len() {
        0 => Ok(()),
        count => Err(format!(
            "the backup was made, but the data directory itself lacks the bytes of {count} files (\"missing\" in the manifest names them)"
        )),
    }
}

fn run_now(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    // The server itself gives these backups up later.
    owner::become_owner(&config.data.dir)?;
    let runtime = waiting_room()?;
    let _entered = runtime.enter();
    let made = server::backups::make(&config, Clock::system().now()).map_err(words)?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!(made)));
    }
    let gone = if made.given_up.is_empty() { String::new() } else { format!("; given up: {}", made.given_up.join(", ")) };
    super::print(&format!(
        "backed up to {}: {} bytes, {} of them copied now{gone}\n",
        made.name, made.size_bytes, made.copied_bytes
    ))
}

fn list(matches: &ArgMatches) -> Result<(), String> {
    use std::fmt::Write as _;
    let (config, _) = super::load(matches)?;
    let place = matches.get_one::<String>("place").cloned().unwrap_or_else(|| config.backup.to.clone());
    if place.is_empty() {
        return Err("backup.to is empty: name the folder or the bucket whose backups you want to see".to_owned());
    }
    let runtime = waiting_room()?;
    let _entered = runtime.enter();
    let found = backup::list(&server::backups::place(&config, &place).map_err(words)?).map_err(words)?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!(found)));
    }
    let mut out = String::new();
    for Listed { name, created_at, files, size_bytes, verified, .. } in found {
        let checked = match verified {
            None => "never verified".to_owned(),
            Some(found) if found.good => format!("good at {}", found.at),
            Some(found) => format!("DAMAGED at {}: {}", found.at, found.damage.join("; ")),
        };
        writeln!(out, "{name}  {created_at}  {files} files  {size_bytes} bytes  {checked}").expect("a String takes any text");
    }
    super::print(&out)
}

fn verify(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let runtime = waiting_room()?;
    let _entered = runtime.enter();
    let place = server::backups::place(&config, &place(matches)).map_err(words)?;
    let found = backup::verify(&place, &server::backups::scratch(&config)).map_err(words)?;
    // A backup that may not be written to is as good; then nothing is noted beside it.
    let _ = backup::note(&place, &found, Clock::system().now());
    let (files, bytes) = (found.manifest.blobs.len(), found.manifest.bytes());
    if matches.get_flag("json") {
        let (at, is_good) = (&found.manifest.created_at, found.damage.is_empty());
        let told = json!({ "good": is_good, "created_at": at, "files": files, "bytes": bytes, "damage": &found.damage });
        super::print(&format!("{told}\n"))?;
    } else if found.damage.is_empty() {
        let at = &found.manifest.created_at;
        super::print(&format!("good: the backup of {at} with both databases and {files} files, {bytes} bytes\n"))?;
    }
    if found.damage.is_empty() {
        return Ok(());
    }
    Err(format!("the backup is damaged:\n  {}", found.damage.join("\n  ")))
}

/// Moves restored files on to where this server keeps them.
fn fill_bucket(config: &Config, manifest: &Manifest) -> Result<(), String> {
    let bucket = server::blobs::open(config).map_err(words)?;
    for key in manifest.blobs.keys() {
        let path = config.data.dir.join("blobs").join(key);
        let mut file = std::fs::File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        bucket.wait(bucket.adopt(&BlobKey::stored(key.clone()), &mut file)).map_err(words)?;
        std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn restore(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let runtime = waiting_room()?;
    let _entered = runtime.enter();
    let place = server::backups::place(&config, &place(matches)).map_err(words)?;
    let user = owner::of(&config.data.dir);
    let manifest = backup::restore(&place, &config.data.dir).map_err(words)?;
    if config.bucket.is_some() {
        fill_bucket(&config, &manifest)?;
    }
    owner::give_all(&config.data.dir, user)?;
    let (at, files, bytes) = (&manifest.created_at, manifest.blobs.len(), manifest.bytes());
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!({ "created_at": at, "files": files, "bytes": bytes })));
    }
    let dir = config.data.dir.display();
    super::print(&format!("restored the backup of {at} with {files} files, {bytes} bytes, to {dir}\n"))
}
