//! `runstead bootstrap FILE`, and `serve --bootstrap FILE`: sets a server up as a file says, without anybody at a browser. What is
//! there already stays as it is, so the same file may be applied at every start. All of it happens, or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::{Deserialize, Serialize};

use super::admin::{call, open};
use super::words;
use crate::config::Config;
use crate::db::Tx;
use crate::domain::accounts::passwords::{self, Cost};
use crate::domain::accounts::{self, Account, AccountKind, NewAccount, NewKey, links};
use crate::domain::{Call, organizations, service_accounts, teams};
use crate::error::{Error, Result};
use crate::policy::{Action, OrganizationRole, TeamRole};
use crate::secret::Secret;

const SAMPLE: &str = r#"The file is TOML:

  [administrator]                     # needed unless there is one
  username = "ada"
  email = "ada@example.org"
  password_file = "/run/secrets/ada"  # the password on its first line
  key_file = "/run/secrets/ada-key"   # optional: an API key of at least 40 characters, to be theirs

  [[person]]                          # name, password_file, key_file and role (admin, member, viewer) are optional
  username = "bob"
  email = "bob@example.org"

  [[team]]
  name = "vision"
  admin = "ada"
  members = { bob = "member" }        # admin, member or view-only

  [[service_account]]
  name = "nightly"
  team = "vision"
  purpose = "trains at night"
  key_file = "/run/secrets/nightly"   # without it a key is made and printed, once

Groups of a directory are given seats by the file that ldap.rules_file names."#;

pub(super) fn command() -> Command {
    super::with_settings(
        Command::new("bootstrap")
            .about("Create the administrator, people, teams and service accounts that a file names, unless they are there")
            .after_help(SAMPLE),
    )
    .arg(Arg::new("file").value_name("FILE").required(true).help("What there should be, as TOML"))
    .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

/// What there should be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    administrator: Option<Person>,
    #[serde(default)]
    person: Vec<Person>,
    #[serde(default)]
    team: Vec<Team>,
    #[serde(default)]
    service_account: Vec<Service>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    username: String,
    email: Option<String>,
    name: Option<String>,
    role: Option<String>,
    password_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    /// From the files, once they are read.
    #[serde(skip)]
    password: Option<Secret>,
    #[serde(skip)]
    password_hash: Option<String>,
    #[serde(skip)]
    key: Option<Secret>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Team {
    name: String,
    admin: String,
    #[serde(default)]
    members: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    team: String,
    #[serde(default)]
    purpose: String,
    key_file: Option<PathBuf>,
    #[serde(skip)]
    key: Option<Secret>,
}

/// Something that the file names, and what came of it.
#[derive(Clone, Debug, Serialize)]
struct Step {
    what: String,
    created: bool,
    /// Of a person without a password: where they choose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// Of a service account without a key of the file's: the one that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
}

impl Step {
    fn new(what: String, created: bool) -> Self {
        Self { what, created, link: None, api_key: None }
    }
}

pub(super) fn run(matches: &ArgMatches) -> std::result::Result<(), String> {
    let (config, _) = super::load(matches)?;
    let file = matches.get_one::<String>("file").cloned().unwrap_or_default();
    let steps = apply(&config, Path::new(&file))?;
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", serde_json::json!(steps)));
    }
    let line = |step: &Step| {
        let done = if step.created { "created" } else { "there already" };
        let more = [("set the password at", &step.link), ("API key (shown once):", &step.api_key)];
        let more = more.into_iter().filter_map(|(words, value)| value.as_ref().map(|value| format!("  {words} {value}")));
        format!("{}: {done}{}\n", step.what, more.collect::<String>())
    };
    super::print(&steps.iter().map(line).collect::<String>())
}

/// Makes what a file names and is not there, whether the server runs or not.
///
/// # Errors
/// In words for the operator: what is wrong with the file, or why something cannot be; then nothing was made.
fn apply(config: &Config, file: &Path) -> std::result::Result<Vec<Step>, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let mut wanted: Wanted = toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
    let people = wanted.administrator.iter_mut().chain(&mut wanted.person);
    for person in people {
        person.password = first_line(person.password_file.as_deref())?;
        person.key = first_line(person.key_file.as_deref())?;
    }
    for service in &mut wanted.service_account {
        service.key = first_line(service.key_file.as_deref())?;
    }
    let url = config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen));
    let organization = config.server_name.clone();
    super::block_on(async {
        let cost = Cost { memory_kib: config.passwords.memory_kib, passes: config.passwords.passes, ..Cost::default() };
        for person in wanted.administrator.iter_mut().chain(&mut wanted.person) {
            if let Some(password) = person.password.take() {
                passwords::check(&password).map_err(|error| format!("{}: {}", person.username, words(error)))?;
                person.password_hash = Some(passwords::hash(password, cost).await.map_err(words)?);
            }
        }
        let db = open(config).await?;
        let call = call();
        let steps = db.write(move |tx| wanted.make(tx, &call, &organization, &url)).await;
        db.close().await.map_err(words)?;
        steps.map_err(|error| format!("{shown}: nothing was made: {}", words(error)))
    })
}

/// As the command does, for a server that is about to start: what was made goes to its log, keys never do.
///
/// # Errors
/// As for the command.
pub(super) fn apply_and_log(config: &Config, file: &Path) -> std::result::Result<(), String> {
    for Step { what, link, api_key, .. } in apply(config, file)?.into_iter().filter(|step| step.created) {
        tracing::info!("created {what}, as {} says", file.display());
        if let Some(link) = link {
            tracing::warn!("{what} has no password yet: open {link} within 15 minutes to set one");
        }
        if api_key.is_some() {
            tracing::warn!("{what} has a key that nobody was shown: make one with \"runstead key create\", or name a key_file");
        }
    }
    Ok(())
}

fn first_line(file: Option<&Path>) -> std::result::Result<Option<Secret>, String> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(Some(Secret::new(text.lines().next().unwrap_or_default().trim())))
}

impl Wanted {
    fn make(&self, tx: &Tx<'_>, call: &Call, organization: &str, url: &str) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        if let Some(person) = &self.administrator {
            steps.push(person.administrator(tx, call, organization)?);
        }
        if accounts::needs_setup(tx)? {
            return Err(Error::invalid("there is no administrator yet: name one under [administrator]"));
        }
        for person in &self.person {
            steps.push(person.make(tx, call, url)?);
        }
        for team in &self.team {
            team.make(tx, call, &mut steps)?;
        }
        for service in &self.service_account {
            steps.push(service.make(tx, call)?);
        }
        Ok(steps)
    }
}

impl Person {
    fn new_account(&self, site_admin: bool) -> NewAccount {
        NewAccount {
            username: self.username.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            password_hash: self.password_hash.clone(),
            site_admin,
        }
    }

    fn administrator(&self, tx: &Tx<'_>, call: &Call, organization: &str) -> Result<Step> {
        let what = format!("administrator {}", self.username);
        let found = accounts::by_username(tx, &self.username)?;
        let (account, created) = match found {
            Some(account) if account.site_admin => (account, false),
            Some(_) => {
                return Err(Error::conflict(format!("{} is there and no administrator", self.username)));
            }
            None if self.password_hash.is_none() => {
                return Err(Error::invalid(format!("{what} needs a password_file: nobody else could let them in")));
            }
            None if accounts::needs_setup(tx)? => {
                (accounts::install_administrator(tx, call, &self.new_account(true), organization)?, true)
            }
            None => (accounts::create(tx, call, &self.new_account(true))?, true),
        };
        bring_key(tx, call, &account, self.key.as_ref())?;
        Ok(Step::new(what, created))
    }

    fn make(&self, tx: &Tx<'_>, call: &Call, url: &str) -> Result<Step> {
        let found = accounts::by_username(tx, &self.username)?;
        let mut step = Step::new(format!("person {}", self.username), found.is_none());
        let account = match found {
            Some(account) => account,
            None => {
                let account = accounts::create(tx, call, &self.new_account(false))?;
                if self.password_hash.is_none() {
                    let token = links::create_recover(tx, call, &account.username)?;
                    step.link = Some(format!("{url}/recover?token={}", token.reveal()));
                }
                if let Some(text) = &self.role {
                    let role = OrganizationRole::parse(text);
                    let role = role.ok_or_else(|| no_role(&self.username, text, "admin, member, viewer"))?;
                    let organization = organizations::list(tx, call)?.into_iter().next();
                    let organization = organization.ok_or_else(|| Error::not_found("organization"))?;
                    organizations::set_member(tx, call, &organization, &account.username, role)?;
                }
                account
            }
        };
        bring_key(tx, call, &account, self.key.as_ref())?;
        Ok(step)
    }
}

impl Team {
    fn make(&self, tx: &Tx<'_>, call: &Call, steps: &mut Vec<Step>) -> Result<()> {
        let found = teams::entity_by_name(tx, &self.name)?;
        let what = format!("team {}", self.name);
        steps.push(Step::new(what, found.is_none()));
        if found.is_none() {
            teams::create(tx, call, None, &self.name, Some(&self.admin))?;
        }
        let team = teams::require(tx, call, Action::Manage, &self.name)?;
        let seated: Vec<String> =
            teams::members(tx, call, team.id)?.into_iter().map(|member| member.account.username).collect();
        for (username, text) in &self.members {
            let role = TeamRole::parse(text).ok_or_else(|| no_role(username, text, "admin, member, view-only"))?;
            let is_new = !seated.contains(username);
            // Who has another role meanwhile was given it by somebody.
            if is_new {
                teams::add_member(tx, call, team.id, username, role)?;
            }
            steps.push(Step::new(format!("seat of {username} in {}", self.name), is_new));
        }
        Ok(())
    }
}

impl Service {
    fn make(&self, tx: &Tx<'_>, call: &Call) -> Result<Step> {
        let found = accounts::by_username(tx, &self.name)?;
        let mut step = Step::new(format!("service account {}", self.name), found.is_none());
        let account = match found {
            Some(account) if account.kind == AccountKind::Service => account,
            Some(_) => return Err(Error::conflict(format!("{} is there and no service account", self.name))),
            None => {
                let home = teams::require(tx, call, Action::Manage, &self.team)?;
                let new = service_accounts::New { name: self.name.clone(), purpose: self.purpose.clone(), default_team: None };
                let (account, secret) = service_accounts::create(tx, call, &home, &new)?;
                if self.key.is_none() {
                    step.api_key = Some(secret.reveal().to_owned());
                } else {
                    // Nobody was shown it.
                    for key in accounts::keys(tx, call, account.id)? {
                        accounts::revoke_key(tx, call, key.id)?;
                    }
                }
                account
            }
        };
        bring_key(tx, call, &account, self.key.as_ref())?;
        Ok(step)
    }
}

fn no_role(who: &str, text: &str, known: &str) -> Error {
    Error::invalid(format!("{who}: there is no role {text}: {known}"))
}

/// Makes a key of the file's an account's, unless it is.
fn bring_key(tx: &Tx<'_>, call: &Call, account: &Account, key: Option<&Secret>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    match accounts::actor_of_key(tx, key.reveal(), call.now) {
        Ok(known) if known.actor.account == Some(account.id) => return Ok(()),
        Ok(_) => return Err(Error::conflict(format!("the key in the key_file of {} is somebody else's", account.username))),
        Err(Error::Unauthenticated(_)) => {}
        Err(error) => return Err(error),
    }
    let new =
        NewKey { account: account.id, name: "from the set-up file".to_owned(), expires_at: None, import: Some(key.clone()) };
    accounts::create_key(tx, call, &new).map(|_| ())
}
