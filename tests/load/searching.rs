//! Searches: a clock that is found again, and a token that is found by its codes alone.

use std::time::{Duration, Instant};

use tokenfleet_domain::otp::resync::TOTP_SPAN_SECONDS;
use tokenfleet_domain::otp::verify::WIDEST_WINDOW;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::code_service_client::CodeServiceClient;
use tokenfleet_tests::{Caller, Daemon};

use crate::driver::one_by_one;
use crate::figures::Figures;
use crate::fleet::LENT;
use crate::limits::Limits;
use crate::signins::{STEADY, SignIns};
use crate::times::{Times, number};
use crate::tokens::{PERIOD, serial};
use crate::verifying::Basis;

const WHY: &str = "A resync that fits nowhere computes every code of twelve hours each way, then asks whether the file was read wrong (four \
other readings), then whether the codes are those of a token one digit away; its limit is those codes at the rate of one \
core, two commits and a call. Identify computes 22 codes of every token; its limit is those at the rate of all cores. What \
it needs beside: each row is read and its MAC checked, and each seed opened.";

const RESYNCS: usize = 40;
const LOOKS: usize = 3;
/// Codes of one token that identify computes: ten steps each way, and the one before.
const CODES_OF_A_LOOK: usize = 22;
/// Other readings of a token of SHA-1, six digits and 30 s, and the codes computed for each.
const CODES_OF_OTHER_READINGS: usize = 4 * 122;

const LASTING: Duration = Duration::from_secs(4);

/// Measures both over a fleet's tokens.
pub(crate) async fn measure(
    daemon: &Daemon,
    sign_ins: &SignIns,
    tokens: usize,
    (limits, basis): (&Limits, &Basis),
    figures: &mut Figures,
) {
    figures.chapter("Searches", WHY);
    let admin = daemon.admin();
    resync(&admin, tokens, limits, basis, figures).await;
    identify(&admin, sign_ins, tokens, limits, figures).await;
}

async fn resync(admin: &Caller, tokens: usize, limits: &Limits, basis: &Basis, figures: &mut Figures) {
    let index = |call: usize| call * 977 % tokens;
    let took = one_by_one(RESYNCS, |call| {
        let serial = serial(LENT, index(call));
        async move { admin.resync(&serial, &wrong()).await.unwrap_err() }
    })
    .await;
    let computed = (0..RESYNCS).map(|call| codes_of_a_resync(index(call), tokens)).sum::<usize>();
    let computed = number(computed) / number(RESYNCS);
    let alone = computed / limits.codes_on_one_core * 1_000.0;
    figures.plain("codes that a resync without a match computes", computed);
    figures.at_most(
        "resync over 12 h without a match, median, ms",
        took.median(),
        1.3 * alone + 2.0 * basis.commit + basis.call,
        1.0,
    );
}

/// The token's own, those of other readings, and those of the tokens one digit away that there are.
fn codes_of_a_resync(index: usize, tokens: usize) -> usize {
    let span = usize::try_from(TOTP_SPAN_SECONDS).unwrap() / usize::try_from(PERIOD).unwrap();
    let narrow = usize::try_from(WIDEST_WINDOW).unwrap();
    (2 * span + 2) + CODES_OF_OTHER_READINGS + neighbours(index, tokens) * (2 * narrow + 2)
}

fn neighbours(index: usize, tokens: usize) -> usize {
    let places = (0..9).map(|place| 10_usize.pow(place));
    let others = places.flat_map(|place| (0..10).map(move |digit| index - index / place % 10 * place + digit * place));
    others.filter(|other| *other != index && *other < tokens).count()
}

async fn identify(admin: &Caller, sign_ins: &SignIns, tokens: usize, limits: &Limits, figures: &mut Figures) {
    let alone = sign_ins.at_rate(STEADY, LASTING).await.times;
    let looks = one_by_one(LOOKS, |_| look(admin)).await;
    let computed = number(tokens * CODES_OF_A_LOOK) / looks.median() * 1_000.0;
    figures.at_least("identify, codes a second", computed, limits.codes_on_all, 0.7);
    figures.at_most(&format!("identify over {tokens} tokens, s"), looks.median() / 1_000.0, 1.0, 1.0);
    let meanwhile = verify_while_looking(admin, sign_ins).await;
    figures.at_most("verify p99 while somebody looks for a token, ms", meanwhile.p99(), alone.p99(), 3.0);
}

async fn verify_while_looking(admin: &Caller, sign_ins: &SignIns) -> Times {
    let until = Instant::now() + LASTING;
    let looking = async {
        while Instant::now() < until {
            look(admin).await;
        }
    };
    let (run, ()) = tokio::join!(sign_ins.at_rate(STEADY, LASTING), looking);
    run.times
}

/// Looks for a token that shows codes which none shows.
async fn look(admin: &Caller) {
    let request = v1::IdentifyTokenRequest { codes: wrong(), ..v1::IdentifyTokenRequest::default() };
    CodeServiceClient::new(admin.door()).identify_token(request).await.unwrap_err();
}

fn wrong() -> Vec<String> {
    vec!["123456".to_owned(), "654321".to_owned()]
}
