//! What a resolver has at hand: the app, who asks, and the two databases.

use std::sync::{Arc, OnceLock};

use actix_web::web::Data;
use async_graphql::{Context, ErrorExtensions as _};

use crate::api::{Allowance, App};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::history::Segments;
use crate::domain::projects::Project;
use crate::error::{Error, Result};

/// Given to every request.
pub(super) struct Asking {
    pub app: Data<App>,
    pub call: Call,
    /// What is left of the requests about the project that was asked for first, if they are bounded.
    pub left: Arc<OnceLock<Allowance>>,
    /// Whether a person asks: with our pages or the client's public API, and not the process of a run.
    pub by_hand: bool,
}

/// Short words for resolvers. The errors are ready for GraphQL.
pub(super) trait Resolver {
    fn app(&self) -> &App;
    fn call(&self) -> &Call;
    fn is_by_hand(&self) -> bool;
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>, &Call) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T>;
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Tx<'_>, &Call) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T>;
    async fn read_history<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>, &Segments) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T>;
}

impl Resolver for Context<'_> {
    fn app(&self) -> &App {
        &self.data_unchecked::<Asking>().app
    }
    fn call(&self) -> &Call {
        &self.data_unchecked::<Asking>().call
    }
    fn is_by_hand(&self) -> bool {
        self.data_unchecked::<Asking>().by_hand
    }
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>, &Call) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T> {
        let call = self.call().clone();
        self.app().db.read(move |reader| work(reader, &call)).await.map_err(graphql_error)
    }
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Tx<'_>, &Call) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T> {
        let call = self.call().clone();
        self.app().db.write(move |tx| work(tx, &call)).await.map_err(graphql_error)
    }
    async fn read_history<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>, &Segments) -> Result<T> + Send + 'static,
    ) -> async_graphql::Result<T> {
        let segments = self.app().segments.clone();
        self.app().history.read(move |reader| work(reader, &segments)).await.map_err(graphql_error)
    }
}

/// Takes one of the requests that may be made about a project.
///
/// # Errors
/// `Busy` if there is none.
pub(super) fn charge(ctx: &Context<'_>, project: &Project) -> async_graphql::Result<()> {
    let (left, charged) = ctx.app().charge_project(project);
    if let Some(left) = left {
        // Of several projects the first one says how it stands.
        let _ = ctx.data_unchecked::<Asking>().left.set(left);
    }
    charged.map_err(graphql_error)
}

/// What the door needs of an error besides its text, carried through the engine.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub cause: Option<String>,
}

/// Turns our error into the engine's, keeping code, status and cause. Always use it: a bare `?` would drop them.
pub(super) fn graphql_error(error: Error) -> async_graphql::Error {
    let failure = Failure {
        status: error.status(),
        retry_after: error.retry_after_seconds(),
        cause: matches!(error, Error::Internal(_)).then(|| error.cause()),
    };
    let code = error.code();
    let mut shown = async_graphql::Error::new(error.to_string()).extend_with(|_, extensions| extensions.set("code", code));
    shown.source = Some(Arc::new(failure));
    shown
}
