//! Versions follow the runs that moved to another project, unless a run that stayed made or used them too; or they stay and
//! are linked there.

use serde_json::json;

use super::link::{self, Portfolio};
use super::model::{Artifact, Collection, CollectionKind, State};
use super::{delete, lookup, protection, relocation_store, store};
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId, MembershipId, ProjectId, RunId};
use crate::policy::{self, Action};

/// What the newest version of a sequence is called besides its number.
const LATEST: &str = "latest";

/// The versions in a project that these runs made or used.
pub(in crate::domain) fn tied_to(db: &Reader, project: ProjectId, runs: &[RunId]) -> Result<Vec<ArtifactId>> {
    relocation_store::tied_to(db, project, runs)
}

/// Whether every run that made or used a version is among those for which `goes` says so.
pub(in crate::domain) fn is_tied_only(db: &Reader, id: ArtifactId, goes: impl Fn(RunId) -> bool) -> Result<bool> {
    Ok(relocation_store::runs_of(db, id)?.into_iter().all(|(run, _)| goes(run)))
}

/// Takes a version along to the project where all runs are now that made or used it. It keeps its number there if that is
/// free, its aliases as far as no other version has them, and its links. False if it stays.
pub(in crate::domain) fn follow(tx: &Tx, call: &Call, id: ArtifactId, from: &Project, to: &Project) -> Result<bool> {
    let Some(version) = store::by_id(tx, id)?.filter(|version| version.project_id == from.id) else {
        return Ok(false);
    };
    if relocation_store::runs_of(tx, id)?.into_iter().any(|(_, project)| project != to.id) {
        return Ok(false);
    }
    let Some(membership) = store::membership_of(tx, version.sequence_id, id)? else {
        return Ok(false);
    };
    let source = store::collection_by_id(tx, version.sequence_id)?.ok_or_else(|| Error::not_found("artifact"))?;
    let aliases = store::aliases_of_membership(tx, membership.id)?;
    if aliases.iter().any(|alias| protection::require(tx, call, &source, &alias.name).is_err()) {
        return Ok(false);
    }
    let sequence = sequence_in(tx, call, &version, &source, to)?;
    let wanted = version.version_index.unwrap_or_default();
    let index = match store::membership_by_index(tx, sequence.id, wanted)? {
        Some(_) => store::next_index(tx, sequence.id, call.now)?,
        None => wanted,
    };
    relocation_store::relocate(tx, id, membership.id, sequence.id, index, call.now)?;
    for alias in &aliases {
        let taken = store::membership_by_alias(tx, sequence.id, &alias.name)?.is_some();
        relocation_store::carry_alias(tx, alias.id, (!taken).then_some(sequence.id))?;
    }
    let was_latest = aliases.iter().any(|alias| alias.name == LATEST);
    if was_latest {
        name_latest(tx, call, &source, newest(tx, &source)?)?;
    }
    // What was not the newest where it came from may be the first of its name here.
    if was_latest || store::membership_by_alias(tx, sequence.id, LATEST)?.is_none() {
        name_latest(tx, call, &sequence, newest(tx, &sequence)?)?;
    }
    if store::member_count(tx, source.id)? == 0 {
        relocation_store::close_if_empty(tx, source.id, call.now)?;
    }
    let details = json!({
        "from": format!("{}/{}/{}:v{wanted}", from.entity, from.name, source.name),
        "to": format!("{}/{}/{}:v{index}", to.entity, to.name, sequence.name),
    });
    audit::record(tx, call, "artifact.relocate", "artifact", id.get(), &sequence.name, &details)?;
    Ok(true)
}

/// Links a version that stays into the portfolio of its name in the project that runs moved to, made if need be; into one of
/// another name if that means something else there. The portfolio and whether it was made; `None` if it is linked already, or
/// the caller may not have its bytes or not write there.
pub(in crate::domain) fn refer(
    tx: &Tx,
    call: &Call,
    id: ArtifactId,
    from: &Project,
    to: &Project,
) -> Result<Option<(CollectionId, bool)>> {
    let version = store::by_id(tx, id)?.filter(|found| found.project_id == from.id && found.state == State::Committed);
    let Some(version) = version else {
        return Ok(None);
    };
    if !lookup::may_download(tx, call, &version)? || !policy::allows(&call.actor, Action::Write, &to.target()) {
        return Ok(None);
    }
    let source = store::collection_by_id(tx, version.sequence_id)?.ok_or_else(|| Error::not_found("artifact"))?;
    let (mut name, mut number) = (source.name.clone(), 1);
    let known = loop {
        match store::collection_by_name(tx, to.id, &name)? {
            Some(found) if found.kind == CollectionKind::Portfolio && found.type_name == version.type_name => {
                break Some(found);
            }
            Some(_) => {
                number += 1;
                name = format!("{}-{number}", source.name);
            }
            None => break None,
        }
    };
    if let Some(known) = &known
        && store::membership_of(tx, known.id, id)?.is_some()
    {
        return Ok(None);
    }
    let into = Portfolio::Named { entity: to.entity.clone(), project: to.name.clone(), name };
    let linked = link::link(tx, call, id, &into, &[])?;
    Ok(Some((linked.collection_id, known.is_none())))
}

/// Takes a version out of the portfolio that a move linked it into, and ends the portfolio if that was made for it and is empty.
/// What somebody took out meanwhile is no error.
pub(in crate::domain) fn forget(tx: &Tx, call: &Call, id: ArtifactId, portfolio: CollectionId, made: bool) -> Result<()> {
    let Some(found) = store::collection_by_id(tx, portfolio)?.filter(|found| !found.is_deleted) else {
        return Ok(());
    };
    if let Some(member) = store::membership_of(tx, portfolio, id)? {
        delete::leave(tx, &found, member.id, call.now)?;
        let details = json!({ "artifact": id.get(), "was": member.version_index });
        audit::record(tx, call, "artifact.unlink", "artifact", portfolio.get(), &found.name, &details)?;
    }
    if made && store::member_count(tx, portfolio)? == 0 {
        relocation_store::close_if_empty(tx, portfolio, call.now)?;
    }
    Ok(())
}

/// The sequence of that name and type in a project, made if need be; under another name if that means something else there.
fn sequence_in(tx: &Tx, call: &Call, version: &Artifact, source: &Collection, to: &Project) -> Result<Collection> {
    let (mut name, mut number) = (source.name.clone(), 1);
    loop {
        match store::collection_by_name(tx, to.id, &name)? {
            Some(found) if found.kind == CollectionKind::Sequence && found.type_name == version.type_name => return Ok(found),
            Some(_) => {
                number += 1;
                name = format!("{}-{number}", source.name);
            }
            None => break,
        }
    }
    let kind = store::ensure_type(tx, to.id, &version.type_name, "", call.now)?;
    let id = store::insert_collection(tx, CollectionKind::Sequence, &kind, &name, source.created_by, call.now)?;
    relocation_store::describe_like(tx, id, source.id)?;
    store::collection_by_id(tx, id)?.ok_or_else(|| Error::internal("the collection just made is not there"))
}

fn newest(tx: &Tx, collection: &Collection) -> Result<Option<MembershipId>> {
    Ok(store::members(tx, collection.id, false, None, 1)?.first().map(|newest| newest.id))
}

fn name_latest(tx: &Tx, call: &Call, collection: &Collection, newest: Option<MembershipId>) -> Result<()> {
    newest.map_or(Ok(()), |newest| store::set_alias(tx, collection.id, newest, LATEST, call.now))
}
