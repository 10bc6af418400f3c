//! `runstead ldap test`: tries the directory step by step, whether the server runs or not.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::domain::directory::Report;
use crate::server;

pub(super) fn command() -> Command {
    let user = Arg::new("user").long("user").value_name("LOGIN").help("Look this person up too, as at a sign-in");
    let as_json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let test = Command::new("test").about("Try every server: connect, bind, search; the exit code says whether all went well");
    Command::new("ldap")
        .about("Look at the directory that people sign in with")
        .subcommand_required(true)
        .subcommand(super::with_settings(test).arg(user).arg(as_json))
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("test", inner)) => test(inner),
        _ => Err("say what to do: test".to_owned()),
    }
}

fn test(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let directory = server::open_directory(&config).map_err(super::words)?;
    let directory = directory.ok_or("no directory is configured; set ldap.servers and ldap.base_dn")?;
    let login = matches.get_one::<String>("user").map(String::as_str);
    let report = super::block_on(async { Ok(directory.test(login).await) })?;
    let text = if matches.get_flag("json") {
        serde_json::to_string_pretty(&report).map_err(|error| error.to_string())? + "\n"
    } else {
        readable(&report)
    };
    super::print(&text)?;
    if report.is_good() { Ok(()) } else { Err("the directory cannot be used as it is configured".to_owned()) }
}

fn readable(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes any text");
    for step in &report.steps {
        let mark = if step.good { "ok" } else { "FAILED" };
        line(format!("{}  {:<8} {mark:<7} {}", step.server, step.step, step.outcome));
    }
    if let Some(person) = &report.person {
        line(format!("id        {}\nuser name {}", person.id, person.username));
        line(format!("name      {}", person.name.as_deref().unwrap_or("(none)")));
        line(format!("mail      {}", person.email.as_deref().unwrap_or("(none)")));
        for group in &person.groups {
            line(format!("group     {group}"));
        }
    }
    out
}
