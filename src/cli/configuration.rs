//! `runstead config check`, `config show`, `config init` and `config sample`.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::recipe;
use crate::config;

pub(super) fn command() -> Command {
    let as_json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    Command::new("config")
        .about("Look at the configuration")
        .subcommand_required(true)
        .subcommand(
            super::with_settings(Command::new("check").about("Say everything that is wrong with it, and start nothing"))
                .arg(as_json()),
        )
        .subcommand(
            super::with_settings(Command::new("show").about("Print every setting, its value and where that comes from"))
                .arg(as_json()),
        )
        .subcommand(
            Command::new("init")
                .about("Write such a file, for its owner and group alone; one that is there stays")
                .arg(Arg::new("path").value_name("FILE").default_value("/etc/runstead/runstead.toml").help("Where to"))
                .arg(as_json()),
        )
        .subcommand(recipe::command().arg(as_json()))
        .subcommand(Command::new("sample").about("Print a file with every setting, its meaning and its default"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("check", inner)) => check(inner),
        Some(("show", inner)) => show(inner),
        Some(("init", inner)) => init(inner),
        Some(("proxy", inner)) => recipe::print(inner),
        Some(("sample", _)) => super::print(&config::sample()),
        _ => Err("say what to do: check, show, init, proxy or sample".to_owned()),
    }
}

/// As JSON the mistakes are on standard output too: who asks for it reads nothing else.
fn check(matches: &ArgMatches) -> Result<(), String> {
    let found = super::read(matches);
    let mistakes = found.as_ref().err().cloned().unwrap_or_default();
    if matches.get_flag("json") {
        super::print(&format!("{}\n", json!({ "good": mistakes.is_empty(), "mistakes": mistakes })))?;
    } else if mistakes.is_empty() {
        super::print("the configuration is good\n")?;
    }
    found.map(drop).map_err(super::unusable)
}

fn init(matches: &ArgMatches) -> Result<(), String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = matches.get_one::<String>("path").cloned().unwrap_or_default();
    let opened = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o640).open(&path);
    let written = opened.and_then(|mut file| file.write_all(config::sample().as_bytes()));
    written.map_err(|error| format!("{path} cannot be written: {error}"))?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!({ "written": path })));
    }
    super::print(&format!(
        "wrote {path}: every setting with its default; change what you need, then \"runstead config check\"\n"
    ))
}

fn show(matches: &ArgMatches) -> Result<(), String> {
    let (_, entries) = super::load(matches)?;
    if matches.get_flag("json") {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "key": entry.setting.key, "value": entry.value, "origin": entry.origin.to_string() }))
            .collect();
        return super::print(&format!("{}\n", json!(entries)));
    }
    let mut out = String::new();
    for entry in entries {
        writeln!(out, "{:<34} {:<28} {}", entry.setting.key, entry.value, entry.origin).expect("a String takes any text");
    }
    super::print(&out)
}
