//! Operators: who may call, added with a certificate for a key they made themselves, changed, ended for good.
//!
//! A certificate says who calls, the operator's row what they may: a change counts from the next call on, and every
//! certificate of a name is as good as any other until it ends or the name does.
//!
//! Guarantee: nobody gives, or is shown, what lies outside their own scope, and nobody gives themselves more than they
//! have.

use chrono::SecondsFormat;
use tokenfleet_domain::audit::{Act, DONE, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{AuditBy, Order, StoreError, Tx};

/// Operators read from the store at once. They are few: a list reads as many as its page takes.
const STRIDE: u32 = 500;

/// Signs certificates for operators: the fleet's own authority.
pub trait CertificateSigner: Send + Sync {
    /// The key that a request is for, if the request can be used.
    fn requested_key(&self, request_pem: &str) -> Result<PublicKey, Rejection>;

    /// A certificate for the key of a request, in the name of an operator.
    fn sign(&self, name: &OperatorName, request_pem: &str, now: Timestamp) -> Result<SignedCertificate, Rejection>;

    /// When the server's own certificate ends.
    fn server_certificate_expires_at(&self) -> Timestamp;
}

/// The public key of a certificate, by its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(pub Vec<u8>);

/// A certificate with the one to check the server with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCertificate {
    /// The operator's.
    pub certificate_pem: String,
    /// The authority's.
    pub authority_pem: String,
    /// When the operator's ends.
    pub expires_at: Timestamp,
}

impl Remembered for SignedCertificate {
    fn facts(&self) -> Facts {
        vec![
            ("certificate".to_owned(), self.certificate_pem.clone()),
            ("authority".to_owned(), self.authority_pem.clone()),
            ("ends".to_owned(), self.ends()),
        ]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self {
            certificate_pem: fact(facts, "certificate")?.to_owned(),
            authority_pem: fact(facts, "authority")?.to_owned(),
            expires_at: fact(facts, "ends")?.parse().ok()?,
        })
    }
}

impl SignedCertificate {
    fn ends(&self) -> String {
        self.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// Add an operator.
#[derive(Debug, Clone)]
pub struct AddOperator {
    /// The name.
    pub name: OperatorName,
    /// What they may do.
    pub roles: Vec<Role>,
    /// For whom.
    pub departments: Vec<String>,
    /// Their own ID.
    pub user: Option<UserId>,
    /// The request for a certificate, in PEM.
    pub request_pem: String,
    /// Check only.
    pub validate_only: bool,
}

/// Change an operator.
#[derive(Debug, Clone)]
pub struct ChangeOperator {
    /// The name.
    pub name: OperatorName,
    /// What to change.
    pub changes: Vec<Change>,
    /// The operator's etag as last seen, where that matters.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// Sign a certificate for an operator's next key.
#[derive(Debug, Clone)]
pub struct Certify {
    /// Whose; None is the caller's.
    pub name: Option<OperatorName>,
    /// The request for it, in PEM.
    pub request_pem: String,
    /// Check only.
    pub validate_only: bool,
}

/// End an operator.
#[derive(Debug, Clone)]
pub struct RevokeOperator {
    /// The name.
    pub name: OperatorName,
    /// The operator's etag as last seen, where that matters.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// An operator with the certificate that was signed for them; where it was only checked there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The operator.
    pub operator: Operator,
    /// The certificate.
    pub certificate: Option<SignedCertificate>,
}

/// One change of an operator.
#[derive(Debug, Clone)]
pub enum Change {
    /// What they may do.
    Roles(Vec<Role>),
    /// For whom.
    Departments(Vec<String>),
    /// Their own ID.
    User(Option<UserId>),
}

/// It was done; what the operator is now stands in their row.
struct Done;

impl Remembered for Done {
    fn facts(&self) -> Facts {
        vec![("done".to_owned(), "yes".to_owned())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "done").map(|_| Self)
    }
}

impl App {
    /// The operator of a name, for the doors to ask at every call.
    pub async fn operator_for(&self, name: &OperatorName) -> Answer<Option<Operator>> {
        let name = name.clone();
        self.store().read(move |tx| tx.operator_find(&name)).await.map_err(fault)
    }

    /// The operators in the caller's scope, by name.
    pub async fn operator_list(&self, call: Call, page: PageRequest) -> Answer<Page<Operator>> {
        let codec = self.page_codec("operators", "");
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec
            .read(&page)?
            .map(|key| {
                String::from_utf8(key).ok().and_then(|name| name.parse::<OperatorName>().ok()).ok_or_else(mismatch)
            })
            .transpose()?;
        let size = page.size()?;
        let items = self.store().read(move |tx| walk(tx, &call, after, size)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(last.name.as_str().as_bytes()));
        Ok(Page { items, next })
    }

    /// Adds an operator and signs the certificate of their key.
    pub async fn operator_add(&self, call: Call, deed: AddOperator) -> Answer<Certified> {
        if deed.roles.is_empty() {
            return Err(Rejection::from(Reason::RoleUnknown).in_field("roles"));
        }
        let key = self.inner.signer.requested_key(&deed.request_pem)?;
        if deed.validate_only {
            let operator = self.store().read(move |tx| addable(tx, &call, &deed, &key)).await.map_err(fault)??;
            return Ok(Certified { operator, certificate: None });
        }
        let content = Canon::new("operator-add/1")
            .text(deed.name.as_str())
            .text(&roles_text(&deed.roles))
            .text(&deed.departments.join("\n"))
            .opt_text(deed.user.as_ref().map(UserId::as_str))
            .text(&deed.request_pem);
        let memory = self.repeatable(&call, "CreateOperator", content);
        let signed = self.inner.signer.sign(&deed.name, &deed.request_pem, self.now())?;
        let (name, caller) = (deed.name.clone(), call.clone());
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = match addable(tx, &call, &deed, &key)? {
                    Ok(operator) if tx.operator_insert(&operator)? => Ok(()),
                    Ok(_) => Err(exists(&deed.name)),
                    Err(no) => Err(no),
                };
                let roles = ("roles".to_owned(), roles_text(&in_order(&deed.roles)));
                tx.audit_append(operator_event(&call, Act::OperatorAdd, &deed.name, &outcome, vec![roles]))?;
                Ok(outcome.map(|()| signed.clone()))
            })
        };
        let signed = self.store().write(0, job).await.map_err(fault)??;
        let operator = self.operator_after(&caller, &name).await?;
        Ok(Certified { operator, certificate: Some(signed) })
    }

    /// Adds the first operator of a fleet, who may add the others.
    pub async fn operator_add_first(&self, name: OperatorName) -> Answer<()> {
        let job = move |tx: &mut Tx<'_>| {
            let operator = Operator {
                name: name.clone(),
                roles: vec![Role::Desk, Role::Stock, Role::Admin],
                scope: Scope::All,
                user: None,
                created_at: tx.now(),
                revoked_at: None,
                version: 1,
            };
            tx.operator_insert(&operator)?;
            tx.audit_append(Event {
                operator: "system".to_owned(),
                action: Act::OperatorAdd.as_str().to_owned(),
                outcome: DONE.to_owned(),
                subject: Some(format!("operators/{name}")),
                user: None,
                details: vec![("roles".to_owned(), roles_text(&operator.roles))],
                request_id: None,
            })
        };
        self.store().write(0, job).await.map_err(fault)
    }

    /// Changes what an operator may do.
    pub async fn operator_update(&self, call: Call, deed: ChangeOperator) -> Answer<Operator> {
        if deed.changes.iter().any(|change| matches!(change, Change::Roles(roles) if roles.is_empty())) {
            return Err(Rejection::from(Reason::RoleUnknown).in_field("roles"));
        }
        if deed.validate_only {
            let (_, next) = self.store().read(move |tx| changeable(tx, &call, &deed)).await.map_err(fault)??;
            return Ok(next);
        }
        let content = Canon::new("operator-update/1").text(deed.name.as_str()).opt_text(deed.etag.as_deref());
        let content = deed.changes.iter().fold(content, change_content);
        let memory = self.repeatable(&call, "UpdateOperator", content);
        let (name, caller) = (deed.name.clone(), call.clone());
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let found = tx.operator_find(&deed.name)?;
                let details = change_details(&deed.changes, found.as_ref());
                let outcome = match changeable(tx, &call, &deed)? {
                    Ok((held, next)) if next != held => tx.operator_swap(&held, &next).map(Ok)?,
                    Ok(_) => Ok(()),
                    Err(no) => Err(no),
                };
                tx.audit_append(operator_event(&call, Act::OperatorUpdate, &deed.name, &outcome, details))?;
                Ok(outcome.map(|()| Done))
            })
        };
        self.store().write(0, job).await.map_err(fault)??;
        self.operator_after(&caller, &name).await
    }

    /// Signs a certificate for the caller's next key, or for the key of an operator who lost theirs.
    pub async fn operator_certify(&self, call: Call, deed: Certify) -> Answer<Certified> {
        let key = self.inner.signer.requested_key(&deed.request_pem)?;
        let name = deed.name.clone().unwrap_or_else(|| call.operator.name.clone());
        if deed.validate_only {
            let operator = self.store().read(move |tx| certifiable(tx, &call, &name, &key)).await.map_err(fault)??;
            return Ok(Certified { operator, certificate: None });
        }
        let (action, method, content) = match &deed.name {
            None => (Act::OperatorRenew, "RenewCertificate", Canon::new("operator-renew/1")),
            Some(name) => {
                let content = Canon::new("operator-issue-cert/1").text(name.as_str());
                (Act::OperatorIssueCert, "IssueCertificate", content)
            }
        };
        let memory = self.repeatable(&call, method, content.text(&deed.request_pem));
        let signed = self.inner.signer.sign(&name, &deed.request_pem, self.now())?;
        let (holder, caller) = (name.clone(), call.clone());
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = certifiable(tx, &call, &name, &key)?.map(drop);
                // A certificate that is not handed out needs no end on record.
                let ends = outcome.is_ok().then(|| ("certificate_ends".to_owned(), signed.ends()));
                let details = ends.into_iter().collect();
                tx.audit_append(operator_event(&call, action, &name, &outcome, details))?;
                Ok(outcome.map(|()| signed.clone()))
            })
        };
        let signed = self.store().write(0, job).await.map_err(fault)??;
        let operator = self.operator_after(&caller, &holder).await?;
        Ok(Certified { operator, certificate: Some(signed) })
    }

    /// Ends an operator, and with them every certificate of that name.
    pub async fn operator_revoke(&self, call: Call, deed: RevokeOperator) -> Answer<Operator> {
        if deed.validate_only {
            let (_, ended) = self.store().read(move |tx| revocable(tx, &call, &deed)).await.map_err(fault)??;
            return Ok(ended);
        }
        let content = Canon::new("operator-revoke/1").text(deed.name.as_str()).opt_text(deed.etag.as_deref());
        let memory = self.repeatable(&call, "RevokeOperator", content);
        let (name, caller) = (deed.name.clone(), call.clone());
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = match revocable(tx, &call, &deed)? {
                    Ok((held, ended)) => tx.operator_swap(&held, &ended).map(Ok)?,
                    Err(no) => Err(no),
                };
                tx.audit_append(operator_event(&call, Act::OperatorRevoke, &deed.name, &outcome, Vec::new()))?;
                Ok(outcome.map(|()| Done))
            })
        };
        self.store().write(0, job).await.map_err(fault)??;
        self.operator_after(&caller, &name).await
    }

    /// An operator after a deed on them, as they are now: what comes again from memory must not show what has left the
    /// caller's scope since.
    async fn operator_after(&self, call: &Call, name: &OperatorName) -> Answer<Operator> {
        let operator = self.operator_for(name).await?.ok_or(Reason::Internal)?;
        looked_after(call, &operator).map(|()| operator)
    }
}

/// Walks over all operators after one until the page is full of those in the caller's scope.
fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    mut after: Option<OperatorName>,
    size: usize,
) -> Result<Vec<Operator>, StoreError> {
    let mut taken = Vec::new();
    loop {
        let stride = tx.operator_page(after.as_ref(), STRIDE)?;
        let Some(last) = stride.last() else { return Ok(taken) };
        after = Some(last.name.clone());
        for operator in stride.into_iter().filter(|operator| call.operator.looks_after(operator)) {
            taken.push(operator);
            if taken.len() == size {
                return Ok(taken);
            }
        }
    }
}

/// The operator that is to be added, if the caller may add them.
fn addable(tx: &mut Tx<'_>, call: &Call, deed: &AddOperator, key: &PublicKey) -> Decision<Operator> {
    let operator = new_operator(deed, tx.now());
    if !call.operator.may_give(&operator.roles, &operator.scope) {
        return Ok(Err(refusal(Reason::GivesTooMuch, &deed.name)));
    }
    if let Err(no) = is_new(call, key) {
        return Ok(Err(no));
    }
    Ok(if tx.operator_find(&deed.name)?.is_some() { Err(exists(&deed.name)) } else { Ok(operator) })
}

/// An operator as they are and as they are to be, if the caller may change them so.
fn changeable(tx: &mut Tx<'_>, call: &Call, deed: &ChangeOperator) -> Decision<(Operator, Operator)> {
    let held = match living(tx, call, &deed.name)? {
        Ok(held) => held,
        Err(no) => return Ok(Err(no)),
    };
    let next = deed.changes.iter().fold(held.clone(), changed);
    if let Err(no) = seen(&held, deed.etag.as_deref()).and_then(|()| may_become(call, &held, &next)) {
        return Ok(Err(no));
    }
    if held.would_rise_to(&next)
        && let Some(signer) = narrower_signer(tx, &held.name, &next)?
    {
        return Ok(Err(refusal(Reason::SignedByNarrower, &deed.name).with("signer", signer)));
    }
    if held.is_chief() && !next.is_chief() && tx.operator_count_chiefs()? <= 1 {
        return Ok(Err(refusal(Reason::LastAdminStays, &deed.name)));
    }
    let version = if next == held { held.version } else { held.version + 1 };
    Ok(Ok((held, Operator { version, ..next })))
}

/// Who else signed a certificate of an operator and may not give what the operator is to have: whoever signed may hold the key,
/// and certificates of a name stay good until they end.
fn narrower_signer(tx: &mut Tx<'_>, name: &OperatorName, next: &Operator) -> Result<Option<String>, StoreError> {
    let by = AuditBy::Subject(format!("operators/{name}"));
    let mut after = None;
    loop {
        let events = tx.audit_page(&by, Order::Oldest, after, STRIDE)?;
        let Some(last) = events.last() else { return Ok(None) };
        after = Some((last.recorded_at, last.chain.clone(), last.seq));
        for entry in events.into_iter().filter(|entry| signs(&entry.event)) {
            let Some(signer) = entry.event.operator.parse().ok().filter(|signer| signer != name) else { continue };
            let signer = tx.operator_find(&signer)?;
            if let Some(signer) = signer.filter(|signer| !signer.may_give(&next.roles, &next.scope)) {
                return Ok(Some(signer.name.to_string()));
            }
        }
    }
}

/// Whether a certificate was signed for a key that was handed in with a name.
fn signs(event: &Event) -> bool {
    event.outcome == DONE && [Act::OperatorAdd, Act::OperatorIssueCert].iter().any(|act| event.action == act.as_str())
}

/// Whether the caller may give an operator what they have not: nobody gives more than they act for, or rises by
/// themselves.
fn may_become(call: &Call, held: &Operator, next: &Operator) -> Answer<()> {
    if held.name == call.operator.name && held.would_rise_to(next) {
        return Err(Reason::SelfGrant.into());
    }
    let new: Vec<_> = next.roles.iter().copied().filter(|role| !held.roles.contains(role)).collect();
    if call.operator.may_give(&new, &next.scope) { Ok(()) } else { Err(refusal(Reason::GivesTooMuch, &held.name)) }
}

/// The operator whose key is to be certified. Who signs for another one's key could be that one: it takes the right to
/// give all that they have.
fn certifiable(tx: &mut Tx<'_>, call: &Call, name: &OperatorName, key: &PublicKey) -> Decision<Operator> {
    Ok(living(tx, call, name)?.and_then(|held| {
        let own = held.name == call.operator.name;
        if !own && !call.operator.may_give(&held.roles, &held.scope) {
            return Err(refusal(Reason::GivesTooMuch, name));
        }
        is_new(call, key).map(|()| held)
    }))
}

/// An operator as they are and as they end, if they may be ended.
fn revocable(tx: &mut Tx<'_>, call: &Call, deed: &RevokeOperator) -> Decision<(Operator, Operator)> {
    let held = match living(tx, call, &deed.name)? {
        Ok(held) => held,
        Err(no) => return Ok(Err(no)),
    };
    if let Err(no) = seen(&held, deed.etag.as_deref()) {
        return Ok(Err(no));
    }
    if held.is_chief() && tx.operator_count_chiefs()? <= 1 {
        return Ok(Err(refusal(Reason::LastAdmin, &deed.name)));
    }
    let ended = Operator { revoked_at: Some(tx.now()), version: held.version + 1, ..held.clone() };
    Ok(Ok((held, ended)))
}

/// An operator who may be changed: one in the caller's scope who is there and not revoked.
fn living(tx: &mut Tx<'_>, call: &Call, name: &OperatorName) -> Decision<Operator> {
    let Some(operator) = tx.operator_find(name)? else { return Ok(Err(refusal(Reason::OperatorNotFound, name))) };
    let alive = if operator.revoked_at.is_some() { Err(refusal(Reason::OperatorRevoked, name)) } else { Ok(()) };
    Ok(looked_after(call, &operator).and(alive).map(|()| operator))
}

/// Whether an operator is in the caller's scope.
fn looked_after(call: &Call, operator: &Operator) -> Answer<()> {
    let no = || refusal(Reason::OperatorNotYours, &operator.name);
    if call.operator.looks_after(operator) { Ok(()) } else { Err(no()) }
}

/// Whether an operator is still as the caller saw them.
fn seen(held: &Operator, etag: Option<&str>) -> Answer<()> {
    match etag {
        Some(etag) if etag != held.etag() => Err(refusal(Reason::OperatorChanged, &held.name)),
        _ => Ok(()),
    }
}

/// Whether a key is another than that of the caller's own certificate.
fn is_new(call: &Call, key: &PublicKey) -> Answer<()> {
    let no = || Rejection::from(Reason::KeyNotNew).in_field("certificate_request_pem");
    if *key == call.key { Err(no()) } else { Ok(()) }
}

fn exists(name: &OperatorName) -> Rejection {
    refusal(Reason::OperatorExists, name)
}

fn refusal(reason: Reason, name: &OperatorName) -> Rejection {
    Rejection::from(reason).with("operator", name.as_str())
}

fn changed(operator: Operator, change: &Change) -> Operator {
    match change {
        Change::Roles(roles) => Operator { roles: in_order(roles), ..operator },
        Change::Departments(departments) => Operator { scope: Scope::of(departments.clone()), ..operator },
        Change::User(user) => Operator { user: user.clone(), ..operator },
    }
}

fn change_content(content: Canon, change: &Change) -> Canon {
    match change {
        Change::Roles(roles) => content.text("roles").text(&roles_text(roles)),
        Change::Departments(departments) => content.text("departments").text(&departments.join("\n")),
        Change::User(user) => content.text("user_id").opt_text(user.as_ref().map(UserId::as_str)),
    }
}

/// What the record says of a change: what was and what is asked for. Of an ID only whether it is another.
fn change_details(changes: &[Change], held: Option<&Operator>) -> Facts {
    let mut details = Facts::new();
    let mut say = |name: &str, before: Option<String>, after: String| {
        details.extend(before.map(|before| (format!("{name}_before"), before)));
        details.push((name.to_owned(), after));
    };
    for change in changes {
        match change {
            Change::Roles(roles) => {
                say("roles", held.map(|held| roles_text(&held.roles)), roles_text(&in_order(roles)));
            }
            Change::Departments(departments) => {
                let after = scope_text(&Scope::of(departments.clone()));
                say("departments", held.map(|held| scope_text(&held.scope)), after);
            }
            Change::User(user) => {
                let same = held.is_some_and(|held| held.user == *user);
                say("user_id", None, if same { "same" } else { "changed" }.to_owned());
            }
        }
    }
    details
}

fn in_order(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn new_operator(deed: &AddOperator, now: Timestamp) -> Operator {
    Operator {
        name: deed.name.clone(),
        roles: in_order(&deed.roles),
        scope: Scope::of(deed.departments.clone()),
        user: deed.user.clone(),
        created_at: now,
        revoked_at: None,
        version: 1,
    }
}

fn roles_text(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::All => "*".to_owned(),
        Scope::Departments(departments) => departments.join(", "),
    }
}

fn operator_event(call: &Call, action: Act, name: &OperatorName, outcome: &Answer<()>, details: Facts) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: action.as_str().to_owned(),
        outcome: outcome_word(outcome),
        subject: Some(format!("operators/{name}")),
        user: None,
        details,
        request_id: call.request.map(|id| id.to_string()),
    }
}
