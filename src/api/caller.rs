//! Who sent a request, as doors ask for it.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::answer;
use crate::clock::Timestamp;
use crate::domain::Call;
use crate::error::{Error, Result};
use crate::policy::Actor;

/// What the server found out about a request; in its extensions, put there by `server::auth`.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who asks: nobody without credentials, and an error for wrong ones. It is a value, so that doors which need no
    /// credentials (signed URLs) are not disturbed by wrong ones.
    pub actor: Result<Actor, Arc<Error>>,
    pub now: Timestamp,
    pub address: Option<String>,
}

impl Identity {
    /// The call that nobody in particular makes from that address, whatever credentials were sent.
    pub fn nobody(&self) -> Call {
        Call { actor: Actor::nobody(), now: self.now, address: self.address.clone(), cause: None }
    }

    /// The call as whoever sent good credentials, if any, where these open nothing.
    pub fn call(&self) -> Call {
        let actor = self.actor.as_ref().map_or_else(|_| Actor::nobody(), Clone::clone);
        Call { actor, ..self.nobody() }
    }
}

/// Who asks, from where and when: the extractor of doors. Refuses wrong credentials (401) and requests of a browser that
/// another site may have made (403); without credentials it is nobody, and the policy decides.
#[derive(Clone, Debug)]
pub struct Caller(pub Call);

impl FromRequest for Caller {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = identity(request);
        ready(match found.as_ref().map(|identity| (&identity.actor, identity)) {
            Ok((Ok(actor), identity)) => Ok(Self(Call { actor: actor.clone(), ..identity.nobody() })),
            Ok((Err(error), _)) => Err(answer::failure(request, error)),
            Err(error) => Err(answer::failure(request, error)),
        })
    }
}

impl FromRequest for Identity {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(identity(request).map_err(|error| answer::failure(request, &error)))
    }
}

fn identity(request: &HttpRequest) -> Result<Identity> {
    let found = request.extensions().get::<Identity>().cloned();
    found.ok_or_else(|| Error::internal("the route is not behind server::auth"))
}
