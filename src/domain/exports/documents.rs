//! What is known of things, as the documents of a bundle say it.

use super::format::{
    AlertDocument, CollectionDocument, CommentDocument, FileLine, LinkDocument, Person, ProjectDocument, ReportDocument,
    RunDocument, ThreadDocument, TieDocument, TypeDocument, VersionDocument,
};
use crate::db::Reader;
use crate::domain::artifacts::{self, Artifact, CollectionKind, transfer};
use crate::domain::discussions::{self, Thread};
use crate::domain::projects::{self, Project};
use crate::domain::reports::Report;
use crate::domain::runs::{self, Run};
use crate::domain::{Call, accounts};
use crate::error::Result;
use crate::id::{AccountId, ProjectId, RunId};

fn username(db: &Reader, id: Option<AccountId>) -> Result<Option<String>> {
    let found = id.map(|id| accounts::find(db, id)).transpose()?.flatten();
    Ok(found.map(|account| account.username))
}

pub(super) fn project(db: &Reader, project: &Project) -> Result<ProjectDocument> {
    let types = if project.is_registry { artifacts::types_of(db, project.id)? } else { Vec::new() };
    let types = types.into_iter().map(|kind| TypeDocument { name: kind.name, description: kind.description });
    Ok(ProjectDocument {
        entity: project.entity.clone(),
        name: project.name.clone(),
        description: project.description.clone(),
        visibility: project.visibility.as_str().to_owned(),
        registry: project.is_registry,
        any_type: project.takes_any_type,
        types: types.collect(),
        views: project.views.clone(),
        created_by: username(db, project.created_by)?,
        created_at: project.created_at.to_string(),
    })
}

pub(super) fn run(db: &Reader, run: &Run) -> Result<RunDocument> {
    let alerts = runs::alerts(db, run.id)?.into_iter().map(|alert| AlertDocument {
        title: alert.title,
        text: alert.text,
        severity: alert.severity.as_str().to_owned(),
        at: alert.created_at.to_string(),
    });
    let run = run.clone();
    Ok(RunDocument {
        id: run.id.get(),
        archive_of: runs::transfer::archive_of(db, run.id)?.map(RunId::get),
        entity: run.entity,
        project: run.project,
        name: run.name,
        display_name: run.display_name,
        description: run.description,
        notes: run.notes,
        tags: run.tags,
        group: run.group,
        job_type: run.job_type,
        sweep: run.sweep,
        host: run.host,
        program: run.program,
        repository: run.repo,
        commit: run.commit,
        state: run.state.as_str().to_owned(),
        state_reason: run.state_reason,
        exit_code: run.exit_code,
        locked: run.locked,
        created_by: run.author.map(|(username, name)| Person { username, name }),
        logged_by: run.logged_by,
        attribution_warning: run.attribution_warning,
        created_at: run.created_at.to_string(),
        started_at: run.started_at.to_string(),
        heartbeat_at: run.heartbeat_at.to_string(),
        updated_at: run.updated_at.to_string(),
        ended_at: run.ended_at.map(|at| at.to_string()),
        branch: run.branch.map(|(run, step)| (run.get(), step)),
        inherited_lines: run.inherited_lines,
        alerts: alerts.collect(),
    })
}

/// Of the runs that made and used a version those alone that are in the bundle, of these projects.
pub(super) fn version(
    db: &Reader,
    call: &Call,
    version: &Artifact,
    (taken, only): &(Vec<ProjectId>, Option<RunId>),
) -> Result<VersionDocument> {
    let attached = transfer::attached(db, version)?;
    let is_taken = |id: RunId| -> Result<bool> {
        let run = runs::get(db, call, id)?;
        Ok(run.is_some_and(|run| taken.contains(&run.project_id) && only.is_none_or(|only| only == run.id)))
    };
    let ties = |ties: Vec<transfer::Tie>| -> Result<Vec<TieDocument>> {
        let mut found = Vec::new();
        for tie in ties {
            if is_taken(tie.run)? {
                found.push(TieDocument { run: tie.run.get(), used_as: tie.used_as, at: tie.at.to_string() });
            }
        }
        Ok(found)
    };
    let made_it = match version.run_id {
        Some(run) if is_taken(run)? => Some(run.get()),
        _ => None,
    };
    let version = version.clone();
    Ok(VersionDocument {
        id: version.id.get(),
        entity: version.entity,
        project: version.project,
        collection: version.sequence,
        type_name: version.type_name,
        version: version.version_index.unwrap_or_default(),
        digest: version.digest,
        description: version.description,
        metadata: version.metadata,
        history_step: version.history_step,
        ttl_seconds: version.ttl_seconds,
        commit_hash: version.commit_hash,
        aliases: attached.aliases,
        tags: attached.tags,
        bytes: version.size_bytes,
        files: version.file_count,
        manifest: attached.manifest.map(hex::encode),
        client_ids: attached.client_ids,
        run: made_it,
        made_by: ties(attached.made_by)?,
        used_by: ties(attached.used_by)?,
        created_by: username(db, version.created_by)?,
        created_at: version.created_at.to_string(),
        updated_at: version.updated_at.to_string(),
    })
}

/// With what was said about it, for who reads that.
pub(super) fn report(db: &Reader, call: &Call, report: Report) -> Result<ReportDocument> {
    let threads = discussions::transfer::threads_of(db, call, &report)?;
    Ok(ReportDocument {
        id: report.id.get(),
        entity: report.entity,
        project: report.project,
        kind: report.kind.as_str().to_owned(),
        name: report.name,
        display_name: report.display_name,
        description: report.description,
        spec: report.spec,
        published: report.published.map(|(id, _)| id.get()),
        author: report.author_name.map(|(username, _)| username),
        created_at: report.created_at.to_string(),
        updated_at: report.updated_at.to_string(),
        threads: threads.into_iter().map(|(begun_by, thread)| self::thread(begun_by, thread)).collect(),
    })
}

fn thread(begun_by: Option<String>, thread: Thread) -> ThreadDocument {
    let comments = thread.comments.into_iter().map(|comment| CommentDocument {
        author: comment.face.map(|face| face.username),
        body: comment.body,
        created_at: comment.created_at.to_string(),
        edited_at: comment.edited_at.map(|at| at.to_string()),
    });
    ThreadDocument {
        anchor: thread.anchor,
        begun_by,
        created_at: thread.created_at.to_string(),
        resolved_at: thread.resolved_at.map(|at| at.to_string()),
        resolved_by: thread.resolved_by.map(|face| face.username),
        comments: comments.collect(),
    }
}

pub(super) fn file_line(line: transfer::Line) -> FileLine {
    FileLine {
        path: line.path,
        digest: line.digest,
        bytes: line.size_bytes,
        sha256: line.sha256.map(hex::encode),
        reference: line.reference,
    }
}

/// The collections of a project that the caller was found to be allowed to see; of what is linked there what they see too.
pub(super) fn collections(db: &Reader, call: &Call, project: ProjectId) -> Result<Vec<CollectionDocument>> {
    if projects::get(db, call, project)?.is_none() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (collection, tags) in transfer::collections_of(db, project)? {
        let mut links = Vec::new();
        if collection.kind == CollectionKind::Portfolio {
            for link in transfer::links_of(db, &collection)? {
                let Some(version) = artifacts::get(db, call, link.version)? else { continue };
                links.push(LinkDocument {
                    id: version.id.get(),
                    of: format!("{}/{}/{}", version.entity, version.project, version.label()),
                    version: link.index,
                    aliases: link.aliases,
                    at: link.linked_at.to_string(),
                });
            }
        }
        found.push(CollectionDocument {
            name: collection.name,
            kind: collection.kind.as_str().to_owned(),
            type_name: collection.type_name,
            description: collection.description,
            tags,
            links,
        });
    }
    Ok(found)
}
