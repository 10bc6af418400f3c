//! Files of versions, as the client lists and sends them.

use async_graphql::{Context, ID, InputObject, Result};

use super::artifact::ArtifactManifest;
use super::context::{Resolver as _, graphql_error};
use super::file::{File, FileConnection, FileEdge, UploadMultipartUrls, UploadUrlPart};
use super::ids;
use super::paging::{self, PageInfo};
use super::scalars::Int64;
use crate::domain::artifacts::{self, Artifact, Entry, FilePlan, Linker, Manifest};
use crate::error::Error;

/// A file or reference as a manifest names it.
#[derive(InputObject)]
pub struct ArtifactManifestEntryInput {
    name: String,
    digest: String,
    #[graphql(name = "birthArtifactID")]
    birth_artifact_id: Option<String>,
    size: Option<Int64>,
    #[graphql(name = "ref")]
    reference: Option<String>,
}

/// Refuses layouts and regions that are not there.
pub(super) fn check_layout(layout: &str, version: &str, region: Option<&str>) -> crate::error::Result<()> {
    if !["V1", "V2"].contains(&layout) {
        return Err(Error::invalid(format!("'{layout}' is no layout of storage: V1 or V2")));
    }
    if !version.is_empty() && version != "1" {
        return Err(Error::invalid(format!("this server reads manifests of version 1, not {version}")));
    }
    check_region(region)
}

/// This server keeps everything in one place, which has no name.
pub(super) fn check_region(region: Option<&str>) -> crate::error::Result<()> {
    match region.filter(|region| !region.is_empty() && *region != "default") {
        Some(region) => Err(Error::invalid(format!("there is no storage region '{region}' on this server"))),
        None => Ok(()),
    }
}

pub(super) fn linker<'a>(ctx: &'a Context<'_>) -> Linker<'a> {
    let app = ctx.app();
    Linker { signer: &app.signer, public_url: &app.public_url, now: ctx.call().now }
}

fn shown(ctx: &Context<'_>, artifact: &Artifact, entry: &Entry, may_download: bool) -> File {
    File {
        id: ID(ids::encode_text("ArtifactFile", &format!("{}:{}", artifact.id, entry.path))),
        download_url: may_download.then(|| linker(ctx).file(artifact.id, entry)),
        upload_url: None,
        upload_headers: Vec::new(),
        upload_parts: None,
        storage_path: Some(format!("wandb_artifacts/{}/{}", artifact.id, entry.path)),
        artifact: Some(artifact.clone()),
        mime_type: mime_guess::from_path(&entry.path).first_or_octet_stream().to_string(),
        name: entry.path.clone(),
        size_bytes: entry.size_bytes,
        updated_at: Some(artifact.updated_at),
        md5: Some(entry.digest.clone()),
    }
}

pub(super) async fn files_of(
    ctx: &Context<'_>,
    artifact: &Artifact,
    names: Vec<String>,
    after: Option<String>,
    first: Option<i32>,
) -> Result<FileConnection> {
    let asked = artifact.clone();
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let ((page, total), may) = ctx
        .read(move |db, call| {
            let found = artifacts::file_page(db, asked.id, &names, after.as_deref(), size)?;
            Ok((found, artifacts::may_download(db, call, &asked)?))
        })
        .await?;
    let page_info = PageInfo::from(&page);
    let edges = page
        .items
        .into_iter()
        .map(|(cursor, entry)| FileEdge { node: Some(shown(ctx, artifact, &entry, may)), cursor: cursor.as_str().to_owned() });
    Ok(FileConnection { edges: edges.collect(), page_info, total_count: paging::count(total), upload_headers: Vec::new() })
}

pub(super) async fn files_of_entries(
    ctx: &Context<'_>,
    artifact: &Artifact,
    entries: Vec<ArtifactManifestEntryInput>,
) -> Result<FileConnection> {
    let asked = artifact.clone();
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let (found, may) = ctx
        .read(move |db, call| Ok((artifacts::files_named(db, asked.id, &names)?, artifacts::may_download(db, call, &asked)?)))
        .await?;
    let mut edges = Vec::with_capacity(entries.len());
    for asked in &entries {
        let entry = found.binary_search_by(|entry| entry.path.as_str().cmp(&asked.name)).ok().map(|at| &found[at]);
        let entry = entry.filter(|entry| entry.digest == asked.digest).ok_or_else(|| {
            graphql_error(Error::not_found(format!("the file '{}' with this digest in {}", asked.name, artifact.label())))
        })?;
        edges.push(FileEdge { node: Some(shown(ctx, artifact, entry, may)), cursor: entry.path.clone() });
    }
    let total_count = paging::count(i64::try_from(edges.len()).unwrap_or(i64::MAX));
    Ok(FileConnection { edges, page_info: PageInfo::default(), total_count, upload_headers: Vec::new() })
}

pub(super) async fn current_manifest(ctx: &Context<'_>, artifact: &Artifact) -> Result<Option<ArtifactManifest>> {
    let id = artifact.id;
    let asked = artifact.clone();
    let (found, may) = ctx
        .read(move |db, call| Ok((artifacts::manifest_content(db, id)?, artifacts::may_download(db, call, &asked)?)))
        .await?;
    Ok(found.map(|(name, content)| ArtifactManifest {
        id: ids::encode("ArtifactCurrentManifest", id.get()),
        file: File {
            id: ids::encode("ArtifactCurrentManifestFile", id.get()),
            download_url: may.then(|| linker(ctx).manifest(id)),
            upload_url: None,
            upload_headers: Vec::new(),
            upload_parts: None,
            storage_path: Some(format!("wandb_artifacts/{id}/{name}")),
            artifact: Some(artifact.clone()),
            name,
            size_bytes: content.size_bytes,
            mime_type: "application/json".to_owned(),
            updated_at: Some(artifact.updated_at),
            md5: Some(content.md5),
        },
    }))
}

/// An announced manifest with where to send it.
pub(super) fn announced_manifest(ctx: &Context<'_>, manifest: &Manifest) -> ArtifactManifest {
    let id = ids::encode("ArtifactManifest", manifest.id.get());
    let mut upload_headers = vec!["Content-Type:application/json".to_owned()];
    if !manifest.digest.is_empty() {
        upload_headers.push(format!("Content-MD5:{}", manifest.digest));
    }
    let file = File {
        id: ids::encode("ArtifactManifestFile", manifest.id.get()),
        name: manifest.name.clone(),
        size_bytes: 0,
        mime_type: "application/json".to_owned(),
        updated_at: None,
        md5: Some(manifest.digest.clone()).filter(|digest| !digest.is_empty()),
        download_url: Some(linker(ctx).manifest(manifest.artifact_id)),
        upload_url: Some(linker(ctx).manifest_upload(manifest.artifact_id, manifest.id, &manifest.name)),
        upload_headers,
        upload_parts: None,
        storage_path: None,
        artifact: None,
    };
    ArtifactManifest { id, file }
}

/// An announced file with where to send it, if it is to be sent; who announces files may.
pub(super) fn announced_file(ctx: &Context<'_>, plan: FilePlan) -> File {
    let (linker, id) = (linker(ctx), plan.artifact.id);
    let sending = !plan.is_known;
    let md5 = &plan.md5_hex;
    let path = format!("{md5}/{}", plan.name);
    let upload_parts = (sending && !plan.parts.is_empty()).then(|| UploadMultipartUrls {
        upload_id: ID(path.clone()),
        upload_url_parts: plan
            .parts
            .iter()
            .map(|part| UploadUrlPart {
                part_number: Int64(part.number),
                upload_url: linker.part(id, md5, part.number, &plan.name),
            })
            .collect(),
    });
    File {
        id: ID(ids::encode_text("ArtifactUpload", &format!("{id}:{path}"))),
        download_url: Some(linker.upload(id, md5, &plan.name)),
        upload_url: sending.then(|| linker.upload(id, md5, &plan.name)),
        upload_headers: if sending {
            vec![format!("Content-MD5:{}", plan.md5), format!("Content-Type:{}", plan.mime_type)]
        } else {
            Vec::new()
        },
        upload_parts,
        storage_path: Some(format!("wandb_artifacts/{id}/{path}")),
        name: plan.name,
        size_bytes: 0,
        mime_type: plan.mime_type,
        updated_at: None,
        md5: Some(plan.md5),
        artifact: Some(plan.artifact),
    }
}
