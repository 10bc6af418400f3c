//! What the pages of a version show beyond its files: its lineage, what changed since another, its folders, its tables.

use async_graphql::{Context, ID, Result, SimpleObject, Union, Value};

use super::artifact::Artifact;
use super::artifact_file::linker;
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::paging::{self, PageInfo};
use super::run::Run;
use super::scalars::{AnyJson, Int64};
use crate::domain::artifacts::{self, Entry, Item};
use crate::error::Error;
use crate::id::ArtifactId;

/// How far a lineage may be asked for; from a version to a run, or back, is a step.
const STEPS_MAX: i32 = 20;

/// Runs and versions around a version, and who made and used what.
#[derive(SimpleObject)]
pub struct ArtifactLineage {
    artifacts: Vec<Artifact>,
    runs: Vec<Run>,
    edges: Vec<LineageEdge>,
    /// Whether the graph goes on beyond what is shown.
    is_cut: bool,
}

#[derive(SimpleObject)]
struct LineageEdge {
    #[graphql(name = "runID")]
    run_id: ID,
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    /// Whether the run made the version; else it used it.
    made: bool,
}

pub(super) async fn lineage(ctx: &Context<'_>, artifact: &artifacts::Artifact, steps: Option<i32>) -> Result<ArtifactLineage> {
    let steps = steps.unwrap_or(4);
    if !(1..=STEPS_MAX).contains(&steps) {
        return Err(graphql_error(Error::invalid(format!("a lineage goes 1 to {STEPS_MAX} steps far"))));
    }
    let start = artifact.clone();
    let steps = usize::try_from(steps).unwrap_or(1);
    let found = ctx.read(move |db, call| artifacts::lineage(db, call, &start, steps)).await?;
    let id_of = |run| found.runs.iter().find(|found| found.id == run).map(ids::of_run);
    let edge = |(run, version): &(crate::id::RunId, ArtifactId), made| {
        Some(LineageEdge { run_id: id_of(*run)?, artifact_id: ids::encode("Artifact", version.get()), made })
    };
    let made = found.made.iter().filter_map(|pair| edge(pair, true));
    let edges = made.chain(found.used.iter().filter_map(|pair| edge(pair, false))).collect();
    Ok(ArtifactLineage {
        edges,
        artifacts: found.versions.into_iter().map(Artifact).collect(),
        runs: found.runs.into_iter().map(Run::from).collect(),
        is_cut: found.is_cut,
    })
}

/// A file or a reference of a version.
#[derive(SimpleObject)]
pub struct ArtifactEntry {
    path: String,
    size_bytes: Int64,
    /// MD5 in base64 of a file.
    digest: String,
    /// What a reference refers to.
    reference: Option<String>,
    /// Null for those who may look at the version but not download it.
    direct_url: Option<String>,
}

fn entry(ctx: &Context<'_>, artifact: ArtifactId, entry: Entry, may_download: bool) -> ArtifactEntry {
    ArtifactEntry {
        direct_url: may_download.then(|| linker(ctx).file(artifact, &entry)),
        path: entry.path,
        size_bytes: Int64(entry.size_bytes),
        digest: entry.digest,
        reference: entry.reference,
    }
}

/// A path that two versions do not have alike.
#[derive(SimpleObject)]
struct ArtifactChange {
    path: String,
    /// Null if it was added.
    before: Option<ArtifactEntry>,
    /// Null if it was removed.
    after: Option<ArtifactEntry>,
}

#[derive(SimpleObject)]
pub struct ArtifactChangeConnection {
    edges: Vec<ArtifactChangeEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
struct ArtifactChangeEdge {
    node: ArtifactChange,
    cursor: String,
}

pub(super) async fn changes_since(
    ctx: &Context<'_>,
    new: &artifacts::Artifact,
    since: &ID,
    (after, first): (Option<String>, Option<i32>),
) -> Result<ArtifactChangeConnection> {
    let since = ids::decode("Artifact", since).map(ArtifactId::new).map_err(graphql_error)?;
    let size = paging::size(first, 100).map_err(graphql_error)?;
    let (new, asked) = (new.id, new.clone());
    let (page, may_old, may_new) = ctx
        .read(move |db, call| {
            let old = artifacts::get(db, call, since)?.ok_or_else(|| Error::not_found("the version to compare with"))?;
            let page = artifacts::changes(db, old.id, asked.id, after.as_deref(), size)?;
            Ok((page, artifacts::may_download(db, call, &old)?, artifacts::may_download(db, call, &asked)?))
        })
        .await?;
    let page_info = PageInfo::from(&page);
    let edges = page.items.into_iter().map(|(cursor, change)| ArtifactChangeEdge {
        cursor: cursor.as_str().to_owned(),
        node: ArtifactChange {
            path: change.path,
            before: change.before.map(|found| entry(ctx, since, found, may_old)),
            after: change.after.map(|found| entry(ctx, new, found, may_new)),
        },
    });
    Ok(ArtifactChangeConnection { edges: edges.collect(), page_info })
}

#[derive(SimpleObject)]
pub struct ArtifactFolder {
    name: String,
    file_count: Int64,
    size_bytes: Int64,
}

/// What lies directly in a folder.
#[derive(Union)]
pub enum ArtifactFolderItem {
    File(ArtifactEntry),
    Folder(ArtifactFolder),
}

#[derive(SimpleObject)]
pub struct ArtifactFolderConnection {
    edges: Vec<ArtifactFolderEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
struct ArtifactFolderEdge {
    node: ArtifactFolderItem,
    cursor: String,
}

pub(super) async fn folder(
    ctx: &Context<'_>,
    artifact: &artifacts::Artifact,
    path: Option<String>,
    (after, first): (Option<String>, Option<i32>),
) -> Result<ArtifactFolderConnection> {
    let size = paging::size(first, 100).map_err(graphql_error)?;
    let path = path.unwrap_or_default();
    let (id, asked) = (artifact.id, artifact.clone());
    let (page, may) = ctx
        .read(move |db, call| {
            let page = artifacts::folder(db, asked.id, &path, after.as_deref(), size)?;
            Ok((page, artifacts::may_download(db, call, &asked)?))
        })
        .await?;
    let page_info = PageInfo::from(&page);
    let edges = page.items.into_iter().map(|(cursor, item)| ArtifactFolderEdge {
        cursor: cursor.as_str().to_owned(),
        node: match item {
            Item::File(found) => ArtifactFolderItem::File(entry(ctx, id, found, may)),
            Item::Folder { name, files, bytes } => {
                ArtifactFolderItem::Folder(ArtifactFolder { name, file_count: Int64(files), size_bytes: Int64(bytes) })
            }
        },
    });
    Ok(ArtifactFolderConnection { edges: edges.collect(), page_info })
}

/// Rows of a table.
#[derive(SimpleObject)]
pub struct ArtifactTable {
    columns: Vec<String>,
    /// A list of rows, each a list with a value for each column.
    rows: AnyJson,
    /// The number of the first row here.
    first_row: i32,
    row_count: i32,
}

pub(super) async fn table(
    ctx: &Context<'_>,
    id: ArtifactId,
    path: String,
    first_row: Option<i32>,
    count: Option<i32>,
) -> Result<ArtifactTable> {
    let size = paging::size(count, 100).map_err(graphql_error)?;
    let from =
        usize::try_from(first_row.unwrap_or(0)).map_err(|_| graphql_error(Error::invalid("rows are numbered from 0")))?;
    ctx.read(move |db, call| artifacts::require_bytes(db, call, id)).await?;
    let app = ctx.app();
    let page = artifacts::table_page(&app.db, &app.blobs, id, path, from, size).await.map_err(graphql_error)?;
    let rows = Value::from_json(serde_json::json!(page.rows)).map_err(|error| graphql_error(Error::internal(error)))?;
    let number = |number: usize| paging::count(i64::try_from(number).unwrap_or(i64::MAX));
    Ok(ArtifactTable {
        columns: page.columns,
        rows: AnyJson(rows),
        first_row: number(page.first_row),
        row_count: number(page.total),
    })
}
