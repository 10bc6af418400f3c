//! Files of runs and of artifacts.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::account::SuccessPayload;
use super::artifact::Artifact;
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::paging::{self, PageInfo};
use super::scalars::{DateTime, Int64};
use crate::domain::{artifacts, files, runs};
use crate::error::Error;
use crate::id::FileId;
use crate::policy::Action;

/// A file of a run or of an artifact, with links that carry their own permission for a while.
pub struct File {
    pub(super) id: ID,
    pub(super) name: String,
    pub(super) size_bytes: i64,
    pub(super) mime_type: String,
    pub(super) updated_at: Option<crate::clock::Timestamp>,
    /// MD5 in base64, once the bytes are there.
    pub(super) md5: Option<String>,
    /// `None` for those who see a version but may not have its bytes.
    pub(super) download_url: Option<String>,
    /// Null when the bytes need not be sent, or the caller may not send them.
    pub(super) upload_url: Option<String>,
    /// `Name:value` of each header that belongs to the upload.
    pub(super) upload_headers: Vec<String>,
    pub(super) upload_parts: Option<UploadMultipartUrls>,
    pub(super) storage_path: Option<String>,
    pub(super) artifact: Option<artifacts::Artifact>,
}

/// Where to send the parts of a large file.
#[derive(SimpleObject, Clone)]
pub struct UploadMultipartUrls {
    #[graphql(name = "uploadID")]
    pub upload_id: ID,
    pub upload_url_parts: Vec<UploadUrlPart>,
}

#[derive(SimpleObject, Clone)]
pub struct UploadUrlPart {
    pub part_number: Int64,
    pub upload_url: String,
}

#[derive(SimpleObject)]
pub struct FileConnection {
    pub(super) edges: Vec<FileEdge>,
    pub(super) page_info: PageInfo,
    pub(super) total_count: i32,
    pub(super) upload_headers: Vec<String>,
}

#[derive(SimpleObject)]
pub struct FileEdge {
    pub(super) node: Option<File>,
    pub(super) cursor: String,
}

#[Object]
impl File {
    async fn id(&self) -> &ID {
        &self.id
    }
    async fn name(&self) -> &str {
        &self.name
    }
    async fn display_name(&self) -> &str {
        &self.name
    }
    /// Where to get the bytes, or with `upload` where to send them.
    async fn url(&self, upload: Option<bool>) -> Option<&str> {
        if upload == Some(true) { self.upload_url.as_deref() } else { self.download_url.as_deref() }
    }
    async fn direct_url(&self) -> Result<&str> {
        self.download_url.as_deref().ok_or_else(|| {
            let refusal = self.artifact.as_ref().map_or_else(|| Error::not_found("file"), artifacts::only_seen);
            graphql_error(refusal)
        })
    }
    async fn upload_url(&self) -> Option<&str> {
        self.upload_url.as_deref()
    }
    async fn upload_headers(&self) -> &[String] {
        &self.upload_headers
    }
    async fn upload_multipart_urls(&self) -> Option<&UploadMultipartUrls> {
        self.upload_parts.as_ref()
    }
    async fn size_bytes(&self) -> Int64 {
        Int64(self.size_bytes)
    }
    async fn mimetype(&self) -> &str {
        &self.mime_type
    }
    async fn updated_at(&self) -> Option<DateTime> {
        self.updated_at.map(DateTime)
    }
    /// MD5 in base64.
    async fn md5(&self) -> Option<&str> {
        self.md5.as_deref()
    }
    async fn digest(&self) -> Option<&str> {
        self.md5.as_deref()
    }
    /// A name for the bytes; where they lie is the server's own affair.
    async fn storage_path(&self) -> Option<&str> {
        self.storage_path.as_deref()
    }
    /// The version that the bytes were announced for.
    async fn artifact(&self) -> Option<Artifact> {
        self.artifact.clone().map(Artifact)
    }
}

fn shown(ctx: &Context<'_>, run: &runs::Run, file: files::File) -> File {
    let app = ctx.app();
    let now = ctx.call().now;
    File {
        id: ids::encode("File", file.id.get()),
        download_url: Some(files::download_url(&app.signer, &app.public_url, run.id, &file.name, now)),
        upload_url: Some(files::upload_url(&app.signer, &app.public_url, run.id, &file.name, now)),
        upload_headers: Vec::new(),
        upload_parts: None,
        storage_path: None,
        artifact: None,
        name: file.name,
        size_bytes: file.size_bytes,
        mime_type: file.mime_type,
        // Without one the client knows that there are no bytes behind the name.
        updated_at: file.md5.as_ref().map(|_| file.updated_at),
        md5: file.md5,
    }
}

pub(super) async fn files_of(
    ctx: &Context<'_>,
    run: &runs::Run,
    names: Vec<String>,
    after: Option<String>,
    first: Option<i32>,
    pattern: Option<String>,
) -> Result<FileConnection> {
    let id = run.id;
    let size = paging::size(first, 50).map_err(graphql_error)?;
    // A link to send bytes to is given only to those who may.
    let writable = crate::policy::allows(&ctx.call().actor, Action::Write, &run.target());
    let (page, total) = ctx
        .read(move |db, _| {
            let page = files::list(db, id, &names, pattern.as_deref(), after.as_deref(), size)?;
            Ok((page, files::count(db, id)?))
        })
        .await?;
    let page_info = PageInfo::from(&page);
    let edges = page.items.into_iter().map(|(cursor, file)| {
        let mut file = shown(ctx, run, file);
        if !writable {
            file.upload_url = None;
        }
        FileEdge { node: Some(file), cursor: cursor.as_str().to_owned() }
    });
    Ok(FileConnection { edges: edges.collect(), page_info, total_count: paging::count(total), upload_headers: Vec::new() })
}

#[derive(Default)]
pub struct FileMutations;

#[derive(InputObject)]
struct RunFilesInput {
    entity_name: String,
    project_name: String,
    run_name: String,
    files: Vec<String>,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct CreateRunFilesPayload {
    #[graphql(name = "runID")]
    run_id: ID,
    upload_headers: Vec<String>,
    files: Vec<File>,
}

#[derive(InputObject)]
struct DeleteFilesInput {
    files: Vec<ID>,
    /// The project the files are in, if the caller says it; files of another are refused.
    project_id: Option<i32>,
    client_mutation_id: Option<String>,
}

#[Object]
impl FileMutations {
    /// Gives, for each name, a link to send the bytes to.
    async fn create_run_files(&self, ctx: &Context<'_>, input: RunFilesInput) -> Result<CreateRunFilesPayload> {
        let (run, prepared) = ctx
            .write(move |tx, call| {
                let RunFilesInput { entity_name, project_name, run_name, files: names, .. } = &input;
                let run = runs::require_process(tx, call, entity_name, project_name, run_name)?;
                let prepared = files::prepare_uploads(tx, call, &run, names)?;
                Ok((run, prepared))
            })
            .await?;
        Ok(CreateRunFilesPayload {
            run_id: ids::of_run(&run),
            upload_headers: Vec::new(),
            files: prepared.into_iter().map(|file| shown(ctx, &run, file)).collect(),
        })
    }

    /// A file is there once its bytes have arrived; this says so for clients that tell.
    async fn mark_run_files_uploaded(&self, ctx: &Context<'_>, input: RunFilesInput) -> Result<SuccessPayload> {
        let client_mutation_id = input.client_mutation_id.clone();
        ctx.write(move |tx, call| {
            let RunFilesInput { entity_name, project_name, run_name, files: names, .. } = &input;
            let run = runs::require_process(tx, call, entity_name, project_name, run_name)?;
            files::mark_uploaded(tx, run.id, names, call.now)
        })
        .await?;
        Ok(SuccessPayload { success: true, client_mutation_id })
    }

    async fn delete_files(&self, ctx: &Context<'_>, input: DeleteFilesInput) -> Result<SuccessPayload> {
        let ids: Vec<FileId> = input
            .files
            .iter()
            .map(|id| ids::decode("File", id).map(FileId::new))
            .collect::<crate::error::Result<_>>()
            .map_err(graphql_error)?;
        let project = input.project_id;
        ctx.write(move |tx, call| {
            for id in &ids {
                let run = files::run_of(tx, *id)?.ok_or_else(|| Error::not_found("file"))?;
                let run = runs::get(tx, call, run)?.ok_or_else(|| Error::not_found("file"))?;
                if project.is_some_and(|project| i64::from(project) != run.project_id.get()) {
                    return Err(Error::invalid(format!("the file {id} does not lie in that project")));
                }
                crate::policy::require(&call.actor, Action::Delete, &run.target())?;
                files::delete(tx, call, &run, *id)?;
            }
            Ok(())
        })
        .await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }
}
