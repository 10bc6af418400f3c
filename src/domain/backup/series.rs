//! Many backups in one place, each of them whole: folders that are named by their moment and share equal files by hard
//! links, so that one more costs what is new. Old ones are given up by rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::manifest::Manifest;
use super::{Done, Findings, Source, fill, io_words, record, sync_folder, verify};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// What a check of a backup found, beside its manifest.
const VERIFIED: &str = "verified.json";
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
#[derive(Clone, Debug, Serialize)]
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
/// As [`super::create`].
pub fn add(source: &Source<'_>, root: &Path, now: Timestamp) -> Result<(String, Done)> {
    fs::create_dir_all(root).map_err(io_words("cannot be made", root))?;
    let newest = list(root)?.pop();
    let name = folder_name(now);
    let folder = root.join(&name);
    if folder.exists() {
        return Err(Error::conflict(format!("{} is there already: two backups cannot be of one second", folder.display())));
    }
    let earlier = newest.map(|newest| root.join(newest.name));
    let mut vessel = Folder::open(&folder, source.data)?;
    if let Some(earlier) = &earlier {
        vessel.share_with(earlier)?;
    }
    let done = fill(source, &mut vessel, now)?;
    sync_folder(root)?;
    record::remember(source.data, &folder.display().to_string(), &done)?;
    Ok((name, done))
}

/// `20260131T101530Z`.
fn folder_name(now: Timestamp) -> String {
    let moment: String = now.to_string().chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
    format!("{moment}Z")
}

/// The backups below `root`, oldest first.
pub fn list(root: &Path) -> Result<Vec<Listed>> {
    let entries = match root.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_words("cannot be read", root)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let folder = entry.map_err(io_words("cannot be read", root))?.path();
        if folder.to_string_lossy().ends_with(GOING) || !folder.is_dir() {
            continue;
        }
        let Some(manifest) = Manifest::load(&folder)? else { continue };
        found.push(Listed {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            files: manifest.blobs.len(),
            size_bytes: manifest.bytes(),
            missing: manifest.missing.len(),
            runstead: manifest.runstead,
            created_at: manifest.created_at,
            verified: fs::read(folder.join(VERIFIED)).ok().and_then(|text| serde_json::from_slice(&text).ok()),
        });
    }
    found.sort_by(|one, other| (&one.created_at, &one.name).cmp(&(&other.created_at, &other.name)));
    Ok(found)
}

/// Reads every byte of a backup and notes beside it what came of that.
pub fn verify_and_note(folder: &Path, now: Timestamp) -> Result<Findings> {
    let found = verify(folder)?;
    let note =
        Verified { at: now.to_string(), good: found.damage.is_empty(), damage: found.damage.iter().take(5).cloned().collect() };
    let path = folder.join(VERIFIED);
    fs::write(&path, serde_json::to_vec_pretty(&note).map_err(Error::internal)?)
        .map_err(io_words("cannot be written", &path))?;
    Ok(found)
}

/// Gives up the backups that the rule does not keep; returns their names.
pub fn prune(root: &Path, retention: Retention) -> Result<Vec<String>> {
    let surplus = surplus(root, retention)?;
    for name in &surplus {
        let (folder, going) = (root.join(name), root.join(format!("{name}{GOING}")));
        // From here on it is no backup, however far its removal gets.
        fs::rename(&folder, &going).map_err(io_words("cannot be removed", &folder))?;
        fs::remove_dir_all(&going).map_err(io_words("cannot be removed", &going))?;
    }
    Ok(surplus)
}

/// The names of the backups that the rule does not keep.
pub fn surplus(root: &Path, retention: Retention) -> Result<Vec<String>> {
    let all = list(root)?;
    let moment = |backup: &Listed| Timestamp::parse(&backup.created_at).unwrap_or(Timestamp::from_micros(0));
    let stays = kept(&all.iter().map(moment).collect::<Vec<_>>(), retention);
    Ok(all.into_iter().zip(stays).filter(|(_, stays)| !stays).map(|(backup, _)| backup.name).collect())
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
