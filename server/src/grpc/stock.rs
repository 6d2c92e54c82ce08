//! StockService.

use std::ops::RangeInclusive;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, TokenRef, Vendor};
use tokenfleet_domain::location::{Location, LocationName};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::stock::{Arrival, Stocktake, StocktakeWord, Transfer};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_server::StockService;
use tokenfleet_proto::v1::{
    CancelReservationRequest, CancelReservationResponse, CloseStocktakeRequest, CloseStocktakeResponse,
    CreateLocationRequest, CreateLocationResponse, GetNextTokenRequest, GetNextTokenResponse, GetTransferRequest,
    GetTransferResponse, ListLocationsRequest, ListLocationsResponse, ListModelsRequest, ListModelsResponse,
    ListReservationsRequest, ListReservationsResponse, ListStockRequest, ListStockResponse, ListStocktakeLinesRequest,
    ListStocktakeLinesResponse, ListStocktakesRequest, ListStocktakesResponse, ListTransfersRequest,
    ListTransfersResponse, ReceiveTransferRequest, ReceiveTransferResponse, ReserveTokenRequest, ReserveTokenResponse,
    ScanStocktakeRequest, ScanStocktakeResponse, StartStocktakeRequest, StartStocktakeResponse, TransferTokensRequest,
    TransferTokensResponse, UpdateModelRequest, UpdateModelResponse,
};
use tonic::{Request, Response, Status};

use crate::app::location::AddLocation;
use crate::app::model::{ModelName, ModelShown, SetModel};
use crate::app::reservation::{ReservationShown, Reserve, Wanted};
use crate::app::stock::{LowStock, StockAsked, StockLevel, StockLine};
use crate::app::stocktake::{CloseStocktake, StocktakeLine};
use crate::app::transfer::{ReceiveTokens, SendTokens, TRANSFER_MAX, TransferItem, TransferShown};
use crate::app::{Answer, App};
use crate::grpc::convert::{NAME_MAX, NOTE_MAX};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Stock(pub(super) App);

/// Every call of the service: taken apart, done, put together.
macro_rules! calls {
    ($($call:ident: $request:ident -> $response:ident by $does:ident;)*) => {
        #[tonic::async_trait]
        impl StockService for Stock {
            $(async fn $call(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let (caller, message) = open(request)?;
                close(&caller, self.$does(&caller, message).await)
            })*
        }
    };
}

calls! {
    create_location: CreateLocationRequest -> CreateLocationResponse by add_location;
    list_locations: ListLocationsRequest -> ListLocationsResponse by locations;
    list_stock: ListStockRequest -> ListStockResponse by stock;
    update_model: UpdateModelRequest -> UpdateModelResponse by set_model;
    list_models: ListModelsRequest -> ListModelsResponse by models;
    transfer_tokens: TransferTokensRequest -> TransferTokensResponse by send;
    receive_transfer: ReceiveTransferRequest -> ReceiveTransferResponse by receive;
    get_transfer: GetTransferRequest -> GetTransferResponse by transfer;
    list_transfers: ListTransfersRequest -> ListTransfersResponse by transfers;
    start_stocktake: StartStocktakeRequest -> StartStocktakeResponse by start_count;
    scan_stocktake: ScanStocktakeRequest -> ScanStocktakeResponse by scan;
    close_stocktake: CloseStocktakeRequest -> CloseStocktakeResponse by close_count;
    list_stocktakes: ListStocktakesRequest -> ListStocktakesResponse by stocktakes;
    list_stocktake_lines: ListStocktakeLinesRequest -> ListStocktakeLinesResponse by stocktake_lines;
    get_next_token: GetNextTokenRequest -> GetNextTokenResponse by next;
    reserve_token: ReserveTokenRequest -> ReserveTokenResponse by reserve;
    cancel_reservation: CancelReservationRequest -> CancelReservationResponse by cancel_reservation;
    list_reservations: ListReservationsRequest -> ListReservationsResponse by reservations;
}

impl Stock {
    async fn add_location(&self, caller: &Caller, message: CreateLocationRequest) -> Answer<CreateLocationResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let name: LocationName = convert::field("location_id", &message.location_id)?;
        let title = |field, text: &str| -> Answer<String> {
            let title = convert::text(field, text, NAME_MAX)?;
            Ok(if title.is_empty() { name.to_string() } else { title })
        };
        let order = AddLocation {
            title_en: title("display_name_en", &message.display_name_en)?,
            title_ja: title("display_name_ja", &message.display_name_ja)?,
            name: name.clone(),
        };
        let added = self.0.location_add(call, order).await?;
        Ok(CreateLocationResponse { location: Some(location(&added)) })
    }

    async fn locations(&self, _: &Caller, message: ListLocationsRequest) -> Answer<ListLocationsResponse> {
        let page = self.0.location_list(convert::page(message.page_size, message.page_token)).await?;
        let locations = page.items.iter().map(location).collect();
        Ok(ListLocationsResponse { locations, next_page_token: page.next.unwrap_or_default() })
    }

    async fn stock(&self, caller: &Caller, message: ListStockRequest) -> Answer<ListStockResponse> {
        let model = convert::text("model", &message.model, NAME_MAX)?;
        let asked = StockAsked {
            location: convert::optional("location", &message.location)?,
            model: (!model.is_empty()).then_some(model),
        };
        let page = convert::page(message.page_size, message.page_token);
        let call = convert::call(caller, "")?;
        let low = match page.page_token.as_str() {
            "" => self.0.stock_low(call.clone(), asked.clone()).await?.into_iter().map(low_stock).collect(),
            _ => Vec::new(),
        };
        let page = self.0.stock_list(call, asked, page).await?;
        let lines = page.items.into_iter().map(line).collect();
        Ok(ListStockResponse { lines, next_page_token: page.next.unwrap_or_default(), low })
    }

    async fn set_model(&self, caller: &Caller, message: UpdateModelRequest) -> Answer<UpdateModelResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let vendor: Vendor = convert::field("vendor", &message.vendor)?;
        let order = SetModel {
            name: ModelName { vendor: vendor.to_string(), model: model(&message.model)? },
            battery_years: message.battery_years.map(|years| within("battery_years", years, 1..=20)).transpose()?,
            drift_ppb: message.drift_ppm.map(billionths).transpose()?,
            least: message.low_stock.map(|least| within("low_stock", least, 0..=100_000)).transpose()?,
            location: convert::optional("location", &message.location)?,
        };
        let said = self.0.model_set(call, order).await?;
        Ok(UpdateModelResponse { model: Some(model_out(said)) })
    }

    async fn models(&self, _: &Caller, message: ListModelsRequest) -> Answer<ListModelsResponse> {
        let page = self.0.model_list(convert::page(message.page_size, message.page_token)).await?;
        let models = page.items.into_iter().map(model_out).collect();
        Ok(ListModelsResponse { models, next_page_token: page.next.unwrap_or_default() })
    }

    async fn send(&self, caller: &Caller, message: TransferTokensRequest) -> Answer<TransferTokensResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = SendTokens {
            tokens: tokens(&message.tokens)?,
            to: convert::field("destination", &message.destination)?,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let sent = self.0.transfer_send(call, order).await?;
        Ok(TransferTokensResponse { transfer: sent.as_ref().map(transfer_with_items) })
    }

    async fn receive(&self, caller: &Caller, message: ReceiveTransferRequest) -> Answer<ReceiveTransferResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = ReceiveTokens {
            transfer: convert::field("transfer", &message.transfer)?,
            tokens: tokens(&message.tokens)?,
            validate_only: message.validate_only,
        };
        let received = self.0.transfer_receive(call, order).await?;
        Ok(ReceiveTransferResponse { transfer: Some(transfer_with_items(&received)) })
    }

    async fn transfer(&self, _: &Caller, message: GetTransferRequest) -> Answer<GetTransferResponse> {
        let found = self.0.transfer_get(convert::field("name", &message.name)?).await?;
        Ok(GetTransferResponse { transfer: Some(transfer_with_items(&found)) })
    }

    async fn transfers(&self, _: &Caller, message: ListTransfersRequest) -> Answer<ListTransfersResponse> {
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.transfer_list(!message.show_complete, page).await?;
        let transfers = page.items.iter().map(transfer).collect();
        Ok(ListTransfersResponse { transfers, next_page_token: page.next.unwrap_or_default() })
    }

    async fn start_count(&self, caller: &Caller, message: StartStocktakeRequest) -> Answer<StartStocktakeResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let started = self.0.stocktake_start(call, convert::field("location", &message.location)?).await?;
        Ok(StartStocktakeResponse { stocktake: Some(stocktake(&started)) })
    }

    async fn scan(&self, caller: &Caller, message: ScanStocktakeRequest) -> Answer<ScanStocktakeResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let name = convert::field("stocktake", &message.stocktake)?;
        let scanned = self.0.stocktake_scan(call, name, convert::field("token", &message.token)?).await?;
        Ok(ScanStocktakeResponse { word: stocktake_word(scanned.word).into(), again: scanned.again })
    }

    async fn close_count(&self, caller: &Caller, message: CloseStocktakeRequest) -> Answer<CloseStocktakeResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = CloseStocktake {
            name: convert::field("stocktake", &message.stocktake)?,
            apply: message.apply,
            validate_only: message.validate_only,
        };
        let closed = self.0.stocktake_close(call, order).await?;
        Ok(CloseStocktakeResponse { stocktake: Some(stocktake(&closed)) })
    }

    async fn stocktakes(&self, _: &Caller, message: ListStocktakesRequest) -> Answer<ListStocktakesResponse> {
        let page = self.0.stocktake_list(convert::page(message.page_size, message.page_token)).await?;
        let stocktakes = page.items.iter().map(stocktake).collect();
        Ok(ListStocktakesResponse { stocktakes, next_page_token: page.next.unwrap_or_default() })
    }

    async fn stocktake_lines(
        &self,
        caller: &Caller,
        message: ListStocktakeLinesRequest,
    ) -> Answer<ListStocktakeLinesResponse> {
        let name = convert::field("stocktake", &message.stocktake)?;
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.stocktake_lines(convert::call(caller, "")?, name, page).await?;
        let line =
            |line: StocktakeLine| v1::StocktakeLine { serial: line.serial, word: stocktake_word(line.word).into() };
        let lines = page.items.into_iter().map(line).collect();
        Ok(ListStocktakeLinesResponse { lines, next_page_token: page.next.unwrap_or_default() })
    }

    async fn next(&self, caller: &Caller, message: GetNextTokenRequest) -> Answer<GetNextTokenResponse> {
        let at = convert::field("location", &message.location)?;
        let found = self.0.stock_next(convert::call(caller, "")?, at, model(&message.model)?).await?;
        Ok(GetNextTokenResponse { token: Some(convert::token(&found, &caller.operator, None)) })
    }

    async fn reserve(&self, caller: &Caller, message: ReserveTokenRequest) -> Answer<ReserveTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let department = convert::text("department", &message.department, NAME_MAX)?;
        let wanted = match convert::optional("token", &message.token)? {
            Some(token) => Wanted::Token(token),
            None => {
                Wanted::Next { location: convert::field("location", &message.location)?, model: model(&message.model)? }
            }
        };
        let order = Reserve {
            wanted,
            user: convert::field("user", &message.user)?,
            until: message.until_time.map(|until| convert::moment("until_time", &until)).transpose()?,
            department: (!department.is_empty()).then_some(department),
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let found = self.0.reservation_make(call, order).await?;
        Ok(ReserveTokenResponse { token: Some(convert::token(&found, &caller.operator, None)) })
    }

    async fn cancel_reservation(
        &self,
        caller: &Caller,
        message: CancelReservationRequest,
    ) -> Answer<CancelReservationResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let token = convert::field("token", &message.token)?;
        let found = self.0.reservation_cancel(call, token, message.validate_only).await?;
        Ok(CancelReservationResponse { token: Some(convert::token(&found, &caller.operator, None)) })
    }

    async fn reservations(
        &self,
        caller: &Caller,
        message: ListReservationsRequest,
    ) -> Answer<ListReservationsResponse> {
        let at = convert::optional("location", &message.location)?;
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.reservation_list(convert::call(caller, "")?, at, page).await?;
        let reservations = page.items.iter().map(|shown| reservation(shown, caller)).collect();
        Ok(ListReservationsResponse { reservations, next_page_token: page.next.unwrap_or_default() })
    }
}

/// A number that has to lie between two others.
fn within(field: &'static str, number: i32, range: RangeInclusive<i32>) -> Answer<i64> {
    if range.contains(&number) {
        return Ok(number.into());
    }
    let no = Rejection::from(Reason::ModelNumber).with("field", field).in_field(field);
    Err(no.with("least", range.start().to_string()).with("most", range.end().to_string()))
}

/// Millionths of a clock's drift, as whole billionths.
fn billionths(millionths: f64) -> Answer<i64> {
    let billionths = (millionths * 1000.0).round();
    if (0.0..=1_000_000.0).contains(&billionths) {
        // Whole, and small enough for any kind of number.
        return Ok(format!("{billionths:.0}").parse().unwrap_or(0));
    }
    let no = Rejection::from(Reason::ModelNumber).with("field", "drift_ppm").in_field("drift_ppm");
    Err(no.with("least", "0").with("most", "1000"))
}

fn model_out(shown: ModelShown) -> v1::Model {
    let ModelShown { name, profile, facts, levels } = shown;
    let (kind, period) = profile.as_ref().map_or((v1::OtpType::Unspecified, 0), convert::moving);
    let level = |level: StockLevel| v1::StockLevel { location: place(Some(&level.location)), low_stock: level.least };
    v1::Model {
        vendor: name.vendor,
        model: name.model,
        r#type: kind.into(),
        digits: profile.as_ref().and_then(|profile| i32::try_from(profile.digits.get()).ok()).unwrap_or(0),
        period_seconds: period,
        algorithm: profile.map_or(v1::Algorithm::Unspecified, |profile| convert::algorithm(profile.algorithm)).into(),
        battery_years: facts.as_ref().and_then(|facts| i32::try_from(facts.battery_years?).ok()),
        drift_ppm: facts.and_then(|facts| i32::try_from(facts.drift_ppb?).ok()).map(|ppb| f64::from(ppb) / 1000.0),
        levels: levels.into_iter().map(level).collect(),
    }
}

fn low_stock(low: LowStock) -> v1::LowStock {
    let LowStock { level: StockLevel { name, location, least }, free } = low;
    v1::LowStock { vendor: name.vendor, model: name.model, location: place(Some(&location)), free, low_stock: least }
}

fn model(text: &str) -> Answer<String> {
    let model = convert::text("model", text, NAME_MAX)?;
    if model.is_empty() { Err(convert::missing("model")) } else { Ok(model) }
}

fn reservation(shown: &ReservationShown, caller: &Caller) -> v1::Reservation {
    let ReservationShown { reservation, found } = shown;
    v1::Reservation {
        name: found.token.name().to_string(),
        serial: found.token.serial.shown().to_owned(),
        model: found.token.model.clone(),
        location: place(found.token.location.as_deref()),
        user_id: convert::user_id(&reservation.user, &caller.operator, None),
        department: reservation.department.clone().unwrap_or_default(),
        until_time: Some(convert::time(reservation.until)),
        create_time: Some(convert::time(reservation.made_at)),
        reserved_by: operator(&reservation.made_by),
        note: reservation.note.clone(),
    }
}

/// Tokens by their serials or names; how many there may be, `app` says, but none is read beyond that.
fn tokens(typed: &[String]) -> Answer<Vec<TokenRef>> {
    typed.iter().take(TRANSFER_MAX + 1).map(|token| convert::field("tokens", token)).collect()
}

fn transfer(transfer: &Transfer) -> v1::Transfer {
    v1::Transfer {
        name: format!("transfers/{}", transfer.name),
        destination: place(Some(transfer.to.as_str())),
        note: transfer.note.clone(),
        send_time: Some(convert::time(transfer.sent_at)),
        sent_by: operator(&transfer.sent_by),
        complete_time: transfer.completed_at.map(convert::time),
        items: Vec::new(),
    }
}

fn transfer_with_items(shown: &TransferShown) -> v1::Transfer {
    v1::Transfer { items: shown.items.iter().map(item).collect(), ..transfer(&shown.transfer) }
}

fn item(item: &TransferItem) -> v1::TransferItem {
    let end = item.end.as_ref();
    v1::TransferItem {
        serial: item.serial.clone(),
        origin: place(item.origin.as_deref()),
        arrival: match end.map(|end| end.arrival) {
            None => v1::Arrival::InTransit,
            Some(Arrival::Received) => v1::Arrival::Received,
            Some(Arrival::Gone) => v1::Arrival::Gone,
        }
        .into(),
        receive_time: end.map(|end| convert::time(end.at)),
        received_by: end.map(|end| operator(&end.by)).unwrap_or_default(),
    }
}

fn stocktake(stocktake: &Stocktake) -> v1::Stocktake {
    let end = stocktake.closed.as_ref();
    v1::Stocktake {
        name: format!("stocktakes/{}", stocktake.name),
        location: place(Some(stocktake.location.as_str())),
        start_time: Some(convert::time(stocktake.started_at)),
        started_by: operator(&stocktake.started_by),
        close_time: end.map(|end| convert::time(end.at)),
        closed_by: end.map(|end| operator(&end.by)).unwrap_or_default(),
        found: end.map_or(0, |end| end.found),
        missing: end.map_or(0, |end| end.missing),
        surplus: end.map_or(0, |end| end.surplus),
    }
}

fn stocktake_word(word: StocktakeWord) -> v1::StocktakeWord {
    match word {
        StocktakeWord::Found => v1::StocktakeWord::Found,
        StocktakeWord::Missing => v1::StocktakeWord::Missing,
        StocktakeWord::Elsewhere => v1::StocktakeWord::Elsewhere,
        StocktakeWord::InTransit => v1::StocktakeWord::InTransit,
        StocktakeWord::Lent => v1::StocktakeWord::Lent,
        StocktakeWord::Lost => v1::StocktakeWord::Lost,
        StocktakeWord::Retired => v1::StocktakeWord::Retired,
        StocktakeWord::Unknown => v1::StocktakeWord::Unknown,
    }
}

/// The name of a location; empty where there is none.
fn place(name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).map(|name| format!("locations/{name}")).unwrap_or_default()
}

fn location(location: &Location) -> v1::Location {
    v1::Location {
        name: format!("locations/{}", location.name),
        display_name_en: location.title_en.clone(),
        display_name_ja: location.title_ja.clone(),
        create_time: Some(convert::time(location.created_at)),
        created_by: operator(&location.created_by),
    }
}

fn operator(name: &OperatorName) -> String {
    format!("operators/{name}")
}

fn line(line: StockLine) -> v1::StockLine {
    let StockLine { kind, counts } = line;
    v1::StockLine {
        location: place(Some(&kind.location)),
        vendor: kind.vendor,
        model: kind.model,
        free: counts.free(),
        reserved: counts.reserved,
        in_transit: counts.in_transit,
        unusable: counts.unusable,
        lent: counts.lent,
        lost: counts.lost,
        faulty: counts.faulty,
        ordered: counts.ordered,
    }
}
