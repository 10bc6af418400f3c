//! Logging versions: drafts, files, manifests, commits; and what is changed of them afterwards.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::account::SuccessPayload;
use super::artifact::{Artifact, ArtifactDigestAlgorithm, ArtifactManifest};
use super::artifact_collection::ArtifactType;
use super::artifact_file::{announced_file, announced_manifest, check_region};
use super::context::{Resolver as _, graphql_error};
use super::file::{FileConnection, FileEdge};
use super::ids;
use super::paging::{self, PageInfo};
use super::scalars::{Int64, JsonString};
use crate::disk::Work;
use crate::domain::artifacts::{self, AliasPath, FileSpec, ManifestKind, NewArtifact, PartPlan};
use crate::error::{Error, Result as OurResult};
use crate::id::{ArtifactId, ManifestId};

#[derive(Default)]
pub struct ArtifactMutations;

#[derive(InputObject)]
pub(super) struct ArtifactAliasInput {
    pub alias: String,
    pub artifact_collection_name: String,
}

#[derive(InputObject)]
pub(super) struct TagInput {
    pub tag_name: String,
    /// There is one category of tags.
    pub tag_category_name: Option<String>,
    pub attributes: Option<JsonString>,
}

#[derive(InputObject)]
struct CreateArtifactInput {
    aliases: Option<Vec<ArtifactAliasInput>>,
    artifact_collection_name: Option<String>,
    artifact_collection_names: Option<Vec<String>>,
    artifact_type_name: String,
    #[graphql(name = "clientID")]
    client_id: Option<ID>,
    client_mutation_id: Option<String>,
    description: Option<String>,
    digest: String,
    digest_algorithm: ArtifactDigestAlgorithm,
    #[graphql(name = "distributedID")]
    distributed_id: Option<String>,
    enable_digest_deduplication: Option<bool>,
    entity_name: String,
    history_step: Option<Int64>,
    /// An older kind of tags, which no release of the client sends.
    labels: Option<JsonString>,
    metadata: Option<JsonString>,
    project_name: String,
    run_name: Option<String>,
    #[graphql(name = "sequenceClientID")]
    sequence_client_id: Option<ID>,
    storage_region: Option<String>,
    tags: Option<Vec<TagInput>>,
    ttl_duration_seconds: Option<Int64>,
}

impl CreateArtifactInput {
    fn read(self) -> OurResult<NewArtifact> {
        check_algorithm(Some(self.digest_algorithm))?;
        check_region(self.storage_region.as_deref())?;
        if self.labels.is_some_and(|labels| !matches!(labels.0.as_str(), "" | "{}" | "[]" | "null")) {
            return Err(Error::invalid("this server does not keep 'labels' of an artifact; use tags"));
        }
        let sequence = self.artifact_collection_name.or_else(|| self.artifact_collection_names?.into_iter().next());
        let sequence = sequence.ok_or_else(|| Error::invalid("name the artifact"))?;
        let aliases = self.aliases.unwrap_or_default();
        if let Some(other) = aliases.iter().find(|alias| alias.artifact_collection_name != sequence) {
            return Err(Error::invalid(format!(
                "the alias '{}' is for '{}', but the artifact is '{sequence}'",
                other.alias, other.artifact_collection_name
            )));
        }
        Ok(NewArtifact {
            entity: self.entity_name,
            project: self.project_name,
            run: self.run_name.filter(|name| !name.is_empty()),
            type_name: self.artifact_type_name,
            sequence,
            digest: self.digest,
            description: self.description,
            metadata: self.metadata.map(|metadata| metadata.0),
            aliases: aliases.into_iter().map(|alias| alias.alias).collect(),
            tags: self.tags.unwrap_or_default().into_iter().map(|tag| tag.tag_name).collect(),
            history_step: self.history_step.map(|step| step.0),
            ttl_seconds: self.ttl_duration_seconds.map(|seconds| seconds.0),
            client_id: self.client_id.map(|id| id.0).filter(|id| !id.is_empty()),
            sequence_client_id: self.sequence_client_id.map(|id| id.0).filter(|id| !id.is_empty()),
            distributed_id: self.distributed_id.filter(|id| !id.is_empty()),
            deduplicate: self.enable_digest_deduplication == Some(true),
        })
    }
}

fn check_algorithm(algorithm: Option<ArtifactDigestAlgorithm>) -> OurResult<()> {
    match algorithm {
        None | Some(ArtifactDigestAlgorithm::ManifestMd5) => Ok(()),
        Some(ArtifactDigestAlgorithm::ManifestXxh128) => Err(Error::invalid("this server checks files by MD5 alone")),
    }
}

/// The version that an id names.
pub(super) fn artifact_id(id: &ID) -> OurResult<ArtifactId> {
    ids::decode("Artifact", id).map(ArtifactId::new)
}

/// The client selects of it by this name.
#[derive(SimpleObject)]
struct CreateArtifactPayload {
    artifact: Artifact,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
pub(super) struct ArtifactPayload {
    pub artifact: Artifact,
    pub client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct CreateArtifactTypeInput {
    name: String,
    description: Option<String>,
    entity_name: String,
    project_name: String,
}

#[derive(SimpleObject)]
struct CreateArtifactTypePayload {
    artifact_type: ArtifactType,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ArtifactManifestType {
    Full,
    Incremental,
    Patch,
}

#[derive(InputObject)]
struct CreateArtifactManifestInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    #[graphql(name = "baseArtifactID")]
    base_artifact_id: Option<ID>,
    name: String,
    digest: String,
    entity_name: String,
    project_name: String,
    run_name: String,
    #[graphql(name = "type")]
    kind: Option<ArtifactManifestType>,
}

#[derive(InputObject)]
struct UpdateArtifactManifestInput {
    #[graphql(name = "artifactManifestID")]
    artifact_manifest_id: ID,
    digest: Option<String>,
    #[graphql(name = "baseArtifactID")]
    base_artifact_id: Option<ID>,
}

#[derive(SimpleObject)]
struct ArtifactManifestPayload {
    artifact_manifest: ArtifactManifest,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ArtifactStorageLayout {
    V1,
    V2,
}

#[derive(InputObject)]
struct UploadPartsInput {
    part_number: Int64,
    #[graphql(name = "hexMD5")]
    hex_md5: String,
}

impl UploadPartsInput {
    fn plan(self) -> PartPlan {
        PartPlan { number: self.part_number.0, md5_hex: self.hex_md5 }
    }
}

#[derive(InputObject)]
struct CreateArtifactFileSpecInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    #[graphql(name = "artifactManifestID")]
    artifact_manifest_id: Option<ID>,
    digest: Option<String>,
    md5: String,
    mimetype: Option<String>,
    name: String,
    upload_parts_input: Option<Vec<UploadPartsInput>>,
}

#[derive(InputObject)]
struct CreateArtifactFilesInput {
    artifact_files: Vec<CreateArtifactFileSpecInput>,
    client_mutation_id: Option<String>,
    #[graphql(name = "cloudRegionID")]
    cloud_region_id: Option<String>,
    digest_algorithm: Option<ArtifactDigestAlgorithm>,
    /// Both layouts lie in one place here; they differ in the addresses that the client reads from.
    storage_layout: Option<ArtifactStorageLayout>,
}

#[derive(SimpleObject)]
struct CreateArtifactFilesPayload {
    files: FileConnection,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CompleteMultipartAction {
    #[graphql(name = "Complete")]
    Complete,
}

#[derive(InputObject)]
struct CompleteMultipartUploadArtifactInput {
    complete_multipart_action: CompleteMultipartAction,
    completed_parts: Vec<UploadPartsInput>,
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    storage_path: String,
    #[graphql(name = "uploadID")]
    upload_id: ID,
}

#[derive(SimpleObject)]
struct CompleteMultipartUploadArtifactPayload {
    /// MD5 in base64.
    digest: Option<String>,
}

#[derive(InputObject)]
struct CommitArtifactInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
}

#[derive(InputObject)]
struct UseArtifactInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    entity_name: String,
    project_name: String,
    run_name: String,
    used_as: Option<String>,
    /// By which name the client found it; the id says which version it is.
    artifact_entity_name: Option<String>,
    artifact_project_name: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct ArtifactCollectionAliasInput {
    alias: String,
    artifact_collection_name: String,
    entity_name: String,
    project_name: String,
}

#[derive(InputObject)]
struct AddAliasesInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    aliases: Vec<ArtifactCollectionAliasInput>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteAliasesInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    aliases: Vec<ArtifactCollectionAliasInput>,
    client_mutation_id: Option<String>,
}

fn alias_paths(aliases: Vec<ArtifactCollectionAliasInput>) -> Vec<AliasPath> {
    aliases
        .into_iter()
        .map(|alias| AliasPath {
            entity: alias.entity_name,
            project: alias.project_name,
            collection: alias.artifact_collection_name,
            alias: alias.alias,
        })
        .collect()
}

#[Object]
impl ArtifactMutations {
    /// Begins a version; state COMMITTED says that the collection has one with the same files already.
    async fn create_artifact(&self, ctx: &Context<'_>, input: CreateArtifactInput) -> Result<CreateArtifactPayload> {
        let client_mutation_id = input.client_mutation_id.clone();
        let new = input.read().map_err(graphql_error)?;
        ctx.app().disk.admit(Work::Artifact).map_err(graphql_error)?;
        let artifact = ctx.write(move |tx, call| artifacts::create(tx, call, &new)).await?;
        Ok(CreateArtifactPayload { artifact: Artifact(artifact), client_mutation_id })
    }

    async fn create_artifact_type(
        &self,
        ctx: &Context<'_>,
        input: CreateArtifactTypeInput,
    ) -> Result<CreateArtifactTypePayload> {
        let found = ctx
            .write(move |tx, call| {
                let CreateArtifactTypeInput { name, description, entity_name, project_name } = &input;
                let description = description.as_deref().unwrap_or_default();
                artifacts::create_type(tx, call, (entity_name, project_name), name, description)
            })
            .await?;
        Ok(CreateArtifactTypePayload { artifact_type: ArtifactType(found) })
    }

    /// Announces a list of files; the answer says where to send it.
    async fn create_artifact_manifest(
        &self,
        ctx: &Context<'_>,
        input: CreateArtifactManifestInput,
    ) -> Result<ArtifactManifestPayload> {
        let artifact = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let base = optional_artifact(input.base_artifact_id.as_ref()).map_err(graphql_error)?;
        let kind = match input.kind {
            None | Some(ArtifactManifestType::Full) => ManifestKind::Full,
            Some(ArtifactManifestType::Incremental) => ManifestKind::Incremental,
            Some(ArtifactManifestType::Patch) => ManifestKind::Patch,
        };
        let (name, digest) = (input.name, input.digest);
        let manifest =
            ctx.write(move |tx, call| artifacts::announce_manifest(tx, call, artifact, (&name, kind), &digest, base)).await?;
        Ok(ArtifactManifestPayload { artifact_manifest: announced_manifest(ctx, &manifest) })
    }

    /// Says which bytes are to come for an announced list of files.
    async fn update_artifact_manifest(
        &self,
        ctx: &Context<'_>,
        input: UpdateArtifactManifestInput,
    ) -> Result<ArtifactManifestPayload> {
        let id = ids::decode("ArtifactManifest", &input.artifact_manifest_id).map(ManifestId::new).map_err(graphql_error)?;
        let base = optional_artifact(input.base_artifact_id.as_ref()).map_err(graphql_error)?;
        let digest = input.digest;
        let manifest = ctx.write(move |tx, call| artifacts::reannounce_manifest(tx, call, id, digest.as_deref(), base)).await?;
        Ok(ArtifactManifestPayload { artifact_manifest: announced_manifest(ctx, &manifest) })
    }

    /// Announces files; the answer, in the same order, says where to send each. Those without an address are known.
    async fn create_artifact_files(
        &self,
        ctx: &Context<'_>,
        input: CreateArtifactFilesInput,
    ) -> Result<CreateArtifactFilesPayload> {
        check_algorithm(input.digest_algorithm).map_err(graphql_error)?;
        check_region(input.cloud_region_id.as_deref()).map_err(graphql_error)?;
        let mut specs = Vec::with_capacity(input.artifact_files.len());
        for file in input.artifact_files {
            specs.push(FileSpec {
                artifact: artifact_id(&file.artifact_id).map_err(graphql_error)?,
                name: file.name,
                md5: file.md5,
                parts: file.upload_parts_input.unwrap_or_default().into_iter().map(UploadPartsInput::plan).collect(),
            });
        }
        let plans = ctx.write(move |tx, call| artifacts::announce_files(tx, call, &specs)).await?;
        let total_count = paging::count(i64::try_from(plans.len()).unwrap_or(i64::MAX));
        let edges = plans.into_iter().map(|plan| FileEdge { cursor: plan.name.clone(), node: Some(announced_file(ctx, plan)) });
        let edges = edges.collect();
        let files = FileConnection { edges, page_info: PageInfo::default(), total_count, upload_headers: Vec::new() };
        Ok(CreateArtifactFilesPayload { files })
    }

    /// Puts the parts of a large file together.
    async fn complete_multipart_upload_artifact(
        &self,
        ctx: &Context<'_>,
        input: CompleteMultipartUploadArtifactInput,
    ) -> Result<CompleteMultipartUploadArtifactPayload> {
        let CompleteMultipartAction::Complete = input.complete_multipart_action;
        let artifact = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        if !input.storage_path.ends_with(input.upload_id.as_str()) {
            return Err(graphql_error(Error::invalid("storagePath and uploadID belong to different files")));
        }
        let parts = input.completed_parts.into_iter().map(UploadPartsInput::plan).collect();
        let (app, call) = (ctx.app(), ctx.call());
        let digest = artifacts::assemble(&app.db, &app.blobs, call, artifact, &input.upload_id, parts).await;
        Ok(CompleteMultipartUploadArtifactPayload { digest: Some(digest.map_err(graphql_error)?) })
    }

    /// Makes a draft a version, once all that its list of files names is there.
    async fn commit_artifact(&self, ctx: &Context<'_>, input: CommitArtifactInput) -> Result<ArtifactPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let app = ctx.app();
        let artifact = artifacts::commit(&app.db, &app.blobs, ctx.call(), id).await.map_err(graphql_error)?;
        Ok(ArtifactPayload { artifact: Artifact(artifact), client_mutation_id: None })
    }

    /// Records that a run uses a version.
    async fn use_artifact(&self, ctx: &Context<'_>, input: UseArtifactInput) -> Result<ArtifactPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let UseArtifactInput { entity_name, project_name, run_name, used_as, client_mutation_id, .. } = input;
        let artifact = ctx
            .write(move |tx, call| {
                artifacts::use_artifact(tx, call, id, (&entity_name, &project_name, &run_name), used_as.as_deref())
            })
            .await?;
        Ok(ArtifactPayload { artifact: Artifact(artifact), client_mutation_id })
    }

    /// Gives aliases to a version in a collection, taking them from whichever had them.
    async fn add_aliases(&self, ctx: &Context<'_>, input: AddAliasesInput) -> Result<SuccessPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let paths = alias_paths(input.aliases);
        ctx.write(move |tx, call| artifacts::add_aliases(tx, call, id, &paths)).await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }

    async fn delete_aliases(&self, ctx: &Context<'_>, input: DeleteAliasesInput) -> Result<SuccessPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let paths = alias_paths(input.aliases);
        ctx.write(move |tx, call| artifacts::remove_aliases(tx, call, id, &paths)).await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }
}

fn optional_artifact(id: Option<&ID>) -> OurResult<Option<ArtifactId>> {
    id.filter(|id| !id.is_empty()).map(artifact_id).transpose()
}
