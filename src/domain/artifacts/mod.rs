//! Artifacts: versioned data and models.
//!
//! A version begins as a draft (`draft`), gets its files and its manifest (`uploads`, `parts`), and is committed
//! (`commit`): from then on it has a number and its files never change. It lies in the sequence it was logged to (`lookup`,
//! `listing`, `search`), may be linked into portfolios (`link`), and is tied to the runs that made and used it (`lineage`). Its end is
//! `delete`; what that would free, `preview` tells before.
//!
//! Bytes are *contents*: stored once, known by their SHA-256, held by manifests, announced files and entries, and freed with
//! the last of these. A content is given only to those who see a version that holds it: a digest alone opens nothing, so
//! what is known already is not asked for again only inside one project.
//!
//! How fast they come and go is measured beside nginx by `tests/bench/artifacts.py`. On two cores that carried the generator too, in
//! a release build: one file of 1 GiB up at 213 MB/s (0.76 of nginx with its wait for the disk, 0.57 without) and down at
//! 1,260 MB/s (0.86 of it) with 23 MiB of memory, 10,000 files of 16 KiB at 3,145 a second, 100,000 entries committed in 1.4 s.
//! What takes the time of an upload is MD5 (28 % of the server's), SHA-256 (9 %) and the kernel's copy into pages that are new to it
//! (31 %), which nginx pays too; past the kernel's pages the disk took several times as much, but then the first download
//! would find none of them. Every stage of an upload has its own queue and downloads read two chunks ahead.

mod aliases;
mod archive;
mod collections;
mod commit;
mod compare;
mod content_store;
mod contents;
mod delete;
mod draft;
mod edit;
mod editing_store;
mod files;
mod filter;
mod filter_sql;
mod graph;
pub(in crate::domain) mod incoming;
mod lineage;
mod lineage_store;
mod link;
mod links;
mod listing;
mod listing_store;
mod lookup;
mod manifest;
mod model;
mod names;
mod parts;
mod preview;
mod protection;
pub(in crate::domain) mod purge;
mod purge_store;
pub(in crate::domain) mod relocation;
mod relocation_store;
mod search;
mod store;
mod tables;
pub(in crate::domain) mod transfer;
mod transfer_store;
mod uploads;

pub use aliases::{AliasPath, add_aliases, aliases_of, aliases_of_membership, remove_aliases, tags_of, tags_of_collection};
pub(in crate::domain) use archive::entries;
pub use archive::{archive, record_download};
pub use collections::{move_collection, tag_collection, update_collection};
pub use commit::commit;
pub use compare::{Change, Item, changes, folder};
pub use contents::{Arrived, ArrivedBytes, Content, SMALL_BYTES_MAX, Stored, read};
pub(in crate::domain) use delete::empty_registry;
pub use delete::{delete, delete_collection, delete_outputs, expire, free_deleted};
pub(in crate::domain) use draft::add_types;
pub use draft::{NewArtifact, create, create_type};
pub use edit::{ArtifactChanges, lifetime, lifetime_rule, set_lifetime_rule, update};
pub use files::{
    bytes_of_entity, bytes_of_project, bytes_of_run, content_for_entity, content_for_project, entry_content, file_page,
    files_named, manifest_content, versions_of_entity, versions_of_project,
};
pub use filter::Filter;
pub use graph::{Lineage, lineage};
pub use lineage::{inputs, made_by, outputs, use_artifact, used_by};
pub use link::{Portfolio, link, unlink};
pub use links::Linker;
pub(in crate::domain) use listing::types_of;
pub use listing::{
    CollectionKey, CollectionOrder, Place, VersionOrder, alias_page, collection_filter, collection_page, type_page,
    version_filter, version_page,
};
pub use lookup::{
    collection_in, committed, get, get_collection, get_many, in_project, latest_of, may_download, membership_in,
    memberships_of, only_seen, require_bytes, resolve_client_id, sequence_of, type_in, type_of_collection,
};
pub use model::{
    Alias, Artifact, ArtifactType, Collection, CollectionKind, Entry, Manifest, ManifestKind, Membership, State, Tag,
};
pub use parts::{PartPlan, assemble, part_md5, receive_part};
pub use preview::{bytes_held_alone, bytes_held_alone_by, bytes_held_alone_by_run, bytes_held_alone_in};
pub use protection::{protect_aliases, protected_aliases};
pub use search::{MemberOrder, member_page};
pub use tables::{TablePage, table_page};
pub use uploads::{
    FilePlan, FileSpec, announce_files, announce_manifest, manifest_md5, reannounce_manifest, receive_file, receive_manifest,
};
