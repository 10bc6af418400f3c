//! The web pages: files that `build.rs` made, embedded in the binary.
//!
//! Every address that is not the API's is a page of the one-page application, so this is mounted last, as the default.

mod encoding;
mod headers;
mod moved;

use std::borrow::Cow;

use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, LOCATION, VARY};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use encoding::Encoding;

use crate::api::{App, answer};
use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Pages;

/// First segments that belong to programs: an unknown address below them is not a page.
const NOT_PAGES: [&str; 7] = ["api", "artifacts", "artifactsV2", "assets", "files", "graphql", "static"];

/// The application: every page there is.
const PAGE: &str = "index.html";

/// Answers whatever no other route answers.
pub fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(serve));
}

async fn serve(request: HttpRequest) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_found(&request);
    }
    let path = request.path().trim_start_matches('/');
    if path != PAGE
        && let Some(found) = file(&request, path)
    {
        return found;
    }
    if !wants_page(&request, path) {
        return not_found(&request);
    }
    match moved::address(&request).await {
        Ok(Some(address)) => HttpResponse::Found().insert_header((LOCATION, address)).finish(),
        Ok(None) => page(&request).unwrap_or_else(|| not_found(&request)),
        Err(error) => answer::error(&request, &error),
    }
}

/// The page. Its addresses begin at the root of the host; where the server is below a path, that is put before them, and said to
/// the scripts.
fn page(request: &HttpRequest) -> Option<HttpResponse> {
    let base = request.app_data::<Data<App>>().map_or("", |app| app.base_path());
    if base.is_empty() {
        return file(request, PAGE);
    }
    let (_, content, _) = encoding::choose("", |encoding| stored(PAGE, encoding))?;
    let text = below(base, &String::from_utf8_lossy(&content));
    let tag = answer::tag(text.as_bytes());
    Some(answered(request, PAGE, &tag, Encoding::Identity, Bytes::from(text)))
}

/// The same page where the server is below a path.
fn below(base: &str, page: &str) -> String {
    page.replace("=\"/", &format!("=\"{base}/")).replacen("<html ", &format!("<html data-base=\"{base}\" "), 1)
}

fn stored(path: &str, encoding: Encoding) -> Option<(Cow<'static, [u8]>, [u8; 32])> {
    let file = Pages::get(&format!("{path}{}", encoding.suffix()))?;
    Some((file.data, file.metadata.sha256_hash()))
}

fn wants_page(request: &HttpRequest, path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let html = header(request, ACCEPT.as_str()).contains("text/html");
    html && !NOT_PAGES.contains(&first)
}

/// The embedded file in the best form the browser takes. The build keeps large files only compressed.
fn file(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    let (encoding, content, digest) =
        encoding::choose(header(request, ACCEPT_ENCODING.as_str()), |encoding| stored(path, encoding))?;
    let content = match content {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(answered(request, path, &format!("\"{}\"", hex::encode(&digest[..16])), encoding, content))
}

/// An answer with the file of that path, and what a browser is to make of it. Of what it has already it is told no more than that:
/// bytes behind such an answer would be taken for the next one.
fn answered(request: &HttpRequest, path: &str, tag: &str, encoding: Encoding, content: Bytes) -> HttpResponse {
    let is_known = header(request, IF_NONE_MATCH.as_str()).contains(tag);
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag)).insert_header((VARY, "Accept-Encoding"));
    // Names below assets/ carry a hash of the content, the others stay the same when the content changes.
    let lifetime = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert_header((CACHE_CONTROL, lifetime));
    headers::secure(&mut answer);
    if is_known {
        return answer.finish();
    }
    answer.content_type(mime_guess::from_path(path).first_or_octet_stream().to_string());
    if let Some(name) = encoding.header() {
        answer.insert_header((CONTENT_ENCODING, name));
    }
    answer.body(content)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn not_found(request: &HttpRequest) -> HttpResponse {
    answer::error(request, &Error::not_found(request.path()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App as Actix, rt};

    use super::*;

    fn status(request: TestRequest) -> StatusCode {
        rt::System::new().block_on(async {
            let app = init_service(Actix::new().configure(routes)).await;
            call_service(&app, request.to_request()).await.status()
        })
    }

    #[test]
    fn a_page_address_answers_the_application_only_to_browsers() {
        let browser = TestRequest::get().uri("/team/project/runs/abc").insert_header((ACCEPT, "text/html,*/*"));
        assert_eq!(status(browser), StatusCode::OK);
        assert_eq!(status(TestRequest::get().uri("/team/project")), StatusCode::NOT_FOUND);
    }

    #[test]
    fn an_unknown_asset_or_api_address_is_not_a_page() {
        for path in ["/assets/gone.js", "/api/v1/nothing", "/files/a/b/c"] {
            assert_eq!(
                status(TestRequest::get().uri(path).insert_header((ACCEPT, "text/html"))),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }

    #[test]
    fn a_page_below_a_path_says_where_it_is() {
        let page = r#"<html lang="en"><script src="/theme.js"></script><a href="/"><img src="/mark.svg" /></a></html>"#;
        let expected = r#"<html data-base="/ml/runs" lang="en"><script src="/ml/runs/theme.js"></script><a href="/ml/runs/"><img src="/ml/runs/mark.svg" /></a></html>"#;
        assert_eq!(below("/ml/runs", page), expected);
    }

    #[test]
    fn of_what_a_browser_has_already_it_is_told_no_more_than_that() {
        rt::System::new().block_on(async {
            let app = init_service(Actix::new().configure(routes)).await;
            let asked = || TestRequest::get().uri("/").insert_header((ACCEPT, "text/html"));
            let whole = call_service(&app, asked().to_request()).await;
            let tag = whole.headers().get(ETAG).unwrap().clone();
            let known = call_service(&app, asked().insert_header((IF_NONE_MATCH, tag)).to_request()).await;
            assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
            assert!(read_body(known).await.is_empty());
            assert!(!read_body(whole).await.is_empty());
        });
    }

    #[test]
    fn only_reading_is_answered() {
        assert_eq!(status(TestRequest::post().uri("/").insert_header((ACCEPT, "text/html"))), StatusCode::NOT_FOUND);
    }
}
