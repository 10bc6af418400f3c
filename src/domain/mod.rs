//! What the product does: a folder a noun, each with its actions (`mod.rs`), types and private SQL (`store.rs`).
//!
//! Left is used by right: accounts, teams, organizations, invitations, service_accounts, directory · projects · runs · files, history ·
//! artifacts · registries · notifications · reports, discussions · moves · exports · imports · alerts · backup, upgrade. Charts, repeats, archive, addresses, attempts and audit are used by all;
//! stream, summaries, branches and purge join runs with their histories, bundle with all they have; forgetting takes names out of all, leaving
//! hands over what somebody answers for; activity tells of all that is in a team.

pub mod accounts;
pub mod activity;
pub mod addresses;
pub mod alerts;
mod archive;
pub mod artifacts;
pub mod attempts;
pub mod audit;
pub mod backup;
pub mod branches;
pub mod bundle;
pub mod charts;
pub mod checkup;
pub mod directory;
pub mod discussions;
pub mod exports;
pub mod files;
pub mod forgetting;
mod former_store;
pub mod history;
pub mod imports;
pub mod invitations;
pub mod leaving;
pub mod moves;
pub mod notifications;
pub mod organizations;
pub mod projects;
pub mod purge;
pub mod registries;
pub mod repeats;
pub mod reports;
pub mod runs;
pub mod service_accounts;
pub mod storage;
pub mod stream;
pub mod summaries;
pub mod teams;
mod trash_store;
pub mod upgrade;

use crate::clock::Timestamp;
use crate::policy::Actor;

/// Who asks, from where, and when.
#[derive(Clone, Debug)]
pub struct Call {
    pub actor: Actor,
    pub now: Timestamp,
    /// The address the request came from, for the audit log.
    pub address: Option<String>,
    /// What made the server itself do it, as a rule of the directory, for the audit log.
    pub cause: Option<String>,
}
