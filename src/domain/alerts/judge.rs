//! Judging new rows by the rules of their projects: what is new is read and folded value by value in the data plane, and what
//! came of it is written in one transaction of the control plane with what is to be told. Any part may be done again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::condition::{Better, Condition, Direction, Finding, Side, Unit};
use super::firings::{News, fire};
use super::model::{Mark, Rule};
use super::{rules, store};
use crate::clock::Timestamp;
use crate::db::{Db, Reader, Tx};
use crate::domain::Call;
use crate::domain::history::{self, Seen, Segments};
use crate::domain::projects::Project;
use crate::domain::runs::filter::{Field, Filter, Literal, Test, TextColumn};
use crate::domain::runs::{self, Run};
use crate::error::{Error, Result};
use crate::id::{RuleId, RunId};
use crate::policy::Action;

/// Runs that are judged in one go.
const AT_A_TIME: i64 = 64;

/// Judges all that came; returns how many times a rule fired.
pub async fn judge(db: &Db, streams: &Db, segments: &Segments, now: Timestamp) -> Result<usize> {
    let (mut after, mut fired) = (None, 0);
    loop {
        let waiting = streams.read(move |reader| history::unjudged(reader, after, AT_A_TIME)).await?;
        let Some((last, _)) = waiting.last() else { return Ok(fired) };
        after = Some(*last);
        let runs: Vec<RunId> = waiting.iter().map(|(run, _)| *run).collect();
        let cases = db.read(move |reader| runs.into_iter().map(|run| case(reader, run)).collect::<Result<Vec<_>>>()).await?;
        let at = segments.clone();
        let read = move |reader: &Reader<'_>| {
            cases.into_iter().flatten().map(|case| looked(reader, &at, case)).collect::<Result<Vec<_>>>()
        };
        let looked = Arc::new(streams.read(read).await?);
        let (count, unsettled) = db.write(move |tx| settle_all(tx, &looked, now)).await?;
        fired += count;
        // Before that nothing is lost: what is judged again has nothing new.
        let done: Vec<(RunId, i64)> = waiting.into_iter().filter(|(run, _)| !unsettled.contains(run)).collect();
        streams.write(move |tx| done.iter().try_for_each(|(run, turn)| history::judged(tx, *run, *turn))).await?;
    }
}

/// A run with the rules that may yet fire for it.
struct Case {
    run: Run,
    asked: Vec<Asked>,
}

/// What a rule knows of a run, and is about to.
struct Asked {
    rule: Rule,
    mark: Mark,
    /// What its baseline is now, if it has one.
    baseline: Option<f64>,
    /// The first value since that met the condition, with its step.
    finding: Option<(Finding, i64)>,
}

/// `None` if nobody asks about the run any more.
fn case(db: &Reader<'_>, id: RunId) -> Result<Option<Case>> {
    let Some(run) = runs::in_place(db, id)? else { return Ok(None) };
    let rules = store::of_kind(db, run.project_id, "metric")?;
    let ids: Vec<RuleId> = rules.iter().map(|rule| rule.id).collect();
    let mut marks: BTreeMap<RuleId, Mark> = store::marks(db, id, &ids)?.into_iter().collect();
    let mut asked = Vec::new();
    for rule in rules {
        let mark = marks.remove(&rule.id).unwrap_or_default();
        // A run is no worse than itself.
        if mark.fired_at.is_some() || rule.condition.baseline_run() == Some(&run.name) {
            continue;
        }
        let baseline = match (&rule.condition, rule.condition.baseline_run(), rule.condition.metric()) {
            (_, Some(name), Some(metric)) => rules::baseline(db, &rule, name, metric)?,
            (Condition::Baseline { value, .. }, ..) => *value,
            _ => None,
        };
        asked.push(Asked { rule, mark, baseline, finding: None });
    }
    Ok(Some(Case { run, asked }))
}

/// Reads what is new, once for all rules that have seen as much.
fn looked(db: &Reader<'_>, segments: &Segments, mut case: Case) -> Result<Case> {
    let mut by_seen: BTreeMap<Seen, Vec<&mut Asked>> = BTreeMap::new();
    for asked in &mut case.asked {
        by_seen.entry(asked.mark.seen.clone()).or_default().push(asked);
    }
    for (seen, mut asking) in by_seen {
        let news = history::news(db, case.run.id, &seen)?;
        if news.is_anew {
            asking.iter_mut().for_each(|asked| asked.mark.recent.clear());
        }
        let keys: Vec<String> = asking.iter().filter_map(|asked| asked.rule.condition.metric().map(str::to_owned)).collect();
        if !news.is_empty() {
            history::numbers_since(db, segments, case.run.id, &news, &keys, |step, numbers| {
                for (asked, number) in asking.iter_mut().zip(numbers) {
                    if let Some(number) = number {
                        asked.take(step, *number);
                    }
                }
            })?;
        }
        asking.iter_mut().for_each(|asked| asked.mark.seen = news.to.clone());
    }
    Ok(case)
}

impl Asked {
    /// Takes one more value.
    fn take(&mut self, step: i64, number: f64) {
        let recent = &mut self.mark.recent;
        recent.push_back(number);
        if recent.len() > self.rule.condition.needs() {
            recent.pop_front();
        }
        let may_fire = self.finding.is_none() && self.mark.armed_after.is_none_or(|after| step > after);
        if let Some(finding) = self.rule.condition.judge(recent, self.baseline).filter(|_| may_fire) {
            self.finding = Some((finding, step));
        }
    }
}

/// Writes what came of it; returns how many times a rule fired, and the runs that are to be judged again, since a rule was changed
/// meanwhile.
fn settle_all(tx: &Tx<'_>, cases: &[Case], now: Timestamp) -> Result<(usize, Vec<RunId>)> {
    let (mut fired, mut unsettled) = (0, Vec::new());
    for Case { run, asked } in cases {
        for asked in asked {
            let Some(rule) = store::by_id(tx, asked.rule.id)? else { continue };
            if rule.updated_at != asked.rule.updated_at {
                unsettled.push(run.id);
                continue;
            }
            let found = asked.finding.filter(|_| !rule.paused);
            let found = if found.is_some() && matches(tx, &rule, run)? { found } else { None };
            if let Some((finding, step)) = found {
                fire(tx, &rule, Some(run.id), &news(&rule, run, &finding, step), now)?;
                fired += 1;
            }
            let mark = Mark { fired_at: found.map(|_| now), ..asked.mark.clone() };
            store::put_mark(tx, rule.id, run.id, &mark)?;
        }
    }
    Ok((fired, unsettled))
}

/// Whether a rule means this run.
pub(super) fn matches(db: &Reader<'_>, rule: &Rule, run: &Run) -> Result<bool> {
    let filter = Filter::parse(&rule.filter)?;
    if filter == Filter::And(Vec::new()) {
        return Ok(true);
    }
    let this = Filter::Is(Field::Text(TextColumn::Name), Test::Equals(Literal::Text(run.name.clone())));
    Ok(runs::query::count(db, run.project_id, &Filter::And(vec![this, filter]))? > 0)
}

/// Arms a rule again: for one run, or for all that it fired for. It fires for what comes from now on. Returns for how many.
pub async fn rearm(db: &Db, streams: &Db, call: &Call, project: &Project, id: RuleId, run: Option<String>) -> Result<usize> {
    let (asking, place) = (call.clone(), project.clone());
    let fired = db.read(move |reader| {
        let rule = rules::get(reader, &asking, Action::Write, &place, id)?;
        let run = match run {
            Some(name) => {
                Some(runs::in_project(reader, place.id, &name)?.ok_or_else(|| Error::not_found(format!("run {name}")))?.id)
            }
            None => None,
        };
        store::fired(reader, rule.id, run)
    });
    let fired = fired.await?;
    let seen = streams.read(move |reader| {
        let end =
            |run: &RunId| Ok((*run, history::news(reader, *run, &Seen::default())?.to, history::last_step(reader, *run)?));
        fired.iter().map(end).collect::<Result<Vec<_>>>()
    });
    let (seen, call, project) = (seen.await?, call.clone(), project.clone());
    db.write(move |tx| {
        let rule = rules::get(tx, &call, Action::Write, &project, id)?;
        for (run, seen, step) in &seen {
            let mark = Mark { seen: seen.clone(), armed_after: *step, ..Mark::default() };
            store::put_mark(tx, rule.id, *run, &mark)?;
        }
        rules::note(tx, &call, &project, &rule, "alert.rearm")?;
        Ok(seen.len())
    })
    .await
}

/// What there is to tell of it.
fn news(rule: &Rule, run: &Run, finding: &Finding, step: i64) -> News {
    let Finding { value, against } = *finding;
    let who = format!("{} ({}/{}/{})", run.display_name, run.entity, run.project, run.name);
    let metric = rule.condition.metric().unwrap_or_default();
    let number = |value: f64| if value.is_finite() { json!(value) } else { json!(value.to_string()) };
    let mut facts = json!({ "kind": "metric", "metric": metric, "value": number(value), "step": step });
    let text = match &rule.condition {
        Condition::Baseline { better, over, points, run: from, .. } => {
            let by = percent(value, against);
            facts["baseline"] = number(against);
            facts["baseline_run"] = from.clone().map_or(Value::Null, Value::String);
            facts["percent"] = number(by);
            let than =
                from.as_ref().map_or_else(|| format!("the baseline {against}"), |from| format!("{against} of the run {from}"));
            let worse = if by.is_finite() { format!("{:.4} % worse than", by.abs()) } else { "worse than".to_owned() };
            let wanted = if *better == Better::Lower { "lower" } else { "higher" };
            format!(
                "{metric} of {who} is {value}: {} at step {step} is {worse} {than} ({wanted} is better)",
                over.in_words(*points)
            )
        }
        Condition::Threshold { is, over, points, .. } => {
            facts["threshold"] = number(against);
            let side = if *is == Side::Above { "above" } else { "below" };
            format!("{metric} of {who} is {value}: {} at step {step} is {side} {against}", over.in_words(*points))
        }
        Condition::Change { direction, unit, points, before, .. } => {
            facts["before"] = number(against);
            let by = if *unit == Unit::Percent {
                format!("{:.4} %", percent(value, against).abs())
            } else {
                (value - against).abs().to_string()
            };
            let moved = match direction {
                Direction::Rise => "rose",
                Direction::Fall => "fell",
                Direction::Any if value > against => "rose",
                Direction::Any => "fell",
            };
            format!(
                "{metric} of {who} {moved} by {by}: the mean of its last {points} values at step {step} is {value}, of the {before} before {against}"
            )
        }
        Condition::State { .. } | Condition::Sent { .. } => String::new(),
    };
    News { severity: "WARN", title: format!("{}: {}", rule.name, run.display_name), text, facts }
}

/// How far a value is from another, in percent of that.
fn percent(value: f64, against: f64) -> f64 {
    (value - against) / against.abs() * 100.0
}
