//! What is turned away at the gate, before anybody looks at who asks: requests to names that are not ours, which a page
//! elsewhere may have made a browser send; and more requests of one key, or about one project, than the operator allows.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use percent_encoding::percent_decode_str;

use crate::api::rest::{Allowance, Rate, Throttle};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::{Secret, token_hash};

/// Asked by machines that know the server by whatever name.
const FOR_MACHINES: [&str; 3] = ["/healthz", "/ready", "/metrics"];
/// By these the server finds out, among other things, what becomes of the name on the way to it.
const PROBES: &str = "/static/probe/";

/// Refuses requests that are addressed to a name of somebody else. Addresses are nobody's name: who reaches us by one did
/// not ask a name server that another may have changed.
pub(super) fn require_known_host(request: &HttpRequest, ours: Option<&[String]>) -> Result<()> {
    let Some(ours) = ours else { return Ok(()) };
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let authority = header.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default();
    let host = host_of(authority).to_lowercase();
    let is_ours = host.is_empty() || host == "localhost" || ours.contains(&host) || host.parse::<std::net::IpAddr>().is_ok();
    let is_anybodys = FOR_MACHINES.contains(&request.path()) || request.path().starts_with(PROBES);
    if is_ours || is_anybodys {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "this server is not called {host:?}: use the address in http.public_url, or have its operator add the name to http.also_known_as"
    )))
}

/// The host of `host:port`.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// The host of an address, in lower case.
pub(super) fn host_of_url(url: &str) -> Option<String> {
    Some(host_of(url.split_once("://")?.1.split('/').next()?).to_lowercase())
}

/// The names that requests may be addressed to, if there is a public address.
pub(super) fn names(public_url: Option<&str>, also: &[String]) -> Option<Vec<String>> {
    let mut names = vec![host_of_url(public_url?)?];
    names.extend(also.iter().cloned());
    Some(names)
}

/// Whether a request counts towards what a key may ask. What runs that have begun send never does.
pub(super) fn counts(path: &str) -> bool {
    let is_of_runs = path.ends_with("/file_stream") || path.starts_with("/static/") || path.starts_with("/artifacts");
    !is_of_runs && (path == "/graphql" || path.starts_with("/api/") || path.starts_with("/files/"))
}

/// Takes one request of who shows this secret; what is left to them, and whether there was one.
pub(super) fn take(requests: &Throttle, secret: &Secret, rate: Rate, now: Timestamp) -> (Allowance, Result<()>) {
    // Not the secret itself: what is kept in memory longest is kept as a hash.
    let who = hex::encode(&token_hash(secret.reveal())[..16]);
    requests.charge(&who, "this key asks too often", rate, now)
}

/// The project that a request names in its path: entity and name.
pub(super) fn project_of(path: &str) -> Option<(String, String)> {
    let rest = path.strip_prefix("/api/v1/projects/").or_else(|| path.strip_prefix("/files/"))?;
    let mut parts = rest.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
    parts.next().zip(parts.next()).filter(|(entity, name)| !entity.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_read() {
        let known = names(Some("https://Runs.example:8443/x"), &["other.example".to_owned()]);
        assert_eq!(known, Some(vec!["runs.example".to_owned(), "other.example".to_owned()]));
        assert_eq!((host_of("[::1]:80"), host_of("a.b:1"), names(None, &[])), ("::1", "a.b", None));
        let red = Some(("red team".to_owned(), "p".to_owned()));
        assert_eq!((project_of("/files/red%20team/p/r/a"), project_of("/api/v1/projects/red%20team/p")), (red.clone(), red));
        assert_eq!(
            (project_of("/api/v1/projects/red"), project_of("/api/v1/projects//p"), project_of("/graphql")),
            (None, None, None)
        );
        for path in ["/graphql", "/api/v1/keys", "/files/a/b/c/d.txt"] {
            assert!(counts(path), "{path}");
        }
        for path in ["/files/a/b/c/file_stream", "/static/upload/1/2/3/x", "/", "/assets/app.js", "/artifactsV2/x"] {
            assert!(!counts(path), "{path}");
        }
    }
}
