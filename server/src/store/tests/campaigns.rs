//! Campaigns and their lists.

#![expect(clippy::redundant_closure_for_method_calls, reason = "a method is not general over the lifetime of its Tx")]

use tokenfleet_domain::campaign::{Campaign, CampaignKind, CampaignState, Member, Progress};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::token::Token;

use super::bench::{Bench, at, bare_token, lent_token, open_loan, row};
use crate::store::{CampaignCount, Loan, StoreError};

fn campaign(number: u8) -> Campaign {
    Campaign {
        id: row(200 + number),
        name: format!("recall-{number}").parse().unwrap(),
        kind: CampaignKind::Recall,
        state: CampaignState::Staging,
        filter: "custody = LENT".to_owned(),
        note: "電池".to_owned(),
        due_at: at(9),
        members: 0,
        created_at: at(5),
        created_by: "alice".parse().unwrap(),
        version: 1,
    }
}

pub(super) async fn campaigns_read_back_are_added_once_and_swapped_by_version(bench: &Bench) {
    let first = campaign(1);
    let insert = first.clone();
    assert!(bench.write(move |tx| tx.campaign_insert(&insert)).await);
    let again = Campaign { id: row(209), ..first.clone() };
    assert!(!bench.write(move |tx| tx.campaign_insert(&again)).await, "a name is taken once");
    let name = first.name.clone();
    assert_eq!(bench.read(move |tx| tx.campaign_find(&name)).await, Some(first.clone()));
    assert_eq!(bench.read(|tx| tx.campaign_page(None, 9)).await, [], "nobody sees a list that is being made");
    let open = Campaign { state: CampaignState::Open, members: 3, version: 2, ..first.clone() };
    let (held, next) = (first.clone(), open.clone());
    bench.write(move |tx| tx.campaign_swap(&held, &next)).await;
    assert_eq!(bench.read(|tx| tx.campaign_page(None, 9)).await, std::slice::from_ref(&open));
    let stale = open.clone();
    let swapped = bench.store.write(0, move |tx| tx.campaign_swap(&first, &stale)).await;
    assert_eq!(swapped, Err(StoreError::Stale));
    // Only a list that is being made goes away again.
    let second = campaign(2);
    bench.write(move |tx| tx.campaign_insert(&second)).await;
    assert_eq!(bench.read(|tx| tx.campaigns_unfinished()).await, [campaign(2)]);
    bench.write(|tx| tx.campaign_delete(row(201))).await;
    bench.write(|tx| tx.campaign_delete(row(202))).await;
    assert_eq!(bench.read(|tx| tx.campaigns_unfinished()).await, []);
    assert_eq!(bench.read(|tx| tx.campaign_page(None, 9)).await, [open]);
}

pub(super) async fn a_token_of_a_campaign_is_as_far_as_its_loan(bench: &Bench) {
    let lent = |number, department| Token { loan: Some(row(100 + number)), ..lent_token(number, department) };
    let held = [bench.stock(lent(1, "law")).await, bench.stock(lent(2, "letters")).await];
    let shelf = bench.stock(bare_token(3)).await;
    let member = |token: &Token| Member {
        token: token.id,
        loan: token.loan,
        user: token.user.clone().filter(|_| token.loan.is_some()).map(Into::into),
        department: token.department.clone(),
        progress: Progress::Open,
        excluded_for: None,
        cut_off_at: None,
    };
    let members: Vec<_> = held.iter().chain([&shelf]).map(member).collect();
    let (listed, loans) = (members.clone(), held.clone());
    bench
        .write(move |tx| {
            for token in &loans {
                tx.loan_insert(&Loan { id: token.loan.unwrap(), token: token.id, ..open_loan() })?;
            }
            tx.campaign_insert(&campaign(1))?;
            tx.campaign_add(row(201), &listed)
        })
        .await;
    let law = || Scope::Departments(vec!["law".to_owned()]);
    assert_eq!(bench.read(|tx| tx.campaign_members(&Scope::All, row(201), None, 9)).await, (members.clone(), None));
    let (page, next) = bench.read(|tx| tx.campaign_members(&Scope::All, row(201), None, 2)).await;
    assert_eq!((page.len(), next), (2, Some(row(2))));
    // A scope sees its own loans and the stock.
    let (own, _) = bench.read(move |tx| tx.campaign_members(&law(), row(201), None, 9)).await;
    assert_eq!(own, [members[0].clone(), members[2].clone()]);
    assert_eq!(bench.read(move |tx| tx.campaign_member(&law(), row(201), row(2))).await, None);

    let loan = held[0].loan.unwrap();
    bench.write(move |tx| tx.loan_close(loan, at(8), &"alice".parse().unwrap(), "battery", "")).await;
    bench.write(|tx| tx.campaign_exclude(row(201), row(2), "abroad")).await;
    bench.write(|tx| tx.campaign_cut_off(row(201), row(3), at(8))).await;
    let (seen, _) = bench.read(|tx| tx.campaign_members(&Scope::All, row(201), None, 9)).await;
    let progress: Vec<_> = seen.iter().map(|member| member.progress).collect();
    assert_eq!(progress, [Progress::Done, Progress::Excluded, Progress::Open]);
    assert_eq!((seen[1].excluded_for.as_deref(), seen[2].cut_off_at), (Some("abroad"), Some(at(8))));
    let again = bench.store.write(0, |tx| tx.campaign_exclude(row(201), row(2), "twice")).await;
    assert_eq!(again, Err(StoreError::Stale));

    let count = |progress, cut_off| CampaignCount { progress, cut_off, tokens: 1 };
    let all = bench.read(|tx| tx.campaign_counts(&Scope::All, row(201))).await;
    assert_eq!(all, [count(Progress::Done, false), count(Progress::Excluded, false), count(Progress::Open, true)]);
    let own = bench.read(move |tx| tx.campaign_counts(&law(), row(201))).await;
    assert_eq!(own, [count(Progress::Done, false), count(Progress::Open, true)]);
}
