//! The contract with other programs: events, receipts and the services a box serves and calls.
//!
//! The meaning of each message stands in `cairn/v1/*.proto` and `inference/*.proto`; only additive changes are made to
//! them.

mod frugal;

pub use frugal::{FrugalCodec, FrugalDecoder, MAX_BESIDE_VALUES_BYTES};

/// Package `cairn.v1`.
pub mod v1 {
    #![expect(
        missing_docs,
        clippy::all,
        reason = "generated; the comments of the .proto files are the documentation"
    )]
    tonic::include_proto!("cairn.v1");
}

/// Package `inference`: the Open Inference Protocol.
pub mod inference {
    #![expect(
        missing_docs,
        clippy::all,
        reason = "generated; the comments of the .proto files are the documentation"
    )]
    tonic::include_proto!("inference");
}

/// Encoded `FileDescriptorSet` of [`v1`], for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cairn.v1.descriptor"));

/// Encoded `FileDescriptorSet` of [`inference`], for gRPC reflection.
pub const INFERENCE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/inference.descriptor"));
