//! Runs (`bucket` in the client's older words) and what they streamed.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::account::User;
use super::artifact::ArtifactConnection;
use super::context::{Resolver as _, graphql_error};
use super::file::{FileConnection, files_of};
use super::ids;
use super::paging::{self, PageInfo};
use super::project::Project;
use super::scalars::{AnyJson, DateTime, Int64, JsonString};
use crate::domain::history::{self, Counters, Exports, LogRange, RowRange, SampleSpec};
use crate::domain::runs::{self, RunState};
use crate::domain::{accounts, artifacts, files};
use crate::error::Error;
use crate::json::{Json, Map};
use crate::page::Page;
use crate::policy::{self, Action};

/// How many rows `history` gives when nobody says.
const SAMPLES: usize = 500;
/// The most rows one answer carries.
const SAMPLES_MAX: usize = 100_000;

pub struct Run {
    run: runs::Run,
    counters: OnceCell<Counters>,
    /// Whether this answers the call that begins a process. Its client takes a history count above 0 for the number its
    /// first line is to have; so it is told what was inherited, and sending an old run again repeats its old numbers.
    begins: bool,
}

impl From<runs::Run> for Run {
    fn from(run: runs::Run) -> Self {
        Self { run, counters: OnceCell::new(), begins: false }
    }
}

#[derive(SimpleObject)]
pub struct RunConnection {
    edges: Vec<RunEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct RunEdge {
    node: Run,
    cursor: String,
}

impl RunConnection {
    /// `runs` in the order of the page; one that went away meanwhile is left out.
    pub(super) fn new(page: &Page<crate::id::RunId>, runs: Vec<runs::Run>) -> Self {
        let edges = runs.into_iter().filter_map(|run| {
            let (cursor, _) = page.items.iter().find(|(_, id)| *id == run.id)?;
            Some(RunEdge { node: Run::from(run), cursor: cursor.as_str().to_owned() })
        });
        Self { edges: edges.collect(), page_info: PageInfo::from(page) }
    }
}

#[derive(SimpleObject)]
struct ParquetHistory {
    parquet_urls: Vec<String>,
    live_data: Vec<AnyJson>,
}

#[derive(SimpleObject)]
struct LogLineConnection {
    edges: Vec<LogLineEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
struct LogLineEdge {
    node: LogLine,
}

#[derive(SimpleObject)]
struct LogLine {
    number: Int64,
    timestamp: Option<String>,
    level: Option<String>,
    label: Option<String>,
    line: String,
}

#[derive(SimpleObject)]
struct Alert {
    title: String,
    text: String,
    severity: &'static str,
    created_at: DateTime,
}

/// Runs that were given the same config as another.
#[derive(SimpleObject)]
struct SimilarRuns {
    runs: Vec<Run>,
    /// Whether there are older ones.
    has_more: bool,
}

#[derive(SimpleObject)]
struct RunInfo {
    program: Option<String>,
    args: Vec<String>,
    os: Option<String>,
    python: Option<String>,
    host: Option<String>,
    executable: Option<String>,
    code_saved: bool,
    cpu_count: Option<i32>,
    gpu_count: Option<i32>,
    gpu: Option<String>,
    git: Option<GitInfo>,
}

#[derive(SimpleObject)]
struct GitInfo {
    remote: Option<String>,
    commit: Option<String>,
}

impl Run {
    /// The run as the call that begins a process is answered.
    pub(super) fn beginning(run: runs::Run) -> Self {
        Self { begins: true, ..Self::from(run) }
    }

    async fn counters(&self, ctx: &Context<'_>) -> Result<&Counters> {
        let id = self.run.id;
        self.counters.get_or_try_init(|| ctx.read_history(move |db, segments| history::counters(db, segments, id))).await
    }

    fn allows(&self, ctx: &Context<'_>, action: Action) -> bool {
        policy::allows(&ctx.call().actor, action, &self.run.target())
    }

    /// The client's own part of the configuration: `_wandb.value`.
    fn own_config(&self) -> Option<Map> {
        let config = Json::parse_map(&self.run.config).ok()?;
        config.get("_wandb")?.get("value")?.as_map().cloned()
    }

    /// The environment that the process described, newest writer last.
    fn environment(&self) -> Option<Map> {
        let own = self.own_config()?;
        own.get("e")?.as_map()?.values().next_back()?.as_map().cloned()
    }
}

/// A tail as the client reads it: JSON text of a list of JSON lines. Releases up to 0.16 look into the last line without
/// asking whether there is one, and die of an empty list: so a run without lines has an empty line.
fn tail(line: Option<&String>) -> JsonString {
    let line = line.map_or("{}", String::as_str);
    JsonString(serde_json::to_string(&[line]).expect("a line is text"))
}

#[Object]
impl Run {
    async fn id(&self) -> ID {
        ids::of_run(&self.run)
    }
    async fn name(&self) -> &str {
        &self.run.name
    }
    async fn display_name(&self) -> &str {
        &self.run.display_name
    }
    async fn project_id(&self) -> i32 {
        paging::count(self.run.project_id.get())
    }
    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        let run = self.run.clone();
        let found =
            ctx.read(move |db, call| runs::project_of(db, call, &run)?.ok_or_else(|| Error::not_found("project"))).await?;
        Ok(Project(found))
    }
    async fn description(&self) -> &str {
        &self.run.description
    }
    async fn notes(&self) -> &str {
        &self.run.notes
    }
    async fn tags(&self) -> &[String] {
        &self.run.tags
    }
    async fn state(&self) -> &'static str {
        self.run.state.as_str()
    }
    /// Why the run is in its state, in words.
    async fn state_reason(&self) -> &str {
        &self.run.state_reason
    }
    async fn stopped(&self) -> bool {
        self.run.stop_requested
    }
    async fn should_stop(&self) -> bool {
        self.run.stop_requested
    }
    async fn running(&self) -> bool {
        self.run.state.is_alive()
    }
    async fn failed(&self) -> bool {
        matches!(self.run.state, RunState::Failed | RunState::Crashed)
    }
    async fn exitcode(&self) -> Option<i32> {
        self.run.exit_code.map(paging::count)
    }
    async fn read_only(&self, ctx: &Context<'_>) -> bool {
        !self.allows(ctx, Action::Write)
    }
    async fn can_write(&self, ctx: &Context<'_>) -> bool {
        self.allows(ctx, Action::Write)
    }
    /// Whether it is protected from deletion.
    async fn locked(&self) -> bool {
        self.run.locked
    }
    async fn can_delete(&self, ctx: &Context<'_>) -> bool {
        self.allows(ctx, Action::Delete)
    }
    async fn config(&self) -> JsonString {
        JsonString(self.run.config.clone())
    }
    /// Of the client's own part of the configuration the members named, as a JSON object.
    async fn wandb_config(&self, keys: Option<Vec<String>>) -> JsonString {
        let own = self.own_config().unwrap_or_default();
        let wanted = own.into_iter().filter(|(key, _)| keys.as_ref().is_none_or(|keys| keys.contains(key)));
        JsonString(Json::Map(wanted.collect()).to_text())
    }
    async fn summary_metrics(&self) -> JsonString {
        JsonString(self.run.summary.clone())
    }
    async fn system_metrics(&self, ctx: &Context<'_>) -> Result<JsonString> {
        let id = self.run.id;
        let latest = ctx.read_history(move |db, segments| history::latest_system_metrics(db, segments, id)).await?;
        Ok(JsonString(Json::Map(latest).to_text()))
    }
    async fn group(&self) -> Option<&str> {
        self.run.group.as_deref()
    }
    async fn job_type(&self) -> Option<&str> {
        self.run.job_type.as_deref()
    }
    async fn sweep_name(&self) -> Option<&str> {
        self.run.sweep.as_deref()
    }
    /// The project where its sweep is, which stays when the run moves; null without a sweep, and for who may not see that project.
    async fn sweep_project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        let run = self.run.clone();
        Ok(ctx.read(move |db, call| runs::sweep_project(db, call, &run)).await?.map(Project))
    }
    async fn commit(&self) -> Option<&str> {
        self.run.commit.as_deref()
    }
    async fn host(&self) -> Option<&str> {
        self.run.host.as_deref()
    }
    async fn program(&self) -> Option<&str> {
        self.run.program.as_deref()
    }
    async fn repo(&self) -> Option<&str> {
        self.run.repo.as_deref()
    }
    /// What the process said of itself when it began.
    async fn run_info(&self) -> Option<RunInfo> {
        let environment = self.environment()?;
        let text = |key: &str| environment.get(key).and_then(Json::as_str).map(str::to_owned);
        let number = |key: &str| environment.get(key).and_then(Json::as_i64).map(paging::count);
        let args = match environment.get("args") {
            Some(Json::List(args)) => args.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let git = environment.get("git").and_then(Json::as_map).map(|git| GitInfo {
            remote: git.get("remote").and_then(Json::as_str).map(str::to_owned),
            commit: git.get("commit").and_then(Json::as_str).map(str::to_owned),
        });
        Some(RunInfo {
            program: text("program").or_else(|| self.run.program.clone()),
            args,
            os: text("os"),
            python: text("python"),
            host: text("host").or_else(|| self.run.host.clone()),
            executable: text("executable"),
            code_saved: environment.contains_key("codePath"),
            cpu_count: number("cpu_count"),
            gpu_count: number("gpu_count"),
            gpu: text("gpu"),
            git,
        })
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.run.created_at)
    }
    async fn started_at(&self) -> DateTime {
        DateTime(self.run.started_at)
    }
    async fn updated_at(&self) -> DateTime {
        DateTime(self.run.updated_at)
    }
    async fn heartbeat_at(&self) -> DateTime {
        DateTime(self.run.heartbeat_at)
    }
    async fn ended_at(&self) -> Option<DateTime> {
        self.run.ended_at.map(DateTime)
    }
    /// Who made it. The client indexes this without looking, so a run that nobody signed for has an empty person.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        let id = self.run.created_by.ok_or_else(|| graphql_error(Error::internal("a run without an author")))?;
        let found = ctx.read(move |db, _| accounts::find(db, id)?.ok_or_else(|| Error::not_found("account"))).await?;
        Ok(User(found))
    }

    /// Whether its author is a former member of the team, or locked out. The run stays theirs.
    async fn author_left(&self, ctx: &Context<'_>) -> Result<bool> {
        let id = self.run.id;
        ctx.read(move |db, _| runs::author_left(db, id)).await
    }
    /// The user name of the service account that logs it on behalf of its author.
    async fn logged_by(&self) -> Option<&str> {
        self.run.logged_by.as_deref()
    }
    /// Why it is not attributed to whom its process named.
    async fn attribution_warning(&self) -> Option<&str> {
        Some(self.run.attribution_warning.as_str()).filter(|text| !text.is_empty())
    }

    async fn history_line_count(&self, ctx: &Context<'_>) -> Result<i32> {
        if self.begins {
            return Ok(paging::count(self.run.inherited_lines));
        }
        Ok(paging::count(self.counters(ctx).await?.history_lines))
    }
    async fn events_line_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(paging::count(self.counters(ctx).await?.events_lines))
    }
    async fn log_line_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(paging::count(self.counters(ctx).await?.log_lines))
    }
    async fn history_tail(&self, ctx: &Context<'_>) -> Result<JsonString> {
        Ok(tail(self.counters(ctx).await?.history_tail.as_ref()))
    }
    async fn events_tail(&self, ctx: &Context<'_>) -> Result<JsonString> {
        Ok(tail(self.counters(ctx).await?.events_tail.as_ref()))
    }
    async fn history_keys(&self, ctx: &Context<'_>) -> Result<AnyJson> {
        let id = self.run.id;
        let keys = ctx.read_history(move |db, segments| history::keys(db, segments, id)).await?;
        Ok(AnyJson::from(&keys.to_json()))
    }
    /// Rows as JSON lines, ascending by step: all of a range of steps (`maxStep` excluded), or at most `samples` of them
    /// spread over the run.
    async fn history(
        &self,
        ctx: &Context<'_>,
        min_step: Option<Int64>,
        max_step: Option<Int64>,
        samples: Option<i32>,
    ) -> Result<Vec<String>> {
        let id = self.run.id;
        let samples = sample_count(samples).map_err(graphql_error)?;
        let bounded = min_step.is_some() || max_step.is_some();
        let range = RowRange {
            min_step: min_step.map(|step| step.0),
            max_step: max_step.map(|step| step.0),
            // A page of a scan is whole: its `samples` is the number of its steps, and steps may have several rows.
            samples: if bounded { None } else { Some(samples) },
        };
        ctx.read_history(move |db, segments| history::rows(db, segments, id, &range)).await
    }
    async fn events(&self, ctx: &Context<'_>, samples: Option<i32>) -> Result<Vec<String>> {
        let id = self.run.id;
        let samples = sample_count(samples).map_err(graphql_error)?;
        ctx.read_history(move |db, segments| history::events(db, segments, id, samples)).await
    }
    /// For each spec (`{"keys","samples","minStep","maxStep"}`) the rows that have all its keys.
    async fn sampled_history(&self, ctx: &Context<'_>, specs: Vec<JsonString>) -> Result<Vec<AnyJson>> {
        let id = self.run.id;
        let specs: Vec<SampleSpec> =
            specs.iter().map(|spec| SampleSpec::parse(&spec.0)).collect::<crate::error::Result<_>>().map_err(graphql_error)?;
        ctx.read_history(move |db, segments| {
            specs.iter().map(|spec| Ok(AnyJson::from(history::sampled(db, segments, id, spec)?))).collect()
        })
        .await
    }
    /// Links to Parquet files that hold all rows and say just what they do; for other runs what their rows have at the keys,
    /// of many rows a choice with the first and the last.
    async fn parquet_history(&self, ctx: &Context<'_>, live_keys: Vec<String>) -> Result<ParquetHistory> {
        let id = self.run.id;
        let exports = ctx.read_history(move |db, segments| history::exports(db, segments, id, &live_keys)).await?;
        let (app, now) = (ctx.app(), ctx.call().now);
        let url = |(index, file)| {
            let name = format!("{}-{index}.parquet", self.run.name);
            files::history_url(&app.signer, &app.public_url, file, &name, now)
        };
        let (files, live) = match exports {
            Exports::Files(files) => (files, Vec::new()),
            Exports::Rows(live) => (Vec::new(), live),
        };
        let parquet_urls = (0..).zip(files).map(url).collect();
        Ok(ParquetHistory { parquet_urls, live_data: live.into_iter().map(|row| AnyJson::from(&Json::Map(row))).collect() })
    }
    /// Console lines: the newest `last`, or pages of `first` after a cursor; ascending by number.
    async fn log_lines(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        use_improved_pagination: Option<bool>,
    ) -> Result<LogLineConnection> {
        let _ = use_improved_pagination;
        let id = self.run.id;
        let range = match last {
            Some(last) => LogRange::Last(paging::size(Some(last), 0).map_err(graphql_error)?),
            None => LogRange::Page {
                after: match after {
                    Some(cursor) => Some(crate::page::Cursor::decode::<i64>(&cursor).map_err(graphql_error)?),
                    None => None,
                },
                first: paging::size(first, 1000).map_err(graphql_error)?,
            },
        };
        let page = ctx.read_history(move |db, _| history::log_lines(db, id, range)).await?;
        let end_cursor = page.end_cursor.map(|number| crate::page::Cursor::encode(&number).as_str().to_owned());
        let edges = page.lines.into_iter().map(|line| LogLineEdge {
            node: LogLine {
                number: Int64(line.number),
                timestamp: line.timestamp,
                level: line.level,
                label: line.label,
                line: line.line,
            },
        });
        Ok(LogLineConnection { edges: edges.collect(), page_info: PageInfo { end_cursor, has_next_page: page.has_next } })
    }

    async fn file_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let id = self.run.id;
        Ok(paging::count(ctx.read(move |db, _| files::count(db, id)).await?))
    }
    /// Bytes that nothing but the versions holds that it made and the caller may delete: what deleting it frees with
    /// `deleteArtifacts`.
    async fn artifact_bytes_held_alone(&self, ctx: &Context<'_>) -> Result<Int64> {
        let id = self.run.id;
        Ok(Int64(ctx.read(move |db, call| artifacts::bytes_held_alone_by_run(db, call, id)).await?))
    }
    /// Bytes of the versions of artifacts that it made, each content once.
    async fn artifact_bytes(&self, ctx: &Context<'_>) -> Result<Int64> {
        let id = self.run.id;
        Ok(Int64(ctx.read(move |db, _| artifacts::bytes_of_run(db, id)).await?))
    }
    /// The versions of artifacts that it made.
    async fn output_artifacts(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<ArtifactConnection> {
        super::artifact::of_run(ctx, self.run.id, true, after, first).await
    }
    /// The versions of artifacts that it used.
    async fn input_artifacts(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<ArtifactConnection> {
        super::artifact::of_run(ctx, self.run.id, false, after, first).await
    }
    /// The run's files by name. Files that are asked for by name are listed even if their bytes have not arrived, so that
    /// older clients find a place to send them to.
    async fn files(
        &self,
        ctx: &Context<'_>,
        names: Option<Vec<Option<String>>>,
        after: Option<String>,
        first: Option<i32>,
        pattern: Option<String>,
    ) -> Result<FileConnection> {
        let names: Vec<String> = names.unwrap_or_default().into_iter().flatten().collect();
        files_of(ctx, &self.run, names, after, first, pattern).await
    }
    /// The runs that keep what rewinds cut away of this one, oldest first. They are in no list of runs.
    async fn archives(&self, ctx: &Context<'_>) -> Result<Vec<Run>> {
        let id = self.run.id;
        Ok(ctx.read(move |db, _| runs::archives(db, id)).await?.into_iter().map(Run::from).collect())
    }
    /// The newest other runs of the project that were given the same config; none if this one was given none.
    async fn similar_runs(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<SimilarRuns> {
        let (run, size) = (self.run.clone(), paging::size(first, 5).map_err(graphql_error)?);
        let (runs, has_more) = ctx.read(move |db, _| runs::similar(db, &run, size)).await?;
        Ok(SimilarRuns { runs: runs.into_iter().map(Run::from).collect(), has_more })
    }
    async fn alerts(&self, ctx: &Context<'_>) -> Result<Vec<Alert>> {
        let id = self.run.id;
        let alerts = ctx.read(move |db, _| runs::alerts(db, id)).await?;
        let shown = alerts.into_iter().map(|alert| Alert {
            title: alert.title,
            text: alert.text,
            severity: alert.severity.as_str(),
            created_at: DateTime(alert.created_at),
        });
        Ok(shown.collect())
    }
}

fn sample_count(samples: Option<i32>) -> crate::error::Result<usize> {
    match samples {
        None => Ok(SAMPLES),
        Some(samples) if samples > 0 => Ok(usize::try_from(samples).unwrap_or(SAMPLES).min(SAMPLES_MAX)),
        Some(_) => Err(Error::invalid("samples must be greater than zero")),
    }
}
