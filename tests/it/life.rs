//! The life of a token: every deed in every state by every role, and what each leaves behind in the row, the ledger and the
//! record.

use tokenfleet_domain::token::{Action, Authenticator, Custody, Hold, State, next_state};
use tokenfleet_proto::v1::{self, ReplaceReason, ReturnReason, Role};
use tokenfleet_tests::{Caller, Device, Fleet, ROLES, Refusal, refused};
use tonic::{Code, Status};

const USER: &str = "0123456789";
const OTHER: &str = "0123456780";

/// A state as the contract says it.
type Seen = (v1::Custody, v1::Authenticator);

const IN_STOCK: Seen = (v1::Custody::InStock, v1::Authenticator::None);
const READY: Seen = (v1::Custody::Lent, v1::Authenticator::Ready);
const LOST: Seen = (v1::Custody::Lost, v1::Authenticator::None);

fn seen(token: &v1::Token) -> Seen {
    (token.custody(), token.authenticator())
}

macro_rules! on_token {
    ($request:ident, $of:ident, $serial:expr) => {
        v1::$request { target: Some(v1::$of::Target::Token($serial.to_owned())), ..v1::$request::default() }
    };
}

fn lost(serial: &str) -> v1::ReportTokenLostRequest {
    on_token!(ReportTokenLostRequest, report_token_lost_request, serial)
}

fn found(serial: &str, codes: &[String]) -> v1::ReportTokenFoundRequest {
    let request = on_token!(ReportTokenFoundRequest, report_token_found_request, serial);
    v1::ReportTokenFoundRequest { codes: codes.to_vec(), ..request }
}

fn suspension(serial: &str) -> v1::SuspendTokenRequest {
    on_token!(SuspendTokenRequest, suspend_token_request, serial)
}

fn resumption(serial: &str) -> v1::ResumeTokenRequest {
    on_token!(ResumeTokenRequest, resume_token_request, serial)
}

fn binding(serial: &str, codes: &[String]) -> v1::RebindTokenRequest {
    let request = on_token!(RebindTokenRequest, rebind_token_request, serial);
    v1::RebindTokenRequest { codes: codes.to_vec(), ..request }
}

fn handing_in(serial: &str, reason: ReturnReason) -> v1::ReturnTokenRequest {
    let request = on_token!(ReturnTokenRequest, return_token_request, serial);
    v1::ReturnTokenRequest { reason: reason.into(), ..request }
}

fn replacement(old: &str, new: &str, reason: ReplaceReason) -> v1::ReplaceTokenRequest {
    v1::ReplaceTokenRequest {
        old: Some(v1::replace_token_request::Old::Token(old.to_owned())),
        new_token: new.to_owned(),
        reason: reason.into(),
        ..v1::ReplaceTokenRequest::default()
    }
}

fn change_of_user(from: &str, to: &str) -> v1::MoveUserTokensRequest {
    v1::MoveUserTokensRequest { user: from.to_owned(), new_user: to.to_owned(), ..v1::MoveUserTokensRequest::default() }
}

async fn loans(caller: &Caller, target: v1::list_loans_request::Target) -> Vec<v1::Loan> {
    let request = v1::ListLoansRequest { target: Some(target), ..v1::ListLoansRequest::default() };
    caller.lending().list_loans(request).await.unwrap().into_inner().loans
}

async fn of_token(caller: &Caller, serial: &str) -> Vec<v1::Loan> {
    loans(caller, v1::list_loans_request::Target::Token(serial.to_owned())).await
}

async fn of_user(caller: &Caller, user: &str) -> Vec<v1::Loan> {
    loans(caller, v1::list_loans_request::Target::User(user.to_owned())).await
}

/// Puts tokens into stock whose serials differ in more than one digit.
async fn stocked(fleet: &Fleet, count: usize) -> Vec<Device> {
    let devices: Vec<_> = (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    devices
}

/// Twenty wrong codes in a row.
async fn disable(fleet: &Fleet, device: &Device) {
    for _ in 0..20 {
        let wrong = device.wrong_codes(fleet.now(), 1).remove(0);
        assert_eq!(refused(fleet.admin.verify(&device.serial, &wrong).await).reason, "CODE_WRONG");
        fleet.clock.advance(3600);
    }
}

/// Brings a token from the shelf into a state. `spare` is lent where one is needed.
async fn bring(fleet: &Fleet, device: &Device, state: State, spare: &Device) {
    let (serial, desk) = (device.serial.as_str(), &fleet.admin);
    match (state.custody, state.authenticator) {
        (Custody::InStock, _) => {}
        (Custody::Retired, _) => drop(desk.retire(serial).await.unwrap()),
        (Custody::Ordered, _) => panic!("nothing is announced before it arrives yet"),
        (custody, authenticator) => {
            desk.assign(serial, USER).await.unwrap();
            match (custody, authenticator) {
                (Custody::Lost, _) => drop(desk.lending().report_token_lost(lost(serial)).await.unwrap()),
                (Custody::Faulty, _) => {
                    let request =
                        v1::ReturnTokenRequest { leaves_none: true, ..handing_in(serial, ReturnReason::Faulty) };
                    desk.take_back_as(request).await.unwrap();
                }
                (_, Authenticator::Suspended) => {
                    let request = v1::SuspendTokenRequest { leaves_none: true, ..suspension(serial) };
                    desk.lending().suspend_token(request).await.unwrap();
                }
                (_, Authenticator::Disabled) => disable(fleet, device).await,
                (_, Authenticator::None) => {
                    let request = v1::ReplaceTokenRequest {
                        old_returns_later: true,
                        ..replacement(serial, &spare.serial, ReplaceReason::Other)
                    };
                    desk.lending().replace_token(request).await.unwrap();
                }
                (_, Authenticator::Ready) => {}
            }
        }
    }
}

/// One action on one token.
struct Trial<'a> {
    action: Action,
    device: &'a Device,
    /// Lent in its place where the action asks for one.
    spare: &'a Device,
}

/// Does an action, or only checks it, through its RPC.
async fn act(fleet: &Fleet, who: &Caller, trial: &Trial<'_>, only: bool) -> Result<(), Status> {
    let Trial { action, device, spare } = *trial;
    let (serial, mut lending) = (device.serial.as_str(), who.lending());
    let codes = device.codes(fleet.now(), 2);
    let back = |reason| v1::ReturnTokenRequest { leaves_none: true, validate_only: only, ..handing_in(serial, reason) };
    match action {
        Action::Assign => {
            let request = tokenfleet_tests::caller::assignment(serial, OTHER);
            let request = v1::AssignTokenRequest { validate_only: only, ..request };
            lending.assign_token(request).await.map(drop)
        }
        Action::Return => lending.return_token(back(ReturnReason::Other)).await.map(drop),
        Action::ReturnFaulty => lending.return_token(back(ReturnReason::Battery)).await.map(drop),
        Action::Suspend => {
            let request = v1::SuspendTokenRequest { leaves_none: true, validate_only: only, ..suspension(serial) };
            lending.suspend_token(request).await.map(drop)
        }
        Action::Resume => {
            let request = v1::ResumeTokenRequest { validate_only: only, ..resumption(serial) };
            lending.resume_token(request).await.map(drop)
        }
        Action::Rebind => {
            let request = v1::RebindTokenRequest { validate_only: only, ..binding(serial, &codes) };
            lending.rebind_token(request).await.map(drop)
        }
        Action::Lose => {
            let request = v1::ReportTokenLostRequest { validate_only: only, ..lost(serial) };
            lending.report_token_lost(request).await.map(drop)
        }
        Action::Find | Action::FindWithHolder => {
            let codes = if action == Action::Find { &[][..] } else { &codes };
            let request = v1::ReportTokenFoundRequest { validate_only: only, ..found(serial, codes) };
            lending.report_token_found(request).await.map(drop)
        }
        Action::Supersede => {
            let request = v1::ReplaceTokenRequest {
                old_returns_later: true,
                validate_only: only,
                ..replacement(serial, &spare.serial, ReplaceReason::Other)
            };
            lending.replace_token(request).await.map(drop)
        }
        Action::Retire => {
            let etag = fleet.admin.token(serial).await?.etag;
            let request = v1::RetireTokenRequest {
                token: serial.to_owned(),
                etag,
                validate_only: only,
                ..v1::RetireTokenRequest::default()
            };
            let mut tokens = v1::token_service_client::TokenServiceClient::new(who.door());
            tokens.retire_token(request).await.map(drop)
        }
        Action::Receive | Action::Disable | Action::Verify | Action::Resync | Action::Identify => {
            panic!("{action:?} is tried elsewhere")
        }
    }
}

const DEEDS: [Action; 11] = [
    Action::Assign,
    Action::Return,
    Action::ReturnFaulty,
    Action::Suspend,
    Action::Resume,
    Action::Rebind,
    Action::Lose,
    Action::Find,
    Action::FindWithHolder,
    Action::Supersede,
    Action::Retire,
];

/// Who alone may do an action.
fn doer(action: Action) -> Role {
    if action == Action::Retire { Role::Stock } else { Role::Desk }
}

/// An operator for each role, who has no other.
async fn one_of_each(fleet: &Fleet) -> Vec<(Role, Caller)> {
    let mut operators = Vec::new();
    for role in ROLES {
        let name = role.as_str_name().replace("ROLE_", "only-").to_lowercase();
        operators.push((role, fleet.operator(&name, &[role]).await));
    }
    operators
}

/// A fleet for each state: a check tells for every deed what the deed itself then does, what is not in the table is
/// refused with the moves that are, and no role but the one that the deed belongs to gets so far as to learn of it.
async fn try_every_deed_in(state: State) {
    let fleet = Fleet::start().await;
    let operators = one_of_each(&fleet).await;
    let devices = stocked(&fleet, 3 * DEEDS.len()).await;
    for (action, devices) in DEEDS.into_iter().zip(devices.chunks(3)) {
        let [device, spare, other] = devices else { panic!("three for each deed") };
        bring(&fleet, device, state, spare).await;
        fleet.clock.advance(3600);
        let before = fleet.admin.token(&device.serial).await.unwrap();
        assert_eq!(
            before.custody().as_str_name().trim_start_matches("CUSTODY_").to_lowercase(),
            state.custody.as_str()
        );

        let trial = Trial { action, device, spare: other };
        let (mine, others): (Vec<_>, Vec<_>) = operators.iter().partition(|(role, _)| *role == doer(action));
        for (role, caller) in others {
            for only in [true, false] {
                let no = refused(act(&fleet, caller, &trial, only).await);
                assert_eq!(no.reason, "ROLE_MISSING", "{state:?} {action:?} {role:?}: {no:?}");
            }
        }
        let (_, caller) = mine[0];
        let checked = act(&fleet, caller, &trial, true).await;
        assert_eq!(fleet.admin.token(&device.serial).await.unwrap(), before, "{state:?} {action:?}: only looked at");
        let done = act(&fleet, caller, &trial, false).await;
        let after = fleet.admin.token(&device.serial).await.unwrap();
        if let Some(next) = next_state(state, Hold::None, action) {
            checked.unwrap_or_else(|no| panic!("{state:?} {action:?}: {no:?}"));
            done.unwrap_or_else(|no| panic!("{state:?} {action:?}: {no:?}"));
            let words = [after.custody().as_str_name(), after.authenticator().as_str_name()];
            let words = words.map(|word| word.split_once('_').unwrap().1.to_lowercase());
            assert_eq!(words, [next.custody.as_str(), next.authenticator.as_str()], "{state:?} {action:?}");
            let open = of_token(&fleet.admin, &device.serial).await.iter().filter(|l| l.end_time.is_none()).count();
            assert_eq!(open, usize::from(!after.user_id.is_empty()), "{state:?} {action:?}: {after:?}");
        } else {
            for no in [checked, done] {
                let no = refused(no);
                let reasons = ["TOKEN_WRONG_STATE", "TOKEN_ALREADY_LENT"];
                assert!(reasons.contains(&no.reason.as_str()), "{state:?} {action:?}: {no:?}");
            }
            assert_eq!(after, before, "{state:?} {action:?}: refused");
        }
        put_away(&fleet).await;
    }
    try_codes_in(&fleet, &operators, state).await;
}

/// A code, and a pair of codes, of a token in this state, by every role.
async fn try_codes_in(fleet: &Fleet, operators: &[(Role, Caller)], state: State) {
    let [device, spare] = [Device::clock("7700215704919"), Device::clock("7700215704932")];
    fleet.stock(&[&device, &spare]).await;
    bring(fleet, &device, state, &spare).await;
    let before = fleet.admin.token(&device.serial).await.unwrap();
    for (role, caller) in operators {
        for action in [Action::Verify, Action::Resync] {
            fleet.clock.advance(3600);
            let codes = device.codes(fleet.now(), 2);
            // Whoever has the counter alone says for whom.
            let user = if *role == Role::Counter { &*before.user_id } else { "" };
            let done = if action == Action::Verify {
                caller.verify_for(user, &device.serial, &codes[0]).await.map(drop)
            } else {
                caller.resync_for(user, &device.serial, &codes).await.map(drop)
            };
            let may = [Role::Counter, Role::Desk].contains(role);
            let names = *role == Role::Desk || !user.is_empty();
            if may && names && next_state(state, Hold::None, action).is_some() {
                done.unwrap_or_else(|no| panic!("{state:?} {action:?} {role:?}: {no:?}"));
            } else {
                let no = refused(done);
                assert_eq!(no.reason == "ROLE_MISSING", !may, "{state:?} {action:?} {role:?}: {no:?}");
            }
            let after = fleet.admin.token(&device.serial).await.unwrap();
            assert_eq!(seen(&after), seen(&before), "{state:?} {action:?} {role:?}");
        }
    }
}

/// What people hold is taken back, so that nobody reaches the most that one may have.
async fn put_away(fleet: &Fleet) {
    for token in fleet.admin.tokens(&format!("user = \"{USER}\" OR user = \"{OTHER}\"")).await.unwrap() {
        fleet.admin.take_back(&token.name).await.unwrap();
    }
}

macro_rules! states {
    ($($test:ident: $custody:ident $authenticator:ident;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            try_every_deed_in(State::of(Custody::$custody, Authenticator::$authenticator)).await;
        })*

        #[test]
        fn every_state_that_can_be_reached_is_tried() {
            let tried = [$(State::of(Custody::$custody, Authenticator::$authenticator)),*];
            let left: Vec<_> = State::ALL.iter().filter(|state| !tried.contains(state)).collect();
            assert_eq!(left, [&State::of(Custody::Ordered, Authenticator::None)]);
        }
    };
}

states! {
    every_deed_in_stock: InStock None;
    every_deed_while_it_is_to_be_handed_in: Lent None;
    every_deed_while_lent: Lent Ready;
    every_deed_while_suspended: Lent Suspended;
    every_deed_while_disabled: Lent Disabled;
    every_deed_while_lost: Lost None;
    every_deed_while_faulty: Faulty None;
    every_deed_once_retired: Retired None;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_token_is_replaced_at_once_and_its_codes_count_no_more() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [old, new] = devices.as_slice() else { panic!() };
    let request = v1::AssignTokenRequest {
        department: "letters".to_owned(),
        ..tokenfleet_tests::caller::assignment(&old.serial, USER)
    };
    fleet.admin.assign_as(request).await.unwrap();
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    assert!(system.passes(USER, &old.code(fleet.now())).await.unwrap());
    fleet.clock.advance(30);

    let request = v1::ReplaceTokenRequest {
        codes: vec![new.code(fleet.now())],
        checked: v1::Checked::StaffCard.into(),
        note: "left on the train".to_owned(),
        ..replacement(&old.serial, &new.serial, ReplaceReason::Lost)
    };
    let answer = fleet.admin.lending().replace_token(request).await.unwrap().into_inner();
    let (token, old_token) = (answer.token.unwrap(), answer.old_token.unwrap());
    assert_eq!((seen(&token), token.user_id.as_str(), token.department.as_str()), (READY, USER, "letters"));
    assert_eq!((seen(&old_token), old_token.user_id.as_str()), (LOST, ""));
    assert!(token.proven_time.is_some() && answer.verdict.is_some());

    fleet.clock.advance(30);
    assert!(!system.passes(USER, &old.code(fleet.now())).await.unwrap(), "the lost one");
    assert!(system.passes(USER, &new.code(fleet.now())).await.unwrap(), "the new one");

    let [now, then] = of_user(&fleet.admin, USER).await.try_into().unwrap();
    assert_eq!((now.serial.as_str(), now.checked.as_str(), now.end_time), (new.serial.as_str(), "staff-card", None));
    assert_eq!((then.serial.as_str(), then.end_reason.as_str()), (old.serial.as_str(), "lost"));
    assert_eq!((then.end_note.as_str(), then.end_operator.as_str()), ("left on the train", "operators/admin"));
    let events = fleet.admin.audit(&format!("user = \"{USER}\"")).await.unwrap();
    let deeds: Vec<_> =
        events.iter().map(|event| event.action.as_str()).filter(|deed| deed.starts_with("token")).collect();
    assert_eq!(deeds, ["token.assign", "token.replace", "token.assign"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_is_made_whole_or_not_at_all() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 3).await;
    let [old, new, other] = devices.as_slice() else { panic!() };
    fleet.admin.assign(&old.serial, USER).await.unwrap();
    fleet.admin.assign(&other.serial, OTHER).await.unwrap();
    let before = (fleet.admin.token(&old.serial).await.unwrap(), fleet.admin.token(&new.serial).await.unwrap());

    let of_another = vec![other.code(fleet.now())];
    let wrong =
        v1::ReplaceTokenRequest { codes: of_another, ..replacement(&old.serial, &new.serial, ReplaceReason::Battery) };
    assert_eq!(refused(fleet.admin.lending().replace_token(wrong).await).reason, "CODE_WRONG");
    let lent = replacement(&old.serial, &other.serial, ReplaceReason::Battery);
    assert_eq!(refused(fleet.admin.lending().replace_token(lent).await).reason, "TOKEN_ALREADY_LENT");
    let itself = replacement(&old.serial, &old.serial, ReplaceReason::Battery);
    assert_eq!(refused(fleet.admin.lending().replace_token(itself).await).reason, "TOKEN_ALREADY_LENT");
    let seen_before = v1::ReplaceTokenRequest {
        old_etag: "\"1\"".to_owned(),
        ..replacement(&old.serial, &new.serial, ReplaceReason::Battery)
    };
    assert_eq!(refused(fleet.admin.lending().replace_token(seen_before).await).reason, "ETAG_MISMATCH");
    let nobodys = replacement(&new.serial, &old.serial, ReplaceReason::Battery);
    assert_eq!(refused(fleet.admin.lending().replace_token(nobodys).await).reason, "TOKEN_WRONG_STATE");
    let contradiction = v1::ReplaceTokenRequest {
        old_returns_later: true,
        ..replacement(&old.serial, &new.serial, ReplaceReason::Lost)
    };
    assert_eq!(refused(fleet.admin.lending().replace_token(contradiction).await).status, Code::InvalidArgument);
    let after = (fleet.admin.token(&old.serial).await.unwrap(), fleet.admin.token(&new.serial).await.unwrap());
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_is_asked_for_again_is_made_once() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    fleet.admin.assign(&devices[0].serial, USER).await.unwrap();
    let request = v1::ReplaceTokenRequest {
        old: Some(v1::replace_token_request::Old::User(USER.to_owned())),
        request_id: "01234567-89ab-4def-8123-456789abcdef".to_owned(),
        ..replacement("", &devices[1].serial, ReplaceReason::Faulty)
    };
    let first = fleet.admin.lending().replace_token(request.clone()).await.unwrap().into_inner();
    let again = fleet.admin.lending().replace_token(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(first.old_token.unwrap().custody(), v1::Custody::Faulty);
    assert_eq!(fleet.database().number("SELECT count(*) FROM loan"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_as_many_tokens_as_one_may_have_can_still_replace_one() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 7).await;
    let mut held = 0;
    while fleet.admin.assign(&devices[held].serial, USER).await.is_ok() {
        held += 1;
    }
    let spare = &devices[held];
    let request = replacement(&devices[0].serial, &spare.serial, ReplaceReason::Exchange);
    let answer = fleet.admin.lending().replace_token(request).await.unwrap().into_inner();
    assert_eq!(seen(&answer.old_token.unwrap()), IN_STOCK);
    let full = refused(fleet.admin.assign(&devices[0].serial, USER).await);
    assert_eq!(full.reason, "USER_TOKEN_LIMIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_token_comes_back_to_its_holder_for_two_codes_and_to_stock_without() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [device, other] = devices.as_slice() else { panic!() };
    for (device, user) in [(device, USER), (other, OTHER)] {
        fleet.admin.assign(&device.serial, user).await.unwrap();
        let answer = fleet.admin.lending().report_token_lost(lost(&device.serial)).await.unwrap().into_inner();
        let token = answer.token.unwrap();
        assert_eq!((seen(&token), token.user_id.as_str()), (LOST, user), "the loan stays open");
    }
    let wrong = device.wrong_codes(fleet.now(), 2);
    let no = refused(fleet.admin.lending().report_token_found(found(&device.serial, &wrong)).await);
    assert_eq!(no.reason, "NO_MATCH");
    let codes = device.codes(fleet.now(), 2);
    fleet.clock.advance(30);
    let answer = fleet.admin.lending().report_token_found(found(&device.serial, &codes)).await.unwrap().into_inner();
    let token = answer.token.unwrap();
    assert_eq!((seen(&token), token.user_id.as_str(), answer.lost_by.as_str()), (READY, USER, USER));
    assert!(token.proven_time.is_some());

    let answer = fleet.admin.lending().report_token_found(found(&other.serial, &[])).await.unwrap().into_inner();
    let token = answer.token.unwrap();
    assert_eq!((seen(&token), token.user_id.as_str(), answer.lost_by.as_str()), (IN_STOCK, "", OTHER));
    assert_eq!(of_token(&fleet.admin, &other.serial).await[0].end_reason, "found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_token_counts_again_for_two_codes_and_for_nothing_else() {
    let fleet = Fleet::start().await;
    let device = stocked(&fleet, 1).await.remove(0);
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    disable(&fleet, &device).await;
    let codes = device.codes(fleet.now(), 4);
    fleet.clock.advance(90);
    let apart = [codes[0].clone(), codes[2].clone()];
    let no = refused(fleet.admin.lending().rebind_token(binding(&device.serial, &apart)).await);
    assert_eq!(no.reason, "NOT_CONSECUTIVE");
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let no = refused(counter.lending().rebind_token(binding(&device.serial, &codes[2..])).await);
    assert_eq!(no.reason, "ROLE_MISSING");
    let answer = fleet.admin.lending().rebind_token(binding(&device.serial, &codes[2..])).await.unwrap().into_inner();
    let token = answer.token.unwrap();
    assert_eq!((seen(&token), token.failures), (READY, 0));
    let no = refused(fleet.admin.verify(&device.serial, &codes[3]).await);
    assert_eq!(no.reason, "CODE_REPLAYED", "a code that bound it is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_token_a_person_can_sign_in_with_is_not_taken_away_by_accident() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [first, second] = devices.as_slice() else { panic!() };
    fleet.admin.assign(&first.serial, USER).await.unwrap();
    for reason in [ReturnReason::Other, ReturnReason::Faulty, ReturnReason::Battery, ReturnReason::Exchange] {
        let no = refused(fleet.admin.take_back_as(handing_in(&first.serial, reason)).await);
        assert_eq!((no.reason.as_str(), no.code.as_str()), ("LAST_TOKEN", "TF-2012"), "{reason:?}");
        assert!(no.hint.contains(&format!("tokenadm replace {}", first.serial)), "{no:?}");
    }
    let no = refused(fleet.admin.lending().suspend_token(suspension(&first.serial)).await);
    assert_eq!(no.reason, "LAST_TOKEN");

    fleet.admin.assign(&second.serial, USER).await.unwrap();
    fleet.admin.lending().suspend_token(suspension(&second.serial)).await.unwrap();
    let no = refused(fleet.admin.take_back_as(handing_in(&first.serial, ReturnReason::Other)).await);
    assert_eq!(no.reason, "LAST_TOKEN", "a suspended one is none to sign in with");
    fleet.admin.take_back_as(handing_in(&second.serial, ReturnReason::Other)).await.unwrap();
    fleet.admin.take_back_as(handing_in(&first.serial, ReturnReason::Leaving)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_tried_at_hand_over_and_resyncs_have_an_hour_of_their_own_each() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [old, new] = devices.as_slice() else { panic!() };
    fleet.admin.assign(&old.serial, USER).await.unwrap();
    let wrong = new.wrong_codes(fleet.now(), 2);
    let hand_over = v1::AssignTokenRequest {
        codes: vec![wrong[0].clone()],
        ..tokenfleet_tests::caller::assignment(&new.serial, OTHER)
    };
    let exchange = v1::ReplaceTokenRequest {
        codes: vec![wrong[0].clone()],
        ..replacement(&old.serial, &new.serial, ReplaceReason::Other)
    };
    for _ in 0..3 {
        assert_eq!(refused(fleet.admin.assign_as(hand_over.clone()).await).reason, "CODE_WRONG");
    }
    for _ in 0..2 {
        assert_eq!(refused(fleet.admin.lending().replace_token(exchange.clone()).await).reason, "CODE_WRONG");
    }
    for no in
        [refused(fleet.admin.assign_as(hand_over).await), refused(fleet.admin.lending().replace_token(exchange).await)]
    {
        assert_eq!(no.reason, "RATE_LIMITED");
        assert!(no.message.contains("at the counter") && no.hint.contains("when the next hour begins"), "{no:?}");
    }
    for _ in 0..5 {
        assert_eq!(refused(fleet.admin.resync(&new.serial, &wrong).await).reason, "NO_MATCH");
    }
    assert_eq!(refused(fleet.admin.resync(&new.serial, &wrong).await).reason, "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deed_stands_in_the_record_under_a_word_that_is_looked_for() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    for action in DEEDS {
        let trial = Trial { action, device: &devices[0], spare: &devices[1] };
        drop(act(&fleet, &fleet.admin, &trial, false).await);
    }
    let codes = devices[1].codes(fleet.now(), 2);
    drop(fleet.admin.verify(&devices[1].serial, &codes[0]).await);
    drop(fleet.admin.resync(&devices[1].serial, &codes).await);
    fleet.operator("gone", &[Role::Desk]).await;
    fleet.admin.revoke("gone").await.unwrap();
    let events = fleet.admin.audit("").await.unwrap();
    assert!(events.len() > DEEDS.len() + 5, "{events:?}");
    for event in &events {
        let filter = format!("action = {} AND outcome = {}", event.action, event.outcome);
        assert!(fleet.admin.audit(&filter).await.unwrap().contains(event), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_id_takes_its_tokens_along_all_or_none() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [first, second] = devices.as_slice() else { panic!() };
    fleet.admin.assign(&first.serial, USER).await.unwrap();
    fleet.clock.advance(1);
    fleet.admin.assign(&second.serial, USER).await.unwrap();
    fleet.admin.verify(&first.serial, &first.code(fleet.now())).await.unwrap();
    fleet.admin.lending().report_token_lost(lost(&second.serial)).await.unwrap();

    let no = refused(fleet.admin.lending().move_user_tokens(change_of_user(USER, USER)).await);
    assert_eq!(no.status, Code::InvalidArgument);
    let no = refused(fleet.admin.lending().move_user_tokens(change_of_user(OTHER, USER)).await);
    assert_eq!(no.reason, "USER_NOT_FOUND");

    let check = v1::MoveUserTokensRequest { validate_only: true, ..change_of_user(USER, OTHER) };
    let etag = async || fleet.admin.lending().move_user_tokens(check.clone()).await.unwrap().into_inner().etag;
    let before = etag().await;
    assert_eq!(etag().await, before, "a check changes nothing");
    let stop = v1::SuspendTokenRequest { leaves_none: true, ..suspension(&first.serial) };
    fleet.admin.lending().suspend_token(stop).await.unwrap();
    let stale = v1::MoveUserTokensRequest { etag: before, ..change_of_user(USER, OTHER) };
    let no = refused(fleet.admin.lending().move_user_tokens(stale).await);
    assert_eq!((no.code.as_str(), no.reason.as_str()), ("TF-2019", "ETAG_MISMATCH"));
    fleet.admin.lending().resume_token(resumption(&first.serial)).await.unwrap();

    let request = v1::MoveUserTokensRequest {
        request_id: "01234567-89ab-4def-8123-456789abcdef".to_owned(),
        note: "consolidated".to_owned(),
        etag: etag().await,
        ..change_of_user(USER, OTHER)
    };
    let answer = fleet.admin.lending().move_user_tokens(request.clone()).await.unwrap().into_inner();
    let states: Vec<_> = answer.tokens.iter().map(|token| (token.serial.as_str(), seen(token))).collect();
    assert_eq!(states, [(first.serial.as_str(), READY), (second.serial.as_str(), LOST)]);
    assert!(answer.tokens.iter().all(|token| token.user_id == OTHER));
    assert!(answer.tokens[0].proven_time.is_some(), "the device is as proven as before");
    assert_eq!(fleet.admin.lending().move_user_tokens(request).await.unwrap().into_inner(), answer);

    let old: Vec<_> = of_user(&fleet.admin, USER).await.into_iter().map(|loan| loan.end_reason).collect();
    assert_eq!(old, ["merged", "merged"]);
    assert_eq!(of_user(&fleet.admin, OTHER).await.len(), 2);
    for user in [USER, OTHER] {
        let events = fleet.admin.audit(&format!("user = \"{user}\" AND action = \"user.change\"")).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.outcome == "done").count(), 2, "{user}");
    }
    fleet.clock.advance(60);
    fleet.admin.verify(&first.serial, &first.code(fleet.now())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_token_has_no_seed_left_and_keeps_its_record() {
    let fleet = Fleet::start().await;
    let device = stocked(&fleet, 1).await.remove(0);
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    fleet.admin.take_back(&device.serial).await.unwrap();
    let blind = v1::RetireTokenRequest { token: device.serial.clone(), ..v1::RetireTokenRequest::default() };
    let mut tokens = v1::token_service_client::TokenServiceClient::new(fleet.admin.door());
    assert_eq!(refused(tokens.retire_token(blind).await).code, "TF-2014");
    let token = fleet.admin.retire(&device.serial).await.unwrap();
    assert_eq!(token.state(), v1::TokenState::Retired);
    let sealed = "SELECT count(*) FROM token WHERE sealed IS NOT NULL OR salt IS NOT NULL";
    assert_eq!(fleet.database().number(sealed), 0);
    assert_eq!(of_token(&fleet.admin, &device.serial).await.len(), 1);
    let again = fleet.admin.import(&tokenfleet_tests::entra_file(&[&device])).await.unwrap().summary;
    assert_eq!((again.created, again.unchanged), (0, 1));
    assert_eq!(fleet.database().number(sealed), 0, "an old file does not bring a seed back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_moves_or_unlocks_a_token_of_their_own() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    fleet.admin.assign(&devices[0].serial, USER).await.unwrap();
    let own = fleet.operator_with_id("own", &[Role::Desk], USER).await;
    fleet
        .admin
        .lending()
        .suspend_token(v1::SuspendTokenRequest { leaves_none: true, ..suspension(&devices[0].serial) })
        .await
        .unwrap();
    let tries = [
        own.lending().resume_token(resumption(&devices[0].serial)).await.map(drop),
        own.lending().move_user_tokens(change_of_user(USER, OTHER)).await.map(drop),
        own.lending().move_user_tokens(change_of_user(OTHER, USER)).await.map(drop),
        own.lending()
            .replace_token(replacement(&devices[0].serial, &devices[1].serial, ReplaceReason::Other))
            .await
            .map(drop),
    ];
    for no in tries {
        assert_eq!(refused(no).reason, "SELF_TARGET");
    }
    own.lending().report_token_lost(lost(&devices[0].serial)).await.unwrap();
    let codes = devices[0].codes(fleet.now(), 2);
    let no = refused(own.lending().report_token_found(found(&devices[0].serial, &codes)).await);
    assert_eq!(no.reason, "SELF_TARGET");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_serial_is_known_by_two_codes_and_nothing_changes() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 40).await;
    let slow = Device::clock("8600215799").drifted(-120);
    let button = Device::button("7700215799");
    fleet.stock(&[&slow]).await;
    fleet.admin.import(&tokenfleet_tests::oath_file(&[&button])).await.unwrap();
    fleet.admin.assign(&devices[7].serial, USER).await.unwrap();
    fleet.admin.verify(&devices[7].serial, &devices[7].code(fleet.now())).await.unwrap();
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let last_two = |device: &Device| device.codes(fleet.now() - chrono::TimeDelta::seconds(30), 2);
    let identify = async |codes: &[String]| {
        let request = v1::IdentifyTokenRequest { codes: codes.to_vec(), for_user: String::new() };
        let mut service = v1::code_service_client::CodeServiceClient::new(counter.door());
        service.identify_token(request).await.map(tonic::Response::into_inner)
    };
    let rows = "SELECT id, version FROM token ORDER BY id";
    let before = fleet.database().rows(rows);

    let known = identify(&last_two(&devices[7])).await.unwrap();
    assert_eq!((known.matches.len(), known.examined), (1, 42));
    let token = known.matches[0].token.clone().unwrap();
    assert_eq!((token.serial.as_str(), token.user_id.as_str()), (devices[7].serial.as_str(), "******6789"));
    assert_eq!(known.matches[0].clock_offset_seconds, Some(0));
    let known = identify(&last_two(&slow)).await.unwrap();
    assert_eq!(known.matches[0].clock_offset_seconds, Some(-120));
    let known = identify(&button.presses(3, 2)).await.unwrap();
    assert_eq!(known.matches[0].token.as_ref().unwrap().serial, button.serial);

    let mut reversed = last_two(&slow);
    reversed.reverse();
    assert_eq!(refused(identify(&reversed).await).reason, "SWAPPED");
    let no = refused(identify(&last_two(&Device::clock("nobody's"))).await);
    assert_eq!((no.status, no.code.as_str()), (Code::NotFound, "TF-1108"));
    let twice = vec![slow.code(fleet.now()); 2];
    assert_eq!(refused(identify(&twice).await).reason, "SAME_CODE_TWICE");
    assert_eq!(fleet.database().rows(rows), before);
    let events = fleet.admin.audit("action = \"token.identify\"").await;
    let outcomes: Vec<_> = events.unwrap_or_default().into_iter().map(|event| event.outcome).collect();
    assert!(outcomes.is_empty(), "the first operator sees their own only");
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let events = auditor.audit("action = \"token.identify\"").await.unwrap();
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "done", "done", "SWAPPED", "TOKEN_NOT_FOUND"]);
    assert_eq!(events[0].subject, format!("tokens/contoso~{}", devices[7].serial));
    let ran = counter
        .done(&[&["identify"][..], &last_two(&slow).iter().map(String::as_str).collect::<Vec<_>>()].concat())
        .await;
    assert!(ran.stdout.contains(&slow.serial) && ran.stdout.contains("−120 s"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_says_who_held_a_token_at_a_moment_page_by_page_and_masked_for_counters() {
    let fleet = Fleet::start().await;
    let device = stocked(&fleet, 1).await.remove(0);
    let mut middles = Vec::new();
    for nth in 0..5 {
        fleet.admin.assign(&device.serial, &format!("000000000{nth}")).await.unwrap();
        fleet.clock.advance(100);
        middles.push(fleet.now());
        fleet.clock.advance(100);
        fleet.admin.take_back(&device.serial).await.unwrap();
    }
    let target = || Some(v1::list_loans_request::Target::Token(device.serial.clone()));
    for (nth, at) in middles.iter().enumerate() {
        let at_time = Some(prost_types::Timestamp { seconds: at.timestamp(), nanos: 0 });
        let request = v1::ListLoansRequest { target: target(), at_time, ..v1::ListLoansRequest::default() };
        let held = fleet.admin.lending().list_loans(request).await.unwrap().into_inner().loans;
        assert_eq!(held.iter().map(|loan| loan.user_id.clone()).collect::<Vec<_>>(), [format!("000000000{nth}")]);
    }
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let mut request = v1::ListLoansRequest { target: target(), page_size: 2, ..v1::ListLoansRequest::default() };
    let mut all = Vec::new();
    loop {
        let page = counter.lending().list_loans(request.clone()).await.unwrap().into_inner();
        assert!(page.loans.len() <= 2);
        all.extend(page.loans);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let shown: Vec<_> = all.iter().map(|loan| loan.user_id.as_str()).collect();
    assert_eq!(shown, ["******0004", "******0003", "******0002", "******0001", "******0000"]);
    let mixed = v1::ListLoansRequest {
        target: Some(v1::list_loans_request::Target::User(USER.to_owned())),
        page_token: {
            let first = v1::ListLoansRequest { target: target(), page_size: 2, ..v1::ListLoansRequest::default() };
            counter.lending().list_loans(first).await.unwrap().into_inner().next_page_token
        },
        ..v1::ListLoansRequest::default()
    };
    assert_eq!(refused(counter.lending().list_loans(mixed).await).reason, "PAGE_TOKEN_MISMATCH");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_sees_and_moves_its_own_loans_only() {
    let fleet = Fleet::start().await;
    let devices = stocked(&fleet, 2).await;
    let [ours, theirs] = devices.as_slice() else { panic!() };
    for (device, department) in [(ours, "letters"), (theirs, "law")] {
        let request = v1::AssignTokenRequest {
            department: department.to_owned(),
            ..tokenfleet_tests::caller::assignment(&device.serial, USER)
        };
        fleet.admin.assign_as(request).await.unwrap();
    }
    let letters = fleet.operator_of("letters", &[Role::Desk], &["letters"]).await;
    let shown = of_user(&letters, USER).await;
    assert_eq!(shown.iter().map(|loan| loan.serial.as_str()).collect::<Vec<_>>(), [ours.serial.as_str()]);
    let mut lending = letters.lending();
    let tries = [
        lending.report_token_lost(lost(&theirs.serial)).await.map(drop),
        lending.suspend_token(suspension(&theirs.serial)).await.map(drop),
        lending.replace_token(replacement(&theirs.serial, &ours.serial, ReplaceReason::Other)).await.map(drop),
    ];
    for no in tries {
        assert_eq!(Refusal::of(&no.unwrap_err()).reason, "TOKEN_NOT_FOUND");
    }
    for from in [USER, "1111111111"] {
        let no = refused(lending.move_user_tokens(change_of_user(from, OTHER)).await);
        assert_eq!(no.code, "TF-3016", "whoever holds what: an ID is the whole university's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_ready_step_by_step() {
    let fleet = Fleet::start().await;
    let device = stocked(&fleet, 1).await.remove(0);
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let steps = async || {
        let request = v1::GetReadinessRequest { user: USER.to_owned() };
        let answer = counter.lending().get_readiness(request).await.unwrap().into_inner();
        let met: String = answer.steps.iter().map(|state| &state.met().as_str_name()[4..5]).collect();
        (met, answer.may_apply())
    };
    assert_eq!(steps().await, ("NNNNN".to_owned(), v1::Met::No));
    let ran = counter.done(&["ready", USER]).await;
    assert!(ran.stderr.contains("must not apply") && ran.stderr.contains("Next: tokenadm assign <serial>"), "{ran:?}");
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    assert_eq!(steps().await, ("YYNUU".to_owned(), v1::Met::No));
    fleet.admin.verify(&device.serial, &device.code(fleet.now())).await.unwrap();
    assert_eq!(steps().await, ("YYYYU".to_owned(), v1::Met::Unknown), "what Entra knows nobody has seen");
    let document = counter.done(&["ready", USER, "--json"]).await.document();
    assert_eq!((&document["may_apply"], &document["token"]["user_id"]), (&"unknown".into(), &USER.into()));
    fleet.admin.lending().report_token_lost(lost(&device.serial)).await.unwrap();
    assert_eq!(steps().await, ("NNYYU".to_owned(), v1::Met::No));
}
