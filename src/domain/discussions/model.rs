//! What is said about a report.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::accounts::faces::Face;
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, ReportId, ThreadId};

/// The most bytes of a comment.
pub const BODY_BYTES_MAX: usize = 16 * 1024;
/// The most comments in a thread.
pub(super) const COMMENTS_MAX: i64 = 1000;
/// The most threads about a report.
pub(super) const THREADS_MAX: i64 = 5000;
const QUOTE_CHARS_MAX: usize = 500;
const AROUND_CHARS_MAX: usize = 64;
const PANEL_CHARS_MAX: usize = 256;

/// Which threads are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    All,
    Open,
    Resolved,
}

impl State {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "open" => Some(Self::Open),
            "resolved" => Some(Self::Resolved),
            _ => None,
        }
    }
}

/// Comments on a report, or on a place in it, that belong together.
#[derive(Clone, Debug)]
pub struct Thread {
    pub id: ThreadId,
    pub report: ReportId,
    /// `None`: it is about the whole report.
    pub anchor: Option<Anchor>,
    pub begun_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<Face>,
    /// Oldest first.
    pub comments: Vec<Comment>,
}

/// What somebody said in a thread.
#[derive(Clone, Debug)]
pub struct Comment {
    pub id: CommentId,
    pub author: Option<AccountId>,
    /// Who they are now.
    pub face: Option<Face>,
    /// Markdown, with people as they are called now; `None` of one that was deleted after others had answered.
    pub body: Option<String>,
    /// The user names of the people it names.
    pub mentions: Vec<String>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

/// Which words of a report, or which panel, a thread is about. Pages find the place by it, also after the text was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The words, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Or the panel, as the document names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// Which block of the document it was in when it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// What stood before the words, and after them; at most 64 characters each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

impl Anchor {
    /// # Errors
    /// `Invalid`, in words.
    pub fn check(&self) -> Result<()> {
        if self.quote.is_some() == self.panel.is_some() {
            return Err(Error::invalid("an anchor has either a quote or a panel"));
        }
        for (what, text, most) in [
            ("quote", &self.quote, QUOTE_CHARS_MAX),
            ("panel", &self.panel, PANEL_CHARS_MAX),
            ("prefix", &self.prefix, AROUND_CHARS_MAX),
            ("suffix", &self.suffix, AROUND_CHARS_MAX),
        ] {
            let chars = text.as_ref().map_or(0, |text| text.chars().count());
            let is_empty = chars == 0 && text.is_some() && matches!(what, "quote" | "panel");
            if is_empty || chars > most {
                return Err(Error::invalid(format!("the {what} of an anchor has at most {most} characters")));
            }
        }
        Ok(())
    }
}

/// A comment's words as they may be kept: without what surrounds them.
///
/// # Errors
/// `Invalid` for none, and for control characters; `TooLarge` for too many.
pub(super) fn words(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("a comment needs words"));
    }
    if text.len() > BODY_BYTES_MAX {
        return Err(Error::too_large(format!("a comment has at most {BODY_BYTES_MAX} bytes; this one has {}", text.len())));
    }
    if text.contains(|sign: char| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t')) {
        return Err(Error::invalid("a comment has no control characters but tabs and line breaks"));
    }
    Ok(text)
}
