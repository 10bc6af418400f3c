//! `runstead health`: asks a running server whether it is ready. For containers, which have no other program to ask with.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use crate::outbound;
use crate::server::listener;

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn command() -> Command {
    let url = Arg::new("url").long("url").value_name("URL").help("Ask this server instead of the one that is configured");
    let ca = Arg::new("ca").long("ca").value_name("FILE").help("Trust the certificates in this PEM file too");
    super::with_settings(Command::new("health").about("Ask whether the server is ready; the exit code says it"))
        .arg(url)
        .arg(ca)
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = matches.get_one::<String>("url").cloned();
    let own_ca = matches.get_one::<String>("ca").map(std::path::PathBuf::from);
    // The server on this machine is known by its certificate: the address it listens on stands in no certificate.
    let shown = config.tls.filter(|_| url.is_none()).map(|tls| tls.certificate);
    let socket = listener::socket_of(&config.http.listen).filter(|_| url.is_none());
    let url = url.unwrap_or_else(|| match socket {
        Some(_) => "http://localhost".to_owned(),
        None => format!("{scheme}://{}", config.http.listen),
    });
    let answered = super::block_on(async {
        let client = match (socket, shown) {
            (Some(socket), _) => outbound::http_client_at(socket, TIMEOUT),
            (None, Some(certificate)) => outbound::http_client_for(&certificate, TIMEOUT),
            (None, None) => outbound::http_client(own_ca.as_deref(), TIMEOUT),
        };
        let client = client.map_err(super::words)?;
        let url = format!("{}/ready", url.trim_end_matches('/'));
        let answer = client.get(&url).send().await.map_err(|error| format!("{url} does not answer: {error}"))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("{url} answers {status}")),
        }
    });
    if matches.get_flag("json") {
        let why = answered.as_ref().err();
        super::print(&format!("{}\n", json!({ "ready": why.is_none(), "why": why })))?;
    } else if answered.is_ok() {
        super::print("ready\n")?;
    }
    answered
}
