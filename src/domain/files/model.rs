//! A file of a run.

use crate::clock::Timestamp;
use crate::id::FileId;

#[derive(Clone, Debug)]
pub struct File {
    pub id: FileId,
    pub name: String,
    pub size_bytes: i64,
    /// MD5 in base64, once the bytes have arrived.
    pub md5: Option<String>,
    pub mime_type: String,
    pub updated_at: Timestamp,
}
