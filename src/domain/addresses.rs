//! Where people find things in the browser, below the address of the server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::id::ReportId;

/// What stands as itself in a part of an address.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A name as a part of an address.
pub fn part(name: &str) -> String {
    utf8_percent_encode(name, PART).to_string()
}

/// A project, without a slash at its end.
pub fn project(entity: &str, project: &str) -> String {
    format!("/{}/{}", part(entity), part(project))
}

/// A report, as the client makes it: where it lies, its title with only letters and digits, and its id.
pub fn report(entity: &str, project: &str, title: &str, id: ReportId) -> String {
    let words = title.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let slug = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    format!("{}/reports/{}--{}", self::project(entity, project), part(&slug), public_id(id))
}

/// What a report is called in addresses and in the management API: base64 of `View:{number}`, without padding.
pub fn public_id(id: ReportId) -> String {
    STANDARD_NO_PAD.encode(format!("View:{id}"))
}
