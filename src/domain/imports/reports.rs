//! Reports of a bundle. What their run sets name are projects of the server that they come from: the documents stay as they were.

use super::model::{Item, ItemState, Kind};
use super::people;
use super::reader::Entry;
use super::runs::moment;
use super::store::{self, Origin};
use super::work::{Context, Intake};
use crate::db::{Reader, Tx};
use crate::domain::exports::format::{ReportDocument, ThreadDocument};
use crate::domain::reports::{self, Content, transfer};
use crate::domain::teams::Entity;
use crate::domain::{Call, discussions};
use crate::error::{Error, Result};
use crate::id::ReportId;
use crate::policy::{self, Action, ReportKind};

impl Intake<'_> {
    pub(super) async fn report(&mut self, entry: &Entry) -> Result<()> {
        let document: ReportDocument = self.reader.document(entry)?;
        let context = self.context();
        self.sources.db.write(move |tx| take_in(tx, &context, &document)).await
    }
}

fn take_in(tx: &Tx, context: &Context, document: &ReportDocument) -> Result<()> {
    let put = |state, new_name, reason| {
        let ReportDocument { entity, project, display_name, .. } = document;
        let old_name = format!("{entity}/{project}/{display_name}");
        store::put_item(
            tx,
            context.import.id,
            &Item { kind: Kind::Report, origin: document.id, old_name, new_name, state, reason },
        )
    };
    if context.destination(&document.entity, &document.project).is_err() {
        return Ok(());
    }
    if context.local(tx, Kind::Report, document.id)?.is_some() {
        return put(ItemState::Known, None, None);
    }
    match brought_in(tx, context, document) {
        Ok(name) => put(ItemState::Imported, Some(name), None),
        Err(error @ (Error::Invalid(_) | Error::TooLarge(_) | Error::Forbidden(_))) => {
            put(ItemState::Skipped, None, Some(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

fn brought_in(tx: &Tx, context: &Context, document: &ReportDocument) -> Result<String> {
    let call = context.call(tx)?;
    let destination = context.destination(&document.entity, &document.project)?;
    let project = context.project(tx, &call, &document.entity, &document.project)?;
    let kind = ReportKind::parse(&document.kind)
        .ok_or_else(|| Error::invalid(format!("this release knows no report of the kind {}", document.kind)))?;
    policy::require(&call.actor, Action::Write, &reports::made_in(&call, &project, kind))?;
    let of_whom = document.author.as_deref();
    let author = of_whom.map(|name| people::person(tx, &call, &destination.entity, name)).transpose()?.flatten();
    let here = |origin: i64| context.local(tx, Kind::Report, origin);
    let published = document.published.map(here).transpose()?.flatten().map(ReportId::new);
    let published = published.map(|id| reports::get(tx, &call, id)).transpose()?.flatten();
    let said = |thread: &ThreadDocument| talk(tx, &call, &destination.entity, thread);
    let threads = document.threads.iter().map(said).collect::<Result<Vec<_>>>()?;
    // Before anything is written: what is refused is not there by half.
    threads.iter().try_for_each(discussions::transfer::Incoming::check)?;
    let new = transfer::Incoming {
        kind,
        content: Content {
            name: document.name.clone(),
            display_name: document.display_name.clone(),
            description: document.description.clone(),
            spec: document.spec.clone(),
        },
        published: published.map(|report| (report.id, report.version)),
        author: author.or(call.actor.author()),
        created_at: moment(&document.created_at)?,
    };
    let report = transfer::bring_in(tx, &call, &project, &new)?;
    discussions::transfer::bring_in(tx, &call, &report, &threads)?;
    let origin = Origin { project: project.id, local: report.id.get(), digest: String::new(), is_whole: true };
    store::put_origin(tx, &context.import.server, Kind::Report, document.id, &origin)?;
    Ok(format!("{}/{}/{}", report.entity, report.project, report.display_name))
}

/// What was said, by whom of those who are here. What others said is there without their names.
fn talk(db: &Reader, call: &Call, entity: &Entity, thread: &ThreadDocument) -> Result<discussions::transfer::Incoming> {
    let whose = |username: &Option<String>| people::speaker(db, call, entity, username.as_deref());
    let mut comments = Vec::new();
    for comment in &thread.comments {
        comments.push(discussions::transfer::Said {
            author: whose(&comment.author)?,
            body: comment.body.clone(),
            created_at: moment(&comment.created_at)?,
            edited_at: comment.edited_at.as_deref().map(moment).transpose()?,
        });
    }
    let resolved_at = thread.resolved_at.as_deref().map(moment).transpose()?;
    let resolved_by = whose(&thread.resolved_by)?;
    Ok(discussions::transfer::Incoming {
        anchor: thread.anchor.clone(),
        begun_by: whose(&thread.begun_by)?,
        created_at: moment(&thread.created_at)?,
        resolved: resolved_at.map(|at| (at, resolved_by)),
        comments,
    })
}
