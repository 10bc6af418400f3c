//! Passwords: argon2id, computed on a blocking thread and never inside a transaction.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The least number of characters.
pub const CHARS_MIN: usize = 10;
/// The most bytes: more would only cost time.
const BYTES_MAX: usize = 1024;

/// Computations at one time; each holds [`Cost::memory_kib`], so a flood of sign-ins must not take all memory.
static TURNS: Semaphore = Semaphore::const_new(4);

/// What one computation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for Cost {
    /// OWASP's recommendation: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Cost {
    fn argon2(self) -> Result<Argon2<'static>> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(Error::internal)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Whether a new password is good enough.
///
/// # Errors
/// `Invalid`, saying what it lacks.
pub fn check(password: &Secret) -> Result<()> {
    let text = password.reveal();
    if text.chars().count() < CHARS_MIN {
        return Err(Error::invalid(format!("a password has at least {CHARS_MIN} characters")));
    }
    if text.len() > BYTES_MAX {
        return Err(Error::invalid(format!("a password has at most {BYTES_MAX} bytes")));
    }
    Ok(())
}

/// Checks a new password and makes what the store keeps of it: a PHC string with its own salt and cost.
pub async fn hash(password: Secret, cost: Cost) -> Result<String> {
    check(&password)?;
    in_turn(move || compute(&password, cost)).await
}

/// Whether the password is the one stored. Takes as long when nothing is stored, so that time does not tell who exists.
pub async fn verify(password: Secret, stored: Option<String>, cost: Cost) -> Result<bool> {
    if password.reveal().len() > BYTES_MAX {
        return Ok(false);
    }
    in_turn(move || match stored {
        Some(stored) => {
            let stored = PasswordHash::new(&stored).map_err(Error::internal)?;
            Ok(cost.argon2()?.verify_password(password.reveal().as_bytes(), &stored).is_ok())
        }
        None => compute(&password, cost).map(|_| false),
    })
    .await
}

fn compute(password: &Secret, cost: Cost) -> Result<String> {
    let hash = cost.argon2()?.hash_password(password.reveal().as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = TURNS.acquire().await.expect("this semaphore is never closed");
    let result = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    drop(turn);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_accepted_and_two_hashes_of_it_differ() {
        let cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        let password = Secret::new("correct horse");
        let first = hash(password.clone(), cost).await.unwrap();
        let second = hash(password.clone(), cost).await.unwrap();
        assert_ne!(first, second);
        assert!(first.starts_with("$argon2id$"), "{first}");
        // The cost is read from the hash, so that it can be raised later.
        assert!(verify(password.clone(), Some(first.clone()), Cost::default()).await.unwrap());
        assert!(!verify(Secret::new("correct horses"), Some(first), cost).await.unwrap());
        assert!(!verify(password, None, cost).await.unwrap());
        assert!(hash(Secret::new("too short"), cost).await.is_err());
    }
}
