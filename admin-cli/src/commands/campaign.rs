//! Campaigns: `campaign create`, `list`, `show`, `tokens`, `exclude`, `letters`, `cut-off`, `close`.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::campaign_service_client::CampaignServiceClient;

use super::near::propose;
use super::terms::end_of_typed_day;
use super::{Session, held, new_folder};
use crate::args;
use crate::args::Campaign;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::letters;
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, bare, show_bare, show_date, show_state, show_time};
use crate::words::{Complaint, Lang, Say};

const CARD: &[Column] = &[
    Column { key: "name", title: Say::HeadCampaign, show: show_bare },
    Column { key: "kind", title: Say::HeadKind, show: show_kind },
    Column { key: "state", title: Say::HeadState, show: show_campaign_state },
    Column { key: "due_time", title: Say::HeadLastDay, show: show_day },
    Column { key: "tokens", title: Say::HeadTokens, show: plain },
    Column { key: "open_tokens", title: Say::HeadOpen, show: plain },
    Column { key: "done_tokens", title: Say::HeadDone, show: plain },
    Column { key: "excluded_tokens", title: Say::HeadExcluded, show: plain },
    Column { key: "cut_off_tokens", title: Say::HeadCutOff, show: plain },
    Column { key: "filter", title: Say::HeadFilter, show: plain },
    Column { key: "note", title: Say::HeadNote, show: plain },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
    Column { key: "create_operator", title: Say::HeadOperator, show: show_bare },
];

/// A list has room for less.
const COLUMNS: &[Column] = CARD.split_at(CARD.len() - 4).0;

const TOKEN_COLUMNS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "progress", title: Say::HeadProgress, show: show_progress },
    Column { key: "state", title: Say::HeadState, show: show_state },
    Column { key: "cut_off_time", title: Say::HeadCutOff, show: show_time },
    Column { key: "exclude_note", title: Say::HeadNote, show: plain },
];

/// `campaign`.
pub(crate) async fn run(session: &mut Session, args: Campaign) -> Outcome {
    match args {
        Campaign::Create(args) => create(session, args).await,
        Campaign::List { limit, view } => {
            let listing = session.listing("campaigns", COLUMNS, CARD, &view)?;
            let client = session.client().await?;
            let fetch = async |page_size, page_token| {
                let request = v1::ListCampaignsRequest { page_size, page_token };
                let page = client
                    .ask(request, async |channel, request| {
                        CampaignServiceClient::new(channel).list_campaigns(request).await
                    })
                    .await?;
                Ok((page.campaigns.iter().map(record).collect(), page.next_page_token))
            };
            session.list(listing, limit, fetch).await
        }
        Campaign::Show { campaign } => {
            let client = session.client().await?;
            let campaign = get(&client, campaign).await?;
            session.printer.card("campaign", CARD, &record(&campaign))
        }
        Campaign::Tokens { campaign, progress, limit, view } => {
            tokens(session, campaign, v1::CampaignProgress::from(&progress), limit, &view).await
        }
        Campaign::Exclude { campaign, serial, note, dry_run } => {
            exclude(session, campaign, serial, note.unwrap_or_default(), dry_run.on).await
        }
        Campaign::Letters { campaign, template, out } => letters(session, campaign, template, &out).await,
        Campaign::CutOff { campaign, limit, department, confirm, dry_run } => {
            if !dry_run.on {
                session.confirm(&campaign, &confirm, Say::ConfirmCutOff).await?;
            }
            let request = v1::CutOffCampaignRequest {
                name: campaign,
                limit,
                department: department.unwrap_or_default(),
                request_id: String::new(),
                validate_only: dry_run.on,
            };
            cut_off(session, request).await
        }
        Campaign::Close { campaign, dry_run } => close(session, campaign, dry_run.on).await,
    }
}

async fn create(session: &mut Session, args: args::CampaignCreate) -> Outcome {
    let due_time = end_of_typed_day(&args.due).ok_or_else(|| Failure::plain(Complaint::DueUnreadable))?;
    let dry_run = args.dry_run.on;
    let client = session.client().await?;
    let request = v1::CreateCampaignRequest {
        campaign_id: args.campaign,
        kind: v1::CampaignKind::from(args.kind).into(),
        filter: args.filter,
        due_time: Some(due_time),
        note: args.note.unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let answer = client
        .ask(request, async |channel, request| CampaignServiceClient::new(channel).create_campaign(request).await)
        .await?;
    let campaign = held(answer.campaign)?;
    let say = if dry_run { Say::WouldCreateCampaign } else { Say::CampaignCreated };
    answered(session, say, &campaign, dry_run)?;
    if !dry_run {
        let places = [("campaign", bare(&campaign.name))];
        session.printer.label(Say::Next, &Say::NextLetters.with(session.printer.lang, &places));
    }
    Ok(())
}

async fn get(client: &Client, name: String) -> Outcome<v1::Campaign> {
    let request = v1::GetCampaignRequest { name };
    let answer = client
        .ask(request, async |channel, request| CampaignServiceClient::new(channel).get_campaign(request).await)
        .await?;
    held(answer.campaign)
}

async fn tokens(
    session: &mut Session,
    name: String,
    progress: v1::CampaignProgress,
    limit: Option<NonZeroU64>,
    view: &args::View,
) -> Outcome {
    let listing = session.listing("tokens", TOKEN_COLUMNS, TOKEN_COLUMNS, view)?;
    let client = session.client().await?;
    let fetch = async |page_size, page_token| {
        let (tokens, next) = page(&client, &name, progress, page_size, page_token).await?;
        Ok((tokens.iter().map(token_record).collect(), next))
    };
    session.list(listing, limit, fetch).await
}

async fn page(
    client: &Client,
    name: &str,
    progress: v1::CampaignProgress,
    page_size: i32,
    page_token: String,
) -> Outcome<(Vec<v1::CampaignToken>, String)> {
    let (name, progress) = (name.to_owned(), progress.into());
    let request = v1::ListCampaignTokensRequest { name, progress, page_size, page_token };
    let page = client
        .ask(request, async |channel, request| CampaignServiceClient::new(channel).list_campaign_tokens(request).await)
        .await?;
    Ok((page.tokens, page.next_page_token))
}

async fn exclude(session: &mut Session, name: String, serial: String, note: String, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = v1::ExcludeCampaignTokenRequest {
        name: name.clone(),
        token: serial.clone(),
        note,
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let asked = client
        .ask(request, async |channel, request| {
            CampaignServiceClient::new(channel).exclude_campaign_token(request).await
        })
        .await;
    let token = held(propose(&client, &serial, asked).await?.token)?;
    let record = token_record(&token);
    let say = if dry_run { Say::WouldExclude } else { Say::Excluded };
    let places = [("serial", record["serial"].as_str().unwrap_or_default()), ("campaign", bare(&name))];
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "token",
        columns: TOKEN_COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
        record: record.clone(),
    })
}

/// One letter a person, into a folder of their own, so that none is left over from an earlier time.
async fn letters(session: &mut Session, name: String, template: Option<PathBuf>, out: &Path) -> Outcome {
    let template = match &template {
        Some(path) => fs::read_to_string(path).map_err(|error| unread(path, &error))?,
        None => letters::CAMPAIGN.to_owned(),
    };
    let client = session.client().await?;
    let campaign = get(&client, name).await?;
    let people = people(&client, &campaign.name).await?;
    let due = shapes::time(campaign.due_time.as_ref());
    let (due_ja, due_en) = (day_in_japanese(&due), day_in_english(&due));
    let letter = |user: &str, serials: &str| {
        let places = [
            ("user_id", user),
            ("serials", serials),
            ("due_ja", &due_ja),
            ("due_en", &due_en),
            ("campaign", bare(&campaign.name)),
        ];
        letters::fill(&template, &places)
    };
    let unfit = |place: String| Failure::with(Complaint::LetterPlaceUnknown, [("place", &place)]);
    letter("", "").map_err(unfit)?;
    new_folder(out)?;
    for (user, serials) in &people {
        let path = out.join(format!("{user}.txt"));
        let text = letter(user, &serials.join(", ")).map_err(unfit)?;
        fs::write(&path, text).map_err(|error| Failure::unwritten(&path, &error))?;
    }
    let places = [("count", people.len().to_string()), ("folder", out.display().to_string())];
    let places = places.each_ref().map(|(place, text)| (*place, text.as_str()));
    session.printer.answer(&Answer {
        sentence: Say::LettersWritten.with(session.printer.lang, &places),
        noun: "campaign",
        columns: CARD,
        beside: vec![("letters", json!(people.len())), ("folder", json!(out.display().to_string()))],
        record: record(&campaign),
    })
}

fn unread(path: &Path, error: &std::io::Error) -> Failure {
    let places = [("file", path.display().to_string()), ("why", error.to_string())];
    Failure::with(Complaint::FileUnreadable, places.each_ref().map(|(place, text)| (*place, text.as_str())))
}

/// Who still holds tokens of a campaign, with the serials.
async fn people(client: &Client, name: &str) -> Outcome<BTreeMap<String, Vec<String>>> {
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let (tokens, next) = page(client, name, v1::CampaignProgress::Open, super::PAGE, page_token).await?;
        for token in tokens.into_iter().filter(|token| !token.user_id.is_empty()) {
            let serial = token.token.map(|token| token.serial).unwrap_or_default();
            people.entry(token.user_id).or_default().push(serial);
        }
        if next.is_empty() {
            return Ok(people);
        }
        page_token = next;
    }
}

async fn cut_off(session: &mut Session, request: v1::CutOffCampaignRequest) -> Outcome {
    let client = session.client().await?;
    let dry_run = request.validate_only;
    let request = v1::CutOffCampaignRequest { request_id: session.new_request_id()?, ..request };
    let done = client
        .ask(request, async |channel, request| CampaignServiceClient::new(channel).cut_off_campaign(request).await)
        .await?;
    let campaign = held(done.campaign)?;
    let left = campaign.open_tokens - campaign.cut_off_tokens;
    let say = if dry_run { Say::WouldCutOff } else { Say::CutOff };
    let places = [("count", done.tokens.len().to_string()), ("left", left.to_string())];
    let places = places.each_ref().map(|(place, text)| (*place, text.as_str()));
    let stopped: Vec<_> = done.tokens.iter().map(shapes::token).collect();
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "campaign",
        columns: CARD,
        beside: vec![
            ("stopped", json!(stopped)),
            ("passed_over", json!(done.passed_over)),
            ("dry_run", json!(dry_run)),
        ],
        record: record(&campaign),
    })
}

async fn close(session: &mut Session, name: String, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = v1::CloseCampaignRequest {
        name,
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let answer = client
        .ask(request, async |channel, request| CampaignServiceClient::new(channel).close_campaign(request).await)
        .await?;
    let say = if dry_run { Say::WouldCloseCampaign } else { Say::CampaignClosed };
    answered(session, say, &held(answer.campaign)?, dry_run)
}

fn answered(session: &mut Session, say: Say, campaign: &v1::Campaign, dry_run: bool) -> Outcome {
    let (tokens, left) = (campaign.tokens.to_string(), campaign.open_tokens.to_string());
    let places = [("campaign", bare(&campaign.name)), ("tokens", tokens.as_str()), ("left", left.as_str())];
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "campaign",
        columns: CARD,
        beside: vec![("dry_run", json!(dry_run))],
        record: record(campaign),
    })
}

fn record(campaign: &v1::Campaign) -> Value {
    json!({
        "name": campaign.name,
        "kind": shapes::word(campaign.kind().as_str_name(), "CAMPAIGN_KIND_"),
        "state": shapes::word(campaign.state().as_str_name(), "CAMPAIGN_STATE_"),
        "due_time": shapes::time(campaign.due_time.as_ref()),
        "tokens": campaign.tokens,
        "open_tokens": campaign.open_tokens,
        "done_tokens": campaign.done_tokens,
        "excluded_tokens": campaign.excluded_tokens,
        "cut_off_tokens": campaign.cut_off_tokens,
        "filter": (!campaign.filter.is_empty()).then(|| campaign.filter.clone()),
        "note": campaign.note,
        "create_time": shapes::time(campaign.create_time.as_ref()),
        "create_operator": campaign.create_operator,
        "etag": campaign.etag,
    })
}

fn token_record(token: &v1::CampaignToken) -> Value {
    let now = token.token.clone().unwrap_or_default();
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "name": now.name,
        "serial": now.serial,
        "user_id": text(&token.user_id),
        "department": text(&token.department),
        "progress": shapes::word(token.progress().as_str_name(), "CAMPAIGN_PROGRESS_"),
        "state": shapes::word(now.state().as_str_name(), "TOKEN_STATE_"),
        "cut_off_time": shapes::time(token.cut_off_time.as_ref()),
        "exclude_note": text(&token.exclude_note),
    })
}

fn show_day(value: &Value, _lang: Lang) -> String {
    show_date(value)
}

fn show_kind(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "recall" => Say::KindRecall,
        "battery" => Say::KindBattery,
        "leavers" => Say::KindLeavers,
        "migration" => Say::KindMigration,
        "other" => Say::KindOther,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

fn show_campaign_state(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "open" => Say::CampaignOpen,
        "closed" => Say::CampaignOver,
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

fn show_progress(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "open" => Say::ProgressOpen,
        "done" => Say::ProgressDone,
        "excluded" => Say::ProgressExcluded,
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// `2027年3月31日`.
fn day_in_japanese(time: &Value) -> String {
    shapes::day(time, "%Y年%-m月%-d日")
}

/// `31 March 2027`.
fn day_in_english(time: &Value) -> String {
    shapes::day(time, "%-d %B %Y")
}
