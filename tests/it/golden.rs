//! Contracts that are reviewed as diffs. `BLESS=1 cargo test` rewrites them.

use std::path::Path;

use runstead::api::{Limits, graphql};
use runstead::config;
use runstead::db::Plane;
use sha2::{Digest as _, Sha256};

pub fn compare(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, now).expect("the tree can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == now, "{file} is not what the code says; look at the change and run BLESS=1 cargo test");
}

#[test]
fn the_sample_configuration_names_every_setting_with_its_default() {
    compare("config/default.toml", &config::sample());
}

#[test]
fn the_graphql_schema_is_the_reviewed_one() {
    let limits = Limits { body_bytes: 1, graphql_depth: 20, graphql_complexity: 2000 };
    compare("assets/schema.graphql", &graphql::sdl(limits));
}

#[test]
fn the_database_schemas_are_the_reviewed_ones() {
    for plane in Plane::ALL {
        let file = format!("src/db/schema/{}.sql", plane.name());
        compare(&file, &plane.schema().unwrap());
    }
}

/// A migration that was shipped never changes: databases that ran it would differ from new ones.
#[test]
fn migrations_are_the_ones_that_were_shipped() {
    let files = Plane::ALL.iter().flat_map(|plane| plane.files());
    let hashes: String =
        files.map(|(name, text)| format!("{} {name}\n", hex::encode(Sha256::digest(text.as_bytes())))).collect();
    compare("src/db/migrations/hashes.txt", &hashes);
}
