//! Calls below the contract: any RPC by its path with any bytes, and what the contract says about each.

use std::collections::BTreeMap;

use prost::Message;
use prost::bytes::{Buf, BufMut, Bytes};
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Calls an RPC with one message of these bytes, and waits for its end.
pub async fn call(channel: Channel, path: &str, message: &'static [u8]) -> Result<(), Status> {
    exchange(channel, path, vec![Bytes::from_static(message)]).await.map(drop)
}

/// Calls an RPC with messages of these bytes: the messages that it answers.
pub async fn exchange(channel: Channel, path: &str, messages: Vec<Bytes>) -> Result<Vec<Bytes>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|why| Status::unknown(why.to_string()))?;
    let path: PathAndQuery = path.parse().unwrap();
    // On the wire a unary call is a stream of one message.
    let request = Request::new(tokio_stream::iter(messages));
    let mut answer = grpc.streaming(request, path, Raw).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(message) = answer.message().await? {
        answers.push(message);
    }
    Ok(answers)
}

/// Every RPC of the contract with the roles that its comment names; `any` for all.
pub fn contract() -> BTreeMap<String, Vec<String>> {
    let set = FileDescriptorSet::decode(tokenfleet_proto::DESCRIPTOR_SET).unwrap();
    set.file.iter().filter(|file| file.package() == "tokenfleet.v1").flat_map(rpcs).collect()
}

fn rpcs(file: &FileDescriptorProto) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for (at_service, service) in (0..).zip(&file.service) {
        for (at_method, method) in (0..).zip(&service.method) {
            let path = format!("/tokenfleet.v1.{}/{}", service.name(), method.name());
            all.push((path, roles(file, &[6, at_service, 2, at_method])));
        }
    }
    all
}

fn roles(file: &FileDescriptorProto, place: &[i32]) -> Vec<String> {
    let info = file.source_code_info.as_ref().unwrap();
    let location = info.location.iter().find(|location| location.path == place).unwrap();
    let comment = location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, roles) = comment.split_once("Roles: ").expect("every RPC names its roles");
    roles.trim_end_matches('.').split(", ").map(str::to_owned).collect()
}

/// Bytes as they are.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
