//! Campaigns: a filter that was looked at once, as a list with a deadline, and how far it has come.

mod create;
mod cut_off;

pub use create::NewCampaign;
pub use cut_off::{CutOff, CutOffDone};

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::campaign::{Campaign, CampaignName, CampaignState, Member, Progress};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::holder::Holder;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::{Target, outcome_word};
use crate::app::{Answer, App, Call, Decision, Found, fault};
use crate::store::{CampaignCount, StoreError, Tx};

/// Tokens of a list that are looked at together.
const STRIDE: u32 = 500;

/// Take a token off a list.
#[derive(Debug, Clone)]
pub struct Exclude {
    /// Of which campaign.
    pub name: CampaignName,
    /// Which.
    pub token: TokenRef,
    /// Why.
    pub note: String,
    /// Check only.
    pub validate_only: bool,
}

/// A campaign and how far it has come, as far as the caller may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignShown {
    /// The campaign.
    pub campaign: Campaign,
    /// How many tokens are how far.
    pub counts: Vec<CampaignCount>,
    /// Whether the caller may see which tokens it was made for.
    pub with_filter: bool,
}

impl CampaignShown {
    fn concerns_caller(&self) -> bool {
        self.with_filter || !self.counts.is_empty()
    }
}

/// A token on a list, and its row as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberShown {
    /// What stands on the list.
    pub member: Member,
    /// The token.
    pub found: Found,
}

/// A campaign that was changed.
struct Changed;

impl Remembered for Changed {
    fn facts(&self) -> Facts {
        vec![("changed".to_owned(), "yes".to_owned())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "changed").map(|_| Self)
    }
}

/// A token that was taken off a list.
struct Off(RowId);

impl Remembered for Off {
    fn facts(&self) -> Facts {
        vec![("token".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "token")?.parse().ok().map(Self)
    }
}

impl App {
    /// One campaign.
    pub async fn campaign_get(&self, call: Call, name: CampaignName) -> Answer<CampaignShown> {
        self.store().read(move |tx| look(tx, &call, &name)).await.map_err(fault)?
    }

    /// A page of campaigns, newest first.
    pub async fn campaign_list(&self, call: Call, page: PageRequest) -> Answer<Page<CampaignShown>> {
        let codec = self.page_codec("campaigns", "");
        let before = codec.read_row(&page)?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let job = move |tx: &mut Tx<'_>| {
            let campaigns = tx.campaign_page(before, limit)?;
            let next = campaigns.last().filter(|_| campaigns.len() == size).map(|last| last.id);
            let mut items = Vec::new();
            for campaign in campaigns {
                let shown = shown(tx, &call, campaign)?;
                items.extend(Some(shown).filter(CampaignShown::concerns_caller));
            }
            Ok((items, next))
        };
        let (items, next) = self.store().read(job).await.map_err(fault)?;
        Ok(Page { items, next: next.map(|id| codec.write_row(id)) })
    }

    /// A page of the tokens on a list, by id.
    pub async fn campaign_members(
        &self,
        call: Call,
        name: CampaignName,
        progress: Option<Progress>,
        page: PageRequest,
    ) -> Answer<Page<MemberShown>> {
        let codec = self.page_codec("campaign-members", &format!("{name}\n{progress:?}"));
        let after = codec.read_row(&page)?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| match visible(tx, &call, &name)? {
            Ok(campaign) => members(tx, &call, campaign.id, progress, after, size).map(Ok),
            Err(no) => Ok(Err(no)),
        };
        let (items, next) = self.store().read(job).await.map_err(fault)??;
        Ok(Page { items, next: next.map(|id| codec.write_row(id)) })
    }

    /// Takes a token off a list: its holder is not meant.
    pub async fn campaign_exclude(&self, call: Call, order: Exclude) -> Answer<MemberShown> {
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_exclude(tx, &call, &order)?.map(|(_, shown)| shown));
            return self.store().read(job).await.map_err(fault)?;
        }
        let content = Canon::new("campaign-exclude/1")
            .text(order.name.as_str())
            .text(&Target::Token(order.token.clone()).words())
            .text(&order.note);
        let memory = self.repeatable(&call, "ExcludeCampaignToken", content);
        let (caller, name) = (call.clone(), order.name.clone());
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| exclude(tx, &caller, &order));
        let Off(token) = self.store().write(0, job).await.map_err(fault)??;
        let job = move |tx: &mut Tx<'_>| match visible(tx, &call, &name)? {
            Ok(campaign) => on_list(tx, &call, &campaign, token),
            Err(no) => Ok(Err(no)),
        };
        self.store().read(job).await.map_err(fault)?
    }

    /// Ends a campaign. What is left on its list stays on record as left.
    pub async fn campaign_close(
        &self,
        call: Call,
        name: CampaignName,
        etag: Option<String>,
        validate_only: bool,
    ) -> Answer<CampaignShown> {
        let content = Canon::new("campaign-close/1").text(name.as_str()).opt_text(etag.as_deref());
        let memory = self.repeatable(&call, "CloseCampaign", content);
        let (caller, target) = (call.clone(), name.clone());
        if validate_only {
            let job = move |tx: &mut Tx<'_>| match may_close(tx, &call, &name, etag.as_deref())? {
                Ok(campaign) => shown(tx, &call, campaign).map(Ok),
                Err(no) => Ok(Err(no)),
            };
            return self.store().read(job).await.map_err(fault)?;
        }
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = may_close(tx, &caller, &target, etag.as_deref())?;
                if let Ok(held) = &outcome {
                    let closed = Campaign { state: CampaignState::Closed, version: held.version + 1, ..held.clone() };
                    tx.campaign_swap(held, &closed)?;
                }
                let said = outcome.as_ref().map(drop).map_err(Clone::clone);
                tx.audit_append(event(&caller, Act::CampaignClose, &target, &said, Facts::new()))?;
                Ok(outcome.map(|_| Changed))
            })
        };
        let Changed = self.store().write(0, job).await.map_err(fault)??;
        self.campaign_get(call, name).await
    }
}

/// The campaign of a name and how far it has come. Who acts for departments sees those that concern them.
fn look(tx: &mut Tx<'_>, call: &Call, name: &CampaignName) -> Decision<CampaignShown> {
    let found = listed(tx, name)?.map(|campaign| shown(tx, call, campaign)).transpose()?;
    Ok(found.filter(CampaignShown::concerns_caller).ok_or_else(|| missing(name)))
}

/// The row of the campaign, for those whom `look` shows it; nothing is counted for who sees all.
fn visible(tx: &mut Tx<'_>, call: &Call, name: &CampaignName) -> Decision<Campaign> {
    let Some(campaign) = listed(tx, name)? else { return Ok(Err(missing(name))) };
    let concerns = has_whole_view(call, &campaign) || shown(tx, call, campaign.clone())?.concerns_caller();
    Ok(if concerns { Ok(campaign) } else { Err(missing(name)) })
}

/// The campaign of a name whose list is whole.
fn listed(tx: &mut Tx<'_>, name: &CampaignName) -> Result<Option<Campaign>, StoreError> {
    Ok(tx.campaign_find(name)?.filter(|campaign| campaign.state != CampaignState::Staging))
}

fn missing(name: &CampaignName) -> Rejection {
    Rejection::from(Reason::CampaignNotFound).with("campaign", name.as_str())
}

/// Whether a filter hides nothing from the caller that its list does not show: it may name people of other departments.
fn has_whole_view(call: &Call, campaign: &Campaign) -> bool {
    *call.scope() == Scope::All || campaign.created_by == call.operator.name
}

fn shown(tx: &mut Tx<'_>, call: &Call, campaign: Campaign) -> Result<CampaignShown, StoreError> {
    let counts = tx.campaign_counts(call.scope(), campaign.id)?;
    let with_filter = has_whole_view(call, &campaign);
    let members = counts.iter().map(|count| count.tokens).sum();
    Ok(CampaignShown { campaign: Campaign { members, ..campaign }, counts, with_filter })
}

/// Walks a list until the page is full or the list ends.
fn members(
    tx: &mut Tx<'_>,
    call: &Call,
    campaign: RowId,
    progress: Option<Progress>,
    mut after: Option<RowId>,
    size: usize,
) -> Result<(Vec<MemberShown>, Option<RowId>), StoreError> {
    let mut taken = Vec::new();
    loop {
        let (stride, next) = tx.campaign_members(call.scope(), campaign, after, STRIDE)?;
        for member in stride {
            if progress.is_some_and(|wanted| wanted != member.progress) {
                continue;
            }
            let token = member.token;
            // What went to another department since is told from the list alone to whoever sees all.
            let found = tx.token_by_id(call.scope(), token)?;
            taken.extend(found.map(|found| MemberShown { member, found }));
            if taken.len() == size {
                return Ok((taken, Some(token)));
            }
        }
        after = next;
        if after.is_none() {
            return Ok((taken, None));
        }
    }
}

/// A campaign that is under way.
fn under_way(tx: &mut Tx<'_>, call: &Call, name: &CampaignName) -> Decision<Campaign> {
    Ok(visible(tx, call, name)?.and_then(|campaign| match campaign.state {
        CampaignState::Open => Ok(campaign),
        CampaignState::Closed | CampaignState::Staging => {
            Err(Rejection::from(Reason::CampaignClosed).with("campaign", name.as_str()))
        }
    }))
}

fn on_list(tx: &mut Tx<'_>, call: &Call, campaign: &Campaign, token: RowId) -> Decision<MemberShown> {
    let member = tx.campaign_member(call.scope(), campaign.id, token)?;
    let found = tx.token_by_id(call.scope(), token)?;
    let shown = member.zip(found).map(|(member, found)| MemberShown { member, found });
    Ok(shown.ok_or_else(|| Reason::OutOfSight.into()))
}

/// The campaign and the token, if it can be taken off the list.
fn may_exclude(tx: &mut Tx<'_>, call: &Call, order: &Exclude) -> Decision<(Campaign, MemberShown)> {
    let campaign = match under_way(tx, call, &order.name)? {
        Ok(campaign) => campaign,
        Err(no) => return Ok(Err(no)),
    };
    let found = match Target::Token(order.token.clone()).find(tx, call.scope())? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    let member = tx.campaign_member(call.scope(), campaign.id, found.token.id)?;
    let open = member.filter(|member| member.progress == Progress::Open);
    let missing = || {
        Rejection::from(Reason::CampaignNotOnList)
            .with("serial", found.token.serial.shown())
            .with("campaign", order.name.as_str())
    };
    let open = open.ok_or_else(missing);
    Ok(open.map(|member| (campaign, MemberShown { member, found })))
}

fn exclude(tx: &mut Tx<'_>, call: &Call, order: &Exclude) -> Decision<Off> {
    let outcome = may_exclude(tx, call, order)?;
    if let Ok((campaign, shown)) = &outcome {
        tx.campaign_exclude(campaign.id, shown.member.token, &order.note)?;
    }
    let said = outcome.as_ref().map(drop).map_err(Clone::clone);
    let mut event = event(call, Act::CampaignExclude, &order.name, &said, Facts::new());
    if let Ok((_, shown)) = &outcome {
        event.details.push(("token".to_owned(), shown.found.token.name().to_string()));
        event.user = shown.member.user.as_ref().and_then(Holder::person).cloned();
    }
    event.details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
    tx.audit_append(event)?;
    Ok(outcome.map(|(_, shown)| Off(shown.member.token)))
}

fn may_close(tx: &mut Tx<'_>, call: &Call, name: &CampaignName, etag: Option<&str>) -> Decision<Campaign> {
    Ok(under_way(tx, call, name)?.and_then(|campaign| {
        if !has_whole_view(call, &campaign) {
            return Err(Rejection::from(Reason::CampaignNotYours).with("campaign", name.as_str()));
        }
        if etag.is_some_and(|seen| seen != campaign.etag()) {
            return Err(Rejection::from(Reason::CampaignChanged).with("campaign", name.as_str()));
        }
        Ok(campaign)
    }))
}

fn event(call: &Call, action: Act, name: &CampaignName, outcome: &Answer<()>, details: Facts) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: action.as_str().to_owned(),
        outcome: outcome_word(outcome),
        subject: Some(format!("campaigns/{name}")),
        user: None,
        details,
        request_id: call.request.map(|id| id.to_string()),
    }
}
