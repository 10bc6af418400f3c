//! What an entry of the directory says of a person.

use ldap3::SearchEntry;

use super::connection::Failure;
use super::groups::BY_NUMBER;
use super::settings::Attributes;
use super::sid::Sid;
use crate::clock::Timestamp;

/// What Active Directory identifies people and groups by among each other, and the last number of a person's first group.
pub(super) const SID: &str = "objectSid";
pub(super) const PRIMARY_GROUP: &str = "primaryGroupID";

/// How the value of an attribute says when the account is over, in seconds since 1970; of several the earliest counts.
type End = (&'static str, fn(&str) -> Option<i64>);
pub(super) const ENDS: [End; 3] =
    [("shadowExpire", shadow_end), ("accountExpires", active_directory_end), ("krbPrincipalExpiration", kerberos_end)];

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
    /// Of the group of Active Directory that the person is in without either listing the other.
    #[serde(default)]
    pub primary_group: Option<Sid>,
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
            gid: filled(BY_NUMBER),
            primary_group: sid(entry).zip(one(PRIMARY_GROUP)).and_then(|(own, last)| Some(own.sibling(last.parse().ok()?))),
            expires_at: ENDS.iter().filter_map(|(attribute, read)| read(&one(attribute)?)).min(),
        })
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| now.micros() / 1_000_000 >= at)
    }
}

/// A day since 1970; never if negative.
fn shadow_end(day: &str) -> Option<i64> {
    let day: i64 = day.parse().ok()?;
    (day >= 0).then_some(day * SECONDS_PER_DAY)
}

/// Tenths of microseconds since 1601; never if 0 or the greatest number.
fn active_directory_end(ticks: &str) -> Option<i64> {
    let ticks: i64 = ticks.parse().ok()?;
    (ticks > 0 && ticks < i64::MAX).then_some(ticks / 10_000_000 - SECONDS_1601_TO_1970)
}

/// A moment as directories write it: `20260131100000Z`, perhaps with a fraction of the second.
fn kerberos_end(moment: &str) -> Option<i64> {
    let digits = moment.strip_suffix('Z')?.split('.').next()?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, time) = digits.split_at(8);
    Timestamp::parse(&format!("{date}T{time}Z")).map(|at| at.micros().div_euclid(1_000_000))
}

/// Names of attributes are compared without regard to case: servers answer with their own spelling.
pub(super) fn values<'a>(entry: &'a SearchEntry, attribute: &str) -> &'a [String] {
    entry.attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map_or(&[], |(_, values)| values)
}

/// The first value as bytes, whether they happen to be text or not.
fn bytes<'a>(entry: &'a SearchEntry, attribute: &str) -> Option<&'a [u8]> {
    let binary = entry.bin_attrs.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    let first = binary.and_then(|(_, values)| values.first()).map(Vec::as_slice);
    first.or_else(|| values(entry, attribute).first().map(String::as_bytes))
}

/// The id as text. Active Directory's are bytes, which may happen to be text: they are always written in hexadecimal.
fn id(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let found = match values(entry, attribute).first() {
        Some(text) if !attribute.eq_ignore_ascii_case("objectGUID") => text.to_lowercase(),
        _ => hex::encode(bytes(entry, attribute)?),
    };
    Some(found).filter(|found| !found.is_empty())
}

/// What Active Directory identifies the entry by among others.
pub(super) fn sid(entry: &SearchEntry) -> Option<Sid> {
    Sid::read(bytes(entry, SID)?)
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
    fn every_product_says_in_its_way_when_an_account_is_over_and_the_earliest_counts() {
        // 2026-01-31T10:00:00Z.
        let (at, ticks) = (1_769_853_600_i64, ((1_769_853_600_i64 + 11_644_473_600) * 10_000_000).to_string());
        assert_eq!(active_directory_end(&ticks), Some(at));
        assert_eq!((active_directory_end("0"), active_directory_end("9223372036854775807")), (None, None));
        assert_eq!((kerberos_end("20260131100000Z"), kerberos_end("20260131100000.5Z")), (Some(at), Some(at)));
        for wrong in ["", "20260131", "20261331100000Z", "2026-01-31 10:00", "20260131100000"] {
            assert_eq!(kerberos_end(wrong), None, "{wrong}");
        }
        let of = |texts: &[(&str, &str)]| {
            let texts = [&[("uid", "bob"), ("entryUUID", "1")], texts].concat();
            Person::read(&entry(&texts, &[]), &Product::OpenLdap.attributes(), "ldap://x").unwrap().expires_at
        };
        assert_eq!(of(&[("shadowExpire", "1"), ("accountExpires", &ticks)]), Some(86_400));
        assert_eq!(of(&[("shadowexpire", "-1"), ("krbPrincipalExpiration", "20260131100000Z")]), Some(at));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn the_primary_group_is_in_the_domain_of_the_person() {
        let own = [1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x50, 0xff, 0, 0];
        let of = |last: &str| {
            let entry =
                entry(&[("sAMAccountName", "bob"), ("objectGUID", "AB"), ("primaryGroupID", last)], &[("objectSid", &own)]);
            Person::read(&entry, &Product::ActiveDirectory.attributes(), "ldap://x").unwrap().primary_group
        };
        assert_eq!(of("513").map(|sid| sid.to_string()).as_deref(), Some("S-1-5-21-513"));
        assert_eq!(of("many"), None);
    }
}
