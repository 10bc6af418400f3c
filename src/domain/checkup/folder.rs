//! The data directory and its disk.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::{Subject, Verdict, Wish};
use crate::disk::{self, Guard, Level};

/// File systems on the network, by the number that the kernel gives them: their locks and their memory maps are not what
/// databases need.
const REMOTE: [(u64, &str); 5] =
    [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x5346_414f, "AFS"), (0x6573_5546, "FUSE")];
/// Names that only work under way has.
const LEFT_OVER: [&str; 2] = [".unfinished", ".rollback"];

pub(super) fn folder(subject: &Subject, _: Wish) -> Verdict {
    let dir = subject.data.display();
    let probe = subject.data.join(".checkup");
    let tried = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
    match tried {
        Ok(()) => Verdict::good(format!("{dir} can be written")),
        Err(error) => Verdict::bad(
            format!("{dir} cannot be written: {error}"),
            "give the server's user the right to write there, or name the right folder with --data.dir",
        ),
    }
}

pub(super) fn owner(subject: &Subject, wish: Wish) -> Verdict {
    let found = match fs::metadata(&subject.data) {
        Ok(found) => found,
        Err(error) => return Verdict::skipped(format!("{}: {error}", subject.data.display())),
    };
    let me = rustix::process::geteuid().as_raw();
    let dir = subject.data.display();
    let control = subject.data.join("runstead.db");
    let other = fs::metadata(&control).ok().filter(|file| file.uid() != found.uid());
    if let Some(other) = other {
        return Verdict::bad(
            format!("{dir} is of user {} and the databases in it of user {}", found.uid(), other.uid()),
            format!("chown -R {} {dir}", found.uid()),
        );
    }
    if found.mode() & 0o077 != 0 {
        if wish.fix && fs::set_permissions(&subject.data, fs::Permissions::from_mode(0o700)).is_ok() {
            return Verdict::fixed(format!("{dir} was open to other users; now only its owner may look into it"));
        }
        let mode = found.mode() & 0o777;
        return Verdict::warning(
            format!("other users of this machine may look into {dir} (mode {mode:o})"),
            format!("chmod 700 {dir}, or --fix"),
        );
    }
    if me != 0 && me != found.uid() {
        return Verdict::bad(
            format!("{dir} is of user {}, and this is user {me}", found.uid()),
            "run this as the server's user, or as root",
        );
    }
    Verdict::good(format!("{dir} is of user {} alone", found.uid()))
}

pub(super) fn file_system(subject: &Subject, _: Wish) -> Verdict {
    match rustix::fs::statfs(&subject.data) {
        Err(error) => Verdict::skipped(format!("the file system cannot be asked: {error}")),
        Ok(found) => {
            let kind = found.f_type as u64 & 0xffff_ffff;
            match REMOTE.iter().find(|(number, _)| *number == kind) {
                Some((_, name)) => Verdict::bad(
                    format!("the databases lie on {name}: they can be damaged there"),
                    "put data.dir on a disk of this machine; files alone may lie elsewhere",
                ),
                None => Verdict::good("the databases lie on a disk of this machine"),
            }
        }
    }
}

pub(super) fn space(subject: &Subject, _: Wish) -> Verdict {
    match Guard::new(&subject.data, subject.watermarks).look() {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok((space, level)) => {
            let text = format!("{} of {} bytes are free", space.free_bytes, space.total_bytes);
            let advice = "make room: delete runs and artifact versions that nobody needs, old backups and snapshots; or enlarge the disk";
            match level {
                Level::Ample => Verdict::good(text),
                Level::Low => Verdict::warning(text, advice),
                refused => Verdict::bad(format!("{text}: {}", refused.as_str()), advice),
            }
        }
    }
}

pub(super) fn files(subject: &Subject, _: Wish) -> Verdict {
    match disk::files_left(&subject.data) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(None) => Verdict::good("the file system sets no limit to the number of files"),
        Ok(Some((free, total))) if free < total / 20 => Verdict::warning(
            format!("the file system has room for {free} more files only"),
            "make room as for bytes, or make a file system with more inodes",
        ),
        Ok(Some((free, _))) => Verdict::good(format!("the file system has room for {free} more files")),
    }
}

pub(super) fn leftovers(subject: &Subject, wish: Wish) -> Verdict {
    let entries = match fs::read_dir(&subject.data) {
        Ok(entries) => entries,
        Err(error) => return Verdict::skipped(error.to_string()),
    };
    let left: Vec<_> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            // The mark of a roll-back is not left over: it says what has to be done.
            name != "rollback.unfinished" && LEFT_OVER.iter().any(|end| name.ends_with(end))
        })
        .filter(|entry| {
            let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
            age.is_some_and(|age| age.as_secs() > 24 * 3600)
        })
        .collect();
    if left.is_empty() {
        return Verdict::good("nothing is left over from work that was interrupted");
    }
    let names: Vec<_> = left.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    if wish.fix {
        let removed = left.iter().try_for_each(|entry| match entry.path().is_dir() {
            true => fs::remove_dir_all(entry.path()),
            false => fs::remove_file(entry.path()),
        });
        return match removed {
            Ok(()) => Verdict::fixed(format!("removed {}", names.join(", "))),
            Err(error) => Verdict::bad(format!("{} cannot be removed: {error}", names.join(", ")), "remove it by hand"),
        };
    }
    Verdict::warning(format!("left over from work that was interrupted: {}", names.join(", ")), "remove it, or --fix")
}
