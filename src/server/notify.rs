//! What the service manager is told (systemd's `Type=notify`); without one these do nothing.

use std::time::Duration;

use actix_web::web::Data;
use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::api::App;

/// The server answers requests now.
pub(super) fn ready() {
    tell(NotifyState::Ready);
}

/// It will stop.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Says again and again that the server lives, as often as the manager wants to hear it, if it does: as long as both
/// databases take a write. One that hangs is restarted.
pub(super) fn watchdog(app: &Data<App>) -> Option<JoinHandle<()>> {
    let patience = sd_notify::watchdog_enabled()?;
    let app = app.clone();
    Some(tokio::spawn(async move {
        loop {
            match tokio::try_join!(app.db.write(|_| Ok(())), app.history.write(|_| Ok(()))) {
                Ok(_) => tell(NotifyState::Watchdog),
                Err(error) => tracing::error!(cause = error.cause(), "the databases take no writes; the watchdog is not fed"),
            }
            tokio::time::sleep((patience / 3).max(Duration::from_millis(100))).await;
        }
    }))
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be told how the server is");
    }
}
