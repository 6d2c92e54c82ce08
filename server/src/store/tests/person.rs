//! People: editions of the directory, and what becomes of those that don't count.

#![expect(clippy::redundant_closure_for_method_calls, reason = "a method is not general over the lifetime of its Tx")]

use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::person::{Person, PersonKind};

use super::bench::{Bench, at, lent_token};
use crate::store::{Edition, StoreError};

fn person(id: &str, department: Option<&str>) -> Person {
    Person {
        user: id.parse().unwrap(),
        name: "山田 花子".to_owned(),
        kana: "ヤマダ ハナコ".to_owned(),
        latin: "Yamada Hanako".to_owned(),
        department: department.map(str::to_owned),
        kind: PersonKind::Faculty,
        last_day: chrono::NaiveDate::from_ymd_opt(2027, 3, 31),
        merged_into: Some("0000000009".parse().unwrap()),
        other: Some("0000000008".parse().unwrap()),
        gone_at: None,
        forgotten_at: None,
    }
}

/// Writes an edition and lets it count.
async fn switch(bench: &Bench, number: i64, people: Vec<Person>) {
    bench
        .write(move |tx| {
            let held = tx.directory_edition()?;
            tx.person_add(number, &people)?;
            tx.directory_switch(held, Edition { number, people: 1 })
        })
        .await;
}

async fn found(bench: &Bench, scope: Scope, id: &'static str) -> Option<Person> {
    bench.read(move |tx| tx.person_find(&scope, &id.parse().unwrap())).await
}

pub(super) async fn people_read_back_and_one_edition_counts(bench: &Bench) {
    assert_eq!(bench.read(|tx| tx.directory_edition()).await, Edition { number: 0, people: 0 });
    assert_eq!(bench.read(|tx| tx.directory_imported_at()).await, None);
    let (first, second) = (person("0000000001", Some("law")), person("0000000002", None));
    let staged = vec![first.clone(), second.clone()];
    bench.write(move |tx| tx.person_add(1, &staged)).await;
    assert_eq!(found(bench, Scope::All, "0000000001").await, None, "its edition does not count");
    bench.write(|tx| tx.directory_switch(Edition { number: 0, people: 0 }, Edition { number: 1, people: 2 })).await;
    assert_eq!(bench.read(|tx| tx.directory_edition()).await, Edition { number: 1, people: 2 });
    assert!(bench.read(|tx| tx.directory_imported_at()).await.is_some());
    assert_eq!(found(bench, Scope::All, "0000000001").await, Some(first.clone()));
    let letters = Scope::Departments(vec!["letters".to_owned()]);
    assert_eq!(found(bench, letters.clone(), "0000000001").await, None);
    assert_eq!(found(bench, letters, "0000000002").await, Some(second.clone()), "who has no department is everybody's");
    let page = |after: &'static str| bench.read(move |tx| tx.person_page(1, after, 1));
    assert_eq!((page("").await, page("0000000001").await), (vec![first.clone()], vec![second]));
    let stale = bench
        .store
        .write(0, |tx| tx.directory_switch(Edition { number: 0, people: 0 }, Edition { number: 2, people: 0 }))
        .await;
    assert_eq!(stale, Err(StoreError::Stale), "another edition counts by now");
}

pub(super) async fn what_counts_no_more_is_removed_in_parts(bench: &Bench) {
    switch(bench, 1, vec![person("0000000001", None), person("0000000002", None), person("0000000003", None)]).await;
    switch(bench, 2, vec![person("0000000001", None)]).await;
    let unfinished = [person("0000000001", None)];
    bench.write(move |tx| tx.person_add(3, &unfinished)).await;
    for left in [2, 1, 0] {
        assert_eq!(bench.write(|tx| tx.person_drop_earlier(2)).await, left);
    }
    for left in [1, 0] {
        assert_eq!(bench.write(|tx| tx.person_drop_later(2)).await, left);
    }
    assert!(found(bench, Scope::All, "0000000001").await.is_some());
}

pub(super) async fn names_are_forgotten_of_those_long_gone_without_a_token(bench: &Bench) {
    bench.stock(lent_token(5, "law")).await;
    let holder = lent_token(5, "law").user.unwrap();
    let gone = |id: &str, gone_at| Person { gone_at, ..person(id, None) };
    let people = vec![
        gone("0000000001", Some(at(1))),
        gone("0000000002", Some(at(9))),
        gone("0000000003", None),
        gone(holder.as_str(), Some(at(1))),
    ];
    switch(bench, 1, people).await;
    assert_eq!(bench.write(|tx| tx.person_forget(at(5), 9)).await, 1);
    let forgotten = found(bench, Scope::All, "0000000001").await.unwrap();
    assert_eq!([&forgotten.name, &forgotten.kana, &forgotten.latin], ["", "", ""]);
    assert!(forgotten.forgotten_at.is_some());
    for id in ["0000000002", "0000000003"] {
        assert_eq!(found(bench, Scope::All, id).await.unwrap().name, "山田 花子", "{id}");
    }
    let kept = bench.read(move |tx| tx.person_find(&Scope::All, &holder)).await.unwrap();
    assert_eq!(kept.name, "山田 花子", "who has a token keeps the name");
    assert_eq!(bench.write(|tx| tx.person_forget(at(5), 9)).await, 0, "once");
}
