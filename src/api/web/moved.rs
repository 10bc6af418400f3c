//! Links to runs that moved: they lead to where the run is, for those who may see it there.

use actix_web::HttpRequest;
use actix_web::web::Data;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::api::caller::Identity;
use crate::api::{App, Caller};
use crate::domain::runs;
use crate::error::Result;

/// What stands as itself in a part of an address.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The address of the same page of a run where that is now, if this is the address of one that moved.
pub(super) async fn address(request: &HttpRequest) -> Result<Option<String>> {
    let Some(([entity, project, name], rest)) = run_of(request.path()) else {
        return Ok(None);
    };
    let (Some(app), Some(call)) = (request.app_data::<Data<App>>(), caller(request)) else {
        return Ok(None);
    };
    let found = app.db.read(move |reader| runs::moved_from(reader, &call.0, &entity, &project, &name)).await?;
    Ok(found.map(|run| {
        let part = |text: &str| utf8_percent_encode(text, PART).to_string();
        let query = if request.query_string().is_empty() { String::new() } else { format!("?{}", request.query_string()) };
        let base = app.base_path();
        format!("{base}/{}/{}/runs/{}{rest}{query}", part(&run.entity), part(&run.project), part(&run.name))
    }))
}

/// Entity, project and run of `/entity/project/runs/run…`, and what follows.
fn run_of(path: &str) -> Option<([String; 3], String)> {
    let mut parts = path.trim_start_matches('/').splitn(5, '/');
    let mut text = || percent_decode_str(parts.next()?).decode_utf8().ok().map(|text| text.into_owned());
    let (entity, project, noun, name) = (text()?, text()?, text()?, text()?);
    let rest = parts.next().map_or_else(String::new, |rest| format!("/{rest}"));
    (noun == "runs" && !name.is_empty()).then_some(([entity, project, name], rest))
}

/// Who asks; wrong credentials are none here, since pages are for everybody.
fn caller(request: &HttpRequest) -> Option<Caller> {
    use actix_web::HttpMessage as _;
    let identity = request.extensions().get::<Identity>().cloned()?;
    let call = identity.nobody();
    Some(Caller(match identity.actor {
        Ok(actor) => crate::domain::Call { actor, ..call },
        Err(_) => call,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_run_is_taken_apart() {
        let (found, rest) = run_of("/red/my%20digits/runs/first/files/a.txt").unwrap();
        assert_eq!((found, rest.as_str()), (["red", "my digits", "first"].map(str::to_owned), "/files/a.txt"));
        assert_eq!(run_of("/red/digits/runs/first").unwrap().1, "");
        assert!(run_of("/red/digits/artifacts/first").is_none());
        assert!(run_of("/red/digits/runs").is_none());
    }
}
