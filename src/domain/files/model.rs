//! A file of a run.

use super::FileName;
use crate::clock::Timestamp;
use crate::id::FileId;

/// What is known of a file; its bytes may still be to come.
#[derive(Clone, Debug)]
pub struct File {
    pub id: FileId,
    /// Its path inside the run.
    pub name: String,
    pub size_bytes: i64,
    /// MD5 in base64, once the bytes have arrived.
    pub md5: Option<String>,
    pub mime_type: String,
    pub updated_at: Timestamp,
}

impl File {
    /// The handle to a file that nobody has announced yet, for clients that ask for a name to send bytes to it. Its id, 0, is
    /// no row's.
    pub(super) fn unknown(name: &FileName) -> Self {
        Self {
            id: FileId::new(0),
            name: name.as_str().to_owned(),
            size_bytes: 0,
            md5: None,
            mime_type: name.mime_type(),
            updated_at: Timestamp::from_micros(0),
        }
    }
}
