//! `Idempotency-Key`: a POST that is sent again with the same key is answered as the first time, and done once.

use actix_web::body::{BoxBody, EitherBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage as _, HttpResponse};

use crate::api::caller::Identity;
use crate::api::{App, answer};
use crate::domain::repeats::{self, Kept, Request};
use crate::error::{Error, Result};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is that of the first time.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The middleware. Only who is known has keys of their own; others' are left alone.
pub async fn once<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let key = request.headers().get(KEY).map(|value| value.to_str().unwrap_or_default().to_owned());
    let identity = request.extensions().get::<Identity>().cloned();
    let account = identity.as_ref().and_then(|identity| identity.actor.as_ref().ok()?.account);
    let (Some(key), Some(account), Some(identity), true) = (key, account, identity, request.method() == Method::POST) else {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    };
    let app = request.app_data::<Data<App>>().cloned();
    let taken = async {
        let app = app.ok_or_else(|| Error::internal("the server gave no App"))?;
        let body = request.extract::<Bytes>().await.map_err(|error| unread(&error))?;
        request.set_payload(Payload::from(body.clone()));
        let asked = Request::new(account, &key, request.method().as_str(), &request.uri().to_string(), &body)?;
        let (taking, now) = (asked.clone(), identity.now);
        let kept = app.db.write(move |tx| repeats::take(tx, &taking, now)).await?;
        Ok((app, asked, kept))
    };
    let (app, asked, kept) = match taken.await {
        Ok(taken) => taken,
        Err(error) => {
            let refusal = answer::error(request.request(), &error);
            return Ok(request.into_response(refusal).map_into_right_body());
        }
    };
    if let Some(kept) = kept {
        return Ok(request.into_response(again(kept)).map_into_right_body());
    }
    let response = next.call(request).await?;
    let status = response.status();
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_| actix_web::error::ErrorInternalServerError("an answer without an end"))?;
    let kept = Kept { status: status.as_u16(), body: body.to_vec() };
    // What may come out otherwise the next time is not kept.
    let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let noted = app.db.write(move |tx| match passing {
        true => repeats::dropped(tx, &asked),
        false => repeats::answered(tx, &asked, &kept),
    });
    if let Err(error) = noted.await {
        tracing::error!(cause = error.cause(), "the answer to a request with an Idempotency-Key was not kept");
    }
    let response = head.set_body(body).map_into_boxed_body();
    Ok(ServiceResponse::new(request, response).map_into_right_body())
}

/// The answer of the first time.
fn again(kept: Kept) -> HttpResponse {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header((REPLAYED, "true"));
    if kept.body.is_empty() {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, "application/json")).body(kept.body)
}

fn unread(error: &actix_web::Error) -> Error {
    if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::too_large("the body is too large");
    }
    Error::invalid(format!("the request cannot be read: {error}"))
}
