//! How much of what runs send may be in memory at one time. Beyond it a message waits a little, then it is refused with 429:
//! clients keep what they could not send and try again, so that overload costs time and not memory.
//!
//! Part of the room is kept for runs that have begun: while less is free, new runs are refused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::error::{Error, Result};

/// Room is counted in these.
const UNIT_BYTES: u64 = 1024;
/// How much the text of a compressed message may be longer than what arrives; rows of metrics shrink to a sixth or so.
const EXPANSION: u64 = 8;
/// How long a message waits for room.
const PATIENCE: Duration = Duration::from_secs(2);
/// Whoever was refused comes back after this.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// While less than one part in so many is free, runs that have begun come before new ones.
const RESERVED: usize = 4;

/// The room for messages of one server.
#[derive(Debug)]
pub struct Admission {
    room: Arc<Semaphore>,
    units: usize,
    /// One for each core.
    desks: Semaphore,
}

impl Admission {
    pub fn new(bytes: u64) -> Self {
        let units = usize::try_from(bytes / UNIT_BYTES).unwrap_or(Semaphore::MAX_PERMITS).clamp(1, u32::MAX as usize);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { room: Arc::new(Semaphore::new(units)), units, desks: Semaphore::new(cores) }
    }

    /// Makes room for a message of so many bytes until what is returned goes; one that is greater than all the room has it
    /// for itself.
    ///
    /// # Errors
    /// [`Error::Busy`] if there is none for a while.
    pub async fn enter(&self, bytes: u64, is_compressed: bool) -> Result<OwnedSemaphorePermit> {
        let bytes = if is_compressed { bytes.saturating_mul(EXPANSION) } else { bytes };
        let units = bytes.div_ceil(UNIT_BYTES).clamp(1, self.units as u64) as u32;
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.room).acquire_many_owned(units)).await {
            Ok(permit) => permit.map_err(Error::internal),
            Err(_) => Err(Error::Busy {
                text: "the server has more to write than it can hold; send the same again later".to_owned(),
                retry_after: RETRY_AFTER,
            }),
        }
    }

    /// Waits until a core is free to read a message, and holds it until what is returned goes. A hundred messages that are read
    /// at once are read no sooner than one after the other, and push each other out of the cores' caches.
    pub async fn desk(&self) -> Result<SemaphorePermit<'_>> {
        self.desks.acquire().await.map_err(Error::internal)
    }

    /// How much room there is.
    pub fn free_bytes(&self) -> u64 {
        self.room.available_permits() as u64 * UNIT_BYTES
    }

    /// Whether what room there is belongs to the runs that have begun.
    pub fn is_crowded(&self) -> bool {
        self.room.available_permits() < self.units / RESERVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_wait_for_room_and_are_refused_when_none_comes() {
        let admission = Admission::new(16 * UNIT_BYTES);
        let first = admission.enter(10 * UNIT_BYTES, false).await.unwrap();
        assert!(!admission.is_crowded());
        let second = admission.enter(4 * UNIT_BYTES, false).await.unwrap();
        assert!(admission.is_crowded(), "an eighth is left");
        let refused = admission.enter(UNIT_BYTES, true).await.unwrap_err();
        assert_eq!((refused.status(), refused.retry_after_seconds()), (429, Some(5)));
        drop((first, second));
        let whole = admission.enter(u64::MAX, true).await;
        assert!(whole.is_ok(), "a message greater than all room has it for itself");
    }
}
