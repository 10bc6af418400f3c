//! Front doors: one protocol each; translate, call, answer. No door uses another, none speaks SQL.

pub mod answer;
pub mod caller;
pub mod rest;
pub mod web;

pub use caller::Caller;
