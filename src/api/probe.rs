//! `/static/probe/…`: links by which the server tries the way to itself, through whatever stands before it. They carry their
//! own permission, as those to files do; what is sent there is counted and forgotten.
//!
//! * `PUT`: takes bytes; the answer says how many arrived and what of the request did.
//! * `GET …/slowly`: pieces with pauses between them. `GET` of another name: known bytes, of which a range may be asked.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::{self, Bytes, Data, Path, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;

use super::send::{self, Wanted};
use super::{App, answer};
use crate::api::caller::Identity;
use crate::domain::checkup::probe::{PIECES, SIZE, SLOWLY, bytes_of};
use crate::domain::files::Purpose;
use crate::error::{Error, Result};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The most bytes that are taken.
const BYTES_MAX: usize = 64 << 20;
const PAUSE: Duration = Duration::from_millis(200);

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        resource("/static/probe/{subject}/{expires}/{signature}/{name:.+}")
            .route(web::put().to(take))
            .route(web::get().to(give)),
    );
}

#[derive(Deserialize)]
struct Link {
    subject: i64,
    expires: i64,
    signature: String,
    name: String,
}

impl Link {
    fn check(&self, app: &App, identity: &Identity) -> Result<()> {
        app.signer.check(Purpose::Probe, self.subject, &self.name, self.expires, &self.signature, identity.now)
    }
}

async fn take(request: HttpRequest, app: Data<App>, identity: Identity, link: Path<Link>, payload: Payload) -> HttpResponse {
    let counted = match link.check(&app, &identity) {
        Ok(()) => count(payload).await,
        Err(error) => Err(error),
    };
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let told = counted.map(|bytes| {
        json!({
            "bytes": bytes,
            "name": link.name,
            "host": text(header::HOST),
            "authorized": request.headers().contains_key(header::AUTHORIZATION),
            "peer": request.peer_addr().map(|peer| peer.ip().to_canonical().to_string()),
            "caller": identity.address,
            "forwarded": request.headers().contains_key(FORWARDED_FOR),
            "believed": request.peer_addr().is_none_or(|peer| app.trusted_proxies.iter().any(|known| known.contains(&peer.ip().to_canonical()))),
        })
    });
    answer::json(&request, StatusCode::OK, told)
}

async fn count(mut payload: Payload) -> Result<usize> {
    let mut count = 0;
    while let Some(bytes) = payload.next().await {
        count += bytes.map_err(|error| Error::invalid(format!("the body did not arrive whole: {error}")))?.len();
        if count > BYTES_MAX {
            return Err(Error::too_large(format!("a probe has at most {BYTES_MAX} bytes")));
        }
    }
    Ok(count)
}

async fn give(request: HttpRequest, app: Data<App>, identity: Identity, link: Path<Link>) -> HttpResponse {
    if let Err(error) = link.check(&app, &identity) {
        return answer::error(&request, &error);
    }
    if link.name == SLOWLY {
        let pieces = stream::unfold(0, |count| async move {
            if count == PIECES {
                return None;
            }
            if count > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            Some((Ok::<_, actix_web::Error>(Bytes::from(format!("piece {count}\n"))), count + 1))
        });
        return HttpResponse::Ok().content_type("text/plain").streaming(pieces);
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ACCEPT_RANGES, "bytes")).content_type("application/octet-stream");
    let wanted = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = match wanted.map(|text| send::range(text, SIZE)) {
        Some(Wanted::Part(range)) => {
            answer.status(StatusCode::PARTIAL_CONTENT);
            answer.insert_header((header::CONTENT_RANGE, format!("bytes {}-{}/{SIZE}", range.start, range.end - 1)));
            range
        }
        _ => 0..SIZE,
    };
    answer.body(bytes_of(range))
}
