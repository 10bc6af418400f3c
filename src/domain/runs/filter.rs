//! The client's filter language over runs: MongoDB's operators on fields of runs. Parsed into a [`Filter`] that knows only
//! what is allowed; whatever it does not know is refused in words, never ignored.

use regex::Regex;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::json::{Json, Map};

/// How deep groups may nest, and how many conditions there may be.
const DEPTH_MAX: usize = 32;
const CONDITIONS_MAX: usize = 1000;
/// How many values one list may have.
const LIST_MAX: usize = 10_000;

/// Which runs are meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these; of none, every run.
    And(Vec<Filter>),
    /// Any of these; of none, every run, as the client's empty groups mean it.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Is(Field, Test),
}

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A text column of the run.
    Text(TextColumn),
    /// A moment.
    Time(TimeColumn),
    /// Seconds from start to end, or to the last heartbeat.
    Duration,
    Tags,
    /// The versions of artifacts that it used, each by `name`, `name:v3` or `entity/project/name:v3`.
    Inputs,
    /// Those that it made.
    Outputs,
    /// A value of config, under any of these names.
    Config(Vec<String>),
    /// A value of the summary, under any of these names.
    Summary(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextColumn {
    Name,
    DisplayName,
    State,
    Group,
    JobType,
    Sweep,
    Host,
    Description,
    Notes,
    Commit,
    Program,
    Username,
    Entity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeColumn {
    CreatedAt,
    StartedAt,
    UpdatedAt,
    HeartbeatAt,
}

/// How it is tested.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to this; null means missing or null.
    Equals(Literal),
    In(Vec<Literal>),
    Compare(Comparison, Literal),
    Exists(bool),
    /// Found anywhere in the text (RE2).
    Matches(String),
    /// This text is part of it.
    Contains(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    Time(Timestamp),
    /// A list, as JSON text.
    List(String),
}

impl Filter {
    /// Reads a filter from JSON text; `{}` means every run.
    pub fn parse(text: &str) -> Result<Self> {
        let document = Json::parse_map(text).map_err(|error| Error::invalid(format!("filter: {error}")))?;
        let mut budget = CONDITIONS_MAX;
        group(&document, 0, &mut budget)
    }
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::invalid(format!("filter: {why}"))
}

fn group(document: &Map, depth: usize, budget: &mut usize) -> Result<Filter> {
    if depth > DEPTH_MAX {
        return Err(wrong(format!("groups nest deeper than {DEPTH_MAX}")));
    }
    let mut parts = Vec::with_capacity(document.len());
    for (key, value) in document {
        *budget = budget.checked_sub(1).ok_or_else(|| wrong(format!("more than {CONDITIONS_MAX} conditions")))?;
        parts.push(match key.as_str() {
            "$and" => Filter::And(members(key, value, depth, budget)?),
            "$or" => Filter::Or(members(key, value, depth, budget)?),
            "$nor" => {
                let parts = members(key, value, depth, budget)?;
                if parts.is_empty() { Filter::And(parts) } else { Filter::Not(Box::new(Filter::Or(parts))) }
            }
            "$not" => match value {
                Json::Map(inner) => Filter::Not(Box::new(group(inner, depth + 1, budget)?)),
                _ => return Err(wrong("$not takes an object")),
            },
            operator if operator.starts_with('$') => return Err(unknown_operator(operator)),
            name => condition(name, value, depth, budget)?,
        });
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
}

fn members(key: &str, value: &Json, depth: usize, budget: &mut usize) -> Result<Vec<Filter>> {
    let Json::List(items) = value else {
        return Err(wrong(format!("{key} takes a list")));
    };
    let groups = items.iter().map(|item| match item {
        Json::Map(inner) => group(inner, depth + 1, budget),
        _ => Err(wrong(format!("{key} takes a list of objects"))),
    });
    groups.collect()
}

fn condition(name: &str, value: &Json, depth: usize, budget: &mut usize) -> Result<Filter> {
    let (field, implied) = field(name)?;
    if let Some(tag) = implied {
        let has = Filter::Is(Field::Tags, Test::Equals(Literal::Text(tag)));
        return Ok(if wants_tag(name, value)? { has } else { Filter::Not(Box::new(has)) });
    }
    match value {
        Json::Map(operators) if operators.keys().any(|key| key.starts_with('$')) => {
            tests(name, &field, operators, depth, budget)
        }
        other => Ok(Filter::Is(field.clone(), Test::Equals(literal(&field, name, other)?))),
    }
}

/// The older `tags.<tag>`: whether the run is to have the tag.
fn wants_tag(name: &str, value: &Json) -> Result<bool> {
    let single = value.as_map().filter(|operators| operators.len() == 1).and_then(|operators| operators.first());
    match (value, single) {
        (Json::Bool(wanted), _) => Ok(*wanted),
        (Json::Null, _) => Ok(false),
        (_, Some((operator, inner))) if ["$eq", "$exists"].contains(&operator.as_str()) => wants_tag(name, inner),
        (_, Some((operator, inner))) if ["$ne", "$not"].contains(&operator.as_str()) => Ok(!wants_tag(name, inner)?),
        _ => Err(wrong(format!("{name} is true or false, with one of $eq $ne $exists $not"))),
    }
}

fn tests(name: &str, field: &Field, operators: &Map, depth: usize, budget: &mut usize) -> Result<Filter> {
    if depth > DEPTH_MAX {
        return Err(wrong(format!("groups nest deeper than {DEPTH_MAX}")));
    }
    let is = |test| Filter::Is(field.clone(), test);
    let not = |test| Filter::Not(Box::new(Filter::Is(field.clone(), test)));
    let mut parts = Vec::with_capacity(operators.len());
    for (operator, value) in operators {
        *budget = budget.checked_sub(1).ok_or_else(|| wrong(format!("more than {CONDITIONS_MAX} conditions")))?;
        let compare = |comparison| Ok::<_, Error>(is(Test::Compare(comparison, literal(field, name, value)?)));
        parts.push(match operator.as_str() {
            "$eq" => is(Test::Equals(literal(field, name, value)?)),
            "$ne" => not(Test::Equals(literal(field, name, value)?)),
            "$gt" => compare(Comparison::Greater)?,
            "$gte" => compare(Comparison::GreaterOrEqual)?,
            "$lt" => compare(Comparison::Less)?,
            "$lte" => compare(Comparison::LessOrEqual)?,
            "$in" => is(Test::In(literals(field, name, operator, value)?)),
            "$nin" => not(Test::In(literals(field, name, operator, value)?)),
            "$exists" => match value {
                Json::Bool(wanted) => is(Test::Exists(*wanted)),
                Json::Int(number) => is(Test::Exists(*number != 0)),
                _ => return Err(wrong("$exists takes true or false")),
            },
            "$regex" => {
                let pattern = value.as_str().ok_or_else(|| wrong("$regex takes a text"))?;
                Regex::new(pattern).map_err(|error| wrong(format!("'{pattern}' is no regular expression: {error}")))?;
                is(Test::Matches(pattern.to_owned()))
            }
            "$contains" => is(Test::Contains(value.as_str().ok_or_else(|| wrong("$contains takes a text"))?.to_owned())),
            "$not" => match value {
                Json::Map(inner) => Filter::Not(Box::new(tests(name, field, inner, depth + 1, budget)?)),
                _ => return Err(wrong("$not takes an object of operators")),
            },
            other => return Err(unknown_operator(other)),
        });
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
}

fn literals(field: &Field, name: &str, operator: &str, value: &Json) -> Result<Vec<Literal>> {
    match value {
        Json::List(items) if items.len() > LIST_MAX => Err(wrong(format!("{operator} takes at most {LIST_MAX} values"))),
        Json::List(items) => items.iter().map(|item| literal(field, name, item)).collect(),
        _ => Err(wrong(format!("{operator} takes a list"))),
    }
}

fn literal(field: &Field, name: &str, value: &Json) -> Result<Literal> {
    if matches!(field, Field::Time(_)) && *value != Json::Null {
        let text = value.as_str().ok_or_else(|| wrong(format!("{name} is compared with a time as text, in ISO 8601")))?;
        let at = Timestamp::parse(text).ok_or_else(|| wrong(format!("'{text}' is not a time in ISO 8601")))?;
        return Ok(Literal::Time(at));
    }
    Ok(match value {
        Json::Null => Literal::Null,
        Json::Bool(flag) => Literal::Boolean(*flag),
        Json::Int(_) | Json::Big(_) | Json::Float(_) => Literal::Number(value.as_f64().unwrap_or(f64::NAN)),
        Json::Text(text) => Literal::Text(text.clone()),
        Json::List(_) => Literal::List(value.to_text()),
        Json::Map(_) => {
            return Err(wrong(format!("{name} cannot be compared with an object; compare its members, as in {name}.x")));
        }
    })
}

const OPERATORS: [&str; 15] = [
    "$and",
    "$or",
    "$nor",
    "$not",
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$regex",
    "$contains",
];

fn unknown_operator(operator: &str) -> Error {
    wrong(format!("there is no operator '{operator}'; there are {}", OPERATORS.join(" ")))
}

const COLUMNS: [(&str, Field); 26] = {
    use Field::{Duration, Inputs, Outputs, Tags, Text, Time};
    [
        ("name", Text(TextColumn::Name)),
        ("display_name", Text(TextColumn::DisplayName)),
        ("displayName", Text(TextColumn::DisplayName)),
        ("state", Text(TextColumn::State)),
        ("group", Text(TextColumn::Group)),
        ("job_type", Text(TextColumn::JobType)),
        ("jobType", Text(TextColumn::JobType)),
        ("sweep", Text(TextColumn::Sweep)),
        ("host", Text(TextColumn::Host)),
        ("description", Text(TextColumn::Description)),
        ("notes", Text(TextColumn::Notes)),
        ("commit", Text(TextColumn::Commit)),
        ("program", Text(TextColumn::Program)),
        ("username", Text(TextColumn::Username)),
        ("user", Text(TextColumn::Username)),
        ("entity", Text(TextColumn::Entity)),
        ("tags", Tags),
        ("inputArtifacts", Inputs),
        ("outputArtifacts", Outputs),
        ("created_at", Time(TimeColumn::CreatedAt)),
        ("createdAt", Time(TimeColumn::CreatedAt)),
        ("started_at", Time(TimeColumn::StartedAt)),
        ("updated_at", Time(TimeColumn::UpdatedAt)),
        ("heartbeat_at", Time(TimeColumn::HeartbeatAt)),
        ("heartbeatAt", Time(TimeColumn::HeartbeatAt)),
        ("duration", Duration),
    ]
};

/// The field of that name; of `tags.<tag>` also the tag.
pub(super) fn field(name: &str) -> Result<(Field, Option<String>)> {
    if let Some((_, field)) = COLUMNS.iter().find(|(known, _)| *known == name) {
        return Ok((field.clone(), None));
    }
    match name {
        "updatedAt" => return Ok((Field::Time(TimeColumn::UpdatedAt), None)),
        "startedAt" => return Ok((Field::Time(TimeColumn::StartedAt), None)),
        "_step" | "_runtime" | "_timestamp" => return Ok((Field::Summary(vec![name.to_owned()]), None)),
        "input_artifacts" => return Ok((Field::Inputs, None)),
        "output_artifacts" => return Ok((Field::Outputs, None)),
        _ => {}
    }
    if let Some(tag) = name.strip_prefix("tags.") {
        return Ok((Field::Tags, Some(tag.to_owned())));
    }
    if let Some(path) = name.strip_prefix("config.") {
        return Ok((Field::Config(config_names(path)), None));
    }
    let prefixes = ["summary_metrics.", "summaryMetrics.", "summary.", "keys_info.keys."];
    if let Some(path) = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        return Ok((Field::Summary(vec![path.to_owned()]), None));
    }
    let scored = COLUMNS.iter().map(|(known, _)| (strsim::jaro_winkler(known, name), *known));
    let near = scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    Err(match near {
        Some((_, near)) => wrong(format!("there is no field '{name}'; did you mean '{near}'?")),
        None => wrong(format!("there is no field '{name}'; values are named config.<name> and summary_metrics.<name>")),
    })
}

/// `config.opt.value.lr` and `config.opt.lr` are the same: the stored document has a `value` that the name may leave out. So
/// a `value` at any place may be one that is not part of the name.
fn config_names(path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('.').collect();
    let mut names = vec![path.to_owned()];
    for (place, _) in parts.iter().enumerate().skip(1).filter(|(_, part)| **part == "value") {
        let rest: Vec<&str> = parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| *part).collect();
        names.push(rest.join("."));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_what_may_have_been_meant() {
        for (text, part) in [
            (r#"{"stat":"x"}"#, "did you mean 'state'"),
            (r#"{"state":{"$like":"x"}}"#, "$like"),
            (r#"{"$xor":[]}"#, "$xor"),
            (r#"{"created_at":{"$gt":"yesterday"}}"#, "ISO 8601"),
            (r#"{"name":{"$regex":"("}}"#, "regular expression"),
            (r#"{"$and":{}}"#, "list"),
            (r#"{"tags.x":{"$like":1}}"#, "tags.x"),
            (r#"{"tags.x":7}"#, "tags.x"),
            (r#"{"config.opt":{"lr":1}}"#, "config.opt.x"),
            ("[]", "object"),
        ] {
            let error = Filter::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_filter_has_bounds() {
        let deep = format!("{}{{}}{}", r#"{"$and":["#.repeat(40), "]}".repeat(40));
        assert!(Filter::parse(&deep).unwrap_err().to_string().contains("nest"));
    }

    #[test]
    fn a_config_name_may_carry_the_stored_value_part() {
        assert_eq!(config_names("opt.value.lr"), ["opt.value.lr", "opt.lr"]);
        assert_eq!(config_names("lr"), ["lr"]);
    }
}
