//! Forgets secrets that were shown and answers that were kept, and frees what deleted runs, reports, projects and teams leave behind once their time in the trash
//! is over. Ends what is over of artifacts, and frees that too. Each step may be repeated.

use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::domain::{
    alerts, artifacts, discussions, files, history, notifications, projects, repeats, reports, runs, service_accounts, teams,
};
use crate::error::Result;
use crate::id::ProjectId;

/// Deleted runs, projects or teams that one call frees at most.
const BATCH: i64 = 50;

/// Frees some deleted runs and versions of artifacts; returns how many.
pub async fn purge(db: &Db, streams: &Db, now: Timestamp) -> Result<usize> {
    db.write(move |tx| {
        service_accounts::forget_stale(tx, now)?;
        repeats::forget_stale(tx, now)
    })
    .await?;
    give_up_teams(db, now).await?;
    give_up_projects(db, now).await?;
    let ids = db.read(move |reader| runs::trash::to_purge(reader, now, BATCH)).await?;
    let count = ids.len();
    for id in ids {
        // Streams lie in a database of their own: what is freed must be beyond restoring before the first of it goes.
        if !db.write(move |tx| runs::trash::give_up(tx, id, now)).await? {
            continue;
        }
        streams.write(move |tx| history::delete(tx, id)).await?;
        db.write(move |tx| {
            files::delete_of_run(tx, id, now)?;
            alerts::forget_run(tx, id)?;
            runs::trash::set_purged(tx, id, now)
        })
        .await?;
    }
    let count = count + db.write(move |tx| free_reports(tx, now)).await?;
    artifacts::expire(db, now).await?;
    Ok(count + artifacts::free_deleted(db, now).await?)
}

/// Reports go with what was said and told about them.
fn free_reports(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let freed = reports::trash::free(tx, now, BATCH)?;
    for id in &freed {
        notifications::forget_report(tx, *id)?;
        discussions::forget_report(tx, *id)?;
    }
    Ok(freed.len())
}

/// A team goes with its projects; once those are freed, its name is.
async fn give_up_teams(db: &Db, now: Timestamp) -> Result<()> {
    for id in db.read(move |reader| teams::trash::to_purge(reader, now, BATCH)).await? {
        db.write(move |tx| {
            if !teams::trash::give_up(tx, id, now)? {
                return Ok(());
            }
            projects::trash::give_up_all(tx, id, now)?;
            if projects::trash::any_left(tx, id)? {
                return Ok(());
            }
            alerts::forget_entity(tx, id)?;
            teams::trash::set_purged(tx, id, now)
        })
        .await?;
    }
    Ok(())
}

/// A project goes with its runs, artifacts and reports; once those are freed, its name is.
async fn give_up_projects(db: &Db, now: Timestamp) -> Result<()> {
    for id in db.read(move |reader| projects::trash::to_purge(reader, now, BATCH)).await? {
        if !db.write(move |tx| projects::trash::give_up(tx, id, now)).await? {
            continue;
        }
        while !db.write(move |tx| runs::trash::give_up_of(tx, id, now)).await? {}
        while !db.write(move |tx| artifacts::purge::give_up(tx, id, now)).await? {}
        db.write(move |tx| {
            reports::trash::give_up_of(tx, id, now)?;
            end_project(tx, id, now)
        })
        .await?;
    }
    Ok(())
}

fn end_project(tx: &Tx<'_>, id: ProjectId, now: Timestamp) -> Result<()> {
    if runs::trash::any_left(tx, id)? {
        return Ok(());
    }
    alerts::forget_project(tx, id)?;
    projects::trash::set_purged(tx, id, now)
}
