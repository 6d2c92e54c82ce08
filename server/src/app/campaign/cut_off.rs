//! After the deadline: stopping the codes of what is left, stage by stage, so that not everybody stands at the desk on one
//! morning.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::campaign::{Campaign, CampaignName, Member, Progress, STAGE_MAX};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::lot::JAPAN;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Action;

use super::{CampaignShown, STRIDE, event, look, under_way};
use crate::app::lending::{Deed, MoveToken, move_one};
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::target::{Target, legal};
use crate::app::{Answer, App, Call, Decision, Found, fault};
use crate::store::{StoreError, Tx};

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
            let passed_over = stage.passed_over;
            Ok(look(tx, &call, &name)?.map(|campaign| CutOffDone { campaign, stopped, passed_over }))
        };
        self.store().read(job).await.map_err(fault)?
    }
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
