//! `runstead health`: asks a running server whether it is ready. For containers, which have no other program to ask with.

use std::time::Duration;

use clap::{Arg, ArgMatches, Command};

use crate::outbound;

pub(super) fn command() -> Command {
    let url = Arg::new("url").long("url").value_name("URL").help("Ask this server instead of the one that is configured");
    let ca = Arg::new("ca").long("ca").value_name("FILE").help("Trust the certificates in this PEM file too");
    super::with_settings(Command::new("health").about("Ask whether the server is ready; the exit code says it"))
        .arg(url)
        .arg(ca)
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let url = matches.get_one::<String>("url").cloned().unwrap_or_else(|| format!("http://{}", config.http.listen));
    let own_ca = matches.get_one::<String>("ca").map(std::path::PathBuf::from);
    super::block_on(async {
        let client = outbound::http_client(own_ca.as_deref(), Duration::from_secs(5)).map_err(|error| error.cause())?;
        let url = format!("{}/ready", url.trim_end_matches('/'));
        let answer = client.get(&url).send().await.map_err(|error| format!("{url} does not answer: {error}"))?;
        match answer.status() {
            status if status.is_success() => super::print("ready\n"),
            status => Err(format!("{url} answers {status}")),
        }
    })
}
