//! `runstead audit verify`: whether the audit log is as it was written.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::words;
use crate::domain::audit::{self, Checked, Told};

pub(super) fn command() -> Command {
    Command::new("audit").about("Look after the audit log").subcommand_required(true).subcommand(
        super::with_settings(
            Command::new("verify")
                .about("Say whether every entry of the audit log is as it was written, or which is the first that is not")
                .long_about(
                    "Goes through the chain that holds the entries together: each has a digest of itself and of the one before it. Who can \
                     write the database could make all digests anew; a copy of the log that was told elsewhere (audit.file, audit.syslog, \
                     or the lines that its page gives) shows that as well: give it with --against. Works whether the server runs or not. \
                     Exit code 0: it is as it was written; 1: it is not.",
                ),
        )
        .arg(Arg::new("against").long("against").value_name("FILE").help("Compare with the lines that were told elsewhere"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON")),
    )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("verify", inner)) => verify(inner),
        _ => Err("say what to do: verify".to_owned()),
    }
}

fn verify(matches: &ArgMatches) -> Result<(), String> {
    let config = super::upgrade::with_data(matches)?;
    let told = match matches.get_one::<String>("against") {
        Some(path) => {
            let file = File::open(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
            audit::told(BufReader::new(file).lines()).map_err(|error| format!("{path}: {error}"))?
        }
        None => Told::new(),
    };
    let compared = told.len();
    let checked = super::block_on(async {
        let db = super::admin::open(&config).await?;
        let checked = db.read(move |reader| audit::verify(reader, &told)).await.map_err(words)?;
        db.close().await.map_err(words)?;
        Ok(checked)
    })?;
    if matches.get_flag("json") {
        super::print(&format!("{}\n", serde_json::json!(checked)))?;
    } else if checked.broken.is_none() {
        super::print(&readable(&checked, compared))?;
    }
    match checked.broken {
        None => Ok(()),
        Some(broken) => Err(format!("the audit log is not as it was written: entry {}: {}", broken.entry, broken.why)),
    }
}

fn readable(checked: &Checked, compared: usize) -> String {
    let Checked { entries, begins_after, last_entry, last_digest, as_told, forgotten, .. } = checked;
    let mut text =
        format!("the audit log is as it was written: {entries} entries, the last is {last_entry} with digest {last_digest}\n");
    if let Some(before) = begins_after {
        text.push_str(&format!("entries up to {before} were given up (audit.keep_days)\n"));
    }
    if *forgotten > 0 {
        text.push_str(&format!("in {forgotten} of them a name was forgotten, as later entries say\n"));
    }
    if compared > 0 {
        text.push_str(&format!(
            "{as_told} of {compared} entries that were told elsewhere are kept, and are as they were told\n"
        ));
    }
    text
}
