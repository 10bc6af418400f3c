//! A server below a path of its host, as `https://example.org/ml/runs`. Whether the proxy before it passes that path on or takes it
//! away, and whether a machine asks without a proxy: doors see addresses as they are at the root.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::api::App;

/// The middleware.
pub async fn strip<B: MessageBody>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, actix_web::Error> {
    let stripped = request.app_data::<Data<App>>().and_then(|app| without(app.base_path(), request.uri()));
    if let Some(uri) = stripped {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// The address as it is at the root; `None` if it is that already.
fn without(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base).filter(|_| !base.is_empty())?;
    let rest = match rest.chars().next() {
        Some('/') => rest.to_owned(),
        None | Some('?') => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proxy_passes_on_is_taken_away_once() {
        let seen = |base: &str, asked: &str| without(base, &asked.parse().unwrap()).map(|uri| uri.to_string());
        for (asked, rest) in [
            ("/ml/runs/graphql", "/graphql"),
            ("/ml/runs", "/"),
            ("/ml/runs?x=1", "/?x=1"),
            ("/ml/runs/files/a/b/c/media%2Fx?y=%20", "/files/a/b/c/media%2Fx?y=%20"),
            ("/ml/runs/ml/runs", "/ml/runs"),
            ("http://h.example/ml/runs/ready", "http://h.example/ready"),
        ] {
            assert_eq!(seen("/ml/runs", asked).as_deref(), Some(rest), "{asked}");
        }
        for own in ["/graphql", "/ml", "/ml/runs2/x", "/"] {
            assert_eq!(seen("/ml/runs", own), None, "{own}");
        }
        assert_eq!(seen("", "/graphql"), None);
    }
}
