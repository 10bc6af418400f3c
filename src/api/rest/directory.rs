//! `/directory`: what the operator's directory is, tests of it, syncs with it, and why somebody has what they have. All for
//! administrators of the server.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::listing::{Listing, Paging, Refusals};
use crate::api::{App, Caller, answer};
use crate::domain::directory::plan::{Change, Counts, Kept};
use crate::domain::directory::sync::{self, Asked, Sync};
use crate::domain::directory::{self, Directory};
use crate::domain::{Call, accounts};
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/directory", web::get().to(status))
        .route("/directory/test", web::post().to(test))
        .service(web::resource("/directory/syncs").route(web::get().to(list)).route(web::post().to(run)))
        .route("/directory/syncs/{id}", web::get().to(show))
        .route("/directory/syncs/{id}/undo", web::post().to(undo))
        .route("/directory/people/{login}", web::get().to(explain));
}

/// The directory and how it is synced with.
#[derive(Serialize, ToSchema)]
pub(super) struct DirectoryStatus {
    /// Whether there is one; else nothing here says anything.
    configured: bool,
    /// Whether people sign in with it and it is synced; else it is only tried out.
    enabled: bool,
    servers: Vec<String>,
    /// Minutes from one sync to the next; null if only somebody's wish starts one.
    sync_minutes: Option<u64>,
    /// A sync that takes something from more people than this changes nothing.
    removals_max_percent: u32,
    /// Since when a sync runs now.
    running_since: Option<String>,
    /// Whether the schedule rests, because the last sync was taken back.
    paused: bool,
    /// Why the last sync changed nothing, if something was wrong.
    alert: Option<String>,
    last_sync: Option<DirectorySync>,
    /// The sync that may be taken back.
    can_undo: Option<i64>,
    settings: Vec<DirectorySetting>,
}

/// A setting of the operator.
#[derive(Serialize, ToSchema)]
struct DirectorySetting {
    key: &'static str,
    about: &'static str,
    /// Of a secret no more than whether there is one.
    value: String,
    /// The file with its line, the environment variable or the flag that set it, or `default`.
    set_by: String,
}

/// One sync.
#[derive(Serialize, ToSchema)]
pub(super) struct DirectorySync {
    /// Null for one that was only tried out, and for one by the schedule that found nothing to do.
    id: Option<i64>,
    started_at: String,
    finished_at: String,
    /// `schedule`, a user name, or `operator` for the command line.
    started_by: String,
    /// `applied`, `unchanged`, `refused`, `failed` or `undone`.
    outcome: &'static str,
    /// Why nothing was done.
    why: String,
    /// How often the schedule met the same in a row.
    times: i64,
    people: i64,
    groups: i64,
    /// How long the directory took to tell, of the whole time.
    reading_ms: i64,
    added: i64,
    changed: i64,
    removed: i64,
    /// What was done, or would be done. Empty in lists.
    changes: Vec<DirectoryChange>,
    /// What the directory says and was not done.
    kept: Vec<DirectoryKept>,
}

/// A change that a sync makes.
#[derive(Serialize, ToSchema)]
struct DirectoryChange {
    /// `+` for what comes, `-` for what goes, `~` for what is another.
    sign: char,
    text: String,
    /// The same for programs.
    #[schema(value_type = Object)]
    details: Value,
}

/// Something that the directory says and that was not done.
#[derive(Serialize, ToSchema)]
struct DirectoryKept {
    what: String,
    because: String,
}

/// Whom to look up in a test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DirectoryTest {
    /// A user name or mail address, as at a sign-in.
    login: Option<String>,
}

/// What a test found.
#[derive(Serialize, ToSchema)]
pub(super) struct DirectoryTested {
    /// Whether every server did everything that was asked of it.
    good: bool,
    steps: Vec<DirectoryStep>,
    person: Option<DirectoryPerson>,
}

/// One step of a test.
#[derive(Serialize, ToSchema)]
struct DirectoryStep {
    server: String,
    /// `address`, `tls`, `bind`, `search`, `groups` or `person`.
    step: &'static str,
    good: bool,
    outcome: String,
}

/// Somebody in the directory.
#[derive(Serialize, ToSchema)]
struct DirectoryPerson {
    dn: String,
    /// The directory's id of them, which never changes.
    id: String,
    username: String,
    name: Option<String>,
    email: Option<String>,
    /// The whole names of their groups, through groups in groups.
    groups: Vec<String>,
    /// What rules give them.
    gives: Vec<DirectoryGift>,
    /// Whether a right password lets them in, and if not, why.
    may_sign_in: bool,
    because: String,
}

/// What a rule gives somebody.
#[derive(Serialize, ToSchema)]
struct DirectoryGift {
    group: String,
    gives: String,
}

/// Which sync is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSync {
    /// Only shows what would change.
    #[serde(default)]
    dry_run: bool,
    /// Goes on though many lose something, for who has looked at a dry run.
    #[serde(default)]
    allow_removals: bool,
}

/// Why somebody has what they have.
#[derive(Serialize, ToSchema)]
struct DirectoryExplanation {
    /// Null if the directory has nobody by that login who may sign in.
    person: Option<DirectoryPerson>,
    because: String,
    /// The user name of their account here.
    username: Option<String>,
    active: bool,
    /// Whether the account is of this server alone.
    local: bool,
    /// What they have here now.
    seats: Vec<DirectorySeat>,
    /// What their next sign-in changes.
    changes: Vec<DirectoryChange>,
    kept: Vec<DirectoryKept>,
}

/// A role that somebody has, and from where.
#[derive(Serialize, ToSchema)]
struct DirectorySeat {
    /// `team vision`.
    place: String,
    role: &'static str,
    from: String,
}

impl From<Change> for DirectoryChange {
    fn from(change: Change) -> Self {
        let (sign, text) = change.in_words();
        Self { sign, text, details: serde_json::to_value(&change).unwrap_or_default() }
    }
}

impl From<Kept> for DirectoryKept {
    fn from(Kept { what, because }: Kept) -> Self {
        Self { what, because }
    }
}

impl From<Sync> for DirectorySync {
    fn from(sync: Sync) -> Self {
        let Counts { added, changed, removed } = sync.counts;
        Self {
            id: sync.id,
            started_at: sync.started_at.to_string(),
            finished_at: sync.finished_at.to_string(),
            started_by: sync.started_by,
            outcome: sync.outcome.as_str(),
            why: sync.why,
            times: sync.times,
            people: sync.people,
            groups: sync.groups,
            reading_ms: sync.reading_ms,
            added,
            changed,
            removed,
            changes: shown(sync.changes),
            kept: shown(sync.kept),
        }
    }
}

impl From<directory::Report> for DirectoryTested {
    fn from(report: directory::Report) -> Self {
        let step = |step: &directory::Step| DirectoryStep {
            server: step.server.clone(),
            step: step.step,
            good: step.good,
            outcome: step.outcome.clone(),
        };
        Self {
            good: report.is_good(),
            steps: report.steps.iter().map(step).collect(),
            person: report.person.map(|found| DirectoryPerson::new(found.person, found.groups, found.gives, &found.because)),
        }
    }
}

fn shown<T, S: From<T>>(items: Vec<T>) -> Vec<S> {
    items.into_iter().map(S::from).collect()
}

fn gifts(gives: Vec<(String, String)>) -> Vec<DirectoryGift> {
    gives.into_iter().map(|(group, gives)| DirectoryGift { group, gives }).collect()
}

impl DirectoryPerson {
    fn new(person: directory::Person, groups: Vec<String>, gives: Vec<(String, String)>, refusal: &str) -> Self {
        Self {
            dn: person.dn,
            id: person.id,
            username: person.username,
            name: person.name,
            email: person.email,
            groups,
            gives: gifts(gives),
            may_sign_in: refusal.is_empty(),
            because: refusal.to_owned(),
        }
    }
}

/// The directory, for administrators of the server.
pub(super) fn ours(app: &App, call: &Call) -> Result<Directory> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let missing = || Error::NotFound("no directory is configured; set ldap.servers and ldap.base_dn".to_owned());
    app.directory().ok_or_else(missing)
}

/// The directory, its last sync, and what set each of its settings.
#[utoipa::path(get, path = "/api/v1/directory", tag = "Directory", responses((status = 200, body = DirectoryStatus), Refusals))]
async fn status(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    answer::json(&request, StatusCode::OK, status_of(&app, &caller.0).await)
}

async fn status_of(app: &App, call: &Call) -> Result<DirectoryStatus> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let Some(directory) = app.directory() else {
        return Ok(DirectoryStatus {
            configured: false,
            enabled: false,
            servers: Vec::new(),
            sync_minutes: None,
            removals_max_percent: 0,
            running_since: None,
            paused: false,
            alert: None,
            last_sync: None,
            can_undo: None,
            settings: Vec::new(),
        });
    };
    let settings = directory.settings();
    let set = |shown: &directory::Shown| DirectorySetting {
        key: shown.key,
        about: shown.about,
        value: shown.value.clone(),
        set_by: shown.origin.clone(),
    };
    Ok(DirectoryStatus {
        configured: true,
        enabled: settings.enabled,
        servers: settings.servers.clone(),
        sync_minutes: settings.sync.every.map(|every| every.as_secs() / 60),
        removals_max_percent: settings.sync.removals_max_percent,
        running_since: directory.running_since().map(|at| at.to_string()),
        paused: directory.is_paused(&app.db).await?,
        alert: directory.alert(&app.db).await?.map(|sync| sync.why),
        last_sync: directory.last(&app.db).await?.map(DirectorySync::from),
        can_undo: directory.last_applied(&app.db).await?,
        settings: settings.shown.iter().map(set).collect(),
    })
}

/// Tries every server step by step, with one person if a login is given.
#[utoipa::path(post, path = "/api/v1/directory/test", tag = "Directory", request_body = DirectoryTest,
    responses((status = 200, body = DirectoryTested), Refusals))]
async fn test(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<DirectoryTest>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, tested(&app, &caller.0, &form).await)
}

async fn tested(app: &App, call: &Call, form: &DirectoryTest) -> Result<DirectoryTested> {
    let directory = ours(app, call)?;
    let rules = directory.rules(&app.db).await?;
    let login = form.login.as_deref().map(str::trim).filter(|login| !login.is_empty());
    Ok(DirectoryTested::from(directory.test(&rules, login, call.now).await?))
}

/// Syncs of the last 90 days, newest first, without their changes.
#[utoipa::path(get, path = "/api/v1/directory/syncs", tag = "Directory", params(Paging),
    responses((status = 200, body = Listing<DirectorySync>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, paging: Query<Paging>) -> HttpResponse {
    let work = move |reader: &crate::db::Reader<'_>| {
        let page = sync::page(reader, &caller.0, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |sync| Ok(DirectorySync::from(sync)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// One sync with all its changes.
#[utoipa::path(get, path = "/api/v1/directory/syncs/{id}", tag = "Directory", params(("id" = i64, Path)),
    responses((status = 200, body = DirectorySync), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let found = app.db.read(move |reader| sync::find(reader, &caller.0, *id)).await;
    answer::json(&request, StatusCode::OK, found.map(DirectorySync::from))
}

/// Syncs now, or shows what a sync would change.
#[utoipa::path(post, path = "/api/v1/directory/syncs", tag = "Directory", request_body = NewSync,
    responses((status = 200, description = "What was done, or why nothing was.", body = DirectorySync), Refusals))]
async fn run(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewSync>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, synced(&app, &caller.0, &form).await)
}

async fn synced(app: &App, call: &Call, form: &NewSync) -> Result<DirectorySync> {
    let directory = ours(app, call)?;
    let account = call.actor.signed_in()?;
    let account = app.db.read(move |reader| accounts::find(reader, account)).await?;
    let by = account.map_or_else(String::new, |account| account.username);
    let asked = Asked { by, allow_removals: form.allow_removals, dry_run: form.dry_run };
    let done = directory.sync(&app.db, &app.clock, call, &asked).await?;
    if !asked.dry_run {
        app.monitor.synced(&done);
    }
    Ok(DirectorySync::from(done))
}

/// Takes the last sync that changed something back. No other runs by itself until somebody runs one.
#[utoipa::path(post, path = "/api/v1/directory/syncs/{id}/undo", tag = "Directory", params(("id" = i64, Path)),
    responses((status = 200, description = "What could not be taken back.", body = Listing<DirectoryKept>), Refusals))]
async fn undo(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let undone = async {
        let directory = ours(&app, &caller.0)?;
        directory.undo(&app.db, &app.clock, &caller.0, *id).await
    };
    let kept = undone.await.map(|kept| Listing::<DirectoryKept>::whole(shown(kept)));
    answer::json(&request, StatusCode::OK, kept)
}

/// What somebody has and gets, and by which groups.
#[utoipa::path(get, path = "/api/v1/directory/people/{login}", tag = "Directory", params(("login" = String, Path)),
    responses((status = 200, body = DirectoryExplanation), Refusals))]
async fn explain(request: HttpRequest, app: Data<App>, caller: Caller, login: Path<String>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, explained(&app, &caller.0, &login).await)
}

async fn explained(app: &App, call: &Call, login: &str) -> Result<DirectoryExplanation> {
    let found = ours(app, call)?.explain(&app.db, call, login).await?;
    let refusal = if found.may_sign_in { "" } else { found.because.as_str() };
    let person = found.person.map(|person| DirectoryPerson::new(person, found.groups, found.gives, refusal));
    let account = found.account.as_ref();
    let seat = |seat: directory::Seat| DirectorySeat { place: seat.place, role: seat.role, from: seat.from };
    Ok(DirectoryExplanation {
        person,
        username: account.map(|account| account.username.clone()),
        active: account.is_some_and(|account| account.active),
        local: account.is_some_and(|account| account.local),
        because: found.because,
        seats: found.seats.into_iter().map(seat).collect(),
        changes: shown(found.changes),
        kept: shown(found.kept),
    })
}
