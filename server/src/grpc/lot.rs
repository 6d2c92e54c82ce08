//! LotService.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::lot::{LotProof, LotReason};
use tokenfleet_domain::otp::Displayed;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lot_service_server::LotService;
use tokenfleet_proto::v1::{
    CancelDeliveryRequest, CancelDeliveryResponse, CompareDeliveryRequest, CompareDeliveryResponse,
    ConfirmDestructionRequest, ConfirmDestructionResponse, ExpectDeliveryRequest, ExpectDeliveryResponse,
    GetDeliveryRequest, GetDeliveryResponse, ListDeliveriesRequest, ListDeliveriesResponse, ListLotProofsRequest,
    ListLotProofsResponse, OpenLotRequest, OpenLotResponse, ProveLotRequest, ProveLotResponse, QuarantineLotRequest,
    QuarantineLotResponse, RecallLotRequest, RecallLotResponse, StopLotCodesRequest, StopLotCodesResponse,
};
use tonic::{Request, Response, Status};

use crate::app::lot::{LotDeed, MoveLot, ProveLot, StopCodes};
use crate::app::{Answer, App};
use crate::grpc::convert::NOTE_MAX;
use crate::grpc::import::lot;
use crate::grpc::{close, convert, delivery, open};
use crate::identity::Caller;

pub(super) struct Lots(pub(super) App);

/// Moves a lot as its request says: each deed has a type of its own for the same fields.
macro_rules! move_lot {
    ($lots:expr, $caller:expr, $message:expr, $deed:expr) => {
        async {
            let order = MoveLot {
                lot: convert::field("lot", &$message.lot)?,
                deed: $deed,
                reason: reason($message.reason)?,
                note: convert::text("note", &$message.note, NOTE_MAX)?,
                validate_only: $message.validate_only,
            };
            $lots.0.lot_move(convert::call(&$caller, &$message.request_id)?, order).await
        }
        .await
    };
}

#[tonic::async_trait]
impl LotService for Lots {
    async fn prove_lot(&self, request: Request<ProveLotRequest>) -> Result<Response<ProveLotResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.prove(&caller, message).await)
    }

    async fn list_lot_proofs(
        &self,
        request: Request<ListLotProofsRequest>,
    ) -> Result<Response<ListLotProofsResponse>, Status> {
        let (caller, message) = open(request)?;
        let page = async {
            let name = convert::field("lot", &message.lot)?;
            self.0
                .lot_proofs(convert::call(&caller, "")?, name, convert::page(message.page_size, message.page_token))
                .await
        };
        close(
            &caller,
            page.await.map(|page| ListLotProofsResponse {
                proofs: page.items.iter().map(proof).collect(),
                next_page_token: page.next.unwrap_or_default(),
            }),
        )
    }

    async fn quarantine_lot(
        &self,
        request: Request<QuarantineLotRequest>,
    ) -> Result<Response<QuarantineLotResponse>, Status> {
        let (caller, message) = open(request)?;
        let moved = move_lot!(self, caller, message, LotDeed::Quarantine);
        close(&caller, moved.map(|moved| QuarantineLotResponse { lot: Some(lot(&moved)) }))
    }

    async fn recall_lot(&self, request: Request<RecallLotRequest>) -> Result<Response<RecallLotResponse>, Status> {
        let (caller, message) = open(request)?;
        let moved = move_lot!(self, caller, message, LotDeed::Recall);
        close(&caller, moved.map(|moved| RecallLotResponse { lot: Some(lot(&moved)) }))
    }

    async fn open_lot(&self, request: Request<OpenLotRequest>) -> Result<Response<OpenLotResponse>, Status> {
        let (caller, message) = open(request)?;
        let moved = move_lot!(self, caller, message, LotDeed::Open);
        close(&caller, moved.map(|moved| OpenLotResponse { lot: Some(lot(&moved)) }))
    }

    async fn stop_lot_codes(
        &self,
        request: Request<StopLotCodesRequest>,
    ) -> Result<Response<StopLotCodesResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.stop(&caller, message).await)
    }

    async fn expect_delivery(
        &self,
        request: Request<ExpectDeliveryRequest>,
    ) -> Result<Response<ExpectDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, delivery::expect(&self.0, &caller, message).await)
    }

    async fn get_delivery(
        &self,
        request: Request<GetDeliveryRequest>,
    ) -> Result<Response<GetDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        let found = async { self.0.delivery_get(convert::field("lot", &message.lot)?).await }.await;
        close(&caller, found.map(|found| GetDeliveryResponse { delivery: Some(delivery::delivery(&found)) }))
    }

    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, delivery::list(&self.0, message).await)
    }

    async fn cancel_delivery(
        &self,
        request: Request<CancelDeliveryRequest>,
    ) -> Result<Response<CancelDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        let cancelled = delivery::cancel(&self.0, &caller, message).await;
        close(&caller, cancelled.map(|delivery| CancelDeliveryResponse { delivery: Some(delivery) }))
    }

    async fn compare_delivery(
        &self,
        request: Request<CompareDeliveryRequest>,
    ) -> Result<Response<CompareDeliveryResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, delivery::compare(&self.0, message).await)
    }

    async fn confirm_destruction(
        &self,
        request: Request<ConfirmDestructionRequest>,
    ) -> Result<Response<ConfirmDestructionResponse>, Status> {
        let (caller, message) = open(request)?;
        let confirmed = delivery::confirm(&self.0, &caller, message).await;
        close(&caller, confirmed.map(|lot| ConfirmDestructionResponse { lot: Some(lot) }))
    }
}

impl Lots {
    async fn prove(&self, caller: &Caller, message: ProveLotRequest) -> Answer<ProveLotResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let asked = ProveLot {
            lot: convert::field("lot", &message.lot)?,
            token: convert::field("token", &message.token)?,
            displayed: displayed(&message.codes)?,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let name = asked.lot.clone();
        let proven = self.0.lot_prove(call.clone(), asked).await?;
        let found = self.0.token_after(call, proven.token).await?;
        let proof = match proven.proof {
            Some(id) => Some(proof(&self.0.lot_proof(id).await?)),
            None => None,
        };
        Ok(ProveLotResponse {
            lot: Some(lot(&self.0.lot_get(name).await?)),
            token: Some(convert::token(&found, &caller.operator, None)),
            proof,
            verdict: convert::verdict(&self.0, &found, proven.sighting),
        })
    }
}

impl Lots {
    async fn stop(&self, caller: &Caller, message: StopLotCodesRequest) -> Answer<StopLotCodesResponse> {
        if message.tokens.len() > StopCodes::NAMED_MAX {
            let limit = StopCodes::NAMED_MAX.to_string();
            return Err(Rejection::from(Reason::LotStopMany).with("limit", limit).in_field("tokens"));
        }
        if message.tokens.is_empty() != message.all {
            return Err(convert::missing("tokens"));
        }
        let tokens = message.tokens.iter().map(|token| convert::field("tokens", token)).collect::<Answer<_>>()?;
        let order = StopCodes {
            lot: convert::field("lot", &message.lot)?,
            tokens,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let stopped = self.0.lot_stop(convert::call(caller, &message.request_id)?, order).await?;
        let token = |found| convert::token(found, &caller.operator, None);
        Ok(StopLotCodesResponse { tokens: stopped.tokens.iter().map(token).collect(), more: stopped.more })
    }
}

fn reason(reason: i32) -> Answer<LotReason> {
    let bad = || convert::unknown("reason", "other, vendor-notice, faulty, seeds-exposed, resolved");
    Ok(match v1::LotReason::try_from(reason).map_err(|_| bad())? {
        v1::LotReason::Unspecified | v1::LotReason::Other => LotReason::Other,
        v1::LotReason::VendorNotice => LotReason::VendorNotice,
        v1::LotReason::Faulty => LotReason::Faulty,
        v1::LotReason::SeedsExposed => LotReason::SeedsExposed,
        v1::LotReason::Resolved => LotReason::Resolved,
    })
}

/// One code, or two that follow each other.
fn displayed(codes: &[String]) -> Answer<Displayed> {
    match codes {
        [] => Err(convert::missing("codes")),
        [code] => convert::field("codes", code).map(Displayed::One),
        [first, second] => Ok(Displayed::Two(Shown {
            first: convert::field("codes", first)?,
            second: convert::field("codes", second)?,
            third: None,
        })),
        [_, _, _, ..] => Err(convert::unknown("codes", "1, 2")),
    }
}

fn proof(proof: &LotProof) -> v1::LotProof {
    let (kind, period_seconds) = convert::moving(&proof.profile);
    v1::LotProof {
        token: proof.name.to_string(),
        serial: proof.serial.clone(),
        secret_encoding: proof.secret_encoding.clone(),
        r#type: kind.into(),
        algorithm: convert::algorithm(proof.profile.algorithm).into(),
        digits: i32::try_from(proof.profile.digits.get()).unwrap_or(0),
        period_seconds,
        reread: proof.reread,
        prove_time: Some(convert::time(proof.proven_at)),
        prove_operator: format!("operators/{}", proof.proven_by),
    }
}
