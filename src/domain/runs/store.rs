//! The tables of runs, their tags and alerts.

use super::model::{Run, RunName, RunState, Streaming};
use super::{Alert, Severity};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, ToValue, Tx, list_of};
use crate::error::{Error, Result};
use crate::id::{AccountId, ProjectId, RunId};
use crate::policy::Visibility;

const SELECT: &str = "SELECT runs.id, runs.project_id, projects.name AS project, projects.entity_id, entities.name AS entity,
         projects.visibility, runs.name, runs.display_name, runs.description, runs.notes, runs.group_name, runs.job_type,
         runs.sweep_name, runs.host, runs.program, runs.repo, runs.commit_hash, runs.state, runs.state_reason, runs.exit_code,
         runs.locked, runs.stop_requested_at, runs.config, runs.summary, runs.branch_run_id, runs.branch_step, runs.inherited_lines,
         COALESCE((SELECT o.cut_runs_of_leavers FROM entities o WHERE o.id = entities.organization_id), 0) AS ends_with_seat, runs.created_by,
         runs.attribution_warning, CASE WHEN runs.logged_by <> runs.created_by THEN loggers.username END AS logged_by,
         accounts.username AS author_username, accounts.name AS author_name, runs.created_at, runs.started_at,
         runs.heartbeat_at, runs.updated_at, runs.ended_at
    FROM runs
    JOIN projects ON projects.id = runs.project_id
    JOIN entities ON entities.id = projects.entity_id
    LEFT JOIN accounts ON accounts.id = runs.created_by
    LEFT JOIN accounts AS loggers ON loggers.id = runs.logged_by";

/// The digest of a run that was given no config.
const NO_CONFIG: &[u8] = &[];

/// Neither the run nor what it lies in is deleted.
const IN_PLACE: &str = "runs.deleted_at IS NULL AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL";

pub(super) fn any(db: &Reader) -> Result<bool> {
    Ok(db.query_opt("SELECT 1 FROM runs LIMIT 1", &[], |_| Ok(()))?.is_some())
}

fn run(row: &Row<'_>) -> Result<Run> {
    let branch_run: Option<RunId> = row.get("branch_run_id")?;
    let branch_step: Option<i64> = row.get("branch_step")?;
    let username: Option<String> = row.get("author_username")?;
    let stop_requested_at: Option<Timestamp> = row.get("stop_requested_at")?;
    Ok(Run {
        id: row.get("id")?,
        project_id: row.get("project_id")?,
        project: row.get("project")?,
        entity_id: row.get("entity_id")?,
        entity: row.get("entity")?,
        visibility: visibility(row)?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        notes: row.get("notes")?,
        tags: Vec::new(),
        group: row.get("group_name")?,
        job_type: row.get("job_type")?,
        sweep: row.get("sweep_name")?,
        host: row.get("host")?,
        program: row.get("program")?,
        repo: row.get("repo")?,
        commit: row.get("commit_hash")?,
        state: state(row)?,
        state_reason: row.get("state_reason")?,
        exit_code: row.get("exit_code")?,
        stop_requested: stop_requested_at.is_some(),
        locked: row.get("locked")?,
        config: row.get("config")?,
        summary: row.get("summary")?,
        branch: branch_run.zip(branch_step),
        inherited_lines: row.get("inherited_lines")?,
        ends_with_seat: row.get("ends_with_seat")?,
        created_by: row.get("created_by")?,
        author: match username {
            Some(username) => Some((username, row.get("author_name")?)),
            None => None,
        },
        logged_by: row.get("logged_by")?,
        attribution_warning: row.get("attribution_warning")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        heartbeat_at: row.get("heartbeat_at")?,
        updated_at: row.get("updated_at")?,
        ended_at: row.get("ended_at")?,
    })
}

fn with_tags(db: &Reader, mut runs: Vec<Run>) -> Result<Vec<Run>> {
    if runs.is_empty() {
        return Ok(runs);
    }
    let sql =
        format!("SELECT run_id, tag FROM run_tags WHERE run_id IN ({}) ORDER BY run_id, position", list_of(1, runs.len()));
    let ids: Vec<&dyn ToValue> = runs.iter().map(|run| &run.id as &dyn ToValue).collect();
    let tags: Vec<(RunId, String)> = db.query(&sql, &ids, |row| Ok((row.get("run_id")?, row.get("tag")?)))?;
    for (id, tag) in tags {
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            run.tags.push(tag);
        }
    }
    Ok(runs)
}

fn one(db: &Reader, found: Option<Run>) -> Result<Option<Run>> {
    Ok(with_tags(db, found.into_iter().collect())?.into_iter().next())
}

/// Of the runs of these names what each message of a run's process asks for, in one look-up.
pub(super) fn streaming(db: &Reader, entity: &str, project: &str, names: &[&str]) -> Result<Vec<(String, Streaming)>> {
    let sql = format!(
        "SELECT runs.id, runs.name, runs.project_id, projects.entity_id, projects.visibility, runs.state,
                runs.stop_requested_at, runs.created_by,
                COALESCE((SELECT o.cut_runs_of_leavers FROM entities o WHERE o.id = entities.organization_id), 0) AS ends_with_seat
           FROM entities
           JOIN projects ON projects.entity_id = entities.id
           JOIN runs ON runs.project_id = projects.id
          WHERE entities.name_key = ?1 AND projects.name = ?2 AND runs.name IN ({})
            AND runs.deleted_at IS NULL AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL",
        list_of(3, names.len())
    );
    let entity = entity.to_lowercase();
    let mut values: Vec<&dyn ToValue> = vec![&entity, &project];
    values.extend(names.iter().map(|name| name as &dyn ToValue));
    db.query(&sql, &values, |row| {
        let run = Streaming {
            id: row.get("id")?,
            project_id: row.get("project_id")?,
            entity_id: row.get("entity_id")?,
            visibility: visibility(row)?,
            state: state(row)?,
            stop_requested: row.get::<Option<Timestamp>>("stop_requested_at")?.is_some(),
            ends_with_seat: row.get("ends_with_seat")?,
            created_by: row.get("created_by")?,
        };
        Ok((row.get("name")?, run))
    })
}

fn state(row: &Row<'_>) -> Result<RunState> {
    let state: String = row.get("state")?;
    RunState::parse(&state).ok_or_else(|| Error::internal(format!("runs.state holds {state}")))
}

fn visibility(row: &Row<'_>) -> Result<Visibility> {
    let visibility: String = row.get("visibility")?;
    Visibility::parse(&visibility).ok_or_else(|| Error::internal(format!("projects.visibility holds {visibility}")))
}

pub(super) fn by_id(db: &Reader, id: RunId) -> Result<Option<Run>> {
    one(db, db.query_opt(&format!("{SELECT} WHERE runs.id = ?1 AND {IN_PLACE}"), &[&id], run)?)
}

pub(super) fn by_ids(db: &Reader, ids: &[RunId]) -> Result<Vec<Run>> {
    let sql = format!("{SELECT} WHERE runs.id IN ({}) AND {IN_PLACE}", list_of(1, ids.len()));
    let values: Vec<&dyn ToValue> = ids.iter().map(|id| id as &dyn ToValue).collect();
    let found = with_tags(db, db.query(&sql, &values, run)?)?;
    let mut found: std::collections::HashMap<RunId, Run> = found.into_iter().map(|run| (run.id, run)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub(super) fn by_name(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Run>> {
    let sql = format!("{SELECT} WHERE runs.project_id = ?1 AND runs.name = ?2 AND {IN_PLACE}");
    one(db, db.query_opt(&sql, &[&project, &name], run)?)
}

pub(super) fn by_path(db: &Reader, entity: &str, project: &str, name: &str) -> Result<Option<Run>> {
    let sql = format!("{SELECT} WHERE entities.name_key = ?1 AND projects.name = ?2 AND runs.name = ?3 AND {IN_PLACE}");
    one(db, db.query_opt(&sql, &[&entity.to_lowercase(), &project, &name], run)?)
}

/// What an insert needs to know; everything else is set by the update that follows.
pub(super) struct NewRow<'a> {
    pub project: ProjectId,
    pub name: &'a RunName,
    pub ordinal: i64,
    pub display_name: &'a str,
    pub state: RunState,
    pub archive_of: Option<RunId>,
    pub created_by: Option<AccountId>,
    pub logged_by: Option<AccountId>,
    pub attribution_warning: &'a str,
    pub now: Timestamp,
}

pub(super) fn insert(tx: &Tx, new: &NewRow<'_>) -> Result<RunId> {
    tx.query_one(
        "INSERT INTO runs (project_id, name, ordinal, display_name, state, archive_of, created_by, logged_by,
                           created_at, started_at, heartbeat_at, updated_at, attribution_warning, config_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?9, ?9, ?10, ?11) RETURNING id",
        &[
            &new.project,
            &new.name.as_str(),
            &new.ordinal,
            &new.display_name,
            &new.state.as_str(),
            &new.archive_of,
            &new.created_by,
            &new.logged_by,
            &new.now,
            &new.attribution_warning,
            &NO_CONFIG,
        ],
        |row| row.get("id"),
    )
}

/// Writes what people and the client may change. Config and summary have their own writers.
pub(super) fn update(tx: &Tx, run: &Run) -> Result<()> {
    let (branch_run, branch_step) = run.branch.unzip();
    tx.execute(
        "UPDATE runs SET display_name = ?2, description = ?3, notes = ?4, group_name = ?5, job_type = ?6, sweep_name = ?7,
                host = ?8, program = ?9, repo = ?10, commit_hash = ?11, branch_run_id = ?12, branch_step = ?13, updated_at = ?14, inherited_lines = ?15
          WHERE id = ?1",
        &[
            &run.id,
            &run.display_name,
            &run.description,
            &run.notes,
            &run.group,
            &run.job_type,
            &run.sweep,
            &run.host,
            &run.program,
            &run.repo,
            &run.commit,
            &branch_run,
            &branch_step,
            &run.updated_at,
            &run.inherited_lines,
        ],
    )?;
    Ok(())
}

/// Writes the config, and what tells whether it is that of another run.
pub(super) fn set_config(tx: &Tx, id: RunId, config: &str, digest: &[u8], now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE runs SET config = ?2, config_digest = ?3, updated_at = ?4 WHERE id = ?1",
        &[&id, &config, &digest, &now],
    )?;
    Ok(())
}

/// Writes what tells whether a config is that of another run.
pub(super) fn set_config_digest(tx: &Tx, id: RunId, digest: &[u8]) -> Result<()> {
    tx.execute("UPDATE runs SET config_digest = ?2 WHERE id = ?1", &[&id, &digest])?;
    Ok(())
}

/// Configs of which it is not known yet whether they are those of other runs.
pub(super) fn undigested_configs(db: &Reader, limit: i64) -> Result<Vec<(RunId, String)>> {
    db.query("SELECT id, config FROM runs WHERE config_digest IS NULL ORDER BY id LIMIT ?1", &[&limit], |row| {
        Ok((row.get("id")?, row.get("config")?))
    })
}

/// Other runs of the project that were given the same config, newest first.
pub(super) fn with_same_config(db: &Reader, run: &Run, limit: i64) -> Result<Vec<RunId>> {
    db.query(
        "SELECT id FROM runs
          WHERE project_id = ?1 AND config_digest = (SELECT of.config_digest FROM runs of WHERE of.id = ?2) AND config_digest <> ?3
            AND id <> ?2 AND deleted_at IS NULL AND archive_of IS NULL
          ORDER BY id DESC LIMIT ?4",
        &[&run.project_id, &run.id, &NO_CONFIG, &limit],
        |row| row.get("id"),
    )
}

/// Writes the summary, whose index of fields is the caller's to keep.
pub(super) fn set_summary(tx: &Tx, id: RunId, summary: &str, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE runs SET summary = ?2, summary_indexed = 1, updated_at = ?3 WHERE id = ?1", &[&id, &summary, &now])?;
    Ok(())
}

pub(super) fn set_indexed(tx: &Tx, id: RunId) -> Result<()> {
    tx.execute("UPDATE runs SET summary_indexed = 1 WHERE id = ?1", &[&id])?;
    Ok(())
}

/// The project and the summary of a run that has no streamed summary of that turn or a later one.
pub(super) fn summary_before(db: &Reader, id: RunId, turn: i64) -> Result<Option<(ProjectId, String)>> {
    let sql = "SELECT project_id, summary FROM runs WHERE id = ?1 AND summary_turn < ?2 AND purged_at IS NULL";
    db.query_opt(sql, &[&id, &turn], |row| Ok((row.get("project_id")?, row.get("summary")?)))
}

/// Notes up to which of its streamed summaries a run has them.
pub(super) fn set_summary_turn(tx: &Tx, id: RunId, turn: i64) -> Result<()> {
    tx.execute("UPDATE runs SET summary_turn = ?2 WHERE id = ?1", &[&id, &turn])?;
    Ok(())
}

/// Summaries that the index of fields does not yet say, with their runs and projects.
pub(super) fn unindexed_summaries(db: &Reader, limit: i64) -> Result<Vec<(RunId, ProjectId, String)>> {
    db.query("SELECT id, project_id, summary FROM runs WHERE summary_indexed = 0 ORDER BY id LIMIT ?1", &[&limit], |row| {
        Ok((row.get("id")?, row.get("project_id")?, row.get("summary")?))
    })
}

pub(super) fn set_tags(tx: &Tx, run: &Run, tags: &[String]) -> Result<()> {
    tx.execute("DELETE FROM run_tags WHERE run_id = ?1", &[&run.id])?;
    for (position, tag) in tags.iter().enumerate() {
        tx.execute(
            "INSERT INTO run_tags (run_id, position, tag, project_id) VALUES (?1, ?2, ?3, ?4)",
            &[&run.id, &(position as i64), tag, &run.project_id],
        )?;
    }
    Ok(())
}

/// Sets the state and what goes with it: an end has a time, a life has none and forgets an old stop request.
pub(super) fn set_state(
    tx: &Tx,
    id: RunId,
    state: RunState,
    reason: &str,
    exit_code: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let ended = state.has_ended().then_some(now);
    tx.execute(
        "UPDATE runs SET state = ?2, state_reason = ?3, exit_code = ?4, ended_at = ?5, updated_at = ?6, heartbeat_at = ?6
          WHERE id = ?1",
        &[&id, &state.as_str(), &reason, &exit_code, &ended, &now],
    )?;
    if ended.is_none() {
        tx.execute("UPDATE runs SET stop_requested_at = NULL, stop_requested_by = NULL WHERE id = ?1", &[&id])?;
    }
    Ok(())
}

/// Ends a run whose process fell silent; its end is when it was last heard of.
pub(super) fn set_silent(tx: &Tx, id: RunId, state: RunState, reason: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE runs SET state = ?2, state_reason = ?3, ended_at = heartbeat_at, updated_at = ?4 WHERE id = ?1",
        &[&id, &state.as_str(), &reason, &now],
    )?;
    Ok(())
}

pub(super) fn request_stop(tx: &Tx, id: RunId, by: Option<AccountId>, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE runs SET stop_requested_at = ?2, stop_requested_by = ?3 WHERE id = ?1", &[&id, &now, &by])?;
    Ok(())
}

/// Who asked for the stop, if somebody did.
pub(super) fn stopper(db: &Reader, id: RunId) -> Result<Option<String>> {
    db.query_opt(
        "SELECT accounts.username FROM runs JOIN accounts ON accounts.id = runs.stop_requested_by WHERE runs.id = ?1",
        &[&id],
        |row| row.get("username"),
    )
}

pub(super) fn set_heartbeat(tx: &Tx, id: RunId, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE runs SET heartbeat_at = ?2 WHERE id = ?1 AND heartbeat_at < ?2", &[&id, &at])?;
    Ok(())
}

/// Runs thought alive that were last heard of before `before`.
pub(super) fn silent_since(db: &Reader, before: Timestamp) -> Result<Vec<RunId>> {
    db.query(
        "SELECT id FROM runs WHERE state IN ('running', 'preempting') AND heartbeat_at < ?1 AND deleted_at IS NULL",
        &[&before],
        |row| row.get("id"),
    )
}

/// The runs that keep what was cut away of a run, oldest first.
pub(super) fn archives_of(db: &Reader, id: RunId) -> Result<Vec<RunId>> {
    db.query("SELECT id FROM runs WHERE archive_of = ?1 AND deleted_at IS NULL ORDER BY id", &[&id], |row| row.get("id"))
}

/// Where the sweep is that a run left behind.
pub(super) fn sweep_project(db: &Reader, id: RunId) -> Result<Option<ProjectId>> {
    Ok(db.query_opt("SELECT sweep_project_id FROM runs WHERE id = ?1", &[&id], |row| row.get("sweep_project_id"))?.flatten())
}

/// Whether the person who made a run is locked out, or has no role any more in the team that it was logged to. An open project
/// takes runs of people without a role, and a run that moved may lie where its author never was.
pub(super) fn author_left(db: &Reader, id: RunId) -> Result<bool> {
    let found = db.query_opt(
        "SELECT 1 FROM runs r
           JOIN projects p ON p.id = r.project_id
           JOIN entities e ON e.id = p.entity_id
           JOIN accounts a ON a.id = r.created_by
          WHERE r.id = ?1 AND a.kind = 'user'
            AND (a.deactivated_at IS NOT NULL
                 OR (e.kind = 'team' AND p.visibility <> 'open' AND a.site_admin = 0
                     AND NOT EXISTS (SELECT 1 FROM team_members m WHERE m.team_id = e.id AND m.account_id = a.id)
                     AND NOT EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.account_id = a.id)
                     AND NOT EXISTS (SELECT 1 FROM organization_members o
                                      WHERE o.organization_id = e.organization_id AND o.account_id = a.id AND o.role = 'admin')
                     AND NOT EXISTS (SELECT 1 FROM run_addresses old WHERE old.run_id = r.id)))",
        &[&id],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

pub(super) fn last_alert(db: &Reader, run: RunId, title: &str) -> Result<Option<Timestamp>> {
    db.query_opt(
        "SELECT created_at FROM alerts WHERE run_id = ?1 AND title = ?2 ORDER BY created_at DESC LIMIT 1",
        &[&run, &title],
        |row| row.get("created_at"),
    )
}

pub(super) fn insert_alert(tx: &Tx, run: RunId, alert: &Alert) -> Result<()> {
    tx.execute(
        "INSERT INTO alerts (run_id, title, text, severity, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[&run, &alert.title, &alert.text, &alert.severity.as_str(), &alert.created_at],
    )?;
    Ok(())
}

pub(super) fn alerts(db: &Reader, run: RunId) -> Result<Vec<Alert>> {
    db.query("SELECT title, text, severity, created_at FROM alerts WHERE run_id = ?1 ORDER BY created_at, id", &[&run], |row| {
        let severity: String = row.get("severity")?;
        Ok(Alert {
            title: row.get("title")?,
            text: row.get("text")?,
            severity: Severity::parse(&severity).ok_or_else(|| Error::internal(format!("alerts.severity holds {severity}")))?,
            created_at: row.get("created_at")?,
        })
    })
}

/// Runs with warnings in which that text is, perhaps as a part of another word.
pub(super) fn warnings_with(db: &Reader, text: &str) -> Result<Vec<(RunId, String)>> {
    let sql = "SELECT id, attribution_warning FROM runs
                WHERE attribution_warning <> '' AND LOWER(attribution_warning) LIKE '%' || LOWER(?1) || '%'";
    db.query(sql, &[&text], |row| Ok((row.get("id")?, row.get("attribution_warning")?)))
}

pub(super) fn set_warning(tx: &Tx, id: RunId, warning: &str) -> Result<()> {
    tx.execute("UPDATE runs SET attribution_warning = ?2 WHERE id = ?1", &[&id, &warning])?;
    Ok(())
}
