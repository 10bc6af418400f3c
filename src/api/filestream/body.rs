//! The JSON body of a message, all members optional; `{}` is a heartbeat.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::history::{Append, Stream, parse};
use crate::domain::stream::Message;
use crate::error::{Error, Result};
use crate::json::Json;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    files: Option<BTreeMap<String, Chunk>>,
    #[serde(default)]
    uploaded: Option<Vec<String>>,
    #[serde(default)]
    preempting: Option<bool>,
    #[serde(default)]
    complete: Option<bool>,
    #[serde(default)]
    exitcode: Option<i64>,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    offset: i64,
    content: Vec<String>,
}

/// Reads and checks a message; an error names the stream and line that is wrong.
pub(super) fn read(writer: &str, bytes: &[u8]) -> Result<Message> {
    // Without this an array would do for the object, member by member.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("the message is not as expected: it is a JSON object"));
    }
    let body: Body =
        serde_json::from_slice(bytes).map_err(|error| Error::invalid(format!("the message is not as expected: {error}")))?;
    let mut message = Message { append: Append { writer: writer.to_owned(), ..Append::default() }, ..Message::default() };
    for (name, chunk) in body.files.unwrap_or_default() {
        if chunk.offset < 0 {
            return Err(Error::invalid(format!("{name}: the offset {} is negative", chunk.offset)));
        }
        if chunk.content.is_empty() {
            continue;
        }
        match name.as_str() {
            "wandb-history.jsonl" => message.append.history = Some(parse::chunk(Stream::History, chunk.offset, chunk.content)?),
            "wandb-events.jsonl" => message.append.events = Some(parse::chunk(Stream::Events, chunk.offset, chunk.content)?),
            "output.log" => message.append.console = Some(parse::chunk(Stream::Console, chunk.offset, chunk.content)?),
            "wandb-summary.json" => {
                let summary = chunk.content.into_iter().next_back();
                if let Some(text) = &summary {
                    Json::parse_map(text).map_err(|error| Error::invalid(format!("{name}: {error}")))?;
                }
                message.summary = summary;
            }
            other => return Err(Error::invalid(format!("'{other}' is no stream that this server keeps"))),
        }
    }
    message.uploaded = body.uploaded.unwrap_or_default();
    message.preempting = body.preempting.unwrap_or(false);
    message.exit_code = body.complete.unwrap_or(false).then(|| body.exitcode.unwrap_or(0));
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_a_heartbeat() {
        let message = read("", b"{}").unwrap();
        assert!(message.summary.is_none() && message.uploaded.is_empty() && message.exit_code.is_none());
    }

    #[test]
    fn the_last_line_of_a_summary_wins_and_an_end_without_a_code_is_a_good_one() {
        let message =
            read("", br#"{"files":{"wandb-summary.json":{"offset":0,"content":["{\"a\":1}","{\"a\":NaN}"]}},"complete":true}"#)
                .unwrap();
        assert_eq!(message.summary.as_deref(), Some(r#"{"a":NaN}"#));
        assert_eq!(message.exit_code, Some(0));
    }

    #[test]
    fn what_is_broken_is_named() {
        for (body, word) in [
            (&b"{"[..], "message"),
            (br#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{"]}}}"#, "history"),
            (br#"{"files":{"x.bin":{"offset":0,"content":["a"]}}}"#, "x.bin"),
            (br#"{"files":{"output.log":{"offset":-1,"content":["a"]}}}"#, "negative"),
        ] {
            let error = read("", body).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
