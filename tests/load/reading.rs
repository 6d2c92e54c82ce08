//! Reads of a small fleet and of a large one: each call walks an index, so it must cost about the same in both.

use std::time::Instant;

use tokenfleet_proto::v1::audit_service_client::AuditServiceClient;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::new_operator;
use tokenfleet_tests::{Caller, Daemon};

use crate::figures::Figures;
use crate::fleet::LENT;
use crate::times::Times;
use crate::tokens::{Dice, serial, user};

const WHY: &str = "Every read walks one index from a place that the request names, so what it costs grows with the depth of the index alone. \
The limit is the same call to a fleet of 10,000 tokens, made in turns with the calls to the large one.";

const CALLS: usize = 150;

/// A fleet that is read.
pub(crate) struct Read {
    pub(crate) auditor: Caller,
    pub(crate) desk: Caller,
    pub(crate) tokens: usize,
}

impl Read {
    /// A fleet that is served, and who reads it.
    pub(crate) async fn of(daemon: &Daemon, tokens: usize) -> Self {
        let desk = daemon.admin();
        let auditor = desk.add_operator(new_operator("auditor", &[Role::Auditor]), &daemon.path("")).await;
        Self { auditor, desk, tokens }
    }

    async fn ask(&self, question: Question, index: usize) {
        match question {
            Question::Show => drop(self.desk.token(&serial(LENT, index)).await.unwrap()),
            Question::History => self.history(&serial(LENT, index)).await,
            Question::List => self.list("", 100).await,
            Question::ListFiltered => self.list(&format!("user = {}", user(index)), 1).await,
            Question::AuditOfToken => self.audit(&format!("subject = tokens/contoso~{}", serial(LENT, index))).await,
            Question::AuditOfPerson => self.audit(&format!("user = {}", user(index))).await,
            Question::AuditNewest => self.audit("action = code.verify").await,
        }
    }

    /// As `tokenadm show --history` asks.
    async fn history(&self, serial: &str) {
        let target = Some(v1::list_loans_request::Target::Token(serial.to_owned()));
        let request = v1::ListLoansRequest { target, page_size: 100, ..v1::ListLoansRequest::default() };
        let loans = LendingServiceClient::new(self.desk.door()).list_loans(request).await.unwrap().into_inner().loans;
        assert_eq!(loans.len(), 1);
        let target = Some(v1::list_custody_events_request::Target::Token(serial.to_owned()));
        let request = v1::ListCustodyEventsRequest { target, page_size: 100, page_token: String::new() };
        LendingServiceClient::new(self.desk.door()).list_custody_events(request).await.unwrap();
    }

    async fn list(&self, filter: &str, at_least: usize) {
        let request =
            v1::ListTokensRequest { filter: filter.to_owned(), page_size: 100, ..v1::ListTokensRequest::default() };
        let page = TokenServiceClient::new(self.desk.door()).list_tokens(request).await.unwrap().into_inner();
        assert!(page.tokens.len() >= at_least, "{filter}");
    }

    async fn audit(&self, filter: &str) {
        let request = v1::ListAuditEventsRequest {
            filter: filter.to_owned(),
            page_size: 100,
            ..v1::ListAuditEventsRequest::default()
        };
        let page = AuditServiceClient::new(self.auditor.door()).list_audit_events(request).await.unwrap().into_inner();
        assert!(!page.events.is_empty(), "{filter}");
    }
}

/// What is asked.
#[derive(Clone, Copy)]
enum Question {
    Show,
    History,
    List,
    ListFiltered,
    AuditOfToken,
    AuditOfPerson,
    AuditNewest,
}

const QUESTIONS: [(&str, Question); 7] = [
    ("show", Question::Show),
    ("show --history", Question::History),
    ("list, 100 tokens", Question::List),
    ("list of one person", Question::ListFiltered),
    ("audit of a token", Question::AuditOfToken),
    ("audit of a person", Question::AuditOfPerson),
    ("audit, the newest 100 of one action", Question::AuditNewest),
];

/// Measures every question to both fleets.
pub(crate) async fn measure(small: &Read, large: &Read, events_each: usize, figures: &mut Figures) {
    figures.chapter("Reads", WHY);
    for (name, question) in QUESTIONS {
        let (of_small, of_large) = in_turns(small, large, question).await;
        let name = format!("{name}: {} tokens, {} events, median, ms", large.tokens, large.tokens * events_each);
        figures.at_most(&name, of_large.median(), of_small.median(), 2.0);
    }
}

async fn in_turns(small: &Read, large: &Read, question: Question) -> (Times, Times) {
    let mut dice = Dice::new(4);
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        for (fleet, took) in [(small, &mut of_small), (large, &mut of_large)] {
            let index = dice.below(fleet.tokens);
            let started = Instant::now();
            fleet.ask(question, index).await;
            took.push(started.elapsed());
        }
    }
    (Times::new(of_small), Times::new(of_large))
}
