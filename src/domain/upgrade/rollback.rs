//! Back to a snapshot.

use std::fs::{self, File};
use std::path::Path;

use super::snapshot::{self, Reason, Snapshot, link_all};
use crate::blob::Keep;
use crate::clock::Timestamp;
use crate::db::{Look, Plane};
use crate::domain::backup::{io_words, sync_folder};
use crate::error::{Error, Result};

/// Is there, with the name of the snapshot, while the databases are exchanged.
const MARK: &str = "rollback.unfinished";

/// Refuses data of which one database may be older than the other.
pub(super) fn require_finished(data: &Path) -> Result<()> {
    match fs::read_to_string(data.join(MARK)) {
        Ok(name) => Err(Error::invalid(format!(
            "a roll-back of {} was interrupted: run \"runstead upgrade rollback {}\" again before anything else",
            data.display(),
            name.trim()
        ))),
        Err(_) => Ok(()),
    }
}

/// Puts the data back as it was in a snapshot, the newest from before an upgrade if none is named. What there is now becomes
/// a snapshot itself. No server may work on the data. May be repeated if it was interrupted.
///
/// # Errors
/// In words for the operator: there is no such snapshot, or it is damaged; then nothing was changed.
pub fn rollback(data: &Path, name: Option<&str>, now: Timestamp) -> Result<Snapshot> {
    let all = snapshot::list(data)?;
    let interrupted = fs::read_to_string(data.join(MARK)).ok();
    let wanted = match (name, &interrupted) {
        (Some(name), _) => all.into_iter().find(|snapshot| snapshot.name == name),
        (None, Some(name)) => all.into_iter().find(|snapshot| snapshot.name == name.trim()),
        (None, None) => all.into_iter().rfind(|snapshot| snapshot.reason == Reason::Upgrade),
    };
    let chosen = wanted.ok_or_else(|| {
        let what = name.map_or_else(|| "snapshot from before an upgrade".to_owned(), |name| format!("snapshot {name}"));
        Error::not_found(format!("{what} in {} (\"runstead upgrade list\" shows those there are)", data.display()))
    })?;
    let folder = chosen.folder(data);
    let planes: Vec<Plane> = Plane::ALL.into_iter().filter(|plane| chosen.schemas.contains_key(plane.name())).collect();
    for plane in &planes {
        let path = folder.join(plane.file());
        if let Some(damage) = Look::at_copy(&path)?.damage() {
            return Err(Error::invalid(format!("{} is damaged: {damage}; nothing was changed", path.display())));
        }
    }
    // Half of an interrupted roll-back is nothing to keep; the whole of before it was kept then.
    if interrupted.is_none() {
        snapshot::take(data, Reason::Rollback, now)?;
    }
    let _keep = Keep::all(&data.join("blobs"))?;
    for plane in &planes {
        let (from, fresh) = (folder.join(plane.file()), data.join(format!("{}.rollback", plane.file())));
        fs::copy(&from, &fresh).map_err(io_words("cannot be copied", &from))?;
        File::open(&fresh).and_then(|file| file.sync_all()).map_err(io_words("cannot be written", &fresh))?;
    }
    link_all(&folder.join("blobs"), &data.join("blobs"))?;
    let mark = data.join(MARK);
    fs::write(&mark, &chosen.name).map_err(io_words("cannot be written", &mark))?;
    File::open(&mark).and_then(|file| file.sync_all()).map_err(io_words("cannot be written", &mark))?;
    sync_folder(data)?;
    for plane in planes {
        let path = data.join(plane.file());
        // The log of the later file must not be taken for that of the earlier one.
        for log in ["-wal", "-shm"] {
            let log = data.join(format!("{}{log}", plane.file()));
            match fs::remove_file(&log) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_words("cannot be removed", &log)(error));
                }
                _ => {}
            }
        }
        fs::rename(data.join(format!("{}.rollback", plane.file())), &path).map_err(io_words("cannot be written", &path))?;
    }
    sync_folder(data)?;
    fs::remove_file(&mark).map_err(io_words("cannot be removed", &mark))?;
    sync_folder(data)?;
    Ok(chosen)
}
