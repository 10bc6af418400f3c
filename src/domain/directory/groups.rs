//! Groups of the directory and who is in them, through groups in groups.

use std::collections::{HashMap, HashSet};

use ldap3::SearchEntry;

use super::person::{Person, sid, values};
use super::rules::Rules;
use super::sid::Sid;

/// Attributes that list members: by their whole names, and of POSIX groups by their user names.
pub(super) const BY_NAME: [&str; 2] = ["member", "uniqueMember"];
pub(super) const BY_USERNAME: &str = "memberUid";
/// What people of a POSIX group name it by.
pub(super) const BY_NUMBER: &str = "gidNumber";

/// A group as its entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub dn: String,
    /// The value of `cn`, by which a rule may name it.
    pub cn: String,
    /// The whole names of members, people and groups.
    pub members: Vec<String>,
    pub usernames: Vec<String>,
    /// The number of a POSIX group, which people name instead of being listed.
    pub gid: Option<String>,
    /// What people of Active Directory whose primary group it is name it by.
    pub sid: Option<Sid>,
    /// The number of the first member that the server has kept back.
    pub more: Option<usize>,
}

impl Group {
    pub(super) fn read(entry: &SearchEntry) -> Self {
        let mut group = Self {
            dn: entry.dn.clone(),
            cn: values(entry, "cn").first().cloned().unwrap_or_default(),
            members: BY_NAME.iter().flat_map(|attribute| values(entry, attribute)).cloned().collect(),
            usernames: values(entry, BY_USERNAME).to_vec(),
            gid: values(entry, BY_NUMBER).first().cloned(),
            sid: sid(entry),
            more: None,
        };
        // `member;range=0-1499`, and `member;range=1500-*` for the last of them.
        for (name, members) in &entry.attrs {
            if let Some(range) = name.to_lowercase().strip_prefix("member;range=") {
                group.members.extend_from_slice(members);
                group.more = range.split_once('-').and_then(|(_, last)| last.parse().ok()).map(|last: usize| last + 1);
            }
        }
        group
    }

    /// Whether a rule means this group: by its whole name, or by its `cn`.
    pub(super) fn is_named(&self, wanted: &str) -> bool {
        if wanted.contains('=') { comparable(&self.dn) == comparable(wanted) } else { self.cn.eq_ignore_ascii_case(wanted) }
    }
}

/// Who is in the group of one rule.
#[derive(Debug, Default)]
struct Reach {
    /// The group and all groups in it, and all people, by their whole names in the form that is compared.
    names: HashSet<String>,
    usernames: HashSet<String>,
    /// The `cn`s, numbers and identifiers of those groups, by which an entry may name them.
    cns: HashSet<String>,
    gids: HashSet<String>,
    sids: HashSet<Sid>,
}

/// For each rule, who is in its group.
#[derive(Debug)]
pub struct Reached(Vec<Reach>);

impl Reached {
    /// # Errors
    /// In words, if a rule names a group that is not there, or one of several: nobody may be taken for gone for that.
    pub fn new(groups: &[Group], rules: &Rules) -> Result<Self, String> {
        let by_name: HashMap<String, &Group> = groups.iter().map(|group| (comparable(&group.dn), group)).collect();
        let reached = rules.0.iter().map(|rule| {
            let mut named = groups.iter().filter(|group| group.is_named(&rule.group));
            let (first, second) = (named.next(), named.next());
            let start = first.ok_or_else(|| {
                format!(
                    "the group {} of a rule is not in the directory, or not below ldap.group_base_dn, or ldap.group_filter leaves it out",
                    rule.group
                )
            })?;
            if let Some(second) = second {
                return Err(format!(
                    "the group {} of a rule is one of several ({} and {}); name it by its whole name",
                    rule.group, start.dn, second.dn
                ));
            }
            Ok(reach(start, &by_name))
        });
        reached.collect::<Result<_, _>>().map(Self)
    }

    /// The rules, by their numbers, whose group a person is in.
    pub fn rules_of(&self, person: &Person) -> Vec<usize> {
        let (dn, username) = (comparable(&person.dn), person.username.to_lowercase());
        let own: Vec<String> = person.groups.iter().map(|group| comparable(group)).collect();
        let is_in = |reach: &Reach| {
            reach.names.contains(&dn)
                || reach.usernames.contains(&username)
                || person.gid.as_ref().is_some_and(|gid| reach.gids.contains(gid))
                || person.primary_group.as_ref().is_some_and(|sid| reach.sids.contains(sid))
                || own.iter().any(|group| reach.names.contains(group) || reach.cns.contains(group))
        };
        self.0.iter().enumerate().filter(|(_, reach)| is_in(reach)).map(|(number, _)| number).collect()
    }
}

fn reach(start: &Group, by_name: &HashMap<String, &Group>) -> Reach {
    let mut reach = Reach::default();
    let mut open = vec![comparable(&start.dn)];
    // Groups may be in each other.
    while let Some(name) = open.pop() {
        if let Some(group) = by_name.get(&name).filter(|_| !reach.names.contains(&name)) {
            open.extend(group.members.iter().map(|member| comparable(member)));
            reach.usernames.extend(group.usernames.iter().map(|username| username.to_lowercase()));
            reach.cns.insert(group.cn.to_lowercase());
            reach.gids.extend(group.gid.clone());
            reach.sids.extend(group.sid.clone());
        }
        reach.names.insert(name);
    }
    reach
}

/// A whole name in a form that is the same for all ways to write it: lower case, no blanks around `,` and `=`, and escapes
/// as hexadecimal numbers (RFC 4514).
pub(super) fn comparable(dn: &str) -> String {
    let mut out = String::with_capacity(dn.len());
    let mut letters = dn.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let Some(first) = letters.next() else { break };
                match (first.to_digit(16), letters.peek().and_then(|second| second.to_digit(16))) {
                    (Some(high), Some(low)) => {
                        letters.next();
                        out.push_str(&format!("\\{:02x}", high * 16 + low));
                    }
                    _ => {
                        let mut bytes = [0; 4];
                        first.encode_utf8(&mut bytes).bytes().for_each(|byte| out.push_str(&format!("\\{byte:02x}")));
                    }
                }
            }
            ',' | '=' => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push(letter);
                while letters.next_if_eq(&' ').is_some() {}
            }
            _ => out.extend(letter.to_lowercase()),
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out.trim_start_matches(' ').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::rules::{Gives, Rule};
    use super::*;

    fn group(cn: &str, members: &[&str], usernames: &[&str]) -> Group {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Group {
            dn: format!("cn={cn},ou=groups"),
            cn: cn.to_owned(),
            members: owned(members),
            usernames: owned(usernames),
            ..Group::default()
        }
    }

    fn person(username: &str, groups: &[&str]) -> Person {
        Person {
            id: username.to_owned(),
            dn: format!("uid={username},ou=people"),
            username: username.to_owned(),
            name: None,
            email: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            gid: None,
            primary_group: None,
            expires_at: None,
        }
    }

    fn rules(groups: &[&str]) -> Rules {
        Rules(groups.iter().map(|group| Rule { group: (*group).to_owned(), gives: Gives::SignIn, contact: None }).collect())
    }

    #[test]
    fn people_are_in_groups_by_their_names_by_groups_in_groups_and_by_what_their_entry_says() {
        let groups = [
            group("all", &["CN=Vision, OU=Groups", "cn=loop,ou=groups"], &[]),
            group("vision", &["UID=ann,ou=people"], &["Bob"]),
            group("loop", &["cn=all,ou=groups"], &[]),
            group("other", &[], &["eve"]),
        ];
        let reached = Reached::new(&groups, &rules(&["ALL", "cn=vision,ou=groups", "other"])).unwrap();
        assert_eq!(reached.rules_of(&person("ann", &[])), [0, 1]);
        assert_eq!(reached.rules_of(&person("bob", &[])), [0, 1]);
        assert_eq!(reached.rules_of(&person("cid", &["cn=loop, ou=groups"])), [0]);
        assert_eq!(reached.rules_of(&person("eve", &[])), [2]);
        assert!(reached.rules_of(&person("dan", &[])).is_empty());
        assert_eq!(reached.rules_of(&person("fay", &["Vision"])), [0, 1], "an entry may name a group by its cn");
    }

    #[test]
    fn people_name_their_posix_group_by_its_number() {
        let groups = [Group { gid: Some("500".to_owned()), ..group("staff", &[], &[]) }];
        let reached = Reached::new(&groups, &rules(&["staff"])).unwrap();
        let of = |gid: &str| reached.rules_of(&Person { gid: Some(gid.to_owned()), ..person("ann", &[]) });
        assert_eq!((of("500"), of("501")), (vec![0], vec![]));
    }

    #[test]
    fn a_group_that_is_missing_or_not_the_only_one_is_said() {
        let mut groups = vec![group("vision", &[], &[])];
        assert!(Reached::new(&groups, &rules(&["gone"])).unwrap_err().contains("gone"));
        groups.push(Group { dn: "cn=vision,ou=old".to_owned(), ..group("vision", &[], &[]) });
        assert!(Reached::new(&groups, &rules(&["vision"])).unwrap_err().contains("one of several"));
        assert!(Reached::new(&groups, &rules(&["cn=vision,ou=old"])).is_ok());
    }

    #[test]
    fn a_group_that_comes_in_parts_says_where_it_goes_on() {
        let part = |range: &str| {
            let attrs = [(format!("member;Range={range}"), vec!["uid=ann".to_owned()])].into();
            Group::read(&SearchEntry { dn: "cn=big".to_owned(), attrs, bin_attrs: HashMap::new() })
        };
        assert_eq!((part("0-1499").more, part("1500-*").more, part("1500-*").members.len()), (Some(1500), None, 1));
    }

    #[test]
    fn names_are_the_same_however_they_are_written() {
        assert_eq!(comparable("CN = A\\, B , OU=X"), comparable("cn=a\\2C b,ou=x"));
        assert_eq!(comparable("cn=\\e4,dc=x"), comparable("CN=\\E4, DC=X"));
        assert_ne!(comparable("cn=a\\,ou=x"), comparable("cn=a,ou=x"));
    }
}
