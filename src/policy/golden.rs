//! The whole policy as a text, so that a change of it is read as a diff. `BLESS=1 cargo test policy` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use super::*;

const ME: AccountId = AccountId::new(1);
const SOMEBODY: AccountId = AccountId::new(2);
const TEAM: EntityId = EntityId::new(10);
const PERSONAL: EntityId = EntityId::new(11);
const ORGANIZATION: EntityId = EntityId::new(12);
const PROJECT: ProjectId = ProjectId::new(20);
const REPORT: ReportId = ReportId::new(30);

fn stranger() -> Actor {
    Actor { account: Some(ME), ..Actor::nobody() }
}

fn seated(role: TeamRole) -> Actor {
    Actor { seats: vec![(TEAM, role)], ..stranger() }
}

fn named(role: TeamRole, team: Option<TeamRole>) -> Actor {
    let seats = team.map(|team| (TEAM, team)).into_iter().collect();
    Actor { seats, project_seats: vec![(PROJECT, role)], ..stranger() }
}

fn in_registry(role: RegistryRole) -> Actor {
    Actor { registry_seats: vec![(PROJECT, role)], by_key: true, ..stranger() }
}

fn actors() -> Vec<(&'static str, Actor)> {
    use TeamRole::{Admin, Member, Service, ViewOnly};
    vec![
        ("nobody", Actor::nobody()),
        ("holder of a link", Actor { shown: Some(Shown { report: REPORT, projects: vec![PROJECT] }), ..Actor::nobody() }),
        ("signed in, no seat", stranger()),
        ("team view-only", seated(ViewOnly)),
        ("team view-only, by key", Actor { by_key: true, ..seated(ViewOnly) }),
        ("the same, where keys may read", Actor { by_key: true, key_reads: vec![TEAM], ..seated(ViewOnly) }),
        ("team service", seated(Service)),
        ("team member", seated(Member)),
        ("team admin", seated(Admin)),
        ("named view-only, team member", named(ViewOnly, Some(Member))),
        ("named view-only, team admin", named(ViewOnly, Some(Admin))),
        ("named member, no seat", named(Member, None)),
        ("named member, team view-only", named(Member, Some(ViewOnly))),
        ("named admin, team member", named(Admin, Some(Member))),
        ("organization viewer", Actor { memberships: vec![ORGANIZATION], by_key: true, ..stranger() }),
        (
            "organization member",
            Actor { memberships: vec![ORGANIZATION], member_of: vec![ORGANIZATION], by_key: true, ..stranger() },
        ),
        (
            "the same, whom a group lets make teams",
            Actor { memberships: vec![ORGANIZATION], makes_teams: vec![ORGANIZATION], ..stranger() },
        ),
        ("organization's service account", Actor { works_for: Some(ORGANIZATION), by_key: true, ..seated(Service) }),
        ("registry restricted viewer", in_registry(RegistryRole::RestrictedViewer)),
        ("registry viewer", in_registry(RegistryRole::Viewer)),
        ("registry member", in_registry(RegistryRole::Member)),
        ("registry admin", in_registry(RegistryRole::Admin)),
        ("organization admin", Actor { organizations: vec![ORGANIZATION], overseen: vec![TEAM], ..stranger() }),
        (
            "organization admin, kept out",
            Actor { organizations: vec![ORGANIZATION], overseen: vec![TEAM], closed: vec![TEAM], ..stranger() },
        ),
        ("site admin", Actor { site_admin: true, ..stranger() }),
    ]
}

fn targets() -> Vec<(String, Target)> {
    let mut found = vec![
        ("the server".to_owned(), Target::Site),
        ("the own account".to_owned(), Target::Account(ME)),
        ("another's account".to_owned(), Target::Account(SOMEBODY)),
        ("a service account of the team".to_owned(), Target::Service { account: SOMEBODY, home: TEAM }),
        ("a service account of the organization".to_owned(), Target::Service { account: SOMEBODY, home: ORGANIZATION }),
        ("the team".to_owned(), Target::Entity(TEAM)),
        ("the team with all it holds".to_owned(), Target::WholeTeam { team: TEAM, organization: Some(ORGANIZATION) }),
        ("the organization".to_owned(), Target::Entity(ORGANIZATION)),
        ("another's personal entity".to_owned(), Target::Entity(PERSONAL)),
    ];
    for (how, open_to_members) in [("left to admins", false), ("open to members", true)] {
        let teams = Target::Teams { organization: ORGANIZATION, open_to_members };
        found.push((format!("making teams in the organization, {how}"), teams));
    }
    for (how, hidden) in [("shown", false), ("hidden", true)] {
        let card = Target::Card { team: TEAM, organization: Some(ORGANIZATION), hidden };
        found.push((format!("the card of the team, {how}"), card));
    }
    for (how, open_to_members) in [("left to admins", false), ("open to members", true)] {
        found.push((format!("invitations into the team, {how}"), Target::Invitations { team: TEAM, open_to_members }));
    }
    for visibility in [Visibility::Team, Visibility::Restricted] {
        let registry = Target::Registry { id: PROJECT, organization: ORGANIZATION, visibility };
        found.push((format!("a registry of the organization, {}", visibility.as_str()), registry));
    }
    for visibility in Visibility::ALL {
        let project = Target::Project { id: PROJECT, entity: TEAM, visibility };
        found.push((format!("a project of the team, {}", visibility.as_str()), project));
        let alerts = Target::Alerts { id: PROJECT, entity: TEAM, visibility };
        found.push((format!("the alerts of a project of the team, {}", visibility.as_str()), alerts));
        for (what, owner, only_own) in [
            ("an own project with own runs and reports alone", ME, true),
            ("an own project with runs or reports of others", ME, false),
            ("another's project with what is theirs alone", SOMEBODY, true),
        ] {
            let whole = Target::Whole { id: PROJECT, entity: TEAM, visibility, owner: Some(owner), only_own };
            found.push((format!("all of {what}, {}", visibility.as_str()), whole));
        }
        for (whose, owner) in [("an own", Some(ME)), ("another's", Some(SOMEBODY)), ("nobody's", None)] {
            let run = Target::Owned { project: PROJECT, entity: TEAM, visibility, owner };
            found.push((format!("{whose} run in a project of the team, {}", visibility.as_str()), run));
        }
        for (what, owner, open_to_members) in [
            ("another's artifact", SOMEBODY, false),
            ("another's artifact, open to members", SOMEBODY, true),
            ("an own artifact", ME, false),
        ] {
            let version = Target::Version { project: PROJECT, entity: TEAM, visibility, owner: Some(owner), open_to_members };
            found.push((format!("{what}, in a project of the team, {}", visibility.as_str()), version));
        }
        for (what, id, owner, kind) in [
            ("an own report", REPORT, ME, ReportKind::Published),
            ("another's report", REPORT, SOMEBODY, ReportKind::Published),
            ("another's report, that no link shows", ReportId::new(31), SOMEBODY, ReportKind::Published),
            ("an own draft", REPORT, ME, ReportKind::Draft),
            ("another's draft", REPORT, SOMEBODY, ReportKind::Draft),
            ("another's workspace", REPORT, SOMEBODY, ReportKind::Workspace),
        ] {
            let report = Target::Report { id, project: PROJECT, entity: TEAM, visibility, owner: Some(owner), kind };
            found.push((format!("{what}, in a project of the team, {}", visibility.as_str()), report));
        }
        for (what, owner, barred) in [
            ("the links to an own report", ME, false),
            ("the links to an own report, which settings forbid", ME, true),
            ("the links to another's report", SOMEBODY, false),
        ] {
            let links = Target::Sharing { project: PROJECT, entity: TEAM, visibility, owner: Some(owner), barred };
            found.push((format!("{what}, {}", visibility.as_str()), links));
        }
        for (what, author, speaker, part) in [
            ("the talk about another's report", SOMEBODY, ME, TalkPart::Report),
            ("an own thread about another's report", SOMEBODY, ME, TalkPart::Thread),
            ("another's thread about an own report", ME, SOMEBODY, TalkPart::Thread),
            ("another's thread about another's report", SOMEBODY, SOMEBODY, TalkPart::Thread),
            ("an own comment on another's report", SOMEBODY, ME, TalkPart::Comment),
            ("another's comment on an own report", ME, SOMEBODY, TalkPart::Comment),
            ("another's comment on another's report", SOMEBODY, SOMEBODY, TalkPart::Comment),
        ] {
            let (author, speaker) = (Some(author), Some(speaker));
            let organization = Some(ORGANIZATION);
            let talk = Target::Talk { project: PROJECT, entity: TEAM, organization, visibility, author, speaker, part };
            found.push((format!("{what}, {}", visibility.as_str()), talk));
        }
        for (what, barred) in [("the figures of runs", false), ("the figures of runs, kept from links by settings", true)] {
            let figures = Target::Figures { project: PROJECT, entity: TEAM, visibility, barred };
            found.push((format!("{what}, {}", visibility.as_str()), figures));
        }
        for (what, owner, alive) in [("an own run at work", ME, true), ("another's run at work", SOMEBODY, true)] {
            let stream = Target::Stream { project: PROJECT, entity: TEAM, visibility, owner: Some(owner), alive };
            found.push((format!("the stream of {what}, {}", visibility.as_str()), stream));
        }
    }
    found
}

fn print() -> String {
    let mut out = String::from("Who may do what. An own thing was made by the actor, or on their behalf.\n");
    for (name, target) in targets() {
        let _ = write!(out, "\n{name}\n  {:30}", "");
        for action in Action::ALL {
            let _ = write!(out, " {:8}", format!("{action:?}").to_lowercase());
        }
        out.truncate(out.trim_end().len());
        for (name, actor) in actors() {
            let _ = write!(out, "\n  {name:30}");
            for action in Action::ALL {
                let _ = write!(out, " {:8}", if allows(&actor, action, &target) { "yes" } else { "-" });
            }
            out.truncate(out.trim_end().len());
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_policy_is_the_one_that_was_reviewed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/golden.txt");
    let printed = print();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &printed).expect("the golden file can be written");
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(reviewed, printed, "the policy changed; if that is meant, run this test with BLESS=1 and review the diff");
}

#[test]
fn an_explanation_never_contradicts_itself() {
    for (who, actor) in actors() {
        for (what, target) in targets() {
            for action in Action::ALL {
                let told = explain::explain(&actor, action, &target);
                let (rule, role) = (told.rule, told.role);
                assert_eq!(told.allowed, allows(&actor, action, &target), "{who}, {action:?}, {what}");
                let refuses = rule.starts_with("only") || rule.starts_with("without") || rule.contains("nothing");
                assert!(!(told.allowed && refuses), "{who}, {action:?}, {what}: {rule}");
                assert!(told.allowed || rule != "an admin may do everything", "{who}, {action:?}, {what}: {role}, {rule}");
            }
        }
    }
}

#[test]
fn every_rule_speaks_of_the_thing_it_is_told_for() {
    for (who, actor) in actors() {
        for (what, target) in targets() {
            for action in Action::ALL {
                let rule = explain::explain(&actor, action, &target).rule;
                let told = format!("{who}, {action:?}, {what}: {rule}");
                for visibility in ["open", "public", "restricted"] {
                    let named = rule.contains(&format!("{visibility} project")) || rule.contains(&format!("is {visibility}"));
                    assert!(!named || what.ends_with(visibility), "{told}");
                }
                assert!(!rule.contains("though their seat is gone") || what.starts_with("the stream of an own run"), "{told}");
                assert!(!rule.contains("all runs and reports in it") || what.starts_with("all of"), "{told}");
                assert!(!rule.contains("delete all artifacts") || what.contains("artifact, open to members"), "{told}");
                assert!(!rule.contains("make teams") || what.starts_with("making teams"), "{told}");
                assert!(!rule.contains("deletes and restores") || what == "the team with all it holds", "{told}");
                let nothing = rule.contains("nothing they may do here");
                let something = Action::ALL.iter().any(|action| allows(&actor, *action, &target));
                assert!(!nothing || !something || what.ends_with("restricted"), "{told}");
            }
        }
    }
}

#[test]
fn whoever_may_change_a_thing_may_also_see_it_but_for_naming_members_of_a_restricted_project() {
    for (who, actor) in actors() {
        for (what, target) in targets() {
            for action in [Action::Write, Action::Delete, Action::Manage] {
                let blind = allows(&actor, action, &target) && !allows(&actor, Action::Read, &target);
                let names = ["team admin", "organization admin", "organization admin, kept out"].contains(&who);
                let managed = action == Action::Manage && what == "a project of the team, restricted"
                    || matches!(action, Action::Manage | Action::Delete)
                        && what.starts_with("all of")
                        && what.ends_with("restricted");
                // The process of a run goes on though its author may not look at it any more.
                let streams = action == Action::Write && what.starts_with("the stream of an own run");
                let unseen = !allows(&actor, Action::Read, &target) && actor.account.is_some();
                let expected = (names && managed) || (streams && unseen);
                assert_eq!(blind, expected, "{who}, {action:?}, {what}");
            }
        }
    }
}

#[test]
fn the_personal_entity_obeys_its_person_in_every_visibility() {
    let actor = Actor { personal: Some(PERSONAL), ..stranger() };
    for visibility in Visibility::ALL {
        for action in Action::ALL {
            assert!(allows(&actor, action, &Target::Project { id: PROJECT, entity: PERSONAL, visibility }));
            let run = Target::Owned { project: PROJECT, entity: PERSONAL, visibility, owner: Some(SOMEBODY) };
            assert!(allows(&actor, action, &run));
        }
    }
}

#[test]
fn a_run_that_a_service_account_logged_for_a_member_is_its_to_stop() {
    let service = Actor { acting_for: Some(SOMEBODY), ..seated(TeamRole::Service) };
    let run = |owner| Target::Owned { project: PROJECT, entity: TEAM, visibility: Visibility::Team, owner: Some(owner) };
    assert!(allows(&service, Action::Delete, &run(SOMEBODY)));
    assert!(!allows(&service, Action::Delete, &run(AccountId::new(3))));
}

#[test]
fn what_one_may_not_know_of_is_not_found_and_what_one_sees_is_forbidden_with_a_reason() {
    let project = Target::Project { id: PROJECT, entity: TEAM, visibility: Visibility::Team };
    let code = |actor: &Actor| require(actor, Action::Write, &project).err().map(|error| error.code());
    assert_eq!(code(&stranger()), Some("NOT_FOUND"));
    assert_eq!(code(&seated(TeamRole::ViewOnly)), Some("FORBIDDEN"));
    assert_eq!(code(&seated(TeamRole::Member)), None);
}
