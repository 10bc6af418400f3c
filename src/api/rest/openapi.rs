//! `/openapi.json`: what the management API offers, generated from the code; `/docs`: the same for people, without scripts
//! and without any other server.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde_json::Value;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, Required, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{
    activity, alerts, attention, audit, authorities, avatars, deletion, directory, directory_draft, directory_rules, exports,
    firings, imports, invitations, invited, keys, licence, listing, moves, notifications, organizations, permissions, projects,
    report_life, report_links, report_lists, report_runs, reports, run_archive, run_table, runs, selected_runs,
    service_accounts, sessions, settings, storage, system, teams, threads, trash, user_keys, users, webhooks,
};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/openapi.json", web::get().to(document)).route("/docs", web::get().to(page));
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Runstead management API",
        description = "People, teams, organizations and what they own. Send an API key as the password of Basic authentication \
                       or as a Bearer token. Lists are paged: send `next_cursor` as `after` for the next page. Every refusal \
                       has a `code` for programs and a `message` for people."
    ),
    paths(
        users::list, users::create, users::show, users::update, users::delete, users::stake, users::deactivate, users::reactivate,
        user_keys::list, user_keys::create, user_keys::revoke, sessions::list, sessions::revoke, sessions::revoke_others,
        keys::list, keys::create, keys::revoke,
        organizations::list, organizations::create, organizations::show, organizations::update, organizations::delete,
        organizations::people, licence::show, licence::update, licence::name_contact, licence::drop_contact, licence::table,
        organizations::set_member, organizations::remove_member,
        organizations::teams, organizations::create_team,
        teams::mine, teams::create, teams::show, teams::update, teams::delete, teams::restore,
        teams::members, teams::show_member, teams::add_member, teams::set_member, teams::remove_member,
        avatars::show, avatars::set, avatars::remove, activity::show,
        alerts::list, alerts::create, alerts::show, alerts::update, alerts::delete, alerts::try_out, alerts::rearm, firings::list,
        webhooks::list, webhooks::create, webhooks::update, webhooks::delete, webhooks::try_out,
        invitations::list, invitations::invite, invitations::suggest, invitations::resend, invitations::withdraw,
        invited::mine, invited::accept, invited::decline,
        projects::list, projects::create, projects::show, projects::update, projects::named, projects::set_named,
        projects::remove_named, deletion::preview, deletion::delete, deletion::list, deletion::restore, deletion::purge,
        deletion::preview_of_team, deletion::purge_team, runs::list, runs::show, runs::update, runs::delete, runs::stop,
        run_archive::download, run_table::groups, run_table::facets, run_table::fields,
        selected_runs::delete, selected_runs::lock, selected_runs::unlock, selected_runs::restore,
        moves::list, moves::start, moves::preview, moves::destinations, moves::show, moves::items, moves::undo,
        exports::list, exports::start, exports::show, exports::cancel, exports::remove, exports::download, exports::stream,
        imports::list, imports::start, imports::show, imports::items, imports::cancel,
        report_lists::of_project, report_lists::of_team, reports::create, reports::show, reports::update, report_life::publish,
        report_life::delete, report_life::restore, report_life::purge, report_life::deleted, report_links::list,
        report_links::create, report_links::revoke, report_runs::list,
        threads::list, threads::begin, threads::reply, threads::resolve, threads::edit, threads::delete, threads::people,
        attention::show, attention::star, attention::unstar, attention::follow, attention::unfollow, attention::starred,
        notifications::list, notifications::count, notifications::read, notifications::settings, notifications::choose,
        trash::list, trash::restore, trash::purge, audit::list, audit::download, permissions::show,
        system::show, system::storage, system::jobs, system::run_job, system::backups, system::checks, settings::show, authorities::download, storage::of_project,
        service_accounts::of_team, service_accounts::create_in_team, service_accounts::delete_from_team,
        service_accounts::of_organization, service_accounts::create_in_organization,
        service_accounts::delete_from_organization,
        directory::status, directory::test, directory::list, directory::show, directory::run, directory::undo,
        directory::explain, directory_draft::draft, directory_rules::show, directory_rules::replace,
    ),
    components(schemas(listing::Failure)),
    security(("basic" = []), ("bearer" = [])),
    modifiers(&Credentials, &Conditions)
)]
struct Document;

/// How to say who asks.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schemes = document.components.get_or_insert_with(Default::default);
        let scheme =
            |kind, text: &str| SecurityScheme::Http(HttpBuilder::new().scheme(kind).description(Some(text.to_owned())).build());
        schemes.add_security_scheme("basic", scheme(HttpAuthScheme::Basic, "Any user name; the password is an API key."));
        schemes.add_security_scheme("bearer", scheme(HttpAuthScheme::Bearer, "An API key."));
    }
}

/// The headers that every operation of a kind knows.
struct Conditions;

impl Modify for Conditions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            if let Some(read) = &mut item.get {
                add(read, "If-None-Match", "An `ETag`: without a body (304) if what it names is still so.");
                let unchanged = ResponseBuilder::new().description("Nothing changed since.").build();
                read.responses.responses.insert("304".to_owned(), unchanged.into());
            }
            if let Some(change) = &mut item.patch {
                add(change, "If-Match", "The `ETag` of what the change is to be made to: refused (412) if that changed.");
                let changed = ResponseBuilder::new()
                    .description("It was changed since it was read.")
                    .content("application/json", ContentBuilder::new().schema(Some(Ref::from_schema_name("Failure"))).build());
                change.responses.responses.insert("412".to_owned(), changed.build().into());
            }
            if let Some(made) = &mut item.post {
                add(
                    made,
                    "Idempotency-Key",
                    "A UUID of yours: sent again with it, the request is done once and answered as before.",
                );
            }
        }
    }
}

fn add(operation: &mut Operation, name: &str, about: &str) {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
    let header = header.description(Some(about)).schema(Some(text)).build();
    operation.parameters.get_or_insert_with(Vec::new).push(header);
}

/// The document.
pub fn openapi() -> Value {
    serde_json::to_value(Document::openapi()).expect("the document is plain JSON")
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}

async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html(&openapi()))
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
    content=\"width=device-width\"><title>Runstead management API</title></head><body><main><h1>Runstead management API</h1>\
    <p>For programs: <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>";

/// The document as a page: each operation with its parameters, body and answers.
fn html(document: &Value) -> String {
    let mut out = HEAD.to_owned();
    let _ = write!(out, "<p>{}</p>", escape(&text(&document["info"]["description"])));
    for (path, operations) in members(&document["paths"]) {
        for (method, operation) in members(operations) {
            let title = format!("{} {path}", method.to_uppercase());
            let _ = write!(out, "<section><h2><code>{}</code></h2>", escape(&title));
            let words = format!("{} {}", text(&operation["summary"]), text(&operation["description"]));
            let _ = write!(out, "<p>{}</p>", escape(words.trim()));
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let told = format!("{} ({})", text(&parameter["name"]), text(&parameter["in"]));
                let _ = write!(out, "<p><code>{}</code> {}</p>", escape(&told), escape(&text(&parameter["description"])));
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            if body.is_object() {
                let _ = write!(out, "<p>Body:</p><pre>{}</pre>", escape(&shape(document, body, 0)));
            }
            for (status, answer) in members(&operation["responses"]) {
                let schema = &answer["content"]["application/json"]["schema"];
                let _ = write!(out, "<p>{status}: {}</p>", escape(&text(&answer["description"])));
                if status.starts_with('2') && schema.is_object() {
                    let _ = write!(out, "<pre>{}</pre>", escape(&shape(document, schema, 0)));
                }
            }
            out.push_str("</section>");
        }
    }
    out + "</main></body></html>"
}

/// A schema in the manner of JSON, with what each member means.
fn shape(document: &Value, schema: &Value, depth: usize) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return shape(document, &document["components"]["schemas"][name], depth);
    }
    if let Some(choice) = schema["oneOf"].as_array() {
        let known = choice.iter().find(|one| one["type"] != "null");
        return known.map_or_else(String::new, |known| shape(document, known, depth));
    }
    if schema["items"].is_object() {
        return format!("[{}]", shape(document, &schema["items"], depth));
    }
    let properties = members(&schema["properties"]);
    if properties.is_empty() {
        return match &schema["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
            kind => text(kind),
        };
    }
    let margin = "  ".repeat(depth + 1);
    let lines = properties.into_iter().map(|(name, member)| {
        let about = text(&member["description"]).replace('\n', " ");
        let about = if about.is_empty() { about } else { format!("  // {about}") };
        format!("{margin}\"{name}\": {}{about}\n", shape(document, member, depth + 1))
    });
    format!("{{\n{}{}}}", lines.collect::<String>(), "  ".repeat(depth))
}

fn members(value: &Value) -> Vec<(&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
