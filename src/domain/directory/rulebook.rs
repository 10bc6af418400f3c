//! Where the rules stand: in the operator's file, or in the database, where administrators edit them.

use std::path::PathBuf;
use std::sync::PoisonError;

use serde_json::json;

use super::rules::{Gives, Rule, Rules, Written};
use super::{Directory, rules_store};
use crate::clock::Timestamp;
use crate::db::{Db, Reader};
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};

/// More than these nobody reads.
const RULES_MAX: usize = 2000;

/// All rules with where they come from.
#[derive(Clone, Debug)]
pub struct Rulebook {
    pub rules: Rules,
    /// The file that says them; `None`: they are edited here.
    pub file: Option<PathBuf>,
    /// Counts changes; 0 before the first.
    pub revision: i64,
    /// When they were changed here, and by whom.
    pub changed: Option<(Timestamp, String)>,
}

impl Directory {
    /// What groups give, as the file or the database says now, and who may sign in by `ldap.sign_in_groups`.
    ///
    /// # Errors
    /// `Invalid` with the line of a mistake in the file.
    pub async fn rules(&self, db: &Db) -> Result<Rules> {
        let rules = match &self.settings.rules_file {
            Some(path) => {
                let rules = Rules::load(path)?;
                self.good_rules.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&rules);
                rules
            }
            None => db.read(edited).await?,
        };
        Ok(self.with_sign_in_groups(rules))
    }

    fn with_sign_in_groups(&self, mut rules: Rules) -> Rules {
        let let_in = |group: &String| Rule { group: group.clone(), gives: Gives::SignIn, contact: None };
        rules.0.extend(self.settings.sign_in_groups.iter().map(let_in));
        rules
    }

    /// As [`Directory::rules`]; while the file has a mistake, as it was before: nobody is locked out by one.
    pub(super) async fn rules_that_hold(&self, db: &Db) -> Result<Rules> {
        match self.rules(db).await {
            Err(error @ Error::Invalid(_)) => {
                tracing::error!("{error}; until it is mended the rules before hold");
                let good = self.good_rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Ok(self.with_sign_in_groups(good))
            }
            other => other,
        }
    }

    /// All rules with where they come from; for administrators of the server.
    pub async fn rulebook(&self, db: &Db, call: &Call) -> Result<Rulebook> {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        // Those of the setting are shown beside the rules, not among them.
        let mut rules = self.rules(db).await?;
        rules.0.truncate(rules.0.len() - self.settings.sign_in_groups.len());
        let row = db.read(rules_store::find).await?.filter(|_| self.settings.rules_file.is_none());
        let (revision, changed) = row.map_or((0, None), |row| (row.revision, Some((row.changed_at, row.changed_by))));
        Ok(Rulebook { rules, file: self.settings.rules_file.clone(), revision, changed })
    }

    /// Replaces all rules that are edited here. They come into effect with the next sync, and at sign-ins from now on.
    ///
    /// # Errors
    /// `Forbidden` unless the caller administers the server; `Conflict` if a file of the operator says the rules, or somebody
    /// changed them since `revision`; `Invalid` with the number of a rule and what is wrong with it.
    pub async fn set_rules(&self, db: &Db, call: &Call, written: Vec<Written>, revision: i64) -> Result<()> {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        if let Some(path) = &self.settings.rules_file {
            return Err(Error::conflict(format!("the rules are those of the file {}; edit it there", path.display())));
        }
        if written.len() > RULES_MAX {
            return Err(Error::invalid(format!("there may be {RULES_MAX} rules at most")));
        }
        // As they were understood, so that what was left empty is left out.
        let rules: Vec<Written> = Rules::of(written)?.0.iter().map(Rule::written).collect();
        let call = call.clone();
        db.write(move |tx| {
            let row = rules_store::find(tx)?;
            let (before, held) = row.map_or((Vec::new(), 0), |row| (row.rules, row.revision));
            if held != revision {
                return Err(Error::conflict(
                    "somebody else changed the rules meanwhile; load them again and repeat your change",
                ));
            }
            if before == rules {
                return Ok(());
            }
            let account = call.actor.account.map(|id| accounts::find(tx, id)).transpose()?.flatten();
            let changed_by = account.map_or_else(|| "operator".to_owned(), |account| account.username);
            let revision = revision + 1;
            let details = json!({ "before": before, "after": rules });
            let row = rules_store::Row { rules: rules.clone(), revision, changed_at: call.now, changed_by };
            rules_store::replace(tx, &row)?;
            audit::record(tx, &call, "directory.change_rules", "directory", revision, "rules", &details)
        })
        .await
    }
}

/// Those that are edited here.
fn edited(db: &Reader<'_>) -> Result<Rules> {
    rules_store::find(db)?.map_or_else(|| Ok(Rules::default()), |row| Rules::of(row.rules))
}
