//! `runstead ldap`: tries the directory step by step, syncs with it, and explains what somebody has, whether the server runs
//! or not.

mod words;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use super::admin;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Plane};
use crate::domain::directory::sync::{Asked, Outcome};
use crate::domain::directory::{Directory, Rules};
use crate::server;

pub(super) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let step = |name: &'static str, about: &'static str| {
        super::with_settings(Command::new(name).about(about)).arg(flag("json", "Print JSON"))
    };
    let user = Arg::new("user").long("user").value_name("LOGIN").help("Look this person up too, as at a sign-in");
    let login = Arg::new("login").value_name("LOGIN").required(true).help("A user name or mail address");
    Command::new("ldap")
        .about("Look at the directory that people sign in with, and sync with it")
        .subcommand_required(true)
        .subcommand(step("test", "Try every server: connect, bind, search; the exit code says whether all went well").arg(user))
        .subcommand(
            step("sync", "Make accounts and seats as the directory says, or show why nothing was done")
                .arg(flag("dry-run", "Only show what would change"))
                .arg(flag("allow-removals", "Go on though many lose something, as a dry run has shown")),
        )
        .subcommand(step("undo", "Take the last sync that changed something back"))
        .subcommand(step("explain", "Say what somebody has and gets, and by which groups").arg(login))
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    let (verb, matches) = matches.subcommand().ok_or("say what to do: test, sync, undo or explain")?;
    let (config, _) = super::load(matches)?;
    let directory = server::open_directory(&config).map_err(super::words)?;
    let directory = directory.ok_or("no directory is configured; set ldap.servers and ldap.base_dn")?;
    match verb {
        "test" => test(matches, &config, &directory),
        "sync" => sync(matches, &config, &directory),
        "undo" => undo(matches, &config, &directory),
        _ => explain(matches, &config, &directory),
    }
}

/// Prints what was found, for people or as JSON.
fn show<T: Serialize>(matches: &ArgMatches, found: &T, readable: impl FnOnce(&T) -> String) -> Result<(), String> {
    let text = match matches.get_flag("json") {
        true => serde_json::to_string_pretty(found).map_err(|error| error.to_string())? + "\n",
        false => readable(found),
    };
    super::print(&text)
}

/// Does something with the data of the server, which may run meanwhile.
fn with_data<T>(config: &Config, work: impl AsyncFnOnce(&Db) -> Result<T, String>) -> Result<T, String> {
    super::block_on(async {
        let db = admin::open(config).await?;
        let done = work(&db).await;
        db.close().await.map_err(super::words)?;
        done
    })
}

fn test(matches: &ArgMatches, config: &Config, directory: &Directory) -> Result<(), String> {
    let login = matches.get_one::<String>("user").map(String::as_str);
    let now = Clock::system().now();
    // A test comes before anything else: without data there are no rules of administrators yet, and none are made.
    let is_new = !config.data.dir.join(Plane::Control.file()).exists();
    let report = if is_new && directory.settings().rules_file.is_none() {
        let tested = async { directory.test(&Rules::default(), login, now).await.map_err(super::words) };
        super::block_on(tested)?
    } else {
        with_data(config, async |db| {
            let rules = directory.rules(db).await.map_err(super::words)?;
            directory.test(&rules, login, now).await.map_err(super::words)
        })?
    };
    show(matches, &report, words::report)?;
    if report.is_good() { Ok(()) } else { Err("the directory cannot be used as it is configured".to_owned()) }
}

fn sync(matches: &ArgMatches, config: &Config, directory: &Directory) -> Result<(), String> {
    let asked = Asked {
        by: "operator".to_owned(),
        allow_removals: matches.get_flag("allow-removals"),
        dry_run: matches.get_flag("dry-run"),
    };
    let done =
        with_data(config, async |db| directory.sync(db, &Clock::system(), &admin::call(), &asked).await.map_err(super::words))?;
    show(matches, &done, |done| words::sync(done, asked.dry_run))?;
    match done.outcome {
        Outcome::Applied | Outcome::Unchanged | Outcome::Undone => Ok(()),
        Outcome::Refused | Outcome::Failed => Err(format!("nothing was changed: {}", done.why)),
    }
}

fn undo(matches: &ArgMatches, config: &Config, directory: &Directory) -> Result<(), String> {
    let kept = with_data(config, async |db| {
        let (clock, call) = (Clock::system(), admin::call());
        let last = directory.last_applied(db).await.map_err(super::words)?;
        let last =
            last.ok_or("there is no sync to take back: none changed anything, or the last one was taken back already")?;
        directory.undo(db, &clock, &call, last).await.map_err(super::words)
    })?;
    show(matches, &kept, |kept| words::undone(kept))
}

fn explain(matches: &ArgMatches, config: &Config, directory: &Directory) -> Result<(), String> {
    let login = matches.get_one::<String>("login").map_or("", String::as_str);
    let found = with_data(config, async |db| directory.explain(db, &admin::call(), login).await.map_err(super::words))?;
    show(matches, &found, words::explanation)
}
