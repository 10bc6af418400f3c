//! Carrying exports out. How far a bundle is, is written down from time to time, once it is on the disk; after a crash what was
//! written beyond that is cut off, and the rest follows.

use std::fs::File;
use std::io::{SeekFrom, Write as _};

use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::model::{Export, State};
use super::place::Place;
use super::plan::{self, Plan};
use super::tar::{List, Outlet, Tar, full};
use super::write::{Cursor, Keeper, Writer};
use super::{Asker, find, no_room, record, store};
use crate::clock::{Clock, Stopwatch, Timestamp};
use crate::db::Db;
use crate::domain::Call;
use crate::domain::bundle::Sources;
use crate::error::{Error, Result};
use crate::id::ExportId;
use crate::policy::Actor;
use crate::secret::random_bytes;

use std::time::Duration;

/// For how long a bundle belongs to who writes it, unless they say so again.
const HOLD: Duration = Duration::from_secs(60);
/// How often who writes one says so, and looks whether it is still wanted and there is still room.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Writes the bundles that nobody writes yet, one after the other; returns how many.
pub async fn work(sources: &Sources, place: &Place, clock: &Clock) -> Result<usize> {
    let holder = hex::encode(random_bytes::<8>());
    let mut count = 0;
    loop {
        let (word, now) = (holder.clone(), clock.now());
        let Some((id, cursor)) = sources.db.write(move |tx| store::take(tx, &word, now, now.plus(HOLD))).await? else {
            return Ok(count);
        };
        let cursor = cursor.and_then(|text| serde_json::from_str(&text).ok());
        Job { sources, place, clock, holder: &holder }.carry_out(id, cursor).await?;
        count += 1;
    }
}

/// Removes bundles whose time is over, and what is left of those that nobody wants any more; returns how many.
pub async fn sweep(db: &Db, place: &Place, clock: &Clock) -> Result<usize> {
    let now = clock.now();
    let call = Call { actor: Actor::operator(), now, address: None, cause: Some("exports.keep_days".to_owned()) };
    for id in db.read(move |reader| store::expired(reader, now)).await? {
        let call = call.clone();
        db.write(move |tx| {
            store::set_state(tx, id, State::Expired)?;
            record(tx, &call, "export.expire", &find(tx, id)?)
        })
        .await?;
    }
    // In this order: a folder that is made meanwhile is wanted, and not among those found.
    let found = place.found()?;
    let wanted = db.read(store::wanted).await?;
    let mut count = 0;
    for bundle in found.into_iter().filter(|bundle| !wanted.contains(bundle)) {
        place.forget(&bundle)?;
        count += 1;
    }
    Ok(count)
}

struct Job<'a> {
    sources: &'a Sources,
    place: &'a Place,
    clock: &'a Clock,
    holder: &'a str,
}

impl Job<'_> {
    async fn carry_out(&self, id: ExportId, cursor: Option<Cursor>) -> Result<()> {
        let export = self.sources.db.read(move |reader| find(reader, id)).await?;
        let (state, reason) = match self.write(&export, cursor).await {
            Ok(written) => return self.done(&export, written).await,
            Err(error @ (Error::Unavailable { .. } | Error::Busy { .. })) => {
                let holder = self.holder.to_owned();
                self.sources.db.write(move |tx| store::let_go(tx, id, &holder)).await?;
                return Err(error);
            }
            Err(error) => {
                if matches!(error, Error::Internal(_)) {
                    tracing::error!(cause = error.cause(), "export {id} failed: {}", error.cause());
                }
                (State::Failed, error.to_string())
            }
        };
        let now = self.clock.now();
        // It may have been cancelled: then that is its end.
        self.sources.db.write(move |tx| store::end(tx, id, state, Some(&reason), now, None).map(|_| ())).await?;
        self.place.forget(&export.bundle)
    }

    async fn done(&self, export: &Export, written: u64) -> Result<()> {
        self.place.complete(&export.bundle)?;
        let (id, now, keep, holder) = (export.id, self.clock.now(), self.place.keep, self.holder.to_owned());
        let written = i64::try_from(written).map_err(Error::internal)?;
        let is_wanted = self.sources.db.write(move |tx| {
            let held = store::hold(tx, id, &holder, now, written)?;
            Ok(held && store::end(tx, id, State::Done, None, now, Some(now.plus(keep)))?)
        });
        if is_wanted.await? { Ok(()) } else { self.place.forget(&export.bundle) }
    }

    /// Writes the rest of a bundle; how many bytes it has.
    async fn write(&self, export: &Export, cursor: Option<Cursor>) -> Result<u64> {
        self.place.make(&self.place.folder().join(&export.bundle))?;
        let asker = Asker { account: export.asked_by, acting_for: export.acting_for, by_key: export.by_key };
        let known = cursor.zip(self.known_plan(export));
        let (mut cursor, plan) = match known {
            Some(known) => known,
            None => (Cursor::default(), self.plan(export, &asker).await?),
        };
        let open = |path| File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(full);
        let (bundle, list) = (open(self.place.part(&export.bundle))?, open(self.place.list(&export.bundle))?);
        let length = |file: &File| file.metadata().map(|found| found.len()).map_err(Error::internal);
        if length(&bundle)? < cursor.at || length(&list)? < cursor.listed {
            // The power went before all of it was on the disk; or somebody removed it.
            cursor = Cursor::default();
        }
        let expected = u64::try_from(plan.expected_bytes).unwrap_or_default();
        self.place.admit(expected.saturating_sub(cursor.at))?;
        bundle.set_len(cursor.at).map_err(Error::internal)?;
        let mut file = tokio::fs::File::from_std(bundle);
        file.seek(SeekFrom::Start(cursor.at)).await.map_err(Error::internal)?;
        let out = Disk {
            file,
            db: self.sources.db.clone(),
            place: self.place.clone(),
            clock: self.clock.clone(),
            id: export.id,
            holder: self.holder.to_owned(),
            at: cursor.at,
            looked: Stopwatch::start(),
            saved: Stopwatch::start(),
            saved_at: cursor.at,
        };
        let tar = Tar { out, at: cursor.at, list: List::open(list, cursor.listed)?, moment: export.created_at };
        let (sources, place, clock) = (self.sources, self.place, self.clock);
        let writer = Writer { sources, place, clock, asker, plan: &plan, cursor, tar };
        let (cursor, mut out) = writer.write().await?;
        out.sync().await?;
        out.save(&cursor).await?;
        Ok(cursor.at)
    }

    fn known_plan(&self, export: &Export) -> Option<Plan> {
        serde_json::from_slice(&std::fs::read(self.place.plan(&export.bundle)).ok()?).ok()
    }

    /// Looks up what the bundle is to have, and writes that down.
    async fn plan(&self, export: &Export, asker: &Asker) -> Result<Plan> {
        let (asked, of, now, name) = (asker.clone(), export.clone(), self.clock.now(), self.place.server_name.clone());
        let plan = self.sources.db.read(move |db| plan::make(db, &asked.call(db, now)?, &of, &name)).await?;
        let mut file = File::create(self.place.plan(&export.bundle)).map_err(full)?;
        file.write_all(&serde_json::to_vec(&plan).map_err(Error::internal)?).and_then(|()| file.sync_all()).map_err(full)?;
        let (id, planned) = (export.id, plan.clone());
        self.sources
            .db
            .write(move |tx| {
                store::set_plan(tx, id, planned.runs_total, planned.expected_bytes)?;
                planned.projects.iter().try_for_each(|project| store::add_project(tx, id, *project))?;
                planned.of_versions(tx)?.into_iter().try_for_each(|project| store::add_project(tx, id, project))?;
                planned.linked.iter().try_for_each(|version| store::add_version(tx, id, *version))
            })
            .await?;
        Ok(plan)
    }
}

/// A bundle on the disk.
struct Disk {
    file: tokio::fs::File,
    db: Db,
    place: Place,
    clock: Clock,
    id: ExportId,
    holder: String,
    at: u64,
    looked: Stopwatch,
    saved: Stopwatch,
    saved_at: u64,
}

impl Disk {
    fn until(&self) -> Timestamp {
        self.clock.now().plus(HOLD)
    }

    async fn sync(&mut self) -> Result<()> {
        self.file.flush().await.map_err(full)?;
        self.file.sync_data().await.map_err(full)
    }

    /// Writes down how far it is, which is on the disk.
    async fn save(&mut self, cursor: &Cursor) -> Result<()> {
        let (id, holder, until) = (self.id, self.holder.clone(), self.until());
        let text = json!(cursor).to_string();
        let written = i64::try_from(cursor.at).map_err(Error::internal)?;
        let numbers = (cursor.runs_done, written, cursor.left_out);
        let is_wanted = self.db.write(move |tx| store::save(tx, id, &holder, until, &text, numbers)).await?;
        (self.saved, self.saved_at) = (Stopwatch::start(), cursor.at);
        if is_wanted { Ok(()) } else { Err(unwanted()) }
    }

    /// Says that it is still written, and looks whether it should be.
    async fn look(&mut self) -> Result<()> {
        self.looked = Stopwatch::start();
        self.place.admit(0)?;
        let (id, holder, until) = (self.id, self.holder.clone(), self.until());
        let written = i64::try_from(self.at).map_err(Error::internal)?;
        let is_wanted = self.db.write(move |tx| store::hold(tx, id, &holder, until, written)).await?;
        if is_wanted { Ok(()) } else { Err(unwanted()) }
    }
}

fn unwanted() -> Error {
    Error::conflict("the export was cancelled, or somebody else writes it")
}

impl Outlet for Disk {
    async fn put(&mut self, bytes: Bytes) -> Result<()> {
        let count = bytes.len() as u64;
        self.file.write_all(&bytes).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => no_room(),
            _ => Error::internal(error),
        })?;
        self.at += count;
        if self.looked.elapsed() >= LOOK_EVERY { self.look().await } else { Ok(()) }
    }
}

impl Keeper for Disk {
    async fn reached(&mut self, cursor: &mut Cursor, list: &mut List) -> Result<()> {
        let pace = self.place.pace;
        if self.saved.elapsed() < pace.every && cursor.at - self.saved_at < pace.bytes {
            return Ok(());
        }
        self.sync().await?;
        cursor.listed = list.sync()?;
        self.save(cursor).await
    }
}
