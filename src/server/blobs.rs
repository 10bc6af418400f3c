//! From the configuration to where blobs lie.

use crate::blob::{Blobs, Bucket};
use crate::config::{Config, S3};
use crate::error::Result;

/// The folder of the data directory, or the bucket. Does not connect: a bucket may be away while the server starts.
///
/// # Errors
/// In words for the operator.
pub fn open(config: &Config) -> Result<Blobs> {
    let folder = config.data.dir.join("blobs");
    let Some(wanted) = &config.bucket else {
        return Blobs::open_folder(&folder);
    };
    Blobs::open_bucket(&bucket(&wanted.url, &wanted.s3)?, &folder)
}

/// The bucket of an address at a server.
///
/// # Errors
/// In words for the operator: the address names none.
pub(super) fn bucket(url: &str, s3: &S3) -> Result<Bucket> {
    let (name, prefix) = Bucket::parse(url)?;
    Ok(Bucket {
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        name,
        prefix,
        access_key_id: s3.access_key_id.clone(),
        secret_access_key: s3.secret_access_key.clone(),
    })
}
