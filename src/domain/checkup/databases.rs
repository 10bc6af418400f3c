//! The two databases.

use std::time::Duration;

use super::{Subject, Verdict, Wish, store};
use crate::db::{Look, Plane, fold_log, log_of};
use crate::domain::upgrade;
use crate::error::Result;

/// A larger database is read whole only when somebody asks for it.
const QUICK_BYTES: u64 = 512 << 20;
/// A log that outgrows this is not folded any more: a reader holds it.
const LOG_BYTES: u64 = 256 << 20;
/// Clocks of machines may differ by this.
const TOLERANCE: Duration = Duration::from_secs(120);

pub(super) fn look(subject: &Subject, plane: Plane) -> Result<Look> {
    let path = subject.data.join(plane.file());
    plane.require_known(plane.schema_of(&path)?.unwrap_or_default(), &path)?;
    Look::at_live(&path)
}

pub(super) fn schema(subject: &Subject, _: Wish) -> Verdict {
    match upgrade::plan(&subject.data) {
        Err(error) => Verdict::bad(error.to_string(), "see \"runstead upgrade --help\""),
        Ok(plan) if plan.is_pending() => Verdict::warning(
            "the data is of an earlier release",
            "start (or restart) the server: it copies the databases and brings them up to date; \"runstead upgrade --check\" says what that takes",
        ),
        Ok(plan) => {
            let found: Vec<String> =
                plan.planes.iter().map(|plane| format!("{} {}", plane.plane.name(), plane.found)).collect();
            Verdict::good(format!("as this release wants them: {}", found.join(", ")))
        }
    }
}

pub(super) fn control(subject: &Subject, wish: Wish) -> Verdict {
    whole(subject, wish, Plane::Control)
}

pub(super) fn history(subject: &Subject, wish: Wish) -> Verdict {
    whole(subject, wish, Plane::History)
}

fn whole(subject: &Subject, wish: Wish, plane: Plane) -> Verdict {
    let path = subject.data.join(plane.file());
    let size = path.metadata().map_or(0, |found| found.len());
    if size > QUICK_BYTES && !wish.deep {
        return Verdict::skipped(format!("{} has {size} bytes: \"runstead doctor\" reads it whole", plane.file()));
    }
    match look(subject, plane).map(|look| look.damage()) {
        Ok(None) => Verdict::good(format!("{} is whole ({size} bytes)", plane.file())),
        Ok(Some(damage)) => Verdict::bad(
            format!("{} is damaged: {damage}", plane.file()),
            "stop the server, keep a copy of the data directory, and restore the newest backup into an empty one; then look at the disk and the memory of this machine",
        ),
        Err(error) => Verdict::bad(error.to_string(), "name the server's data directory with --data.dir"),
    }
}

pub(super) fn control_references(subject: &Subject, wish: Wish) -> Verdict {
    references(subject, wish, Plane::Control)
}

pub(super) fn history_references(subject: &Subject, wish: Wish) -> Verdict {
    references(subject, wish, Plane::History)
}

fn references(subject: &Subject, wish: Wish, plane: Plane) -> Verdict {
    let size = subject.data.join(plane.file()).metadata().map_or(0, |found| found.len());
    if size > QUICK_BYTES && !wish.deep {
        return Verdict::skipped(format!("{} has {size} bytes: \"runstead doctor\" reads it whole", plane.file()));
    }
    match look(subject, plane).and_then(|look| look.dangling()) {
        Ok(dangling) if dangling.is_empty() => {
            Verdict::good(format!("every row of {} that is referred to is there", plane.file()))
        }
        Ok(dangling) => Verdict::bad(
            format!("rows of {} refer to rows that are gone: {}", plane.file(), dangling.join(", ")),
            "this is a fault of the server's: report it with the output of \"runstead doctor --json\"",
        ),
        Err(error) => Verdict::skipped(error.to_string()),
    }
}

pub(super) fn logs(subject: &Subject, wish: Wish) -> Verdict {
    let size_of = |plane: Plane| log_of(&subject.data.join(plane.file())).metadata().map_or(0, |found| found.len());
    let large: Vec<Plane> = Plane::ALL.into_iter().filter(|plane| size_of(*plane) > LOG_BYTES).collect();
    if large.is_empty() {
        let sizes = Plane::ALL.map(size_of);
        return Verdict::good(format!("the logs of the databases have {} and {} bytes", sizes[0], sizes[1]));
    }
    let names: Vec<_> = large.iter().map(|plane| format!("{}-wal ({} bytes)", plane.file(), size_of(*plane))).collect();
    if wish.fix {
        return match large.iter().try_for_each(|plane| fold_log(&subject.data.join(plane.file()))) {
            Ok(()) => Verdict::fixed(format!("folded {}", names.join(", "))),
            Err(error) => Verdict::warning(error.to_string(), "restart the server: it folds its logs when it stops"),
        };
    }
    Verdict::warning(format!("a log is not folded into its database: {}", names.join(", ")), "--fix, or restart the server")
}

/// Rows from the future mean that a clock was wrong, then or now.
pub(super) fn clock(subject: &Subject, _: Wish) -> Verdict {
    let now = subject.clock.now();
    match look(subject, Plane::Control).and_then(|look| look.read(store::newest_moment)) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(Some(newest)) if newest > now.plus(TOLERANCE) => Verdict::bad(
            format!("the clock shows {now}, and the newest record is of {newest}"),
            "set the clock of this machine and keep it right with chrony or systemd-timesyncd",
        ),
        Ok(_) => Verdict::good(format!("the clock shows {now}, after all that is recorded")),
    }
}
