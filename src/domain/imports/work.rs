//! Carrying imports out: a bundle is compared with its list first, and then read once from its beginning to its end.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::model::{Import, Kind, State};
use super::reader::{Entry, Reader, unreadable};
use super::versions::Pending;
use super::{Destination, arrived, destinations, find, record, store, verify};
use crate::clock::{Clock, Stopwatch, Timestamp};
use crate::db::{self, Db, Tx};
use crate::domain::bundle::Sources;
use crate::domain::exports::format::{self, Head, ProjectDocument};
use crate::domain::exports::{Asker, Place};
use crate::domain::projects::{self, Project};
use crate::domain::{Call, files, history, registries, runs};
use crate::error::{Error, Result};
use crate::id::{ImportId, RunId};
use crate::policy::{self, Action, Visibility};
use crate::secret::random_bytes;

/// For how long an import belongs to who carries it out, unless they say so again.
const HOLD: Duration = Duration::from_secs(60);
/// How often they say so, and look whether it is to go on.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// After so long a file that nobody began to import was left behind.
const ARRIVING_FOR: Duration = Duration::from_secs(86_400);

/// Takes in the bundles that lie here and that nobody takes in yet; returns how many.
pub async fn work(sources: &Sources, place: &Place, clock: &Clock) -> Result<usize> {
    let holder = hex::encode(random_bytes::<8>());
    let mut count = 0;
    loop {
        let (word, now) = (holder.clone(), clock.now());
        let Some(id) = sources.db.write(move |tx| store::take(tx, &word, now, now.plus(HOLD))).await? else {
            return Ok(count);
        };
        let path = arrived(place, id);
        let file = File::open(&path).map_err(|error| Error::conflict(format!("the bundle cannot be read any more: {error}")));
        let import = sources.db.read(move |reader| find(reader, id)).await?;
        let job = Job { sources, place, clock, holder: holder.clone(), import: Arc::new(import) };
        job.settle(match file {
            Ok(file) => job.take_in(Arc::new(file)).await,
            Err(error) => Err(error),
        })
        .await?;
        count += 1;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::internal(error)),
            _ => {}
        }
    }
}

/// Takes in a bundle of the operator's, whose import was begun.
pub async fn carry_out(sources: &Sources, place: &Place, clock: &Clock, id: ImportId, file: File) -> Result<Import> {
    let (holder, until) = (hex::encode(random_bytes::<8>()), clock.now().plus(HOLD));
    let word = holder.clone();
    sources.db.write(move |tx| store::take_this(tx, id, &word, until)).await?;
    let import = sources.db.read(move |reader| find(reader, id)).await?;
    let job = Job { sources, place, clock, holder, import: Arc::new(import) };
    job.settle(job.take_in(Arc::new(file)).await).await?;
    sources.db.read(move |reader| find(reader, id)).await
}

/// Removes files of imports that are over or were never begun; returns how many.
pub async fn sweep(db: &Db, place: &Place) -> Result<usize> {
    let Ok(entries) = std::fs::read_dir(place.incoming()) else { return Ok(0) };
    let wanted: Vec<String> = db.read(store::open).await?.into_iter().map(|id| format!("{id}.tar")).collect();
    let mut count = 0;
    for entry in entries {
        let entry = entry.map_err(Error::internal)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
        if !wanted.contains(&name) && age > if name.ends_with(".part") { ARRIVING_FOR } else { HOLD } {
            std::fs::remove_file(entry.path()).map_err(Error::internal)?;
            count += 1;
        }
    }
    Ok(count)
}

struct Job<'a> {
    sources: &'a Sources,
    place: &'a Place,
    clock: &'a Clock,
    holder: String,
    import: Arc<Import>,
}

impl Job<'_> {
    /// Writes down how it ended; what could not be done now is done later.
    async fn settle(&self, done: Result<()>) -> Result<()> {
        let (id, now) = (self.import.id, self.clock.now());
        let reason = match done {
            Ok(()) => None,
            Err(error @ (Error::Unavailable { .. } | Error::Busy { .. })) if self.import.uploaded => {
                let holder = self.holder.clone();
                self.sources.db.write(move |tx| store::let_go(tx, id, &holder)).await?;
                return Err(error);
            }
            Err(error) => {
                if matches!(error, Error::Internal(_)) {
                    tracing::error!(cause = error.cause(), "import {id} failed: {}", error.cause());
                }
                Some(error.to_string())
            }
        };
        let import = Arc::clone(&self.import);
        self.sources
            .db
            .write(move |tx| {
                let (state, action) = match reason {
                    None => (State::Done, "import.done"),
                    Some(_) => (State::Failed, "import.fail"),
                };
                if store::end(tx, id, state, reason.as_deref(), now)? {
                    let asker = asker(&import);
                    let call = asker.call(tx, now).unwrap_or(Call {
                        actor: policy::Actor::operator(),
                        now,
                        address: None,
                        cause: Some("the account of who imports is deactivated".to_owned()),
                    });
                    record(tx, &call, action, &import)?;
                }
                Ok(())
            })
            .await
    }

    async fn take_in(&self, file: Arc<File>) -> Result<()> {
        self.verify(&file).await?;
        let opened = Arc::clone(&file);
        let head = tokio::task::spawn_blocking(move || verify::head(&opened)).await.map_err(Error::internal)??;
        if (&head.bundle, &head.server.id) != (&self.import.bundle, &self.import.server) {
            return Err(Error::conflict("this is another bundle than the one whose import was begun"));
        }
        let (import, now) = (Arc::clone(&self.import), self.clock.now());
        let told = head.clone();
        let destinations = self.sources.db.read(move |db| {
            let call = asker(&import).call(db, now)?;
            destinations(db, &call, &import, &told)
        });
        let mut intake = Intake {
            sources: self.sources,
            place: self.place,
            clock: self.clock,
            import: Arc::clone(&self.import),
            holder: self.holder.clone(),
            head: Arc::new(head),
            destinations: Arc::new(destinations.await?),
            reader: Reader::new(file)?,
            ahead: None,
            pending: Vec::new(),
            looked: Stopwatch::start(),
        };
        let done = intake.all().await;
        // What could not be done now goes on later where it is; whatever else did not come in whole is not to be found.
        if !matches!(done, Ok(()) | Err(Error::Unavailable { .. } | Error::Busy { .. })) {
            intake.abandon().await?;
        }
        done
    }

    /// Sees that the bundle is what it was when it was made.
    async fn verify(&self, file: &Arc<File>) -> Result<()> {
        let (progress, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (file, scratch) = (Arc::clone(file), self.place.scratch()?);
        let (told, over) = (Arc::clone(&progress), Arc::clone(&is_over));
        let mut task = tokio::task::spawn_blocking(move || {
            verify::verify(&file, scratch, |at| {
                told.store(at, Ordering::Relaxed);
                if over.load(Ordering::Relaxed) { Err(cancelled()) } else { Ok(()) }
            })
        });
        loop {
            tokio::select! {
                done = &mut task => return done.map_err(Error::internal)?,
                () = tokio::time::sleep(LOOK_EVERY) => {
                    if hold(self.sources, &self.import, &self.holder, self.clock, progress.load(Ordering::Relaxed)).await.is_err() {
                        is_over.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    }
}

fn asker(import: &Import) -> Asker {
    Asker { account: import.asked_by, acting_for: import.acting_for, by_key: import.by_key }
}

fn cancelled() -> Error {
    Error::conflict("the import was cancelled")
}

async fn hold(sources: &Sources, import: &Import, holder: &str, clock: &Clock, read: u64) -> Result<()> {
    let (id, holder, until) = (import.id, holder.to_owned(), clock.now().plus(HOLD));
    let read = i64::try_from(read).map_err(Error::internal)?;
    if sources.db.write(move |tx| store::hold(tx, id, &holder, until, read)).await? { Ok(()) } else { Err(cancelled()) }
}

/// A bundle that is being taken in.
pub(super) struct Intake<'a> {
    pub sources: &'a Sources,
    pub place: &'a Place,
    pub clock: &'a Clock,
    pub import: Arc<Import>,
    holder: String,
    head: Arc<Head>,
    destinations: Arc<BTreeMap<String, Destination>>,
    pub reader: Reader,
    /// The entry that comes next, if it was read already.
    pub ahead: Option<Entry>,
    pub pending: Vec<Pending>,
    looked: Stopwatch,
}

/// What an entry is by its path.
enum What {
    Head,
    Project,
    Run,
    Version,
    Content,
    Collections,
    Report,
    End,
}

fn what(path: &str) -> Option<What> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [format::HEAD] => Some(What::Head),
        [format::MANIFEST] => Some(What::End),
        ["projects", _, _, "project.json"] => Some(What::Project),
        ["projects", _, _, "collections.json"] => Some(What::Collections),
        ["projects", _, _, "reports", _] => Some(What::Report),
        ["projects", _, _, "runs", _, "run.json"] => Some(What::Run),
        ["projects", _, _, "artifacts", _, name] if name.ends_with(".json") => Some(What::Version),
        ["contents", _, _] => Some(What::Content),
        _ => None,
    }
}

impl Intake<'_> {
    async fn all(&mut self) -> Result<()> {
        let mut is_committed = false;
        loop {
            let next = match self.ahead.take() {
                Some(entry) => Some(entry),
                None => self.reader.next()?,
            };
            let entry = next.ok_or_else(|| Error::internal("a bundle that was whole is so no more"))?;
            let what = what(&entry.path).ok_or_else(|| unreadable(&entry.path, "this release does not know what it is"))?;
            if matches!(what, What::Collections | What::Report | What::End) && !is_committed {
                self.commit().await?;
                is_committed = true;
            }
            match what {
                What::Head => {}
                What::Project => self.project(&entry).await?,
                What::Run => self.run(&entry).await?,
                What::Version => self.version(&entry).await?,
                What::Content => self.content(&entry).await?,
                What::Collections => self.collections(&entry).await?,
                What::Report => self.report(&entry).await?,
                What::End => return Ok(()),
            }
            self.on_the_way().await?;
        }
    }

    /// Says now and then how far it is.
    pub(super) async fn on_the_way(&mut self) -> Result<()> {
        if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Stopwatch::start();
        self.place.admit(0)?;
        let read = u64::try_from(self.import.size_bytes).unwrap_or_default() + self.reader.at();
        hold(self.sources, &self.import, &self.holder, self.clock, read).await
    }

    pub(super) fn context(&self) -> Context {
        Context {
            import: Arc::clone(&self.import),
            head: Arc::clone(&self.head),
            destinations: Arc::clone(&self.destinations),
            now: self.clock.now(),
        }
    }

    /// Makes a project that is not there yet, at least as closed as it was and as its team has them.
    async fn project(&self, entry: &Entry) -> Result<()> {
        let document: ProjectDocument = self.reader.document(entry)?;
        let context = self.context();
        let Ok(destination) = context.destination(&document.entity, &document.name) else { return Ok(()) };
        if destination.name.is_of_registry() {
            return self.sources.db.write(move |tx| registry(tx, &context, &document)).await;
        }
        let was = Visibility::parse(&document.visibility).unwrap_or(Visibility::Restricted);
        self.sources
            .db
            .write(move |tx| {
                let call = context.call(tx)?;
                let destination = context.destination(&document.entity, &document.name)?;
                let (project, is_new) = projects::ensure(tx, &call, &destination.entity, &destination.name)?;
                if !is_new {
                    return Ok(());
                }
                let rank = |visibility: Visibility| Visibility::ALL.iter().position(|known| *known == visibility);
                let visibility = if rank(was) > rank(project.visibility) { was } else { project.visibility };
                let made =
                    Project { visibility, description: document.description.clone(), views: document.views.clone(), ..project };
                projects::put_imported(tx, &call, &made)
            })
            .await
    }

    /// Nothing is left of what did not come in whole.
    async fn abandon(&self) -> Result<()> {
        self.abandon_versions().await?;
        let server = self.import.server.clone();
        for (origin, found) in self.sources.db.read(move |db| store::begun(db, &server, Kind::Run)).await? {
            let (id, server, now) = (RunId::new(found.local), self.import.server.clone(), self.clock.now());
            self.sources.history.write(move |tx| history::delete(tx, id)).await?;
            self.sources
                .db
                .write(move |tx| {
                    // It may have come to be there meanwhile.
                    if runs::transfer::is_there(tx, id)? {
                        return Ok(());
                    }
                    files::delete_of_run(tx, id, now)?;
                    store::remove_origin(tx, &server, Kind::Run, origin, found.project)
                })
                .await?;
        }
        Ok(())
    }
}

/// Makes a registry that is not there yet, whose first admin is who imports it, for its organization or its members alone as it was.
fn registry(tx: &Tx, context: &Context, document: &ProjectDocument) -> Result<()> {
    let call = context.call(tx)?;
    let Destination { entity, name } = context.destination(&document.entity, &document.name)?;
    if projects::at(tx, &entity.name, name)?.is_some() {
        return Ok(());
    }
    let visibility = Visibility::parse(&document.visibility).filter(|visibility| *visibility == Visibility::Team);
    let wanted = registries::Changes {
        description: Some(document.description.clone()),
        visibility: Some(visibility.unwrap_or(Visibility::Restricted)),
        takes_any_type: Some(document.any_type),
        types: document.types.iter().map(|kind| (kind.name.clone(), kind.description.clone())).collect(),
    };
    registries::save(tx, &call, entity, name, &wanted).map(|_| ())
}

/// What every transaction of an import needs to know.
#[derive(Clone)]
pub(super) struct Context {
    pub import: Arc<Import>,
    head: Arc<Head>,
    destinations: Arc<BTreeMap<String, Destination>>,
    pub now: Timestamp,
}

impl Context {
    /// Who imports, as they may now.
    pub fn call(&self, tx: &Tx) -> Result<Call> {
        asker(&self.import).call(tx, self.now)
    }

    /// Where a project of the bundle goes.
    pub fn destination(&self, entity: &str, project: &str) -> Result<&Destination> {
        let path = format!("{entity}/{project}");
        self.destinations
            .get(&path)
            .ok_or_else(|| Error::invalid(format!("the bundle does not say that it has anything of {path}")))
    }

    /// The project that things of a project of the bundle go to, made if it is not there yet.
    pub fn project(&self, tx: &Tx, call: &Call, entity: &str, project: &str) -> Result<Project> {
        let destination = self.destination(entity, project)?;
        let (found, _) = projects::ensure(tx, call, &destination.entity, &destination.name)?;
        policy::require(&call.actor, Action::Write, &found.target())?;
        Ok(found)
    }

    /// The entity and name of the project that has this folder in the bundle, if it goes anywhere.
    pub fn place_of(&self, folder: &str) -> Option<(String, String)> {
        let mut paths = self.head.projects.iter().filter_map(|path| path.split_once('/'));
        let (entity, project) = paths.find(|(entity, project)| format::project_folder(entity, project) == folder)?;
        self.destinations.contains_key(&format!("{entity}/{project}")).then(|| (entity.to_owned(), project.to_owned()))
    }

    /// The number that a thing of the bundle has here, in one of the projects that things of it go to.
    pub fn local(&self, db: &db::Reader, kind: Kind, origin: i64) -> Result<Option<i64>> {
        self.found(db, kind, origin, true)
    }

    /// As [`Self::local`], also of a version that is on its way in.
    pub fn version_to_be(&self, db: &db::Reader, origin: i64) -> Result<Option<i64>> {
        self.found(db, Kind::Version, origin, false)
    }

    fn found(&self, db: &db::Reader, kind: Kind, origin: i64, is_whole: bool) -> Result<Option<i64>> {
        for found in
            store::origins(db, &self.import.server, kind, origin)?.into_iter().filter(|found| found.is_whole || !is_whole)
        {
            let Some(project) = projects::in_place(db, found.project)? else { continue };
            let is_ours = |place: &Destination| place.entity.id == project.entity_id && place.name.as_str() == project.name;
            if self.destinations.values().any(is_ours) {
                return Ok(Some(found.local));
            }
        }
        Ok(None)
    }
}
