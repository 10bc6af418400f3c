//! What a team decides for itself, and what its organization decides for all its teams.

use std::collections::BTreeMap;

use serde_json::json;

use super::model::{Entity, EntityKind};
use super::store;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::EntityId;
use crate::policy::{self, Action, Target, Visibility};

const TEXT_CHARS_MAX: usize = 4096;

/// A setting that an organization may lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// Only its own people and the organization's admins learn that the team is there.
    Hidden,
    /// New projects are for the team or for named people, and stay so.
    PrivateOnly,
    /// Every member may invite, not only admins.
    MembersInvite,
    /// Every member deletes versions of artifacts, not only those they made.
    MembersDeleteArtifacts,
    /// Nothing is shown to whoever only holds a link to a report.
    NoPublicSharing,
    /// The client saves the program's code unless told otherwise.
    CodeSaving,
    /// What a new project starts with.
    DefaultVisibility,
}

impl Setting {
    pub const ALL: [Self; 7] = [
        Self::Hidden,
        Self::PrivateOnly,
        Self::MembersInvite,
        Self::MembersDeleteArtifacts,
        Self::NoPublicSharing,
        Self::CodeSaving,
        Self::DefaultVisibility,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::PrivateOnly => "private_only",
            Self::MembersInvite => "members_invite",
            Self::MembersDeleteArtifacts => "members_delete_artifacts",
            Self::NoPublicSharing => "no_public_sharing",
            Self::CodeSaving => "code_saving",
            Self::DefaultVisibility => "default_visibility",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.as_str() == text)
    }
}

/// Who locked a setting, and when.
#[derive(Clone, Debug)]
pub struct Lock {
    pub setting: Setting,
    pub by: Option<String>,
    pub at: Timestamp,
}

/// Changes to a team or organization; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub hidden: Option<bool>,
    pub private_only: Option<bool>,
    pub members_invite: Option<bool>,
    pub members_delete_artifacts: Option<bool>,
    pub no_public_sharing: Option<bool>,
    pub code_saving: Option<bool>,
    pub default_visibility: Option<Visibility>,
    /// Of an organization: whether runs may be moved out of restricted projects.
    pub moves_from_restricted: Option<bool>,
    /// Of an organization: whether view-only people may have API keys, which read and do nothing else.
    pub read_only_keys: Option<bool>,
    /// Of an organization: whether everybody in it makes teams.
    pub members_create_teams: Option<bool>,
    /// Of an organization: whether people log to personal spaces of theirs.
    pub personal_spaces: Option<bool>,
    /// Of an organization: whether what somebody's processes send to a team ends with their seat in it.
    pub cut_runs_of_leavers: Option<bool>,
    /// Of an organization: whether its admins see and change what its teams hold without a seat there.
    pub admins_enter_teams: Option<bool>,
    /// Of an organization: for each named setting, whether all its teams have its value.
    pub locks: BTreeMap<Setting, bool>,
}

/// The locks that hold for an entity: those of its organization.
pub fn locks(db: &Reader<'_>, entity: &Entity) -> Result<Vec<Lock>> {
    match entity.kind {
        EntityKind::Organization => store::locks(db, entity.id),
        EntityKind::Team => entity.organization_id.map_or(Ok(Vec::new()), |organization| store::locks(db, organization)),
        EntityKind::User => Ok(Vec::new()),
    }
}

/// Whether what an entity holds is kept from whoever only holds a link to a report: by its own setting, or, of a personal space, by
/// that of its organization where it is locked for all teams.
pub fn keeps_from_links(db: &Reader<'_>, entity: &Entity) -> Result<bool> {
    if entity.no_public_sharing || entity.kind != EntityKind::User {
        return Ok(entity.no_public_sharing);
    }
    let Some(organization) = super::organization_of(db, entity.id)? else { return Ok(false) };
    let is_locked = || Ok(store::locks(db, organization.id)?.iter().any(|lock| lock.setting == Setting::NoPublicSharing));
    if organization.no_public_sharing { is_locked() } else { Ok(false) }
}

/// Changes what is given. A lock of an organization writes its value into every team, and new teams start with it.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy, and for what the organization locked; `Invalid` for texts that are too long and
/// for values that contradict each other.
pub fn update(tx: &Tx<'_>, call: &Call, id: EntityId, changes: &Changes) -> Result<Entity> {
    let entity = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("team"))?;
    policy::require(&call.actor, Action::Manage, &Target::Entity(id))?;
    let wanted = Entity {
        display_name: text(&changes.display_name, &entity.display_name, 1, 128)?,
        description: text(&changes.description, &entity.description, 0, TEXT_CHARS_MAX)?,
        hidden: changes.hidden.unwrap_or(entity.hidden),
        private_only: changes.private_only.unwrap_or(entity.private_only),
        members_invite: changes.members_invite.unwrap_or(entity.members_invite),
        members_delete_artifacts: changes.members_delete_artifacts.unwrap_or(entity.members_delete_artifacts),
        no_public_sharing: changes.no_public_sharing.unwrap_or(entity.no_public_sharing),
        code_saving: changes.code_saving.unwrap_or(entity.code_saving),
        default_visibility: changes.default_visibility.unwrap_or(entity.default_visibility),
        moves_from_restricted: changes.moves_from_restricted.unwrap_or(entity.moves_from_restricted),
        read_only_keys: changes.read_only_keys.unwrap_or(entity.read_only_keys),
        members_create_teams: changes.members_create_teams.unwrap_or(entity.members_create_teams),
        personal_spaces: changes.personal_spaces.unwrap_or(entity.personal_spaces),
        cut_runs_of_leavers: changes.cut_runs_of_leavers.unwrap_or(entity.cut_runs_of_leavers),
        admins_enter_teams: changes.admins_enter_teams.unwrap_or(entity.admins_enter_teams),
        ..entity.clone()
    };
    let decided = [
        ("moves_from_restricted", wanted.moves_from_restricted, entity.moves_from_restricted),
        ("read_only_keys", wanted.read_only_keys, entity.read_only_keys),
        ("members_create_teams", wanted.members_create_teams, entity.members_create_teams),
        ("personal_spaces", wanted.personal_spaces, entity.personal_spaces),
        ("cut_runs_of_leavers", wanted.cut_runs_of_leavers, entity.cut_runs_of_leavers),
        ("admins_enter_teams", wanted.admins_enter_teams, entity.admins_enter_teams),
    ];
    if let Some((name, ..)) = decided.iter().find(|(_, wanted, now)| wanted != now)
        && entity.kind != EntityKind::Organization
    {
        return Err(Error::invalid(format!("{name} is decided by the organization")));
    }
    if wanted.private_only && matches!(wanted.default_visibility, Visibility::Open | Visibility::Public) {
        return Err(Error::invalid("with private_only, default_visibility is \"team\" or \"restricted\""));
    }
    let mut details = serde_json::Map::new();
    for setting in Setting::ALL {
        let (before, after) = (value(&entity, setting), value(&wanted, setting));
        if before != after {
            require_unlocked(tx, &entity, setting)?;
            details.insert(setting.as_str().to_owned(), json!({ "from": before, "to": after }));
        }
    }
    for (name, wanted, _) in decided.iter().filter(|(_, wanted, now)| wanted != now) {
        details.insert((*name).to_owned(), json!(wanted));
    }
    if wanted.display_name != entity.display_name {
        details.insert("display_name".to_owned(), json!(wanted.display_name));
    }
    if wanted.description != entity.description {
        details.insert("description".to_owned(), json!("changed"));
    }
    store::update(tx, &wanted)?;
    lock(tx, call, &wanted, &changes.locks, &mut details)?;
    if !details.is_empty() {
        let action = format!("{}.update", entity.kind.as_str());
        audit::record(tx, call, &action, "entity", id.get(), &entity.name, &details.into())?;
    }
    Ok(wanted)
}

/// Sets and lifts locks, and brings all teams to the values that are locked.
fn lock(
    tx: &Tx<'_>,
    call: &Call,
    entity: &Entity,
    wanted: &BTreeMap<Setting, bool>,
    details: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<()> {
    if entity.kind != EntityKind::Organization {
        return if wanted.is_empty() { Ok(()) } else { Err(Error::invalid("only an organization locks settings")) };
    }
    for (setting, locked) in wanted {
        match locked {
            true => store::insert_lock(tx, entity.id, *setting, call.actor.account, call.now)?,
            false => store::delete_lock(tx, entity.id, *setting)?,
        }
        details.insert(format!("lock {}", setting.as_str()), json!(locked));
    }
    for held in store::locks(tx, entity.id)? {
        store::prescribe(tx, entity.id, held.setting)?;
    }
    Ok(())
}

fn require_unlocked(tx: &Tx<'_>, entity: &Entity, setting: Setting) -> Result<()> {
    if entity.kind != EntityKind::Team {
        return Ok(());
    }
    let held = locks(tx, entity)?.into_iter().find(|lock| lock.setting == setting);
    held.map_or(Ok(()), |lock| {
        let by = lock.by.unwrap_or_else(|| "the operator".to_owned());
        Err(Error::forbidden(format!("{} is locked for all teams of the organization by {by}", setting.as_str())))
    })
}

fn value(entity: &Entity, setting: Setting) -> serde_json::Value {
    match setting {
        Setting::Hidden => json!(entity.hidden),
        Setting::PrivateOnly => json!(entity.private_only),
        Setting::MembersInvite => json!(entity.members_invite),
        Setting::MembersDeleteArtifacts => json!(entity.members_delete_artifacts),
        Setting::NoPublicSharing => json!(entity.no_public_sharing),
        Setting::CodeSaving => json!(entity.code_saving),
        Setting::DefaultVisibility => json!(entity.default_visibility.as_str()),
    }
}

fn text(wanted: &Option<String>, old: &str, chars_min: usize, chars_max: usize) -> Result<String> {
    let Some(wanted) = wanted else {
        return Ok(old.to_owned());
    };
    let wanted = wanted.trim();
    if (chars_min..=chars_max).contains(&wanted.chars().count()) {
        return Ok(wanted.to_owned());
    }
    Err(Error::invalid(format!("this text has {chars_min} to {chars_max} characters: \"{wanted}\"")))
}
