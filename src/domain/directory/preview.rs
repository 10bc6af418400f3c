//! The first people and groups that the settings find, to see whether they are the right ones.

use super::connection::{Connection, Failure};
use super::groups::{BY_NAME, BY_USERNAME, Group};
use super::{Directory, Person};
use crate::error::Result;

/// Some of what there is.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
}

impl Directory {
    /// Up to `limit` people who may sign in and as many groups, by the first server that answers.
    ///
    /// # Errors
    /// `Unavailable` if no server tells.
    pub async fn preview(&self, limit: usize) -> Result<Preview> {
        self.first_answer(async |connection| self.preview_at(connection, limit).await).await
    }

    async fn preview_at(&self, connection: &mut Connection, limit: usize) -> Result<Preview, Failure> {
        let (server, settings) = (connection.server().to_owned(), self.settings());
        let wanted = settings.attributes.wanted();
        let people = connection.some(&settings.base_dn, &settings.filter_for("*"), &wanted, limit).await?;
        let wanted: Vec<String> = ["cn", BY_USERNAME].into_iter().chain(BY_NAME).map(str::to_owned).collect();
        let groups = connection.some(&settings.group_base_dn, &settings.group_filter, &wanted, limit).await?;
        Ok(Preview {
            // Of an entry that lacks something the test of one person tells.
            people: people.iter().filter_map(|entry| Person::read(entry, &settings.attributes, &server).ok()).collect(),
            groups: groups.iter().map(Group::read).collect(),
        })
    }
}
