//! `/notifications`: what the caller was told; `/notification-settings`: what of it is mailed to them.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Refusals};
use super::threads::Person;
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::notifications::{self, Kind, Which};
use crate::domain::{Call, reports};
use crate::error::{Error, Result};
use crate::id::NotificationId;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/notifications", web::get().to(list))
        .route("/notifications/count", web::get().to(count))
        .route("/notifications/read", web::post().to(read))
        .service(web::resource("/notification-settings").route(web::get().to(settings)).route(web::patch().to(choose)));
}

/// What the caller was told.
#[derive(Serialize, ToSchema)]
pub(super) struct Notification {
    id: i64,
    /// `mention`, `comment`, `resolved`, `published` or `assigned`.
    kind: &'static str,
    at: String,
    read_at: Option<String>,
    by: Option<Person>,
    /// Null of an alert that was handed over.
    report: Option<ReportNamed>,
    thread: Option<i64>,
    comment: Option<i64>,
    /// The first 200 characters of what was said.
    excerpt: String,
    /// Where it is to be seen, below the address of the server.
    url: String,
}

/// A report by its name and where it is.
#[derive(Serialize, ToSchema)]
struct ReportNamed {
    id: String,
    display_name: String,
    entity: String,
    project: String,
}

impl From<notifications::Notification> for Notification {
    fn from(told: notifications::Notification) -> Self {
        let url = told.path();
        let subject = told.subject;
        let report = subject.report.map(|id| ReportNamed {
            id: reports::public_id(id),
            display_name: subject.title,
            entity: subject.entity,
            project: subject.project,
        });
        Self {
            id: told.id.get(),
            kind: told.kind.as_str(),
            at: told.at.to_string(),
            read_at: told.read_at.map(|at| at.to_string()),
            by: told.by.map(Person::from),
            report,
            thread: told.thread.map(|id| id.get()),
            comment: told.comment.map(|id| id.get()),
            excerpt: told.excerpt,
            url,
        }
    }
}

/// What the caller was told, a page of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Notifications {
    items: Vec<Notification>,
    /// Send it as `after` for the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many of all are not read.
    unread: i64,
}

/// How many notifications are not read.
#[derive(Serialize, ToSchema)]
pub(super) struct Unread {
    unread: i64,
}

/// Which notifications.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Those alone that are not read.
    #[serde(default)]
    unread: bool,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Which of them were read: exactly one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WereRead {
    /// These, at most 1000.
    ids: Option<Vec<i64>>,
    /// This one and all before it.
    up_to: Option<i64>,
    /// All about the report of this id.
    report: Option<String>,
}

impl WereRead {
    fn which(&self) -> Result<Which> {
        match (&self.ids, self.up_to, &self.report) {
            (Some(ids), None, None) => Ok(Which::These(ids.clone())),
            (None, Some(last), None) => Ok(Which::UpTo(NotificationId::new(last))),
            (None, None, Some(report)) => Ok(Which::OfReport(reports::read_public_id(report)?)),
            _ => Err(Error::invalid("say which were read by one of ids, up_to and report")),
        }
    }
}

/// What the caller was told and may still see, newest first.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "Notifications", params(Asked),
    responses((status = 200, body = Notifications), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, asked: Query<Asked>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let size = listing::size(asked.limit)?;
        let page = notifications::page(reader, &caller.0, asked.unread, asked.after.as_deref(), size)?;
        let (items, next_cursor) = listing::shown(page, |told| Ok(Notification::from(told)))?;
        Ok(Notifications { items, next_cursor, unread: notifications::unread(reader, &caller.0)? })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// How many of them the caller has not read.
#[utoipa::path(get, path = "/api/v1/notifications/count", tag = "Notifications",
    responses((status = 200, body = Unread), Refusals))]
async fn count(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| Ok(Unread { unread: notifications::unread(reader, &caller.0)? });
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Notes that the caller has read them.
#[utoipa::path(post, path = "/api/v1/notifications/read", tag = "Notifications", request_body = WereRead,
    responses((status = 204), Refusals))]
async fn read(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<WereRead>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        notifications::mark_read(tx, &caller.0, &form.which()?)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// What of that which the caller is told is mailed to them.
#[derive(Serialize, ToSchema)]
pub(super) struct NotificationSettings {
    mail: MailChoices,
    /// Whether letters reach them at all.
    mail_possible: bool,
    /// Why not, in words.
    why_not: Option<&'static str>,
}

/// Which letters are sent.
#[derive(Serialize, ToSchema)]
struct MailChoices {
    /// A comment names them.
    mention: bool,
    /// Somebody comments on a report that they follow, or in a thread that they wrote in.
    comment: bool,
    /// A report that they follow has a new version.
    published: bool,
    /// A report or alert is theirs now.
    assigned: bool,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotificationSettingsPatch {
    #[serde(default)]
    mail: MailChanges,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailChanges {
    mention: Option<bool>,
    comment: Option<bool>,
    published: Option<bool>,
    assigned: Option<bool>,
}

fn shown(reader: &Reader<'_>, call: &Call, sends_mail: bool) -> Result<NotificationSettings> {
    let choices = notifications::choices(reader, call)?;
    let is_mailed = |kind| choices.mailed.iter().any(|(known, mailed)| *known == kind && *mailed);
    let why_not = match (sends_mail, choices.has_address) {
        (false, _) => Some("this server sends no mail: its operator has not set a mail server"),
        (true, false) => Some("your account has no mail address"),
        (true, true) => None,
    };
    let mail = MailChoices {
        mention: is_mailed(Kind::Mention),
        comment: is_mailed(Kind::Comment),
        published: is_mailed(Kind::Published),
        assigned: is_mailed(Kind::Assigned),
    };
    Ok(NotificationSettings { mail, mail_possible: why_not.is_none(), why_not })
}

/// What is mailed to the caller.
#[utoipa::path(get, path = "/api/v1/notification-settings", tag = "Notifications",
    responses((status = 200, body = NotificationSettings), Refusals))]
async fn settings(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let sends_mail = app.channels.mail.is_some();
    answer::json(&request, StatusCode::OK, app.db.read(move |reader| shown(reader, &caller.0, sends_mail)).await)
}

/// Chooses what is mailed to the caller.
#[utoipa::path(patch, path = "/api/v1/notification-settings", tag = "Notifications", request_body = NotificationSettingsPatch,
    responses((status = 200, body = NotificationSettings), Refusals))]
async fn choose(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NotificationSettingsPatch>) -> HttpResponse {
    let (sends_mail, expected) = (app.channels.mail.is_some(), IfMatch::of(&request));
    let work = move |tx: &Tx<'_>| {
        expected.require(|| shown(tx, &caller.0, sends_mail))?;
        let MailChanges { mention, comment, published, assigned } = form.mail;
        let said =
            [(Kind::Mention, mention), (Kind::Comment, comment), (Kind::Published, published), (Kind::Assigned, assigned)];
        let changes: Vec<(Kind, bool)> = said.into_iter().filter_map(|(kind, said)| Some((kind, said?))).collect();
        notifications::change(tx, &caller.0, &changes)?;
        shown(tx, &caller.0, sends_mail)
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}
