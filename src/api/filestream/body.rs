//! The JSON body of a message, all members optional; `{}` is a heartbeat.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::history::{Stream, parse};
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

/// Who sends a message, as its headers say.
#[derive(Debug, Default)]
pub(super) struct Sender {
    /// The name of one process among several that write the run, each of which counts its lines from 0; or empty.
    pub writer: String,
    /// Whether it may be one of several without saying so there: then its rows name it, as release 0.18.7 does.
    pub may_share: bool,
}

/// Reads and checks a message; an error names the stream and line that is wrong.
pub(super) fn read(sender: Sender, bytes: &[u8]) -> Result<Message> {
    // Without this an array would do for the object, member by member.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("the message is not as expected: it is a JSON object"));
    }
    let body: Body =
        serde_json::from_slice(bytes).map_err(|error| Error::invalid(format!("the message is not as expected: {error}")))?;
    let mut message = Message::default();
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
    message.append.writer = match sender {
        Sender { writer, may_share: true } if writer.is_empty() => named_in_rows(&message).unwrap_or_default(),
        Sender { writer, .. } => writer,
    };
    message.uploaded = body.uploaded.unwrap_or_default();
    message.preempting = body.preempting.unwrap_or(false);
    message.exit_code = body.complete.unwrap_or(false).then(|| body.exitcode.unwrap_or(0));
    Ok(message)
}

/// The `_client_id` of a message's rows or summary.
fn named_in_rows(message: &Message) -> Option<String> {
    let rows =
        [&message.append.history, &message.append.events].into_iter().flatten().filter_map(|chunk| chunk.lines().first());
    rows.chain(&message.summary).find_map(|text| {
        let row = Json::parse_map(text).ok()?;
        row.get("_client_id").and_then(Json::as_str).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(writer: &str, bytes: &[u8]) -> Result<Message> {
        super::read(Sender { writer: writer.to_owned(), may_share: false }, bytes)
    }

    #[test]
    fn a_process_is_named_by_its_headers_else_by_its_rows() {
        let row = br#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{\"a\":1,\"_client_id\":\"one\"}"]}}}"#;
        let summary = br#"{"files":{"wandb-summary.json":{"offset":0,"content":["{\"_client_id\":\"one\"}"]}}}"#;
        let named = |writer: &str, may_share, bytes: &[u8]| {
            super::read(Sender { writer: writer.to_owned(), may_share }, bytes).unwrap().append.writer
        };
        assert_eq!((named("", true, row), named("", true, summary)), ("one".to_owned(), "one".to_owned()));
        assert_eq!((named("two", true, row), named("", false, row)), ("two".to_owned(), String::new()));
        assert_eq!(named("", true, b"{}"), "");
    }

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

    /// Nothing that is sent is a fault of the server's: what is not taken is refused in words.
    #[test]
    fn whatever_is_sent_is_taken_or_refused() {
        use proptest::prelude::*;
        let whole = br#"{"files":{"wandb-history.jsonl":{"offset":1,"content":["{\"a\":[1,{\"b\":NaN}],\"_step\":3}"]},"wandb-events.jsonl":{"offset":0,"content":["{\"system.cpu\":1e3}"]},"wandb-summary.json":{"offset":0,"content":["{}"]},"output.log":{"offset":7,"content":["2026-01-31T10:15:30.123456 \u00e9"]}},"uploaded":["a"],"preempting":false,"complete":true,"exitcode":-1}"#;
        assert!(read("", whole).is_ok());
        let judge = |bytes: &[u8]| match read("", bytes) {
            Err(error) if error.status() >= 500 => Err(TestCaseError::fail(error.cause())),
            _ => Ok(()),
        };
        let config = ProptestConfig::with_cases(2000);
        proptest!(config.clone(), |(place in 0..whole.len(), byte in any::<u8>())| {
            let mut bytes = whole.to_vec();
            bytes[place] = byte;
            judge(&bytes)?;
        });
        proptest!(config.clone(), |(from in 0..whole.len(), count in 0..40_usize, copies in 0..3_usize)| {
            let (head, rest) = whole.split_at(from);
            let (part, tail) = rest.split_at(count.min(rest.len()));
            judge(&[head, &part.repeat(copies), tail].concat())?;
        });
        proptest!(config, |(bytes in proptest::collection::vec(any::<u8>(), 0..200))| judge(&bytes)?);
    }

    /// What broke a parser once, here or elsewhere.
    const NASTY: [&str; 12] = [
        r#"{"files":null}"#,
        r#"{"files":{"wandb-history.jsonl":{"content":["{}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":9223372036854775807,"content":["{}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{\"a\":1e999,\"a\":-NaN}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{\"\u0000\":\"\ud83d\"}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["{\"_step\":1e18,\"_step\":-9223372036854775808}"]}}}"#,
        r#"{"files":{"wandb-history.jsonl":{"offset":0,"content":["\ufeff{}"]}}}"#,
        r#"{"files":{"wandb-events.jsonl":{"offset":0,"content":["{\"_timestamp\":1e300}"]}}}"#,
        r#"{"files":{"output.log":{"offset":0,"content":["\ud83d\ude00 \u001b[31m \r\n"]}}}"#,
        r#"{"files":{"wandb-summary.json":{"offset":0,"content":[]}},"complete":true,"exitcode":-9223372036854775808}"#,
        r#"{"uploaded":["../../x",""],"preempting":null,"complete":null}"#,
    ];

    #[test]
    fn what_is_nasty_is_taken_or_refused() {
        let taken = NASTY.map(|text| read("", text.as_bytes()).is_ok());
        assert_eq!(taken, [true, true, false, false, true, false, true, false, true, true, true, true], "see NASTY");
    }
}
