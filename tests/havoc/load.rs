//! The mixed load of security.md: clients that each have tokens of their own, so that all that happens to a token is known
//! in order. What several do to one token at once is the business of T-04 and T-18.

use std::sync::Arc;

use tokenfleet_tests::{Caller, Daemon, oath_file};
use tokio::task::JoinSet;

use crate::deed::{Deed, Token, Told};
use crate::log::{Log, timed};
use crate::random::Random;

/// Who asks at the same time, each one thing at a time.
pub(crate) const CLIENTS: usize = 16;
/// Tokens of each.
const TOKENS_EACH: usize = 12;

/// A fleet's tokens, and the log of what was done to them.
pub(crate) struct Load {
    /// The tokens.
    pub(crate) tokens: Vec<Token>,
    /// What was asked and told.
    pub(crate) log: Log,
}

impl Load {
    /// Brings the tokens into stock, and lends them.
    pub(crate) async fn begin(daemon: &Daemon, log_folder: &std::path::Path) -> Arc<Self> {
        let tokens: Vec<_> = (0..CLIENTS * TOKENS_EACH).map(Token::numbered).collect();
        let devices: Vec<_> = tokens.iter().map(|token| &token.device).collect();
        daemon.admin().import(&oath_file(&devices)).await.unwrap();
        let log = Log::new(log_folder, tokens.len());
        let load = Arc::new(Self { tokens, log });
        load.each(daemon, |_| Some(Deed::Lend)).await;
        load
    }

    /// Asks for one deed of each token, where there is one.
    pub(crate) async fn each(self: &Arc<Self>, daemon: &Daemon, deed: fn(&crate::deed::State) -> Option<Deed>) {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (load, desk) = (Arc::clone(self), daemon.admin());
            clients.spawn(async move {
                for token in Self::tokens_of(client) {
                    let chosen = |state| deed(&state).unwrap_or(Deed::Read);
                    load.act(&desk, token, chosen).await;
                }
            });
        }
        clients.join_all().await;
    }

    /// Starts the clients. Each ends when it is told nothing, or when the log is stopped.
    pub(crate) fn start(self: &Arc<Self>, daemon: &Daemon, random: &mut Random) -> JoinSet<()> {
        self.log.stop(false);
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (load, desk, random) = (Arc::clone(self), daemon.admin(), random.branch());
            clients.spawn(async move { load.work(&desk, client, random).await });
        }
        clients
    }

    async fn work(&self, desk: &Caller, client: usize, mut random: Random) {
        while !self.log.is_stopped() {
            let token = Self::token_of(client, &mut random);
            let told = self.act(desk, token, |state| state.draw(&self.tokens[token], &mut random)).await;
            if told == Told::Nothing {
                return;
            }
        }
    }

    async fn act(&self, desk: &Caller, token: usize, choose: impl FnOnce(crate::deed::State) -> Deed) -> Told {
        let Some((state, deed)) = self.log.ask(token, choose) else { return Told::Nothing };
        let (told, took) = timed(deed.ask(desk, &self.tokens[token], state)).await;
        self.log.tell(token, deed, &told, took);
        told
    }

    fn tokens_of(client: usize) -> impl Iterator<Item = usize> {
        (0..TOKENS_EACH).map(move |nth| client + nth * CLIENTS)
    }

    /// Some of a client's tokens are used much more than others.
    fn token_of(client: usize, random: &mut Random) -> usize {
        let most = random.below(TOKENS_EACH) + 1;
        client + random.below(most) * CLIENTS
    }
}
