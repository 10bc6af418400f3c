//! Links that carry their own permission: an HMAC over purpose, owner, name and expiry, with a key that is kept in the store,
//! so that every process of a server knows the links of the others.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

use super::store;
use crate::clock::Timestamp;
use crate::db::{Db, Reader};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::secret::{Secret, random_bytes};

/// How long a link to read is good.
const READ: Duration = Duration::from_secs(3600);
/// How long a link to send bytes to is good.
const WRITE: Duration = Duration::from_secs(24 * 3600);
/// What stands as itself in the path of a link.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a link is good for. The subject of a link is the number of the run, the artifact or the file of metrics whose
/// bytes it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Read,
    Write,
    /// A file of a version.
    ReadArtifactFile,
    /// The manifest of a version.
    ReadManifest,
    /// All files of a version as one.
    ReadArchive,
    /// A file that was announced for a version.
    WriteArtifactFile,
    /// A part of a large one.
    WriteArtifactPart,
    /// A manifest that was announced.
    WriteManifest,
    /// A file that metrics of a run lie in.
    ReadHistory,
    /// Whether bytes pass whatever stands before the server.
    Probe,
}

impl Purpose {
    /// What is signed.
    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadArtifactFile => "read-artifact-file",
            Self::ReadManifest => "read-manifest",
            Self::ReadArchive => "read-archive",
            Self::WriteArtifactFile => "write-artifact-file",
            Self::WriteArtifactPart => "write-artifact-part",
            Self::WriteManifest => "write-manifest",
            Self::ReadHistory => "read-history",
            Self::Probe => "probe",
        }
    }
    /// Where the link leads.
    fn door(self) -> &'static str {
        match self {
            Self::Read => "download",
            Self::Write => "upload",
            Self::ReadArtifactFile => "artifact/download",
            Self::ReadManifest => "artifact/manifest",
            Self::ReadArchive => "artifact/archive",
            Self::WriteArtifactFile => "artifact/upload",
            Self::WriteArtifactPart => "artifact/upload-part",
            Self::WriteManifest => "artifact/upload-manifest",
            Self::ReadHistory => "history",
            Self::Probe => "probe",
        }
    }
    fn span(self) -> Duration {
        match self {
            Self::Read | Self::ReadArtifactFile | Self::ReadManifest | Self::ReadArchive | Self::ReadHistory | Self::Probe => {
                READ
            }
            Self::Write | Self::WriteArtifactFile | Self::WriteArtifactPart | Self::WriteManifest => WRITE,
        }
    }
}

/// Makes and checks links.
#[derive(Clone)]
pub struct Signer {
    /// Newest first: it signs, all of them check.
    keys: Vec<Vec<u8>>,
}

impl Signer {
    /// With the keys of the store; the first start makes one.
    pub async fn load(db: &Db, now: Timestamp) -> Result<Self> {
        let fresh = random_bytes::<32>();
        let keys = db
            .write(move |tx| {
                if store::signing_keys(tx)?.is_empty() {
                    store::add_signing_key(tx, &fresh, now)?;
                }
                store::signing_keys(tx)
            })
            .await?;
        Ok(Self { keys })
    }

    /// With the keys of a store beside whose server this runs.
    pub fn read(db: &Reader<'_>) -> Result<Self> {
        let keys = store::signing_keys(db)?;
        if keys.is_empty() {
            Err(Error::not_found("key that signs links; the server has never run"))
        } else {
            Ok(Self { keys })
        }
    }

    fn mac(key: &[u8], purpose: Purpose, subject: i64, name: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(format!("{}\n{subject}\n{expires}\n{name}", purpose.word()).as_bytes());
        mac
    }

    fn sign(&self, purpose: Purpose, subject: i64, name: &str, expires: i64) -> String {
        let mac = Self::mac(&self.keys[0], purpose, subject, name, expires);
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether a link is ours and still good. `expires` is in seconds since 1970.
    pub fn check(
        &self,
        purpose: Purpose,
        subject: i64,
        name: &str,
        expires: i64,
        signature: &str,
        now: Timestamp,
    ) -> Result<()> {
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let good = self.keys.iter().any(|key| Self::mac(key, purpose, subject, name, expires).verify_slice(&bytes).is_ok());
        if !good {
            return Err(Error::forbidden("this link was not made by this server, or was changed"));
        }
        if now.micros() / 1_000_000 > expires {
            return Err(Error::forbidden("this link has expired; ask for a new one"));
        }
        Ok(())
    }

    /// What only a server with our keys makes of these words, and makes again: what it hands out so is kept nowhere.
    pub(in crate::domain) fn token(&self, words: &str) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(Self::mac_of(&self.keys[0], words).finalize().into_bytes()))
    }

    /// Whether a token was made of these words.
    pub(in crate::domain) fn made(&self, words: &str, token: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        self.keys.iter().any(|key| Self::mac_of(key, words).verify_slice(&bytes).is_ok())
    }

    /// No purpose of a link is called so: a token is no link, nor the other way round.
    fn mac_of(key: &[u8], words: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(b"token\n");
        mac.update(words.as_bytes());
        mac
    }

    /// A link for this purpose.
    pub(in crate::domain) fn url(
        &self,
        public_url: &str,
        purpose: Purpose,
        subject: i64,
        name: &str,
        now: Timestamp,
    ) -> String {
        let expires = now.plus(purpose.span()).micros() / 1_000_000;
        let signature = self.sign(purpose, subject, name, expires);
        let door = purpose.door();
        format!("{public_url}/static/{door}/{subject}/{expires}/{signature}/{}", utf8_percent_encode(name, PATH))
    }
}

/// A link to the bytes of a file, good for an hour.
pub fn download_url(signer: &Signer, public_url: &str, run: RunId, name: &str, now: Timestamp) -> String {
    signer.url(public_url, Purpose::Read, run.get(), name, now)
}

/// A link to send the bytes of a file to, good for a day.
pub fn upload_url(signer: &Signer, public_url: &str, run: RunId, name: &str, now: Timestamp) -> String {
    signer.url(public_url, Purpose::Write, run.get(), name, now)
}

/// A link to a file that metrics of a run lie in, good for an hour; the file is one of [`crate::domain::history::exports`].
pub fn history_url(signer: &Signer, public_url: &str, file: i64, name: &str, now: Timestamp) -> String {
    signer.url(public_url, Purpose::ReadHistory, file, name, now)
}

/// A link that tries the way to the server, good for an hour.
pub fn probe_url(signer: &Signer, public_url: &str, name: &str, now: Timestamp) -> String {
    signer.url(public_url, Purpose::Probe, 0, name, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_its_purpose_its_file_and_its_time_alone() {
        let signer = Signer { keys: vec![vec![1; 32]] };
        let (run, now) = (RunId::new(7), Timestamp::from_micros(1_000_000_000));
        let signature = signer.sign(Purpose::Read, run.get(), "a b.txt", 2000);
        let check =
            |purpose, run: RunId, name, expires| signer.check(purpose, run.get(), name, expires, &signature, now).is_ok();
        assert!(check(Purpose::Read, run, "a b.txt", 2000));
        assert!(!check(Purpose::Write, run, "a b.txt", 2000));
        assert!(!check(Purpose::ReadArtifactFile, run, "a b.txt", 2000));
        assert!(!check(Purpose::Read, RunId::new(8), "a b.txt", 2000));
        assert!(!check(Purpose::Read, run, "a.txt", 2000));
        assert!(!check(Purpose::Read, run, "a b.txt", 2001));
        let late = Timestamp::from_micros(2_001_000_000);
        assert!(signer.check(Purpose::Read, run.get(), "a b.txt", 2000, &signature, late).is_err());
        let url = download_url(&signer, "http://x", run, "é/a b.txt", now);
        assert!(url.ends_with("/%C3%A9/a%20b.txt"), "{url}");
    }
}
