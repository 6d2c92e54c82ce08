//! Operators of departments: nothing that any call answers tells of a loan, a person or a department outside the caller's
//! scope, and nothing that a caller does changes one. Whatever is called, in whatever order.
//!
//! What should be seen is worked out here from the loans alone: stock is everybody's, a loan belongs to the department it
//! goes through, and who acts for no department in particular acts for all. A control runs the same calls by operators
//! whose scope is wider than the test believes, and must fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use prost_types::FieldMask;
use tokenfleet_proto::v1::audit_service_client::AuditServiceClient;
use tokenfleet_proto::v1::code_service_client::CodeServiceClient;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use tokenfleet_proto::v1::{self, Role, return_token_request};
use tokenfleet_tests::caller::{assignment, certificate_request, new_operator};
use tokenfleet_tests::{Caller, Device, Fleet, Refusal};
use tokio::runtime::Runtime;
use tonic::Status;

/// Fleets that are tried, each with calls of its own.
const FLEETS: u32 = 12;
/// Calls of one fleet.
const CALLS: usize = 40;

const DEPARTMENTS: [&str; 3] = ["dept-law", "dept-letters", "dept-medicine"];
/// People; their last four digits differ, so that a masked ID tells who it is.
const USERS: [&str; 6] = ["4000001001", "4000001002", "4000001003", "4000001004", "4000001005", "4000001006"];
/// Tokens, so alike that one is taken for another.
const SERIALS: [&str; 6] =
    ["2600215704910", "2600215704911", "2600215704912", "2600215704913", "2600215704914", "2600215704915"];
/// Tokens a person may hold.
const LIMIT: usize = 5;

const ROLES: [&[Role]; 8] = [
    &[Role::Counter],
    &[Role::Desk],
    &[Role::Counter, Role::Desk, Role::Stock, Role::Verifier, Role::Auditor, Role::Admin],
    &[Role::Desk, Role::Admin],
    &[Role::Auditor],
    &[Role::Stock, Role::Auditor, Role::Admin],
    &[Role::Verifier, Role::Counter],
    &[Role::Desk, Role::Auditor],
];

const FILTERS: [&str; 8] = [
    "",
    "state = LENT_NOT_PROVEN OR state = LENT",
    "custody = IN_STOCK",
    "department = dept-law",
    "department:dept",
    "NOT department = dept-letters",
    "user = 4000001001",
    "user = 4000001004 AND custody = LENT",
];

/// Some departments; none is all.
type Scope = BTreeSet<&'static str>;

#[test]
fn no_call_tells_of_or_touches_what_lies_outside_the_callers_scope() {
    let mut runner = runner(FLEETS, 64);
    if let Err(why) = runner.run(&stories(), |story| play(&story, false)) {
        panic!("{why}");
    }
}

#[test]
fn an_operator_whose_scope_is_wider_than_it_should_be_is_found_out() {
    let mut runner = runner(4, 0);
    assert!(runner.run(&stories(), |story| play(&story, true)).is_err(), "the test above sees no leak");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_place_where_a_loan_could_show_is_looked_at() {
    let members = [(2, vec![]), (2, vec!["dept-law"])];
    let story = Story { members: members.to_vec(), loans: vec![(0, 0, 2)], calls: Vec::new() };
    let mut world = World::new(&story, false).await;
    for call in [
        Call::Get(0),
        Call::GetOf(0),
        Call::List { filter: 0, newest: true, size: 2 },
        Call::Assign { token: 0, user: 1, department: 0, dry: true },
        Call::Return { token: 0, dry: true },
        Call::Lose(0),
        Call::Identify(0),
        Call::Ready(0),
        Call::Loans(0),
        Call::LoansOf(0),
        Call::Status,
        Call::Stock,
        Call::Operators { size: 1 },
        Call::Audit { filter: 0, newest: false },
        Call::Revert,
    ] {
        world.call(0, &call).await.unwrap();
        // The same answer in the hands of the one who acts for law alone.
        let stolen = world.members[0].caller.clone();
        let own = std::mem::replace(&mut world.members[1].caller, stolen);
        let told = world.call(1, &call).await;
        world.members[1].caller = own;
        assert!(told.is_err(), "{call:?} may tell what it likes");
        world.call(1, &call).await.unwrap();
    }
}

fn runner(cases: u32, max_shrink_iters: u32) -> TestRunner {
    let config = Config { cases, max_shrink_iters, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// A fleet and what is called.
#[derive(Debug, Clone)]
struct Story {
    /// The operators: their roles, by place in `ROLES`, and departments.
    members: Vec<(usize, Vec<&'static str>)>,
    /// Tokens that are lent before: which, to whom, through which department; past the last one is none.
    loans: Vec<(usize, usize, usize)>,
    /// Who calls, and what.
    calls: Vec<(usize, Call)>,
}

/// What an operator asks for. Tokens, people, departments and operators are places in the lists; past the last department
/// is none.
#[derive(Debug, Clone)]
enum Call {
    Get(usize),
    GetOf(usize),
    List { filter: usize, newest: bool, size: i32 },
    Verify { token: usize, right: bool },
    VerifyOf(usize),
    Resync { token: usize, shown: usize },
    Assign { token: usize, user: usize, department: usize, dry: bool },
    Return { token: usize, dry: bool },
    ReturnOf(usize),
    Lose(usize),
    Identify(usize),
    Ready(usize),
    Loans(usize),
    LoansOf(usize),
    Passes { user: usize, token: usize },
    Audit { filter: usize, newest: bool },
    Chains,
    Lots,
    Revert,
    Status,
    Stock,
    WhoAmI,
    Operators { size: i32 },
    Revoke(usize),
    Issue(usize),
    Widen { operator: usize, department: usize },
    Add { roles: usize, department: usize },
}

fn stories() -> impl Strategy<Value = Story> {
    let scope = proptest::sample::subsequence(DEPARTMENTS.to_vec(), 0..=2);
    let members = prop::collection::vec((0..ROLES.len(), scope), 4);
    let loan = (0..USERS.len(), 0..=DEPARTMENTS.len());
    let loans = prop::collection::vec(prop::option::weighted(0.7, loan), SERIALS.len());
    let loans = loans.prop_map(|loans| {
        let lent = loans.into_iter().enumerate();
        lent.filter_map(|(token, loan)| loan.map(|(user, department)| (token, user, department))).collect()
    });
    (members, loans, prop::collection::vec((0..4_usize, calls()), CALLS)).prop_map(|(members, loans, calls)| Story {
        members,
        loans,
        calls,
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let (token, user, department) = (|| 0..SERIALS.len(), || 0..USERS.len(), || 0..=DEPARTMENTS.len());
    prop_oneof![
        1 => token().prop_map(Call::Get),
        1 => user().prop_map(Call::GetOf),
        3 => (0..FILTERS.len(), any::<bool>(), 1..4)
            .prop_map(|(filter, newest, size)| Call::List { filter, newest, size }),
        1 => (token(), any::<bool>()).prop_map(|(token, right)| Call::Verify { token, right }),
        1 => user().prop_map(Call::VerifyOf),
        1 => (token(), token()).prop_map(|(token, shown)| Call::Resync { token, shown }),
        3 => (token(), user(), department(), any::<bool>())
            .prop_map(|(token, user, department, dry)| Call::Assign { token, user, department, dry }),
        2 => (token(), any::<bool>()).prop_map(|(token, dry)| Call::Return { token, dry }),
        1 => user().prop_map(Call::ReturnOf),
        1 => token().prop_map(Call::Lose),
        2 => token().prop_map(Call::Identify),
        1 => user().prop_map(Call::Ready),
        1 => token().prop_map(Call::Loans),
        1 => user().prop_map(Call::LoansOf),
        1 => (user(), token()).prop_map(|(user, token)| Call::Passes { user, token }),
        1 => (0..4_usize, any::<bool>()).prop_map(|(filter, newest)| Call::Audit { filter, newest }),
        1 => Just(Call::Chains),
        1 => Just(Call::Lots),
        1 => Just(Call::Revert),
        1 => Just(Call::Status),
        1 => Just(Call::Stock),
        1 => Just(Call::WhoAmI),
        1 => (1..4).prop_map(|size| Call::Operators { size }),
        1 => (0..4_usize).prop_map(Call::Revoke),
        1 => (0..4_usize).prop_map(Call::Issue),
        1 => (0..4_usize, department()).prop_map(|(operator, department)| Call::Widen { operator, department }),
        1 => (0..ROLES.len(), department()).prop_map(|(roles, department)| Call::Add { roles, department }),
    ]
}

/// Plays a story. With a lie the operators act for all departments, whatever the test believes.
fn play(story: &Story, lie: bool) -> Result<(), TestCaseError> {
    let played = Runtime::new().unwrap().block_on(async {
        let mut world = World::new(story, lie).await;
        for (nth, (who, call)) in story.calls.iter().enumerate() {
            world.fleet.clock.advance(60);
            let done = world.call(*who, call).await;
            done.map_err(|why| format!("call {nth}, {call:?} by m{who} of {:?}: {why}", world.members[*who].scope))?;
            world.is_as_believed().await.map_err(|why| format!("call {nth}, {call:?} by m{who}: {why}"))?;
        }
        Ok::<(), String>(())
    });
    played.map_err(TestCaseError::fail)
}

/// An operator, and what they have a right to know.
struct Member {
    caller: Caller,
    roles: &'static [Role],
    scope: Scope,
    /// People and departments they have named themselves.
    named: BTreeSet<&'static str>,
    /// People who held a token through a department of theirs.
    met: BTreeSet<&'static str>,
}

/// A token that is lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Loan {
    user: &'static str,
    department: Option<&'static str>,
}

/// The fleet, and what it should hold.
struct World {
    fleet: Fleet,
    devices: Vec<Device>,
    lot: String,
    members: Vec<Member>,
    loans: BTreeMap<usize, Loan>,
    /// Who got a certificate, and who else signed it.
    signed: BTreeSet<(usize, usize)>,
}

/// An answer, in all its words.
struct Told<T> {
    answer: Result<T, Refusal>,
    words: String,
}

/// Whether something is as it should be.
type Checked = Result<(), String>;

macro_rules! must {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}

impl World {
    async fn new(story: &Story, lie: bool) -> Self {
        let fleet = Fleet::start().await;
        let devices: Vec<_> = SERIALS.iter().map(|serial| Device::clock(serial)).collect();
        let lot = fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
        let mut members = Vec::new();
        for (nth, (roles, scope)) in story.members.iter().enumerate() {
            members.push(member(&fleet, nth, ROLES[*roles], scope, lie).await);
        }
        let mut world = Self { fleet, devices, lot, members, loans: BTreeMap::new(), signed: BTreeSet::new() };
        for (token, user, department) in &story.loans {
            let loan = Loan { user: USERS[*user], department: DEPARTMENTS.get(*department).copied() };
            let request = v1::AssignTokenRequest {
                department: loan.department.unwrap_or_default().to_owned(),
                ..assignment(SERIALS[*token], loan.user)
            };
            if world.fleet.admin.assign_as(request).await.is_ok() {
                world.loans.insert(*token, loan);
            }
        }
        world.meet();
        world
    }

    /// Who has a loan in a member's scope is known to them from then on.
    fn meet(&mut self) {
        for member in &mut self.members {
            let loans = self.loans.values().filter(|loan| covers(&member.scope, loan));
            member.met.extend(loans.map(|loan| loan.user));
        }
    }

    fn sees(&self, who: usize, token: usize) -> bool {
        self.loans.get(&token).is_none_or(|loan| covers(&self.members[who].scope, loan))
    }

    /// The tokens in a member's sight that a person holds.
    fn seen_of(&self, who: usize, user: &str) -> Vec<usize> {
        let held = self.loans.iter().filter(|(_, loan)| loan.user == user).map(|(token, _)| *token);
        held.filter(|token| self.sees(who, *token)).collect()
    }

    /// Looks through an answer for what the caller may not know. Of their own past deeds they may know the tokens.
    fn hides(&self, who: usize, words: &str, named: &[usize], of_the_past: bool) -> Checked {
        let member = &self.members[who];
        if member.scope.is_empty() {
            return Ok(());
        }
        for user in USERS.iter().filter(|user| !member.named.contains(*user) && !member.met.contains(*user)) {
            let masked = format!("******{}", &user[6..]);
            must!(!words.contains(user) && !words.contains(&masked), "it tells of {user}: {words}");
        }
        for other in DEPARTMENTS.iter().filter(|name| !member.named.contains(*name) && !member.scope.contains(*name)) {
            must!(!words.contains(other), "it tells of {other}: {words}");
        }
        for token in
            (0..SERIALS.len()).filter(|token| !of_the_past && !named.contains(token) && !self.sees(who, *token))
        {
            must!(!words.contains(SERIALS[token]), "it tells of {}: {words}", SERIALS[token]);
        }
        Ok(())
    }

    /// What was answered, unless it tells too much; None where the caller has not the role.
    fn told<T: Debug>(
        &self,
        who: usize,
        answer: Result<T, Status>,
        named: &[usize],
        of_the_past: bool,
    ) -> Result<Option<Result<T, Refusal>>, String> {
        let Told { answer, words } = words(answer);
        self.hides(who, &words, named, of_the_past)?;
        let denied = answer.as_ref().is_err_and(|no| no.reason == "ROLE_MISSING");
        Ok((!denied).then_some(answer))
    }

    /// Makes a call, and holds its answer against what is believed.
    async fn call(&mut self, who: usize, call: &Call) -> Checked {
        let caller = self.members[who].caller.clone();
        match *call {
            Call::Get(token) => self.get(who, token, caller.token(SERIALS[token]).await),
            Call::GetOf(user) => {
                self.members[who].named.insert(USERS[user]);
                self.get_of(who, user, caller.token_of(USERS[user]).await)
            }
            Call::List { filter, newest, size } => self.list(who, FILTERS[filter], newest, size).await,
            Call::Verify { token, right } => {
                let now = self.fleet.now();
                let device = &self.devices[token];
                let code = if right { device.code(now) } else { device.wrong_codes(now, 1).remove(0) };
                self.judged(who, token, caller.verify(SERIALS[token], &code).await)
            }
            Call::VerifyOf(user) => self.verify_of(who, user).await,
            Call::Resync { token, shown } => {
                let codes = self.devices[shown].codes(self.fleet.now(), 2);
                self.judged(who, token, caller.resync(SERIALS[token], &codes).await)
            }
            Call::Assign { token, user, department, dry } => self.assign(who, token, user, department, dry).await,
            Call::Return { token, dry } => {
                let target = return_token_request::Target::Token(SERIALS[token].to_owned());
                self.take_back(who, vec![token], "TOKEN_NOT_FOUND", target, dry).await
            }
            Call::ReturnOf(user) => {
                self.members[who].named.insert(USERS[user]);
                let target = return_token_request::Target::User(USERS[user].to_owned());
                self.take_back(who, self.seen_of(who, USERS[user]), "USER_NOT_FOUND", target, false).await
            }
            Call::Lose(token) => {
                let request = v1::ReportTokenLostRequest {
                    target: Some(v1::report_token_lost_request::Target::Token(SERIALS[token].to_owned())),
                    validate_only: true,
                    ..<_>::default()
                };
                self.judged(who, token, caller.lending().report_token_lost(request).await)
            }
            Call::Identify(token) => self.identify(who, token).await,
            Call::Ready(user) => self.ready(who, user).await,
            Call::Loans(token) => {
                let target = v1::list_loans_request::Target::Token(SERIALS[token].to_owned());
                let open = Some(token).filter(|token| self.loans.contains_key(token));
                let open = if self.sees(who, token) { Some(open.into_iter().collect()) } else { None };
                self.ledger(who, target, &[token], open).await
            }
            Call::LoansOf(user) => {
                self.members[who].named.insert(USERS[user]);
                let target = v1::list_loans_request::Target::User(USERS[user].to_owned());
                self.ledger(who, target, &[], Some(self.seen_of(who, USERS[user]))).await
            }
            Call::Passes { user, token } => {
                self.members[who].named.insert(USERS[user]);
                let code = self.devices[token].code(self.fleet.now());
                let passes = self.told(who, caller.passes(USERS[user], &code).await, &[], false)?;
                let held = self.seen_of(who, USERS[user]).contains(&token);
                must!(held || !matches!(passes, Some(Ok(true))), "nobody has that token");
                Ok(())
            }
            Call::Audit { filter, newest } => self.audit(who, filter, newest).await,
            Call::Chains => self.told(who, caller.chains().await, &[], false).map(drop),
            Call::Lots => self.told(who, caller.lots().await, &[], false).map(drop),
            Call::Revert => self.revert(who).await,
            Call::Status => self.status(who).await,
            Call::Stock => self.stock(who).await,
            Call::WhoAmI => self.told(who, caller.who_am_i().await, &[], false).map(drop),
            Call::Operators { size } => self.operators(who, size).await,
            Call::Revoke(operator) => {
                let request = v1::RevokeOperatorRequest { name: name(operator), validate_only: true, ..<_>::default() };
                let answer = OperatorServiceClient::new(caller.door()).revoke_operator(request).await;
                self.managed(who, operator, answer)
            }
            Call::Issue(operator) => {
                let request = v1::IssueCertificateRequest {
                    name: name(operator),
                    certificate_request_pem: certificate_request().0,
                    ..<_>::default()
                };
                let answer = OperatorServiceClient::new(caller.door()).issue_certificate(request).await;
                if answer.is_ok() && operator != who {
                    self.signed.insert((operator, who));
                }
                self.managed(who, operator, answer)
            }
            Call::Widen { operator, department } => self.widen(who, operator, department).await,
            Call::Add { roles, department } => self.add(who, ROLES[roles], department).await,
        }
    }

    fn get(&self, who: usize, token: usize, answer: Result<v1::Token, Status>) -> Checked {
        match self.told(who, answer, &[token], false)? {
            None => Ok(()),
            Some(Ok(shown)) => {
                must!(self.sees(who, token), "{} is not theirs to see", SERIALS[token]);
                self.shows(who, &shown)
            }
            Some(Err(no)) => {
                must!(!self.sees(who, token) && no.reason == "TOKEN_NOT_FOUND", "{no:?}");
                Ok(())
            }
        }
    }

    fn get_of(&self, who: usize, user: usize, answer: Result<v1::Token, Status>) -> Checked {
        let seen = self.seen_of(who, USERS[user]);
        match (self.told(who, answer, &[], false)?, seen.as_slice()) {
            (None, _) => Ok(()),
            (Some(Ok(shown)), [only]) => {
                must!(shown.serial == SERIALS[*only], "{shown:?}");
                Ok(())
            }
            (Some(Err(no)), []) if no.reason == "USER_NOT_FOUND" => Ok(()),
            (Some(Err(no)), [_, _, ..]) if no.reason == "USER_TOKENS_SEVERAL" => {
                let names: BTreeSet<_> = no.facts["names"].split(", ").collect();
                must!(names == seen.iter().map(|token| SERIALS[*token]).collect(), "{no:?}");
                Ok(())
            }
            (Some(other), seen) => Err(format!("{seen:?} {other:?}")),
        }
    }

    /// Whether a token that is shown is shown as it is.
    fn shows(&self, who: usize, shown: &v1::Token) -> Checked {
        let token = SERIALS.iter().position(|serial| *serial == shown.serial).ok_or("no such token")?;
        let loan = self.loans.get(&token);
        let user = loan.map_or("", |loan| loan.user);
        let whole = shown.user_id == user;
        let masked = !user.is_empty() && shown.user_id == format!("******{}", &user[6..]);
        let masks = self.members[who].roles.iter().all(|role| matches!(role, Role::Counter | Role::Verifier));
        must!(whole || masks && masked, "{user} is shown as {}", shown.user_id);
        let department = loan.and_then(|loan| loan.department).unwrap_or_default();
        must!(shown.department == department, "{department} is shown as {}", shown.department);
        Ok(())
    }

    /// Every page of a list. Each but the last is full: where a page ends tells nothing of what lies between.
    async fn list(&mut self, who: usize, filter: &'static str, newest: bool, size: i32) -> Checked {
        self.members[who].named.extend(USERS.iter().chain(&DEPARTMENTS).filter(|word| filter.contains(**word)));
        let mut request = v1::ListTokensRequest {
            page_size: size,
            filter: filter.to_owned(),
            order_by: if newest { "create_time desc" } else { "" }.to_owned(),
            ..<_>::default()
        };
        let mut listed = Vec::new();
        loop {
            let mut service = TokenServiceClient::new(self.members[who].caller.door());
            let answer = service.list_tokens(request.clone()).await.map(tonic::Response::into_inner);
            let page = match self.told(who, answer, &[], false)? {
                Some(Ok(page)) => page,
                Some(Err(no)) if no.code == "TF-1033" => return Ok(()),
                Some(Err(no)) => return Err(format!("{no:?}")),
                None => return Ok(()),
            };
            let full = page.tokens.len() == usize::try_from(size).unwrap();
            must!(full != page.next_page_token.is_empty(), "a page of {} of {size} goes on", page.tokens.len());
            page.tokens.iter().try_for_each(|token| self.shows(who, token))?;
            listed.extend(page.tokens.into_iter().map(|token| token.serial));
            request.page_token = page.next_page_token;
            if !full {
                break;
            }
        }
        let mut seen: Vec<_> = (0..SERIALS.len())
            .filter(|token| self.sees(who, *token) && takes(filter, self.loans.get(token)))
            .map(|token| SERIALS[token])
            .collect();
        if newest {
            seen.reverse();
        }
        must!(listed == seen, "{listed:?} is listed for {seen:?}");
        Ok(())
    }

    /// What lies outside is not there, whatever is done with it.
    fn judged<T: Debug>(&self, who: usize, token: usize, answer: Result<T, Status>) -> Checked {
        let Some(answer) = self.told(who, answer, &[token], false)? else { return Ok(()) };
        let found = answer.is_ok() || answer.as_ref().is_err_and(|no| no.reason != "TOKEN_NOT_FOUND");
        must!(found == self.sees(who, token), "{answer:?}");
        Ok(())
    }

    async fn verify_of(&mut self, who: usize, user: usize) -> Checked {
        self.members[who].named.insert(USERS[user]);
        let request = v1::VerifyTokenRequest {
            target: Some(v1::verify_token_request::Target::User(USERS[user].to_owned())),
            code: "000000".to_owned(),
            request_id: String::new(),
            ..v1::VerifyTokenRequest::default()
        };
        let answer = CodeServiceClient::new(self.members[who].caller.door()).verify_token(request).await;
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let found = answer.is_ok() || answer.as_ref().is_err_and(|no| no.reason != "USER_NOT_FOUND");
        must!(found != self.seen_of(who, USERS[user]).is_empty(), "{answer:?}");
        Ok(())
    }

    /// A token is known by its codes to whoever may see it; no other is tried, nor counted.
    async fn identify(&self, who: usize, token: usize) -> Checked {
        let codes = self.devices[token].codes(self.fleet.now(), 2);
        let request = v1::IdentifyTokenRequest { codes, for_user: String::new() };
        let answer = CodeServiceClient::new(self.members[who].caller.door()).identify_token(request).await;
        let answer = answer.map(tonic::Response::into_inner);
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let seen = (0..SERIALS.len()).filter(|token| self.sees(who, *token)).count();
        match answer {
            Ok(found) => {
                let serials: Vec<_> = found.matches.iter().flat_map(|found| &found.token).map(|t| &t.serial).collect();
                must!(self.sees(who, token) && serials == [SERIALS[token]], "{serials:?}");
                must!(usize::try_from(found.examined) == Ok(seen), "{} were tried of {seen}", found.examined);
            }
            Err(no) => {
                must!(!self.sees(who, token) && no.code == "TF-1108", "{no:?}");
                must!(no.facts["examined"] == seen.to_string(), "{no:?}");
            }
        }
        Ok(())
    }

    /// How far a person has got is judged by the tokens in sight alone.
    async fn ready(&mut self, who: usize, user: usize) -> Checked {
        self.members[who].named.insert(USERS[user]);
        let request = v1::GetReadinessRequest { user: USERS[user].to_owned() };
        let answer = self.members[who].caller.lending().get_readiness(request).await;
        let answer = answer.map(tonic::Response::into_inner);
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let answer = answer.map_err(|no| format!("{no:?}"))?;
        let lent = answer.steps.iter().any(|step| (step.step(), step.met()) == (v1::ReadinessStep::Lent, v1::Met::Yes));
        must!(lent != self.seen_of(who, USERS[user]).is_empty(), "{answer:?}");
        Ok(())
    }

    /// Every loan in the ledger is in scope, and those that are open are all there. Where there is no such token, `open` is
    /// none.
    async fn ledger(
        &self,
        who: usize,
        target: v1::list_loans_request::Target,
        named: &[usize],
        open: Option<Vec<usize>>,
    ) -> Checked {
        let request = v1::ListLoansRequest { target: Some(target), page_size: 1000, ..<_>::default() };
        let answer = self.members[who].caller.lending().list_loans(request).await.map(tonic::Response::into_inner);
        let ledger = match (self.told(who, answer, named, true)?, open) {
            (None, _) => return Ok(()),
            (Some(Err(no)), None) if no.reason == "TOKEN_NOT_FOUND" => return Ok(()),
            (Some(Ok(page)), Some(open)) => (page.loans, open),
            (other, open) => return Err(format!("{open:?} {other:?}")),
        };
        let scope = &self.members[who].scope;
        let foreign = |loan: &&v1::Loan| !scope.is_empty() && !scope.contains(loan.department.as_str());
        must!(!ledger.0.iter().any(|loan| foreign(&loan)), "{:?}", ledger.0);
        let still: BTreeSet<_> =
            ledger.0.iter().filter(|loan| loan.end_time.is_none()).map(|loan| loan.serial.as_str()).collect();
        must!(still == ledger.1.iter().map(|token| SERIALS[*token]).collect(), "{:?} {:?}", ledger.0, ledger.1);
        Ok(())
    }

    async fn assign(&mut self, who: usize, token: usize, user: usize, department: usize, dry: bool) -> Checked {
        let typed = DEPARTMENTS.get(department).copied();
        let member = &mut self.members[who];
        member.named.insert(USERS[user]);
        member.named.extend(typed);
        let request = v1::AssignTokenRequest {
            department: typed.unwrap_or_default().to_owned(),
            validate_only: dry,
            ..assignment(SERIALS[token], USERS[user])
        };
        let only = member.scope.first().copied().filter(|_| member.scope.len() == 1);
        let loan = Loan { user: USERS[user], department: typed.or(only) };
        let answer = member.caller.assign_as(request).await;
        let Some(answer) = self.told(who, answer, &[token], false)? else { return Ok(()) };
        let held = self.loans.values().filter(|loan| loan.user == USERS[user]).count();
        let expected = match () {
            () if !self.sees(who, token) => Err("TOKEN_NOT_FOUND"),
            () if self.loans.contains_key(&token) => Err("TOKEN_ALREADY_LENT"),
            () if !covers(&self.members[who].scope, &loan) => Err("OUT_OF_SCOPE"),
            () if held >= LIMIT => Err("USER_TOKEN_LIMIT"),
            () => Ok(()),
        };
        let answered = answer.as_ref().map(drop).map_err(|no| no.reason.as_str());
        must!(answered == expected, "{expected:?}: {answer:?}");
        if answer.is_ok() && !dry {
            self.loans.insert(token, loan);
            self.meet();
        }
        Ok(())
    }

    async fn take_back(
        &mut self,
        who: usize,
        candidates: Vec<usize>,
        missing: &str,
        target: return_token_request::Target,
        dry: bool,
    ) -> Checked {
        let request =
            v1::ReturnTokenRequest { target: Some(target), validate_only: dry, leaves_none: true, ..<_>::default() };
        let answer = self.members[who].caller.take_back_as(request).await;
        let Some(answer) = self.told(who, answer, &candidates, false)? else { return Ok(()) };
        let expected = match candidates.as_slice() {
            [only] if !self.sees(who, *only) => Err(missing),
            [only] => self.loans.get(only).map(|loan| loan.user).ok_or("TOKEN_WRONG_STATE"),
            [] => Err(missing),
            _ => Err("USER_TOKENS_SEVERAL"),
        };
        let answered = answer.as_ref().map(|done| done.returned_by.as_str()).map_err(|no| no.reason.as_str());
        must!(answered == expected, "{expected:?}: {answer:?}");
        if let (Ok(_), [only], false) = (&answer, candidates.as_slice(), dry) {
            self.loans.remove(only);
        }
        Ok(())
    }

    /// Whoever is no auditor of all departments reads what they did themselves.
    async fn audit(&mut self, who: usize, filter: usize, newest: bool) -> Checked {
        let filter = ["", "operator = admin", "action = token.assign", "user = 4000001002"][filter];
        let member = &mut self.members[who];
        member.named.extend(USERS.iter().filter(|user| filter.contains(**user)));
        let request = v1::ListAuditEventsRequest {
            filter: filter.to_owned(),
            order_by: if newest { "record_time desc" } else { "" }.to_owned(),
            page_size: 1000,
            ..<_>::default()
        };
        let answer = AuditServiceClient::new(member.caller.door()).list_audit_events(request).await;
        let answer = self.told(who, answer.map(tonic::Response::into_inner), &[], true)?;
        let Some(Ok(page)) = answer else { return Ok(()) };
        let member = &self.members[who];
        let reads_all = member.scope.is_empty() && member.roles.contains(&Role::Auditor);
        must!(page.own_events_only != reads_all, "{} events of all", page.events.len());
        let own = page.events.iter().all(|event| event.operator == format!("m{who}"));
        must!(reads_all || own, "it tells what others did: {:?}", page.events);
        Ok(())
    }

    /// A lot with a token that was lent stays; whoever acts for some departments does not get so far as to learn of it.
    async fn revert(&self, who: usize) -> Checked {
        let request = v1::RevertLotRequest { name: self.lot.clone(), validate_only: true, ..<_>::default() };
        let answer = ImportServiceClient::new(self.members[who].caller.door()).revert_lot(request).await;
        match self.told(who, answer, &[], false)? {
            Some(Err(no)) if no.reason == "LOT_TOUCHED" || no.reason == "OUT_OF_SCOPE" => {
                must!((no.reason == "LOT_TOUCHED") == self.members[who].scope.is_empty(), "{no:?}");
                Ok(())
            }
            Some(Err(no)) => Err(format!("{no:?}")),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    async fn status(&self, who: usize) -> Checked {
        let answer = self.members[who].caller.status().await;
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let counted: i64 = answer.map_err(|no| format!("{no:?}"))?.tokens.values().sum();
        let seen = (0..SERIALS.len()).filter(|token| self.sees(who, *token)).count();
        must!(usize::try_from(counted) == Ok(seen), "{counted} are counted for {seen}");
        Ok(())
    }

    async fn stock(&self, who: usize) -> Checked {
        let mut service = StockServiceClient::new(self.members[who].caller.door());
        let answer = service.list_stock(v1::ListStockRequest::default()).await.map(tonic::Response::into_inner);
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let lines = answer.map_err(|no| format!("{no:?}"))?.lines;
        let of_line = |line: &v1::StockLine| line.free + line.lent + line.lost + line.faulty;
        let counted: i64 = lines.iter().map(of_line).sum();
        let seen = (0..SERIALS.len()).filter(|token| self.sees(who, *token)).count();
        must!(usize::try_from(counted) == Ok(seen), "{counted} are in stock or lent for {seen}");
        Ok(())
    }

    async fn operators(&self, who: usize, size: i32) -> Checked {
        let mut listed = Vec::new();
        let mut request = v1::ListOperatorsRequest { page_size: size, ..<_>::default() };
        loop {
            let mut service = OperatorServiceClient::new(self.members[who].caller.door());
            let answer = service.list_operators(request.clone()).await.map(tonic::Response::into_inner);
            let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
            let page = answer.map_err(|no| format!("{no:?}"))?;
            let full = page.operators.len() == usize::try_from(size).unwrap();
            must!(full != page.next_page_token.is_empty(), "a page of {} goes on", page.operators.len());
            listed.extend(page.operators.into_iter().map(|operator| operator.name));
            request.page_token = page.next_page_token;
            if !full {
                break;
            }
        }
        let admin = self.members[who].scope.is_empty().then(|| "operators/admin".to_owned());
        let theirs = (0..self.members.len()).filter(|other| self.looks_after(who, *other));
        let seen: Vec<_> = admin.into_iter().chain(theirs.map(|other| format!("operators/m{other}"))).collect();
        must!(listed == seen, "{listed:?} are listed for {seen:?}");
        Ok(())
    }

    fn looks_after(&self, who: usize, other: usize) -> bool {
        within(&self.members[other].scope, &self.members[who].scope)
    }

    fn signers(&self, operator: usize) -> impl Iterator<Item = usize> {
        self.signed.iter().filter(move |(whose, _)| *whose == operator).map(|(_, signer)| *signer)
    }

    /// Who acts for others is nobody's to end, or to sign for.
    fn managed<T: Debug>(&self, who: usize, operator: usize, answer: Result<T, Status>) -> Checked {
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        must!(self.looks_after(who, operator) || answer.is_err(), "{answer:?}");
        let foreign = answer.as_ref().is_err_and(|no| no.code == "TF-3011");
        must!(foreign != self.looks_after(who, operator), "{answer:?}");
        Ok(())
    }

    /// Nobody gives a department that is not theirs, nobody gives one to themselves, and nobody gets one whose certificate
    /// was signed by somebody who may not give it.
    async fn widen(&mut self, who: usize, operator: usize, department: usize) -> Checked {
        let given: Scope = DEPARTMENTS.get(department).copied().into_iter().collect();
        let member = &mut self.members[who];
        member.named.extend(&given);
        let request = v1::UpdateOperatorRequest {
            operator: Some(v1::Operator {
                name: name(operator),
                departments: given.iter().map(|name| (*name).to_owned()).collect(),
                ..<_>::default()
            }),
            update_mask: Some(FieldMask { paths: vec!["departments".to_owned()] }),
            validate_only: true,
            ..<_>::default()
        };
        let answer = OperatorServiceClient::new(member.caller.door()).update_operator(request).await;
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let may = self.looks_after(who, operator)
            && within(&given, &self.members[who].scope)
            && (who != operator || within(&given, &self.members[operator].scope))
            && self.signers(operator).all(|signer| within(&given, &self.members[signer].scope));
        must!(answer.is_ok() == may, "{answer:?}");
        Ok(())
    }

    /// What acts for all departments, role or scope, is given by those who do.
    async fn add(&mut self, who: usize, roles: &[Role], department: usize) -> Checked {
        let given: Scope = DEPARTMENTS.get(department).copied().into_iter().collect();
        let member = &mut self.members[who];
        member.named.extend(&given);
        let request = v1::CreateOperatorRequest {
            departments: given.iter().map(|name| (*name).to_owned()).collect(),
            certificate_request_pem: certificate_request().0,
            validate_only: true,
            ..new_operator("new", roles)
        };
        let answer = member.caller.create_operator(request).await;
        let Some(answer) = self.told(who, answer, &[], false)? else { return Ok(()) };
        let own = &self.members[who].scope;
        let for_all = roles.contains(&Role::Stock) || roles.contains(&Role::Auditor);
        must!(answer.is_ok() == (within(&given, own) && (own.is_empty() || !for_all)), "{answer:?}");
        Ok(())
    }

    /// Whether every loan is what it should be, in the eyes of one who sees all.
    async fn is_as_believed(&self) -> Checked {
        for shown in self.fleet.admin.tokens("").await.unwrap() {
            let token = SERIALS.iter().position(|serial| *serial == shown.serial).ok_or("no such token")?;
            let department = (!shown.department.is_empty()).then_some(shown.department.as_str());
            let loan = self.loans.get(&token).map(|loan| (loan.user, loan.department));
            let shown = (!shown.user_id.is_empty()).then_some((shown.user_id.as_str(), department));
            must!(shown == loan, "the loan {loan:?} has become {shown:?}");
        }
        Ok(())
    }
}

async fn member(fleet: &Fleet, nth: usize, roles: &'static [Role], departments: &[&'static str], lie: bool) -> Member {
    let name = format!("m{nth}");
    let (certificate_request_pem, key) = certificate_request();
    let given = if lie { &[] } else { departments };
    let request = v1::CreateOperatorRequest {
        certificate_request_pem,
        departments: given.iter().map(|name| (*name).to_owned()).collect(),
        ..new_operator(&name, roles)
    };
    let added = fleet.admin.create_operator(request).await.unwrap();
    let caller = fleet.profile(&name, &added.certificate_pem, &key);
    let scope = departments.iter().copied().collect();
    Member { caller, roles, scope, named: BTreeSet::new(), met: BTreeSet::new() }
}

fn name(operator: usize) -> String {
    format!("m{operator}")
}

/// Whether a loan is the business of who acts for these departments.
fn covers(scope: &Scope, loan: &Loan) -> bool {
    scope.is_empty() || loan.department.is_some_and(|department| scope.contains(department))
}

fn within(inner: &Scope, outer: &Scope) -> bool {
    outer.is_empty() || !inner.is_empty() && inner.is_subset(outer)
}

/// What the filters of this test take.
fn takes(filter: &str, loan: Option<&Loan>) -> bool {
    let department = loan.and_then(|loan| loan.department).unwrap_or_default();
    match filter {
        "" => true,
        "custody = IN_STOCK" => loan.is_none(),
        "department = dept-law" => department == "dept-law",
        "department:dept" => !department.is_empty(),
        "NOT department = dept-letters" => department != "dept-letters",
        "user = 4000001001" => loan.is_some_and(|loan| loan.user == "4000001001"),
        "user = 4000001004 AND custody = LENT" => loan.is_some_and(|loan| loan.user == "4000001004"),
        // A token that was disabled by wrong codes would be neither; nobody gives so many.
        _ => loan.is_some(),
    }
}

fn words<T: Debug>(answer: Result<T, Status>) -> Told<T> {
    match answer {
        Ok(answer) => Told { words: format!("{answer:?}"), answer: Ok(answer) },
        Err(status) => {
            let no = Refusal::of(&status);
            Told { words: format!("{no:?} {} {:?}", status.message(), status.metadata()), answer: Err(no) }
        }
    }
}
