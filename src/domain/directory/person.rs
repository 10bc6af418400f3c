//! What an entry of the directory says of a person.

use ldap3::SearchEntry;

use super::connection::Failure;
use super::settings::Attributes;
use crate::clock::Timestamp;

const SECONDS_PER_DAY: i64 = 24 * 3600;
/// From the beginning of 1601, where Active Directory counts from, to that of 1970.
const SECONDS_1601_TO_1970: i64 = 11_644_473_600;

/// Somebody in the directory.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    /// Stays when everything else changes.
    pub id: String,
    pub dn: String,
    pub username: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// The names of the groups that the entry itself lists.
    pub groups: Vec<String>,
    /// The number of the POSIX group that the person is in without its listing them.
    pub gid: Option<String>,
    /// From when on the account is over, in seconds since 1970.
    pub expires_at: Option<i64>,
}

impl Person {
    pub(super) fn read(entry: &SearchEntry, attributes: &Attributes, server: &str) -> Result<Self, Failure> {
        let missing = |attribute: &str| Failure {
            server: server.to_owned(),
            step: "reading an entry",
            why: format!("{} has no {attribute}, or the service account may not read it", entry.dn),
        };
        let one = |attribute: &str| values(entry, attribute).first().map(|value| value.trim().to_owned());
        let filled = |attribute: &str| one(attribute).filter(|value| !value.is_empty());
        Ok(Self {
            id: id(entry, &attributes.id).ok_or_else(|| missing(&attributes.id))?,
            dn: entry.dn.clone(),
            username: filled(&attributes.username).ok_or_else(|| missing(&attributes.username))?,
            name: filled(&attributes.name),
            email: filled(&attributes.email),
            groups: values(entry, &attributes.groups).to_vec(),
            gid: filled("gidNumber"),
            expires_at: expiry(one("shadowExpire").as_deref(), one("accountExpires").as_deref()),
        })
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| now.micros() / 1_000_000 >= at)
    }
}

/// The earlier of the two ends that an entry may have: a day since 1970, never if negative; or Active Directory's count of
/// tenths of microseconds since 1601, never if it is 0 or the greatest number.
fn expiry(shadow: Option<&str>, active_directory: Option<&str>) -> Option<i64> {
    let day: Option<i64> = shadow.and_then(|day| day.parse().ok()).filter(|day| *day >= 0);
    let ticks: Option<i64> = active_directory.and_then(|ticks| ticks.parse().ok());
    let ticks = ticks.filter(|ticks| *ticks > 0 && *ticks < i64::MAX);
    let ends = [day.map(|day| day * SECONDS_PER_DAY), ticks.map(|ticks| ticks / 10_000_000 - SECONDS_1601_TO_1970)];
    ends.into_iter().flatten().min()
}

/// Names of attributes are compared without regard to case: servers answer with their own spelling.
pub(super) fn values<'a>(entry: &'a SearchEntry, attribute: &str) -> &'a [String] {
    entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map_or(&[], |(_, values)| values)
}

/// The id as text. Active Directory's are bytes, which may happen to be text: they are always written in hexadecimal.
fn id(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let text = values(entry, attribute).first();
    let binary = entry.bin_attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    let bytes = binary.and_then(|(_, values)| values.first());
    let found = match (text, bytes) {
        (Some(text), _) if attribute.eq_ignore_ascii_case("objectGUID") => hex::encode(text),
        (Some(text), _) => text.to_lowercase(),
        (None, Some(bytes)) => hex::encode(bytes),
        (None, None) => return None,
    };
    Some(found).filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::settings::Product;
    use super::*;

    fn entry(texts: &[(&str, &str)], binary: &[(&str, &[u8])]) -> SearchEntry {
        SearchEntry {
            dn: "cn=Bob,dc=example".to_owned(),
            attrs: texts.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect(),
            bin_attrs: binary.iter().map(|(name, value)| ((*name).to_owned(), vec![value.to_vec()])).collect(),
        }
    }

    #[test]
    fn an_id_of_active_directory_is_the_same_text_whether_its_bytes_are_text_or_not() {
        let attributes = Product::ActiveDirectory.attributes();
        let of = |entry: &SearchEntry| Person::read(entry, &attributes, "ldap://x").unwrap().id;
        assert_eq!(of(&entry(&[("samaccountname", "bob"), ("objectGUID", "AB")], &[])), "4142");
        assert_eq!(of(&entry(&[("sAMAccountName", "bob")], &[("objectguid", b"\xff\x00")])), "ff00");
    }

    #[test]
    fn an_entry_without_an_id_is_a_failure_that_names_the_attribute() {
        let failure = Person::read(&entry(&[("uid", "bob")], &[]), &Product::OpenLdap.attributes(), "ldap://x").unwrap_err();
        assert!(failure.to_string().contains("has no entryUUID"), "{failure}");
    }

    #[test]
    fn an_account_is_over_on_its_day_and_never_without_one() {
        let attributes = Product::OpenLdap.attributes();
        let now = Timestamp::from_micros(20_000 * SECONDS_PER_DAY * 1_000_000 + 1);
        for (day, over) in [("20000", true), ("20001", false), ("-1", false)] {
            let entry = entry(&[("uid", "bob"), ("entryUUID", "1"), ("shadowExpire", day)], &[]);
            assert_eq!(Person::read(&entry, &attributes, "ldap://x").unwrap().is_expired(now), over, "{day}");
        }
    }

    #[test]
    fn an_account_of_active_directory_is_over_at_its_moment() {
        // 2026-01-31T10:00:00Z, as that product counts.
        let ticks = (1_769_853_600_i64 + 11_644_473_600) * 10_000_000;
        assert_eq!(expiry(None, Some(&ticks.to_string())), Some(1_769_853_600));
        assert_eq!(expiry(None, Some("0")), None);
        assert_eq!(expiry(None, Some("9223372036854775807")), None);
        assert_eq!(expiry(Some("1"), Some(&ticks.to_string())), Some(86_400), "the earlier one");
    }
}
