//! Many backups in one place, each of them whole: folders that are named by their moment and share equal files, by hard links
//! or in a bucket by lying beside them, so that one more costs what is new. Old ones are given up by rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::manifest::{self, Manifest};
use super::objects::{BLOBS, Objects, Turn};
use super::place::Place;
use super::{Done, Findings, Source, fill, io_words, owner, record, sync_folder, verify};
use crate::blob::Depot;
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// What a check of a backup found, beside its manifest.
const VERIFIED: &str = "verified.json";
/// What a list says of a backup in a bucket, beside its manifest.
const SUMMARY: &str = "summary.json";
/// A backup of which the manifest is gone is none; its folder is called so while it is removed.
const GOING: &str = ".unfinished";
const MICROS_A_DAY: i64 = 86_400_000_000;

/// Which backups stay: of each of the last days the newest, of each of the last weeks the newest, and the newest of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub daily: usize,
    pub weekly: usize,
}

/// A backup among others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// Of its folder.
    pub name: String,
    pub created_at: String,
    /// The release that wrote it.
    pub runstead: String,
    pub files: usize,
    pub size_bytes: u64,
    pub missing: usize,
    /// Whether it was read again, when, and what came of it.
    pub verified: Option<Verified>,
}

impl Listed {
    fn of(name: &str, manifest: &Manifest) -> Self {
        Self {
            name: name.to_owned(),
            created_at: manifest.created_at.clone(),
            runstead: manifest.runstead.clone(),
            files: manifest.blobs.len(),
            size_bytes: manifest.bytes(),
            missing: manifest.missing.len(),
            verified: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub at: String,
    pub good: bool,
    /// The first things that are wrong.
    pub damage: Vec<String>,
}

/// Adds a backup to those below `root`.
///
/// # Errors
/// As [`super::create`], and for a place that holds the backups of other data.
pub fn add(source: &Source<'_>, root: &Place, now: Timestamp) -> Result<(String, Done)> {
    owner::require_ours(root, source.data)?;
    let name = folder_name(now);
    let place = root.below(&name);
    let taken = || Error::conflict(format!("{place} is there already: two backups cannot be of one second"));
    let done = match root {
        Place::Folder(path) => {
            fs::create_dir_all(path).map_err(io_words("cannot be made", path))?;
            let earlier = newest(root)?.map(|newest| path.join(newest.name));
            let folder = path.join(&name);
            if folder.exists() {
                return Err(taken());
            }
            owner::claim(root, source.data)?;
            let mut vessel = Folder::open(&folder, source.data)?;
            if let Some(earlier) = &earlier {
                vessel.share_with(earlier)?;
            }
            let done = fill(source, &mut vessel, now)?;
            sync_folder(path)?;
            done
        }
        Place::Bucket(depot) => {
            if depot.has(&format!("{name}/{}", manifest::NAME))? {
                return Err(taken());
            }
            let earlier = newest(root)?.map(|newest| Manifest::load(&root.below(&newest.name))).transpose()?.flatten();
            let mut vessel = Objects::among(depot, &name, earlier.as_ref(), source.data)?;
            owner::claim(root, source.data)?;
            let done = fill(source, &mut vessel, now)?;
            // For lists, which would have to read whole manifests otherwise.
            let summary = Listed::of(&name, &done.manifest);
            place.write(SUMMARY, &serde_json::to_vec_pretty(&summary).map_err(Error::internal)?)?;
            done
        }
    };
    record::remember(source.data, &place.to_string(), &done)?;
    Ok((name, done))
}

/// `20260131T101530Z`.
fn folder_name(now: Timestamp) -> String {
    let moment: String = now.to_string().chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
    format!("{moment}Z")
}

/// The folders below `root` that may be backups; names are moments, so their order is that of time.
fn names(root: &Place) -> Result<Vec<String>> {
    let mut found = match root {
        Place::Bucket(depot) => depot.names()?.0,
        Place::Folder(path) => {
            let entries = match path.read_dir() {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(io_words("cannot be read", path)(error)),
            };
            let mut names = Vec::new();
            for entry in entries {
                let entry = entry.map_err(io_words("cannot be read", path))?;
                if entry.path().is_dir() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
            names
        }
    };
    let is_shared = |name: &str| root.is_remote() && name == BLOBS;
    found.retain(|name| !name.ends_with(GOING) && !is_shared(name));
    found.sort();
    Ok(found)
}

fn look(root: &Place, name: &str) -> Result<Option<Listed>> {
    let place = root.below(name);
    let summary = if place.is_remote() { place.read(SUMMARY)? } else { None };
    let listed = match summary.and_then(|text| serde_json::from_slice(&text).ok()) {
        Some(listed) => Some(listed),
        None => Manifest::load(&place)?.map(|manifest| Listed::of(name, &manifest)),
    };
    let Some(listed) = listed else { return Ok(None) };
    let verified = place.read(VERIFIED)?.and_then(|text| serde_json::from_slice(&text).ok());
    Ok(Some(Listed { verified, ..listed }))
}

/// The backups below `root`, oldest first.
pub fn list(root: &Place) -> Result<Vec<Listed>> {
    let mut found = Vec::new();
    for name in names(root)? {
        found.extend(look(root, &name)?);
    }
    found.sort_by(|one, other| (&one.created_at, &one.name).cmp(&(&other.created_at, &other.name)));
    Ok(found)
}

/// The newest backup below `root`.
pub fn newest(root: &Place) -> Result<Option<Listed>> {
    if !root.is_remote() {
        return Ok(list(root)?.pop());
    }
    for name in names(root)?.iter().rev() {
        if let Some(found) = look(root, name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Reads every byte of a backup and notes beside it what came of that.
///
/// # Errors
/// As [`verify`] and [`note`].
pub fn verify_and_note(place: &Place, scratch: &Path, now: Timestamp) -> Result<Findings> {
    let found = verify(place, scratch)?;
    note(place, &found, now)?;
    Ok(found)
}

/// Notes beside a backup what came of reading it.
///
/// # Errors
/// Nothing can be written there.
pub fn note(place: &Place, found: &Findings, now: Timestamp) -> Result<()> {
    let note =
        Verified { at: now.to_string(), good: found.damage.is_empty(), damage: found.damage.iter().take(5).cloned().collect() };
    place.write(VERIFIED, &serde_json::to_vec_pretty(&note).map_err(Error::internal)?)
}

/// Gives up the backups of this data that the rule does not keep; returns their names.
pub fn prune(root: &Place, retention: Retention, data: &Path) -> Result<Vec<String>> {
    let surplus = surplus(&list(root)?, retention);
    match root {
        Place::Folder(path) => {
            for name in &surplus {
                let (folder, going) = (path.join(name), path.join(format!("{name}{GOING}")));
                // From here on it is no backup, however far its removal gets.
                fs::rename(&folder, &going).map_err(io_words("cannot be removed", &folder))?;
                fs::remove_dir_all(&going).map_err(io_words("cannot be removed", &going))?;
            }
        }
        Place::Bucket(depot) => prune_bucket(root, depot, &surplus, data)?,
    }
    Ok(surplus)
}

/// Removes backups, then the blobs that no backup names any more: theirs, and those of backups that were interrupted.
fn prune_bucket(root: &Place, depot: &Depot, surplus: &[String], data: &Path) -> Result<()> {
    let _turn = Turn::take(data)?;
    for name in surplus {
        // From the moment that it has no manifest it is no backup; what is listed must be one, so the summary goes first.
        depot.delete(&[format!("{name}/{SUMMARY}")])?;
        depot.delete(&[format!("{name}/{}", manifest::NAME)])?;
        depot.delete(&depot.list(name)?.into_iter().map(|(name, _)| name).collect::<Vec<_>>())?;
    }
    let mut named = BTreeSet::new();
    for name in names(root)? {
        let manifest = Manifest::load(&root.below(&name))?;
        named.extend(manifest.into_iter().flat_map(|manifest| manifest.blobs.into_keys()).map(|key| format!("{BLOBS}/{key}")));
    }
    let there = depot.list(BLOBS)?.into_iter().map(|(name, _)| name);
    depot.delete(&there.filter(|name| !named.contains(name)).collect::<Vec<_>>())
}

/// The names of those among all backups, oldest first, that the rule does not keep.
pub fn surplus(all: &[Listed], retention: Retention) -> Vec<String> {
    let moment = |backup: &Listed| Timestamp::parse(&backup.created_at).unwrap_or(Timestamp::from_micros(0));
    let stays = kept(&all.iter().map(moment).collect::<Vec<_>>(), retention);
    all.iter().zip(stays).filter(|(_, stays)| !stays).map(|(backup, _)| backup.name.clone()).collect()
}

/// For each of these moments, oldest first, whether its backup stays.
fn kept(moments: &[Timestamp], retention: Retention) -> Vec<bool> {
    let day = |moment: &Timestamp| moment.micros().div_euclid(MICROS_A_DAY);
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let week = |moment: &Timestamp| (day(moment) + 3).div_euclid(7);
    let newest_of = |unit: &dyn Fn(&Timestamp) -> i64, count: usize| {
        let mut seen = BTreeSet::new();
        let newest: Vec<bool> = moments.iter().rev().map(|moment| seen.len() < count && seen.insert(unit(moment))).collect();
        newest.into_iter().rev().collect::<Vec<bool>>()
    };
    let (daily, weekly) = (newest_of(&day, retention.daily), newest_of(&week, retention.weekly));
    let last = moments.len().saturating_sub(1);
    (0..moments.len()).map(|place| daily[place] || weekly[place] || place == last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(retention: Retention, moments: &[&str]) -> Vec<String> {
        let read: Vec<Timestamp> = moments.iter().map(|text| Timestamp::parse(text).unwrap()).collect();
        let stays = kept(&read, retention);
        moments.iter().zip(stays).filter(|(_, stays)| *stays).map(|(text, _)| (*text).to_owned()).collect()
    }

    #[test]
    fn the_newest_of_each_day_and_of_each_week_stays() {
        let moments = [
            "2026-01-04T02:00:00Z", // a Sunday
            "2026-01-05T02:00:00Z",
            "2026-01-11T02:00:00Z", // the Sunday after
            "2026-01-12T02:00:00Z",
            "2026-01-13T02:00:00Z",
            "2026-01-13T14:00:00Z",
        ];
        let both = Retention { daily: 2, weekly: 3 };
        assert_eq!(days(both, &moments), [moments[0], moments[2], moments[3], moments[5]]);
        assert_eq!(days(Retention { daily: 0, weekly: 0 }, &moments), [moments[5]], "the last one is never given up");
        assert_eq!(days(Retention { daily: 100, weekly: 0 }, &moments).len(), 5);
        assert!(days(both, &[]).is_empty());
    }
}
