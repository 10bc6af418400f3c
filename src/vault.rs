//! Secrets that the server must read again, as those of webhooks: encrypted with a key in a file of its own, so that whoever
//! gets hold of a database, or of a backup of it, does not have them.

use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::error::{Error, Result};
use crate::secret::{Secret, random_bytes};

const KEY_BYTES: usize = 32;

/// Encrypts and decrypts with the key of a file, which is made when something is encrypted first. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    path: PathBuf,
}

impl Vault {
    /// With the key of the data directory.
    pub fn of(data: &Path) -> Self {
        Self { path: data.join("secrets.key") }
    }

    /// The text, encrypted. `purpose` says whose secret it is: it is read again only with the same.
    pub fn seal(&self, secret: &Secret, purpose: &str) -> Result<Vec<u8>> {
        let key = self.key(true)?;
        let nonce = random_bytes::<NONCE_LEN>();
        let mut sealed = secret.reveal().as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .map_err(|_| Error::internal("a secret cannot be encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The text that was encrypted for this purpose.
    ///
    /// # Errors
    /// In words for people: the key is not the one that it was encrypted with, as after a restore on another machine.
    pub fn open(&self, sealed: &[u8], purpose: &str) -> Result<Secret> {
        let lost = || {
            Error::invalid(format!(
                "its secrets cannot be read any more: {} is not the file that they were encrypted with; enter them again",
                self.path.file_name().unwrap_or_default().to_string_lossy()
            ))
        };
        let key = self.key(false)?;
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(lost)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| lost())?;
        let mut bytes = rest.to_vec();
        let text = key.open_in_place(nonce, Aad::from(purpose), &mut bytes).map_err(|_| lost())?;
        Ok(Secret::new(String::from_utf8_lossy(text)))
    }

    fn key(&self, make: bool) -> Result<LessSafeKey> {
        let bytes = match std::fs::read_to_string(&self.path) {
            Ok(text) => {
                hex::decode(text.trim()).ok().filter(|key| key.len() == KEY_BYTES).ok_or_else(|| self.unusable("is no key"))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => self.make()?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::invalid("its secrets cannot be read any more: their key is gone; enter them again"));
            }
            Err(error) => return Err(self.unusable(&format!("cannot be read: {error}"))),
        };
        UnboundKey::new(&CHACHA20_POLY1305, &bytes).map(LessSafeKey::new).map_err(|_| self.unusable("is no key"))
    }

    /// Makes the key; that of somebody who made it at the same time counts.
    fn make(&self) -> Result<Vec<u8>> {
        let key = random_bytes::<KEY_BYTES>();
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // Whole or not at all, for its owner alone.
        let made = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            std::io::Write::write_all(&mut file, format!("{}\n", hex::encode(key)).as_bytes())?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        match made.map_err(|error| self.unusable(&format!("cannot be made: {error}")))?.persist_noclobber(&self.path) {
            Ok(_) => Ok(key.to_vec()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                let text = std::fs::read_to_string(&self.path).map_err(|error| self.unusable(&error.to_string()))?;
                hex::decode(text.trim()).map_err(|_| self.unusable("is no key"))
            }
            Err(error) => Err(self.unusable(&format!("cannot be made: {}", error.error))),
        }
    }

    fn unusable(&self, why: &str) -> Error {
        Error::internal(format!("the key of secrets {} {why}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_again_with_its_key_and_for_its_purpose_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::of(folder.path());
        let sealed = vault.seal(&Secret::new("ours alone"), "webhook 1").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"ours"));
        assert_eq!(vault.open(&sealed, "webhook 1").unwrap().reveal(), "ours alone");
        assert!(vault.open(&sealed, "webhook 2").is_err());
        assert_ne!(vault.seal(&Secret::new("ours alone"), "webhook 1").unwrap(), sealed, "nobody sees that two are the same");
        let file = folder.path().join("secrets.key");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

        let other = tempfile::tempdir().unwrap();
        assert!(Vault::of(other.path()).open(&sealed, "webhook 1").unwrap_err().to_string().contains("enter them again"));
        std::fs::write(&file, hex::encode([7; KEY_BYTES])).unwrap();
        assert!(vault.open(&sealed, "webhook 1").unwrap_err().to_string().contains("enter them again"));
    }
}
