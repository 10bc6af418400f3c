//! What differs between two versions, path by path, and the folders of one.

use super::content_store;
use super::model::Entry;
use crate::db::Reader;
use crate::error::Result;
use crate::id::ArtifactId;
use crate::page::{Cursor, Page};

/// Entries that are read at one time.
const BATCH: usize = 1000;

/// A path that two versions do not have alike: before and after, of which at least one is there.
#[derive(Clone, Debug)]
pub struct Change {
    pub path: String,
    pub before: Option<Entry>,
    pub after: Option<Entry>,
}

/// The entries of a version in order, read a batch at a time.
struct Walk<'a, 'c> {
    db: &'a Reader<'c>,
    artifact: ArtifactId,
    batch: std::vec::IntoIter<Entry>,
    last: String,
    is_over: bool,
}

impl<'a, 'c> Walk<'a, 'c> {
    fn new(db: &'a Reader<'c>, artifact: ArtifactId, after: &str) -> Self {
        Self { db, artifact, batch: Vec::new().into_iter(), last: after.to_owned(), is_over: false }
    }
    fn next(&mut self) -> Result<Option<Entry>> {
        if let Some(entry) = self.batch.next() {
            return Ok(Some(entry));
        }
        if self.is_over {
            return Ok(None);
        }
        let batch = content_store::entries(self.db, self.artifact, &self.last, BATCH)?;
        self.is_over = batch.len() < BATCH;
        if let Some(last) = batch.last() {
            self.last.clone_from(&last.path);
        }
        self.batch = batch.into_iter();
        Ok(self.batch.next())
    }
}

/// The paths at which `new` differs from `old`, in order: added, removed, or with another digest.
pub fn changes(db: &Reader, old: ArtifactId, new: ArtifactId, after: Option<&str>, first: usize) -> Result<Page<Change>> {
    let from: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let (mut olds, mut news) = (Walk::new(db, old, &from), Walk::new(db, new, &from));
    let (mut before, mut after) = (olds.next()?, news.next()?);
    let mut items = Vec::new();
    loop {
        let order = match (&before, &after) {
            (None, None) => return Ok(Page { items, has_next: false }),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(before), Some(after)) => before.path.cmp(&after.path),
        };
        let gone = if order.is_le() { std::mem::replace(&mut before, olds.next()?) } else { None };
        let come = if order.is_ge() { std::mem::replace(&mut after, news.next()?) } else { None };
        let is_same = matches!((&gone, &come), (Some(gone), Some(come)) if gone.digest == come.digest);
        let path = gone.as_ref().or(come.as_ref()).map(|entry| entry.path.clone());
        if let Some(path) = path.filter(|_| !is_same) {
            if items.len() == first {
                return Ok(Page { items, has_next: true });
            }
            items.push((Cursor::encode(&path), Change { path, before: gone, after: come }));
        }
    }
}

/// What lies directly in a folder of a version: a file, or a folder with what is in it.
#[derive(Clone, Debug)]
pub enum Item {
    File(Entry),
    Folder { name: String, files: i64, bytes: i64 },
}

/// The files and folders directly in a folder (`""` is the top), by name.
pub fn folder(db: &Reader, artifact: ArtifactId, path: &str, after: Option<&str>, first: usize) -> Result<Page<Item>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
    let from: Option<String> = after.map(Cursor::decode).transpose()?;
    let mut walk = Walk::new(db, artifact, from.as_deref().unwrap_or(&prefix));
    let mut items: Vec<(Cursor, Item)> = Vec::new();
    while let Some(entry) = walk.next()? {
        let Some(rest) = entry.path.strip_prefix(&prefix) else { break };
        if items.len() == first {
            return Ok(Page { items, has_next: true });
        }
        let Some((name, _)) = rest.split_once('/') else {
            items.push((Cursor::encode(&entry.path), Item::File(entry)));
            continue;
        };
        let (name, inside) = (name.to_owned(), format!("{prefix}{name}/"));
        let (files, bytes) = content_store::weigh(db, artifact, &inside)?;
        // On behind the folder: no path in it is beyond this one, and none outside it before.
        let end = format!("{inside}{}", char::MAX);
        walk = Walk::new(db, artifact, &end);
        items.push((Cursor::encode(&end), Item::Folder { name, files, bytes }));
    }
    Ok(Page { items, has_next: false })
}
