//! `runstead serve`.

use clap::ArgMatches;
use tokio::signal::unix::{SignalKind, signal};

use crate::server::{Server, log};

pub(super) fn serve(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    log::start(&config.log)?;
    actix_web::rt::System::new().block_on(async {
        let server = Server::bind(config).await.map_err(|error| error.cause())?;
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        server.run_until(stop).await.map_err(|error| error.cause())
    })
}
