//! Making a campaign: looking once at which tokens a filter takes, and keeping that list. It is made in small jobs under a
//! campaign that nobody sees yet, and shown when it is whole.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::campaign::{Campaign, CampaignKind, CampaignName, CampaignState, MEMBERS_MAX, Member, Progress};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Custody;

use super::{CampaignShown, Changed, event};
use crate::app::filter::TokenFilter;
use crate::app::memory::{Repeatable, once};
use crate::app::token::walk;
use crate::app::{Answer, App, Call, Found, entropy_fault, fault, to_the_end};
use crate::store::{CampaignCount, Order, Tx};

/// Tokens put on a list in one job, so that a verification never waits long for it.
const SLICE: usize = 500;

/// Make a campaign.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    /// Its name.
    pub name: CampaignName,
    /// What it is for.
    pub kind: CampaignKind,
    /// Which tokens.
    pub filter: String,
    /// Until when.
    pub due_at: Timestamp,
    /// Anything worth recording.
    pub note: String,
    /// Check only: how many tokens it would be.
    pub validate_only: bool,
}

impl App {
    /// Makes a campaign: looks once at which tokens the filter takes, and keeps the list.
    pub async fn campaign_create(&self, call: Call, order: NewCampaign) -> Answer<CampaignShown> {
        if order.filter.trim().is_empty() {
            return Err(Rejection::from(Reason::CampaignFilterEmpty).in_field("filter"));
        }
        TokenFilter::parse(&order.filter, &call.operator)?;
        if order.due_at <= self.now() {
            return Err(Rejection::from(Reason::CampaignDuePast).in_field("due_time"));
        }
        let content = Canon::new("campaign-create/1")
            .text(order.name.as_str())
            .text(order.kind.as_str())
            .text(&order.filter)
            .int(order.due_at.timestamp_micros())
            .text(&order.note)
            .int(i64::from(order.validate_only));
        let memory = self.repeatable(&call, "CreateCampaign", content);
        let id = RowId::draw(self.now(), &**self.entropy()).map_err(entropy_fault)?;
        let app = self.clone();
        to_the_end(async move { app.create(call, order, id, memory).await }).await
    }

    async fn create(
        &self,
        call: Call,
        order: NewCampaign,
        id: RowId,
        memory: Option<Repeatable>,
    ) -> Answer<CampaignShown> {
        let campaign = Campaign {
            id,
            name: order.name.clone(),
            kind: order.kind,
            state: CampaignState::Staging,
            filter: order.filter.clone(),
            note: order.note.clone(),
            due_at: order.due_at,
            members: 0,
            created_at: self.now(),
            created_by: call.operator.name.clone(),
            version: 1,
        };
        if order.validate_only {
            return self.campaign_check(call, campaign).await;
        }
        let (staging, remembered) = (campaign.clone(), memory.clone());
        let job = move |tx: &mut Tx<'_>| {
            let known = remembered.as_ref().map_or(Ok(None), |memory| memory.recall::<Changed>(tx))?;
            Ok(match known {
                Some(answer) => Some(answer),
                None if tx.campaign_insert(&staging)? => None,
                // Where its list is being made, the same call may be under way: asked again, it is answered from memory.
                None => match tx.campaign_find(&staging.name)?.map(|held| held.state) {
                    Some(CampaignState::Staging) => Some(Err(Reason::TransactionConflict.into())),
                    Some(CampaignState::Open | CampaignState::Closed) | None => Some(Err(taken(&staging))),
                },
            })
        };
        match self.store().write(0, job).await.map_err(fault)? {
            Some(Ok(Changed)) => return self.campaign_get(call, order.name).await,
            Some(Err(no)) => return Err(no),
            None => {}
        }
        let opened = match self.list_members(&call, &campaign).await {
            Ok(members) => self.open(call.clone(), campaign.clone(), members, memory).await,
            Err(no) => Err(no),
        };
        if let Err(no) = opened {
            self.store().write_background(move |tx| tx.campaign_delete(id)).await.map_err(fault)?;
            return Err(no);
        }
        self.campaign_get(call, order.name).await
    }

    /// How many tokens it would be.
    async fn campaign_check(&self, call: Call, campaign: Campaign) -> Answer<CampaignShown> {
        let name = campaign.name.clone();
        let known = self.store().read(move |tx| tx.campaign_find(&name)).await.map_err(fault)?;
        if known.is_some() {
            return Err(taken(&campaign));
        }
        let mut tokens = 0;
        let mut after = None;
        loop {
            let (members, next) = self.chosen(&call, &campaign.filter, after).await?;
            tokens += members.len();
            after = next;
            if after.is_none() || tokens > MEMBERS_MAX {
                break;
            }
        }
        let members = sized(tokens)?;
        let counts = vec![CampaignCount { progress: Progress::Open, cut_off: false, tokens: members }];
        Ok(CampaignShown { campaign: Campaign { members, ..campaign }, counts, with_filter: true })
    }

    /// Puts what the filter takes on the list, in small jobs; how many there are.
    async fn list_members(&self, call: &Call, campaign: &Campaign) -> Answer<i64> {
        let id = campaign.id;
        let mut listed = 0;
        let mut after = None;
        loop {
            let (members, next) = self.chosen(call, &campaign.filter, after).await?;
            listed += members.len();
            sized(listed.max(1))?;
            for slice in members.chunks(SLICE) {
                let slice = slice.to_vec();
                self.store().write_background(move |tx| tx.campaign_add(id, &slice)).await.map_err(fault)?;
            }
            after = next;
            if after.is_none() {
                return sized(listed);
            }
        }
    }

    /// Some of the tokens that the filter takes, and where to go on. What is out of service for good has had its day.
    async fn chosen(&self, call: &Call, filter: &str, after: Option<RowId>) -> Answer<(Vec<Member>, Option<RowId>)> {
        let filter = TokenFilter::parse(filter, &call.operator)?;
        let call = call.clone();
        let job = move |tx: &mut Tx<'_>| walk(tx, &call, &filter, Order::Oldest, after, SLICE);
        let (found, next) = self.store().read(job).await.map_err(fault)?;
        let kept = found.into_iter().filter(|found| found.token.state.custody != Custody::Retired);
        Ok((kept.map(|found| member(&found)).collect(), next))
    }

    /// Lets a list be seen that is whole.
    async fn open(&self, call: Call, campaign: Campaign, members: i64, memory: Option<Repeatable>) -> Answer<()> {
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let version = campaign.version + 1;
                let open = Campaign { state: CampaignState::Open, members, version, ..campaign.clone() };
                tx.campaign_swap(&campaign, &open)?;
                let details = vec![
                    ("kind".to_owned(), campaign.kind.as_str().to_owned()),
                    // Not the filter: it may name people, and what is in the chain stays.
                    ("due".to_owned(), campaign.due_at.to_rfc3339()),
                    ("tokens".to_owned(), members.to_string()),
                ];
                tx.audit_append(event(&call, Act::CampaignCreate, &campaign.name, &Ok(()), details))?;
                Ok(Ok(Changed))
            })
        };
        self.store().write(0, job).await.map_err(fault)?.map(|Changed| ())
    }

    /// Lists that were being made when the service stopped. Called once at start, before anybody calls.
    pub async fn campaign_leftovers(&self) -> Answer<()> {
        let job = |tx: &mut Tx<'_>| {
            for campaign in tx.campaigns_unfinished()? {
                tx.campaign_delete(campaign.id)?;
            }
            Ok(())
        };
        self.store().write(0, job).await.map_err(fault)
    }
}

/// The token as it stands on a list.
fn member(found: &Found) -> Member {
    let token = &found.token;
    // A person and a loan come together; of a damaged row that says otherwise neither is taken.
    let held = token.user.clone().zip(token.loan);
    Member {
        token: token.id,
        loan: held.as_ref().map(|(_, loan)| *loan),
        user: held.map(|(user, _)| user.into()),
        department: token.department.clone(),
        progress: Progress::Open,
        excluded_for: None,
        cut_off_at: None,
    }
}

/// A number of tokens that a campaign may have.
fn sized(tokens: usize) -> Answer<i64> {
    match tokens {
        0 => Err(Rejection::from(Reason::CampaignEmpty).in_field("filter")),
        1..=MEMBERS_MAX => Ok(i64::try_from(tokens).unwrap_or(i64::MAX)),
        _ => Err(Rejection::from(Reason::CampaignTooLarge).with("most", MEMBERS_MAX.to_string()).in_field("filter")),
    }
}

fn taken(campaign: &Campaign) -> Rejection {
    Rejection::from(Reason::CampaignExists).with("campaign", campaign.name.as_str())
}
