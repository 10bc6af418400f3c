//! Front doors: one protocol each; translate, call, answer. No door uses another, none speaks SQL.
