//! What the server does by itself: name, period, call.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::task::JoinHandle;

use super::{Certificate, acme, audit, backups};
use crate::api::App;
use crate::api::jobs::Outcome;
use crate::config::Config;
use crate::disk::Level;
use crate::domain::accounts::sessions;
use crate::domain::audit as entries;
use crate::domain::directory::sync::Asked;
use crate::domain::invitations::letters;
use crate::domain::{
    Call, alerts, exports, files, history, imports, moves, notifications, organizations, purge, runs, stream, summaries,
};
use crate::error::{Error, Result};
use crate::policy::Actor;

pub(super) fn start(app: &Data<App>, config: &Config) -> Vec<JoinHandle<()>> {
    let seconds = Duration::from_secs;
    let heartbeat_timeout = config.heartbeat_timeout;
    let backup = config.clone();
    let notifications_keep = config.notifications_keep;
    let check = (heartbeat_timeout / 4).clamp(seconds(1), seconds(15));
    let outputs = audit::outputs(&config.audit);
    let told =
        (!outputs.is_empty()).then(|| every("audit outputs", seconds(10), app, move |app| audit::tell(app, outputs.clone())));
    let kept = config.audit.keep.map(|keep| every("audit log", seconds(86_400), app, move |app| give_up_entries(app, keep)));
    let always = vec![
        every("heartbeats", seconds(1), app, |app| async move { app.heartbeats.flush(&app.db).await }),
        // While the server was down nobody could be heard: silence counts from its start.
        every_after("silent runs", heartbeat_timeout, check, app, move |app| async move {
            let now = app.clock.now();
            // What is only in memory must not look like silence.
            app.heartbeats.flush(&app.db).await?;
            stream::end_silent(&app.db, &app.history, now, heartbeat_timeout).await
        }),
        every("streamed summaries", seconds(1), app, |app| async move {
            summaries::bring_all(&app.db, &app.history, app.clock.now()).await
        }),
        every("alerts", seconds(1), app, judge_alerts),
        // Rung when a rule fires; by itself it finds what is tried again.
        every(
            "messages of alerts",
            seconds(2),
            app,
            |app| async move { alerts::deliver(&app.db, &app.channels, &app.clock).await },
        ),
        // Rung when somebody is asked.
        every("invitations by mail", seconds(2), app, |app| async move {
            letters::deliver(&app.db, app.post.as_ref(), &app.clock).await
        }),
        every("mail of notifications", seconds(5), app, |app| async move {
            notifications::deliver(&app.db, app.channels.mail.as_ref(), &app.public_url, &app.clock).await
        }),
        every("old notifications", seconds(3600), app, move |app| async move {
            notifications::sweep(&app.db, app.clock.now(), notifications_keep).await
        }),
        every("summaries of earlier versions", seconds(60), app, |app| async move {
            let mut count = 0;
            loop {
                match app.db.write(runs::index_summaries).await? {
                    0 => return Ok(count),
                    some => count += some,
                }
            }
        }),
        every("configs of older runs", seconds(60), app, |app| async move {
            let mut count = 0;
            loop {
                match app.db.write(runs::digest_configs).await? {
                    0 => return Ok(count),
                    some => count += some,
                }
            }
        }),
        every("expired sessions", seconds(600), app, |app| async move {
            let now = app.clock.now();
            app.db.write(move |tx| sessions::forget_expired(tx, now)).await
        }),
        every("disk", seconds(2), app, |app| async move { app.disk.tell() }),
        every(
            "deleted runs",
            seconds(10),
            app,
            |app| async move { purge::purge(&app.db, &app.history, app.clock.now()).await },
        ),
        every("long histories", seconds(5), app, |app| async move {
            // A file more before the rows it replaces are gone: not on a full disk.
            if app.disk.level() >= Level::ReadOnly {
                return Ok(0);
            }
            history::seal(&app.history, &app.segments, app.clock.now()).await
        }),
        // One after the other: each takes the one right to delete blobs, so side by side one could always find it taken.
        every("unused blobs", seconds(30), app, |app| async move {
            let files = files::collect_garbage(&app.db, &app.blobs, app.clock.now()).await;
            let segments = history::collect(&app.history, &app.segments, app.clock.now()).await?;
            Ok(files? + segments)
        }),
        every("storage", seconds(600), app, |app| async move { app.measure_storage().await }),
        every("backups", seconds(300), app, move |app| back_up(app, backup.clone())),
        every("seats", seconds(3600), app, |app| async move {
            let now = app.clock.now();
            app.db.write(move |tx| organizations::licence::note_seats(tx, now)).await
        }),
        // Rung when a move is asked for; by itself it finds what the operator asked for, and what a crash ended.
        every("moves", seconds(10), app, |app| async move { moves::work(&app.db, &app.clock).await }),
        // Rung as well. Two, so that a small bundle need not wait for one that takes hours.
        every("exports", seconds(10), app, write_bundles),
        every("more exports", seconds(10), app, write_bundles),
        every("imports", seconds(10), app, |app| async move { imports::work(&app.sources(), &app.exports, &app.clock).await }),
        every("old exports", seconds(300), app, |app| async move {
            let exports = exports::sweep(&app.db, &app.exports, &app.clock).await?;
            Ok(exports + imports::sweep(&app.db, &app.exports).await?)
        }),
    ];
    always.into_iter().chain(told).chain(kept).collect()
}

/// Judges what runs logged by the rules of their projects.
async fn judge_alerts(app: Data<App>) -> Result<usize> {
    // Another server may have made rules.
    app.watched.refresh(&app.db).await?;
    let fired = alerts::judge(&app.db, &app.history, &app.segments, app.clock.now()).await?;
    if fired > 0 {
        app.jobs.named("messages of alerts")?.ring();
    }
    Ok(fired)
}

/// Writes the bundles that were asked for.
async fn write_bundles(app: Data<App>) -> Result<usize> {
    exports::work(&app.sources(), &app.exports, &app.clock).await
}

/// Gives up the entries of the audit log that are older than they are kept.
async fn give_up_entries(app: Data<App>, keep: Duration) -> Result<usize> {
    let call =
        Call { actor: Actor::operator(), now: app.clock.now(), address: None, cause: Some("audit.keep_days".to_owned()) };
    let mut count = 0;
    loop {
        let asked = call.clone();
        match app.db.write(move |tx| entries::give_up(tx, &asked, keep)).await? {
            0 => return Ok(count),
            some => count += some,
        }
    }
}

/// Makes a backup if one is due.
async fn back_up(app: Data<App>, config: Config) -> Result<usize> {
    let now = app.clock.now();
    let is_asked = app.jobs.named("backups")?.answer_bell();
    let made = tokio::task::spawn_blocking(move || match is_asked || backups::is_due(&config, now)? {
        true => backups::make(&config, now).map(Some),
        false => Ok(None),
    });
    let Some(made) = made.await.map_err(Error::internal)?? else { return Ok(0) };
    tracing::info!(bytes = made.size_bytes, copied = made.copied_bytes, "made the backup {}", made.name);
    if made.missing > 0 {
        tracing::error!("the backup {} lacks {} files that the data directory itself has lost", made.name, made.missing);
    }
    Ok(1)
}

/// Syncs with the directory by its schedule; what goes wrong with one sync is told by the sync itself.
pub(super) fn sync_directory(app: &Data<App>) -> Option<JoinHandle<()>> {
    let period = app.directory().filter(|directory| directory.settings().enabled)?.settings().sync.every?;
    // Not in the first moments, in which everything starts.
    let delay = Duration::from_secs(10).min(period);
    let when = When { delay, period, spread: (period / 10).min(Duration::from_secs(300)) };
    Some(every_when("directory", when, app, move |app| {
        async move {
            // Its settings may have been read again.
            let Some(directory) = app.directory().filter(|directory| directory.settings().enabled) else { return Ok(0) };
            if directory.is_paused(&app.db).await? {
                return Ok(0);
            }
            let call = Call { actor: Actor::operator(), now: app.clock.now(), address: None, cause: None };
            match directory.sync(&app.db, &app.clock, &call, &Asked::by_schedule()).await {
                Ok(sync) => {
                    app.monitor.synced(&sync);
                    Ok(sync.changes.len())
                }
                // Somebody runs one by hand right now.
                Err(Error::Conflict(why)) => {
                    tracing::info!("no sync with the directory by schedule: {why}");
                    Ok(0)
                }
                Err(error) => Err(error),
            }
        }
    }))
}

/// Gets the certificate from an authority, if one is configured, and again in time. Tried each hour: authorities bound how often
/// they are asked in vain.
pub(super) fn renew_certificate(app: &Data<App>, config: &Config, certificate: &Arc<Certificate>) -> Option<JoinHandle<()>> {
    let order = Arc::new(acme::Order::of(config, Arc::clone(certificate))?);
    Some(every("certificate", Duration::from_secs(3600), app, move |app| {
        let order = Arc::clone(&order);
        async move { order.renew(app.clock.now()).await }
    }))
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
fn every<T: Outcome, F>(
    name: &'static str,
    period: Duration,
    app: &Data<App>,
    work: impl Fn(Data<App>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<T>> + Send,
{
    every_after(name, Duration::ZERO, period, app, work)
}

/// As [`every`], for the first time after `delay`.
fn every_after<T: Outcome, F>(
    name: &'static str,
    delay: Duration,
    period: Duration,
    app: &Data<App>,
    work: impl Fn(Data<App>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<T>> + Send,
{
    every_when(name, When { delay, period, spread: Duration::ZERO }, app, work)
}

/// When something is done: first after `delay`, then each time `period` after the last turn ended, and by chance up to `spread`
/// later.
struct When {
    delay: Duration,
    period: Duration,
    spread: Duration,
}

fn every_when<T: Outcome, F>(
    name: &'static str,
    When { delay, period, spread }: When,
    app: &Data<App>,
    work: impl Fn(Data<App>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<T>> + Send,
{
    let app = app.clone();
    let job = app.jobs.add(name, period, spread, app.clock.now().plus(delay));
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        loop {
            job.begins(app.clock.now());
            let result = work(app.clone()).await.map(Outcome::count);
            if let Err(error) = &result {
                tracing::error!(job = name, cause = error.cause(), "the job \"{name}\" failed: {}", error.cause());
            }
            job.ends(app.clock.now(), &result);
            job.due().await;
        }
    })
}
