//! What worklists and reports read: the right rows, in the caller's scope, by an index.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::{Lot, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::verdict::Observation;
use tokenfleet_domain::otp::{Algorithm, Digits, Moving, Profile};
use tokenfleet_domain::report::lending;
use tokenfleet_domain::token::{Authenticator, Custody, State, Token};

use super::bench::{Bench, Kind, at, bare_token, lent_token, lot, open_loan, row, run};
use crate::store::conn::args;
use crate::store::report::{COVERED, HOT};
use crate::store::{Loan, LoanEnd, Worklist};

fn law() -> Scope {
    Scope::Departments(vec!["law".to_owned()])
}

fn clock_token(token: Token) -> Token {
    let moving = Moving::Time { period: 30, epoch: 0 };
    Token { profile: Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving }, ..token }
}

/// The tokens of a worklist, read two at a time.
async fn listed(bench: &Bench, list: Worklist) -> Vec<RowId> {
    let mut tokens = Vec::new();
    let mut after = None;
    loop {
        let lines = bench.read(move |tx| tx.report_list(list, after, 2)).await;
        after = lines.last().map(|line| line.place);
        tokens.extend(lines.iter().map(|line| line.token));
        if lines.len() < 2 {
            return tokens;
        }
    }
}

pub(super) async fn worklists_have_the_tokens_that_matter_in_their_order(bench: &Bench) {
    let lent = |number, lent_at, proven_at, last_ok_at| Token {
        lent_at: Some(at(lent_at)),
        proven_at,
        last_ok_at,
        ..lent_token(number, "law")
    };
    let disabled = State::of(Custody::Lent, Authenticator::Disabled);
    for token in [
        bare_token(1),
        lent(2, 300, None, Some(at(5))),
        lent(3, 200, None, None),
        lent(4, 100, Some(at(110)), Some(at(120))),
        Token { fail_count: 3, ..lent(5, 100, Some(at(110)), Some(at(500))) },
        Token { fail_count: 2, ..lent(6, 900, None, None) },
        Token { state: disabled, ..lent(7, 100, Some(at(110)), Some(at(500))) },
        Token { fail_count: 9, ..bare_token(8) },
    ] {
        bench.stock(token).await;
    }
    let rows = |numbers: &[u8]| numbers.iter().copied().map(row).collect::<Vec<_>>();
    assert_eq!(listed(bench, Worklist::Unproven(at(900))).await, rows(&[3, 2, 6]));
    assert_eq!(listed(bench, Worklist::Unproven(at(299))).await, rows(&[3]));
    // A code of before the loan does not make it old.
    assert_eq!(listed(bench, Worklist::Dormant(at(250))).await, rows(&[4, 3]));
    assert_eq!(listed(bench, Worklist::Dormant(at(500))).await, rows(&[2, 4, 3]));
    assert_eq!(listed(bench, Worklist::Failing).await, rows(&[5, 7]));
}

pub(super) async fn loans_are_overdue_while_they_are_open_and_counted_by_department(bench: &Bench) {
    let loan = |number: u8, department: Option<&str>, due: Option<i64>| Loan {
        id: row(70 + number),
        token: row(number),
        department: department.map(str::to_owned),
        started_at: at(100 * i64::from(number)),
        due_at: due.map(at),
        ..open_loan()
    };
    let end = LoanEnd { at: at(950), by: "bob".parse().unwrap(), reason: "other".to_owned(), note: String::new() };
    let loans = [
        loan(1, Some("law"), Some(700)),
        loan(2, Some("letters"), Some(600)),
        loan(3, None, None),
        loan(4, Some("law"), Some(900)),
        Loan { ended: Some(end), ..loan(5, Some("law"), Some(600)) },
    ];
    for number in 1..=5 {
        bench.stock(bare_token(number)).await;
    }
    bench.write(move |tx| loans.iter().try_for_each(|loan| tx.loan_insert(loan))).await;
    assert_eq!(listed(bench, Worklist::Overdue(at(900))).await, [row(2), row(1)]);

    let counted = |scope: Scope| bench.read(move |tx| tx.report_loans(&scope, (at(200), at(1000)), "2026-11"));
    let count = |department: &str, began, ended| lending::Counted {
        month: "2026-11".to_owned(),
        department: department.to_owned(),
        began,
        ended,
    };
    assert_eq!(counted(law()).await, [count("law", 2, 0), count("law", 0, 1)]);
    let all: i64 = counted(Scope::All).await.iter().map(|counted| counted.began).sum();
    assert_eq!(all, 4);
}

pub(super) async fn sums_are_of_visible_lots_and_of_the_scope(bench: &Bench) {
    for token in [bare_token(1), lent_token(2, "law"), lent_token(3, "letters"), lent_token(4, "law")] {
        bench.stock(token).await;
    }
    let tokens = async |scope: Scope| {
        let (inventory, batches) =
            bench.read(move |tx| Ok((tx.report_inventory(&scope)?, tx.report_batches(&scope)?))).await;
        let inventory: i64 = inventory.iter().map(|counted| counted.count).sum();
        let batches: i64 = batches.iter().map(|batch| batch.count).sum();
        (inventory, batches)
    };
    assert_eq!(tokens(Scope::All).await, (4, 4));
    assert_eq!(tokens(law()).await, (3, 3), "the stock and their own");
    bench.write(|tx| tx.lot_swap(&lot(1), &Lot { state: LotState::Reverted, version: 2, ..lot(1) })).await;
    assert_eq!(tokens(Scope::All).await, (0, 0));
}

pub(super) async fn clocks_come_with_all_that_was_seen_of_them(bench: &Bench) {
    for token in [
        clock_token(bare_token(1)),
        clock_token(lent_token(2, "law")),
        clock_token(lent_token(3, "letters")),
        bare_token(4),
    ] {
        bench.stock(token).await;
    }
    for (token, when, steps) in [(1, 300, 2), (1, 100, 1), (2, 200, -1), (3, 200, 0), (4, 200, 0)] {
        bench.write(move |tx| tx.drift_append(row(token), at(when), steps, "verify")).await;
    }
    let seen = |when, offset_steps| Observation { at: at(when), offset_steps };
    let clocks = async |scope: Scope| {
        let mut clocks = bench.read(move |tx| tx.report_clocks(&scope)).await;
        clocks.sort_by_key(|clock| clock.token);
        clocks.into_iter().map(|clock| (clock.token, clock.in_stock, clock.seen)).collect::<Vec<_>>()
    };
    let own = [(row(1), true, vec![seen(100, 1), seen(300, 2)]), (row(2), false, vec![seen(200, -1)])];
    assert_eq!(clocks(law()).await, own);
    assert_eq!(clocks(Scope::All).await.len(), 3, "buttons have no clock");
    let looks = |scope: Scope, limit| bench.read(move |tx| tx.report_looks(&scope, at(200), limit));
    let found = looks(law(), 9).await;
    assert_eq!(
        found.iter().map(|look| (look.token, look.seen)).collect::<Vec<_>>(),
        [(row(1), seen(300, 2)), (row(2), seen(200, -1))]
    );
    assert_eq!(looks(Scope::All, 1).await.len(), 1, "the newest");
}

fn plan(bench: &Bench, sql: &'static str) -> impl Future<Output = Vec<String>> {
    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
    let used = (1..=4).take_while(|place| sql.contains(&format!("?{place}"))).count();
    bench.read(move |tx| {
        let rows = tx.conn.query(explain, &args![0_i64, 0_i64, 0_i64, 0_i64][..used])?;
        Ok(rows.into_iter().map(|row| row.at(3).text().unwrap()).collect())
    })
}

#[test]
fn worklists_walk_a_small_index_and_sums_read_one_alone() {
    run(Kind::sqlite, async |bench: &Bench| {
        for sql in HOT {
            let steps = plan(bench, sql).await;
            let walked = |step: &String| step.contains("TEMP B-TREE") || step.starts_with("SCAN");
            assert!(!steps.iter().any(walked), "{sql}: {steps:?}");
        }
        for sql in COVERED {
            let steps = plan(bench, sql).await;
            let reads: Vec<_> = steps.iter().filter(|step| step.starts_with("SEARCH")).collect();
            assert!(!reads.is_empty() && reads.iter().all(|step| step.contains("COVERING INDEX")), "{sql}: {steps:?}");
            let walked: Vec<_> = steps.iter().filter(|step| step.starts_with("SCAN")).collect();
            assert!(walked.iter().all(|step| step.starts_with("SCAN l")), "of lots alone: {sql}: {steps:?}");
        }
        for (sql, index) in
            HOT.iter().zip(["token_unproven", "loan_due", "token_dormant", "token_failing", "token_held"])
        {
            let steps = plan(bench, sql).await;
            assert!(steps[0].contains(&format!("INDEX {index} ")), "{sql}: {steps:?}");
        }
    });
}
