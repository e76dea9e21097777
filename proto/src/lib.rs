//! The contract with other programs: events, receipts and the services a box serves and calls.
//!
//! The meaning of each message stands in `cairn/v1/*.proto`; only additive changes are made to them.

/// Package `cairn.v1`.
pub mod v1 {
    #![expect(
        missing_docs,
        clippy::all,
        reason = "generated; the comments of the .proto files are the documentation"
    )]
    tonic::include_proto!("cairn.v1");
}

/// Encoded `FileDescriptorSet` of every message and service here, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cairn.v1.descriptor"));
