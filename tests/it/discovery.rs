//! What a fleet says of itself to tools that know nothing of it: health and reflection.

use prost::Message;
use prost_types::FileDescriptorProto;
use tokenfleet_tests::{Fleet, wire};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_serving() {
    let fleet = Fleet::start().await;
    let mut health = HealthClient::new(fleet.admin.channel());
    for service in services() {
        let answer = health.check(HealthCheckRequest { service: service.clone() }).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let nothing = HealthCheckRequest { service: "tokenfleet.v1.NothingService".to_owned() };
    assert_eq!(health.check(nothing).await.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_every_service_and_describes_its_rpcs() {
    let fleet = Fleet::start().await;
    let list = ask(&fleet, MessageRequest::ListServices(String::new())).await;
    let MessageResponse::ListServicesResponse(list) = list else { panic!("{list:?}") };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for service in services() {
        assert!(names.contains(&service), "{service} is not in {names:?}");
    }
    let answer = ask(&fleet, MessageRequest::FileContainingSymbol("tokenfleet.v1.LendingService".to_owned())).await;
    let MessageResponse::FileDescriptorResponse(files) = answer else { panic!("{answer:?}") };
    let file = FileDescriptorProto::decode(files.file_descriptor_proto[0].as_slice()).unwrap();
    assert_eq!(file.name(), "tokenfleet/v1/lending.proto");
    let rpcs: Vec<_> = file.service[0].method.iter().map(|method| method.name().to_owned()).collect();
    assert_eq!(rpcs[..3], ["AssignToken", "BatchAssignTokens", "ReturnToken"]);
    for import in file.dependency {
        let answer = ask(&fleet, MessageRequest::FileByFilename(import.clone())).await;
        assert!(matches!(answer, MessageResponse::FileDescriptorResponse(_)), "{import}");
    }
}

async fn ask(fleet: &Fleet, question: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut reflection = ServerReflectionClient::new(fleet.admin.channel());
    let mut answers = reflection.server_reflection_info(tokio_stream::iter([request])).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap().message_response.unwrap()
}

fn services() -> Vec<String> {
    let mut all: Vec<_> = wire::contract().keys().map(|path| path.split('/').nth(1).unwrap().to_owned()).collect();
    all.dedup();
    all
}
