//! Names of files: paths inside their run, and never out of it.

use crate::error::{Error, Result};

/// A relative path with `/` between its parts; blanks and letters of any script are welcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    pub const BYTES_MAX: usize = 1024;

    /// Reads a name; `./x` is `x`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut rest = text;
        while let Some(inner) = rest.strip_prefix("./") {
            rest = inner;
        }
        let wrong = |why: &str| Error::invalid(format!("'{text}' cannot be a file name: {why}"));
        if rest.is_empty() || rest.len() > Self::BYTES_MAX {
            return Err(wrong("it has 1 to 1024 bytes"));
        }
        if rest.starts_with('/') || rest.contains('\\') || rest.chars().nth(1) == Some(':') {
            return Err(wrong("it is a path inside the run, with / between its parts"));
        }
        if rest.chars().any(char::is_control) {
            return Err(wrong("it has no control characters"));
        }
        if rest.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(wrong("its parts are neither empty nor . nor .."));
        }
        Ok(Self(rest.to_owned()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The part after the last slash.
    pub fn base(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
    /// What kind of bytes the ending promises.
    pub fn mime_type(&self) -> String {
        mime_guess::from_path(&self.0).first_or_octet_stream().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_their_run() {
        for good in ["a.txt", "./a.txt", "media/images/é ü.png", "././test with_special-characters.txt", "..a", "a..b/c"] {
            assert!(FileName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "../../x", "a/../b", "/etc/passwd", "a//b", "a/.", "C:\\x", "c:/x", "a\0b", "a\nb", ".", "..", "./"] {
            assert!(FileName::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(FileName::parse("./a.txt").unwrap().as_str(), "a.txt");
    }
}
