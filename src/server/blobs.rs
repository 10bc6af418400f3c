//! From the configuration to where blobs lie.

use crate::blob::{Blobs, Bucket};
use crate::config::Config;
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
    let (name, prefix) = Bucket::parse(&wanted.url)?;
    let bucket = Bucket {
        endpoint: wanted.endpoint.clone(),
        region: wanted.region.clone(),
        name,
        prefix,
        access_key_id: wanted.access_key_id.clone(),
        secret_access_key: wanted.secret_access_key.clone(),
    };
    Blobs::open_bucket(&bucket, &folder)
}
