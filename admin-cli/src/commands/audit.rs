//! The record of who did what: `audit list` and `audit verify`.

use std::cell::Cell;
use std::num::NonZeroU64;

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::audit_service_client::AuditServiceClient;

use super::Session;
use crate::args::Audit;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Listing, plain, yes_or_no};
use crate::shapes::{self, show_action, show_bare, show_details, show_outcome, show_second};
use crate::words::{Complaint, Say};

const EVENT_COLUMNS: &[Column] = &[
    Column { key: "record_time", title: Say::HeadTime, show: show_second },
    Column { key: "operator", title: Say::HeadOperator, show: plain },
    Column { key: "action", title: Say::HeadAction, show: show_action },
    Column { key: "outcome", title: Say::HeadOutcome, show: show_outcome },
    Column { key: "subject", title: Say::HeadSubject, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "name", title: Say::HeadName, show: show_bare },
    Column { key: "details", title: Say::HeadDetails, show: show_details },
];

const CHAIN_COLUMNS: &[Column] = &[
    Column { key: "chain", title: Say::HeadChain, show: plain },
    Column { key: "events", title: Say::HeadEvents, show: plain },
    Column { key: "intact", title: Say::HeadIntact, show: yes_or_no },
    Column { key: "head", title: Say::HeadChainHead, show: plain },
];

/// `audit`.
pub(crate) async fn run(session: &mut Session, args: Audit) -> Outcome {
    match args {
        Audit::List { filter, newest_first, limit, view } => {
            let listing = session.listing("events", EVENT_COLUMNS, EVENT_COLUMNS, &view)?;
            let client = session.client().await?;
            let filter = filter.unwrap_or_default();
            let order_by = if newest_first { "record_time desc" } else { "" };
            let fetch = async |page_size, page_token| {
                let request = v1::ListAuditEventsRequest {
                    page_size,
                    page_token,
                    filter: filter.clone(),
                    order_by: order_by.to_owned(),
                };
                client
                    .ask(request, async |channel, request| {
                        AuditServiceClient::new(channel).list_audit_events(request).await
                    })
                    .await
            };
            list(session, listing, limit, fetch).await
        }
        Audit::Verify => verify(session).await,
    }
}

async fn list(
    session: &mut Session,
    listing: Listing,
    limit: Option<NonZeroU64>,
    fetch: impl AsyncFn(i32, String) -> Outcome<v1::ListAuditEventsResponse>,
) -> Outcome {
    let own_events_only = Cell::new(false);
    let events = async |page_size, page_token| {
        let page = fetch(page_size, page_token).await?;
        own_events_only.set(page.own_events_only);
        Ok((page.events.iter().map(shapes::event).collect(), page.next_page_token))
    };
    session.list(listing, limit, events).await?;
    if own_events_only.get() {
        session.printer.say(Say::OwnEventsOnly.plain(session.printer.lang));
    }
    Ok(())
}

async fn verify(session: &mut Session) -> Outcome {
    let client = session.client().await?;
    let answer = client
        .ask(v1::VerifyAuditChainRequest {}, async |channel, request| {
            AuditServiceClient::new(channel).verify_audit_chain(request).await
        })
        .await?;
    tell_chains(session, &answer.chains)
}

fn tell_chains(session: &mut Session, chains: &[v1::AuditChain]) -> Outcome {
    let printer = &mut session.printer;
    let mut listing = Listing::new("chains", CHAIN_COLUMNS);
    printer.page(&mut listing, chains.iter().map(shapes::chain).collect())?;
    printer.finish_list(listing)?;
    if let Some(broken) = chains.iter().find(|chain| !chain.intact) {
        let place = if broken.broken_at.is_empty() { &broken.chain } else { &broken.broken_at };
        return Err(Failure::with(Complaint::RecordBroken, [("broken", place)]));
    }
    let events: i64 = chains.iter().map(|chain| chain.events).sum();
    let places = [("events", events.to_string()), ("chains", chains.len().to_string())];
    let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
    let sentence = Say::ChainsIntact.with(printer.lang, &places);
    if printer.format() == Format::Table { printer.done(&sentence) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;
    use crate::failure::Exit;
    use crate::words::Lang;

    fn chain(intact: bool) -> v1::AuditChain {
        let broken_at = if intact { String::new() } else { "auditEvents/0-7".to_owned() };
        v1::AuditChain { chain: "0".to_owned(), events: 9, head: "ab".to_owned(), intact, broken_at }
    }

    #[tokio::test]
    async fn who_sees_only_their_own_events_is_told() {
        for own_events_only in [false, true] {
            let (mut session, data, talk) = session(Lang::En, Format::Table);
            let event = v1::AuditEvent { action: "token.assign".to_owned(), ..v1::AuditEvent::default() };
            let page = v1::ListAuditEventsResponse { events: vec![event], own_events_only, ..Default::default() };
            let listing = Listing::new("events", EVENT_COLUMNS);
            list(&mut session, listing, None, async |_, _| Ok(page.clone())).await.unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains("token.assign"), "{}", data.text());
            let told =
                if own_events_only { "only your own events; an auditor for all departments sees all\n" } else { "" };
            assert_eq!(talk.text(), told);
        }
    }

    #[test]
    fn a_whole_record_is_success_and_a_broken_one_is_not() {
        let (mut whole, data, _) = session(Lang::En, Format::Table);
        tell_chains(&mut whole, &[chain(true), chain(true)]).unwrap();
        whole.printer.flush().unwrap();
        assert!(data.text().ends_with("✓ the record is whole (events: 18, chains: 2)\n"), "{}", data.text());
        let (mut broken, _, _) = session(Lang::En, Format::Table);
        let failure = tell_chains(&mut broken, &[chain(true), chain(false)]).unwrap_err();
        assert_eq!(failure.exit(), Some(Exit::Failed));
        assert_eq!(failure.describe(Lang::En).unwrap().message, "the record does not hold from auditEvents/0-7 on");
    }
}
