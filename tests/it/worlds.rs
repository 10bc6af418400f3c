//! Random people in random worlds: what lists show, and what doors answer, is what the rules of the product say. The rules
//! are written down here once more, in the words of its requirements and without a look at the policy.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::house::{Ask, House, settings};

/// How many worlds are tried.
const WORLDS: usize = 12;
const PEOPLE: [&str; 6] = ["ada", "p1", "p2", "p3", "p4", "p5"];
const ROLES: [&str; 3] = ["admin", "member", "view-only"];
const VISIBILITIES: [&str; 4] = ["open", "public", "team", "restricted"];

/// A world as it is to be made. Ada administers the server, and with it the organization.
#[derive(Clone, Debug)]
struct World {
    /// Whether p1 administers the organization, who belongs to it as everybody does.
    p1_leads: bool,
    /// Whether admins of the organization see what its teams hold without a seat there.
    entered: bool,
    teams: Vec<Team>,
}

#[derive(Clone, Debug)]
struct Team {
    name: String,
    hidden: bool,
    /// By the number of the person; ada is its admin.
    seats: BTreeMap<usize, usize>,
    projects: Vec<Project>,
}

#[derive(Clone, Debug)]
struct Project {
    name: String,
    visibility: usize,
    /// Named members, by the number of the person.
    named: BTreeMap<usize, usize>,
    /// Who makes the run in it, if they may.
    maker: usize,
}

fn worlds() -> impl Strategy<Value = World> {
    let people = || prop::collection::btree_map(1..PEOPLE.len(), 0..ROLES.len(), 0..4);
    let project = (0..VISIBILITIES.len(), people(), 0..PEOPLE.len());
    let team = (any::<bool>(), people(), prop::collection::vec(project, 0..4));
    (any::<bool>(), any::<bool>(), prop::collection::vec(team, 1..4)).prop_map(|(p1_leads, entered, teams)| {
        let teams = teams.into_iter().enumerate().map(|(number, (hidden, seats, projects))| {
            let projects = projects.into_iter().enumerate().map(|(number, (visibility, named, maker))| Project {
                name: format!("project{number}"),
                visibility,
                named,
                maker,
            });
            Team { name: format!("team{number}"), hidden, seats, projects: projects.collect() }
        });
        World { p1_leads, entered, teams: teams.collect() }
    })
}

impl World {
    fn leads(&self, person: usize) -> bool {
        person == 0 || (person == 1 && self.p1_leads)
    }
    /// The role in a team: who administers the organization has that of an admin.
    fn role(&self, person: usize, team: &Team) -> Option<&'static str> {
        if self.leads(person) { Some("admin") } else { Self::seat(person, team) }
    }
    fn seat(person: usize, team: &Team) -> Option<&'static str> {
        team.seats.get(&person).map(|role| ROLES[*role])
    }
    /// The role that counts for what a team holds.
    fn role_within(&self, person: usize, team: &Team) -> Option<&'static str> {
        if person == 0 || self.entered { self.role(person, team) } else { Self::seat(person, team) }
    }
    fn knows(&self, person: usize, team: &Team) -> bool {
        !team.hidden || self.role(person, team).is_some()
    }
    /// The role that counts in a project.
    fn role_in(&self, person: usize, team: &Team, project: &Project) -> Option<&'static str> {
        let named = project.named.get(&person).map(|role| ROLES[*role]);
        match (self.role_within(person, team), named) {
            (Some("view-only"), Some(_)) => Some("view-only"),
            (Some("admin"), Some(_)) => Some("admin"),
            (_, Some(named)) => Some(named),
            (_, None) if VISIBILITIES[project.visibility] == "restricted" => None,
            (team, None) => team,
        }
    }
    fn sees(&self, person: usize, team: &Team, project: &Project) -> bool {
        let anybody = ["open", "public"].contains(&VISIBILITIES[project.visibility]);
        person == 0 || anybody || self.role_in(person, team, project).is_some()
    }
    fn may(&self, person: usize, action: &str, team: &Team, project: &Project, own: bool) -> bool {
        let role = self.role_in(person, team, project);
        let opened = VISIBILITIES[project.visibility] == "open" && own && role != Some("view-only");
        match action {
            "read" => self.sees(person, team, project),
            _ if person == 0 || role == Some("admin") => true,
            "write" => role == Some("member") || opened,
            "delete" => (role == Some("member") && own) || opened,
            _ => false,
        }
    }
}

/// A world that was made, with a browser for each person.
struct Made {
    house: House,
    cookies: Vec<String>,
    /// Who made the run in a project, by team and project.
    makers: BTreeMap<(String, String), usize>,
}

impl Made {
    async fn must(&self, ask: Ask, person: usize) -> Value {
        let path = ask.path.clone();
        let answer = self.house.send(ask.key(&self.cookies[person])).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path} {} {}", answer.status, answer.text());
        answer.json()
    }
    async fn status(&self, ask: Ask, person: usize) -> u16 {
        self.house.send(ask.key(&self.cookies[person])).await.status
    }
    /// Everything that a list has, two at a time; nothing if it may not be asked for.
    async fn names(&self, path: &str, person: usize) -> BTreeSet<String> {
        let (mut found, mut after) = (BTreeSet::new(), String::new());
        loop {
            let answer = self.house.send(Ask::get(format!("{path}?limit=2{after}")).key(&self.cookies[person])).await;
            if [403, 404].contains(&answer.status) {
                return BTreeSet::new();
            }
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let page = answer.json();
            for item in page["items"].as_array().expect("a list") {
                let name = item["name"].as_str().expect("a name").to_owned();
                assert!(found.insert(name), "{path} repeats itself: {page}");
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("&after={cursor}"),
                None => return found,
            }
        }
    }
}

async fn make(world: &World, folder: &std::path::Path) -> Made {
    let house = House::open(&settings(folder, &[])).await;
    let ada = house.set_up().await;
    for name in &PEOPLE[1..] {
        let form = json!({
            "username": name, "email": format!("{name}@runs.example"), "password": "correct horse battery",
        });
        assert_eq!(house.send(Ask::post("/api/v1/users", &form).key(&ada)).await.status, 201);
    }
    let mut cookies = Vec::new();
    for name in PEOPLE {
        cookies.push(house.sign_in(name).await);
    }
    let mut made = Made { house, cookies, makers: BTreeMap::new() };
    let put = |path: String, role: &str| Ask::new(Method::PUT, path).json(&json!({ "role": role }));
    if world.p1_leads {
        made.must(put("/api/v1/organizations/runstead/members/p1".to_owned(), "admin"), 0).await;
        // Another role ends sessions.
        made.cookies[1] = made.house.sign_in(PEOPLE[1]).await;
    }
    let rules = json!({ "admins_enter_teams": world.entered });
    made.must(Ask::new(Method::PATCH, "/api/v1/organizations/runstead").json(&rules), 0).await;
    for team in &world.teams {
        made.must(Ask::post("/api/v1/teams", &json!({ "name": team.name })), 0).await;
        for (person, role) in &team.seats {
            made.must(put(format!("/api/v1/teams/{}/members/{}", team.name, PEOPLE[*person]), ROLES[*role]), 0).await;
        }
        let hidden = json!({ "settings": { "hidden": team.hidden } });
        made.must(Ask::new(Method::PATCH, format!("/api/v1/teams/{}", team.name)).json(&hidden), 0).await;
        for project in &team.projects {
            let form = json!({ "name": project.name, "visibility": VISIBILITIES[project.visibility] });
            made.must(Ask::post(format!("/api/v1/projects/{}", team.name), &form), 0).await;
            let path = format!("/api/v1/projects/{}/{}/members", team.name, project.name);
            for (person, role) in &project.named {
                made.must(put(format!("{path}/{}", PEOPLE[*person]), ROLES[*role]), 0).await;
            }
            let maker = if world.may(project.maker, "write", team, project, true) { project.maker } else { 0 };
            let run = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
            let input = json!({ "entityName": team.name, "modelName": project.name, "name": "run" });
            made.must(Ask::graphql(run, &json!({ "i": input })), maker).await;
            made.makers.insert((team.name.clone(), project.name.clone()), maker);
        }
    }
    made
}

async fn check(world: &World, made: &Made, person: usize) {
    let who = format!("{} in {world:?}", PEOPLE[person]);
    let known = world.teams.iter().filter(|team| world.knows(person, team)).map(|team| team.name.clone());
    assert_eq!(made.names("/api/v1/organizations/runstead/teams", person).await, known.collect(), "teams of {who}");
    // Nor do lists of people tell of them.
    let listed = made.must(Ask::get("/api/v1/organizations/runstead/members?limit=100"), person).await;
    for item in listed["items"].as_array().expect("a list") {
        let other = PEOPLE.iter().position(|name| item["username"] == *name).expect("one of them");
        let shown: BTreeSet<_> =
            item["teams"].as_array().expect("a list").iter().filter_map(|seat| seat["team"].as_str()).collect();
        let seated = |team: &&Team| world.knows(person, team) && (other == 0 || team.seats.contains_key(&other));
        let expected = world.teams.iter().filter(seated).map(|team| team.name.as_str());
        assert_eq!(shown, expected.collect(), "teams of {} as seen by {who}", PEOPLE[other]);
    }
    for team in &world.teams {
        let seen: BTreeSet<String> = team
            .projects
            .iter()
            .filter(|project| world.sees(person, team, project))
            .map(|project| project.name.clone())
            .collect();
        assert_eq!(made.names(&format!("/api/v1/projects/{}", team.name), person).await, seen, "projects of {who}");
        let models = "query($e: String) { models(entityName: $e, first: 100) { edges { node { name } } } }";
        let models = made.must(Ask::graphql(models, &json!({ "e": team.name })), person).await;
        let edges = models["data"]["models"]["edges"].as_array().cloned().unwrap_or_default();
        let models: BTreeSet<String> =
            edges.iter().filter_map(|edge| edge["node"]["name"].as_str().map(str::to_owned)).collect();
        assert_eq!(models, seen, "GraphQL's projects of {} for {who}", team.name);
        for project in &team.projects {
            check_project(world, made, person, team, project).await;
        }
    }
}

async fn check_project(world: &World, made: &Made, person: usize, team: &Team, project: &Project) {
    let path = format!("/api/v1/projects/{}/{}/runs", team.name, project.name);
    let what = format!("{path} for {} in {world:?}", PEOPLE[person]);
    let sees = world.sees(person, team, project);
    let own = made.makers[&(team.name.clone(), project.name.clone())] == person;
    let expected = if sees { BTreeSet::from(["run".to_owned()]) } else { BTreeSet::new() };
    assert_eq!(made.names(&path, person).await, expected, "{what}");
    let run = format!("{path}/run");
    assert_eq!(made.status(Ask::get(run.clone()), person).await, if sees { 200 } else { 404 }, "{what}");
    for action in ["write", "delete"] {
        let target = format!("run/{}/{}/run", team.name, project.name);
        let ask = Ask::get(format!("/api/v1/permissions/explain?action={action}&target={target}"));
        let answer = made.house.send(ask.key(&made.cookies[person])).await;
        match sees {
            true => assert_eq!(answer.json()["allowed"], world.may(person, action, team, project, own), "{action} {what}"),
            false => assert_eq!(answer.status, 404, "{action} {what}"),
        }
    }
    let written = made.status(Ask::new(Method::PATCH, run).json(&json!({ "notes": PEOPLE[person] })), person).await;
    let expected = match (sees, world.may(person, "write", team, project, own)) {
        (true, true) => 200,
        (true, false) => 403,
        (false, _) => 404,
    };
    assert_eq!(written, expected, "writing {what}");
}

#[actix_web::test]
async fn everybody_sees_and_does_what_the_rules_say() {
    let mut random = TestRunner::deterministic();
    for _ in 0..WORLDS {
        let world = worlds().new_tree(&mut random).expect("a world").current();
        let folder = tempfile::tempdir().expect("a folder");
        let made = make(&world, folder.path()).await;
        for person in 0..PEOPLE.len() {
            check(&world, &made, person).await;
        }
    }
}
