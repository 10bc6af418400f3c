//! Requests that may be sent again: who names one with a key of their own (`Idempotency-Key`) and did not get the answer sends
//! it again and gets the answer of the first time.
//!
//! Answers may hold secrets that are shown once. So they are kept encrypted by the very key that the caller made up, of which
//! only a hash is kept.

mod store;

use std::time::Duration;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::secret::random_bytes;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// After this time a request without an answer was cut off by a crash, and is tried anew.
const PATIENCE: Duration = Duration::from_secs(60);
/// Characters of a key.
const KEY_CHARS_MIN: usize = 8;
const KEY_CHARS_MAX: usize = 255;

/// A request that has a name.
#[derive(Clone, Debug)]
pub struct Request {
    account: AccountId,
    key: String,
    /// Of method, address and body.
    fingerprint: [u8; 32],
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Request {
    /// # Errors
    /// `Invalid` for a key that is too short to be told from others', or too long.
    pub fn new(account: AccountId, key: &str, method: &str, address: &str, body: &[u8]) -> Result<Self> {
        let fits = (KEY_CHARS_MIN..=KEY_CHARS_MAX).contains(&key.chars().count());
        if !(fits && key.chars().all(|letter| letter.is_ascii_graphic())) {
            return Err(Error::invalid(format!(
                "an Idempotency-Key has {KEY_CHARS_MIN} to {KEY_CHARS_MAX} letters, digits and signs without blanks; take a UUID"
            )));
        }
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), address.as_bytes(), body] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Ok(Self { account, key: key.to_owned(), fingerprint: hash.finalize().into() })
    }

    /// What the row is found by.
    fn hash(&self) -> [u8; 32] {
        Sha256::digest(format!("runstead repeat, name\n{}\n{}", self.account, self.key)).into()
    }

    /// What the answer is encrypted with.
    fn cipher(&self) -> Result<LessSafeKey> {
        let secret = Sha256::digest(format!("runstead repeat, answer\n{}\n{}", self.account, self.key));
        let key = UnboundKey::new(&CHACHA20_POLY1305, &secret).map_err(|_| Error::internal("a key has 32 bytes"))?;
        Ok(LessSafeKey::new(key))
    }

    fn seal(&self, kept: &Kept) -> Result<Vec<u8>> {
        let nonce = random_bytes::<NONCE_LEN>();
        let mut sealed = kept.status.to_le_bytes().to_vec();
        sealed.extend_from_slice(&kept.body);
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        let done = self.cipher()?.seal_in_place_append_tag(nonce_used, Aad::from(self.fingerprint), &mut sealed);
        done.map_err(|_| Error::internal("an answer cannot be encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Result<Kept> {
        let broken = || Error::internal("a kept answer cannot be decrypted");
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.cipher()?.open_in_place(nonce, Aad::from(self.fingerprint), &mut rest).map_err(|_| broken())?;
        let (status, body) = plain.split_first_chunk::<2>().ok_or_else(broken)?;
        Ok(Kept { status: u16::from_le_bytes(*status), body: body.to_vec() })
    }
}

/// Takes a request on, unless it was answered: then what was answered.
///
/// # Errors
/// `Invalid` if the key was used for another request; `Conflict` while the first one is being answered.
pub fn take(tx: &Tx<'_>, request: &Request, now: Timestamp) -> Result<Option<Kept>> {
    let hash = request.hash();
    let Some(found) = store::find(tx, &hash)?.filter(|found| found.created_at > now.minus(KEPT)) else {
        store::set_taken(tx, &hash, &request.fingerprint, now)?;
        return Ok(None);
    };
    if found.fingerprint != request.fingerprint {
        return Err(Error::invalid("this Idempotency-Key was used for another request; take a new one for each"));
    }
    match found.answer {
        Some(sealed) => request.open(&sealed).map(Some),
        None if found.created_at > now.minus(PATIENCE) => {
            Err(Error::conflict("the request with this Idempotency-Key is being answered; ask again in a moment"))
        }
        None => {
            store::set_taken(tx, &hash, &request.fingerprint, now)?;
            Ok(None)
        }
    }
}

/// Keeps the answer to a request that was taken on.
pub fn answered(tx: &Tx<'_>, request: &Request, kept: &Kept) -> Result<()> {
    store::set_answer(tx, &request.hash(), &request.seal(kept)?)
}

/// A request that was taken on came to nothing, and may be sent again.
pub fn dropped(tx: &Tx<'_>, request: &Request) -> Result<()> {
    store::delete(tx, &request.hash())
}

/// Forgets answers that are too old.
pub(in crate::domain) fn forget_stale(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    store::delete_before(tx, now.minus(KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_who_has_the_key_for_the_same_request_alone() {
        let request = |account, key: &str, body: &[u8]| Request::new(AccountId::new(account), key, "POST", "/x", body).unwrap();
        let mine = request(1, "a key of mine".replace(' ', "-").as_str(), b"{}");
        let kept = Kept { status: 201, body: b"{\"secret\":\"s\"}".to_vec() };
        let sealed = mine.seal(&kept).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(mine.open(&sealed).unwrap(), kept);
        for other in [request(2, &mine.key, b"{}"), request(1, "another-key", b"{}"), request(1, &mine.key, b"[]")] {
            assert!(other.open(&sealed).is_err());
        }
    }
}
