//! People and service accounts of a team as the client sees them, those who were asked but did not answer among them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::account::{SuccessPayload, User};
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::scalars::DateTime;
use crate::db::{Reader, Tx};
use crate::domain::accounts::names::Name;
use crate::domain::accounts::{self, Account, AccountKind, NewAccount};
use crate::domain::invitations::{self, Invitation, Post};
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, organizations, service_accounts};
use crate::error::{Error, Result as OurResult};
use crate::id::{AccountId, InvitationId};
use crate::policy::{Action, TeamRole};

#[derive(SimpleObject)]
pub struct Member {
    /// Of the account, or of the invitation while it is pending.
    id: Option<String>,
    admin: bool,
    role: String,
    /// Asked, but not in the team yet.
    pending: bool,
    email: Option<String>,
    username: Option<String>,
    name: String,
    photo_url: Option<String>,
    account_type: String,
    /// The secret of a service account, for who made it with this client in the last minutes; nobody else can read it.
    api_key: Option<String>,
}

impl Member {
    fn seated(member: teams::Member, api_key: Option<String>) -> Self {
        let teams::Member { account, role, .. } = member;
        Self {
            id: Some(ids::encode("User", account.id.get()).0),
            admin: role == TeamRole::Admin,
            role: role.as_str().to_owned(),
            pending: false,
            account_type: if account.kind == AccountKind::Service { "SERVICE" } else { "USER" }.to_owned(),
            email: account.email,
            username: Some(account.username),
            name: account.name,
            photo_url: None,
            api_key,
        }
    }

    fn asked(invitation: Invitation) -> Self {
        let (username, name) = invitation.account.map(|(_, username, name)| (username, name)).unzip();
        Self {
            id: Some(ids::encode("Invite", invitation.id.get()).0),
            admin: invitation.role == TeamRole::Admin,
            role: invitation.role.as_str().to_owned(),
            pending: true,
            name: name.or(invitation.email.clone()).unwrap_or_default(),
            email: invitation.email,
            username,
            photo_url: None,
            account_type: "USER".to_owned(),
            api_key: None,
        }
    }
}

/// People first, then who was asked, then service accounts: the client takes the last one for the one it has just made.
pub(super) fn members(db: &Reader<'_>, call: &Call, entity: &Entity) -> OurResult<Vec<Member>> {
    let seated = teams::members(db, call, entity.id)?;
    let (services, people): (Vec<_>, Vec<_>) =
        seated.into_iter().partition(|member| member.account.kind == AccountKind::Service);
    let mut found: Vec<Member> = people.into_iter().map(|member| Member::seated(member, None)).collect();
    found.extend(invitations::pending_of(db, call, entity)?.into_iter().map(Member::asked));
    for member in services {
        let secret = service_accounts::fresh_secret(db, call, member.account.id)?;
        found.push(Member::seated(member, secret.map(|secret| secret.reveal().to_owned())));
    }
    Ok(found)
}

#[derive(Default)]
pub struct MemberMutations;

#[derive(Clone, InputObject)]
struct CreateInviteInput {
    entity_name: String,
    email: Option<String>,
    username: Option<String>,
    admin: Option<bool>,
    client_mutation_id: Option<String>,
}

/// Somebody asked into a team.
#[derive(SimpleObject)]
struct Invite {
    id: ID,
    name: Option<String>,
    email: Option<String>,
    created_at: DateTime,
    /// The account it is for, if there is one.
    to_user: Option<User>,
}

#[derive(SimpleObject)]
struct CreateInvitePayload {
    invite: Option<Invite>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteInviteInput {
    id: Option<String>,
    entity_name: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct CreateServiceAccountInput {
    entity_name: String,
    description: String,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct CreateUserInput {
    email: String,
    admin: Option<bool>,
    client_mutation_id: Option<String>,
}

/// An account that was made.
#[derive(SimpleObject)]
struct CreatedUserPayload {
    user: Option<User>,
    client_mutation_id: Option<String>,
}

/// What is taken away: a seat, or an invitation.
#[derive(Clone, Copy)]
enum Taken {
    Seat(AccountId),
    Invitation(InvitationId),
}

#[Object]
impl MemberMutations {
    /// Asks a person into a team, by user name or e-mail address.
    async fn create_invite(&self, ctx: &Context<'_>, input: CreateInviteInput) -> Result<CreateInvitePayload> {
        let client_mutation_id = input.client_mutation_id.clone();
        let post = ctx.app().post.clone();
        let invite = ctx.write(move |tx, call| invite(tx, call, post.as_ref(), &input)).await?;
        ctx.app().ring("invitations by mail");
        Ok(CreateInvitePayload { invite: Some(invite), client_mutation_id })
    }

    /// Takes back an invitation, or the seat of a member.
    async fn delete_invite(&self, ctx: &Context<'_>, input: DeleteInviteInput) -> Result<SuccessPayload> {
        let id = input.id.unwrap_or_default();
        let taken = match ids::decode("Invite", &id) {
            Ok(number) => Taken::Invitation(InvitationId::new(number)),
            Err(_) => Taken::Seat(AccountId::new(ids::decode("User", &id).map_err(graphql_error)?)),
        };
        let entity = input.entity_name.ok_or_else(|| graphql_error(Error::invalid("name the team")))?;
        let work = move |tx: &Tx<'_>, call: &Call| {
            let team = teams::require(tx, call, Action::Read, &entity)?;
            match taken {
                Taken::Invitation(id) => invitations::withdraw(tx, call, &team, id),
                Taken::Seat(id) => {
                    let account = accounts::find(tx, id)?.ok_or_else(|| Error::not_found("member"))?;
                    teams::remove_member(tx, call, team.id, &account.username)
                }
            }
        };
        ctx.write(work).await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }

    /// Creates a service account of a team. Its secret stands in the team's members for who made it, for five minutes.
    async fn create_service_account(&self, ctx: &Context<'_>, input: CreateServiceAccountInput) -> Result<CreatedUserPayload> {
        let CreateServiceAccountInput { entity_name, description, client_mutation_id } = input;
        let work = move |tx: &Tx<'_>, call: &Call| {
            let team = teams::require(tx, call, Action::Manage, &entity_name)?;
            service_accounts::create_described(tx, call, &team, &description)
        };
        let account = ctx.write(work).await?;
        Ok(CreatedUserPayload { user: Some(User(account)), client_mutation_id })
    }

    /// Creates a person, named after the address; for administrators of the server, who then hand over a link to sign in.
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Result<CreatedUserPayload> {
        let CreateUserInput { email, admin, client_mutation_id } = input;
        let account = ctx.write(move |tx, call| person(tx, call, &email, admin.unwrap_or_default())).await?;
        Ok(CreatedUserPayload { user: Some(User(account)), client_mutation_id })
    }
}

fn invite(tx: &Tx<'_>, call: &Call, post: Option<&Post>, input: &CreateInviteInput) -> OurResult<Invite> {
    let whom = match (&input.username, &input.email) {
        (Some(username), None) => username,
        (None, Some(email)) => email,
        _ => return Err(Error::invalid("name the person by username or by email")),
    };
    let team = teams::require(tx, call, Action::Read, &input.entity_name)?;
    let role = if input.admin.unwrap_or_default() { TeamRole::Admin } else { TeamRole::Member };
    let (invitation, _) = invitations::invite(tx, call, post, &team, whom, role)?;
    let to_user = match &invitation.account {
        Some((id, ..)) => accounts::find(tx, *id)?.map(User),
        None => None,
    };
    Ok(Invite {
        id: ids::encode("Invite", invitation.id.get()),
        name: invitation.account.as_ref().map(|(_, _, name)| name.clone()),
        email: invitation.email,
        created_at: DateTime(invitation.created_at),
        to_user,
    })
}

/// A person with the first free name near the address.
fn person(tx: &Tx<'_>, call: &Call, email: &str, admin: bool) -> OurResult<Account> {
    let local = email.split('@').next().unwrap_or_default();
    let username = Name::near(local).or_else(|_| Name::parse("user"))?;
    let username = accounts::free_name(tx, &username)?.as_str().to_owned();
    let new = NewAccount { username, name: None, email: Some(email.to_owned()), password_hash: None, site_admin: admin };
    accounts::create(tx, call, &new)
}

/// The organizations that an account belongs to.
pub(super) fn organizations_of(db: &Reader<'_>, account: AccountId) -> OurResult<Vec<Entity>> {
    organizations::of_account(db, account)
}
