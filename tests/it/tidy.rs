//! The house rules that a text search can hold.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file under a folder: its path from the root, and its text.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).expect("under the root").display().to_string();
            found.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
    assert!(!found.is_empty(), "no sources under {folder}");
    found
}

/// A module may not use those that stand above it.
#[test]
fn imports_point_one_way() {
    let above: [(&str, &[&str]); 8] = [
        ("src/api", &["server", "cli", "config"]),
        ("src/domain", &["api", "server", "cli", "config"]),
        ("src/policy", &["domain", "api", "server", "cli", "config", "db", "blob"]),
        ("src/db", &["policy", "domain", "api", "server", "cli", "config", "blob"]),
        ("src/blob", &["policy", "domain", "api", "server", "cli", "config", "db"]),
        ("src/config", &["policy", "domain", "api", "server", "cli", "db", "blob"]),
        ("src/server", &["cli"]),
        ("src/api/graphql", &["api::rest", "api::filestream", "api::files", "api::web"]),
    ];
    for (folder, forbidden) in above {
        for (file, text) in sources(folder) {
            assert!(!text.contains("use crate::{"), "{file} groups imports where this test does not see them");
            for module in forbidden {
                let import = format!("crate::{module}::");
                assert!(!text.contains(&import), "{file} uses {import} which stands above or beside it");
            }
        }
    }
}

#[test]
fn only_the_database_module_knows_the_engine() {
    for (file, text) in sources("src") {
        assert!(file.starts_with("src/db/") || !text.contains("rusqlite::"), "{file} speaks to the engine itself");
    }
}

#[test]
fn statements_stand_in_stores() {
    for (file, text) in sources("src/domain").into_iter().chain(sources("src/api")).chain(sources("src/server")) {
        let home = file.ends_with("store.rs") || file.contains("/query/") || file.contains("/tests/");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "] {
            assert!(home || !product.contains(word), "{file} has a statement ({word}…): put it into the store beside it");
        }
    }
}

/// Where connections are opened, each to whom the operator has configured. What people log, as the addresses that artifacts refer
/// to, never makes the server connect to anybody: who adds a place here says to whom it connects, and who decides that.
#[test]
fn connections_are_opened_to_whom_the_operator_configured() {
    let known = [
        "src/api/rest/directory_draft.rs",
        "src/blob/bucket.rs",
        "src/cli/health.rs",
        "src/domain/alerts/deliver.rs",
        "src/domain/checkup/public.rs",
        "src/domain/directory/connection.rs",
        "src/domain/directory/report.rs",
        "src/mail.rs",
        "src/outbound.rs",
        "src/server/acme.rs",
        "src/server/audit.rs",
        "src/server/listener.rs",
    ];
    let ways = [
        "http_client",
        "transfer_client",
        "TcpStream::connect",
        "UdpSocket::bind",
        "UnixStream::connect",
        "LdapConnAsync::",
        "SmtpTransport::",
        "draft_directory)(",
    ];
    let opens = |text: &str| ways.iter().any(|way| text.contains(way));
    let found: Vec<String> = sources("src").into_iter().filter(|(_, text)| opens(text)).map(|(file, _)| file).collect();
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, known);
}

#[test]
fn no_file_needs_a_table_of_contents() {
    for (file, text) in sources("src").into_iter().chain(sources("tests")) {
        let lines = text.lines().count();
        assert!(lines <= 1000, "{file} has {lines} lines: split it by noun");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (file, text) in sources("src") {
        assert!(text.starts_with("//!"), "{file} does not begin with what it is for (//!)");
    }
}
