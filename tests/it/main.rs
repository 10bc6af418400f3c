//! One binary for all tests through the doors: each test binary is a large static link.

mod accounts;
mod artifact_insight;
mod artifacts;
mod audit;
mod backup;
mod desk;
mod doors;
mod files;
mod filters;
mod golden;
mod house;
mod invitations;
mod lab;
mod ldap;
mod logger;
mod monitor;
mod overload;
mod people;
mod plans;
mod projects;
mod run_api;
mod runs;
mod series;
mod service_accounts;
mod tidy;
mod trash;
