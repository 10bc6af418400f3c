//! `/audit`: who did what, when and to what; a page at a time, or all as lines of JSON.

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Refusals, size};
use crate::api::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::{Db, Reader};
use crate::domain::audit::{self, Record, Search};
use crate::domain::{Call, accounts, teams};
use crate::error::{Error, Result};

/// Records that the download reads at a time.
const BATCH: usize = 1000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/audit", web::get().to(list)).route("/audit.jsonl", web::get().to(download));
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub struct AuditRecord {
    /// Grows by one with each entry.
    id: i64,
    at: String,
    /// `noun.verb`: `key.revoke`, `team.create`.
    action: String,
    /// Whose credentials were used; null for the operator at the machine, and for links.
    actor: Option<String>,
    /// The member on whose behalf a service account acted.
    acting_for: Option<String>,
    /// Where the request came from.
    address: Option<String>,
    object_kind: String,
    object_id: i64,
    /// As it was called then.
    object_name: String,
    entity: Option<String>,
    project: Option<String>,
    /// Whatever else belongs to the action.
    #[schema(value_type = Object)]
    details: Value,
    /// Of this entry and all before it, in hexadecimal: "runstead audit verify --against" compares it.
    digest: String,
}

impl AuditRecord {
    /// A JSON object, without details if it would have more bytes than `most`.
    ///
    /// # Errors
    /// None of a record as we write it.
    pub fn line(mut self, most: usize) -> Result<String> {
        let line = serde_json::to_string(&self).map_err(Error::internal)?;
        if line.len() <= most {
            return Ok(line);
        }
        self.details = serde_json::json!({ "left_out_bytes": line.len() });
        serde_json::to_string(&self).map_err(Error::internal)
    }
}

impl From<Record> for AuditRecord {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            at: record.at.to_string(),
            action: record.action,
            actor: record.actor.map(|person| person.username),
            acting_for: record.acting_for.map(|person| person.username),
            address: record.address,
            object_kind: record.object_kind,
            object_id: record.object_id,
            object_name: record.object_name,
            entity: record.entity,
            project: record.project,
            details: record.details,
            digest: hex::encode(&record.digest),
        }
    }
}

#[derive(Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The user name of who did it, or on whose behalf it was done.
    actor: Option<String>,
    /// The whole action, or its noun: `team` finds `team.create`.
    action: Option<String>,
    /// `account`, `key`, `entity`, `project`, `run` and the like.
    object_kind: Option<String>,
    /// As it was called then.
    object_name: Option<String>,
    /// A team or organization: what was done to it and in it. Its admins may ask for this.
    team: Option<String>,
    /// An ISO 8601 moment.
    from: Option<String>,
    /// An ISO 8601 moment, itself not.
    until: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

impl Asked {
    fn search(&self, reader: &Reader<'_>) -> Result<Search> {
        let moment = |text: &Option<String>| {
            let read = |text: &String| {
                Timestamp::parse(text).ok_or_else(|| Error::invalid(format!("\"{text}\" is not an ISO 8601 moment")))
            };
            text.as_ref().map(read).transpose()
        };
        let account = |name: &String| {
            let found = accounts::by_username(reader, name)?;
            Ok(found.ok_or_else(|| Error::not_found(format!("account {name}")))?.id)
        };
        let entity = |name: &String| {
            let found = teams::entity_by_name(reader, name)?;
            Ok(found.ok_or_else(|| Error::not_found(format!("team {name}")))?.id)
        };
        Ok(Search {
            actor: self.actor.as_ref().map(account).transpose()?,
            action: self.action.clone(),
            object_kind: self.object_kind.clone(),
            object_name: self.object_name.clone(),
            entity: self.team.as_ref().map(entity).transpose()?,
            from: moment(&self.from)?,
            until: moment(&self.until)?,
        })
    }
}

/// What was done, newest first. Administrators of the server read all; with `team`, the admins of a team read what concerns it.
#[utoipa::path(get, path = "/api/v1/audit", tag = "Audit", params(Asked),
    responses((status = 200, body = Listing<AuditRecord>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, asked: Query<Asked>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        let page = audit::page(reader, &caller.0, &asked.search(reader)?, asked.after.as_deref(), size(asked.limit)?)?;
        Listing::new(page, |record| Ok(AuditRecord::from(record)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// What was done, oldest first, one JSON object a line; for those who may read the same as a list.
#[utoipa::path(get, path = "/api/v1/audit.jsonl", tag = "Audit", params(Asked),
    responses((status = 200, description = "A line a record.", body = String, content_type = "application/x-ndjson"), Refusals))]
async fn download(request: HttpRequest, app: Data<App>, caller: Caller, asked: Query<Asked>) -> HttpResponse {
    let call = caller.0.clone();
    let begun = move |reader: &Reader<'_>| {
        call.actor.signed_in()?;
        let search = asked.search(reader)?;
        Ok((audit::oldest_first(reader, &call, &search, 0, BATCH)?, search))
    };
    match app.db.read(begun).await {
        Err(error) => answer::error(&request, &error),
        Ok((first, search)) => {
            HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines(app.db.clone(), caller.0, search, first))
        }
    }
}

/// The records from `first` on as lines, read as fast as they are taken.
fn lines(db: Db, call: Call, search: Search, first: Vec<Record>) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold(Some(first), move |batch| {
        let (db, call, search) = (db.clone(), call.clone(), search.clone());
        async move {
            let Some(batch) = batch.filter(|batch| !batch.is_empty()) else {
                return Ok(None);
            };
            let last = batch.last().map_or(0, |record| record.id);
            let full = batch.len() == BATCH;
            let mut text = String::new();
            for record in batch {
                let line = AuditRecord::from(record).line(usize::MAX).map_err(std::io::Error::other)?;
                text.push_str(&line);
                text.push('\n');
            }
            let next = match full {
                true => {
                    let read = move |reader: &Reader<'_>| audit::oldest_first(reader, &call, &search, last, BATCH);
                    Some(db.read(read).await.map_err(|error| std::io::Error::other(error.cause()))?)
                }
                false => None,
            };
            Ok(Some((Bytes::from(text), next)))
        }
    })
}
