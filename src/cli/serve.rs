//! `runstead serve`.

use std::path::Path;
use std::sync::Arc;

use clap::ArgMatches;
use tokio::signal::unix::{SignalKind, signal};

use super::bootstrap;
use crate::api::App;
use crate::config::{Config, Entry};
use crate::server::log::Level;
use crate::server::{Certificate, Server, log, open_directory};

pub(super) fn serve(matches: &ArgMatches) -> Result<(), String> {
    let (mut config, entries) = super::load(matches)?;
    super::owner::require_owner(&config.data.dir)?;
    config.recovery = matches.get_flag("recovery");
    let level = log::start(&config.log)?;
    if let Some(file) = matches.get_one::<String>("bootstrap") {
        bootstrap::apply_and_log(&config, Path::new(file))?;
    }
    actix_web::rt::System::new().block_on(async {
        let server = Server::bind(config).await.map_err(super::words)?;
        let (certificate, app) = (server.certificate(), server.app());
        let listen = |kind: SignalKind| signal(kind).map_err(|error| error.to_string());
        let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let mut hang_up = listen(SignalKind::hangup())?;
        let stop = async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    _ = hang_up.recv() => reload(matches, &entries, &level, certificate.as_ref(), &app),
                }
            }
        };
        server.run_until(stop).await.map_err(super::words)
    })
}

/// Reads the configuration again (SIGHUP): takes the log's level and whether it has all requests, a renewed certificate and the settings of the directory, and names
/// what else has changed since the start. A configuration with mistakes changes nothing.
fn reload(matches: &ArgMatches, started: &[Entry], level: &Level, certificate: Option<&Arc<Certificate>>, app: &App) {
    let (config, entries) = match super::load(matches) {
        Ok(loaded) => loaded,
        Err(mistakes) => return tracing::error!("nothing is reloaded: {mistakes}"),
    };
    if let Err(why) = level.set(&config.log) {
        tracing::error!("the log level stays: {why}");
    }
    if let Some(certificate) = certificate {
        certificate.refresh_and_tell();
    }
    let directory = reload_directory(&config, app);
    let changed = entries.iter().zip(started).filter(|(now, then)| now.value != then.value).map(|(now, _)| now.setting.key);
    let is_taken = |key: &str| {
        key == "log.level" || key == "log.requests" || directory && key.starts_with("ldap.") && key != "ldap.sync_minutes"
    };
    let waiting: Vec<&str> = changed.filter(|key| !is_taken(key)).collect();
    if waiting.is_empty() {
        tracing::info!("reloaded");
    } else {
        tracing::warn!("reloaded; a restart is needed for {}", waiting.join(", "));
    }
}

/// Takes the settings of the directory, if people sign in with one and go on to; whether it did. Whether there is one at all is
/// decided at the start: its syncs begin there.
fn reload_directory(config: &Config, app: &App) -> bool {
    if app.directory().is_none_or(|directory| !directory.settings().enabled) {
        return false;
    }
    match open_directory(config) {
        Ok(Some(directory)) if directory.settings().enabled => {
            app.set_directory(directory);
            true
        }
        Ok(_) => false,
        Err(error) => {
            tracing::error!("the settings of the directory stay: {}", error.cause());
            false
        }
    }
}
