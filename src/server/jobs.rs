//! What the server does by itself: name, period, call.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::task::JoinHandle;

use super::Certificate;
use crate::api::App;
use crate::domain::accounts::sessions;
use crate::domain::{files, history, purge, runs};
use crate::error::Result;

pub(super) fn start(app: &Data<App>, heartbeat_timeout: Duration) -> Vec<JoinHandle<()>> {
    let seconds = Duration::from_secs;
    let check = (heartbeat_timeout / 4).clamp(seconds(1), seconds(15));
    vec![
        every("heartbeats", seconds(1), app, |app| async move { app.heartbeats.flush(&app.db).await }),
        // While the server was down nobody could be heard: silence counts from its start.
        every_after("silent runs", heartbeat_timeout, check, app, move |app| async move {
            let now = app.clock.now();
            // What is only in memory must not look like silence.
            app.heartbeats.flush(&app.db).await?;
            let ended = app.db.write(move |tx| runs::end_silent(tx, now, heartbeat_timeout)).await?;
            if ended.is_empty() {
                return Ok(());
            }
            app.history.write(move |tx| ended.iter().try_for_each(|run| history::ended(tx, *run))).await
        }),
        every("deleted runs", seconds(10), app, |app| async move {
            purge::purge(&app.db, &app.history, app.clock.now()).await.map(|_| ())
        }),
        every("expired sessions", seconds(600), app, |app| async move {
            let now = app.clock.now();
            app.db.write(move |tx| sessions::forget_expired(tx, now)).await
        }),
        every("long histories", seconds(5), app, |app| async move {
            history::seal(&app.history, &app.segments, app.clock.now()).await.map(|_| ())
        }),
        // One after the other: each takes the one right to delete blobs, so side by side one could always find it taken.
        every("unused blobs", seconds(30), app, |app| async move {
            let files = files::collect_garbage(&app.db, &app.blobs, app.clock.now()).await;
            history::collect(&app.history, &app.segments, app.clock.now()).await?;
            files.map(|_| ())
        }),
    ]
}

/// Takes a renewed certificate within a minute.
pub(super) fn refresh_certificate(certificate: Arc<Certificate>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            certificate.refresh_and_tell();
        }
    })
}

/// Calls `work` again and again; a failure is logged and tried again at the next turn.
fn every<F>(
    name: &'static str,
    period: Duration,
    app: &Data<App>,
    work: impl Fn(Data<App>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<()>> + Send,
{
    every_after(name, Duration::ZERO, period, app, work)
}

/// As [`every`], for the first time after `delay`.
fn every_after<F>(
    name: &'static str,
    delay: Duration,
    period: Duration,
    app: &Data<App>,
    work: impl Fn(Data<App>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<()>> + Send,
{
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = work(app.clone()).await {
                tracing::error!(job = name, cause = error.cause(), "the job \"{name}\" failed: {}", error.cause());
            }
        }
    })
}
