//! Whose the backups of a place are. Two servers that are told the same place by mistake would give up each other's backups by
//! their rules, and each would find the other's fresh enough: so a place belongs to the data whose backups came first.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::store;
use crate::db::{Look, Plane};
use crate::error::{Error, Result};

const FILE: &str = "server.json";

#[derive(Serialize, Deserialize)]
struct Owner {
    /// Which data it is.
    server: String,
    /// Where that lay when it took the place, for people.
    data: String,
}

/// Refuses a place that holds the backups of other data.
///
/// # Errors
/// `Conflict`, in words for the operator; or the place cannot be read.
pub fn require_ours(root: &Place, data: &Path) -> Result<()> {
    let Some(text) = root.read(FILE)? else { return Ok(()) };
    let owner: Owner =
        serde_json::from_slice(&text).map_err(|error| Error::invalid(format!("{root}/{FILE} is damaged: {error}")))?;
    match own_word(data)? {
        Some(own) if own != owner.server => Err(Error::conflict(format!(
            "{root} holds the backups of another server, whose data lay in {}: give this one a folder or a prefix of its own in backup.to; \
             if that server is gone for good and this one shall go on there, remove {FILE} from it",
            owner.data
        ))),
        _ => Ok(()),
    }
}

/// Notes that the place is ours.
pub(super) fn claim(root: &Place, data: &Path) -> Result<()> {
    match own_word(data)? {
        Some(server) if root.read(FILE)?.is_none() => {
            let owner = Owner { server, data: data.display().to_string() };
            root.write(FILE, &serde_json::to_vec_pretty(&owner).map_err(Error::internal)?)
        }
        _ => Ok(()),
    }
}

/// Which data this is; `None` of another release, whose data is not backed up by this one.
fn own_word(data: &Path) -> Result<Option<String>> {
    let path = data.join(Plane::Control.file());
    if Plane::Control.schema_of(&path)?.is_none_or(|found| found as usize != Plane::Control.files().len()) {
        return Ok(None);
    }
    Look::at_live(&path)?.read(store::server_word).map(Some)
}
