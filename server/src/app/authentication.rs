//! A relying system asks whether a code counts. It learns yes or no; the cause goes to the record.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::otp::OtpCode;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Token};

use crate::app::judge::{Judged, judge, record, refund};
use crate::app::memory::Repeatable;
use crate::app::target::{Target, legal, record_unfound};
use crate::app::{Answer, App, Call, Decision, fault, to_the_end};
use crate::seal::Keyring;
use crate::store::{Found, Tx};

impl App {
    /// Whether a code counts. Wrong, used, locked, unknown and unassigned are all no.
    pub async fn code_verify(&self, call: Call, target: Target, code: OtpCode) -> Answer<bool> {
        let content = Canon::new("verify-code/1").text(&target.words()).bytes(&code.hash_input());
        let memory = self.repeatable(&call, "VerifyCode", content);
        let app = self.clone();
        to_the_end(async move {
            let keyring = app.keyring().clone();
            let learn = app.clock_trusted();
            let lane = target.lane();
            let job = move |tx: &mut Tx<'_>| {
                let candidates = match candidates(tx, &call, &target)? {
                    Ok(candidates) => candidates,
                    Err(no) => {
                        record_unfound(tx, &call, Act::CodeVerify, &target, &no)?;
                        return Ok(Ok(false));
                    }
                };
                try_each(tx, &keyring, &call, &candidates, code, memory.as_ref(), learn)
            };
            app.store().write(lane, job).await.map_err(fault)?
        })
        .await
    }
}

/// The tokens a code may be of: the named one, or every one of the person's that is ready.
fn candidates(tx: &mut Tx<'_>, call: &Call, target: &Target) -> Decision<Vec<Found>> {
    let Target::User(user) = target else {
        return Ok(target.find(tx, call.scope())?.map(|found| vec![found]));
    };
    let all = tx.tokens_of_user(call.scope(), user)?;
    let (ready, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(|found| legal(found, Action::Verify).is_ok());
    match (ready.is_empty(), others.pop()) {
        (false, _) => Ok(Ok(ready)),
        // One that is not ready: judged all the same, so that the record says why not.
        (true, Some(other)) => Ok(Ok(vec![other])),
        (true, None) => Ok(Err(Rejection::from(Reason::UserNotFound).with("user", user.as_str()))),
    }
}

/// Every candidate is charged before its codes are computed. If one of them knows the code, the others get their charge
/// back: it was no guess at them.
fn try_each(
    tx: &mut Tx<'_>,
    keyring: &Keyring,
    call: &Call,
    candidates: &[Found],
    code: OtpCode,
    memory: Option<&Repeatable>,
    learn: bool,
) -> Decision<bool> {
    let mut missed: Vec<&Token> = Vec::new();
    let mut known = false;
    let mut accepted = false;
    for found in candidates {
        let Judged { answer, anew } = judge(tx, keyring, found, code, memory, learn)?;
        if anew {
            record(tx, call, (Act::CodeVerify, ""), &found.token, &answer)?;
        }
        match answer {
            Ok(_) => accepted = true,
            Err(no) if no.reason == Reason::RequestIdReused => return Ok(Err(no)),
            Err(no) if no.reason == Reason::CodeReplayed => known = true,
            Err(no) if no.reason == Reason::CodeWrong && anew => missed.push(&found.token),
            Err(_) => {}
        }
        if accepted {
            break;
        }
    }
    if accepted || known {
        for token in missed {
            refund(tx, call, token)?;
        }
    }
    Ok(Ok(accepted))
}
