//! The tables of moves.

use super::model::{Artifacts, Conflicts, End, Item, ItemState, Move, MoveState, Progress};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::Call;
use crate::error::{Error, Result};
use crate::id::{AccountId, ArtifactId, CollectionId, EntityId, MoveId, ProjectId, RunId};

const MOVE: &str = "SELECT m.id, m.source_id, s.entity_id AS source_entity_id, se.name AS source_entity, s.name AS source,
         m.destination_id, d.entity_id AS destination_entity_id, de.name AS destination_entity, d.name AS destination,
         m.artifacts, m.links, m.conflicts, m.moved_by, m.acting_for, a.username AS mover, m.state, m.created_at, m.ended_at,
         m.undone_by, m.undone_at
    FROM moves m
    JOIN projects s ON s.id = m.source_id
    JOIN entities se ON se.id = s.entity_id
    JOIN projects d ON d.id = m.destination_id
    JOIN entities de ON de.id = d.entity_id
    LEFT JOIN accounts a ON a.id = m.moved_by";

fn word<T>(row: &Row<'_>, column: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| Error::internal(format!("{column} of a move holds {text}")))
}

fn end(row: &Row<'_>, column: &str) -> Result<End> {
    Ok(End {
        id: row.get(&format!("{column}_id"))?,
        entity_id: row.get(&format!("{column}_entity_id"))?,
        entity: row.get(&format!("{column}_entity"))?,
        project: row.get(column)?,
    })
}

fn one(row: &Row<'_>) -> Result<Move> {
    Ok(Move {
        id: row.get("id")?,
        source: end(row, "source")?,
        destination: end(row, "destination")?,
        artifacts: if row.get("links")? { Artifacts::CopyReference } else { word(row, "artifacts", Artifacts::parse)? },
        conflicts: word(row, "conflicts", Conflicts::parse)?,
        moved_by: row.get("moved_by")?,
        acting_for: row.get("acting_for")?,
        mover: row.get("mover")?,
        state: word(row, "state", MoveState::parse)?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
        undone_by: row.get("undone_by")?,
        undone_at: row.get("undone_at")?,
    })
}

fn item(row: &Row<'_>) -> Result<Item> {
    Ok(Item {
        run: row.get("run_id")?,
        old_name: row.get("old_name")?,
        new_name: row.get("new_name")?,
        state: word(row, "state", ItemState::parse)?,
        reason: row.get("reason")?,
    })
}

pub(super) fn insert(
    tx: &Tx,
    call: &Call,
    (source, destination): (ProjectId, ProjectId),
    artifacts: Artifacts,
    conflicts: Conflicts,
) -> Result<MoveId> {
    // Whoever links leaves them.
    let links = artifacts == Artifacts::CopyReference;
    let artifacts = if links { Artifacts::Leave } else { artifacts };
    tx.query_one(
        "INSERT INTO moves (source_id, destination_id, artifacts, links, conflicts, moved_by, acting_for, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'running', ?8) RETURNING id",
        &[
            &source,
            &destination,
            &artifacts.as_str(),
            &links,
            &conflicts.as_str(),
            &call.actor.account,
            &call.actor.acting_for,
            &call.now,
        ],
        |row| row.get("id"),
    )
}

/// Adds a run: one that waits, or one that is skipped for a reason.
pub(super) fn insert_item(tx: &Tx, id: MoveId, run: RunId, name: &str, skipped: Option<&str>) -> Result<()> {
    let state = if skipped.is_some() { ItemState::Skipped } else { ItemState::Waiting };
    tx.execute(
        "INSERT INTO move_runs (move_id, run_id, old_name, state, reason) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (move_id, run_id) DO NOTHING",
        &[&id, &run, &name, &state.as_str(), &skipped],
    )?;
    Ok(())
}

pub(super) fn find(db: &Reader, id: MoveId) -> Result<Option<Move>> {
    db.query_opt(&format!("{MOVE} WHERE m.id = ?1"), &[&id], one)
}

/// Moves that are not at their end, oldest first.
pub(super) fn open(db: &Reader) -> Result<Vec<MoveId>> {
    db.query("SELECT id FROM moves WHERE state IN ('running', 'undoing') ORDER BY id", &[], |row| row.get("id"))
}

/// Of whom a list of moves tells.
pub(super) enum Whose {
    Mover(AccountId),
    Entity(EntityId),
    Everybody,
}

/// Newest first, before one of them.
pub(super) fn page(db: &Reader, whose: &Whose, before: i64, limit: usize) -> Result<Vec<Move>> {
    let (condition, of): (&str, i64) = match whose {
        Whose::Mover(account) => ("m.moved_by = ?1", account.get()),
        Whose::Entity(entity) => ("(s.entity_id = ?1 OR d.entity_id = ?1)", entity.get()),
        Whose::Everybody => ("?1 = 0", 0),
    };
    let sql = format!("{MOVE} WHERE {condition} AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3");
    db.query(&sql, &[&of, &before, &(limit as i64)], one)
}

pub(super) fn progress(db: &Reader, id: MoveId) -> Result<Progress> {
    let counts =
        db.query("SELECT state, COUNT(*) AS runs FROM move_runs WHERE move_id = ?1 GROUP BY state", &[&id], |row| {
            Ok((word(row, "state", ItemState::parse)?, row.get::<i64>("runs")?))
        })?;
    let of = |state| counts.iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| *count);
    let artifacts =
        db.query_one("SELECT COUNT(*) AS versions FROM move_artifacts WHERE move_id = ?1", &[&id], |row| row.get("versions"))?;
    let links = db.query_one("SELECT COUNT(*) AS links FROM move_links WHERE move_id = ?1", &[&id], |row| row.get("links"))?;
    Ok(Progress {
        total: counts.iter().map(|(_, count)| count).sum(),
        waiting: of(ItemState::Waiting),
        moved: of(ItemState::Moved),
        skipped: of(ItemState::Skipped),
        back: of(ItemState::Back),
        stayed: of(ItemState::Stayed),
        artifacts,
        links,
    })
}

/// Runs of a move, those in one state only if it is given, after one of them.
pub(super) fn items(db: &Reader, id: MoveId, state: Option<ItemState>, after: i64, limit: usize) -> Result<Vec<Item>> {
    let state = state.map(ItemState::as_str);
    db.query(
        "SELECT run_id, old_name, new_name, state, reason FROM move_runs
          WHERE move_id = ?1 AND (?2 IS NULL OR state = ?2) AND run_id > ?3 ORDER BY run_id LIMIT ?4",
        &[&id, &state, &after, &(limit as i64)],
        item,
    )
}

/// The run of a move, if it is in this state and the move in that.
pub(super) fn item_in(db: &Reader, id: MoveId, run: RunId, state: ItemState, of: MoveState) -> Result<Option<Item>> {
    db.query_opt(
        "SELECT r.run_id, r.old_name, r.new_name, r.state, r.reason FROM move_runs r JOIN moves m ON m.id = r.move_id
          WHERE r.move_id = ?1 AND r.run_id = ?2 AND r.state = ?3 AND m.state = ?4",
        &[&id, &run, &state.as_str(), &of.as_str()],
        item,
    )
}

pub(super) fn set_item(
    tx: &Tx,
    id: MoveId,
    run: RunId,
    state: ItemState,
    new_name: Option<&str>,
    reason: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE move_runs SET state = ?3, new_name = COALESCE(?4, new_name), reason = ?5 WHERE move_id = ?1 AND run_id = ?2",
        &[&id, &run, &state.as_str(), &new_name, &reason],
    )?;
    Ok(())
}

/// What waits will not be moved.
pub(super) fn skip_waiting(tx: &Tx, id: MoveId, reason: &str) -> Result<()> {
    tx.execute(
        "UPDATE move_runs SET state = 'skipped', reason = ?2 WHERE move_id = ?1 AND state = 'waiting'",
        &[&id, &reason],
    )?;
    Ok(())
}

pub(super) fn set_undoing(tx: &Tx, id: MoveId, by: Option<AccountId>) -> Result<()> {
    tx.execute("UPDATE moves SET state = 'undoing', undone_by = ?2 WHERE id = ?1", &[&id, &by])?;
    Ok(())
}

/// Ends a move that is in this state.
pub(super) fn end_move(tx: &Tx, id: MoveId, from: MoveState, now: Timestamp) -> Result<()> {
    let sql = match from {
        MoveState::Undoing => "UPDATE moves SET state = 'undone', undone_at = ?2 WHERE id = ?1 AND state = 'undoing'",
        _ => "UPDATE moves SET state = 'done', ended_at = ?2 WHERE id = ?1 AND state = 'running'",
    };
    tx.execute(sql, &[&id, &now])?;
    Ok(())
}

pub(super) fn add_artifact(tx: &Tx, id: MoveId, artifact: ArtifactId) -> Result<()> {
    tx.execute(
        "INSERT INTO move_artifacts (move_id, artifact_id) VALUES (?1, ?2) ON CONFLICT (move_id, artifact_id) DO NOTHING",
        &[&id, &artifact],
    )?;
    Ok(())
}

pub(super) fn remove_artifact(tx: &Tx, id: MoveId, artifact: ArtifactId) -> Result<()> {
    tx.execute("DELETE FROM move_artifacts WHERE move_id = ?1 AND artifact_id = ?2", &[&id, &artifact])?;
    Ok(())
}

pub(super) fn artifacts(db: &Reader, id: MoveId) -> Result<Vec<ArtifactId>> {
    db.query("SELECT artifact_id FROM move_artifacts WHERE move_id = ?1 ORDER BY artifact_id", &[&id], |row| {
        row.get("artifact_id")
    })
}

/// A link that a move made.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub artifact: ArtifactId,
    pub portfolio: CollectionId,
    /// Whether the portfolio was made for it.
    pub made: bool,
}

pub(super) fn add_link(tx: &Tx, id: MoveId, link: Link) -> Result<()> {
    tx.execute(
        "INSERT INTO move_links (move_id, artifact_id, portfolio_id, made) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (move_id, artifact_id) DO NOTHING",
        &[&id, &link.artifact, &link.portfolio, &link.made],
    )?;
    Ok(())
}

pub(super) fn remove_link(tx: &Tx, id: MoveId, artifact: ArtifactId) -> Result<()> {
    tx.execute("DELETE FROM move_links WHERE move_id = ?1 AND artifact_id = ?2", &[&id, &artifact])?;
    Ok(())
}

/// The links that a move made; those last whose portfolio was made, so that these are empty by then.
pub(super) fn links(db: &Reader, id: MoveId) -> Result<Vec<Link>> {
    db.query(
        "SELECT artifact_id, portfolio_id, made FROM move_links WHERE move_id = ?1 ORDER BY made, artifact_id",
        &[&id],
        |row| Ok(Link { artifact: row.get("artifact_id")?, portfolio: row.get("portfolio_id")?, made: row.get("made")? }),
    )
}
