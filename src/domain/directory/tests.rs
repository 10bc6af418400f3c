//! Plans against a real database: whatever the directory says and whatever people do between syncs, what is applied is what
//! the directory says, and the next plan is empty.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::plan::{Change, Options, plan};
use super::rules::{Gives, Rule, Rules};
use super::snapshot::Entry;
use super::{Person, apply, state, store};
use crate::clock::Timestamp;
use crate::db::{Db, Options as DbOptions, Plane, Tx};
use crate::domain::accounts::names::Name;
use crate::domain::accounts::{self, NewAccount, life};
use crate::domain::{Call, organizations, teams};
use crate::error::{Error, Result};
use crate::policy::{Actor, OrganizationRole, TeamRole};

const PEOPLE: usize = 7;
const TEAMS: [&str; 3] = ["red", "green", "person3"];
const EMAILS: [&str; 4] = ["a@x.org", "b@x.org", "C@x.org", "not an address"];
const ROLES: [TeamRole; 3] = [TeamRole::ViewOnly, TeamRole::Member, TeamRole::Admin];
const EVERYTHING: Options = Options { creates_accounts: true, keeps_by_hand: true, is_everybody: true };

/// A server with a local administrator.
struct Site {
    db: Db,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

fn call() -> Call {
    let actor = Actor::operator();
    Call { actor, now: Timestamp::from_micros(1_700_000_000_000_000), address: None, cause: None }
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = DbOptions { readers: 1, durable: false };
        let db = Db::open(&folder.path().join(Plane::Control.file()), Plane::Control, options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let site = Self { db, runtime, _folder: folder };
        site.write(|tx| {
            let ada = NewAccount { username: "ada".to_owned(), name: None, email: None, password_hash: None, site_admin: true };
            accounts::install_administrator(tx, &call(), &ada, "Runstead")
        })
        .unwrap();
        site
    }

    fn write<T: Send + 'static>(&self, work: impl Fn(&Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.runtime.block_on(self.db.write(work))
    }

    /// What a plan for this directory would be now.
    fn plan(&self, said: &Said, options: Options) -> super::plan::Plan {
        let said = said.clone();
        self.write(move |tx| Ok(plan(&said.entries, &said.rules, &state::read(tx)?, options))).unwrap()
    }

    fn sync(&self, said: &Said, options: Options) -> Vec<Change> {
        let said = said.clone();
        let done = self.write(move |tx| {
            let plan = plan(&said.entries, &said.rules, &state::read(tx)?, options);
            apply::apply(tx, &call(), &plan.changes)?;
            Ok(plan.changes)
        });
        done.unwrap()
    }

    /// Who has what: accounts with whether they are active, seats, and admins of the organization.
    fn shown(&self) -> (HashMap<String, bool>, HashMap<(String, String), String>) {
        self.write(|tx| {
            let state = state::read(tx)?;
            let names: HashMap<_, _> = state.people.iter().map(|known| (known.account, known.who.username.clone())).collect();
            let accounts = state.people.iter().map(|known| (known.who.username.clone(), known.active)).collect();
            let mut seats = HashMap::new();
            for team in state.teams.values() {
                for (account, grants) in &team.seats {
                    seats.insert((team.name.clone(), names[account].clone()), format!("{grants:?}"));
                }
            }
            for organization in state.organizations.values() {
                for (account, admin) in &organization.admins {
                    seats.insert((organization.name.clone(), names[account].clone()), format!("{admin:?}"));
                }
                for (account, rule) in &organization.makers {
                    seats.insert((format!("teams of {}", organization.name), names[account].clone()), rule.clone());
                }
            }
            Ok((accounts, seats))
        })
        .unwrap()
    }
}

/// What a directory says.
#[derive(Clone, Debug)]
struct Said {
    rules: Rules,
    entries: Vec<Entry>,
}

/// What somebody does between syncs.
#[derive(Clone, Debug)]
enum Edit {
    Seat { team: usize, person: usize, role: TeamRole },
    Unseat { team: usize, person: usize },
    Deactivate(usize),
    Reactivate(usize),
    Delete(usize),
    OrganizationRole(usize, bool),
    LocalAccount(usize),
    Team(usize),
}

fn person(number: usize, renamed: bool, email: Option<usize>) -> Person {
    let username = if renamed { format!("other{number}") } else { format!("person{number}") };
    Person {
        id: format!("id-{number}"),
        dn: format!("uid={username},ou=people"),
        name: Some(format!("Person {number}")),
        email: email.map(|email| EMAILS[email].to_owned()),
        username,
        groups: Vec::new(),
        gid: None,
        primary_group: None,
        expires_at: None,
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    let team = (0..TEAMS.len(), 0..ROLES.len(), any::<bool>()).prop_map(|(team, role, create)| Gives::Seat {
        team: Name::parse(TEAMS[team]).unwrap(),
        role: ROLES[role],
        create,
    });
    let gives = prop_oneof![
        6 => team,
        1 => Just(Gives::OrganizationAdmin { organization: None }),
        1 => Just(Gives::MakingTeams { organization: None }),
        1 => Just(Gives::SignIn),
    ];
    gives.prop_map(|gives| Rule { group: String::new(), gives, contact: None })
}

fn rules() -> impl Strategy<Value = Rules> {
    prop::collection::vec(rule(), 0..6).prop_map(|mut rules| {
        rules.iter_mut().enumerate().for_each(|(number, rule)| rule.group = format!("group{number}"));
        Rules(rules)
    })
}

fn said() -> impl Strategy<Value = Said> {
    let one = (any::<bool>(), prop::option::of(0..EMAILS.len()), prop::collection::hash_set(0_usize..6, 0..4));
    let people = prop::collection::vec(prop::option::weighted(0.8, one), PEOPLE);
    (rules(), people).prop_map(|(rules, people)| {
        let entries = people.into_iter().enumerate().filter_map(|(number, found)| {
            let (renamed, email, held) = found?;
            let mut held: Vec<usize> = held.into_iter().filter(|rule| *rule < rules.0.len()).collect();
            held.sort_unstable();
            Some(Entry { person: person(number, renamed, email), rules: held })
        });
        let entries = entries.filter(|entry| super::snapshot::may_sign_in(&rules, &entry.rules)).collect();
        Said { rules, entries }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let (team, person, role) = (0..TEAMS.len(), 0..PEOPLE, 0..ROLES.len());
    prop_oneof![
        4 => (team.clone(), person.clone(), role).prop_map(|(team, person, role)| Edit::Seat { team, person, role: ROLES[role] }),
        2 => (team.clone(), person.clone()).prop_map(|(team, person)| Edit::Unseat { team, person }),
        1 => person.clone().prop_map(Edit::Deactivate),
        1 => person.clone().prop_map(Edit::Reactivate),
        1 => person.clone().prop_map(Edit::Delete),
        1 => (person.clone(), any::<bool>()).prop_map(|(person, admin)| Edit::OrganizationRole(person, admin)),
        1 => person.prop_map(Edit::LocalAccount),
        2 => team.prop_map(Edit::Team),
    ]
}

fn perform(tx: &Tx<'_>, edit: &Edit) -> Result<()> {
    let call = call();
    let account = |number: usize| -> Result<_> {
        let id = store::account_of(tx, &format!("id-{number}"))?.ok_or_else(|| Error::not_found("nobody"))?;
        accounts::find(tx, id)?.filter(|found| found.deleted_at.is_none()).ok_or_else(|| Error::not_found("nobody"))
    };
    let team = |number: usize| teams::require(tx, &call, crate::policy::Action::Manage, TEAMS[number]).map(|team| team.id);
    match edit {
        Edit::Seat { team: place, person, role } => {
            teams::add_member(tx, &call, team(*place)?, &account(*person)?.username, *role).map(drop)
        }
        Edit::Unseat { team: place, person } => teams::remove_member(tx, &call, team(*place)?, &account(*person)?.username),
        Edit::Deactivate(person) => life::deactivate(tx, &call, account(*person)?.id),
        Edit::Reactivate(person) => life::reactivate(tx, &call, account(*person)?.id),
        Edit::Delete(person) => life::delete(tx, &call, account(*person)?.id, life::Traces::Kept),
        Edit::OrganizationRole(person, admin) => {
            let organization = organizations::require(tx, &call, crate::policy::Action::Manage, "Runstead")?;
            let role = if *admin { OrganizationRole::Admin } else { OrganizationRole::Member };
            organizations::set_member(tx, &call, &organization, &account(*person)?.username, role).map(drop)
        }
        Edit::LocalAccount(number) => {
            let new = NewAccount {
                username: format!("other{number}"),
                name: None,
                email: Some(EMAILS[number % 3].to_owned()),
                password_hash: None,
                site_admin: number % 2 == 0,
            };
            accounts::create(tx, &call, &new).map(drop)
        }
        Edit::Team(number) => teams::create(tx, &call, None, TEAMS[*number], Some("ada")).map(drop),
    }
}

/// What the directory says is what we have, where nothing stands against it.
fn assert_equal_to_the_directory(site: &Site, said: &Said, options: Options) {
    let (said, plan) = (said.clone(), site.plan(said, options));
    assert_eq!(plan.changes, [], "the next plan is empty");
    site.write(move |tx| {
        let state = state::read(tx)?;
        let known: HashMap<&str, _> = state.people.iter().map(|known| (known.who.directory_id.as_str(), known)).collect();
        let spared: HashSet<&str> = plan
            .kept
            .iter()
            .filter(|kept| kept.what.contains("stays admin"))
            .filter_map(|kept| kept.what.split(' ').next())
            .collect();
        let present: HashSet<&str> = said.entries.iter().map(|entry| entry.person.id.as_str()).collect();
        for known in state.people.iter().filter(|known| !present.contains(known.who.directory_id.as_str())) {
            assert!(!known.active || spared.contains(known.who.username.as_str()), "{} has left", known.who.username);
        }
        for entry in &said.entries {
            let Some(known) = known.get(entry.person.id.as_str()).filter(|known| !known.deleted) else { continue };
            let username = known.who.username.as_str();
            for (key, team) in &state.teams {
                let of_team = entry.rules.iter().filter_map(|number| match &said.rules.0[*number].gives {
                    Gives::Seat { team, role, .. } if team.key() == *key => Some(*role),
                    _ => None,
                });
                let held = team.seats.get(&known.account).and_then(|grants| grants.directory.as_ref()).map(|given| given.role);
                assert!(held == of_team.max() || spared.contains(username), "{username} in {key}: {held:?}");
            }
            let is_admin =
                entry.rules.iter().any(|number| matches!(said.rules.0[*number].gives, Gives::OrganizationAdmin { .. }));
            let makes = entry.rules.iter().any(|number| matches!(said.rules.0[*number].gives, Gives::MakingTeams { .. }));
            for organization in state.organizations.values() {
                assert_eq!(organization.makers.contains_key(&known.account), makes, "{username} in {}", organization.name);
                let held = organization.admins.get(&known.account).is_some_and(|(_, rule)| rule.is_some());
                assert!(held == is_admin || spared.contains(username), "{username} admin of {}", organization.name);
            }
        }
        Ok(())
    })
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_is_applied_is_what_the_directory_says_and_then_it_rests(
        rounds in prop::collection::vec((said(), prop::collection::vec(edit(), 0..8)), 1..5),
        keeps_by_hand in any::<bool>(),
    ) {
        let site = Site::new();
        let options = Options { keeps_by_hand, ..EVERYTHING };
        for (said, edits) in &rounds {
            for edit in edits.clone() {
                match site.write(move |tx| perform(tx, &edit)) {
                    // What a person may not do is refused; what may go wrong inside may not.
                    Ok(()) | Err(Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            site.sync(said, options);
            assert_equal_to_the_directory(&site, said, options);
        }
    }

    #[test]
    fn what_is_taken_back_is_as_it_was(before in said(), edits in prop::collection::vec(edit(), 0..8), after in said()) {
        let site = Site::new();
        site.sync(&before, EVERYTHING);
        for edit in edits {
            // Refusals are the business of the other property.
            let _ = site.write(move |tx| perform(tx, &edit));
        }
        let (accounts, seats) = site.shown();
        let changes = site.sync(&after, EVERYTHING);
        let kept = site.write(move |tx| apply::revert(tx, &call(), &changes)).unwrap();
        let (accounts_now, seats_now) = site.shown();
        let spared = |name: &str| kept.iter().any(|kept| kept.what.split(' ').any(|word| word == name));
        for (name, active) in &accounts {
            prop_assert!(accounts_now[name] == *active || spared(name), "{name}: {kept:?}");
        }
        // Who had no account has one now, which is locked.
        for (name, active) in accounts_now.iter().filter(|(name, _)| !accounts.contains_key(*name)) {
            prop_assert!(!active || spared(name), "{name}");
        }
        let of_known = |seats: &HashMap<(String, String), String>| {
            let known = seats.iter().filter(|((_, name), _)| accounts.contains_key(name) && !spared(name));
            known.map(|(place, role)| (place.clone(), role.clone())).collect::<HashMap<_, _>>()
        };
        prop_assert_eq!(of_known(&seats_now), of_known(&seats));
    }

    #[test]
    fn a_sign_in_only_gives(before in said(), edits in prop::collection::vec(edit(), 0..8), now in said()) {
        let site = Site::new();
        site.sync(&before, EVERYTHING);
        for edit in edits {
            let _ = site.write(move |tx| perform(tx, &edit));
        }
        let options = Options { is_everybody: false, creates_accounts: false, ..EVERYTHING };
        for entry in &now.entries {
            let alone = Said { rules: now.rules.clone(), entries: vec![entry.clone()] };
            let plan = site.plan(&alone, options);
            prop_assert_eq!(plan.losing, 0);
            let only_gives = plan.changes.iter().all(|change| !matches!(change, Change::Deactivate { .. } | Change::Manage { .. }));
            prop_assert!(only_gives, "{:?}", plan.changes);
        }
    }
}

#[test]
fn the_greatest_of_several_roles_wins_and_is_told_with_its_group() {
    let site = Site::new();
    let seat = |group: &str, role| Rule {
        group: group.to_owned(),
        gives: Gives::Seat { team: Name::parse("red").unwrap(), role, create: true },
        contact: None,
    };
    let rules = Rules(vec![seat("readers", TeamRole::ViewOnly), seat("leads", TeamRole::Admin), seat("all", TeamRole::Member)]);
    let entries = vec![
        Entry { person: person(1, false, None), rules: vec![0, 1, 2] },
        Entry { person: person(2, false, None), rules: vec![0, 2] },
    ];
    let changes = site.sync(&Said { rules, entries }, EVERYTHING);
    let told: Vec<String> = changes.iter().map(|change| change.in_words().1).collect();
    assert!(told.contains(&"person1 in the team red as admin (group leads)".to_owned()), "{told:?}");
    assert!(told.contains(&"person2 in the team red as member (group all)".to_owned()), "{told:?}");
}
