//! The audit log.

use super::{Subject, Verdict, Wish, databases};
use crate::db::Plane;
use crate::domain::audit::{self, Checked, Told};

/// More entries are gone through only when somebody asks for it.
const QUICK_ENTRIES: i64 = 100_000;

pub(super) fn chain(subject: &Subject, wish: Wish) -> Verdict {
    let found = databases::look(subject, Plane::Control).and_then(|look| {
        look.read(|db| match audit::count(db)? {
            many if many > QUICK_ENTRIES && !wish.deep => Ok(Err(many)),
            _ => audit::verify(db, &Told::new()).map(Ok),
        })
    });
    match found {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(Err(many)) => Verdict::skipped(format!("the audit log has {many} entries: \"runstead doctor\" goes through them")),
        Ok(Ok(Checked { broken: None, entries, .. })) => {
            Verdict::good(format!("all {entries} entries of the audit log are as they were written"))
        }
        Ok(Ok(Checked { broken: Some(broken), .. })) => Verdict::bad(
            format!("the audit log is not as it was written: entry {}: {}", broken.entry, broken.why),
            "somebody changed the database itself: keep a copy of it, compare \"runstead audit verify --against\" what was told elsewhere and with backups, and find out who",
        ),
    }
}
