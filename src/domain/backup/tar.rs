//! A backup as a stream. Unpacked, it is the folder that `backup create` would have made.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use tar::{Builder, Header};
use tempfile::TempDir;

use super::manifest::{self, Manifest, Part};
use super::{Hashing, Vessel, io_words, safe};
use crate::error::{Error, Result};

pub(super) struct Stream<'a> {
    out: Builder<&'a mut dyn Write>,
    /// Nothing of a stream stays on the disk, however it ends.
    workshop: TempDir,
}

impl<'a> Stream<'a> {
    pub fn open(out: &'a mut dyn Write, data: &Path) -> Result<Self> {
        // A size stands before its bytes, so the databases must be copied first; their own disk has room for them.
        let workshop = tempfile::Builder::new().prefix("backup-").suffix(".unfinished").tempdir_in(data);
        let workshop = workshop.map_err(io_words("has no room for a copy", data))?;
        Ok(Self { out: Builder::new(out), workshop })
    }

    fn add(&mut self, name: &str, size_bytes: u64, bytes: &mut dyn Read) -> Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(size_bytes);
        header.set_mode(0o600);
        let added = self.out.append_data(&mut header, safe(name)?, bytes);
        added.map_err(|error| Error::invalid(format!("the stream cannot be written: {error}")))
    }
}

impl Vessel for Stream<'_> {
    fn workshop(&self) -> &Path {
        self.workshop.path()
    }

    fn held(&mut self, _: &str, _: u64) -> Option<Part> {
        None
    }

    fn put(&mut self, name: &str, from: &Path) -> Result<Part> {
        let file = File::open(from).map_err(io_words("cannot be read", from))?;
        let promised = file.metadata().map_err(io_words("cannot be read", from))?.len();
        let mut bytes = Hashing::new(file.take(promised));
        self.add(name, promised, &mut bytes)?;
        let part = bytes.part();
        if part.size_bytes != promised {
            return Err(Error::invalid(format!("{} became shorter while it was read", from.display())));
        }
        Ok(part)
    }

    fn take(&mut self, name: &str, from: &Path) -> Result<Part> {
        let part = self.put(name, from)?;
        std::fs::remove_file(from).map_err(io_words("cannot be removed", from))?;
        Ok(part)
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest).map_err(Error::internal)?;
        self.add(manifest::NAME, text.len() as u64, &mut text.as_slice())?;
        let ended = self.out.finish().and_then(|()| self.out.get_mut().flush());
        ended.map_err(|error| Error::invalid(format!("the stream cannot be written: {error}")))
    }
}
