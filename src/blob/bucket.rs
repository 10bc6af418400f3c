//! Blobs in a bucket of a server that speaks S3: the operator's own, or a provider's.

use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, MultipartUpload, PutPayload, PutResult, RetryConfig, UploadPart};

use crate::error::{Error, Result};
use crate::outbound;
use crate::secret::Secret;

/// Parts that are not the last have at least 5 MiB there.
const PART_BYTES: usize = 8 << 20;

/// A bucket, with who may use it.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Empty for Amazon's own.
    pub endpoint: String,
    pub region: String,
    pub name: String,
    /// Goes before every key; without slashes at its ends.
    pub prefix: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
}

impl Bucket {
    /// The bucket and the prefix of `s3://bucket/prefix`.
    ///
    /// # Errors
    /// In words for the operator.
    pub fn parse(url: &str) -> Result<(String, String)> {
        let rest = url.strip_prefix("s3://").unwrap_or_default();
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(Error::invalid(format!("{url:?} names no bucket: write it as in s3://bucket/prefix")));
        }
        Ok((name.to_owned(), prefix.trim_matches('/').to_owned()))
    }

    /// What speaks to the server that has it; nothing is asked yet.
    pub(super) fn client(&self, retry: RetryConfig) -> Result<AmazonS3> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(self.secret_access_key.reveal())
            .with_retry(retry)
            .with_http_connector(Connector);
        if !self.endpoint.is_empty() {
            builder = builder.with_endpoint(&self.endpoint).with_allow_http(self.endpoint.starts_with("http://"));
        }
        builder.build().map_err(|error| Error::invalid(format!("the bucket {} cannot be used: {error}", self.name)))
    }
}

/// Hands out clients with the one TLS configuration of this server.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = outbound::transfer_client()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(client))
    }
}

/// An upload whose parts may have any size: gathers them until one is large enough for a bucket.
#[derive(Debug)]
pub(super) struct Gathering {
    upload: Box<dyn MultipartUpload>,
    waiting: Vec<u8>,
    has_sent: bool,
}

impl Gathering {
    pub fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload, waiting: Vec::new(), has_sent: false }
    }

    fn send(&mut self) -> UploadPart {
        self.has_sent = true;
        self.upload.put_part(PutPayload::from(std::mem::take(&mut self.waiting)))
    }
}

#[async_trait::async_trait]
impl MultipartUpload for Gathering {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        for bytes in &data {
            self.waiting.extend_from_slice(bytes);
        }
        if self.waiting.len() >= PART_BYTES { self.send() } else { Box::pin(std::future::ready(Ok(()))) }
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        // An upload without a part is none, though the part may be empty.
        if !self.waiting.is_empty() || !self.has_sent {
            self.send().await?;
        }
        self.upload.complete().await
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.upload.abort().await
    }
}

/// As the module of blobs holds it.
pub(super) fn shared(bucket: &Bucket) -> Result<Arc<PrefixStore<AmazonS3>>> {
    let store = bucket.client(RetryConfig::default())?;
    Ok(Arc::new(PrefixStore::new(store, Path::from(bucket.prefix.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_bucket_is_read() {
        let read = |url: &str| Bucket::parse(url).ok();
        let pair = |one: &str, other: &str| Some((one.to_owned(), other.to_owned()));
        assert_eq!(read("s3://runs"), pair("runs", ""));
        assert_eq!(read("s3://runs/a/b/"), pair("runs", "a/b"));
        assert_eq!((read("s3:///x"), read("/mnt/x")), (None, None));
    }
}
