//! Making a run or changing its documents: the client's one call for both.

use std::time::Duration;

use serde_json::json;

use super::model::{Run, RunName, RunState};
use super::{attribution, fields, names, store, trash};
use crate::db::{Reader, Tx};
use crate::domain::projects::{self, ProjectName};
use crate::domain::teams::{self, EntityKind};
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::{Json, Map};
use crate::policy::{self, Action, Target};
use crate::secret::random_bytes;

/// When a run that could not begin is tried again.
const BEGIN_LATER: Duration = Duration::from_secs(10);

/// Where a run is or is to be.
#[derive(Clone, Debug)]
pub struct Place {
    /// The entity; `None` is the caller's default one.
    pub entity: Option<String>,
    pub project: ProjectName,
    /// The run's name; `None` for a new run that is to be given one.
    pub name: Option<RunName>,
    /// Whether the run must be there already.
    pub must_exist: bool,
    /// What there is against a new run; those that are there go on.
    pub hindrance: Option<Hindrance>,
}

/// Why no run can begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The server has as much to do as it can with the runs that have begun.
    Busy,
    /// What room is left on the disk is for the runs that have begun.
    DiskFull,
}

impl Hindrance {
    fn error(self) -> Error {
        match self {
            Self::Busy => Error::Busy {
                text: "the server is busy with the runs that have begun; a new one has to wait".to_owned(),
                retry_after: BEGIN_LATER,
            },
            Self::DiskFull => Error::Full {
                text:
                    "the server's disk is almost full: what room is left is for the runs that have begun; a new one has to wait"
                        .to_owned(),
                retry_after: BEGIN_LATER,
            },
        }
    }
}

/// Changes to a run; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub notes: Option<String>,
    pub tags: Option<Vec<String>>,
    pub group: Option<String>,
    pub job_type: Option<String>,
    pub sweep: Option<String>,
    pub host: Option<String>,
    pub program: Option<String>,
    pub repo: Option<String>,
    pub commit: Option<String>,
    /// The whole config document as JSON text.
    pub config: Option<String>,
    /// The whole summary document as JSON text.
    pub summary: Option<String>,
    pub state: Option<RunState>,
    /// Whether a person asks. The run's process sends config and summary too, under the same name and as often as it likes.
    pub by_hand: bool,
}

impl Changes {
    /// Which of what people write about a run are changed. What its process reports is not for the audit log.
    fn edited(&self) -> Vec<&'static str> {
        let told = [
            ("display_name", self.display_name.is_some()),
            ("description", self.description.is_some()),
            ("notes", self.notes.is_some()),
            ("tags", self.tags.is_some()),
            ("group", self.group.is_some()),
            ("job_type", self.job_type.is_some()),
            ("config", self.by_hand && self.config.is_some()),
            ("summary", self.by_hand && self.summary.is_some()),
        ];
        told.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect()
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Upserted {
    pub run: Run,
    pub inserted: bool,
    /// The run and last step that this run continues, as long as they have not been brought over.
    pub branch_point: Option<(RunId, i64)>,
}

/// The run at a place, if there is one: for what has to be done before it is changed.
pub(in crate::domain) fn id_at(db: &Reader, call: &Call, place: &Place) -> Result<Option<RunId>> {
    let Some(name) = &place.name else {
        return Ok(None);
    };
    let entity = entity_of(db, call, place)?;
    Ok(super::at(db, &entity.name, place.project.as_str(), name.as_str())?.map(|run| run.id))
}

/// Makes the run, and its project, unless they are there; then applies the changes.
pub fn upsert(tx: &Tx, call: &Call, place: &Place, changes: &Changes) -> Result<Upserted> {
    let entity = entity_of(tx, call, place)?;
    if place.must_exist {
        let name = place.name.as_ref().map_or("", RunName::as_str);
        let run = super::at(tx, &entity.name, place.project.as_str(), name)?;
        let run = run.ok_or_else(|| Error::not_found(format!("run {name}")))?;
        let run = change(tx, call, run, changes)?;
        let edited = changes.edited();
        if !edited.is_empty() {
            audit::record(tx, call, "run.update", "run", run.id.get(), &run.name, &json!({ "changed": edited }))?;
        }
        return Ok(Upserted { run, inserted: false, branch_point: None });
    }
    if let Some(run) = at_work(tx, call, &entity, place)? {
        let run = change(tx, call, run, changes)?;
        let branch_point = branch_point_of(tx, call, &run)?;
        return Ok(Upserted { run, inserted: false, branch_point });
    }
    let (project, _) = projects::ensure(tx, call, &entity, &place.project).map_err(|error| match error {
        Error::NotFound(_) => may_not_log(tx, call, &entity, place),
        Error::Forbidden(_) if !policy::allows(&call.actor, Action::Write, &Target::Entity(entity.id)) => {
            may_not_log(tx, call, &entity, place)
        }
        other => other,
    })?;
    let name = place.name.clone().unwrap_or_else(random_name);
    if let Some(run) = store::by_name(tx, project.id, name.as_str())? {
        let run = change(tx, call, run, changes)?;
        let branch_point = branch_point_of(tx, call, &run)?;
        return Ok(Upserted { run, inserted: false, branch_point });
    }
    if !policy::allows(&call.actor, Action::Write, &project.target()) {
        return Err(may_not_log(tx, call, &entity, place));
    }
    teams::require_space(tx, call, &entity)?;
    if project.is_registry {
        return Err(Error::invalid(format!("{} is a registry; runs are logged to projects", project.name)));
    }
    if let Some(hindrance) = place.hindrance {
        return Err(hindrance.error());
    }
    if trash::holds(tx, project.id, name.as_str())? {
        return Err(Error::invalid(format!(
            "the run id '{}' belongs to a run that was deleted: restore it from the project's trash, or choose another id",
            name.as_str()
        )));
    }
    let state = match changes.state {
        None | Some(RunState::Running) => RunState::Running,
        Some(RunState::Pending) => RunState::Pending,
        Some(other) => return Err(Error::invalid(format!("a new run is running or pending, not {}", other.as_str()))),
    };
    let ordinal = projects::next_run_ordinal(tx, project.id)?;
    let author = teams::author_in(tx, call, &entity)?;
    let invented = names::invent(ordinal, random_bytes::<2>());
    let id = store::insert(
        tx,
        &store::NewRow {
            project: project.id,
            name: &name,
            ordinal,
            display_name: changes.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&invented),
            state,
            archive_of: None,
            created_by: author,
            logged_by: call.actor.account,
            attribution_warning: &attribution::warning(tx, call, &entity, author)?,
            now: call.now,
        },
    )?;
    let run = store::by_id(tx, id)?.ok_or_else(|| Error::internal("the run just made is not there"))?;
    let run = change(tx, call, run, &Changes { state: None, ..changes.clone() })?;
    let branch_point = branch_point_of(tx, call, &run)?;
    Ok(Upserted { run, inserted: true, branch_point })
}

/// The run that the caller's process works at: in the project, though they may not look at that any more, or moved out of it,
/// as its process knows the old address alone.
fn at_work(tx: &Tx, call: &Call, entity: &teams::Entity, place: &Place) -> Result<Option<Run>> {
    let Some(name) = &place.name else {
        return Ok(None);
    };
    let found = super::at(tx, &entity.name, place.project.as_str(), name.as_str())?;
    Ok(found.filter(|run| policy::allows(&call.actor, Action::Write, &run.stream())))
}

fn entity_of(db: &Reader, call: &Call, place: &Place) -> Result<teams::Entity> {
    if let Some(name) = &place.entity {
        return teams::entity_by_name(db, name)?.ok_or_else(|| no_entity(db, call, name));
    }
    default_entity(db, call)?
        .ok_or_else(|| Error::invalid("this account has no default entity; name one: wandb.init(entity=...)"))
}

/// Where runs of the caller go that name no entity.
pub(super) fn default_entity(db: &Reader<'_>, call: &Call) -> Result<Option<teams::Entity>> {
    let account = call.actor.author().ok_or_else(|| Error::unauthenticated("sign in, or send an API key"))?;
    let account = accounts::find(db, account)?.ok_or_else(|| Error::not_found("account"))?;
    let entity = account.default_entity_id.or(account.entity_id);
    Ok(entity.map(|id| teams::entity(db, id)).transpose()?.flatten())
}

/// Why the caller may not log to an entity that is there, and whom to ask; of what they may not know, as if it were not there.
fn may_not_log(tx: &Tx, call: &Call, entity: &teams::Entity, place: &Place) -> Error {
    if entity.kind != EntityKind::Team || !(teams::is_known(call, entity) || has_seat(tx, call, entity)) {
        return no_entity(tx, call, &entity.name);
    }
    let team = &entity.name;
    let admins = teams::admins(tx, entity.id).unwrap_or_default();
    let ask = if admins.is_empty() { "one of its admins".to_owned() } else { admins.join(", ") };
    if policy::allows(&call.actor, Action::Write, &Target::Entity(entity.id)) {
        let project = place.project.as_str();
        return Error::NotFound(format!(
            "the project {project} of {team} is not open to you: ask {ask}, or choose another name"
        ));
    }
    let instead = instead(tx, call);
    Error::forbidden(match has_seat(tx, call, entity) {
        true => {
            format!("your role in the team {team} is view-only, which logs nothing: ask {ask} for the role Member.{instead}")
        }
        false => format!("you are not a member of the team {team}: ask {ask} to invite you.{instead}"),
    })
}

fn has_seat(tx: &Tx, call: &Call, entity: &teams::Entity) -> bool {
    call.actor.author().is_some_and(|account| teams::role_of(tx, entity, account).is_ok_and(|role| role.is_some()))
}

/// The same words whether the entity is missing or may not be known: who can help, and where the caller may log instead.
fn no_entity(db: &Reader, call: &Call, name: &str) -> Error {
    Error::NotFound(format!(
        "entity '{name}' not found, or you may not log there: an administrator of this server can create it or add you to it.{}",
        instead(db, call)
    ))
}

/// Where the caller may log, in words; nothing if nowhere.
fn instead(db: &Reader, call: &Call) -> String {
    let mine = call.actor.author().map(|account| teams::entities_of(db, account)).transpose();
    let mine = mine.ok().flatten().unwrap_or_default().into_iter();
    let mine = mine.filter(|entity| policy::allows(&call.actor, Action::Write, &Target::Entity(entity.id)));
    let mine: Vec<String> = mine.map(|entity| entity.name).collect();
    if mine.is_empty() { String::new() } else { format!(" You may log to: {}.", mine.join(", ")) }
}

/// Eight lower-case letters and digits, as the client makes them.
fn random_name() -> RunName {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let text: String = random_bytes::<8>().iter().map(|byte| char::from(LETTERS[usize::from(*byte) % 36])).collect();
    RunName::parse(&text).expect("letters and digits make a run name")
}

fn change(tx: &Tx, call: &Call, run: Run, changes: &Changes) -> Result<Run> {
    let target = if changes.by_hand { run.target() } else { run.stream() };
    policy::require(&call.actor, Action::Write, &target)?;
    let keep = |new: &Option<String>, old: Option<String>| new.clone().or(old);
    let display_name = changes.display_name.clone().filter(|name| !name.is_empty());
    let changed = Run {
        display_name: display_name.unwrap_or(run.display_name),
        description: changes.description.clone().unwrap_or(run.description),
        notes: changes.notes.clone().unwrap_or(run.notes),
        group: keep(&changes.group, run.group),
        job_type: keep(&changes.job_type, run.job_type),
        sweep: keep(&changes.sweep, run.sweep),
        host: keep(&changes.host, run.host),
        program: keep(&changes.program, run.program),
        repo: keep(&changes.repo, run.repo),
        commit: keep(&changes.commit, run.commit),
        updated_at: call.now,
        ..run
    };
    store::update(tx, &changed)?;
    if let Some(tags) = &changes.tags {
        store::set_tags(tx, &changed, &tags_of(tags)?)?;
    }
    if let Some(text) = &changes.config {
        let config = config_of(text, &changed.config)?;
        let text = Json::Map(config.clone()).to_text();
        store::set_config(tx, changed.id, &text, &fields::digest(&config), call.now)?;
        fields::replace(tx, changed.id, changed.project_id, fields::Section::Config, &config)?;
    }
    if let Some(text) = &changes.summary {
        Json::parse_map(text).map_err(|error| Error::invalid(format!("summary: {error}")))?;
        super::set_summary(tx, changed.id, changed.project_id, text, call.now)?;
    }
    if let Some(state) = changes.state.filter(|state| *state != changed.state) {
        super::update_state(tx, call, changed.id, state)?;
    }
    store::by_id(tx, changed.id)?.ok_or_else(|| Error::internal("the run just changed is not there"))
}

fn tags_of(tags: &[String]) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        if !(1..=64).contains(&tag.chars().count()) {
            return Err(Error::invalid(format!("'{tag}' cannot be a tag: it has 1 to 64 characters")));
        }
        if !kept.contains(tag) {
            kept.push(tag.clone());
        }
    }
    Ok(kept)
}

/// The document to store: what was sent, every value under `value`, with the environments of other writers kept.
fn config_of(text: &str, stored: &str) -> Result<Map> {
    let mut config = Json::parse_map(text).map_err(|error| Error::invalid(format!("config: {error}")))?;
    for value in config.values_mut() {
        if value.as_map().is_none() {
            let bare = std::mem::replace(value, Json::Null);
            *value = Json::Map(Map::from_iter([("value".to_owned(), bare)]));
        }
    }
    let stored = Json::parse_map(stored)?;
    let environments = stored.get("_wandb").and_then(|own| own.get("value")?.get("e")?.as_map());
    if let (Some(environments), Some(Json::Map(own))) = (environments, config.get_mut("_wandb"))
        && let Some(Json::Map(own)) = own.get_mut("value")
    {
        let sent = own.entry("e".to_owned()).or_insert_with(|| Json::Map(Map::new()));
        if let Json::Map(sent) = sent {
            for (writer, environment) in environments {
                sent.entry(writer.clone()).or_insert_with(|| environment.clone());
            }
        }
    }
    Ok(config)
}

/// Where a fork that was not carried out yet branches off. A rewound run names itself, and is no fork.
fn branch_point_of(tx: &Tx, call: &Call, run: &Run) -> Result<Option<(RunId, i64)>> {
    match branch_point(&run.config) {
        Some((source, step)) if run.branch.is_none() && source != run.name => {
            let from = super::by_name(tx, call, run.project_id, &source)?;
            let from = from.ok_or_else(|| Error::invalid(format!("the run '{source}' to fork from is not in this project")))?;
            Ok(Some((from.id, step)))
        }
        _ => Ok(None),
    }
}

/// `_wandb.value.branch_point`: the run and step that a fork continues.
fn branch_point(config: &str) -> Option<(String, i64)> {
    let config = Json::parse_map(config).ok()?;
    let point = config.get("_wandb")?.get("value")?.get("branch_point")?;
    let step = point.get("step")?;
    let step = step.as_i64().or_else(|| step.as_f64().map(|step| step as i64))?;
    Some((point.get("run_id")?.as_str()?.to_owned(), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_values_are_wrapped_and_the_environments_of_other_writers_are_kept() {
        let stored = r#"{"_wandb":{"value":{"e":{"w1":{"os":"a"}}}}}"#;
        let sent = r#"{"lr":0.1,"_wandb":{"value":{"t":{},"e":{"w2":{"os":"b"}}}}}"#;
        let config = Json::Map(config_of(sent, stored).unwrap()).to_text();
        assert_eq!(config, r#"{"lr":{"value":0.1},"_wandb":{"value":{"t":{},"e":{"w2":{"os":"b"},"w1":{"os":"a"}}}}}"#);
    }

    #[test]
    fn a_fork_says_where_it_branched_off() {
        let config = r#"{"_wandb":{"value":{"branch_point":{"run_id":"src","step":9}}}}"#;
        assert_eq!(branch_point(config), Some(("src".to_owned(), 9)));
        assert_eq!(branch_point("{}"), None);
    }
}
