//! `runstead admin create` and `admin recover`. Both open the databases themselves, so they work whether the server runs or
//! not: whoever may write the data directory is the operator.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use super::{owner, words};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Options, Plane};
use crate::domain::Call;
use crate::domain::accounts::passwords::{self, Cost};
use crate::domain::accounts::{self, NewAccount, NewKey, links};
use crate::policy::Actor;
use crate::secret::Secret;
use crate::server::{self, planes};

pub(super) fn command() -> Command {
    let as_json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON");
    let name = || Arg::new("name").value_name("NAME").required(true).help("The user name");
    Command::new("admin")
        .about("Create an administrator, or let one in who is locked out")
        .subcommand_required(true)
        .subcommand(
            super::with_settings(Command::new("create").about("Create an administrator and print one API key"))
                .arg(name())
                .arg(Arg::new("email").long("email").value_name("ADDRESS").required(true).help("Their e-mail address"))
                .arg(
                    Arg::new("password-file")
                        .long("password-file")
                        .value_name("FILE")
                        .required(true)
                        .help("A file with the password on its first line"),
                )
                .arg(as_json()),
        )
        .subcommand(
            super::with_settings(
                Command::new("recover").about("Print a link, good for 15 minutes and one use, that sets a new password"),
            )
            .arg(name())
            .arg(as_json()),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), String> {
    match matches.subcommand() {
        Some(("create", inner)) => create(inner),
        Some(("recover", inner)) => recover(inner),
        _ => Err("say what to do: create or recover".to_owned()),
    }
}

pub(super) async fn open(config: &Config) -> Result<Db, String> {
    owner::become_owner(&config.data.dir)?;
    server::prepare_folder(&config.data.dir).map_err(words)?;
    planes::bring_up_to_date(config, Clock::system().now()).await.map_err(words)?;
    let options = Options { readers: 1, durable: true };
    Db::open(&config.data.dir.join(Plane::Control.file()), Plane::Control, options).map_err(words)
}

/// The operator, at the machine itself.
pub(super) fn call() -> Call {
    Call { actor: Actor::operator(), now: Clock::system().now(), address: None, cause: None }
}

/// What is kept of the password on the first line of a file.
pub(super) async fn password_hash(config: &Config, file: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    let password = Secret::new(text.lines().next().unwrap_or_default());
    passwords::check(&password).map_err(words)?;
    let cost = Cost { memory_kib: config.passwords.memory_kib, passes: config.passwords.passes, ..Cost::default() };
    passwords::hash(password, cost).await.map_err(words)
}

fn create(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let file = text("password-file");
    let (username, email) = (text("name"), text("email"));
    let (account, key) = super::block_on(async {
        let hash = password_hash(&config, &file).await?;
        let db = open(&config).await?;
        let (call, organization) = (call(), config.server_name.clone());
        let new = NewAccount {
            username: username.clone(),
            name: None,
            email: Some(email.clone()),
            password_hash: Some(hash),
            site_admin: true,
        };
        let made = db
            .write(move |tx| {
                let account = if accounts::needs_setup(tx)? {
                    accounts::install_administrator(tx, &call, &new, &organization)?
                } else {
                    accounts::create(tx, &call, &new)?
                };
                let key = NewKey { account: account.id, name: "first key".to_owned(), expires_at: None, import: None };
                let (_, secret) = accounts::create_key(tx, &call, &key)?;
                Ok((account, secret))
            })
            .await
            .map_err(words)?;
        db.close().await.map_err(words)?;
        Ok(made)
    })?;
    if matches.get_flag("json") {
        let made = json!({ "username": account.username, "email": account.email, "api_key": key.reveal() });
        return super::print(&format!("{made}\n"));
    }
    super::print(&format!("created administrator {}\nAPI key (shown once): {}\n", account.username, key.reveal()))
}

fn recover(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let username = matches.get_one::<String>("name").cloned().unwrap_or_default();
    let token = super::block_on(async {
        let db = open(&config).await?;
        let call = call();
        let token = db.write(move |tx| links::create_recover(tx, &call, &username)).await.map_err(words)?;
        db.close().await.map_err(words)?;
        Ok(token)
    })?;
    let url = config.http.public_url.unwrap_or_else(|| format!("http://{}", config.http.listen));
    let link = format!("{url}/recover?token={}", token.reveal());
    if matches.get_flag("json") {
        return super::print(&format!("{}\n", json!({ "link": link })));
    }
    super::print(&format!("open {link} within 15 minutes to set a new password\n"))
}
