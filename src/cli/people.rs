//! `runstead user`, `team`, `org` and `key`: people and teams from the command line. As `admin`, they open the database
//! themselves, so they work whether the server runs or not: whoever may write the data directory is the operator.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::admin::{call, open, password_hash};
use super::words;
use crate::db::Tx;
use crate::domain::accounts::life::{self, Traces};
use crate::domain::accounts::people::{self, Changes, NewPassword, Search};
use crate::domain::accounts::{self, Account, NewAccount, NewKey, links};
use crate::domain::forgetting;
use crate::domain::{Call, invitations, organizations, teams};
use crate::error::{Error, Result};
use crate::id::ApiKeyId;
use crate::policy::{Action, OrganizationRole, TeamRole};

/// Enough to list everybody of a large site.
const EVERYBODY: usize = 100_000;

pub(super) fn commands() -> [Command; 4] {
    let command = |name: &'static str, about: &'static str| Command::new(name).about(about).subcommand_required(true);
    [
        command("user", "List, create, lock out and delete people")
            .subcommand(step("list", "List everybody, those who are locked out too", &[]))
            .subcommand(step("create", "Create a person and print the link that sets their password", &["NAME"]).arg(option(
                "email",
                "ADDRESS",
                "Their e-mail address",
            )))
            .subcommand(
                step("set-password", "Set their password and end their sessions", &["NAME"])
                    .arg(option("password-file", "FILE", "A file with the password on its first line").required(true)),
            )
            .subcommand(step("deactivate", "End their sessions and refuse their keys", &["NAME"]).visible_alias("disable"))
            .subcommand(step("reactivate", "Let them in again", &["NAME"]).visible_alias("enable"))
            .subcommand(
                step("delete", "Delete a person for good; what they logged stays", &["NAME"])
                    .arg(flag("anonymize", "Replace their name wherever it is shown")),
            ),
        command("team", "Create teams, and decide who is in them")
            .subcommand(step("list", "List the teams of an organization", &["ORGANIZATION"]))
            .subcommand(step("create", "Create a team of an organization", &["ORGANIZATION", "TEAM", "ADMIN"]))
            .subcommand(step("members", "List the members of a team", &["TEAM"]))
            .subcommand(step("add", "Give somebody a seat, or change their role", &["TEAM", "NAME", "ROLE"]))
            .subcommand(step("remove", "Take a seat away", &["TEAM", "NAME"]))
            .subcommand(step("invite", "Ask somebody by user name or address, and print the link", &["TEAM", "NAME", "ROLE"])),
        command("org", "List organizations and their people, and change roles")
            .subcommand(step("list", "List the organizations", &[]))
            .subcommand(step("members", "List the people of an organization", &["ORGANIZATION"]))
            .subcommand(step("role", "Give a person a role: admin, member or viewer", &["ORGANIZATION", "NAME", "ROLE"])),
        command("key", "List, create and revoke API keys")
            .subcommand(step("list", "List the keys of a person or service account", &["NAME"]))
            .subcommand(step("create", "Create a key and print it, this once", &["NAME", "TITLE"]))
            .subcommand(step("revoke", "Refuse a key from now on", &["ID"])),
    ]
}

/// A step of a command with its arguments, all of which must be given.
fn step(name: &'static str, about: &'static str, arguments: &[&'static str]) -> Command {
    let step = super::with_settings(Command::new(name).about(about)).arg(flag("json", "Print JSON"));
    let argument = |name: &'static str| Arg::new(name).value_name(name).required(true).help(meaning(name));
    arguments.iter().fold(step, |step, name| step.arg(argument(name)))
}

/// What an argument of that name is.
fn meaning(argument: &str) -> &'static str {
    match argument {
        "NAME" => "The user name; where somebody is invited, a mail address will do",
        "TEAM" => "The team's name, as in the addresses of its pages",
        "ORGANIZATION" => "The organization's name (\"org list\")",
        "ROLE" => "In a team: admin, member or view-only; in an organization: admin, member or viewer",
        "ADMIN" => "The user name of its first admin",
        "TITLE" => "What the key is called, for people",
        "ID" => "The number of the key (\"key list\")",
        _ => "",
    }
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

pub(super) fn run(noun: &str, matches: &ArgMatches) -> Result<(), String> {
    let (verb, matches) = matches.subcommand().ok_or("say what to do; --help lists it")?;
    let (config, _) = super::load(matches)?;
    let url = config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen));
    let mut asked = Asked::new(noun, verb, matches, url);
    let file = matches.try_get_one::<String>("password-file").ok().flatten();
    let done = super::block_on(async {
        if let Some(file) = file {
            asked.password_hash = password_hash(&config, file).await?;
        }
        let db = open(&config).await?;
        let call = call();
        let done = db.write(move |tx| asked.perform(tx, &call)).await.map_err(words)?;
        db.close().await.map_err(words)?;
        Ok(done)
    })?;
    if matches.get_flag("json") {
        return super::print(&format!("{done}\n"));
    }
    let lines: String = match &done {
        Value::Array(items) => items.iter().map(line).collect(),
        one => line(one),
    };
    super::print(&lines)
}

/// A thing on a line: what it is called first, then what is known of it.
fn line(item: &Value) -> String {
    let members = item.as_object().into_iter().flatten();
    let told = members.filter(|(_, value)| !value.is_null()).map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    format!("{}\n", told.collect::<Vec<_>>().join("  "))
}

/// A command as it was given.
struct Asked {
    what: (String, String),
    texts: Vec<(String, String)>,
    anonymize: bool,
    /// Of a password that is to be set; it takes too long to compute for a transaction.
    password_hash: String,
    url: String,
}

impl Asked {
    fn new(noun: &str, verb: &str, matches: &ArgMatches, url: String) -> Self {
        let known = ["NAME", "TEAM", "ORGANIZATION", "ROLE", "ADMIN", "TITLE", "ID", "email"];
        let texts = known.iter().filter_map(|name| {
            let value = matches.try_get_one::<String>(name).ok().flatten()?;
            Some(((*name).to_owned(), value.clone()))
        });
        let anonymize = matches.try_get_one::<bool>("anonymize").ok().flatten().copied().unwrap_or_default();
        Self { what: (noun.to_owned(), verb.to_owned()), texts: texts.collect(), anonymize, password_hash: String::new(), url }
    }

    fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
    }

    fn account(&self, tx: &Tx<'_>) -> Result<Account> {
        let name = self.text("NAME");
        accounts::by_username(tx, name)?.ok_or_else(|| Error::not_found(format!("account {name}")))
    }

    fn perform(&self, tx: &Tx<'_>, call: &Call) -> Result<Value> {
        match (self.what.0.as_str(), self.what.1.as_str()) {
            ("user", verb) => self.user(tx, call, verb),
            ("team", verb) => self.team(tx, call, verb),
            ("org", verb) => self.organization(tx, call, verb),
            ("key", verb) => self.key(tx, call, verb),
            _ => Err(self.unknown()),
        }
    }

    /// The parser lets no such command through; this says so if one is added there alone.
    fn unknown(&self) -> Error {
        Error::invalid(format!("there is no command {} {}", self.what.0, self.what.1))
    }

    fn user(&self, tx: &Tx<'_>, call: &Call, verb: &str) -> Result<Value> {
        match verb {
            "list" => {
                let search = Search { deactivated: true, ..Search::default() };
                let page = people::page(tx, call, &search, None, EVERYBODY)?;
                return Ok(page.items.iter().map(|(_, account)| person(account)).collect());
            }
            "create" => {
                let email = Some(self.text("email").to_owned()).filter(|email| !email.is_empty());
                let username = self.text("NAME").to_owned();
                let new = NewAccount { username, name: None, email, password_hash: None, site_admin: false };
                let account = accounts::create(tx, call, &new)?;
                let token = links::create_recover(tx, call, &account.username)?;
                let link = format!("{}/recover?token={}", self.url, token.reveal());
                return Ok(json!({ "username": account.username, "email": account.email, "link": link }));
            }
            "set-password" => {
                let password = NewPassword { hash: self.password_hash.clone(), old_one_shown: false };
                people::update(tx, call, self.account(tx)?.id, &Changes { password: Some(password), ..Changes::default() })?;
            }
            "deactivate" => life::deactivate(tx, call, self.account(tx)?.id)?,
            "reactivate" => life::reactivate(tx, call, self.account(tx)?.id)?,
            "delete" => {
                let traces = if self.anonymize { Traces::Anonymized } else { Traces::Kept };
                forgetting::delete_person(tx, call, self.account(tx)?.id, traces)?;
            }
            _ => return Err(self.unknown()),
        }
        Ok(json!({ "username": self.text("NAME"), "done": verb }))
    }

    fn team(&self, tx: &Tx<'_>, call: &Call, verb: &str) -> Result<Value> {
        if verb == "list" {
            let organization = organizations::require(tx, call, Action::Read, self.text("ORGANIZATION"))?;
            let page = teams::of_organization(tx, call, organization.id, None, EVERYBODY)?;
            return Ok(page.items.iter().map(|(_, team)| json!({ "team": team.name, "title": team.display_name })).collect());
        }
        if verb == "create" {
            let team = teams::create(tx, call, Some(self.text("ORGANIZATION")), self.text("TEAM"), Some(self.text("ADMIN")))?;
            return Ok(json!({ "team": team.name, "admin": self.text("ADMIN") }));
        }
        let team = teams::require(tx, call, Action::Manage, self.text("TEAM"))?;
        let name = self.text("NAME");
        match verb {
            "members" => {
                let shown = |member: teams::Member| {
                    let account = member.account;
                    json!({ "username": account.username, "role": member.role.as_str(), "email": account.email })
                };
                Ok(teams::members(tx, call, team.id)?.into_iter().map(shown).collect())
            }
            "add" => {
                teams::add_member(tx, call, team.id, name, self.role()?)?;
                Ok(json!({ "team": team.name, "username": name, "role": self.role()?.as_str() }))
            }
            "remove" => {
                teams::remove_member(tx, call, team.id, name)?;
                Ok(json!({ "team": team.name, "username": name, "done": "removed" }))
            }
            "invite" => {
                // Who asks at the machine itself gets the link, and hands it over.
                let (invitation, token) = invitations::invite(tx, call, None, &team, name, self.role()?)?;
                let link = invitations::letters::link(&self.url, &token);
                Ok(json!({ "team": team.name, "asked": invitation.whom(), "link": link }))
            }
            _ => Err(self.unknown()),
        }
    }

    fn role(&self) -> Result<TeamRole> {
        let text = self.text("ROLE");
        TeamRole::parse(text)
            .ok_or_else(|| Error::invalid(format!("there is no role {text}: admin, member, view-only, service")))
    }

    fn organization(&self, tx: &Tx<'_>, call: &Call, verb: &str) -> Result<Value> {
        if verb == "list" {
            let found = organizations::list(tx, call)?;
            return Ok(found.iter().map(|one| json!({ "organization": one.name, "title": one.display_name })).collect());
        }
        let organization = organizations::require(tx, call, Action::Manage, self.text("ORGANIZATION"))?;
        if verb == "members" {
            let page = organizations::people::page(
                tx,
                call,
                organization.id,
                &organizations::people::Search::default(),
                None,
                EVERYBODY,
            )?;
            let shown = |found: &organizations::Person| json!({ "username": found.account.username, "role": found.role.as_str(), "email": found.account.email });
            return Ok(page.items.iter().map(|(_, found)| shown(found)).collect());
        }
        if verb != "role" {
            return Err(self.unknown());
        }
        let text = self.text("ROLE");
        let role = OrganizationRole::parse(text)
            .ok_or_else(|| Error::invalid(format!("there is no role {text}: admin, member, viewer")))?;
        organizations::set_member(tx, call, &organization, self.text("NAME"), role)?;
        Ok(json!({ "organization": organization.name, "username": self.text("NAME"), "role": role.as_str() }))
    }

    fn key(&self, tx: &Tx<'_>, call: &Call, verb: &str) -> Result<Value> {
        match verb {
            "list" => {
                let shown = |key: &accounts::ApiKey| {
                    let used = key.last_used_at.map(|at| at.to_string());
                    json!({ "id": key.id, "name": key.name, "hint": key.hint, "last_used_at": used })
                };
                Ok(accounts::keys(tx, call, self.account(tx)?.id)?.iter().map(shown).collect())
            }
            "create" => {
                let account = self.account(tx)?.id;
                let new = NewKey { account, name: self.text("TITLE").to_owned(), expires_at: None, import: None };
                let (key, secret) = accounts::create_key(tx, call, &new)?;
                Ok(json!({ "id": key.id, "name": key.name, "secret": secret.reveal() }))
            }
            "revoke" => {
                let id =
                    self.text("ID").parse().map_err(|_| Error::invalid("the id of a key is a number; key list shows it"))?;
                accounts::revoke_key(tx, call, ApiKeyId::new(id))?;
                Ok(json!({ "id": id, "done": "revoked" }))
            }
            _ => Err(self.unknown()),
        }
    }
}

fn person(account: &Account) -> Value {
    json!({
        "username": account.username,
        "name": account.name,
        "email": account.email,
        "site_admin": account.site_admin,
        "active": account.deactivated_at.is_none(),
    })
}
