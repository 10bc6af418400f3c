//! Gives bytes out: whole or one range of them. What people uploaded never acts as a page of this server.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Result};

/// What is given out.
pub struct Sent {
    pub size_bytes: i64,
    /// What tells these bytes from others: of files their MD5 in base64.
    pub tag: String,
    pub mime_type: String,
    /// What a browser calls the file when it saves it.
    pub base_name: String,
}

/// A ZIP of that name, sent while it is made; how long it gets is not known before.
pub fn archive(name: &str, bytes: BoxStream<'static, Result<Bytes>>) -> HttpResponse {
    made(name, "application/zip", bytes)
}

/// A file of that name and type, sent while it is made.
pub fn made(name: &str, mime_type: &'static str, bytes: BoxStream<'static, Result<Bytes>>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(mime_type)
        // Compressing again what is stored as it is would only cost time.
        .insert_header(header::ContentEncoding::Identity)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC)),
        ))
        .streaming(bytes.map_err(|error| std::io::Error::other(error.cause())))
}

/// The bytes that a request asks for; `open` begins to read a range of them, or all.
pub async fn send(
    request: &HttpRequest,
    sent: Sent,
    open: impl AsyncFnOnce(Option<Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>>,
) -> Result<HttpResponse> {
    let size = u64::try_from(sent.size_bytes).map_err(Error::internal)?;
    let etag = format!("\"{}\"", sent.tag);
    let matches = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::ETAG, etag.clone()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Sandboxed without the rights of our origin: HTML and SVG that people uploaded cannot act for who looks at them.
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox allow-scripts; default-src 'unsafe-inline' data: blob:"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("inline; filename*=UTF-8''{}", utf8_percent_encode(&sent.base_name, NON_ALPHANUMERIC)),
        ))
        .content_type(sent.mime_type);
    if matches(header::IF_NONE_MATCH) == Some(etag.as_str()) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    // A download that is taken up again wants the rest of the same bytes, or else all of the new ones.
    let same = matches(header::IF_RANGE).is_none_or(|known| known == etag);
    let wanted = matches(header::RANGE).filter(|_| same).map(|text| range(text, size));
    let range = match wanted {
        Some(Wanted::Impossible) => {
            answer.status(StatusCode::RANGE_NOT_SATISFIABLE).insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
            return Ok(answer.finish());
        }
        Some(Wanted::Part(range)) => {
            let shown = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            answer.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, shown));
            Some(range)
        }
        Some(Wanted::Whole) | None => None,
    };
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    if request.method() == Method::HEAD || length == 0 {
        return Ok(answer
            .no_chunking(length)
            .body(SizedStream::new(length, futures_util::stream::empty::<Result<_, Error>>())));
    }
    let bytes = open(range).await?;
    Ok(answer.body(SizedStream::new(length, bytes.map_err(|error| std::io::Error::other(error.cause())))))
}

/// What a Range header asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    Impossible,
}

/// One range of bytes (RFC 9110 §14); several at once, or what cannot be read, mean the whole file, as the standard allows.
pub fn range(text: &str, size: u64) -> Wanted {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim()) {
        (Ok(first), "") if first < size => Wanted::Part(first..size),
        (Ok(first), last) if !last.is_empty() => match last.parse::<u64>() {
            Ok(last) if last < first => Wanted::Whole,
            Ok(_) if first >= size => Wanted::Impossible,
            Ok(last) => Wanted::Part(first..last.saturating_add(1).min(size)),
            Err(_) => Wanted::Whole,
        },
        (Ok(_), _) => Wanted::Impossible,
        (Err(_), last) if first.trim().is_empty() => match last.parse::<u64>() {
            Ok(0) => Wanted::Impossible,
            Ok(_) if size == 0 => Wanted::Impossible,
            Ok(count) => Wanted::Part(size.saturating_sub(count)..size),
            Err(_) => Wanted::Whole,
        },
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(range("bytes=0-0", 10), Wanted::Part(0..1));
        assert_eq!(range("bytes=5-", 10), Wanted::Part(5..10));
        assert_eq!(range("bytes=-3", 10), Wanted::Part(7..10));
        assert_eq!(range("bytes=2-99", 10), Wanted::Part(2..10));
        assert_eq!(range("bytes=10-", 10), Wanted::Impossible);
        assert_eq!(range("bytes=10-12", 10), Wanted::Impossible);
        assert_eq!(range("bytes=0-1,4-5", 10), Wanted::Whole);
        assert_eq!(range("lines=1-2", 10), Wanted::Whole);
    }
}
