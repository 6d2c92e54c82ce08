//! Campaigns: a filter that was looked at once, as a list with a deadline; how far it has come; and, after the deadline,
//! stopping the codes of what is left, stage by stage, so that not everybody stands at the desk on one morning.

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::campaign::{
    Campaign, CampaignKind, CampaignName, CampaignState, MEMBERS_MAX, Member, Progress, STAGE_MAX,
};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::lot::JAPAN;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Custody};

use crate::app::filter::TokenFilter;
use crate::app::lending::{Deed, MoveToken, move_one};
use crate::app::memory::{Facts, Remembered, Repeatable, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::{Target, legal, outcome_word};
use crate::app::token::walk;
use crate::app::{Answer, App, Call, Decision, Found, entropy_fault, fault, to_the_end};
use crate::store::{CampaignCount, Order, StoreError, Tx};

/// Tokens put on a list in one job, so that a verification never waits long for it.
const SLICE: usize = 500;

/// Tokens of a list that are looked at together.
const STRIDE: u32 = 500;

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

/// Stop the codes of what is left.
#[derive(Debug, Clone)]
pub struct CutOff {
    /// Of which campaign.
    pub name: CampaignName,
    /// How many at most in this stage.
    pub limit: usize,
    /// Only those lent through this department.
    pub department: Option<String>,
    /// Check only: which tokens it would be.
    pub validate_only: bool,
}

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

/// A token on a list, and its row as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberShown {
    /// What stands on the list.
    pub member: Member,
    /// The token.
    pub found: Found,
}

/// What one stage of a cut-off came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOffDone {
    /// The campaign, with what is left.
    pub campaign: CampaignShown,
    /// The tokens whose codes were stopped.
    pub stopped: Vec<Found>,
    /// How many were passed over, since their codes don't count anyway.
    pub passed_over: usize,
}

/// The same, as it is remembered.
#[derive(Default)]
struct Stage {
    stopped: Vec<RowId>,
    passed_over: usize,
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

impl Remembered for Stage {
    fn facts(&self) -> Facts {
        let stopped: Vec<_> = self.stopped.iter().map(ToString::to_string).collect();
        vec![("stopped".to_owned(), stopped.join(" ")), ("passed_over".to_owned(), self.passed_over.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let stopped = fact(facts, "stopped")?.split_whitespace().map(|id| id.parse().ok()).collect::<Option<_>>()?;
        Some(Self { stopped, passed_over: fact(facts, "passed_over")?.parse().ok()? })
    }
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
                None => Some(Err(taken(&staging))),
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
                    ("filter".to_owned(), campaign.filter.clone()),
                    ("due".to_owned(), campaign.due_at.to_rfc3339()),
                    ("tokens".to_owned(), members.to_string()),
                ];
                tx.audit_append(event(&call, Act::CampaignCreate, &campaign.name, &Ok(()), details))?;
                Ok(Ok(Changed))
            })
        };
        self.store().write(0, job).await.map_err(fault)?.map(|Changed| ())
    }

    /// One campaign.
    pub async fn campaign_get(&self, call: Call, name: CampaignName) -> Answer<CampaignShown> {
        let job = move |tx: &mut Tx<'_>| match visible(tx, &call, &name)? {
            Ok(campaign) => shown(tx, &call, campaign).map(Ok),
            Err(no) => Ok(Err(no)),
        };
        self.store().read(job).await.map_err(fault)?
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
                if sees(tx, &call, &campaign)? {
                    items.push(shown(tx, &call, campaign)?);
                }
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

    /// Stops the codes of some of what is left after the deadline.
    pub async fn campaign_cut_off(&self, call: Call, order: CutOff) -> Answer<CutOffDone> {
        let (caller, name) = (call.clone(), order.name.clone());
        let stage = if order.validate_only {
            self.store().read(move |tx| cut_off(tx, &caller, &order)).await.map_err(fault)??
        } else {
            let limit = i64::try_from(order.limit).unwrap_or(i64::MAX);
            let content = Canon::new("campaign-cut-off/1")
                .text(order.name.as_str())
                .int(limit)
                .opt_text(order.department.as_deref());
            let memory = self.repeatable(&call, "CutOffCampaign", content);
            let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| cut_off(tx, &caller, &order));
            self.store().write(0, job).await.map_err(fault)??
        };
        let job = move |tx: &mut Tx<'_>| {
            let mut stopped = Vec::new();
            for token in stage.stopped {
                stopped.extend(tx.token_by_id(call.scope(), token)?);
            }
            let campaign = match visible(tx, &call, &name)? {
                Ok(campaign) => shown(tx, &call, campaign)?,
                Err(no) => return Ok(Err(no)),
            };
            Ok(Ok(CutOffDone { campaign, stopped, passed_over: stage.passed_over }))
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
        user: held.map(|(user, _)| user),
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

/// The campaign of a name, as far as the caller may see it: who acts for departments sees those that concern them.
fn visible(tx: &mut Tx<'_>, call: &Call, name: &CampaignName) -> Decision<Campaign> {
    let found = tx.campaign_find(name)?.filter(|campaign| campaign.state != CampaignState::Staging);
    let missing = || Rejection::from(Reason::CampaignNotFound).with("campaign", name.as_str());
    Ok(match found {
        Some(campaign) if sees(tx, call, &campaign)? => Ok(campaign),
        Some(_) | None => Err(missing()),
    })
}

fn sees(tx: &mut Tx<'_>, call: &Call, campaign: &Campaign) -> Result<bool, StoreError> {
    Ok(has_whole_view(call, campaign) || !tx.campaign_counts(call.scope(), campaign.id)?.is_empty())
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
        event.user.clone_from(&shown.member.user);
    }
    event.details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
    tx.audit_append(event)?;
    Ok(outcome.map(|(_, shown)| Off(shown.member.token)))
}

/// One stage: stops codes, or says which they would be.
fn cut_off(tx: &mut Tx<'_>, call: &Call, order: &CutOff) -> Decision<Stage> {
    let outcome = match may_cut_off(tx, call, order)? {
        Ok(campaign) => Ok(stage(tx, call, order, &campaign)?),
        Err(no) => Err(no),
    };
    if !order.validate_only {
        let said = outcome.as_ref().map(drop).map_err(Clone::clone);
        let mut event = event(call, Act::CampaignCutOff, &order.name, &said, Facts::new());
        event.details.extend(order.department.iter().map(|name| ("department".to_owned(), name.clone())));
        let stopped = outcome.as_ref().map_or(0, |stage| stage.stopped.len());
        event.details.push(("stopped".to_owned(), stopped.to_string()));
        tx.audit_append(event)?;
    }
    Ok(outcome)
}

fn may_cut_off(tx: &mut Tx<'_>, call: &Call, order: &CutOff) -> Decision<Campaign> {
    let now = tx.now();
    Ok(under_way(tx, call, &order.name)?.and_then(|campaign| {
        if campaign.due_at <= now {
            return Ok(campaign);
        }
        let day = campaign.due_at.with_timezone(&JAPAN).format("%Y-%m-%d").to_string();
        Err(Rejection::from(Reason::CampaignNotDue).with("campaign", order.name.as_str()).with("day", day))
    }))
}

fn stage(tx: &mut Tx<'_>, call: &Call, order: &CutOff, campaign: &Campaign) -> Result<Stage, StoreError> {
    let mut stage = Stage::default();
    let mut after = None;
    loop {
        let (members, next) = tx.campaign_members(call.scope(), campaign.id, after, STRIDE)?;
        for member in members.iter().filter(|member| is_left(member, order)) {
            let Some(found) =
                tx.token_by_id(call.scope(), member.token)?.filter(|found| found.token.loan == member.loan)
            else {
                continue;
            };
            if legal(&found, Action::Suspend).is_err() || !stop(tx, call, order, campaign, &found)? {
                stage.passed_over += 1;
                continue;
            }
            stage.stopped.push(member.token);
            if stage.stopped.len() == order.limit.min(STAGE_MAX) {
                return Ok(stage);
            }
        }
        after = next;
        if after.is_none() {
            return Ok(stage);
        }
    }
}

/// Whether a stage may stop it: somebody still holds it, it was not stopped before, and it is of the department.
fn is_left(member: &Member, order: &CutOff) -> bool {
    let meant = order.department.is_none() || order.department == member.department;
    meant && member.loan.is_some() && member.progress == Progress::Open && member.cut_off_at.is_none()
}

/// Stops one, and notes that it was, so that a desk that lets it go on is not overruled by the next stage.
fn stop(tx: &mut Tx<'_>, call: &Call, order: &CutOff, campaign: &Campaign, found: &Found) -> Result<bool, StoreError> {
    if order.validate_only {
        return Ok(true);
    }
    let suspension = MoveToken {
        target: Target::Token(TokenRef::Name(found.token.name())),
        deed: Deed::Suspend,
        note: format!("campaign {}", campaign.name),
        etag: None,
        leaves_none: true,
        validate_only: false,
    };
    let stopped = move_one(tx, call, &suspension)?.is_ok();
    if stopped {
        let now = tx.now();
        tx.campaign_cut_off(campaign.id, found.token.id, now)?;
    }
    Ok(stopped)
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
