//! The picture of a team. What people send is never given out as it came: it is decoded within bounds, cut to a square and
//! encoded anew, so that what is hidden in a file (scripts, places of photographs, a second format) goes. SVG is a program and is
//! not taken.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::model::{Entity, EntityKind};
use super::{avatar_store as store, store as entities};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::EntityId;
use crate::policy::{self, Action, Target};

/// The most bytes of a picture that is sent.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The side of the square that is shown, in pixels: the largest place for it on screens that are twice as fine.
const SIDE: u32 = 192;
/// The longest side of a picture that is sent, in pixels, and what decoding it may take: a small file can claim to be huge.
const SIDE_MAX: u32 = 8192;
const MEMORY_MAX: u64 = 256 * 1024 * 1024;

/// A picture that this server made.
#[derive(Clone, Debug)]
pub struct Avatar {
    png: Vec<u8>,
}

impl Avatar {
    /// Makes it of what somebody sent. Takes a moment: not for a thread that answers requests.
    ///
    /// # Errors
    /// `TooLarge`, or `Invalid` for what is no picture of a format that is taken.
    pub fn of(sent: &[u8]) -> Result<Self> {
        if sent.len() > BYTES_MAX {
            return Err(Error::too_large(format!("a picture has at most {} MiB", BYTES_MAX >> 20)));
        }
        let mut reader = ImageReader::new(Cursor::new(sent)).with_guessed_format().map_err(Error::internal)?;
        let taken = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
        if !reader.format().is_some_and(|format| taken.contains(&format)) {
            return Err(Error::invalid("a picture is a PNG, JPEG, GIF or WebP file; SVG is not taken"));
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE_MAX);
        limits.max_image_height = Some(SIDE_MAX);
        limits.max_alloc = Some(MEMORY_MAX);
        reader.limits(limits);
        let decoded = reader.into_decoder().and_then(|mut decoder| {
            let orientation = decoder.orientation()?;
            let mut image = DynamicImage::from_decoder(decoder)?;
            image.apply_orientation(orientation);
            Ok(image)
        });
        let image = decoded.map_err(|error| Error::invalid(format!("the picture cannot be read: {error}")))?;
        let square = image.resize_to_fill(SIDE, SIDE, FilterType::Lanczos3).into_rgba8();
        let mut png = Cursor::new(Vec::new());
        square.write_to(&mut png, ImageFormat::Png).map_err(Error::internal)?;
        Ok(Self { png: png.into_inner() })
    }

    /// What tells it from others.
    fn digest(&self) -> String {
        hex::encode(&Sha256::digest(&self.png)[..8])
    }
}

/// Gives a team a picture, instead of the one it had.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn set(tx: &Tx<'_>, call: &Call, team: &str, avatar: &Avatar) -> Result<String> {
    let team = managed(tx, call, team)?;
    let digest = avatar.digest();
    if team.avatar.as_ref() != Some(&digest) {
        store::set(tx, team.id, &avatar.png, &digest)?;
        audit::record(tx, call, "team.set_avatar", "entity", team.id.get(), &team.name, &json!({ "digest": digest }))?;
    }
    Ok(digest)
}

/// Takes its picture away, if it has one.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn remove(tx: &Tx<'_>, call: &Call, team: &str) -> Result<()> {
    let team = managed(tx, call, team)?;
    if team.avatar.is_none() {
        return Ok(());
    }
    store::remove(tx, team.id)?;
    audit::record(tx, call, "team.remove_avatar", "entity", team.id.get(), &team.name, &json!({}))
}

/// Refuses who may not change the picture of a team.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn may_change(db: &Reader<'_>, call: &Call, team: &str) -> Result<()> {
    managed(db, call, team).map(|_| ())
}

fn managed(db: &Reader<'_>, call: &Call, name: &str) -> Result<Entity> {
    let team = super::require(db, call, Action::Read, name)?;
    policy::require(&call.actor, Action::Manage, &Target::Entity(team.id))?;
    Ok(team)
}

/// The picture of a team that the caller may know of: its PNG and digest.
///
/// # Errors
/// `NotFound` for a team without one, or that they may not know of.
pub fn find(db: &Reader<'_>, call: &Call, team: &str) -> Result<(Vec<u8>, String)> {
    let known = |entity: &Entity| entity.kind == EntityKind::Team && super::is_known(call, entity);
    let missing = || Error::not_found(format!("picture of {team}"));
    let team = entities::by_key(db, &super::key_of(team))?.filter(known).ok_or_else(missing)?;
    let png = store::png(db, team.id)?.ok_or_else(missing)?;
    Ok((png, team.avatar.unwrap_or_default()))
}

/// Lets the picture of a team go that goes for good.
pub(super) fn forget(tx: &Tx<'_>, team: EntityId) -> Result<()> {
    store::remove(tx, team)
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Rgb};

    use super::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = ImageBuffer::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 7]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_made_anew_as_a_square_without_what_was_hidden_in_it() {
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Jpeg] {
            let mut sent = encoded(300, 200, format);
            sent.extend_from_slice(b"<script>alert(1)</script>");
            let made = Avatar::of(&sent).unwrap();
            let shown = image::load_from_memory_with_format(&made.png, ImageFormat::Png).unwrap();
            assert_eq!((shown.width(), shown.height()), (SIDE, SIDE));
            assert!(!made.png.windows(7).any(|window| window == b"<script"));
        }
    }

    #[test]
    fn what_is_no_picture_or_claims_to_be_huge_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        assert!(matches!(Avatar::of(svg), Err(Error::Invalid(text)) if text.contains("SVG is not taken")));
        let mut png = encoded(8, 8, ImageFormat::Png);
        png.truncate(40);
        assert!(matches!(Avatar::of(&png), Err(Error::Invalid(_))));
        assert!(matches!(Avatar::of(&encoded(SIDE_MAX + 1, 1, ImageFormat::Png)), Err(Error::Invalid(_))));
        assert!(matches!(Avatar::of(&vec![0; BYTES_MAX + 1]), Err(Error::TooLarge(_))));
    }
}
