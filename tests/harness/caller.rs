//! Somebody who calls: an operator with a profile folder, over mutual TLS. A method for each thing they do.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use tokenfleet_proto::v1::audit_service_client::AuditServiceClient;
use tokenfleet_proto::v1::authentication_service_client::AuthenticationServiceClient;
use tokenfleet_proto::v1::code_service_client::CodeServiceClient;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::system_service_client::SystemServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use tokenfleet_proto::v1::{self, Role, import_tokens_request, import_tokens_response, verify_code_response};
use tonic::metadata::MetadataValue;
use tonic::service::interceptor::{InterceptedService, Interceptor};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use crate::command::{self, Ran};

/// Every role there is.
pub const ROLES: [Role; 6] = [Role::Counter, Role::Desk, Role::Stock, Role::Verifier, Role::Auditor, Role::Admin];

/// A connection that says which language its caller reads.
pub type Door = InterceptedService<Channel, Language>;

/// Which language a caller reads, as a header.
#[derive(Debug, Clone, Copy)]
pub struct Language(pub &'static str);

impl Interceptor for Language {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("accept-language", MetadataValue::from_static(self.0));
        Ok(request)
    }
}

/// An operator at work.
#[derive(Clone)]
pub struct Caller {
    /// The operator's name.
    pub name: String,
    /// The folder of the profile.
    pub folder: PathBuf,
    channel: Channel,
    language: Language,
}

/// What an import answered.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// What the file was taken for.
    pub evidence: Option<v1::SeedFileEvidence>,
    /// Rows that can't be imported.
    pub problems: Vec<v1::RowProblem>,
    /// Keys that are no OATH tokens'.
    pub left_out: Vec<v1::RowProblem>,
    /// How it compares with the box of its lot.
    pub comparison: Option<v1::DeliveryComparison>,
    /// The end.
    pub summary: v1::ImportSummary,
}

/// How a file is sent.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Import the good rows.
    pub keep_going: bool,
    /// Check only.
    pub validate_only: bool,
    /// The id of the request.
    pub request_id: String,
    /// Who made the tokens.
    pub vendor: String,
    /// What becomes of rows that describe known tokens otherwise.
    pub existing: v1::ExistingTokens,
    /// The lot of the box it belongs to.
    pub lot: String,
    /// It may differ from the box.
    pub accept_difference: bool,
}

impl Caller {
    /// The operator whose profile lies in a folder.
    pub fn of_profile(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        Self { name, folder: folder.to_owned(), channel: connect(folder), language: Language("en") }
    }

    /// The same operator on a connection of its own.
    #[must_use]
    pub fn on_another_connection(&self) -> Self {
        Self { channel: connect(&self.folder), ..self.clone() }
    }

    /// The same operator, reading Japanese.
    #[must_use]
    pub fn in_japanese(&self) -> Self {
        Self { language: Language("ja"), ..self.clone() }
    }

    /// The connection, for what has no method here.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The connection with the caller's language.
    pub fn door(&self) -> Door {
        InterceptedService::new(self.channel.clone(), self.language)
    }

    /// Runs `tokenadm` with this profile.
    pub async fn tokenadm(&self, arguments: &[&str]) -> Ran {
        command::tokenadm(&self.folder.join("config.toml"), arguments).await
    }

    /// Runs `tokenadm`, which must do what it was told.
    pub async fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.tokenadm(arguments).await;
        assert_eq!(ran.exit, 0, "{arguments:?}: {ran:?}");
        ran
    }

    /// Adds an operator and writes the profile.
    pub async fn add_operator(&self, request: v1::CreateOperatorRequest, below: &Path) -> Self {
        let (certificate_request_pem, key) = certificate_request();
        let folder = below.join("profiles").join(&request.operator_id);
        let request = v1::CreateOperatorRequest { certificate_request_pem, ..request };
        let answer = self.create_operator(request).await.unwrap();
        fs::create_dir(&folder).unwrap();
        for (file, text) in
            [("ca.pem", &answer.authority_pem), ("cert.pem", &answer.certificate_pem), ("key.pem", &key)]
        {
            fs::write(folder.join(file), text).unwrap();
        }
        fs::copy(self.folder.join("config.toml"), folder.join("config.toml")).unwrap();
        Self::of_profile(&folder)
    }

    /// CreateOperator.
    pub async fn create_operator(
        &self,
        request: v1::CreateOperatorRequest,
    ) -> Result<v1::CreateOperatorResponse, Status> {
        let answer = OperatorServiceClient::new(self.door()).create_operator(request).await?;
        Ok(answer.into_inner())
    }

    /// RevokeOperator.
    pub async fn revoke(&self, name: &str) -> Result<v1::Operator, Status> {
        let request = v1::RevokeOperatorRequest { name: name.to_owned(), ..v1::RevokeOperatorRequest::default() };
        let answer = OperatorServiceClient::new(self.door()).revoke_operator(request).await?;
        Ok(answer.into_inner().operator.unwrap())
    }

    /// GetCurrentOperator.
    pub async fn who_am_i(&self) -> Result<v1::Operator, Status> {
        let mut operators = OperatorServiceClient::new(self.door());
        let answer = operators.get_current_operator(v1::GetCurrentOperatorRequest {}).await?;
        Ok(answer.into_inner().operator.unwrap())
    }

    /// Imports a file, all of it or nothing.
    pub async fn import(&self, file: &str) -> Result<Import, Status> {
        self.import_as(file.as_bytes(), Order::default()).await
    }

    /// Imports a file.
    pub async fn import_as(&self, file: &[u8], order: Order) -> Result<Import, Status> {
        let chunks = file.chunks(tokenfleet_proto::CHUNK_MAX).map(chunk);
        let parts: Vec<_> = std::iter::once(header(&order)).chain(chunks).collect();
        let answer = ImportServiceClient::new(self.door()).import_tokens(tokio_stream::iter(parts)).await?;
        read_import(answer.into_inner()).await
    }

    /// RevertLot.
    pub async fn revert(&self, lot: &str) -> Result<v1::Lot, Status> {
        let request = v1::RevertLotRequest { name: lot.to_owned(), ..v1::RevertLotRequest::default() };
        let answer = ImportServiceClient::new(self.door()).revert_lot(request).await?;
        Ok(answer.into_inner().lot.unwrap())
    }

    /// ListLots, the first page.
    pub async fn lots(&self) -> Result<Vec<v1::Lot>, Status> {
        let answer = ImportServiceClient::new(self.door()).list_lots(v1::ListLotsRequest::default()).await?;
        Ok(answer.into_inner().lots)
    }

    /// Lends a token, without a code.
    pub async fn assign(&self, serial: &str, user: &str) -> Result<v1::Token, Status> {
        self.assign_as(assignment(serial, user)).await
    }

    /// AssignToken.
    pub async fn assign_as(&self, request: v1::AssignTokenRequest) -> Result<v1::Token, Status> {
        let answer = self.lending().assign_token(request).await?;
        Ok(answer.into_inner().token.unwrap())
    }

    /// LendingService.
    pub fn lending(&self) -> LendingServiceClient<Door> {
        LendingServiceClient::new(self.door())
    }

    /// Takes a token back, whatever its holder has left.
    pub async fn take_back(&self, serial: &str) -> Result<v1::ReturnTokenResponse, Status> {
        self.take_back_as(v1::ReturnTokenRequest {
            target: Some(v1::return_token_request::Target::Token(serial.to_owned())),
            leaves_none: true,
            ..v1::ReturnTokenRequest::default()
        })
        .await
    }

    /// ReturnToken.
    pub async fn take_back_as(&self, request: v1::ReturnTokenRequest) -> Result<v1::ReturnTokenResponse, Status> {
        Ok(self.lending().return_token(request).await?.into_inner())
    }

    /// Judges a code at the desk.
    pub async fn verify(&self, serial: &str, code: &str) -> Result<v1::VerifyTokenResponse, Status> {
        self.verify_again(serial, code, "").await
    }

    /// Judges a code at the desk, with a request id.
    pub async fn verify_again(
        &self,
        serial: &str,
        code: &str,
        request_id: &str,
    ) -> Result<v1::VerifyTokenResponse, Status> {
        let request = v1::VerifyTokenRequest {
            target: Some(v1::verify_token_request::Target::Token(serial.to_owned())),
            code: code.to_owned(),
            request_id: request_id.to_owned(),
            ..v1::VerifyTokenRequest::default()
        };
        Ok(CodeServiceClient::new(self.door()).verify_token(request).await?.into_inner())
    }

    /// Judges a code at the desk for a person.
    pub async fn verify_for(&self, user: &str, serial: &str, code: &str) -> Result<v1::VerifyTokenResponse, Status> {
        let request = v1::VerifyTokenRequest {
            target: Some(v1::verify_token_request::Target::Token(serial.to_owned())),
            code: code.to_owned(),
            for_user: user.to_owned(),
            ..v1::VerifyTokenRequest::default()
        };
        Ok(CodeServiceClient::new(self.door()).verify_token(request).await?.into_inner())
    }

    /// Finds a token's clock again for a person.
    pub async fn resync_for(
        &self,
        user: &str,
        serial: &str,
        codes: &[String],
    ) -> Result<v1::ResyncTokenResponse, Status> {
        let request = v1::ResyncTokenRequest {
            target: Some(v1::resync_token_request::Target::Token(serial.to_owned())),
            codes: codes.to_vec(),
            for_user: user.to_owned(),
            ..v1::ResyncTokenRequest::default()
        };
        Ok(CodeServiceClient::new(self.door()).resync_token(request).await?.into_inner())
    }

    /// Finds a token's clock again.
    pub async fn resync(&self, serial: &str, codes: &[String]) -> Result<v1::ResyncTokenResponse, Status> {
        self.resync_again(serial, codes, "").await
    }

    /// Finds a token's clock again, with a request id.
    pub async fn resync_again(
        &self,
        serial: &str,
        codes: &[String],
        request_id: &str,
    ) -> Result<v1::ResyncTokenResponse, Status> {
        let request = v1::ResyncTokenRequest {
            target: Some(v1::resync_token_request::Target::Token(serial.to_owned())),
            codes: codes.to_vec(),
            request_id: request_id.to_owned(),
            ..v1::ResyncTokenRequest::default()
        };
        Ok(CodeServiceClient::new(self.door()).resync_token(request).await?.into_inner())
    }

    /// Asks whether a person's code counts.
    pub async fn passes(&self, user: &str, code: &str) -> Result<bool, Status> {
        self.passes_again(user, code, "").await
    }

    /// Asks whether a person's code counts, with a request id.
    pub async fn passes_again(&self, user: &str, code: &str, request_id: &str) -> Result<bool, Status> {
        let answer =
            AuthenticationServiceClient::new(self.door()).verify_code(question(user, code, request_id)).await?;
        Ok(answer.into_inner().result() == verify_code_response::Result::Accepted)
    }

    /// GetToken, by serial.
    pub async fn token(&self, serial: &str) -> Result<v1::Token, Status> {
        let target = Some(v1::get_token_request::Target::Token(serial.to_owned()));
        let answer = TokenServiceClient::new(self.door()).get_token(v1::GetTokenRequest { target }).await?;
        Ok(answer.into_inner().token.unwrap())
    }

    /// GetToken, by the person who holds it.
    pub async fn token_of(&self, user: &str) -> Result<v1::Token, Status> {
        let target = Some(v1::get_token_request::Target::User(user.to_owned()));
        let answer = TokenServiceClient::new(self.door()).get_token(v1::GetTokenRequest { target }).await?;
        Ok(answer.into_inner().token.unwrap())
    }

    /// RetireToken, as it is now.
    pub async fn retire(&self, serial: &str) -> Result<v1::Token, Status> {
        let etag = self.token(serial).await?.etag;
        let request = v1::RetireTokenRequest { token: serial.to_owned(), etag, ..v1::RetireTokenRequest::default() };
        let answer = TokenServiceClient::new(self.door()).retire_token(request).await?;
        Ok(answer.into_inner().token.unwrap())
    }

    /// ListTokens, all pages.
    pub async fn tokens(&self, filter: &str) -> Result<Vec<v1::Token>, Status> {
        let mut all = Vec::new();
        let mut request =
            v1::ListTokensRequest { filter: filter.to_owned(), page_size: 1000, ..v1::ListTokensRequest::default() };
        loop {
            let page = TokenServiceClient::new(self.door()).list_tokens(request.clone()).await?.into_inner();
            all.extend(page.tokens);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// ListAuditEvents, all pages.
    pub async fn audit(&self, filter: &str) -> Result<Vec<v1::AuditEvent>, Status> {
        let mut all = Vec::new();
        let mut request = v1::ListAuditEventsRequest {
            filter: filter.to_owned(),
            page_size: 1000,
            ..v1::ListAuditEventsRequest::default()
        };
        loop {
            let page = AuditServiceClient::new(self.door()).list_audit_events(request.clone()).await?.into_inner();
            all.extend(page.events);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// VerifyAuditChain.
    pub async fn chains(&self) -> Result<Vec<v1::AuditChain>, Status> {
        let answer = AuditServiceClient::new(self.door()).verify_audit_chain(v1::VerifyAuditChainRequest {}).await?;
        Ok(answer.into_inner().chains)
    }

    /// GetStatus.
    pub async fn status(&self) -> Result<v1::GetStatusResponse, Status> {
        Ok(SystemServiceClient::new(self.door()).get_status(v1::GetStatusRequest {}).await?.into_inner())
    }
}

/// Reads the news of an import to its end.
pub async fn read_import(mut news: tonic::Streaming<v1::ImportTokensResponse>) -> Result<Import, Status> {
    let mut import = Import::default();
    let mut ended = false;
    while let Some(message) = news.message().await? {
        assert!(!ended, "nothing comes after the summary");
        match message.news.unwrap() {
            import_tokens_response::News::Evidence(evidence) => import.evidence = Some(evidence),
            import_tokens_response::News::Problem(problem) => import.problems.push(problem),
            import_tokens_response::News::LeftOut(key) => import.left_out.push(key),
            import_tokens_response::News::SecretWanted(_) => panic!("nobody said that the caller can be asked"),
            import_tokens_response::News::Progress(_) => {}
            import_tokens_response::News::Comparison(comparison) => import.comparison = Some(comparison),
            import_tokens_response::News::Summary(summary) => {
                import.summary = summary;
                ended = true;
            }
        }
    }
    assert!(ended, "an import that ends well has a summary");
    Ok(import)
}

/// The first message of an import.
pub fn header(order: &Order) -> v1::ImportTokensRequest {
    let Order { keep_going, validate_only, request_id, vendor, existing, lot, accept_difference } = order.clone();
    let reading = Some(v1::ReadingOptions { vendor, ..v1::ReadingOptions::default() });
    let file_name = "seeds.csv".to_owned();
    let header = v1::ImportHeader {
        file_name,
        reading,
        keep_going,
        validate_only,
        request_id,
        existing: existing.into(),
        lot,
        accept_difference,
        ..v1::ImportHeader::default()
    };
    v1::ImportTokensRequest { part: Some(import_tokens_request::Part::Header(header)) }
}

/// A piece of a file.
pub fn chunk(bytes: &[u8]) -> v1::ImportTokensRequest {
    v1::ImportTokensRequest { part: Some(import_tokens_request::Part::Chunk(bytes.to_vec())) }
}

/// A loan, for `assign_as`.
pub fn assignment(serial: &str, user: &str) -> v1::AssignTokenRequest {
    v1::AssignTokenRequest { token: serial.to_owned(), user: user.to_owned(), ..v1::AssignTokenRequest::default() }
}

/// What a relying system asks.
pub fn question(user: &str, code: &str, request_id: &str) -> v1::VerifyCodeRequest {
    v1::VerifyCodeRequest {
        target: Some(v1::verify_code_request::Target::User(user.to_owned())),
        code: code.to_owned(),
        request_id: request_id.to_owned(),
    }
}

/// An operator to add, but for the certificate request.
pub fn new_operator(name: &str, roles: &[Role]) -> v1::CreateOperatorRequest {
    v1::CreateOperatorRequest {
        operator_id: name.to_owned(),
        roles: roles.iter().map(|role| (*role).into()).collect(),
        ..v1::CreateOperatorRequest::default()
    }
}

/// A certificate request and its key, both in PEM.
pub fn certificate_request() -> (String, String) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
    (request, key.serialize_pem())
}

/// Writes where a profile's server is.
pub(crate) fn write_profile(folder: &Path, addr: SocketAddr) {
    let text = format!("server = \"https://{addr}\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n");
    fs::write(folder.join("config.toml"), text).unwrap();
}

fn connect(folder: &Path) -> Channel {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read("ca.pem")))
        .identity(Identity::from_pem(read("cert.pem"), read("key.pem")));
    endpoint(folder).tls_config(tls).unwrap().connect_lazy()
}

/// Where a profile's server is.
pub fn endpoint(folder: &Path) -> Endpoint {
    let config = fs::read_to_string(folder.join("config.toml")).unwrap();
    let line = config.lines().find_map(|line| line.strip_prefix("server = ")).unwrap();
    Endpoint::from_shared(line.trim_matches('"').to_owned()).unwrap()
}
