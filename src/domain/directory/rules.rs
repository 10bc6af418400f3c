//! What groups of the directory give. The rules stand in the operator's file, which names each mistake with its line, or,
//! where there is none, here in the database, where administrators edit them.
//!
//! ```toml
//! [[rule]]
//! group = "cn=vision,ou=groups,dc=example,dc=org"   # or its cn alone, where no other group has it
//! team = "vision"
//! role = "member"                                   # admin, member or view-only
//! create_team = true                                # with the admin that a rule gives it
//! contact = "it-desk@example.org"                   # whom to ask for a place in the group
//!
//! [[rule]]
//! group = "ml-leads"
//! organization_role = "admin"
//!
//! [[rule]]
//! group = "ml-seniors"
//! may_create_teams = true
//!
//! [[rule]]                                          # with one such rule nobody else signs in
//! group = "ml-users"
//! may_sign_in = true
//! ```

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::domain::accounts::names::{Name, key_of};
use crate::error::{Error, Result};
use crate::policy::TeamRole;

/// What a group gives its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The whole name of the group, or its `cn` alone.
    pub group: String,
    pub gives: Gives,
    /// Whom to ask for a place in the group.
    pub contact: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A seat in a team, which is made for them if `create` says so.
    Seat { team: Name, role: TeamRole, create: bool },
    /// The role admin in the organization of that name; in the oldest one if none is named.
    OrganizationAdmin { organization: Option<String> },
    /// The right to make teams in the organization of that name; in the oldest one if none is named.
    MakingTeams { organization: Option<String> },
    /// The right to sign in.
    SignIn,
}

/// All rules, in the order they are written in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(pub Vec<Rule>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Written>>,
}

/// A rule as somebody writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_team: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_create_teams: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_sign_in: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

impl Rules {
    /// # Errors
    /// `Invalid` with the file, the line and what is wrong there.
    pub fn load(path: &Path) -> Result<Self> {
        let unreadable = |error| Error::invalid(format!("ldap.rules_file: {}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text).map_err(|why| Error::invalid(format!("ldap.rules_file: {}: {why}", path.display())))
    }

    /// # Errors
    /// In words, with the line of the mistake.
    pub fn parse(text: &str) -> Result<Self, String> {
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| {
            let place = error.span().map(|span| format!("line {}: ", line(span.start))).unwrap_or_default();
            format!("{place}{}", error.message())
        })?;
        let rule = |written: Spanned<Written>| {
            let at = line(written.span().start);
            written.into_inner().rule().map_err(|why| format!("line {at}: {why}"))
        };
        file.rule.into_iter().map(rule).collect::<Result<_, _>>().map(Self)
    }

    /// # Errors
    /// `Invalid` with the number of the rule and what is wrong with it.
    pub fn of(written: Vec<Written>) -> Result<Self> {
        let rule = |(number, written): (usize, Written)| {
            written.rule().map_err(|why| Error::invalid(format!("rule {}: {why}", number + 1)))
        };
        written.into_iter().enumerate().map(rule).collect::<Result<_>>().map(Self)
    }

    /// Whether only members of certain groups sign in.
    pub fn restrict_sign_in(&self) -> bool {
        self.0.iter().any(|rule| rule.gives == Gives::SignIn)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Rule {
    /// As it would be written.
    pub fn written(&self) -> Written {
        let base = Written { group: self.group.clone(), contact: self.contact.clone(), ..Written::default() };
        match &self.gives {
            Gives::Seat { team, role, create } => Written {
                team: Some(team.to_string()),
                role: Some(role.as_str().to_owned()),
                create_team: create.then_some(true),
                ..base
            },
            Gives::OrganizationAdmin { organization } => {
                Written { organization: organization.clone(), organization_role: Some("admin".to_owned()), ..base }
            }
            Gives::MakingTeams { organization } => {
                Written { organization: organization.clone(), may_create_teams: Some(true), ..base }
            }
            Gives::SignIn => Written { may_sign_in: Some(true), ..base },
        }
    }

    /// What it gives, in words.
    pub fn in_words(&self) -> String {
        match &self.gives {
            Gives::Seat { team, role, .. } => format!("{} of the team {team}", role.as_str()),
            Gives::OrganizationAdmin { organization: Some(name) } => format!("admin of the organization {name}"),
            Gives::OrganizationAdmin { organization: None } => "admin of the organization".to_owned(),
            Gives::MakingTeams { organization: Some(name) } => format!("may create teams in the organization {name}"),
            Gives::MakingTeams { organization: None } => "may create teams".to_owned(),
            Gives::SignIn => "may sign in".to_owned(),
        }
    }
}

impl Written {
    fn rule(self) -> Result<Rule, String> {
        let group = self.group.trim().to_owned();
        if group.is_empty() {
            return Err("group must name a group".to_owned());
        }
        // A form sends what was left empty as empty, and what was not chosen as no.
        let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (team, role, contact) = (filled(self.team), filled(self.role), filled(self.contact));
        let (organization, organization_role) = (filled(self.organization), filled(self.organization_role));
        let (create, may_sign_in) = (self.create_team.unwrap_or(false), self.may_sign_in.unwrap_or(false));
        let makes_teams = self.may_create_teams.unwrap_or(false);
        let gives = match (team, organization_role, may_sign_in) {
            (None, None, false) if makes_teams && role.is_none() && !create => {
                Gives::MakingTeams { organization: organization.as_deref().map(key_of) }
            }
            (Some(team), None, false) if organization.is_none() && !makes_teams => {
                let role = role.ok_or("role must say what the members are in the team: admin, member or view-only")?;
                let role = TeamRole::parse(&role).filter(|role| *role != TeamRole::Service);
                let role = role.ok_or("role is one of admin, member and view-only")?;
                Gives::Seat { team: Name::parse(&team).map_err(|error| format!("team: {error}"))?, role, create }
            }
            (None, Some(admin), false) if admin == "admin" && role.is_none() && !create && !makes_teams => {
                Gives::OrganizationAdmin { organization: organization.as_deref().map(key_of) }
            }
            (None, Some(_), false) if role.is_none() && !create && !makes_teams => {
                return Err("organization_role can be admin alone; everybody else is a member".to_owned());
            }
            (None, None, true) if role.is_none() && !create && organization.is_none() && !makes_teams => Gives::SignIn,
            _ => {
                return Err("a rule gives one thing: team with role (and create_team), organization_role (and organization), \
                     may_create_teams = true (and organization), or may_sign_in = true"
                    .to_owned());
            }
        };
        Ok(Rule { group, gives, contact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_their_order() {
        let rules = Rules::parse(
            "[[rule]]\ngroup = 'cn=a,dc=b'\nteam = 'vision'\nrole = 'view-only'\ncreate_team = true\n\
             [[rule]]\ngroup = 'leads'\norganization_role = 'admin'\n[[rule]]\ngroup = 'all'\nmay_sign_in = true\n\
             [[rule]]\ngroup = 'seniors'\nmay_create_teams = true\norganization = 'Acme'\n",
        )
        .unwrap();
        let seat = Gives::Seat { team: Name::parse("vision").unwrap(), role: TeamRole::ViewOnly, create: true };
        let gives: Vec<_> = rules.0.iter().map(|rule| rule.gives.clone()).collect();
        let makers = Gives::MakingTeams { organization: Some("acme".to_owned()) };
        assert_eq!(gives, [seat, Gives::OrganizationAdmin { organization: None }, Gives::SignIn, makers]);
        assert!(rules.restrict_sign_in());
        let written: Vec<Written> = rules.0.iter().map(Rule::written).collect();
        assert_eq!(Rules::of(written).unwrap(), rules, "what is written is read as it was");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let cases = [
            ("[[rule]]\ngroup = 'a'\nteem = 'x'\n", "line 3: unknown field `teem`"),
            ("\n[[rule]]\ngroup = 'a'\nteam = 'x'\n", "line 2: role must say"),
            ("[[rule]]\ngroup = 'a'\nteam = 'x'\nrole = 'boss'\n", "line 1: role is one of"),
            ("[[rule]]\ngroup = 'a'\nteam = 'a/b'\nrole = 'admin'\n", "line 1: team: "),
            ("[[rule]]\ngroup = 'a'\nteam = 'x'\nrole = 'admin'\nmay_sign_in = true\n", "line 1: a rule gives one thing"),
            ("[[rule]]\ngroup = 'a'\nteam = 'x'\nrole = 'admin'\nmay_create_teams = true\n", "line 1: a rule gives one thing"),
            ("[[rule]]\ngroup = ' '\nmay_sign_in = true\n", "line 1: group must name"),
            ("[[rule]]\ngroup = 'a'\norganization_role = 'viewer'\n", "line 1: organization_role can be admin"),
            ("[[rule]\n", "line 1: "),
        ];
        for (text, part) in cases {
            let why = Rules::parse(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }
}
