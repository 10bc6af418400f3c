//! One binary for all tests through the doors: each test binary is a large static link.

mod accounts;
mod files;
mod golden;
mod runs;
mod tidy;
