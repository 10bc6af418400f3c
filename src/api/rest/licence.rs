//! `/organizations/{organization}/licence`: seats that count, licence contacts and what is noted about them; nothing depends
//! on a licence. And the people of an organization as a table.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::Refusals;
use super::organizations::source;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::organizations::licence::{self, Changes};
use crate::domain::organizations::people::{self, Search};
use crate::domain::{Call, organizations};
use crate::error::Result;
use crate::policy::Action;

/// Enough to list everybody of a large site.
const EVERYBODY: usize = 100_000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/organizations/{organization}/licence").route(web::get().to(show)).route(web::patch().to(update)),
        )
        .service(
            web::resource("/organizations/{organization}/licence-contacts/{username}")
                .route(web::put().to(name_contact))
                .route(web::delete().to(drop_contact)),
        )
        .route("/organizations/{organization}/members.csv", web::get().to(table));
}

/// What an organization knows about its licence.
#[derive(Serialize, ToSchema)]
pub(super) struct Licence {
    /// `free`: every feature is there without a licence.
    kind: &'static str,
    contact: String,
    invoice_reference: String,
    /// How one gets more seats here.
    more_seats: String,
    contacts: Vec<LicenceContact>,
    /// Active people with the role admin or member.
    seats_counted: i64,
    /// Not counted: active people with the role viewer…
    seats_viewers: i64,
    /// … people who are deactivated…
    seats_deactivated: i64,
    /// … service accounts…
    service_accounts: i64,
    /// … and people who were asked and have not answered.
    pending: i64,
    /// Newest first.
    months: Vec<SeatMonth>,
}

/// Somebody who hears of licence matters.
#[derive(Serialize, ToSchema)]
struct LicenceContact {
    username: String,
    name: String,
    email: Option<String>,
}

/// The most seats that counted in a month.
#[derive(Serialize, ToSchema)]
struct SeatMonth {
    /// `2026-01`.
    month: String,
    most: i64,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LicencePatch {
    contact: Option<String>,
    invoice_reference: Option<String>,
    /// How one gets more seats here.
    more_seats: Option<String>,
}

/// Seats that count and who hears of licence matters, for admins of the organization.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/licence", tag = "Organizations",
    params(("organization" = String, Path)), responses((status = 200, body = Licence), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| shown(reader, &caller.0, &name);
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes what is noted about the licence, for admins of the organization.
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}/licence", tag = "Organizations",
    params(("organization" = String, Path)), request_body = LicencePatch,
    responses((status = 200, body = Licence), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<LicencePatch>,
) -> HttpResponse {
    let LicencePatch { contact, invoice_reference, more_seats } = form.into_inner();
    let changes = Changes { contact, invoice_reference, more_seats };
    let expected = answer::IfMatch::of(&request);
    let work = move |tx: &Tx<'_>| {
        let organization = organizations::require(tx, &caller.0, Action::Manage, &name)?;
        expected.require(|| shown(tx, &caller.0, &name))?;
        licence::update(tx, &caller.0, &organization, &changes)?;
        shown(tx, &caller.0, &name)
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// Makes a person of the organization one of its licence contacts, for its admins.
#[utoipa::path(put, path = "/api/v1/organizations/{organization}/licence-contacts/{username}", tag = "Organizations",
    params(("organization" = String, Path), ("username" = String, Path)), responses((status = 204), Refusals))]
async fn name_contact(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    answer::empty(&request, set_contact(&app, caller.0, path.into_inner(), true).await)
}

/// Lets a person be licence contact no more, for admins of the organization; one must be left.
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/licence-contacts/{username}", tag = "Organizations",
    params(("organization" = String, Path), ("username" = String, Path)), responses((status = 204), Refusals))]
async fn drop_contact(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    answer::empty(&request, set_contact(&app, caller.0, path.into_inner(), false).await)
}

async fn set_contact(app: &App, call: Call, path: (String, String), wanted: bool) -> Result<()> {
    let work = move |tx: &Tx<'_>| {
        let organization = organizations::require(tx, &call, Action::Manage, &path.0)?;
        licence::set_contact(tx, &call, &organization, &path.1, wanted)
    };
    app.db.write(work).await
}

fn shown(reader: &Reader<'_>, call: &Call, name: &str) -> Result<Licence> {
    let organization = organizations::require(reader, call, Action::Manage, name)?;
    let found = licence::get(reader, call, &organization)?;
    let contacts = found.contacts.into_iter().map(|account| LicenceContact {
        username: account.username,
        name: account.name,
        email: account.email,
    });
    Ok(Licence {
        kind: "free",
        contact: found.notes.contact,
        invoice_reference: found.notes.invoice_reference,
        more_seats: found.notes.more_seats,
        contacts: contacts.collect(),
        seats_counted: found.seats.counted,
        seats_viewers: found.seats.viewers,
        seats_deactivated: found.seats.deactivated,
        service_accounts: found.services,
        pending: found.pending,
        months: found.months.into_iter().map(|(month, most)| SeatMonth { month, most }).collect(),
    })
}

/// The people of an organization as a table (CSV), for its admins.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/members.csv", tag = "Organizations",
    params(("organization" = String, Path)), responses((status = 200, body = String, content_type = "text/csv"), Refusals))]
async fn table(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let organization = organizations::require(reader, &caller.0, Action::Manage, &name)?;
        let page = people::page(reader, &caller.0, organization.id, &Search::default(), None, EVERYBODY)?;
        let mut lines = "username,name,email,role,source,active,joined_at,last_seen_at,teams\r\n".to_owned();
        for (_, person) in page.items {
            let teams: Vec<_> = person.teams.iter().map(|(team, role)| format!("{team} ({})", role.as_str())).collect();
            let account = person.account;
            let cells = [
                account.username,
                account.name,
                account.email.unwrap_or_default(),
                person.role.as_str().to_owned(),
                source(person.by_directory).to_owned(),
                if account.deactivated_at.is_none() { "yes" } else { "no" }.to_owned(),
                person.joined_at.to_string(),
                account.last_seen_at.map_or_else(String::new, |at| at.to_string()),
                teams.join("; "),
            ];
            lines.push_str(&cells.map(|cell| quoted(&cell)).join(","));
            lines.push_str("\r\n");
        }
        Ok(lines)
    };
    match app.db.read(work).await {
        Ok(lines) => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"members.csv\""))
            .body(lines),
        Err(error) => answer::error(&request, &error),
    }
}

/// A cell of a table. What a spreadsheet would take for a formula is told to be text.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}
