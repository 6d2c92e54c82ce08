//! The `tokenfleet.v1` contract: messages, clients and servers, made from the `.proto` files beside this crate.

/// Messages, clients and servers of `tokenfleet.v1`.
#[expect(clippy::pedantic, clippy::allow_attributes, reason = "generated code")]
pub mod v1 {
    tonic::include_proto!("tokenfleet.v1");
}

/// The contract as an encoded `FileDescriptorSet`, with comments and options, for reflection and for walking its RPCs.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tokenfleet.binpb"));

/// The largest piece of a file in one message.
pub const CHUNK_MAX: usize = 256 * 1024;
