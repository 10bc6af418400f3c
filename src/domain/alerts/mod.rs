//! Rules that watch the runs of a project and tell people: that a metric got worse, that a run ended, what a run itself sends.
//!
//! Rows that come are noted with the rows ([`Watched`]), in projects with rules alone, and judged within a second or two
//! ([`judge`]); ends and what runs send are judged in the transaction that keeps them ([`events`]). That a rule fired and what is
//! to be told to whom are one transaction; [`deliver`] tells it, again and again until it is taken or given up.
//!
//! * A rule looks at all values of a run that logs something after the rule was made, and fires at most once for a run until
//!   somebody arms it again.
//! * What it knows of a run is how many lines of each writer it has seen and the last values, so that after a crash it goes on
//!   with the first line it has not seen. Rows that changed are looked at from the first one again.

mod authors;
mod condition;
mod deliver;
pub mod events;
mod firings;
mod firings_store;
mod former_store;
mod judge;
mod message;
mod model;
mod rules;
mod store;
mod watched;
pub mod webhooks;
mod webhooks_store;

pub use authors::has_left;
pub(in crate::domain) use authors::{count_of, hand_over_all};
pub use condition::{Better, Condition, Direction, End, Level, Over, Side, Unit};
pub use deliver::{Channels, deliver, try_webhook};
pub use firings::{Search, page, try_out};
pub use judge::{judge, rearm};
pub use model::{Delivery, FiredRun, Firing, Format, Recipient, Rule, Webhook, Wish};
pub use rules::{create, delete, get, list, may_change, may_hand_over, problems, recipients, update, webhook_name};
pub use watched::Watched;

use crate::db::Tx;
use crate::domain::accounts::Former;
use crate::domain::former_store as shared;
use crate::error::Result;
use crate::id::{EntityId, ProjectId, RunId};

/// Forgets the rules of a project that is freed.
pub(in crate::domain) fn forget_project(tx: &Tx<'_>, project: ProjectId) -> Result<()> {
    store::delete_of_project(tx, project)
}

/// Forgets what rules know of a run that is freed, and that they fired for it.
pub(in crate::domain) fn forget_run(tx: &Tx<'_>, run: RunId) -> Result<()> {
    store::forget_run(tx, run)
}

/// Takes the names of somebody who is gone out of what alerts are called, told and were answered; they are written to no more.
pub(in crate::domain) fn forget_names(tx: &Tx<'_>, former: &Former) -> Result<()> {
    former_store::forget_recipient(tx, former)?;
    shared::strike(tx, former, &former_store::TEXTS)
}

/// Forgets the webhooks of a team that is freed.
pub(in crate::domain) fn forget_entity(tx: &Tx<'_>, entity: EntityId) -> Result<()> {
    webhooks_store::delete_of_entity(tx, entity)
}
