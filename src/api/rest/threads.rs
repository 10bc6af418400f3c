//! `/reports/{id}/threads`, `/threads/{thread}` and `/comments/{id}`: what is said about a report. Nothing of it is for who only holds
//! a link.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::accounts::faces::Face;
use crate::domain::discussions::{self, Anchor, State};
use crate::domain::{Call, reports};
use crate::error::{Error, Result};
use crate::id::{CommentId, ReportId, ThreadId};
use crate::policy::{Action, TalkPart};

/// The most bytes of a form here: a comment with its signs escaped, and an anchor.
const FORM_BYTES_MAX: usize = 8 * discussions::BODY_BYTES_MAX;

pub(super) fn routes(config: &mut ServiceConfig) {
    let form = || super::form_of(FORM_BYTES_MAX, || "this is more than a comment may have".to_owned());
    config
        .service(
            web::resource("/reports/{id}/threads").app_data(form()).route(web::get().to(list)).route(web::post().to(begin)),
        )
        .service(web::resource("/threads/{thread}/comments").app_data(form()).route(web::post().to(reply)))
        .route("/threads/{thread}", web::patch().to(resolve))
        .service(web::resource("/comments/{id}").app_data(form()).route(web::patch().to(edit)).route(web::delete().to(delete)))
        .route("/reports/{id}/people", web::get().to(people));
}

/// Comments on a report, or on a place in it, that belong together.
#[derive(Serialize, ToSchema)]
pub(super) struct Thread {
    id: i64,
    /// Which words or panel it is about; null for the whole report.
    anchor: Option<Anchor>,
    resolved_at: Option<String>,
    resolved_by: Option<Person>,
    created_at: String,
    /// Oldest first.
    comments: Vec<Comment>,
    may: ThreadRights,
}

/// What the caller may do with a thread.
#[derive(Serialize, ToSchema)]
struct ThreadRights {
    reply: bool,
    /// And open it again.
    resolve: bool,
}

/// What somebody said.
#[derive(Serialize, ToSchema)]
pub(super) struct Comment {
    id: i64,
    author: Option<Person>,
    /// Markdown; null of one that was deleted after others had answered.
    body: Option<String>,
    /// The user names of those it names.
    mentions: Vec<String>,
    created_at: String,
    edited_at: Option<String>,
    may: CommentRights,
}

/// What the caller may do with a comment.
#[derive(Serialize, ToSchema)]
struct CommentRights {
    edit: bool,
    delete: bool,
}

/// Somebody, as they are called now.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    username: String,
    name: String,
    /// Whether they are locked out, or may not see the report any more.
    left: bool,
}

impl From<Face> for Person {
    fn from(face: Face) -> Self {
        Self { username: face.username, name: face.name, left: face.left }
    }
}

impl Thread {
    fn of(call: &Call, report: &reports::Report, thread: discussions::Thread) -> Self {
        let resolve = discussions::may(call, Action::Write, report, TalkPart::Thread, thread.begun_by);
        Self {
            id: thread.id.get(),
            anchor: thread.anchor,
            resolved_at: thread.resolved_at.map(|at| at.to_string()),
            resolved_by: thread.resolved_by.map(Person::from),
            created_at: thread.created_at.to_string(),
            comments: thread.comments.into_iter().map(|comment| Comment::of(call, report, comment)).collect(),
            may: ThreadRights { reply: discussions::hindrance(call, report).is_none(), resolve },
        }
    }
}

impl Comment {
    fn of(call: &Call, report: &reports::Report, comment: discussions::Comment) -> Self {
        let is_there = comment.body.is_some();
        let may = |action| is_there && discussions::may(call, action, report, TalkPart::Comment, comment.author);
        let may = CommentRights { edit: may(Action::Write), delete: may(Action::Delete) };
        Self {
            id: comment.id.get(),
            author: comment.face.map(Person::from),
            body: comment.body,
            mentions: comment.mentions,
            created_at: comment.created_at.to_string(),
            edited_at: comment.edited_at.map(|at| at.to_string()),
            may,
        }
    }
}

/// Threads of a report, and whether the caller may begin one.
#[derive(Serialize, ToSchema)]
pub(super) struct Threads {
    items: Vec<Thread>,
    /// Send it as `after` for the next page; null on the last one.
    next_cursor: Option<String>,
    may: ThreadsRights,
}

/// Whether the caller may comment on a report.
#[derive(Serialize, ToSchema)]
struct ThreadsRights {
    comment: bool,
    /// Why not, in words.
    hindrance: Option<String>,
}

/// Which threads of a report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// `open`, `resolved` or `all`; `all` if nothing is said.
    state: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said. A page with a thousand comments ends early.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewThread {
    /// Markdown, at most 16 KiB; `@name` tells somebody who may read the report.
    body: String,
    /// Which words or panel it is about; the whole report if nothing is said.
    anchor: Option<Anchor>,
}

/// What a comment says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Words {
    /// Markdown, at most 16 KiB; `@name` tells somebody who may read the report.
    body: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    resolved: bool,
}

fn report_of(call: &Call, id: &str) -> Result<ReportId> {
    call.actor.known()?;
    reports::read_public_id(id)
}

/// What is said about a report, oldest thread first, for everybody signed in who sees it by a right of their own.
#[utoipa::path(get, path = "/api/v1/reports/{id}/threads", tag = "Comments", params(("id" = String, Path), Asked),
    responses((status = 200, body = Threads), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>, asked: Query<Asked>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (call, Asked { state, after, limit }) = (&caller.0, asked.into_inner());
        let id = report_of(call, &id)?;
        let state = state.as_deref().unwrap_or("all");
        let state = State::parse(state)
            .ok_or_else(|| Error::invalid(format!("threads are open, resolved or all; there are none that are \"{state}\"")))?;
        let (report, page) = discussions::page(reader, call, id, state, after.as_deref(), listing::size(limit)?)?;
        let (items, next_cursor) = listing::shown(page, |thread| Ok(Thread::of(call, &report, thread)))?;
        let hindrance = discussions::hindrance(call, &report);
        Ok(Threads { items, next_cursor, may: ThreadsRights { comment: hindrance.is_none(), hindrance } })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Begins a thread about a report or a place in it, for everybody who sees it and has a role there, view-only people too.
#[utoipa::path(post, path = "/api/v1/reports/{id}/threads", tag = "Comments", params(("id" = String, Path)),
    request_body = NewThread, responses((status = 201, body = Thread), Refusals))]
async fn begin(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>, form: Json<NewThread>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let call = &caller.0;
        let (report, thread) = discussions::begin(tx, call, report_of(call, &id)?, &form.body, form.anchor.as_ref())?;
        Ok(Thread::of(call, &report, thread))
    };
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

/// Answers in a thread; one that is resolved stays so.
#[utoipa::path(post, path = "/api/v1/threads/{thread}/comments", tag = "Comments", params(("thread" = i64, Path)),
    request_body = Words, responses((status = 201, body = Comment), Refusals))]
async fn reply(request: HttpRequest, app: Data<App>, caller: Caller, thread: Path<i64>, form: Json<Words>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let call = &caller.0;
        let (report, comment) = discussions::reply(tx, call, ThreadId::new(*thread), &form.body)?;
        Ok(Comment::of(call, &report, comment))
    };
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

/// Says that a thread is resolved, or not: for who began it, who wrote the report, members and admins.
#[utoipa::path(patch, path = "/api/v1/threads/{thread}", tag = "Comments", params(("thread" = i64, Path)),
    request_body = Resolution, responses((status = 200, body = Thread), Refusals))]
async fn resolve(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    thread: Path<i64>,
    form: Json<Resolution>,
) -> HttpResponse {
    let expected = IfMatch::of(&request);
    let work = move |tx: &Tx<'_>| {
        let (call, id) = (&caller.0, ThreadId::new(*thread));
        let (report, now) = discussions::thread(tx, call, id)?;
        expected.require(|| Ok(Thread::of(call, &report, now)))?;
        let (report, thread) = discussions::set_resolved(tx, call, id, form.resolved)?;
        Ok(Thread::of(call, &report, thread))
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// Changes what the caller said.
#[utoipa::path(patch, path = "/api/v1/comments/{id}", tag = "Comments", params(("id" = i64, Path)), request_body = Words,
    responses((status = 200, body = Comment), Refusals))]
async fn edit(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>, form: Json<Words>) -> HttpResponse {
    let expected = IfMatch::of(&request);
    let work = move |tx: &Tx<'_>| {
        let (call, id) = (&caller.0, CommentId::new(*id));
        let (report, now) = discussions::comment(tx, call, id)?;
        expected.require(|| Ok(Comment::of(call, &report, now)))?;
        let (report, comment) = discussions::edit(tx, call, id, &form.body)?;
        Ok(Comment::of(call, &report, comment))
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// Takes back a comment, for who wrote it, who wrote the report, and admins. One that others have answered keeps its place without
/// words; a thread without comments goes.
#[utoipa::path(delete, path = "/api/v1/comments/{id}", tag = "Comments", params(("id" = i64, Path)),
    responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| discussions::delete(tx, &caller.0, CommentId::new(*id));
    answer::empty(&request, app.db.write(work).await)
}

/// Whom a comment may name.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Beginning {
    /// The beginning of a user name, or a part of a name; everybody near if nothing is said.
    #[serde(default)]
    query: String,
    /// How many, 1 to 1000; there are never more than 20.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Somebody whom a comment may name.
#[derive(Serialize, ToSchema)]
pub(super) struct Mentionable {
    username: String,
    name: String,
}

/// People who may read a report, by user name, for those who comment on it.
#[utoipa::path(get, path = "/api/v1/reports/{id}/people", tag = "Comments", params(("id" = String, Path), Beginning),
    responses((status = 200, body = Listing<Mentionable>), Refusals))]
async fn people(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    asked: Query<Beginning>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (call, size) = (&caller.0, listing::size(asked.limit)?);
        let found = discussions::readers(reader, call, report_of(call, &id)?, &asked.query, size)?.into_iter();
        Ok(Listing::whole(found.map(|account| Mentionable { username: account.username, name: account.name }).collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
