//! The running server: who asks, routes, the request line, jobs and shutdown.

pub mod auth;
