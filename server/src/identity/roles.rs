//! Who may call what: one table with a row for every RPC. What has no row is refused.

use std::time::Duration;

use tokenfleet_domain::operator::{Operator, Role};

use Access::{Any, Roles};
use Pace::{Quick, Upload, Watch};
use Role::{Admin, Auditor, Counter, Desk, Stock, Verifier};

/// The table. The contract's comments say the same; a test compares them.
pub const RPCS: &[Rpc] = &[
    rpc("/tokenfleet.v1.AdoptionService/AdoptLoans", Roles(&[Stock]), Upload),
    rpc("/tokenfleet.v1.AuditService/ListAuditEvents", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.AuditService/VerifyAuditChain", Roles(&[Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.AuthenticationService/VerifyCode", Roles(&[Verifier]), Quick),
    rpc("/tokenfleet.v1.CampaignService/CloseCampaign", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.CampaignService/CreateCampaign", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.CampaignService/CutOffCampaign", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.CampaignService/ExcludeCampaignToken", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.CampaignService/GetCampaign", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.CampaignService/ListCampaignTokens", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.CampaignService/ListCampaigns", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.CodeService/IdentifyToken", Roles(&[Counter, Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.CodeService/ResyncToken", Roles(&[Counter, Desk]), Quick),
    rpc("/tokenfleet.v1.CodeService/VerifyToken", Roles(&[Counter, Desk]), Quick),
    rpc("/tokenfleet.v1.DirectoryService/BatchGetPeople", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.DirectoryService/GetDirectoryStatus", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.DirectoryService/GetPerson", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.DirectoryService/ImportDirectory", Roles(&[Stock, Admin]), Upload),
    rpc("/tokenfleet.v1.DirectoryService/RefreshDirectory", Roles(&[Stock, Admin]), Upload),
    rpc("/tokenfleet.v1.ImportService/GetLot", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.ImportService/ImportTokens", Roles(&[Stock]), Upload),
    rpc("/tokenfleet.v1.ImportService/InspectSeedFile", Roles(&[Stock]), Upload),
    rpc("/tokenfleet.v1.ImportService/ListLots", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.ImportService/RevertLot", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LendingService/AssignToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/BatchAssignTokens", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/GetReadiness", Roles(&[Counter, Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.LendingService/ListCustodyEvents", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LendingService/ListLoans", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LendingService/MoveUserTokens", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/RebindToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/ReplaceToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/ReportTokenFound", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/ReportTokenLost", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/ResumeToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/ReturnToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LendingService/SuspendToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.LotService/CancelDelivery", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/CompareDelivery", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LotService/ConfirmDestruction", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/ExpectDelivery", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/GetDelivery", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LotService/ListDeliveries", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LotService/ListLotProofs", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.LotService/OpenLot", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/ProveLot", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/QuarantineLot", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/RecallLot", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.LotService/StopLotCodes", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.OperatorService/CreateOperator", Roles(&[Admin]), Quick),
    rpc("/tokenfleet.v1.OperatorService/GetCurrentOperator", Any, Quick),
    rpc("/tokenfleet.v1.OperatorService/IssueCertificate", Roles(&[Admin]), Quick),
    rpc("/tokenfleet.v1.OperatorService/ListOperators", Roles(&[Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.OperatorService/RenewCertificate", Any, Quick),
    rpc("/tokenfleet.v1.OperatorService/RevokeOperator", Roles(&[Admin]), Quick),
    rpc("/tokenfleet.v1.OperatorService/UpdateOperator", Roles(&[Admin]), Quick),
    rpc("/tokenfleet.v1.ReportService/RunReport", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/CancelReservation", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.StockService/CloseStocktake", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/CreateLocation", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/GetNextToken", Roles(&[Counter, Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/GetTransfer", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListLocations", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListModels", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListReservations", Roles(&[Counter, Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/ListStock", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListStocktakeLines", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListStocktakes", Roles(&[Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ListTransfers", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.StockService/ReceiveTransfer", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/ReserveToken", Roles(&[Desk]), Quick),
    rpc("/tokenfleet.v1.StockService/ScanStocktake", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/StartStocktake", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/TransferTokens", Roles(&[Desk, Stock]), Quick),
    rpc("/tokenfleet.v1.StockService/UpdateModel", Roles(&[Stock]), Quick),
    rpc("/tokenfleet.v1.SystemService/GetServerInfo", Any, Quick),
    rpc("/tokenfleet.v1.SystemService/GetStatus", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.TokenService/GetToken", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.TokenService/ListTokens", Roles(&[Counter, Desk, Stock, Auditor, Admin]), Quick),
    rpc("/tokenfleet.v1.TokenService/RetireToken", Roles(&[Stock]), Quick),
    rpc("/grpc.health.v1.Health/Check", Any, Quick),
    rpc("/grpc.health.v1.Health/Watch", Any, Watch),
    rpc("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Any, Watch),
    rpc("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Any, Watch),
];

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rpc {
    /// The path of its requests, `/package.Service/Method`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// How long it may run.
    pub pace: Pace,
}

/// Who may call an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Every operator who is not revoked.
    Any,
    /// Operators with one of these roles.
    Roles(&'static [Role]),
}

impl Access {
    /// Whether the operator may.
    pub fn allows(self, operator: &Operator) -> bool {
        match self {
            Any => true,
            Roles(roles) => operator.has_any(roles),
        }
    }

    /// The roles that would do, as people read them.
    pub fn needed(self) -> String {
        match self {
            Any => String::new(),
            Roles(roles) => roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "),
        }
    }
}

/// How long a call may run, at most. A call that is not quick is a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One question, one answer.
    Quick,
    /// A file goes up; it may end in its own time when the server stops.
    Upload,
    /// Somebody looks on; ends at once when the server stops.
    Watch,
}

impl Pace {
    /// The longest a call of this pace may take; the caller may ask for less.
    pub const fn limit(self) -> Duration {
        match self {
            Quick => Duration::from_secs(30),
            Upload => Duration::from_mins(15),
            Watch => Duration::from_hours(1),
        }
    }
}

/// The row of a path.
pub fn find(path: &str) -> Option<&'static Rpc> {
    RPCS.iter().find(|rpc| rpc.path == path)
}

const fn rpc(path: &'static str, access: Access, pace: Pace) -> Rpc {
    Rpc { path, access, pace }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use prost::Message;
    use prost_types::{FileDescriptorProto, FileDescriptorSet};

    use super::*;

    /// What the contract says of one RPC.
    struct Described {
        streams: bool,
        comment: String,
    }

    fn described(set: &[u8], packages: &[&str]) -> BTreeMap<String, Described> {
        let set = FileDescriptorSet::decode(set).unwrap();
        let files = set.file.iter().filter(|file| packages.contains(&file.package()));
        files.flat_map(rpcs_of_file).collect()
    }

    fn rpcs_of_file(file: &FileDescriptorProto) -> Vec<(String, Described)> {
        let mut all = Vec::new();
        for (at_service, service) in (0..).zip(&file.service) {
            for (at_method, method) in (0..).zip(&service.method) {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                let streams = method.client_streaming() || method.server_streaming();
                let comment = comment(file, &[6, at_service, 2, at_method]);
                all.push((path, Described { streams, comment }));
            }
        }
        all
    }

    fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
        let info = file.source_code_info.as_ref();
        let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
        let text = location.map(|location| location.leading_comments().to_owned()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// All that is served: our contract, health and both reflections.
    fn served() -> BTreeMap<String, Described> {
        let mut all = described(tokenfleet_proto::DESCRIPTOR_SET, &["tokenfleet.v1"]);
        all.extend(described(tonic_health::pb::FILE_DESCRIPTOR_SET, &["grpc.health.v1"]));
        let v1 = tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET;
        all.extend(described(v1, &["grpc.reflection.v1"]));
        let v1alpha = tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET;
        all.extend(described(v1alpha, &["grpc.reflection.v1alpha"]));
        all
    }

    #[test]
    fn every_rpc_has_one_row_and_every_row_an_rpc() {
        let mut paths: Vec<_> = RPCS.iter().map(|rpc| rpc.path.to_owned()).collect();
        paths.sort();
        assert_eq!(paths, served().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn the_table_says_what_the_comments_of_the_contract_say() {
        for (path, described) in described(tokenfleet_proto::DESCRIPTOR_SET, &["tokenfleet.v1"]) {
            let (_, roles) = described.comment.split_once("Roles: ").unwrap_or_else(|| panic!("{path} names no roles"));
            let (roles, _) = roles.split_once('.').unwrap();
            let access = find(&path).unwrap().access;
            match access {
                Any => assert_eq!(roles, "any", "{path}"),
                Roles(_) => assert_eq!(roles, access.needed(), "{path}"),
            }
        }
    }

    #[test]
    fn what_streams_is_not_quick_and_what_is_not_quick_streams() {
        for (path, described) in served() {
            assert_eq!(described.streams, find(&path).unwrap().pace != Quick, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_not_in_the_table_has_no_row() {
        assert_eq!(find("/tokenfleet.v1.TokenService/ExportSeeds"), None);
        assert_eq!(find("/tokenfleet.v1.TokenService/GetToken/"), None);
        assert_eq!(find("tokenfleet.v1.TokenService/GetToken"), None);
    }
}
