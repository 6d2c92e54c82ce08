//! Campaigns and the tokens on their lists. How far a token is, is read from its loan each time.

use tokenfleet_domain::campaign::{Campaign, CampaignName, Member, Progress};
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Insert, Kind, Row, Value, args, single};
use super::error::{Result, inserted, swapped};
use super::tx::Tx;

/// The columns, in the order in which they are read and written.
macro_rules! campaign_columns {
    () => {
        "id, name, kind, state, filter, note, due_at, members, created_at, created_by, version"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO campaign (",
    campaign_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING"
);
const SWAP: &str = "UPDATE campaign SET state = ?2, members = ?3, version = ?4 WHERE id = ?1 AND version = ?5";
const FIND: &str = concat!("SELECT ", campaign_columns!(), " FROM campaign WHERE name = ?1");
const PAGE: &str = concat!(
    "SELECT ",
    campaign_columns!(),
    " FROM campaign WHERE id < ?1 AND state <> 'staging' ORDER BY id DESC LIMIT ?2"
);
const STAGING: &str = concat!("SELECT ", campaign_columns!(), " FROM campaign WHERE state = 'staging' ORDER BY id");
const DELETE: &str = "DELETE FROM campaign WHERE id = ?1 AND state = 'staging'";

/// How far a token is: what `Progress` means, in SQL.
macro_rules! progress {
    () => {
        "CASE WHEN m.excluded_for IS NOT NULL THEN 'excluded' \
         WHEN m.loan IS NOT NULL AND o.ended_at IS NOT NULL THEN 'done' \
         WHEN m.loan IS NULL AND t.custody IN ('faulty', 'retired') THEN 'done' ELSE 'open' END"
    };
}
/// The tokens on a list, each with its row and the loan it was on the list for.
macro_rules! members {
    ($columns:expr, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM campaign_member m CROSS JOIN token t LEFT JOIN loan o ON o.id = m.loan \
             WHERE m.campaign = ?1 AND t.id = m.token",
            $rest
        )
    };
}
macro_rules! member_columns {
    () => {
        concat!("m.token, m.loan, m.user_id, m.department, ", progress!(), ", m.excluded_for, m.cut_off_at")
    };
}
const MEMBERS: &str = members!(member_columns!(), " AND m.token > ?2 ORDER BY m.token LIMIT ?3");
const MEMBER: &str = members!(member_columns!(), " AND m.token = ?2");
const COUNTS: &str = members!(
    concat!(
        progress!(),
        ", CASE WHEN m.cut_off_at IS NULL THEN 0 ELSE 1 END, COUNT(*), m.department, \
         CASE WHEN m.user_id IS NULL THEN 0 ELSE 1 END"
    ),
    " GROUP BY 1, 2, 4, 5 ORDER BY 1, 2"
);
const EXCLUDE: &str =
    "UPDATE campaign_member SET excluded_for = ?3 WHERE campaign = ?1 AND token = ?2 AND excluded_for IS NULL";
const CUT_OFF: &str =
    "UPDATE campaign_member SET cut_off_at = ?3 WHERE campaign = ?1 AND token = ?2 AND cut_off_at IS NULL";

const ADD_MEMBERS: Insert = Insert {
    table: "campaign_member",
    columns: &[
        ("campaign", Kind::Blob),
        ("token", Kind::Blob),
        ("loan", Kind::Blob),
        ("user_id", Kind::Text),
        ("department", Kind::Text),
        ("excluded_for", Kind::Text),
        ("cut_off_at", Kind::Int),
    ],
};

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, PAGE, MEMBERS, MEMBER];

/// How many tokens of a campaign are how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignCount {
    /// How far.
    pub progress: Progress,
    /// Whether their codes were stopped.
    pub cut_off: bool,
    /// How many.
    pub tokens: i64,
}

impl Tx<'_> {
    /// Adds a campaign; false where the name is taken.
    pub fn campaign_insert(&mut self, campaign: &Campaign) -> Result<bool> {
        inserted(self.conn.execute(
            INSERT,
            args![
                campaign.id,
                campaign.name.as_str(),
                campaign.kind.as_str(),
                campaign.state.as_str(),
                &campaign.filter,
                &campaign.note,
                campaign.due_at,
                campaign.members,
                campaign.created_at,
                &campaign.created_by,
                campaign.version,
            ],
        )?)
    }

    /// Writes the next version of a campaign over the one that is held: its state, and how many tokens it has.
    pub fn campaign_swap(&mut self, held: &Campaign, next: &Campaign) -> Result<()> {
        let values = args![next.id, next.state.as_str(), next.members, next.version, held.version];
        swapped(self.conn.execute(SWAP, values)?)
    }

    /// The campaign of a name, in whatever state.
    pub fn campaign_find(&mut self, name: &CampaignName) -> Result<Option<Campaign>> {
        single(self.conn.query(FIND, args![name.as_str()])?)?.map(read).transpose()
    }

    /// Campaigns from the newest, older than `before`, without those whose list is being made.
    pub fn campaign_page(&mut self, before: Option<RowId>, limit: u32) -> Result<Vec<Campaign>> {
        // Longer than any id, so behind all of them.
        let before = before.map_or_else(|| Value::Blob(vec![0xff; 17]), Value::from);
        self.conn.query(PAGE, &[before, limit.into()])?.into_iter().map(read).collect()
    }

    /// Campaigns whose list was being made when the service stopped.
    pub fn campaigns_unfinished(&mut self) -> Result<Vec<Campaign>> {
        self.conn.query(STAGING, &[])?.into_iter().map(read).collect()
    }

    /// Deletes a campaign whose list came to nothing, with what is on it.
    pub fn campaign_delete(&mut self, campaign: RowId) -> Result<()> {
        inserted(self.conn.execute(DELETE, args![campaign])?).map(drop)
    }

    /// Puts tokens on a list.
    pub fn campaign_add(&mut self, campaign: RowId, members: &[Member]) -> Result<()> {
        let row = |member: &Member| {
            vec![
                campaign.into(),
                member.token.into(),
                member.loan.into(),
                member.user.as_ref().into(),
                member.department.as_deref().into(),
                member.excluded_for.as_deref().into(),
                member.cut_off_at.into(),
            ]
        };
        self.conn.insert_many(&ADD_MEMBERS, members.iter().map(row).collect()).map(drop)
    }

    /// Tokens on a list by id, after one: of the next `limit` those in the scope, and the last that was looked at; None at
    /// the end.
    pub fn campaign_members(
        &mut self,
        scope: &Scope,
        campaign: RowId,
        after: Option<RowId>,
        limit: u32,
    ) -> Result<(Vec<Member>, Option<RowId>)> {
        let after = after.map_or_else(|| Value::Blob(Vec::new()), Value::from);
        let rows = self.conn.query(MEMBERS, &[campaign.into(), after, limit.into()])?;
        let full = rows.len() as u64 == u64::from(limit);
        let mut members = rows.into_iter().map(read_member).collect::<Result<Vec<_>>>()?;
        let next = members.last().filter(|_| full).map(|last| last.token);
        members.retain(|member| is_in(member, scope));
        Ok((members, next))
    }

    /// One token on a list.
    pub fn campaign_member(&mut self, scope: &Scope, campaign: RowId, token: RowId) -> Result<Option<Member>> {
        let member = single(self.conn.query(MEMBER, args![campaign, token])?)?.map(read_member).transpose()?;
        Ok(member.filter(|member| is_in(member, scope)))
    }

    /// How many tokens in the scope are how far.
    pub fn campaign_counts(&mut self, scope: &Scope, campaign: RowId) -> Result<Vec<CampaignCount>> {
        let mut counts = Vec::new();
        for row in self.conn.query(COUNTS, args![campaign])? {
            let mut row = row.of("campaign_member");
            let count = CampaignCount { progress: row.parsed()?, cut_off: row.truth()?, tokens: row.int()? };
            let (department, out) = (row.opt_text()?, row.truth()?);
            if scope.covers(department.as_deref(), out) {
                counts.push(count);
            }
        }
        Ok(counts)
    }

    /// Takes a token off a list; one that is off it is stale.
    pub fn campaign_exclude(&mut self, campaign: RowId, token: RowId, why: &str) -> Result<()> {
        swapped(self.conn.execute(EXCLUDE, args![campaign, token, why])?)
    }

    /// Notes that the codes of a token were stopped; a second time is stale.
    pub fn campaign_cut_off(&mut self, campaign: RowId, token: RowId, at: Timestamp) -> Result<()> {
        swapped(self.conn.execute(CUT_OFF, args![campaign, token, at])?)
    }
}

fn is_in(member: &Member, scope: &Scope) -> bool {
    scope.covers(member.department.as_deref(), member.user.is_some())
}

fn read(row: Row) -> Result<Campaign> {
    let mut row = row.of("campaign");
    Ok(Campaign {
        id: row.id()?,
        name: row.parsed()?,
        kind: row.parsed()?,
        state: row.parsed()?,
        filter: row.text()?,
        note: row.text()?,
        due_at: row.time()?,
        members: row.int()?,
        created_at: row.time()?,
        created_by: row.parsed()?,
        version: row.int()?,
    })
}

fn read_member(row: Row) -> Result<Member> {
    let mut row = row.of("campaign_member");
    Ok(Member {
        token: row.id()?,
        loan: row.opt_id()?,
        user: row.opt_parsed()?,
        department: row.opt_text()?,
        progress: row.parsed()?,
        excluded_for: row.opt_text()?,
        cut_off_at: row.opt_time()?,
    })
}
