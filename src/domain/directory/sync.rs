//! Syncs with the directory: everybody is read, then what must change is done in one transaction, or nothing is.
//!
//! Nothing is done when any server answer is an error or in part, when nobody is found, when a rule names a group that is not
//! there, or when more people would lose something than the operator allows; that is told to the administrators instead.
//!
//! Measured by `tests/bench/ldap.py` on two cores, as a command, beside the directory's own time: 5,000 people in 500 groups are
//! 16,000 changes in 1.6 s, and 0.4 s when there is nothing to do; 50,000 people are 151,000 changes in 14 s, and then 3.5 s.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::plan::{Change, Counts, Kept, Options, Plan, plan};
use super::rules::Rules;
use super::snapshot::Snapshot;
use super::{Directory, apply, state, syncs_store};
use crate::clock::{Clock, Stopwatch, Timestamp};
use crate::db::{Db, Reader, Tx};
use crate::domain::accounts::Former;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

/// Records of syncs are kept for so long.
const KEPT_DAYS: u64 = 90;

/// How a sync ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Applied,
    /// Everything was as the directory says.
    Unchanged,
    /// The plan takes more than the operator allows.
    Refused,
    /// The directory did not tell everything.
    Failed,
    /// Applied, and taken back since.
    Undone,
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::Applied, Self::Unchanged, Self::Refused, Self::Failed, Self::Undone];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether administrators have to look at it.
    pub fn is_alarming(self) -> bool {
        matches!(self, Self::Refused | Self::Failed)
    }
}

/// One sync.
#[derive(Clone, Debug, Serialize)]
pub struct Sync {
    /// `None` for one that was only tried out, and for one by the schedule that changed nothing.
    pub id: Option<i64>,
    #[serde(serialize_with = "as_text")]
    pub started_at: Timestamp,
    #[serde(serialize_with = "as_text")]
    pub finished_at: Timestamp,
    /// `schedule`, or the user name of who asked for it; `operator` at the machine.
    pub started_by: String,
    pub outcome: Outcome,
    /// Why nothing was done; else empty.
    pub why: String,
    /// How often the schedule met the same refusal or failure in a row; `finished_at` is of the last time.
    pub times: i64,
    /// How many people and groups the directory has for us.
    pub people: i64,
    pub groups: i64,
    /// How long the directory took to tell, of the whole time.
    pub reading_ms: i64,
    pub counts: Counts,
    /// What was done, or would be done.
    pub changes: Vec<Change>,
    pub kept: Vec<Kept>,
}

fn as_text<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Who asks for a sync, and what they allow.
#[derive(Clone, Debug)]
pub struct Asked {
    pub by: String,
    /// Whether it goes on though many lose something: for who has looked at the plan.
    pub allow_removals: bool,
    /// Whether it only shows what it would do.
    pub dry_run: bool,
}

const SCHEDULE: &str = "schedule";

impl Asked {
    pub fn by_schedule() -> Self {
        Self { by: SCHEDULE.to_owned(), allow_removals: false, dry_run: false }
    }
}

/// What syncs of this process do and did.
#[derive(Debug, Default)]
pub(super) struct Activity {
    running_since: Option<Timestamp>,
    last: Option<Sync>,
}

/// The right to be the one sync; given back when it is dropped, and by the system when the process ends.
struct Turn<'a> {
    directory: &'a Directory,
    _lock: std::fs::File,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.directory.activity().running_since = None;
    }
}

impl Sync {
    fn begin(by: &str, now: Timestamp) -> Self {
        Self {
            id: None,
            started_at: now,
            finished_at: now,
            started_by: by.to_owned(),
            outcome: Outcome::Failed,
            why: String::new(),
            times: 1,
            people: 0,
            groups: 0,
            reading_ms: 0,
            counts: Counts::default(),
            changes: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn is_by_schedule(&self) -> bool {
        self.started_by == SCHEDULE
    }
}

impl Directory {
    fn options(&self) -> Options {
        let (creates_accounts, keeps_by_hand) = (self.settings.create_accounts, self.settings.sync.keeps_by_hand);
        Options { creates_accounts, keeps_by_hand, is_everybody: true }
    }

    /// Makes accounts and seats as the directory says, or tells why nothing was done.
    ///
    /// # Errors
    /// `Forbidden` unless the caller administers the server; `Conflict` while another sync runs, and for one that is more than
    /// tried out while the directory is not enabled.
    pub async fn sync(&self, db: &Db, clock: &Clock, call: &Call, asked: &Asked) -> Result<Sync> {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        if !asked.dry_run && !self.settings.enabled {
            return Err(Error::conflict(
                "the directory is only tried out (ldap.enabled is false); show the changes without making them",
            ));
        }
        let _turn = if asked.dry_run { None } else { Some(self.turn(clock)?) };
        let mut sync = Sync::begin(&asked.by, clock.now());
        let reading = Stopwatch::start();
        let read = self.read_all(db, clock.now()).await;
        sync.reading_ms = i64::try_from(reading.elapsed().as_millis()).unwrap_or(i64::MAX);
        match read {
            Ok(said) => {
                (sync.people, sync.groups) = (said.1.people.len() as i64, said.1.groups as i64);
                self.compare(db, clock, call, asked, &mut sync, said).await?;
            }
            Err(why) => sync.why = why,
        }
        if asked.dry_run {
            sync.finished_at = clock.now();
            return Ok(sync);
        }
        if sync.id.is_none() {
            sync.finished_at = clock.now();
        }
        // One by the schedule that found nothing to do writes nothing.
        if sync.id.is_none() && !(sync.is_by_schedule() && sync.outcome == Outcome::Unchanged) {
            let (call, record) = (call.clone(), Arc::new(sync.clone()));
            sync.id = Some(db.write(move |tx| record_of(tx, &call, &record)).await?);
        }
        tell(&sync);
        self.activity().last = Some(sync.clone());
        Ok(sync)
    }

    async fn read_all(&self, db: &Db, now: Timestamp) -> Result<(Rules, Snapshot), String> {
        let rules = self.rules(db).await.map_err(|error| error.to_string())?;
        let snapshot = self.snapshot(&rules, now).await;
        let lines = |failures: Vec<super::Failure>| failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        snapshot.map(|snapshot| (rules, snapshot)).map_err(lines)
    }

    /// Plans, judges and does, in one transaction; a plan without changes costs none.
    async fn compare(
        &self,
        db: &Db,
        clock: &Clock,
        call: &Call,
        asked: &Asked,
        sync: &mut Sync,
        said: (Rules, Snapshot),
    ) -> Result<()> {
        let (options, limit) = (self.options(), self.settings.sync.removals_max_percent);
        let said = Arc::new(said);
        let first = {
            let said = Arc::clone(&said);
            db.read(move |reader| Ok(plan(&said.1.people, &said.0, &state::read(reader)?, options))).await?
        };
        let refusal = |plan: &Plan| refusal(plan, limit).filter(|_| !asked.allow_removals);
        if asked.dry_run || first.changes.is_empty() || refusal(&first).is_some() {
            let why = refusal(&first);
            sync.outcome = match &why {
                Some(_) => Outcome::Refused,
                None if first.changes.is_empty() => Outcome::Unchanged,
                None => Outcome::Applied,
            };
            sync.why = why.unwrap_or_default();
            sync.counts = Counts::of(&first.changes);
            (sync.changes, sync.kept) = (first.changes, first.kept);
            return Ok(());
        }
        let (call, clock, allowed, template) = (call.clone(), clock.clone(), asked.allow_removals, Arc::new(sync.clone()));
        let work = move |tx: &Tx<'_>| {
            // Again, in the transaction: what it compares cannot change until it is done.
            let plan = plan(&said.1.people, &said.0, &state::read(tx)?, options);
            let mut done = Sync { outcome: Outcome::Applied, ..(*template).clone() };
            if let Some(why) = self::refusal(&plan, limit).filter(|_| !allowed) {
                (done.outcome, done.why) = (Outcome::Refused, why);
            } else {
                apply::apply(tx, &call, &plan.changes)?;
            }
            done.counts = Counts::of(&plan.changes);
            (done.changes, done.kept, done.finished_at) = (plan.changes, plan.kept, clock.now());
            done.id = Some(record_of(tx, &call, &done)?);
            Ok(done)
        };
        match db.write(work).await {
            Ok(done) => *sync = done,
            Err(error) => sync.why = format!("a change could not be made, so none was: {}", error.cause()),
        }
        Ok(())
    }

    /// Takes the last sync that changed something back. Until somebody asks for one, no sync runs by itself.
    ///
    /// # Errors
    /// `Forbidden` unless the caller administers the server; `Conflict` if it is not the last one, or was taken back.
    pub async fn undo(&self, db: &Db, clock: &Clock, call: &Call, id: i64) -> Result<Vec<Kept>> {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        let _turn = self.turn(clock)?;
        let call = call.clone();
        let undone = db.write(move |tx| {
            let missing = || Error::not_found(format!("sync {id}"));
            let sync = syncs_store::find(tx, id)?.ok_or_else(missing)?;
            if syncs_store::last_applied(tx)? != Some(id) {
                return Err(Error::conflict("only the last sync that changed something can be taken back, and once"));
            }
            let kept = apply::revert(tx, &call, &sync.changes)?;
            syncs_store::set_undone(tx, id, call.now)?;
            let details = json!({ "changes": sync.changes.len(), "kept": kept });
            audit::record(tx, &call, "directory.undo", "sync", id, &sync.started_by, &details)?;
            Ok(kept)
        });
        let kept = undone.await?;
        self.activity().last = None;
        Ok(kept)
    }

    /// The last sync, of this process or of a command beside it; without its changes.
    pub async fn last(&self, db: &Db) -> Result<Option<Sync>> {
        let recorded = db.read(syncs_store::last).await?;
        let mine = self.activity().last.clone().map(|sync| Sync { changes: Vec::new(), ..sync });
        let is_newer = |mine: &Sync| recorded.as_ref().is_none_or(|recorded| recorded.finished_at <= mine.finished_at);
        Ok(mine.filter(is_newer).or(recorded))
    }

    /// The last sync that changed something, which may be taken back.
    pub async fn last_applied(&self, db: &Db) -> Result<Option<i64>> {
        db.read(syncs_store::last_applied).await
    }

    /// What administrators have to look at, if the last sync refused or failed: since when, how often and why.
    pub async fn alert(&self, db: &Db) -> Result<Option<Sync>> {
        Ok(self.last(db).await?.filter(|last| last.outcome.is_alarming()))
    }

    /// Since when a sync of this process runs, if one does.
    pub fn running_since(&self) -> Option<Timestamp> {
        self.activity().running_since
    }

    /// Whether the schedule rests, because the last sync was taken back.
    pub async fn is_paused(&self, db: &Db) -> Result<bool> {
        db.read(syncs_store::is_undone).await
    }

    /// One sync at a time, in this process and beside it.
    fn turn(&self, clock: &Clock) -> Result<Turn<'_>> {
        let path = &self.settings.lock_file;
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| Error::internal(format!("{}: {error}", path.display())))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::conflict("a sync with the directory runs already; wait for it"));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(Error::internal(error)),
        }
        self.activity().running_since = Some(clock.now());
        Ok(Turn { directory: self, _lock: file })
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a plan is not done, if it takes too much.
fn refusal(plan: &Plan, max_percent: u32) -> Option<String> {
    let &Plan { losing, people, .. } = plan;
    if let Some(team) = plan.emptied.first() {
        return Some(format!(
            "the team {team} would lose everybody it has from the directory. If that is right, run the sync once with removals \
             allowed"
        ));
    }
    // One person who leaves is no accident, however few there are.
    let is_much = losing > 1 && losing * 100 > people * max_percent as usize;
    is_much.then(|| {
        format!(
            "{losing} of {people} people would lose something, more than {max_percent} % (ldap.removals_max_percent). If that is \
             right, run the sync once with removals allowed"
        )
    })
}

/// Records a sync. Of what the schedule meets again and again only how often is counted: a directory that is down for a
/// week is one record.
fn record_of(tx: &Tx<'_>, call: &Call, sync: &Sync) -> Result<i64> {
    let old = call.now.minus(Duration::from_secs(KEPT_DAYS * 24 * 3600));
    syncs_store::delete_before(tx, old)?;
    if sync.is_by_schedule()
        && sync.outcome.is_alarming()
        && let Some(last) = syncs_store::last(tx)?
        && last.is_by_schedule()
        && (last.outcome, &last.why) == (sync.outcome, &sync.why)
        && let Some(id) = last.id
    {
        syncs_store::set_again(tx, id, sync.finished_at)?;
        return Ok(id);
    }
    let id = syncs_store::insert(tx, sync)?;
    let action = format!("directory.sync_{}", sync.outcome.as_str());
    let details = json!({ "changes": sync.changes.len(), "why": sync.why });
    audit::record(tx, call, &action, "sync", id, &sync.started_by, &details)?;
    Ok(id)
}

fn tell(sync: &Sync) {
    let (people, groups, changes) = (sync.people, sync.groups, sync.changes.len());
    if sync.outcome.is_alarming() {
        tracing::error!(people, groups, changes, "the sync with the directory changed nothing: {}", sync.why);
    } else {
        tracing::info!(people, groups, changes, outcome = sync.outcome.as_str(), "the sync with the directory is done");
    }
    for kept in &sync.kept {
        tracing::warn!("directory: {}, because {}", kept.what, kept.because);
    }
}

/// Syncs of the last 90 days, newest first, without their changes; for administrators of the server.
pub fn page(db: &Reader<'_>, call: &Call, after: Option<&str>, first: usize) -> Result<Page<Sync>> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = syncs_store::page(db, before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let items = found.into_iter().map(|sync| (Cursor::encode(&sync.id.unwrap_or_default()), sync)).collect();
    Ok(Page { items, has_next })
}

/// One sync with all its changes; for administrators of the server.
pub fn find(db: &Reader<'_>, call: &Call, id: i64) -> Result<Sync> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    syncs_store::find(db, id)?.ok_or_else(|| Error::not_found(format!("sync {id}")))
}

/// Takes the names of somebody who is gone out of the records of syncs, and with them what was done to their account, which
/// nobody can take back any more.
pub(in crate::domain) fn forget(tx: &Tx<'_>, former: &Former) -> Result<()> {
    let left = |text: &str| former.struck_from(text).unwrap_or_else(|| text.to_owned());
    for id in syncs_store::all(tx)? {
        let Some(mut sync) = syncs_store::find(tx, id)? else { continue };
        sync.changes.retain(|change| {
            let is_theirs = change.who().is_some_and(|who| who.username.eq_ignore_ascii_case(&former.username));
            !is_theirs || matches!(change, Change::CreateTeam { .. })
        });
        for change in &mut sync.changes {
            if let Change::CreateTeam { admin, .. } = change {
                admin.username = left(&admin.username);
            }
        }
        for kept in &mut sync.kept {
            (kept.what, kept.because) = (left(&kept.what), left(&kept.because));
        }
        (sync.started_by, sync.why) = (left(&sync.started_by), left(&sync.why));
        syncs_store::rewrite(tx, id, &sync)?;
    }
    Ok(())
}
