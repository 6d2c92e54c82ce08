//! CampaignService.

use tokenfleet_domain::campaign::{CampaignKind, CampaignState, Progress, STAGE_MAX};
use tokenfleet_domain::operator::Operator;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::campaign_service_server::CampaignService;
use tokenfleet_proto::v1::{
    CloseCampaignRequest, CloseCampaignResponse, CreateCampaignRequest, CreateCampaignResponse, CutOffCampaignRequest,
    CutOffCampaignResponse, ExcludeCampaignTokenRequest, ExcludeCampaignTokenResponse, GetCampaignRequest,
    GetCampaignResponse, ListCampaignTokensRequest, ListCampaignTokensResponse, ListCampaignsRequest,
    ListCampaignsResponse,
};
use tonic::{Request, Response, Status};

use crate::app::campaign::{CampaignShown, CutOff, Exclude, MemberShown, NewCampaign};
use crate::app::{Answer, App};
use crate::grpc::convert::{NAME_MAX, NOTE_MAX};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

/// Characters of a filter at most: what the filters of lists may have.
const FILTER_MAX: usize = 2_000;

pub(super) struct Campaigns(pub(super) App);

/// Every call of the service: taken apart, done, put together.
macro_rules! calls {
    ($($call:ident: $request:ident -> $response:ident by $does:ident;)*) => {
        #[tonic::async_trait]
        impl CampaignService for Campaigns {
            $(async fn $call(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let (caller, message) = open(request)?;
                close(&caller, self.$does(&caller, message).await)
            })*
        }
    };
}

calls! {
    create_campaign: CreateCampaignRequest -> CreateCampaignResponse by create;
    get_campaign: GetCampaignRequest -> GetCampaignResponse by get;
    list_campaigns: ListCampaignsRequest -> ListCampaignsResponse by list;
    list_campaign_tokens: ListCampaignTokensRequest -> ListCampaignTokensResponse by list_tokens;
    exclude_campaign_token: ExcludeCampaignTokenRequest -> ExcludeCampaignTokenResponse by exclude;
    cut_off_campaign: CutOffCampaignRequest -> CutOffCampaignResponse by cut_off;
    close_campaign: CloseCampaignRequest -> CloseCampaignResponse by end;
}

impl Campaigns {
    async fn create(&self, caller: &Caller, message: CreateCampaignRequest) -> Answer<CreateCampaignResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let due = message.due_time.as_ref().ok_or_else(|| convert::missing("due_time"))?;
        let order = NewCampaign {
            name: convert::field("campaign_id", &message.campaign_id)?,
            kind: kind(message.kind)?,
            filter: convert::text("filter", &message.filter, FILTER_MAX)?,
            due_at: convert::moment("due_time", due)?,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let made = self.0.campaign_create(call, order).await?;
        Ok(CreateCampaignResponse { campaign: Some(campaign(&made)) })
    }

    async fn get(&self, caller: &Caller, message: GetCampaignRequest) -> Answer<GetCampaignResponse> {
        let name = convert::field("name", &message.name)?;
        let found = self.0.campaign_get(convert::call(caller, "")?, name).await?;
        Ok(GetCampaignResponse { campaign: Some(campaign(&found)) })
    }

    async fn list(&self, caller: &Caller, message: ListCampaignsRequest) -> Answer<ListCampaignsResponse> {
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.campaign_list(convert::call(caller, "")?, page).await?;
        let campaigns = page.items.iter().map(campaign).collect();
        Ok(ListCampaignsResponse { campaigns, next_page_token: page.next.unwrap_or_default() })
    }

    async fn list_tokens(
        &self,
        caller: &Caller,
        message: ListCampaignTokensRequest,
    ) -> Answer<ListCampaignTokensResponse> {
        let name = convert::field("name", &message.name)?;
        let progress = progress(message.progress)?;
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.campaign_members(convert::call(caller, "")?, name, progress, page).await?;
        let tokens = page.items.iter().map(|shown| member(shown, &caller.operator)).collect();
        Ok(ListCampaignTokensResponse { tokens, next_page_token: page.next.unwrap_or_default() })
    }

    async fn exclude(
        &self,
        caller: &Caller,
        message: ExcludeCampaignTokenRequest,
    ) -> Answer<ExcludeCampaignTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = Exclude {
            name: convert::field("name", &message.name)?,
            token: convert::field("token", &message.token)?,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            validate_only: message.validate_only,
        };
        let shown = self.0.campaign_exclude(call, order).await?;
        Ok(ExcludeCampaignTokenResponse { token: Some(member(&shown, &caller.operator)) })
    }

    async fn cut_off(&self, caller: &Caller, message: CutOffCampaignRequest) -> Answer<CutOffCampaignResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let department = convert::text("department", &message.department, NAME_MAX)?;
        let order = CutOff {
            name: convert::field("name", &message.name)?,
            limit: usize::try_from(message.limit).ok().filter(|limit| *limit > 0).unwrap_or(STAGE_MAX),
            department: (!department.is_empty()).then_some(department),
            validate_only: message.validate_only,
        };
        let done = self.0.campaign_cut_off(call, order).await?;
        Ok(CutOffCampaignResponse {
            tokens: done.stopped.iter().map(|found| convert::token(found, &caller.operator, None)).collect(),
            passed_over: i64::try_from(done.passed_over).unwrap_or(i64::MAX),
            campaign: Some(campaign(&done.campaign)),
        })
    }

    async fn end(&self, caller: &Caller, message: CloseCampaignRequest) -> Answer<CloseCampaignResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let name = convert::field("name", &message.name)?;
        let closed = self.0.campaign_close(call, name, convert::etag(message.etag), message.validate_only).await?;
        Ok(CloseCampaignResponse { campaign: Some(campaign(&closed)) })
    }
}

fn campaign(shown: &CampaignShown) -> v1::Campaign {
    let CampaignShown { campaign, counts, with_filter } = shown;
    let count = |progress| counts.iter().filter(|count| count.progress == progress).map(|count| count.tokens).sum();
    let stopped = counts.iter().filter(|count| count.progress == Progress::Open && count.cut_off);
    v1::Campaign {
        name: format!("campaigns/{}", campaign.name),
        kind: match campaign.kind {
            CampaignKind::Recall => v1::CampaignKind::Recall,
            CampaignKind::Battery => v1::CampaignKind::Battery,
            CampaignKind::Leavers => v1::CampaignKind::Leavers,
            CampaignKind::Migration => v1::CampaignKind::Migration,
            CampaignKind::Other => v1::CampaignKind::Other,
        }
        .into(),
        state: match campaign.state {
            CampaignState::Staging => v1::CampaignState::Unspecified,
            CampaignState::Open => v1::CampaignState::Open,
            CampaignState::Closed => v1::CampaignState::Closed,
        }
        .into(),
        filter: if *with_filter { campaign.filter.clone() } else { String::new() },
        note: campaign.note.clone(),
        due_time: Some(convert::time(campaign.due_at)),
        create_time: Some(convert::time(campaign.created_at)),
        create_operator: format!("operators/{}", campaign.created_by),
        tokens: campaign.members,
        open_tokens: count(Progress::Open),
        done_tokens: count(Progress::Done),
        excluded_tokens: count(Progress::Excluded),
        cut_off_tokens: stopped.map(|count| count.tokens).sum(),
        etag: campaign.etag(),
    }
}

fn member(shown: &MemberShown, viewer: &Operator) -> v1::CampaignToken {
    let MemberShown { member, found } = shown;
    v1::CampaignToken {
        token: Some(convert::token(found, viewer, None)),
        user_id: member.user.as_ref().map(|user| convert::holder(user, viewer, None)).unwrap_or_default(),
        department: member.department.clone().unwrap_or_default(),
        progress: match member.progress {
            Progress::Open => v1::CampaignProgress::Open,
            Progress::Done => v1::CampaignProgress::Done,
            Progress::Excluded => v1::CampaignProgress::Excluded,
        }
        .into(),
        exclude_note: member.excluded_for.clone().unwrap_or_default(),
        cut_off_time: member.cut_off_at.map(convert::time),
    }
}

fn kind(kind: i32) -> Answer<CampaignKind> {
    match v1::CampaignKind::try_from(kind) {
        Ok(v1::CampaignKind::Recall) => Ok(CampaignKind::Recall),
        Ok(v1::CampaignKind::Battery) => Ok(CampaignKind::Battery),
        Ok(v1::CampaignKind::Leavers) => Ok(CampaignKind::Leavers),
        Ok(v1::CampaignKind::Migration) => Ok(CampaignKind::Migration),
        Ok(v1::CampaignKind::Unspecified | v1::CampaignKind::Other) => Ok(CampaignKind::Other),
        Err(_) => Err(convert::unknown("kind", "RECALL, BATTERY, LEAVERS, MIGRATION, OTHER")),
    }
}

fn progress(progress: i32) -> Answer<Option<Progress>> {
    match v1::CampaignProgress::try_from(progress) {
        Ok(v1::CampaignProgress::Unspecified) => Ok(None),
        Ok(v1::CampaignProgress::Open) => Ok(Some(Progress::Open)),
        Ok(v1::CampaignProgress::Done) => Ok(Some(Progress::Done)),
        Ok(v1::CampaignProgress::Excluded) => Ok(Some(Progress::Excluded)),
        Err(_) => Err(convert::unknown("progress", "OPEN, DONE, EXCLUDED")),
    }
}
