//! The table of reports.

use super::model::{Content, Report};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId, ReportId};
use crate::policy::{ReportKind, Visibility};

/// What is known of a report; `spec` is what is read of the document.
pub(super) fn select(spec: &str) -> String {
    select_with(spec, "")
}

/// As [`select`], with more columns, each after a comma.
pub(super) fn select_with(spec: &str, more: &str) -> String {
    format!(
        "SELECT reports.id, reports.project_id, projects.name AS project, projects.entity_id, entities.name AS entity,
                entities.organization_id, projects.visibility, reports.kind, reports.name, reports.display_name, reports.description, {spec} AS spec,
                reports.published_id, reports.published_version, reports.version, reports.author_id,
                authors.username AS author_username, authors.name AS author_name, reports.created_at,
                editors.username AS updated_by, reports.updated_at{more}
           FROM reports JOIN projects ON projects.id = reports.project_id JOIN entities ON entities.id = projects.entity_id
           LEFT JOIN accounts AS authors ON authors.id = reports.author_id
           LEFT JOIN accounts AS editors ON editors.id = reports.updated_by"
    )
}

const WHOLE: &str = "reports.spec";
pub(super) const WITHOUT_SPEC: &str = "''";
pub(super) const IN_PLACE: &str = "reports.deleted_at IS NULL AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL";

pub(super) fn report(row: &Row<'_>) -> Result<Report> {
    let (visibility, kind): (String, String) = (row.get("visibility")?, row.get("kind")?);
    let published: Option<ReportId> = row.get("published_id")?;
    let username: Option<String> = row.get("author_username")?;
    Ok(Report {
        id: row.get("id")?,
        project_id: row.get("project_id")?,
        project: row.get("project")?,
        entity_id: row.get("entity_id")?,
        entity: row.get("entity")?,
        organization_id: row.get("organization_id")?,
        visibility: Visibility::parse(&visibility)
            .ok_or_else(|| Error::internal(format!("projects.visibility holds {visibility}")))?,
        kind: ReportKind::parse(&kind).ok_or_else(|| Error::internal(format!("reports.kind holds {kind}")))?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        spec: row.get("spec")?,
        published: published.zip(row.get("published_version")?),
        version: row.get("version")?,
        author: row.get("author_id")?,
        author_name: match username {
            Some(username) => Some((username, row.get("author_name")?)),
            None => None,
        },
        created_at: row.get("created_at")?,
        updated_by: row.get("updated_by")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn by_id(db: &Reader, id: ReportId) -> Result<Option<Report>> {
    db.query_opt(&format!("{} WHERE reports.id = ?1 AND {IN_PLACE}", select(WHOLE)), &[&id], report)
}

/// Which reports of a project a list has; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What the client or people call it, to the letter.
    pub name: Option<String>,
    /// The user name of who wrote it.
    pub author: Option<String>,
    /// A part of its title, in any case of letters.
    pub words: Option<String>,
    /// Whether their documents are read too.
    pub whole: bool,
}

/// Of a project those of a kind, last changed first, from before that place on.
pub(super) fn of_project(
    db: &Reader,
    project: ProjectId,
    kind: ReportKind,
    search: &Search,
    before: Option<(i64, i64)>,
    limit: usize,
) -> Result<Vec<Report>> {
    let (updated, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} WHERE reports.project_id = ?1 AND reports.kind = ?2 AND {IN_PLACE}
            AND (?3 IS NULL OR reports.name = ?3 OR reports.display_name = ?3)
            AND (?4 IS NULL OR authors.username_key = ?4)
            AND (?5 IS NULL OR LOWER(reports.display_name) LIKE ?5 ESCAPE '\\')
            AND (reports.updated_at < ?6 OR (reports.updated_at = ?6 AND reports.id < ?7))
          ORDER BY reports.updated_at DESC, reports.id DESC LIMIT ?8",
        select(if search.whole { WHOLE } else { WITHOUT_SPEC })
    );
    let author = search.author.as_ref().map(|author| author.to_lowercase());
    let words = search.words.as_deref().map(containing);
    db.query(&sql, &[&project, &kind.as_str(), &search.name, &author, &words, &updated, &id, &(limit as i64)], report)
}

/// The published reports of an entity, as [`of_project`].
pub(super) fn of_entity(
    db: &Reader,
    entity: EntityId,
    words: Option<&str>,
    before: Option<(i64, i64)>,
    limit: usize,
) -> Result<Vec<Report>> {
    let (updated, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} WHERE projects.entity_id = ?1 AND reports.kind = 'report' AND {IN_PLACE}
            AND (?2 IS NULL OR LOWER(reports.display_name) LIKE ?2 ESCAPE '\\')
            AND (reports.updated_at < ?3 OR (reports.updated_at = ?3 AND reports.id < ?4))
          ORDER BY reports.updated_at DESC, reports.id DESC LIMIT ?5",
        select(WITHOUT_SPEC)
    );
    db.query(&sql, &[&entity, &words.map(containing), &updated, &id, &(limit as i64)], report)
}

/// The pattern of texts with these words in them, in any case of letters.
fn containing(words: &str) -> String {
    let words = words.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{words}%")
}

/// What an insert needs to know.
pub(super) struct NewRow<'a> {
    pub project: ProjectId,
    pub kind: ReportKind,
    pub content: &'a Content,
    pub published: Option<(ReportId, i64)>,
    pub author: Option<AccountId>,
    pub now: Timestamp,
}

pub(super) fn insert(tx: &Tx, new: &NewRow<'_>) -> Result<ReportId> {
    let (published, version) = new.published.unzip();
    let Content { name, display_name, description, spec } = new.content;
    tx.query_one(
        "INSERT INTO reports (project_id, kind, name, display_name, description, spec, published_id, published_version,
                              author_id, created_at, updated_by, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?9, ?10) RETURNING id",
        &[&new.project, &new.kind.as_str(), name, display_name, description, spec, &published, &version, &new.author, &new.now],
        |row| row.get("id"),
    )
}

/// Writes what is in it, as its next version.
pub(super) fn set_content(tx: &Tx, id: ReportId, content: &Content, by: Option<AccountId>, now: Timestamp) -> Result<()> {
    let Content { name, display_name, description, spec } = content;
    tx.execute(
        "UPDATE reports SET name = ?2, display_name = ?3, description = ?4, spec = ?5, version = version + 1, updated_by = ?6,
                updated_at = ?7 WHERE id = ?1",
        &[&id, name, display_name, description, spec, &by, &now],
    )?;
    Ok(())
}

pub(super) fn set_kind(tx: &Tx, id: ReportId, kind: ReportKind) -> Result<()> {
    let sql = "UPDATE reports SET kind = ?2, published_id = NULL, published_version = NULL WHERE id = ?1";
    tx.execute(sql, &[&id, &kind.as_str()])?;
    Ok(())
}

pub(super) fn set_author(tx: &Tx, id: ReportId, author: AccountId) -> Result<()> {
    tx.execute("UPDATE reports SET author_id = ?2 WHERE id = ?1", &[&id, &author])?;
    Ok(())
}

/// What an account answers for in the projects of an entity, without documents.
pub(super) fn of_author(db: &Reader, entity: EntityId, author: AccountId) -> Result<Vec<Report>> {
    let sql = format!(
        "{} WHERE reports.author_id = ?2 AND projects.entity_id = ?1 AND {IN_PLACE} ORDER BY reports.id",
        select(WITHOUT_SPEC)
    );
    db.query(&sql, &[&entity, &author], report)
}

/// How many reports and drafts an account answers for, in one entity or everywhere.
pub(super) fn count_of_author(db: &Reader, entity: Option<EntityId>, author: AccountId) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) AS reports FROM reports JOIN projects ON projects.id = reports.project_id
           JOIN entities ON entities.id = projects.entity_id
          WHERE reports.author_id = ?2 AND reports.kind <> 'workspace' AND {IN_PLACE}
            AND (?1 IS NULL OR projects.entity_id = ?1)"
    );
    db.query_one(&sql, &[&entity, &author], |row| row.get("reports"))
}

/// The drafts of a report, without their documents, oldest first.
pub(super) fn drafts_of(db: &Reader, published: ReportId) -> Result<Vec<Report>> {
    let sql = format!("{} WHERE reports.published_id = ?1 AND {IN_PLACE} ORDER BY reports.id", select(WITHOUT_SPEC));
    db.query(&sql, &[&published], report)
}

/// The kept workspace of that name.
pub(super) fn workspace(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Report>> {
    let sql = format!(
        "{} WHERE reports.project_id = ?1 AND reports.kind = 'workspace' AND reports.name = ?2 AND {IN_PLACE}
          ORDER BY reports.id LIMIT 1",
        select(WHOLE)
    );
    db.query_opt(&sql, &[&project, &name], report)
}

/// The documents in which a word stands, in any case of letters.
pub(super) fn naming(db: &Reader, word: &str) -> Result<Vec<(ReportId, String)>> {
    let sql = "SELECT id, spec FROM reports WHERE LOWER(spec) LIKE ?1 ESCAPE '\\' ORDER BY id";
    db.query(sql, &[&containing(word)], |row| Ok((row.get("id")?, row.get("spec")?)))
}

/// Writes a document as the next version, which nobody is said to have written.
pub(super) fn set_spec(tx: &Tx, id: ReportId, spec: &str) -> Result<()> {
    tx.execute("UPDATE reports SET spec = ?2, version = version + 1 WHERE id = ?1", &[&id, &spec])?;
    Ok(())
}

/// All that a project has, without documents, in the order of their numbers.
pub(super) fn in_order(db: &Reader, project: ProjectId) -> Result<Vec<Report>> {
    let sql = format!("{} WHERE reports.project_id = ?1 AND {IN_PLACE} ORDER BY reports.id", select(WITHOUT_SPEC));
    db.query(&sql, &[&project], report)
}
