//! What the commands of the directory found, in lines for people.

use std::fmt::Write as _;

use crate::domain::directory::plan::{Change, Kept};
use crate::domain::directory::sync::{Outcome, Sync};
use crate::domain::directory::{Explanation, Person, Report};

/// Lines one after the other.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: impl std::fmt::Display) {
        writeln!(self.0, "{line}").expect("a String takes any text");
    }

    fn kept(&mut self, kept: &[Kept]) {
        for kept in kept {
            self.add(format_args!("  ! {}: {}", kept.what, kept.because));
        }
    }

    fn person(&mut self, person: &Person) {
        self.add(format_args!("id        {}\nuser name {}", person.id, person.username));
        self.add(format_args!("name      {}", person.name.as_deref().unwrap_or("(none)")));
        self.add(format_args!("mail      {}", person.email.as_deref().unwrap_or("(none)")));
    }

    fn result(&mut self, groups: &[String], gives: &[(String, String)], refusal: &str) {
        for group in groups {
            self.add(format_args!("group     {group}"));
        }
        for (group, gives) in gives {
            self.add(format_args!("gets      {gives} (group {group})"));
        }
        self.add(format_args!("sign-in   {}", if refusal.is_empty() { "yes, with the right password" } else { refusal }));
    }
}

pub(super) fn report(report: &Report) -> String {
    let mut lines = Lines::default();
    for step in &report.steps {
        let mark = if step.good { "ok" } else { "FAILED" };
        lines.add(format_args!("{}  {:<8} {mark:<7} {}", step.server, step.step, step.outcome));
    }
    if let Some(found) = &report.person {
        lines.person(&found.person);
        lines.result(&found.groups, &found.gives, &found.because);
    }
    lines.0
}

pub(super) fn sync(sync: &Sync, dry_run: bool) -> String {
    let mut lines = Lines::default();
    let (people, groups) = (counted(sync.people, "person", "people"), counted(sync.groups, "group", "groups"));
    let counts = format!("{people} and {groups} in the directory");
    let changes = counted(sync.changes.len() as i64, "change", "changes");
    lines.add(match (sync.outcome, dry_run) {
        (Outcome::Applied, true) => format!("{counts}; {changes} to make"),
        (Outcome::Applied, false) => format!("{counts}; {changes} made"),
        (Outcome::Unchanged, _) => format!("{counts}; everything is as it says"),
        (Outcome::Refused, _) => format!("{counts}; {changes} refused: {}", sync.why),
        (Outcome::Failed, _) => format!("nothing was changed: {}", sync.why),
        (Outcome::Undone, _) => format!("{counts}; {changes} taken back"),
    });
    sync.changes.iter().for_each(|done| lines.add(change(done)));
    lines.kept(&sync.kept);
    lines.0
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn undone(kept: &[Kept]) -> String {
    let mut lines = Lines::default();
    lines.add("the last sync is taken back; no other runs by itself until you run one");
    lines.kept(kept);
    lines.0
}

pub(super) fn explanation(found: &Explanation) -> String {
    let mut lines = Lines::default();
    match &found.person {
        Some(person) => {
            lines.add(format_args!("entry     {}", person.dn));
            lines.person(person);
        }
        None => lines.add("entry     (none that may sign in)"),
    }
    match &found.account {
        Some(known) => {
            let state = if known.active { "active" } else { "deactivated" };
            let home = if known.local { "of this server alone" } else { "of the directory" };
            lines.add(format_args!("account   {}, {state}, {home}", known.username));
        }
        None => lines.add("account   (none yet)"),
    }
    lines.result(&found.groups, &found.gives, if found.may_sign_in { "" } else { &found.because });
    for seat in &found.seats {
        lines.add(format_args!("has       {} of {}, from {}", seat.role, seat.place, seat.from));
    }
    found.changes.iter().for_each(|done| lines.add(format_args!("next{}", change(done))));
    lines.kept(&found.kept);
    lines.0
}

/// A change as a line of a diff.
fn change(change: &Change) -> String {
    let (sign, words) = change.in_words();
    format!("  {sign} {words}")
}
