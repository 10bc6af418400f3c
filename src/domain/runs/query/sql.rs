//! Filters and orders as SQL with numbered placeholders. Text from people goes into values only, never into the statement.

use crate::db::{ToValue, Values};
use crate::domain::runs::fields::{Section, indexed_text};
use crate::domain::runs::filter::{Comparison, Field, Filter, Literal, Test, TextColumn, TimeColumn};

/// How the values of config and summary that a filter names are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The runs that have such a value, in the index of values, all together: few matches cost little.
    ByValue,
    /// The value of each run that is looked at: a few runs cost little, however many match.
    ByRun,
}

/// What a condition is made for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The place of the project's id among the values.
    pub project: &'a str,
    pub lookup: Lookup,
}

impl<'a> Scope<'a> {
    pub fn by_value(project: &'a str) -> Self {
        Self { project, lookup: Lookup::ByValue }
    }
}

/// Whether a filter names values of config or summary.
pub(super) fn names_values(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(names_values),
        Filter::Not(inner) => names_values(inner),
        Filter::Is(field, _) => matches!(field, Field::Config(_) | Field::Summary(_)),
    }
}

/// Whether a run is meant. Never NULL: what is unknown counts as no, so that "not" of it is yes.
pub(super) fn condition(filter: &Filter, scope: Scope<'_>, values: &mut Values) -> String {
    match filter {
        Filter::And(parts) | Filter::Or(parts) if parts.is_empty() => "1 = 1".to_owned(),
        Filter::And(parts) => joined(parts, " AND ", scope, values),
        Filter::Or(parts) => joined(parts, " OR ", scope, values),
        Filter::Not(inner) => format!("NOT ({})", condition(inner, scope, values)),
        Filter::Is(field, test) => test_of(field, test, scope, values),
    }
}

fn joined(parts: &[Filter], word: &str, scope: Scope<'_>, values: &mut Values) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("({})", condition(part, scope, values))).collect();
    parts.join(word)
}

const NEVER: &str = "1 = 0";

fn test_of(field: &Field, test: &Test, scope: Scope<'_>, values: &mut Values) -> String {
    match field {
        Field::Text(column) => text_test(text_column(*column), test, values),
        Field::Time(column) => time_test(time_column(*column), test, values),
        Field::Duration => duration_test(test, values),
        Field::Tags => TAGS.test(test, values),
        Field::Inputs => INPUTS.test(test, values),
        Field::Outputs => OUTPUTS.test(test, values),
        Field::Config(names) => indexed_test(Section::Config, names, test, scope, values),
        Field::Summary(names) => indexed_test(Section::Summary, names, test, scope, values),
    }
}

pub(super) fn text_column(column: TextColumn) -> &'static str {
    match column {
        TextColumn::Name => "runs.name",
        TextColumn::DisplayName => "runs.display_name",
        TextColumn::State => "runs.state",
        TextColumn::Group => "runs.group_name",
        TextColumn::JobType => "runs.job_type",
        TextColumn::Sweep => "runs.sweep_name",
        TextColumn::Host => "runs.host",
        TextColumn::Description => "runs.description",
        TextColumn::Notes => "runs.notes",
        TextColumn::Commit => "runs.commit_hash",
        TextColumn::Program => "runs.program",
        TextColumn::Username => "(SELECT accounts.username FROM accounts WHERE accounts.id = runs.created_by)",
        TextColumn::Entity => {
            "(SELECT entities.name FROM projects JOIN entities ON entities.id = projects.entity_id WHERE projects.id = runs.project_id)"
        }
    }
}

pub(super) fn time_column(column: TimeColumn) -> &'static str {
    match column {
        TimeColumn::CreatedAt => "runs.created_at",
        TimeColumn::StartedAt => "runs.started_at",
        TimeColumn::UpdatedAt => "runs.updated_at",
        TimeColumn::HeartbeatAt => "runs.heartbeat_at",
    }
}

/// Seconds from start to end, or to the last heartbeat.
pub(super) const DURATION: &str = "((COALESCE(runs.ended_at, runs.heartbeat_at) - runs.started_at) / 1000000.0)";

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// A comparison with a column that may be NULL, as a plain yes or no.
fn known(test: &str) -> String {
    format!("COALESCE({test}, 1 = 0)")
}

/// One of these values; of none, never. A list, however long, is one step for the engine.
fn one_of<'a>(column: &str, found: impl Iterator<Item = &'a dyn ToValue>, values: &mut Values) -> String {
    let places: Vec<String> = found.map(|value| values.add(&value)).collect();
    if places.is_empty() { NEVER.to_owned() } else { format!("{column} IN ({})", places.join(", ")) }
}

/// The texts among literals.
fn texts(literals: &[Literal]) -> impl Iterator<Item = &dyn ToValue> {
    literals.iter().filter_map(|literal| if let Literal::Text(text) = literal { Some(text as &dyn ToValue) } else { None })
}

/// The numbers among literals.
fn numbers(literals: &[Literal]) -> impl Iterator<Item = &dyn ToValue> {
    literals
        .iter()
        .filter_map(|literal| if let Literal::Number(number) = literal { Some(number as &dyn ToValue) } else { None })
}

fn text_test(column: &str, test: &Test, values: &mut Values) -> String {
    match test {
        Test::Equals(Literal::Null) => format!("{column} IS NULL"),
        Test::Equals(Literal::Text(text)) => known(&format!("{column} = {}", values.add(text))),
        Test::Equals(_) => NEVER.to_owned(),
        Test::In(literals) => {
            let found = known(&one_of(column, texts(literals), values));
            if literals.contains(&Literal::Null) { format!("({column} IS NULL OR {found})") } else { found }
        }
        Test::Compare(comparison, Literal::Text(text)) => {
            known(&format!("{column} {} {}", sign(*comparison), values.add(text)))
        }
        Test::Compare(..) => NEVER.to_owned(),
        Test::Exists(wanted) => format!("{column} IS {}NULL", if *wanted { "NOT " } else { "" }),
        Test::Matches(pattern) => known(&format!("matches({column}, {})", values.add(pattern))),
        Test::Contains(part) => known(&format!("matches({column}, {})", values.add(&regex::escape(part)))),
    }
}

fn time_test(column: &str, test: &Test, values: &mut Values) -> String {
    match test {
        Test::Equals(Literal::Time(at)) => format!("{column} = {}", values.add(at)),
        Test::Compare(comparison, Literal::Time(at)) => format!("{column} {} {}", sign(*comparison), values.add(at)),
        Test::In(literals) => {
            let times = literals.iter().filter_map(|literal| match literal {
                Literal::Time(at) => Some(at as &dyn ToValue),
                _ => None,
            });
            one_of(column, times, values)
        }
        // Every run has its moments.
        Test::Exists(true) => "1 = 1".to_owned(),
        _ => NEVER.to_owned(),
    }
}

fn duration_test(test: &Test, values: &mut Values) -> String {
    match test {
        Test::Equals(Literal::Number(number)) => format!("{DURATION} = {}", values.add(number)),
        Test::Compare(comparison, Literal::Number(number)) => {
            format!("{DURATION} {} {}", sign(*comparison), values.add(number))
        }
        Test::In(literals) => one_of(DURATION, numbers(literals), values),
        Test::Exists(true) => "1 = 1".to_owned(),
        _ => NEVER.to_owned(),
    }
}

/// What a run has several of: a condition holds if it holds for any of them.
struct Several<'a> {
    /// Where they are, with the run's own picked out.
    from: &'a str,
    /// The names that each may be called by; patterns look into the last, which says most.
    names: &'a [&'a str],
}

const TAGS: Several<'_> = Several { from: "run_tags WHERE run_tags.run_id = runs.id", names: &["run_tags.tag"] };

/// Versions of artifacts. Of other projects only those of the same team that are not for named people: a filter must not tell
/// what there is where one may not look.
macro_rules! artifacts {
    ($table:literal) => {
        Several {
            from: concat!(
                $table,
                " AS link JOIN artifacts ON artifacts.id = link.artifact_id AND artifacts.state = 'committed' \
                 JOIN artifact_collections AS sequences ON sequences.id = artifacts.sequence_id \
                 JOIN artifact_memberships AS own ON own.artifact_id = artifacts.id AND own.collection_id = sequences.id \
                 JOIN projects AS home ON home.id = sequences.project_id JOIN entities AS team ON team.id = home.entity_id \
                 WHERE link.run_id = runs.id AND (home.id = runs.project_id OR (home.visibility <> 'restricted' \
                 AND home.entity_id = (SELECT p.entity_id FROM projects p WHERE p.id = runs.project_id)))"
            ),
            names: &[
                "sequences.name",
                "(sequences.name || ':v' || own.version_index)",
                "(team.name || '/' || home.name || '/' || sequences.name || ':v' || own.version_index)",
            ],
        }
    };
}
const INPUTS: Several<'_> = artifacts!("artifact_inputs");
const OUTPUTS: Several<'_> = artifacts!("artifact_outputs");

impl Several<'_> {
    fn having(&self, condition: &str) -> String {
        format!("EXISTS (SELECT 1 FROM {}{condition})", self.from)
    }

    /// Any of the names passes.
    fn called(&self, mut passes: impl FnMut(&str) -> String) -> String {
        let ways: Vec<String> = self.names.iter().map(|name| passes(name)).collect();
        self.having(&format!(" AND ({})", ways.join(" OR ")))
    }

    fn matching(&self, pattern: &str, values: &mut Values) -> String {
        let name = self.names.last().copied().unwrap_or("NULL");
        self.having(&format!(" AND matches({name}, {})", values.add(&pattern)))
    }

    fn test(&self, test: &Test, values: &mut Values) -> String {
        let none = || format!("NOT {}", self.having(""));
        match test {
            Test::Equals(Literal::Null) | Test::Exists(false) => none(),
            Test::Exists(true) => self.having(""),
            Test::Equals(Literal::Text(text)) => self.called(|name| format!("{name} = {}", values.add(text))),
            Test::In(literals) => {
                let found = self.called(|name| one_of(name, texts(literals), values));
                if literals.contains(&Literal::Null) { format!("({found} OR {})", none()) } else { found }
            }
            Test::Matches(pattern) => self.matching(pattern, values),
            Test::Contains(part) => self.matching(&regex::escape(part), values),
            Test::Equals(_) | Test::Compare(..) => NEVER.to_owned(),
        }
    }
}

/// The test with its texts as the index holds them.
fn as_indexed(test: &Test) -> Test {
    let cut = |literal: &Literal| match literal {
        Literal::Text(text) => Literal::Text(indexed_text(text).into_owned()),
        Literal::List(text) => Literal::List(indexed_text(text).into_owned()),
        other => other.clone(),
    };
    match test {
        Test::Equals(literal) => Test::Equals(cut(literal)),
        Test::Compare(comparison, literal) => Test::Compare(*comparison, cut(literal)),
        Test::In(literals) => Test::In(literals.iter().map(cut).collect()),
        other => other.clone(),
    }
}

/// A value of config or summary.
fn indexed_test(section: Section, names: &[String], test: &Test, scope: Scope<'_>, values: &mut Values) -> String {
    let section = values.add(&section.as_str());
    let names: Vec<String> = names.iter().map(|name| values.add(name)).collect();
    let names = names.join(", ");
    let having = |condition: &str| {
        let of_names = format!("f.section = {section} AND f.key IN ({names}) AND {condition}");
        match scope.lookup {
            Lookup::ByValue => {
                let project = scope.project;
                format!("runs.id IN (SELECT f.run_id FROM run_fields f WHERE f.project_id = {project} AND {of_names})")
            }
            Lookup::ByRun => format!("EXISTS (SELECT 1 FROM run_fields f WHERE f.run_id = runs.id AND {of_names})"),
        }
    };
    match &as_indexed(test) {
        Test::Equals(Literal::Null) => format!("NOT {}", having("f.kind <> 'null'")),
        Test::Equals(Literal::Boolean(flag)) => {
            having(&format!("f.kind = 'boolean' AND f.number = {}", values.add(&f64::from(u8::from(*flag)))))
        }
        Test::Equals(Literal::Number(number)) => having(&format!("f.kind = 'number' AND f.number = {}", values.add(number))),
        Test::Equals(Literal::Text(text)) => having(&format!("f.kind = 'text' AND f.text = {}", values.add(text))),
        Test::Equals(Literal::List(text)) => having(&format!("f.kind = 'list' AND f.text = {}", values.add(text))),
        Test::Compare(comparison, Literal::Number(number)) => {
            having(&format!("f.kind = 'number' AND f.number {} {}", sign(*comparison), values.add(number)))
        }
        Test::Compare(comparison, Literal::Text(text)) => {
            having(&format!("f.kind = 'text' AND f.text {} {}", sign(*comparison), values.add(text)))
        }
        // With all its values in it: the engine takes no value that no statement names.
        Test::Equals(Literal::Time(_)) | Test::Compare(..) => having(NEVER),
        Test::In(literals) => {
            let flags: Vec<f64> = literals
                .iter()
                .filter_map(
                    |literal| if let Literal::Boolean(flag) = literal { Some(f64::from(u8::from(*flag))) } else { None },
                )
                .collect();
            let lists = literals.iter().filter_map(|literal| match literal {
                Literal::List(text) => Some(text as &dyn ToValue),
                _ => None,
            });
            let tests = [
                ("number", one_of("f.number", numbers(literals), values)),
                ("text", one_of("f.text", texts(literals), values)),
                ("boolean", one_of("f.number", flags.iter().map(|flag| flag as &dyn ToValue), values)),
                ("list", one_of("f.text", lists, values)),
            ];
            let tests = tests.map(|(kind, test)| format!("(f.kind = '{kind}' AND {test})"));
            let found = having(&format!("({})", tests.join(" OR ")));
            if literals.contains(&Literal::Null) { format!("({found} OR NOT {})", having("f.kind <> 'null'")) } else { found }
        }
        Test::Exists(true) => having("1 = 1"),
        Test::Exists(false) => format!("NOT {}", having("1 = 1")),
        Test::Matches(pattern) => having(&format!("f.kind = 'text' AND matches(f.text, {})", values.add(pattern))),
        Test::Contains(part) => having(&format!("f.kind = 'text' AND matches(f.text, {})", values.add(&regex::escape(part)))),
    }
}
