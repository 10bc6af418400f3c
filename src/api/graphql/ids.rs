//! Global ids, some of which the client takes apart: a run's is base64 of `Run:v1:{run}:{project}:{entity}`, the others are
//! base64 of `Kind:{number}`. A client may strip the padding.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::domain::runs::Run;
use crate::error::{Error, Result};

pub(super) fn encode(kind: &str, number: i64) -> ID {
    ID(STANDARD.encode(format!("{kind}:{number}")))
}

/// An id of something that has a text of its own instead of a number.
pub(super) fn encode_text(kind: &str, text: &str) -> String {
    STANDARD.encode(format!("{kind}:{text}"))
}

pub(super) fn of_run(run: &Run) -> ID {
    ID(STANDARD.encode(format!("Run:v1:{}:{}:{}", run.name, run.project, run.entity)))
}

fn text_of(id: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(id.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()
}

/// The number of an id of this kind.
pub(super) fn decode(kind: &str, id: &str) -> Result<i64> {
    let number = text_of(id).and_then(|text| text.strip_prefix(kind)?.strip_prefix(':')?.parse().ok());
    number.ok_or_else(|| Error::invalid(format!("'{id}' is not the id of a {}", kind.to_lowercase())))
}

/// Entity, project and name of the run that an id names.
pub(super) fn run_path(id: &str) -> Result<[String; 3]> {
    let text = text_of(id).unwrap_or_default();
    match text.split(':').collect::<Vec<_>>()[..] {
        ["Run", "v1", name, project, entity] => Ok([entity.to_owned(), project.to_owned(), name.to_owned()]),
        _ => Err(Error::invalid(format!("'{id}' is not the id of a run"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_with_and_without_padding_and_only_as_its_own_kind() {
        let id = encode("Project", 7);
        assert_eq!(decode("Project", &id).unwrap(), 7);
        assert_eq!(decode("Project", id.trim_end_matches('=')).unwrap(), 7);
        assert!(decode("User", &id).is_err());
        let run = STANDARD.encode("Run:v1:abc:mnist:ada");
        assert_eq!(run_path(&run).unwrap(), ["ada", "mnist", "abc"]);
        assert!(run_path("abc").is_err());
    }
}
