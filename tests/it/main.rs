//! One binary for all tests through the doors: each test binary is a large static link.

mod accounts;
mod artifact_insight;
mod artifacts;
mod doors;
mod files;
mod filters;
mod golden;
mod house;
mod monitor;
mod plans;
mod runs;
mod tidy;
