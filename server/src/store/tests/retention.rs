//! What goes after its time: whose loans were, and whom events were about.

use tokenfleet_domain::audit::{Event, Head};
use tokenfleet_domain::campaign::{Campaign, CampaignKind, CampaignState, Member, Progress};
use tokenfleet_domain::holder::Holder;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::{RowAuthority as _, Timestamp};

use super::bench::{Bench, Keys, at, bare_token, event, open_loan, row};
use crate::store::{Loan, LoanEnd};

/// A loan of token 5 that ended.
fn ended(number: u8, user: &str, end: Timestamp) -> Loan {
    let end =
        LoanEnd { at: end, by: "bob".parse().unwrap(), reason: "other".to_owned(), note: "his own words".to_owned() };
    Loan {
        id: row(number),
        user: user.parse().unwrap(),
        start_note: "for Hanako".to_owned(),
        ticket: Some("T-17".to_owned()),
        ended: Some(end),
        ..open_loan()
    }
}

async fn found(bench: &Bench, number: u8) -> Loan {
    bench.read(move |tx| tx.loan_find(&Scope::All, row(number))).await.unwrap()
}

pub(super) async fn loans_long_ended_keep_a_word_for_whose_they_were(bench: &Bench) {
    let (hanako, taro) = ("0000000001", "0000000002");
    bench.stock(bare_token(5)).await;
    let campaign = Campaign {
        id: row(201),
        name: "battery-1".parse().unwrap(),
        kind: CampaignKind::Battery,
        state: CampaignState::Staging,
        filter: String::new(),
        note: String::new(),
        due_at: at(9),
        members: 1,
        created_at: at(1),
        created_by: "alice".parse().unwrap(),
        version: 1,
    };
    let member = Member {
        token: row(5),
        loan: Some(row(71)),
        user: Some(hanako.parse().unwrap()),
        department: None,
        progress: Progress::Open,
        excluded_for: None,
        cut_off_at: None,
    };
    bench
        .write(move |tx| {
            for loan in
                [ended(71, hanako, at(1)), ended(72, taro, at(2)), ended(73, hanako, at(3)), ended(74, hanako, at(9))]
            {
                tx.loan_insert(&loan)?;
            }
            tx.loan_insert(&Loan { user: taro.parse().unwrap(), ..open_loan() })?;
            tx.campaign_insert(&campaign)?;
            tx.campaign_add(row(201), std::slice::from_ref(&member))
        })
        .await;
    for forgotten in [2, 1, 0] {
        assert_eq!(bench.write(|tx| tx.loan_forget(at(5), 2)).await, forgotten);
    }
    let first = found(bench, 71).await;
    let word = bench.read(move |tx| Ok(tx.former(&hanako.parse().unwrap()))).await;
    assert_eq!(first.user, Holder::Former(word), "under the fleet's own key");
    assert_eq!(found(bench, 73).await.user, first.user, "the same person is the same word");
    assert_ne!(found(bench, 72).await.user, first.user);
    let end = first.ended.as_ref().unwrap();
    assert_eq!((first.start_note.as_str(), &first.ticket, end.note.as_str()), ("", &None, ""));
    assert_eq!((end.at, end.by.as_str(), end.reason.as_str()), (at(1), "bob", "other"), "the loan itself stays");
    assert_eq!(found(bench, 74).await, ended(74, hanako, at(9)), "not yet");
    assert_eq!(found(bench, 77).await.user, taro.parse().unwrap(), "it lasts");
    let listed = bench.read(|tx| tx.campaign_member(&Scope::All, row(201), row(5))).await.unwrap();
    assert_eq!(listed.user, Some(first.user));
}

pub(super) async fn events_long_recorded_lose_whom_they_were_about_and_keep_their_chain(bench: &Bench) {
    for (number, user) in [(1, true), (2, false), (3, true), (9, true)] {
        bench.clock.set(at(number));
        let event = Event { user: user.then(|| "0123456789".parse().unwrap()), ..event("e") };
        bench.write(move |tx| tx.audit_append(event.clone())).await;
    }
    for forgotten in [1, 1, 0] {
        assert_eq!(bench.write(|tx| tx.audit_forget(at(5), 1)).await, forgotten);
    }
    let entries = bench.read(|tx| tx.audit_of_chain("0", 0, 9)).await;
    let named: Vec<_> = entries.iter().map(|entry| (entry.event.user.is_some(), entry.user_mac.is_some())).collect();
    assert_eq!(named, [(false, true), (false, false), (false, true), (true, true)]);
    let mut head = Head::genesis("0");
    for entry in &entries {
        head.verify_next(entry, Keys.audit_key()).unwrap();
    }
}
