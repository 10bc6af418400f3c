//! Changes to runs.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::account::SuccessPayload;
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::run::Run;
use super::scalars::{Duration, JsonString};
use super::server::ServerSettings;
use crate::disk::Work;
use crate::domain::projects::ProjectName;
use crate::domain::runs::{self, Changes, Hindrance, Place, RunName, RunState, Severity};
use crate::domain::{alerts, artifacts, branches, charts, summaries};
use crate::error::Error;

/// The least time between two alerts of one title, unless the run says otherwise.
const ALERT_GAP: std::time::Duration = std::time::Duration::from_secs(60);

#[derive(Default)]
pub struct RunMutations;

#[derive(InputObject)]
struct UpsertBucketInput {
    id: Option<String>,
    name: Option<String>,
    group_name: Option<String>,
    model_name: Option<String>,
    entity_name: Option<String>,
    description: Option<String>,
    display_name: Option<String>,
    notes: Option<String>,
    config: Option<JsonString>,
    commit: Option<String>,
    host: Option<String>,
    /// Sent by the client always; changes nothing.
    debug: Option<bool>,
    job_program: Option<String>,
    job_repo: Option<String>,
    job_type: Option<String>,
    state: Option<String>,
    sweep: Option<String>,
    tags: Option<Vec<String>>,
    summary_metrics: Option<JsonString>,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct UpsertBucketPayload {
    bucket: Option<Run>,
    inserted: bool,
    server_settings: ServerSettings,
    client_mutation_id: Option<String>,
}

impl UpsertBucketInput {
    fn place(&self) -> crate::error::Result<Place> {
        if let Some(id) = self.id.as_deref().filter(|id| !id.is_empty()) {
            let [entity, project, name] = ids::run_path(id)?;
            let (project, name) = (ProjectName::parse(&project)?, RunName::parse(&name)?);
            return Ok(Place { entity: Some(entity), project, name: Some(name), must_exist: true, hindrance: None });
        }
        let project = self.model_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(ProjectName::DEFAULT);
        Ok(Place {
            entity: self.entity_name.clone().filter(|name| !name.is_empty()),
            project: ProjectName::parse(project)?,
            name: self.name.as_deref().map(RunName::parse).transpose()?,
            must_exist: false,
            hindrance: None,
        })
    }

    fn changes(self, by_hand: bool) -> crate::error::Result<Changes> {
        let state = match self.state.as_deref() {
            None => None,
            Some(text) => Some(RunState::parse(text).ok_or_else(|| Error::invalid(format!("'{text}' is no state of a run")))?),
        };
        Ok(Changes {
            display_name: self.display_name,
            description: self.description,
            notes: self.notes,
            tags: self.tags,
            group: self.group_name,
            job_type: self.job_type,
            sweep: self.sweep,
            host: self.host,
            program: self.job_program,
            repo: self.job_repo,
            commit: self.commit,
            config: self.config.map(|config| config.0),
            summary: self.summary_metrics.map(|summary| summary.0),
            state,
            by_hand,
        })
    }
}

#[derive(InputObject)]
struct RewindRunInput {
    run_name: String,
    entity_name: Option<String>,
    project_name: Option<String>,
    metric_name: String,
    metric_value: f64,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct RewindRunPayload {
    rewound_run: Option<Run>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct RunIdInput {
    id: ID,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteRunInput {
    id: ID,
    delete_artifacts: Option<bool>,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct DeleteRunPayload {
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct UpdateRunStateInput {
    id: ID,
    state: String,
    client_mutation_id: Option<String>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AlertSeverity {
    Info,
    Warn,
    Error,
}

#[derive(InputObject)]
struct NotifyScriptableRunAlertInput {
    entity_name: String,
    project_name: String,
    run_name: String,
    title: String,
    text: String,
    severity: Option<AlertSeverity>,
    wait_duration: Option<Duration>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct CreateCustomChartInput {
    entity: String,
    name: String,
    display_name: String,
    #[graphql(name = "type")]
    kind: String,
    access: String,
    spec: JsonString,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct CustomChart {
    id: ID,
}

#[derive(SimpleObject)]
struct CreateCustomChartPayload {
    chart: CustomChart,
    client_mutation_id: Option<String>,
}

#[Object]
impl RunMutations {
    /// Makes a run, or changes the one that is there; what is null stays as it is.
    async fn upsert_bucket(&self, ctx: &Context<'_>, input: UpsertBucketInput) -> Result<UpsertBucketPayload> {
        let app = ctx.app();
        app.disk.admit(Work::RunData).map_err(graphql_error)?;
        let hindrance = match app.disk.admit(Work::NewRun) {
            Err(_) => Some(Hindrance::DiskFull),
            Ok(()) => app.admission.is_crowded().then_some(Hindrance::Busy),
        };
        let place = Place { hindrance, ..input.place().map_err(graphql_error)? };
        let client_mutation_id = input.client_mutation_id.clone();
        let begins = !place.must_exist;
        let changes = input.changes(ctx.is_by_hand()).map_err(graphql_error)?;
        if changes.summary.is_some() {
            let before = summaries::bring_before(&app.db, &app.history, ctx.call(), &place);
            before.await.map_err(graphql_error)?;
        }
        let done = ctx
            .write(move |tx, call| {
                call.actor.signed_in()?;
                let done = runs::upsert(tx, call, &place, &changes)?;
                if changes.state.is_some() {
                    alerts::events::state_changed(tx, done.run.id, call.now)?;
                }
                Ok(done)
            })
            .await?;
        let mut run = done.run;
        if let Some((from, step)) = done.branch_point {
            branches::fork(&app.db, &app.history, &app.segments, ctx.call(), &run, from, step).await.map_err(graphql_error)?;
            let id = run.id;
            run = ctx.read(move |db, call| runs::get(db, call, id)?.ok_or_else(|| Error::not_found("run"))).await?;
        }
        let server_settings = ServerSettings::warning(if done.inserted { &run.attribution_warning } else { "" });
        let bucket = if begins { Run::beginning(run) } else { Run::from(run) };
        Ok(UpsertBucketPayload { bucket: Some(bucket), inserted: done.inserted, server_settings, client_mutation_id })
    }

    /// Cuts a run back to a step.
    async fn rewind_run(&self, ctx: &Context<'_>, input: RewindRunInput) -> Result<RewindRunPayload> {
        if input.metric_name != "_step" {
            return Err(graphql_error(Error::invalid("a run is rewound to a _step, not to the value of another metric")));
        }
        if input.metric_value.fract() != 0.0 || input.metric_value < 0.0 {
            return Err(graphql_error(Error::invalid("the step to rewind to is a whole number, not negative")));
        }
        let (entity, project) = (input.entity_name, input.project_name);
        let entity = ctx.read(move |db, call| super::entity::named_or_default(db, call, entity.as_deref())).await?;
        let Some(entity) = entity else {
            return Ok(RewindRunPayload { rewound_run: None, client_mutation_id: input.client_mutation_id });
        };
        let path = [entity.name, project.unwrap_or_else(|| ProjectName::DEFAULT.to_owned()), input.run_name];
        let app = ctx.app();
        let step = input.metric_value as i64;
        let run =
            branches::rewind(&app.db, &app.history, &app.segments, ctx.call(), path, step).await.map_err(graphql_error)?;
        Ok(RewindRunPayload { rewound_run: run.map(Run::from), client_mutation_id: input.client_mutation_id })
    }

    /// Asks the run's process to stop; it learns of it within seconds. False if the run has ended already.
    async fn stop_run(&self, ctx: &Context<'_>, input: RunIdInput) -> Result<SuccessPayload> {
        let [entity, project, name] = ids::run_path(&input.id).map_err(graphql_error)?;
        let success = ctx
            .write(move |tx, call| {
                let run = runs::find(tx, call, &entity, &project, &name)?;
                let id = run.ok_or_else(|| Error::not_found(format!("run {name}")))?.id;
                let asked = runs::stop(tx, call, id)?;
                alerts::events::state_changed(tx, id, call.now)?;
                Ok(asked)
            })
            .await?;
        Ok(SuccessPayload { success, client_mutation_id: input.client_mutation_id })
    }

    /// Deletes a run: it lies in the trash for a while. Doing it twice is no error. With `deleteArtifacts` the versions of
    /// artifacts that it made go too, at once.
    async fn delete_run(&self, ctx: &Context<'_>, input: DeleteRunInput) -> Result<DeleteRunPayload> {
        let [entity, project, name] = ids::run_path(&input.id).map_err(graphql_error)?;
        let period = ctx.app().trash_period;
        ctx.write(move |tx, call| match runs::find(tx, call, &entity, &project, &name)? {
            Some(run) => {
                runs::trash::delete(tx, call, run.id, period)?;
                if input.delete_artifacts == Some(true) { artifacts::delete_outputs(tx, call, run.id) } else { Ok(()) }
            }
            None => call.actor.signed_in().map(|_| ()),
        })
        .await?;
        Ok(DeleteRunPayload { client_mutation_id: input.client_mutation_id })
    }

    async fn update_run_state(&self, ctx: &Context<'_>, input: UpdateRunStateInput) -> Result<SuccessPayload> {
        let [entity, project, name] = ids::run_path(&input.id).map_err(graphql_error)?;
        let wanted = RunState::parse(&input.state.to_lowercase())
            .ok_or_else(|| graphql_error(Error::invalid(format!("'{}' is no state of a run", input.state))))?;
        ctx.write(move |tx, call| {
            let run = runs::find(tx, call, &entity, &project, &name)?;
            let run = run.ok_or_else(|| Error::not_found(format!("run {name}")))?;
            runs::update_state(tx, call, run.id, wanted)?;
            alerts::events::state_changed(tx, run.id, call.now)
        })
        .await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }

    /// Keeps an alert of a run, and tells whom the rules of its project name. False if one with the same title came too short a
    /// time ago.
    async fn notify_scriptable_run_alert(
        &self,
        ctx: &Context<'_>,
        input: NotifyScriptableRunAlertInput,
    ) -> Result<SuccessPayload> {
        let severity = match input.severity.unwrap_or(AlertSeverity::Info) {
            AlertSeverity::Info => Severity::Info,
            AlertSeverity::Warn => Severity::Warn,
            AlertSeverity::Error => Severity::Error,
        };
        let gap = input.wait_duration.map_or(ALERT_GAP, |gap| gap.0);
        let client_mutation_id = input.client_mutation_id.clone();
        let success = ctx
            .write(move |tx, call| {
                let run = runs::find(tx, call, &input.entity_name, &input.project_name, &input.run_name)?;
                let run = run.ok_or_else(|| Error::not_found(format!("run {}", input.run_name)))?;
                alerts::events::send(tx, call, &run, &input.title, &input.text, severity, gap)
            })
            .await?;
        Ok(SuccessPayload { success, client_mutation_id })
    }

    /// Keeps a chart that a person drew, under `entity/name`; the same name again replaces it.
    async fn create_custom_chart(&self, ctx: &Context<'_>, input: CreateCustomChartInput) -> Result<CreateCustomChartPayload> {
        let client_mutation_id = input.client_mutation_id.clone();
        let id = ctx
            .write(move |tx, call| {
                let chart = charts::NewChart {
                    entity: &input.entity,
                    name: &input.name,
                    display_name: &input.display_name,
                    kind: &input.kind,
                    access: &input.access,
                    spec: &input.spec.0,
                };
                charts::create(tx, call, &chart)
            })
            .await?;
        Ok(CreateCustomChartPayload { chart: CustomChart { id: ID(id) }, client_mutation_id })
    }
}
