//! Console lines by number, with what the client wrote before the text taken apart.

use super::model::{LogLine, LogPage, LogRange, Stream};
use super::store::{self, Held};
use crate::db::Reader;
use crate::error::Result;
use crate::id::RunId;
use crate::json::Json;

/// Lines of the terminal by ascending number.
pub fn log_lines(db: &Reader<'_>, run: RunId, range: LogRange) -> Result<LogPage> {
    match range {
        LogRange::Page { first, after } => page(db, run, first, after),
        LogRange::Last(count) => last(db, run, count),
    }
}

fn page(db: &Reader<'_>, run: RunId, first: usize, after: Option<i64>) -> Result<LogPage> {
    let start = after.map_or(0, |after| after.saturating_add(1));
    // A chunk has a line at least: one for each line, one that ends before the start, one to know whether more follow.
    let limit = i64::try_from(first).unwrap_or(i64::MAX).saturating_add(2);
    let mut page = LogPage::default();
    for chunk in store::console_from(db, run, start, limit)? {
        if chunk.max_step < start {
            continue;
        }
        if page.lines.len() == first {
            page.has_next = true;
            break;
        }
        let lines = numbered(db, run, &chunk)?.into_iter().filter(|line| line.number >= start);
        page.lines.extend(lines);
        if page.lines.len() > first {
            page.lines.truncate(first);
            page.has_next = true;
            break;
        }
    }
    page.end_cursor = page.lines.last().map(|line| line.number);
    Ok(page)
}

fn last(db: &Reader<'_>, run: RunId, count: usize) -> Result<LogPage> {
    let mut lines = Vec::new();
    for chunk in store::console_last(db, run, i64::try_from(count).unwrap_or(i64::MAX))? {
        lines.extend(numbered(db, run, &chunk)?.into_iter().rev());
        if lines.len() >= count {
            break;
        }
    }
    lines.truncate(count);
    lines.reverse();
    let end_cursor = lines.last().map(|line| line.number);
    Ok(LogPage { lines, has_next: false, end_cursor })
}

fn numbered(db: &Reader<'_>, run: RunId, chunk: &Held) -> Result<Vec<LogLine>> {
    let lines = store::tail_lines(db, run, Stream::Console, chunk)?;
    let shared = !chunk.writer.is_empty();
    Ok((chunk.min_step..).zip(lines.iter()).map(|(number, text)| take_apart(number, text, shared)).collect())
}

/// Reads `ERROR 2026-01-31T10:15:30.123456 [label] text` or `{"level":…,"ts":…,"label":…,"content":…}`; whatever is neither
/// is all text. A label in brackets is one only if several writers share the run: otherwise programs that print brackets
/// would lose them.
fn take_apart(number: i64, text: &str, shared: bool) -> LogLine {
    // Releases of the client up to 0.18 send the end of the line along.
    let text = text.trim_end_matches(['\n', '\r']);
    if let Some(line) = structured(number, text) {
        return line;
    }
    let (level, rest) = match text.strip_prefix("ERROR ") {
        Some(rest) => (Some("error".to_owned()), rest),
        None => (None, text),
    };
    let (moment, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    if !is_moment(moment) {
        return LogLine { number, timestamp: None, level: None, label: None, line: text.to_owned() };
    }
    let labelled = rest.strip_prefix('[').filter(|_| shared).and_then(|rest| rest.split_once(']'));
    let (label, line) = match labelled {
        Some((label, line)) => (Some(label.to_owned()), line.strip_prefix(' ').unwrap_or(line)),
        None => (None, rest),
    };
    LogLine { number, timestamp: Some(moment.to_owned()), level, label, line: line.to_owned() }
}

fn structured(number: i64, text: &str) -> Option<LogLine> {
    if !text.starts_with('{') {
        return None;
    }
    let map = Json::parse_map(text).ok()?;
    let text = |name: &str| map.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let timestamp = text("ts").filter(|at| is_moment(at))?;
    let line = map.get("content").map_or(Some(""), Json::as_str)?.to_owned();
    Some(LogLine { number, timestamp: Some(timestamp), level: text("level"), label: text("label"), line })
}

/// `2026-01-31T10:15:30`, with any fraction of a second.
fn is_moment(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let fits = |byte: u8, shape: u8| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let Some((second, fraction)) = text.as_bytes().split_at_checked(SHAPE.len()) else {
        return false;
    };
    let whole = second.iter().zip(SHAPE).all(|(byte, shape)| fits(*byte, *shape));
    let fraction = fraction.strip_suffix(b"Z").unwrap_or(fraction);
    whole && (fraction.is_empty() || fraction.len() > 1 && fraction[0] == b'.' && fraction[1..].iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, shared: bool) -> (Option<String>, Option<String>, Option<String>, String) {
        let line = take_apart(0, text, shared);
        (line.timestamp, line.level, line.label, line.line)
    }
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn legacy_lines_are_taken_apart() {
        let at = "2026-01-31T10:15:30.123456";
        assert_eq!(parts(&format!("{at} hello  there"), false), (some(at), None, None, "hello  there".into()));
        assert_eq!(parts(&format!("ERROR {at} oh"), false), (some(at), some("error"), None, "oh".into()));
        assert_eq!(parts(&format!("{at} [rank0] hi"), true), (some(at), None, some("rank0"), "hi".into()));
        assert_eq!(parts(&format!("{at} [INFO] hi"), false), (some(at), None, None, "[INFO] hi".into()));
        assert_eq!(parts(at, false), (some(at), None, None, String::new()));
        assert_eq!(parts(&format!("{at} "), false), (some(at), None, None, String::new()));
        for text in ["plain", "ERROR plain", "", "2026-01-31 x", "{\"a\":1}", "2026-01-31T10:15:30. x"] {
            assert_eq!(parts(text, true), (None, None, None, text.into()));
        }
    }

    #[test]
    fn the_end_of_a_line_is_not_part_of_it() {
        let (_, _, _, line) = parts("2026-01-31T10:15:30.123456 out 1\n", false);
        assert_eq!(line, "out 1");
    }

    #[test]
    fn structured_lines_are_taken_apart() {
        let text = r#"{"level":"error","ts":"2026-01-31T10:15:30.123456","label":"rank0","content":"a\tb"}"#;
        assert_eq!(parts(text, false), (some("2026-01-31T10:15:30.123456"), some("error"), some("rank0"), "a\tb".into()));
        let text = r#"{"ts":"2026-01-31T10:15:30.1","content":""}"#;
        assert_eq!(parts(text, true), (some("2026-01-31T10:15:30.1"), None, None, String::new()));
    }
}
