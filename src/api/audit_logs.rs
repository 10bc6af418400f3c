//! `GET /admin/audit_logs`: the audit log in the vendor's shape, for tools that were written for it.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::domain::Call;
use crate::domain::audit::{self, Record, Search};
use crate::error::{Error, Result};
use crate::page::Cursor;

const LIMIT_MAX: usize = 20_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

pub fn routes(config: &mut ServiceConfig) {
    config.route("/admin/audit_logs", web::get().to(logs));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    /// Leave out who is who.
    #[serde(default)]
    anonymize: bool,
    /// Inclusive.
    start_date: Option<String>,
    /// Exclusive; answers in pages.
    end_date: Option<String>,
    num_days: Option<u32>,
    limit: Option<usize>,
    cursor: Option<String>,
}

async fn logs(request: HttpRequest, app: Data<App>, caller: Caller, asked: Query<Asked>) -> HttpResponse {
    let paged = asked.limit.is_some() || asked.end_date.is_some() || asked.cursor.is_some();
    let call = caller.0;
    let found = app.db.read(move |reader| read(reader, &call, &asked)).await;
    match found {
        Err(error) => answer::error(&request, &error),
        Ok(found) if paged => answer::json(&request, StatusCode::OK, Ok(found.page())),
        Ok(found) => {
            let lines: String = found.records.iter().map(|record| format!("{record}\n")).collect();
            HttpResponse::Ok().content_type("application/x-ndjson").body(lines)
        }
    }
}

struct Found {
    records: Vec<Value>,
    from: Option<Timestamp>,
    until: Timestamp,
    next: Option<Cursor>,
}

impl Found {
    fn page(self) -> Value {
        json!({
            "range_start_time": self.from.map(|at| at.to_string()),
            "range_end_time": self.until.to_string(),
            "count": self.records.len(),
            "next_cursor": self.next.as_ref().map(Cursor::as_str),
            "audit_logs": self.records,
        })
    }
}

fn read(reader: &Reader<'_>, call: &Call, asked: &Asked) -> Result<Found> {
    call.actor.signed_in()?;
    if asked.end_date.is_some() && asked.num_days.is_some() {
        return Err(Error::invalid("send endDate or numDays, not both"));
    }
    let from = asked.start_date.as_deref().map(moment).transpose()?;
    let days = asked.num_days.map(|days| DAY * days);
    let until = match (&asked.end_date, from, days) {
        (Some(end), ..) => moment(end)?,
        (None, Some(from), Some(days)) => from.plus(days),
        _ => call.now.plus(DAY),
    };
    // Without a beginning, so many days back.
    let from = from.or_else(|| days.map(|days| call.now.minus(days)));
    let limit = asked.limit.unwrap_or(LIMIT_MAX);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid(format!("limit is a number from 1 to {LIMIT_MAX}")));
    }
    let after: i64 = asked.cursor.as_deref().map(Cursor::decode).transpose()?.unwrap_or(0);
    let search = Search { from, until: Some(until), ..Search::default() };
    let found = audit::oldest_first(reader, call, &search, after, limit)?;
    let next = found.last().filter(|_| found.len() == limit).map(|record| Cursor::encode(&record.id));
    let records = found.iter().map(|record| shown(record, asked.anonymize)).collect();
    Ok(Found { records, from, until, next })
}

/// `2026-01-31` or `2026-01-31T10[:15[:30]]`, UTC.
fn moment(text: &str) -> Result<Timestamp> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00"),
        13 => format!("{text}:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    Timestamp::parse(&whole).ok_or_else(|| Error::invalid(format!("\"{text}\" is not a date, YYYY-MM-DD[Thh[:mm[:ss]]]")))
}

/// A record in the vendor's members; what does not apply is left out.
fn shown(record: &Record, anonymize: bool) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), Value::String(value));
        }
    };
    let actor = record.actor.as_ref();
    put("timestamp", Some(record.at.to_string()));
    put("action", Some(action(&record.action)));
    put("actor_user_id", actor.map(|person| person.id.to_string()));
    put("entity_name", record.entity.clone());
    put("project_name", record.project.clone());
    match record.object_kind.as_str() {
        "entity" => put("entity_asset", Some(record.object_id.to_string())),
        "project" => put("project_asset", Some(record.object_id.to_string())),
        "account" => put("user_asset", Some(record.object_id.to_string())),
        "report" => {
            put("report_asset", Some(record.object_id.to_string()));
            put("report_name", Some(record.object_name.clone()));
        }
        _ => {}
    }
    if !anonymize {
        put("actor_email", actor.and_then(|person| person.email.clone()));
        put("actor_ip", record.address.clone());
    }
    Value::Object(out)
}

/// Our action in the vendor's word, where there is one.
fn action(ours: &str) -> String {
    let vendors = match ours {
        "key.create" => "user:create_api_key",
        "key.revoke" => "user:delete_api_key",
        "session.sign_in" => "user:login",
        "session.sign_out" => "user:logout",
        "account.create" => "user:create",
        "account.update" => "user:update",
        "account.deactivate" => "user:deactivate",
        "account.reactivate" => "user:reactivate",
        "account.delete" => "user:permanently_delete",
        "team.invite" | "team.invite_again" => "team:invite_user",
        "team.uninvite" => "team:uninvite",
        "organization.change_role" | "organization.add_member" => "organization:update_member",
        "run.restore" => "run:undelete_many",
        other => return other.replacen('.', ":", 1),
    };
    vendors.to_owned()
}
