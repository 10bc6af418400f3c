//! Every address of the server, on one screen. The order matters: the web pages take what is left.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::api::{artifacts, audit_logs, files, filestream, graphql, monitor, probe, rest, web as pages};

pub(super) fn routes(config: &mut ServiceConfig) {
    rest::health_routes(config); //   GET /healthz, /ready
    monitor::routes(config); //         GET /metrics
    audit_logs::routes(config); //      GET /admin/audit_logs
    graphql::routes(config); //         POST /graphql
    crate::api::metrics::routes(config); // POST /api/v1/metrics
    filestream::routes(config); //      POST /files/{entity}/{project}/{run}/file_stream
    files::routes(config); //           /files/…, signed links
    probe::routes(config); //           /static/probe/…, signed links
    artifacts::routes(config); //       /artifactsV2/…, /artifacts/…, signed links
    config.service(web::scope("/api/v1").wrap(from_fn(rest::once)).configure(rest::routes));
    pages::routes(config); //           everything else
}
