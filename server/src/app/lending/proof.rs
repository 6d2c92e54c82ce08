//! Codes that a desk reads off the device in hand, as a proof that it is the token that was named. A proof is charged to
//! the token, searched for away from the writer, and counts only for the row it was found for.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::otp::OtpCode;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;

use crate::app::budget::charge_budget;
use crate::app::judge::{Hit, has_seed, right_length, wrong_length};
use crate::app::{Answer, App, Call, Decision};
use crate::store::{Found, Tx};

/// The codes a desk reads off the device it hands over, or gets back.
#[derive(Clone, Copy)]
pub enum Proof {
    /// None.
    None,
    /// One proves the device.
    One(OtpCode),
    /// Two that follow each other also set its clock.
    Two(Shown),
}

impl Proof {
    /// Whether there is one.
    pub(super) fn is_given(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// As a part of what is asked for.
    pub(super) fn input(&self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::One(code) => code.hash_input().to_vec(),
            Self::Two(shown) => [shown.first, shown.second].into_iter().flat_map(OtpCode::hash_input).collect(),
        }
    }

    /// Whether a token can be proven by it. Where one is needed, its lack is refused for that reason.
    pub(super) fn fits(&self, token: &Token, needed: Option<Reason>) -> Answer<()> {
        match self {
            Self::None => match needed {
                Some(reason) => Err(Rejection::from(reason).with("serial", token.serial.shown())),
                None => Ok(()),
            },
            Self::One(code) if code.digits() != token.profile.digits => Err(wrong_length(token)),
            Self::One(_) => has_seed(token),
            Self::Two(shown) => has_seed(token).and_then(|()| right_length(token, shown)),
        }
    }
}

impl App {
    /// Where the codes of a proof are found. The inner error is what the person at the desk is told.
    pub(super) async fn search_proof(&self, call: &Call, found: &Found, proof: Proof) -> Answer<Answer<Option<Hit>>> {
        Ok(match proof {
            Proof::None => Ok(None),
            Proof::One(code) => self.search_one(found, code).await?.map(Some),
            Proof::Two(shown) => self.search(call, found, shown).await?.map(Some),
        })
    }
}

/// Charges a token for a proof that is about to be looked at.
pub(super) fn charge_proof(tx: &mut Tx<'_>, token: &Token, limit: i64) -> Decision<()> {
    charge_budget(tx, &token.id.to_string(), "proof", limit, PROOFS_OF_A_TOKEN)
}

const PROOFS_OF_A_TOKEN: [&str; 2] =
    ["codes tried with one token at the counter", "一つのトークンの窓口でのコード確認"];
