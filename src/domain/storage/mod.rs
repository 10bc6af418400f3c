//! What takes how much room, exactly: of each run its files and its history, of each artifact version its contents, and of
//! projects, teams and the server as a whole.
//!
//! Bytes that several share (contents of many versions, segments of forked runs) are stored once. They count in full for each
//! thing that has them, and once for whatever holds several such things: so a project may take less than its artifacts
//! together, and the server less than its teams.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::db::{Db, Reader};
use crate::error::Result;
use crate::id::{EntityId, ProjectId, RunId};

/// Bytes by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Usage {
    /// Files of runs.
    pub run_files: u64,
    /// Contents of artifacts, their lists of files included.
    pub artifacts: u64,
    /// What runs streamed.
    pub history: u64,
}

impl Usage {
    pub fn total(&self) -> u64 {
        self.run_files + self.artifacts + self.history
    }
}

/// A team, organization or person with what their projects take.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntityUsage {
    pub entity: String,
    pub kind: String,
    pub projects: usize,
    pub runs: usize,
    pub usage: Usage,
    pub total_bytes: u64,
}

/// A project with what it takes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProjectUsage {
    pub entity: String,
    pub project: String,
    pub runs: usize,
    pub usage: Usage,
    pub total_bytes: u64,
}

/// All of a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Storage {
    pub measured_at: String,
    /// What everybody takes together, each byte once.
    pub usage: Usage,
    pub total_bytes: u64,
    /// Files of deleted things that are yet to be removed.
    pub files_to_remove: u64,
    /// The greatest first.
    pub entities: Vec<EntityUsage>,
    /// The greatest first.
    pub projects: Vec<ProjectUsage>,
}

/// Measures all of it; reads every row that says a size.
pub async fn measure(db: &Db, history: &Db, now: Timestamp) -> Result<Storage> {
    // History first: a run of it that is not known yet is found in the later snapshot.
    let streamed = history.read(Streamed::read).await?;
    db.read(move |reader| all(reader, &streamed, now)).await
}

/// What runs streamed: the part in the database by run, and who has which segment.
struct Streamed {
    tails: BTreeMap<RunId, u64>,
    segments: BTreeMap<RunId, Vec<(i64, u64)>>,
}

impl Streamed {
    fn read(db: &Reader<'_>) -> Result<Self> {
        let mut segments: BTreeMap<RunId, Vec<(i64, u64)>> = BTreeMap::new();
        for (run, segment, size) in store::segments_of_runs(db, None)? {
            segments.entry(run).or_default().push((segment, size));
        }
        Ok(Self { tails: store::tails(db, None)?.into_iter().collect(), segments })
    }

    /// Of several runs together, each segment once.
    fn of<'a>(&self, runs: impl Iterator<Item = &'a RunId>) -> u64 {
        let mut seen = BTreeSet::new();
        let mut bytes = 0;
        for run in runs {
            bytes += self.tails.get(run).copied().unwrap_or_default();
            for (segment, size) in self.segments.get(run).into_iter().flatten() {
                bytes += if seen.insert(*segment) { *size } else { 0 };
            }
        }
        bytes
    }
}

fn all(db: &Reader<'_>, streamed: &Streamed, now: Timestamp) -> Result<Storage> {
    let places = store::projects(db)?;
    let mut runs: BTreeMap<ProjectId, Vec<RunId>> = BTreeMap::new();
    for (run, project) in store::runs(db)? {
        runs.entry(project).or_default().push(run);
    }
    let files: BTreeMap<ProjectId, u64> = store::run_files_by_project(db)?.into_iter().collect();
    let by_project: BTreeMap<ProjectId, u64> = store::artifacts_by_project(db)?.into_iter().collect();
    let by_entity: BTreeMap<EntityId, u64> = store::artifacts_by_entity(db)?.into_iter().collect();
    let none = Vec::new();
    let mut projects = Vec::new();
    let mut entities: BTreeMap<EntityId, (EntityUsage, Vec<RunId>)> = BTreeMap::new();
    for place in &places {
        let own = runs.get(&place.project).unwrap_or(&none);
        let usage = Usage {
            run_files: files.get(&place.project).copied().unwrap_or_default(),
            artifacts: by_project.get(&place.project).copied().unwrap_or_default(),
            history: streamed.of(own.iter()),
        };
        projects.push(ProjectUsage {
            entity: place.entity_name.clone(),
            project: place.name.clone(),
            runs: own.len(),
            usage,
            total_bytes: usage.total(),
        });
        let (entity, theirs) = entities.entry(place.entity).or_insert_with(|| {
            let (entity, kind) = (place.entity_name.clone(), place.entity_kind.clone());
            (EntityUsage { entity, kind, projects: 0, runs: 0, usage: Usage::default(), total_bytes: 0 }, Vec::new())
        });
        entity.projects += 1;
        entity.runs += own.len();
        entity.usage.run_files += usage.run_files;
        theirs.extend(own);
    }
    let mut entities: Vec<EntityUsage> = entities
        .into_iter()
        .map(|(id, (mut entity, theirs))| {
            entity.usage.artifacts = by_entity.get(&id).copied().unwrap_or_default();
            entity.usage.history = streamed.of(theirs.iter());
            entity.total_bytes = entity.usage.total();
            entity
        })
        .collect();
    entities.sort_by(|one, other| (other.total_bytes, &one.entity).cmp(&(one.total_bytes, &other.entity)));
    projects.sort_by(|one, other| (other.total_bytes, &one.project).cmp(&(one.total_bytes, &other.project)));
    let usage = Usage {
        run_files: projects.iter().map(|project| project.usage.run_files).sum(),
        artifacts: store::contents(db)?,
        history: streamed.of(runs.values().flatten()),
    };
    Ok(Storage {
        measured_at: now.to_string(),
        usage,
        total_bytes: usage.total(),
        files_to_remove: store::files_to_remove(db)?,
        entities,
        projects,
    })
}

/// A run with what it takes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunUsage {
    /// The run's id.
    pub run: String,
    pub display_name: String,
    /// Whether it was deleted and can be restored.
    pub in_trash: bool,
    pub files: u64,
    pub history: u64,
    pub total_bytes: u64,
}

/// A version of an artifact with what it takes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArtifactUsage {
    /// `collection:vN`.
    pub artifact: String,
    pub kind: String,
    /// All it holds.
    pub total_bytes: u64,
    /// What nothing else in the server holds: so much is free again when it is deleted.
    pub own_bytes: u64,
}

/// The runs of a project, the greatest first.
pub fn runs_of(db: &Reader<'_>, history: &RunHistories, project: ProjectId, first: usize) -> Result<Vec<RunUsage>> {
    let mut found: Vec<RunUsage> = store::runs_of_project(db, project)?
        .into_iter()
        .map(|(id, run)| {
            let history = history.0.get(&id).copied().unwrap_or_default();
            RunUsage { history, total_bytes: run.files + history, ..run }
        })
        .collect();
    found.sort_by(|one, other| (other.total_bytes, &one.run).cmp(&(one.total_bytes, &other.run)));
    found.truncate(first);
    Ok(found)
}

/// What each of some runs streamed.
pub struct RunHistories(BTreeMap<RunId, u64>);

impl RunHistories {
    pub fn read(db: &Reader<'_>, runs: &[RunId]) -> Result<Self> {
        let mut found = BTreeMap::new();
        for run in runs {
            let tail: u64 = store::tails(db, Some(*run))?.into_iter().map(|(_, bytes)| bytes).sum();
            let sealed: u64 = store::segments_of_runs(db, Some(*run))?.into_iter().map(|(_, _, bytes)| bytes).sum();
            found.insert(*run, tail + sealed);
        }
        Ok(Self(found))
    }
}

/// The runs of a project, deleted ones in its trash included.
pub fn run_ids(db: &Reader<'_>, project: ProjectId) -> Result<Vec<RunId>> {
    Ok(store::runs_of_project(db, project)?.into_iter().map(|(id, ..)| id).collect())
}

/// The artifact versions of a project, the greatest first.
pub fn artifacts_of(db: &Reader<'_>, project: ProjectId, first: usize) -> Result<Vec<ArtifactUsage>> {
    store::artifacts_of_project(db, project, first as i64)
}
