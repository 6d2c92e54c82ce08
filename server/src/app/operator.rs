//! Operators: who may call, added with a certificate for a key they made themselves, changed, ended for good.
//!
//! A certificate says who calls, the operator's row what they may: a change counts from the next call on, and every
//! certificate of a name is as good as any other until it ends or the name does.

use chrono::SecondsFormat;
use tokenfleet_domain::audit::Event;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use crate::app::memory::{Facts, Remembered, Repeatable, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, fault};
use crate::store::{StoreError, Tx};

/// Signs certificates for operators: the fleet's own authority.
pub trait CertificateSigner: Send + Sync {
    /// A certificate for the key of a request, in the name of an operator.
    fn sign(&self, name: &OperatorName, request_pem: &str, now: Timestamp) -> Result<SignedCertificate, Rejection>;

    /// When the server's own certificate ends.
    fn server_certificate_expires_at(&self) -> Timestamp;
}

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

    /// All operators, by name.
    pub async fn operator_list(&self, page: PageRequest) -> Answer<Page<Operator>> {
        let codec = self.page_codec("operators", "");
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec
            .read(&page)?
            .map(|key| {
                String::from_utf8(key).ok().and_then(|name| name.parse::<OperatorName>().ok()).ok_or_else(mismatch)
            })
            .transpose()?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let items = self.store().read(move |tx| tx.operator_page(after.as_ref(), limit)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(last.name.as_str().as_bytes()));
        Ok(Page { items, next })
    }

    /// Adds an operator and signs the certificate of their key.
    pub async fn operator_add(&self, call: Call, deed: AddOperator) -> Answer<(Operator, SignedCertificate)> {
        if deed.roles.is_empty() {
            return Err(Rejection::from(Reason::RoleUnknown).in_field("roles"));
        }
        let roles: Vec<_> = deed.roles.iter().map(|role| role.as_str()).collect();
        let content = Canon::new("operator-add/1")
            .text(deed.name.as_str())
            .text(&roles.join(" "))
            .text(&deed.departments.join("\n"))
            .opt_text(deed.user.as_ref().map(UserId::as_str))
            .text(&deed.request_pem);
        let memory = self.repeatable(&call, "CreateOperator", content);
        let signed = self.inner.signer.sign(&deed.name, &deed.request_pem, self.now())?;
        let name = deed.name.clone();
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let operator = new_operator(&deed, tx.now());
                let added = tx.operator_insert(&operator)?;
                let exists = || Rejection::from(Reason::OperatorExists).with("operator", deed.name.as_str());
                let outcome = if added { Ok(()) } else { Err(exists()) };
                let roles = ("roles".to_owned(), roles_text(&operator.roles));
                tx.audit_append(operator_event(&call, "operator.add", &deed.name, &outcome, vec![roles]))?;
                Ok(outcome.map(|()| signed.clone()))
            })
        };
        let signed = self.store().write(0, job).await.map_err(fault)??;
        let operator = self.operator_for(&name).await?.ok_or(Reason::Internal)?;
        Ok((operator, signed))
    }

    /// Adds the first operator of a fleet, who may add the others.
    pub async fn operator_add_first(&self, name: OperatorName) -> Answer<()> {
        let roles = vec![Role::Admin, Role::Stock, Role::Desk];
        let deed = AddOperator { name, roles, departments: Vec::new(), user: None, request_pem: String::new() };
        let job = move |tx: &mut Tx<'_>| {
            let operator = new_operator(&deed, tx.now());
            tx.operator_insert(&operator)?;
            tx.audit_append(Event {
                operator: "system".to_owned(),
                action: "operator.add".to_owned(),
                outcome: "done".to_owned(),
                subject: Some(format!("operators/{}", deed.name)),
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
        let content = Canon::new("operator-update/1").text(deed.name.as_str()).opt_text(deed.etag.as_deref());
        let content = deed.changes.iter().fold(content, change_content);
        let memory = self.repeatable(&call, "UpdateOperator", content);
        let name = deed.name.clone();
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let found = tx.operator_find(&deed.name)?;
                let details = change_details(&deed.changes, found.as_ref());
                let outcome = match living(found, &deed.name) {
                    Ok(held) => change(tx, &held, &deed)?,
                    Err(no) => Err(no),
                };
                tx.audit_append(operator_event(&call, "operator.update", &deed.name, &outcome, details))?;
                Ok(outcome.map(|()| Done))
            })
        };
        self.store().write(0, job).await.map_err(fault)??;
        self.operator_for(&name).await?.ok_or_else(|| Reason::Internal.into())
    }

    /// Signs a certificate for the caller's next key.
    pub async fn operator_renew(&self, call: Call, request_pem: String) -> Answer<SignedCertificate> {
        let name = call.operator.name.clone();
        let memory = self.repeatable(&call, "RenewCertificate", Canon::new("operator-renew/1").text(&request_pem));
        self.certify(call, "operator.renew", memory, name, &request_pem).await
    }

    /// Signs a certificate for an operator who lost theirs.
    pub async fn operator_issue_certificate(
        &self,
        call: Call,
        name: OperatorName,
        request_pem: String,
    ) -> Answer<(Operator, SignedCertificate)> {
        let content = Canon::new("operator-issue-cert/1").text(name.as_str()).text(&request_pem);
        let memory = self.repeatable(&call, "IssueCertificate", content);
        let signed = self.certify(call, "operator.issue_cert", memory, name.clone(), &request_pem).await?;
        let operator = self.operator_for(&name).await?.ok_or(Reason::Internal)?;
        Ok((operator, signed))
    }

    async fn certify(
        &self,
        call: Call,
        action: &'static str,
        memory: Option<Repeatable>,
        name: OperatorName,
        request_pem: &str,
    ) -> Answer<SignedCertificate> {
        let signed = self.inner.signer.sign(&name, request_pem, self.now())?;
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = living(tx.operator_find(&name)?, &name).map(drop);
                // A certificate that is not handed out needs no end on record.
                let ends = outcome.is_ok().then(|| ("certificate_ends".to_owned(), signed.ends()));
                let details = ends.into_iter().collect();
                tx.audit_append(operator_event(&call, action, &name, &outcome, details))?;
                Ok(outcome.map(|()| signed.clone()))
            })
        };
        self.store().write(0, job).await.map_err(fault)?
    }

    /// Ends an operator, and with them every certificate of that name.
    pub async fn operator_revoke(&self, call: Call, name: OperatorName) -> Answer<Operator> {
        let memory = self.repeatable(&call, "RevokeOperator", Canon::new("operator-revoke/1").text(name.as_str()));
        let target = name.clone();
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| {
                let outcome = revoke(tx, &target)?;
                tx.audit_append(operator_event(&call, "operator.revoke", &target, &outcome, Vec::new()))?;
                Ok(outcome.map(|()| Done))
            })
        };
        self.store().write(0, job).await.map_err(fault)??;
        self.operator_for(&name).await?.ok_or_else(|| Reason::Internal.into())
    }
}

fn revoke(tx: &mut Tx<'_>, name: &OperatorName) -> Result<Answer<()>, StoreError> {
    let Some(held) = tx.operator_find(name)? else {
        return Ok(Err(Rejection::from(Reason::OperatorNotFound).with("operator", name.as_str())));
    };
    if held.revoked_at.is_some() {
        return Ok(Ok(()));
    }
    if held.roles.contains(&Role::Admin) && tx.operator_count_active(Role::Admin)? <= 1 {
        return Ok(Err(Rejection::from(Reason::LastAdmin).with("operator", name.as_str())));
    }
    let ended = Operator { revoked_at: Some(tx.now()), version: held.version + 1, ..held.clone() };
    tx.operator_swap(&held, &ended)?;
    Ok(Ok(()))
}

fn change(tx: &mut Tx<'_>, held: &Operator, deed: &ChangeOperator) -> Result<Answer<()>, StoreError> {
    if deed.etag.as_ref().is_some_and(|seen| *seen != held.etag()) {
        return Ok(Err(Rejection::from(Reason::OperatorChanged).with("operator", deed.name.as_str())));
    }
    let next = deed.changes.iter().fold(held.clone(), changed);
    let steps_down = held.has_any(&[Role::Admin]) && !next.has_any(&[Role::Admin]);
    if steps_down && tx.operator_count_active(Role::Admin)? <= 1 {
        return Ok(Err(Rejection::from(Reason::LastAdminStays).with("operator", deed.name.as_str())));
    }
    if next != *held {
        tx.operator_swap(held, &Operator { version: held.version + 1, ..next })?;
    }
    Ok(Ok(()))
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

/// An operator who may be changed: one that is there and not revoked.
fn living(found: Option<Operator>, name: &OperatorName) -> Answer<Operator> {
    let no = |reason: Reason| Rejection::from(reason).with("operator", name.as_str());
    let operator = found.ok_or_else(|| no(Reason::OperatorNotFound))?;
    if operator.revoked_at.is_some() { Err(no(Reason::OperatorRevoked)) } else { Ok(operator) }
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

fn operator_event(call: &Call, action: &str, name: &OperatorName, outcome: &Answer<()>, details: Facts) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: action.to_owned(),
        outcome: outcome_word(outcome),
        subject: Some(format!("operators/{name}")),
        user: None,
        details,
        request_id: call.request.map(|id| id.to_string()),
    }
}
