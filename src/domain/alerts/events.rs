//! What happens to a run besides its metrics: that it ends, and that it sends an alert itself. Judged in the transaction that keeps it,
//! so that neither is there without the other.

use std::time::Duration;

use serde_json::json;

use super::condition::{Condition, End, Level};
use super::firings::{News, fire};
use super::judge::matches;
use super::model::Mark;
use super::store;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::domain::Call;
use crate::domain::runs::{self, Run, Severity};
use crate::error::Result;
use crate::id::RunId;

/// Lets the rules of its project know that the state of a run changed. Each fires once for a run and an end, until it is armed again.
pub fn state_changed(tx: &Tx<'_>, id: RunId, now: Timestamp) -> Result<()> {
    let Some(run) = runs::in_place(tx, id)? else { return Ok(()) };
    let Some(end) = End::of(run.state) else { return Ok(()) };
    for rule in store::of_kind(tx, run.project_id, "state")? {
        let wanted = matches!(&rule.condition, Condition::State { states } if states.contains(&end));
        if !wanted || rule.paused || !matches(tx, &rule, &run)? {
            continue;
        }
        let state = run.state.as_str();
        let mark = store::marks(tx, id, &[rule.id])?.pop().map(|(_, mark)| mark).unwrap_or_default();
        if mark.fired_at.is_some() && mark.fired_state.as_deref() == Some(state) {
            continue;
        }
        let why = if run.state_reason.is_empty() { String::new() } else { format!(": {}", run.state_reason) };
        let news = News {
            severity: if end == End::Finished { "INFO" } else { "ERROR" },
            title: format!("{}: {} {state}", rule.name, run.display_name),
            text: format!("The run {} {}{why}.", named(&run), in_words(end)),
            facts: json!({ "kind": "state", "state": state, "reason": run.state_reason }),
        };
        fire(tx, &rule, Some(id), &news, now)?;
        store::put_mark(tx, rule.id, id, &Mark { fired_at: Some(now), fired_state: Some(state.to_owned()), ..mark })?;
    }
    Ok(())
}

/// Keeps an alert that a run sends, and lets the rules of its project know. False if one with the same title came less than `gap`
/// ago: then nobody is told.
pub fn send(tx: &Tx<'_>, call: &Call, run: &Run, title: &str, text: &str, severity: Severity, gap: Duration) -> Result<bool> {
    let kept = runs::alert(tx, call, run, title, text, severity, gap)?;
    if kept {
        sent(tx, run, title, text, severity, call.now)?;
    }
    Ok(kept)
}

fn sent(tx: &Tx<'_>, run: &Run, title: &str, text: &str, severity: Severity, now: Timestamp) -> Result<()> {
    for rule in store::of_kind(tx, run.project_id, "sent")? {
        let wanted = matches!(&rule.condition, Condition::Sent { severity: least } if Level::from(severity) >= *least);
        if !wanted || rule.paused || !matches(tx, &rule, run)? {
            continue;
        }
        let news = News {
            severity: severity.as_str(),
            title: title.to_owned(),
            text: format!("{text}\n\nSent by the run {}.", named(run)),
            facts: json!({ "kind": "sent", "title": title, "text": text }),
        };
        fire(tx, &rule, Some(run.id), &news, now)?;
    }
    Ok(())
}

fn named(run: &Run) -> String {
    format!("{} ({}/{}/{})", run.display_name, run.entity, run.project, run.name)
}

fn in_words(end: End) -> &'static str {
    match end {
        End::Finished => "finished",
        End::Failed => "failed",
        End::Crashed => "crashed",
        End::Killed => "was stopped",
        End::Preempted => "was preempted",
    }
}
