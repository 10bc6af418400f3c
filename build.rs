//! Builds the web pages into `$OUT_DIR/ui`, from where `src/api/web` embeds them.
//!
//! Release builds run npm. Debug builds do not, so that the compiler stays quick; they carry the fallback page.
//! `UI_BUILD=require` builds the pages in any profile and fails without them, `UI_BUILD=skip` never runs npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What the pages are made from; a change of any makes this script run again.
const SOURCES: [&str; 10] = [
    "src",
    "public",
    "fallback",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "compress.ts",
    "fonts.ts",
];

fn main() {
    for source in SOURCES {
        println!("cargo:rerun-if-changed=assets/{source}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=UI_BUILD");
    println!("cargo:rerun-if-env-changed=PATH");

    let pages = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("ui");
    let wish = env::var("UI_BUILD").unwrap_or_default();
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");

    if wish == "require" || (release && wish != "skip") {
        match build(Path::new("assets"), &pages) {
            Ok(()) => return,
            Err(reason) if wish == "require" => panic!("the web pages could not be built: {reason}"),
            Err(reason) => {
                println!("cargo:warning=built without web pages: {reason}. Install Node 20.19 or newer and build again")
            }
        }
    }
    copy_fallback(Path::new("assets/fallback"), &pages).expect("the fallback page can be copied to OUT_DIR");
}

/// Installs what the lock file names, when it changed, and builds the pages. The error is one line for people.
fn build(assets: &Path, pages: &Path) -> Result<(), String> {
    if !installed(assets) {
        npm(assets, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(assets, &["run", "build", "--", "--emptyOutDir", "--outDir", &pages.to_string_lossy()])
}

/// Whether `node_modules` is at least as new as the lock file.
fn installed(assets: &Path) -> bool {
    let changed = |path: &str| fs::metadata(assets.join(path)).and_then(|data| data.modified());
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

fn npm(assets: &Path, arguments: &[&str]) -> Result<(), String> {
    let task = arguments[..arguments.len().min(2)].join(" ");
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(assets)
        .output()
        .map_err(|error| format!("npm did not start ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    // Cargo shows these when the build fails, so the whole story is there.
    eprintln!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("npm {task} failed ({})", output.status))
}

fn copy_fallback(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
