//! Finds the changes of a plan: people, then their seats and roles.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::plan::{Change, Kept, Known, Options, OrganizationState, Plan, Profile, State, TeamState, Who};
use super::rules::{Gives, Rule, Rules};
use super::snapshot::Entry;
use crate::domain::accounts::names::{Name, check_email, key_of};
use crate::domain::teams::{Given, Grants, Managed};
use crate::id::AccountId;
use crate::policy::TeamRole;

/// Somebody who may have seats: who has an account or is given one.
pub(super) struct Member<'a> {
    pub(super) who: Who,
    pub(super) account: Option<AccountId>,
    pub(super) entry: Option<&'a Entry>,
    pub(super) was_active: bool,
    pub(super) is_active: bool,
    pub(super) site_admin: bool,
}

pub(super) struct Planner<'a> {
    pub(super) rules: &'a Rules,
    pub(super) state: &'a State,
    pub(super) options: Options,
    pub(super) plan: Plan,
    pub(super) members: Vec<Member<'a>>,
    /// The place of whoever has an account among the members.
    places: HashMap<AccountId, usize>,
    /// Names that new accounts take, as they are compared.
    new_names: HashSet<String>,
}

impl<'a> Planner<'a> {
    pub fn new(rules: &'a Rules, state: &'a State, options: Options) -> Self {
        let (plan, members) = (Plan::default(), Vec::new());
        Self { rules, state, options, plan, members, places: HashMap::new(), new_names: HashSet::new() }
    }

    pub fn people(&mut self, entries: &'a [Entry]) {
        self.members(entries);
        let accounts = self.members.iter().enumerate();
        self.places = accounts.filter_map(|(place, member)| Some((member.account?, place))).collect();
    }

    fn members(&mut self, entries: &'a [Entry]) {
        let by_id: HashMap<&str, &Known> =
            self.state.people.iter().map(|known| (known.who.directory_id.as_str(), known)).collect();
        let mut present = HashSet::new();
        let mut known = Vec::new();
        for entry in entries {
            present.insert(entry.person.id.as_str());
            let member = match by_id.get(entry.person.id.as_str()) {
                Some(found) if found.deleted => {
                    let because = "the account was deleted here; the directory does not bring it back".to_owned();
                    self.plan.kept.push(Kept { what: format!("{} gets nothing", entry.person.dn), because });
                    None
                }
                Some(found) => {
                    known.push((*found, entry));
                    Some(self.known(found, entry))
                }
                None => self.new_person(entry),
            };
            self.members.extend(member);
        }
        self.profiles(&known);
        if !self.options.is_everybody {
            return;
        }
        for known in self.state.people.iter().filter(|known| !present.contains(known.who.directory_id.as_str())) {
            if known.deleted {
                continue;
            }
            if known.active {
                self.plan.changes.push(Change::Deactivate { who: known.who.clone() });
            }
            self.members.push(Member { is_active: false, ..Member::of(known, None) });
        }
    }

    fn known(&mut self, known: &'a Known, entry: &'a Entry) -> Member<'a> {
        let returns = !known.active && known.left;
        if returns {
            self.plan.changes.push(Change::Reactivate { who: known.who.clone() });
        }
        let mut member = Member::of(known, Some(entry));
        member.is_active |= returns;
        member
    }

    /// Names and mail addresses. An address may pass from one to another: whoever gives it up comes first. Those who would
    /// have to change theirs with each other at once keep what they have.
    fn profiles(&mut self, known: &[(&Known, &Entry)]) {
        let mut holders: HashMap<String, AccountId> = self.state.emails.clone();
        let wanted = |entry: &Entry| entry.person.email.as_deref().map(str::trim).map(str::to_owned);
        let mut open: Vec<(&Known, &Entry, String)> = known
            .iter()
            .filter_map(|(known, entry)| Some((*known, *entry, wanted(entry).filter(|email| check_email(email).is_ok())?)))
            .collect();
        let mut emails: HashMap<AccountId, String> = HashMap::new();
        let mut order: Vec<AccountId> = Vec::new();
        loop {
            let before = open.len();
            open.retain(|(known, _, email)| {
                let key = key_of(email);
                if holders.get(&key).is_some_and(|holder| *holder != known.account) {
                    return true;
                }
                if let Some(old) = known.profile.email.as_deref().map(key_of).filter(|old| *old != key) {
                    holders.remove(&old);
                }
                holders.insert(key, known.account);
                emails.insert(known.account, email.clone());
                order.push(known.account);
                false
            });
            if open.len() == before {
                break;
            }
        }
        let place: HashMap<AccountId, usize> = order.iter().enumerate().map(|(place, account)| (*account, place)).collect();
        let mut changes: Vec<(usize, Change)> = Vec::new();
        for (known, entry) in known {
            let person = &entry.person;
            let before = known.profile.clone();
            let after = Profile {
                dn: person.dn.clone(),
                name: person.name.clone().unwrap_or_else(|| before.name.clone()),
                email: emails.get(&known.account).cloned().or_else(|| before.email.clone()),
            };
            if after != before {
                let turn = place.get(&known.account).copied().unwrap_or(usize::MAX);
                changes.push((turn, Change::Profile { who: known.who.clone(), before, after }));
            }
        }
        changes.sort_by_key(|(turn, _)| *turn);
        self.plan.changes.extend(changes.into_iter().map(|(_, change)| change));
    }

    fn new_person(&mut self, entry: &'a Entry) -> Option<Member<'a>> {
        if !self.options.creates_accounts || entry.rules.is_empty() {
            return None;
        }
        let person = &entry.person;
        let name = Name::parse(&person.username).or_else(|_| Name::near(&person.username)).map_err(|error| error.to_string());
        let free = name.and_then(|name| {
            if self.state.taken.contains(&name.key()) || !self.new_names.insert(name.key()) {
                return Err(name_taken(&name));
            }
            Ok(name)
        });
        match free {
            Ok(name) => {
                let who = Who { username: name.to_string(), directory_id: person.id.clone() };
                self.plan.changes.push(Change::CreateAccount { who: who.clone(), person: person.clone() });
                let (was_active, is_active, site_admin) = (false, true, false);
                Some(Member { who, account: None, entry: Some(entry), was_active, is_active, site_admin })
            }
            Err(because) => {
                self.plan.kept.push(Kept { what: format!("no account is made for {}", person.dn), because });
                None
            }
        }
    }

    pub fn seats(&mut self) {
        // By team, then by the place of the member.
        let mut wanted: BTreeMap<String, HashMap<usize, Given>> = BTreeMap::new();
        let mut named: BTreeMap<String, Named<'_>> = BTreeMap::new();
        for rule in &self.rules.0 {
            if let Gives::Seat { team, create, .. } = &rule.gives {
                let named = named.entry(team.key()).or_insert_with(|| Named::new(team, !self.options.keeps_by_hand));
                named.add(*create, rule);
                wanted.entry(team.key()).or_default();
            }
        }
        for (place, member) in self.members.iter().enumerate() {
            for number in member.entry.iter().flat_map(|entry| &entry.rules) {
                let rule = &self.rules.0[*number];
                let Gives::Seat { team, role, .. } = &rule.gives else { continue };
                let given = Given { role: *role, rule: rule.group.clone() };
                let best = wanted.entry(team.key()).or_default().entry(place).or_insert_with(|| given.clone());
                // The first of several rules that give the same is the one that is told.
                if given.role > best.role {
                    *best = given;
                }
            }
        }
        for key in self.state.teams.keys() {
            wanted.entry(key.clone()).or_default();
        }
        for (key, wanted) in wanted {
            self.seats_of(&key, named.get(&key), &wanted);
        }
    }

    fn seats_of(&mut self, key: &str, named: Option<&Named<'_>>, wanted: &HashMap<usize, Given>) {
        let state = self.state.teams.get(key);
        let name = match (state, named) {
            (Some(state), _) => state.name.clone(),
            (None, Some(named)) => match self.new_team(named.team, named.create, wanted) {
                Ok(change) => {
                    self.plan.changes.push(change);
                    named.team.to_string()
                }
                Err(because) => {
                    if !wanted.is_empty() || !named.create {
                        let name = named.team;
                        self.plan.kept.push(Kept { what: format!("nobody is given a seat in the team {name}"), because });
                    }
                    return;
                }
            },
            (None, None) => return,
        };
        let (before, after) = (state.and_then(|state| state.managed.clone()), named.map(|named| named.managed.clone()));
        if self.options.is_everybody && before != after {
            self.plan.changes.push(Change::Manage { team: name.clone(), before, after });
        }
        let seated = self.placed(state.into_iter().flat_map(|state| state.seats.keys()));
        // Everybody else has nothing here and gets nothing: teams are many, and people more.
        let concerned: BTreeSet<usize> = wanted.keys().copied().chain(seated).collect();
        for place in concerned {
            let member = &self.members[place];
            // Whoever is gone keeps what they had for the day they come back.
            if member.entry.is_none() {
                continue;
            }
            let before = seat_of(state, member);
            let hand = before.hand.filter(|_| self.options.keeps_by_hand || named.is_none());
            let mut directory = wanted.get(&place).cloned();
            if !self.options.is_everybody {
                let held = before.directory.clone();
                let is_more = directory.as_ref().map(|given| given.role) > held.as_ref().map(|given| given.role);
                directory = if is_more { directory } else { held };
            }
            let after = Grants { hand: if self.options.is_everybody { hand } else { before.hand }, directory };
            if before != after {
                let who = member.who.clone();
                self.plan.changes.push(Change::Seat { team: name.clone(), who, before, after });
            }
        }
    }

    /// The places of those with these accounts who are members.
    pub(super) fn placed<'b>(&self, accounts: impl Iterator<Item = &'b AccountId>) -> Vec<usize> {
        accounts.filter_map(|account| self.places.get(account).copied()).collect()
    }

    fn new_team(&self, name: &Name, create: bool, wanted: &HashMap<usize, Given>) -> Result<Change, String> {
        if !create {
            return Err("there is no such team; make it, or say create_team = true in its rule".to_owned());
        }
        if self.state.taken.contains(&name.key()) || self.new_names.contains(&name.key()) {
            return Err("the name is taken by a person, an organization or a deleted team".to_owned());
        }
        let admins = wanted.iter().filter(|(_, given)| given.role == TeamRole::Admin).map(|(place, _)| &self.members[*place]);
        let admin = admins.filter(|member| member.is_active).map(|member| &member.who).min();
        let admin = admin.ok_or("a team needs an admin, and no rule gives it one")?;
        Ok(Change::CreateTeam { team: name.to_string(), admin: admin.clone() })
    }

    pub fn organization_admins(&mut self) {
        let wanted = self.in_organizations("is made admin of", |gives| match gives {
            Gives::OrganizationAdmin { organization } => Some(organization.as_deref()),
            _ => None,
        });
        self.compare(
            &wanted,
            |state, account| state.admins.get(&account).and_then(|(_, rule)| rule.clone()),
            |organization, who, before, after| Change::OrganizationAdmin { organization, who, before, after },
        );
    }

    pub fn makers_of_teams(&mut self) {
        let wanted = self.in_organizations("may create teams in", |gives| match gives {
            Gives::MakingTeams { organization } => Some(organization.as_deref()),
            _ => None,
        });
        self.compare(
            &wanted,
            |state, account| state.makers.get(&account).cloned(),
            |organization, who, before, after| Change::MakingTeams { organization, who, before, after },
        );
    }

    /// By organization, whom rules of a kind give something there, by the place of the member, with the group. `organization_of`
    /// says of which organization a rule of the kind speaks; `what` is what nobody gets where there is none.
    fn in_organizations(
        &mut self,
        what: &str,
        organization_of: impl Fn(&Gives) -> Option<Option<&str>>,
    ) -> BTreeMap<String, HashMap<usize, String>> {
        let key_of = |gives: &Gives| {
            let named = organization_of(gives)?;
            Some(named.unwrap_or(&self.state.first_organization).to_owned())
        };
        let mut wanted: BTreeMap<String, HashMap<usize, String>> = BTreeMap::new();
        for key in self.state.organizations.keys() {
            wanted.entry(key.clone()).or_default();
        }
        let mut missing = Vec::new();
        for key in self.rules.0.iter().filter_map(|rule| key_of(&rule.gives)) {
            if !wanted.contains_key(&key) {
                let because = "there is no such organization".to_owned();
                missing.push(Kept { what: format!("nobody {what} the organization {key}"), because });
            }
            wanted.entry(key).or_default();
        }
        for (place, member) in self.members.iter().enumerate() {
            for number in member.entry.iter().flat_map(|entry| &entry.rules) {
                let rule = &self.rules.0[*number];
                if let Some(key) = key_of(&rule.gives) {
                    wanted.entry(key).or_default().entry(place).or_insert_with(|| rule.group.clone());
                }
            }
        }
        self.plan.kept.extend(missing);
        wanted
    }

    /// Adds the changes from what people have in organizations to what is wanted.
    fn compare(
        &mut self,
        wanted: &BTreeMap<String, HashMap<usize, String>>,
        has: impl Fn(&OrganizationState, AccountId) -> Option<String>,
        change: impl Fn(String, Who, Option<String>, Option<String>) -> Change,
    ) {
        for (key, wanted) in wanted {
            let Some(state) = self.state.organizations.get(key) else { continue };
            for (place, member) in self.members.iter().enumerate().filter(|(_, member)| member.entry.is_some()) {
                let before = member.account.and_then(|account| has(state, account));
                let mut after = wanted.get(&place).cloned();
                if !self.options.is_everybody {
                    after = before.clone().or(after);
                }
                if before != after {
                    self.plan.changes.push(change(state.name.clone(), member.who.clone(), before, after));
                }
            }
        }
    }

    pub fn finish(mut self) -> Plan {
        self.plan.changes.sort_by_key(Change::rank);
        let losing: HashSet<&Who> = self.plan.changes.iter().filter(|change| change.takes()).filter_map(Change::who).collect();
        self.plan.losing = losing.len();
        self.plan.people = self.members.iter().filter(|member| member.was_active).count();
        let mut gone: HashMap<&str, usize> = HashMap::new();
        let mut come: HashSet<&str> = HashSet::new();
        for change in &self.plan.changes {
            if let Change::Seat { team, before, after, .. } = change {
                match (before.role(), after.role()) {
                    (Some(_), None) => *gone.entry(team).or_default() += 1,
                    (None, Some(_)) => drop(come.insert(team)),
                    _ => {}
                }
            }
        }
        let leaving: HashSet<&Who> = self
            .plan
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Deactivate { who } => Some(who),
                _ => None,
            })
            .collect();
        let mut emptied = Vec::new();
        for team in self.state.teams.values() {
            let has_role = |member: &&Member<'_>| member.was_active && seat_of(Some(team), member).role().is_some();
            let seated = self.placed(team.seats.keys());
            let seated: Vec<&Member<'_>> = seated.into_iter().map(|place| &self.members[place]).filter(has_role).collect();
            let left = seated.iter().filter(|member| leaving.contains(&member.who)).count();
            let lost = gone.get(team.name.as_str()).copied().unwrap_or(0) + left;
            if seated.len() > 1 && lost >= seated.len() && !come.contains(team.name.as_str()) {
                emptied.push(team.name.clone());
            }
        }
        emptied.sort();
        self.plan.emptied = emptied;
        self.plan
    }
}

/// A team that rules speak of.
struct Named<'a> {
    team: &'a Name,
    create: bool,
    managed: Managed,
}

impl<'a> Named<'a> {
    fn new(team: &'a Name, locked: bool) -> Self {
        Self { team, create: false, managed: Managed { groups: Vec::new(), contact: None, locked } }
    }

    fn add(&mut self, create: bool, rule: &Rule) {
        self.create |= create;
        if !self.managed.groups.contains(&rule.group) {
            self.managed.groups.push(rule.group.clone());
        }
        self.managed.contact = self.managed.contact.take().or_else(|| rule.contact.clone());
    }
}

impl<'a> Member<'a> {
    fn of(known: &Known, entry: Option<&'a Entry>) -> Self {
        Self {
            who: known.who.clone(),
            account: Some(known.account),
            entry,
            was_active: known.active,
            is_active: known.active,
            site_admin: known.site_admin,
        }
    }
}

/// Why somebody of the directory gets no account under a name.
pub(super) fn name_taken(name: &Name) -> String {
    format!(
        "the name {name} is taken on this server by somebody who is not in the directory, by a team, or by who had the name in \
         the directory before; ask an administrator of this server"
    )
}

pub(super) fn seat_of(team: Option<&TeamState>, member: &Member<'_>) -> Grants {
    let seat = team.zip(member.account).and_then(|(team, account)| team.seats.get(&account));
    seat.cloned().unwrap_or_default()
}
