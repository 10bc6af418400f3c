//! Asking people into a team: by user name or mail address, with a link that works once. It is mailed to an address where the server
//! mails invitations, and needs no mail otherwise.

pub mod letters;
mod letters_store;
mod model;
mod store;

pub use letters::Post;
pub use model::{Expected, Invitation, State};

use std::time::Duration;

use serde_json::json;

use super::accounts::names::{check_email, key_of};
use super::accounts::{self, Account, AccountKind, Former, NewAccount};
use super::teams::{self, Entity};
use super::{Call, audit};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, InvitationId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target, TeamRole};
use crate::secret::{Secret, random_token, token_hash};

/// How long an invitation is good for.
const LASTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a seat waits for a person of the directory: nobody hands a link over, they come when they come.
const WAITS: Duration = Duration::from_secs(365 * 24 * 3600);

/// Asks a person, named by user name or mail address, into a team. Returns the token of the link that accepts it, which is mailed to an
/// address by `post`.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `NotFound` for a user name that nobody has; `Invalid` for what is no address and for
/// the role of service accounts; `Conflict` for who is a member or was asked already.
pub fn invite(
    tx: &Tx<'_>,
    call: &Call,
    post: Option<&Post>,
    team: &Entity,
    whom: &str,
    role: TeamRole,
) -> Result<(Invitation, Secret)> {
    require_may_invite(call, team, role)?;
    let whom = whom.trim();
    let by_email = whom.contains('@');
    let account = match by_email {
        true => {
            check_email(whom)?;
            accounts::by_email(tx, whom)?
        }
        false => Some(accounts::by_username(tx, whom)?.ok_or_else(|| Error::not_found(format!("account {whom}")))?),
    };
    teams::require_open(call, team)?;
    if let Some(account) = &account {
        require_invitable(tx, team, account)?;
    }
    let email_key = by_email.then(|| key_of(whom));
    let account_id = account.map(|account| account.id);
    if store::pending(tx, team.id, account_id, email_key.as_deref(), call.now)?.is_some() {
        return Err(Error::conflict(format!("{whom} was asked already; send the invitation again, or withdraw it")));
    }
    let token = random_token();
    let row = store::NewRow {
        team: team.id,
        role,
        email: by_email.then_some(whom),
        email_key: email_key.as_deref(),
        expected: None,
        account: account_id,
        token_hash: token_hash(token.reveal()),
        invited_by: call.actor.account,
        now: call.now,
        expires_at: call.now.plus(LASTS),
    };
    let invitation = found(tx, store::insert(tx, &row)?)?;
    let mailed = mail(tx, call, post, &invitation, &token)?;
    let details = json!({ "team": team.name, "whom": whom, "role": role.as_str(), "mailed": mailed });
    audit::record(tx, call, "team.invite", "entity", team.id.get(), &team.name, &details)?;
    Ok((invitation, token))
}

/// Has the link mailed if it is for an address and there is who mails it; whether that is so.
fn mail(tx: &Tx<'_>, call: &Call, post: Option<&Post>, invitation: &Invitation, token: &Secret) -> Result<bool> {
    let post = post.filter(|_| invitation.email.is_some());
    post.map(|post| letters::write(tx, post, invitation.id, token, call.now)).transpose().map(|written| written.is_some())
}

/// Of people named by user name or mail address, those whom no account here is named so.
pub fn without_account(db: &Reader<'_>, people: Vec<String>) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for person in people {
        let named = person.trim();
        let account = if named.contains('@') { accounts::by_email(db, named)? } else { accounts::by_username(db, named)? };
        if account.is_none() {
            unknown.push(person);
        }
    }
    Ok(unknown)
}

/// Active people whose user name, name or mail address begins with `text` and who have no seat in the team, by user name.
/// Whoever may invite may name anybody, so that they are suggested tells no more.
pub fn suggest(db: &Reader<'_>, team: &Entity, text: &str, limit: usize) -> Result<Vec<Account>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::suggested(db, team.id, &key_of(text), limit)?;
    let accounts = found.into_iter().map(|id| accounts::find(db, id)).collect::<Result<Vec<_>>>()?;
    Ok(accounts.into_iter().flatten().collect())
}

/// Keeps a seat in a team for a person of the directory who has no account yet.
///
/// # Errors
/// As [`invite`].
pub fn expect(tx: &Tx<'_>, call: &Call, team: &Entity, person: &Expected, role: TeamRole) -> Result<Invitation> {
    require_may_invite(call, team, role)?;
    teams::require_open(call, team)?;
    if store::expected(tx, &person.directory_id, call.now)?.iter().any(|found| found.team_id == team.id) {
        return Err(Error::conflict(format!("{} was asked already and has not signed in yet", person.name)));
    }
    let row = store::NewRow {
        team: team.id,
        role,
        email: None,
        email_key: None,
        expected: Some(person),
        account: None,
        // Nobody is given the token: the directory says who it is.
        token_hash: token_hash(random_token().reveal()),
        invited_by: call.actor.account,
        now: call.now,
        expires_at: call.now.plus(WAITS),
    };
    let id = store::insert(tx, &row)?;
    let details = json!({ "team": team.name, "whom": person.name, "directory_id": person.directory_id, "role": role.as_str() });
    audit::record(tx, call, "team.invite", "entity", team.id.get(), &team.name, &details)?;
    found(tx, id)
}

/// Whether a seat waits for a person of the directory.
pub(in crate::domain) fn expects(db: &Reader<'_>, directory_id: &str, now: Timestamp) -> Result<bool> {
    Ok(!store::expected(db, directory_id, now)?.is_empty())
}

/// Gives a person of the directory, who has an account now, the seats that wait for them. For the directory.
pub(in crate::domain) fn arrive(tx: &Tx<'_>, call: &Call, directory_id: &str, account: AccountId) -> Result<()> {
    for invitation in store::expected(tx, directory_id, call.now)? {
        let team = teams::require_team(tx, invitation.team_id)?;
        // Groups alone may decide there by now.
        if team.managed.is_some_and(|managed| managed.locked) {
            continue;
        }
        let account = accounts::find(tx, account)?.ok_or_else(|| Error::not_found("account"))?;
        take(tx, call, &invitation, &account)?;
    }
    Ok(())
}

/// Makes a new link for an invitation that was not accepted, good for another week, and has it mailed as [`invite`] does; the old one
/// stops working.
pub fn resend(tx: &Tx<'_>, call: &Call, post: Option<&Post>, team: &Entity, id: InvitationId) -> Result<(Invitation, Secret)> {
    let invitation = of_team(tx, call, team, id)?;
    match invitation.state(call.now) {
        State::Pending | State::Expired => {}
        other => return Err(Error::conflict(format!("this invitation is {}; make a new one", other.as_str()))),
    }
    require_may_invite(call, team, invitation.role)?;
    let token = random_token();
    let lasts = if invitation.expected.is_some() { WAITS } else { LASTS };
    store::renew(tx, id, &token_hash(token.reveal()), call.now.plus(lasts))?;
    let mailed = mail(tx, call, post, &invitation, &token)?;
    let details = json!({ "whom": invitation.whom(), "mailed": mailed });
    audit::record(tx, call, "team.invite_again", "entity", team.id.get(), &team.name, &details)?;
    Ok((found(tx, id)?, token))
}

/// Takes an invitation back. One that was accepted stays so.
pub fn withdraw(tx: &Tx<'_>, call: &Call, team: &Entity, id: InvitationId) -> Result<()> {
    let invitation = of_team(tx, call, team, id)?;
    require_may_invite(call, team, invitation.role)?;
    match invitation.state(call.now) {
        State::Accepted => return Err(Error::conflict("this invitation was accepted; remove the member instead")),
        State::Withdrawn | State::Declined => return Ok(()),
        State::Pending | State::Expired => store::set_withdrawn(tx, id, call.now)?,
    }
    let details = json!({ "whom": invitation.whom() });
    audit::record(tx, call, "team.uninvite", "entity", team.id.get(), &team.name, &details)
}

/// Invitations of a team, newest first, a page at a time; for those who may look at them.
pub fn list(db: &Reader<'_>, call: &Call, team: &Entity, after: Option<&str>, first: usize) -> Result<Page<Invitation>> {
    require_may_look(call, team)?;
    let after: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut rows = store::of_team(db, team.id, after, first + 1)?;
    let has_next = rows.len() > first;
    rows.truncate(first);
    Ok(Page { items: rows.into_iter().map(|row| (Cursor::encode(&row.id.get()), row)).collect(), has_next })
}

/// Invitations of a team that wait for an answer, oldest first; none for those who may not look at them.
pub fn pending_of(db: &Reader<'_>, call: &Call, team: &Entity) -> Result<Vec<Invitation>> {
    if require_may_look(call, team).is_err() {
        return Ok(Vec::new());
    }
    store::pending_of(db, team.id, call.now)
}

/// Invitations that wait for the caller's answer.
pub fn mine(db: &Reader<'_>, call: &Call) -> Result<Vec<Invitation>> {
    let account = call.actor.signed_in()?;
    let account = accounts::find(db, account)?.ok_or_else(|| Error::not_found("account"))?;
    store::pending_for(db, account.id, account.email.map(|email| key_of(&email)).as_deref(), call.now)
}

/// The invitation behind a link, whoever has the link.
///
/// # Errors
/// `NotFound`, in the same words whether the link never was, was replaced, or its invitation is over.
pub fn behind(db: &Reader<'_>, token: &str, now: Timestamp) -> Result<Invitation> {
    let invitation = store::by_token(db, &token_hash(token))?.filter(|found| found.state(now) == State::Pending);
    invitation
        .ok_or_else(|| Error::NotFound("this invitation was used, withdrawn or has expired; ask for a new one".to_owned()))
}

/// Accepts an invitation: the caller gets the seat.
///
/// # Errors
/// `NotFound` if it is not pending; `Forbidden` if it is for somebody else.
pub fn accept(tx: &Tx<'_>, call: &Call, invitation: &Invitation) -> Result<()> {
    let account = call.actor.signed_in()?;
    let account = accounts::find(tx, account)?.ok_or_else(|| Error::not_found("account"))?;
    if let Some((id, username, _)) = &invitation.account
        && *id != account.id
    {
        return Err(Error::forbidden(format!("this invitation is for {username}; sign in as {username} to accept it")));
    }
    take(tx, call, invitation, &account)
}

/// The invitation with that number, if it waits for the caller.
pub fn for_me(db: &Reader<'_>, call: &Call, id: InvitationId) -> Result<Invitation> {
    let mine = mine(db, call)?.into_iter().find(|invitation| invitation.id == id);
    mine.ok_or_else(|| Error::not_found("invitation"))
}

/// Says no to an invitation that waits for the caller.
pub fn decline(tx: &Tx<'_>, call: &Call, id: InvitationId) -> Result<()> {
    let invitation = for_me(tx, call, id)?;
    store::set_declined(tx, id, call.now)?;
    let details = json!({ "whom": invitation.whom() });
    audit::record(tx, call, "team.decline_invitation", "entity", invitation.team_id.get(), &invitation.team, &details)
}

/// Makes an account with the link of an invitation, and accepts it. The mail address is the one that was invited, if any.
///
/// # Errors
/// As [`behind`]; `Conflict` if the invitation is for an account that is there; `Invalid` or `Conflict` for the name.
pub fn sign_up(tx: &Tx<'_>, call: &Call, token: &str, new: &NewAccount) -> Result<Account> {
    let invitation = behind(tx, token, call.now)?;
    if let Some((_, username, _)) = &invitation.account {
        return Err(Error::conflict(format!("{username} has an account already; sign in to accept the invitation")));
    }
    let team = teams::entity(tx, invitation.team_id)?.ok_or_else(|| Error::not_found("team"))?;
    let new = NewAccount { email: invitation.email.clone(), site_admin: false, ..new.clone() };
    let account = accounts::create_invited(tx, call, &new, team.organization_id)?;
    take(tx, call, &invitation, &account)?;
    Ok(account)
}

/// Gives the seat and uses the invitation up.
fn take(tx: &Tx<'_>, call: &Call, invitation: &Invitation, account: &Account) -> Result<()> {
    if !store::set_accepted(tx, invitation.id, account.id, call.now)? {
        return Err(Error::not_found("invitation"));
    }
    let held = teams::member(tx, &teams::require_team(tx, invitation.team_id)?, account.id)?;
    // Who got a better seat in the meantime keeps it.
    if held.is_none_or(|held| held.role < invitation.role) {
        teams::give_seat(tx, call, invitation.team_id, account, invitation.role)?;
    }
    let details = json!({ "member": account.username, "role": invitation.role.as_str() });
    audit::record(tx, call, "team.accept_invitation", "entity", invitation.team_id.get(), &invitation.team, &details)
}

/// Whether the caller may ask people into the team with that role.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Invalid` for the role of service accounts.
pub fn require_may_invite(call: &Call, team: &Entity, role: TeamRole) -> Result<()> {
    policy::require(&call.actor, Action::Write, &Target::Invitations { team: team.id, open_to_members: team.members_invite })?;
    match role {
        TeamRole::Admin => policy::require(&call.actor, Action::Manage, &Target::Entity(team.id)),
        TeamRole::Service => Err(Error::invalid("service accounts are made, not invited")),
        TeamRole::Member | TeamRole::ViewOnly => Ok(()),
    }
}

fn require_may_look(call: &Call, team: &Entity) -> Result<()> {
    policy::require(&call.actor, Action::Read, &Target::Invitations { team: team.id, open_to_members: team.members_invite })
}

fn require_invitable(tx: &Tx<'_>, team: &Entity, account: &Account) -> Result<()> {
    if account.deactivated_at.is_some() {
        return Err(Error::conflict(format!("the account {} is deactivated", account.username)));
    }
    if account.kind == AccountKind::Service {
        return Err(Error::invalid(format!("{} is a service account; only people are invited", account.username)));
    }
    if teams::member(tx, team, account.id)?.is_some() {
        return Err(Error::conflict(format!("{} is a member of {} already", account.username, team.name)));
    }
    Ok(())
}

/// The invitation of this team, for those who may look at them.
fn of_team(tx: &Tx<'_>, call: &Call, team: &Entity, id: InvitationId) -> Result<Invitation> {
    require_may_look(call, team)?;
    let invitation = store::by_id(tx, id)?.filter(|invitation| invitation.team_id == team.id);
    invitation.ok_or_else(|| Error::not_found("invitation"))
}

fn found(tx: &Tx<'_>, id: InvitationId) -> Result<Invitation> {
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("an invitation is gone that was just made"))
}

/// Takes the names of somebody who is gone out of invitations, answered or not.
pub(in crate::domain) fn forget(tx: &Tx<'_>, former: &Former) -> Result<()> {
    letters_store::forget(tx, former)?;
    store::forget(tx, former)
}
