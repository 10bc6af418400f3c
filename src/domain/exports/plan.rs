//! What a bundle will have: looked up once, when it is begun. That the person may still read it is looked at again when it is
//! its turn.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::format::{self, Head, Server};
use super::model::{Export, Scope};
use crate::db::Reader;
use crate::domain::artifacts::{self, transfer};
use crate::domain::projects::{self, Project};
use crate::domain::{Call, accounts, backup, runs};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ProjectId, RunId};
use crate::policy::{self, Action};

/// What is taken, in its order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub head: Head,
    pub projects: Vec<ProjectId>,
    /// The only run that is taken of the only project.
    pub run: Option<RunId>,
    /// Ascending.
    pub versions: Vec<ArtifactId>,
    /// Those of them that the person reaches by a link alone.
    pub linked: Vec<ArtifactId>,
    pub runs_total: i64,
    pub expected_bytes: i64,
}

impl Plan {
    /// The projects that versions are taken of which the person reads because of these.
    pub fn of_versions(&self, db: &Reader) -> Result<BTreeSet<ProjectId>> {
        let mut found = BTreeSet::new();
        for id in self.versions.iter().filter(|id| !self.linked.contains(id)) {
            found.extend(transfer::in_place(db, *id)?.map(|version| version.project_id));
        }
        Ok(found)
    }
}

/// The projects of a scope that the caller may read.
pub(super) fn projects_of(db: &Reader, call: &Call, scope: Scope) -> Result<Vec<Project>> {
    match scope {
        Scope::Run(id, _) | Scope::Project(id) => Ok(projects::get(db, call, id)?.into_iter().collect()),
        Scope::Entity(id) => projects::all(db, call, id),
        Scope::Instance => projects::everywhere(db, call),
    }
}

pub(super) fn make(db: &Reader, call: &Call, export: &Export, server_name: &str) -> Result<Plan> {
    let mut found = projects_of(db, call, export.scope)?;
    found.sort_by_key(|project| project.id);
    if found.is_empty() {
        return Err(Error::not_found(&export.title));
    }
    let run = if let Scope::Run(_, run) = export.scope { Some(run) } else { None };
    let mut plan = Plan {
        head: head(db, export, server_name)?,
        projects: found.iter().map(|project| project.id).collect(),
        run,
        versions: Vec::new(),
        linked: Vec::new(),
        runs_total: 0,
        expected_bytes: 0,
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut versions: BTreeSet<ArtifactId> = BTreeSet::new();
    for project in &found {
        names.insert(format!("{}/{}", project.entity, project.name));
        versions.extend(transfer::versions_of(db, project.id, run)?);
        plan.runs_total += if run.is_some() { 1 } else { runs::transfer::ids_in(db, project.id)?.len() as i64 };
        plan.expected_bytes += runs::transfer::file_bytes(db, project.id, run)?;
    }
    for id in versions {
        let Some(version) = transfer::in_place(db, id)? else { continue };
        if !artifacts::may_download(db, call, &version)? {
            continue;
        }
        names.insert(format!("{}/{}", version.entity, version.project));
        plan.expected_bytes += version.size_bytes;
        plan.versions.push(version.id);
        if !policy::allows(&call.actor, Action::Read, &version.project_target()) {
            plan.linked.push(version.id);
        }
    }
    plan.versions.dedup();
    plan.head.projects = names.into_iter().collect();
    Ok(plan)
}

fn head(db: &Reader, export: &Export, server_name: &str) -> Result<Head> {
    let asker = export.acting_for.or(export.asked_by).map(|id| accounts::find(db, id)).transpose()?.flatten();
    Ok(Head {
        format: format::FORMAT.to_owned(),
        version: format::VERSION,
        bundle: export.bundle.clone(),
        server: Server {
            id: backup::store::server_word(db)?,
            name: server_name.to_owned(),
            release: env!("CARGO_PKG_VERSION").to_owned(),
        },
        scope: export.scope.as_str().to_owned(),
        of: export.title.clone(),
        exported_by: asker.map(|account| account.username),
        exported_at: export.created_at.to_string(),
        projects: Vec::new(),
    })
}
