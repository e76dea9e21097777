//! A codec that measures a request before it takes it apart.
//!
//! An empty entry of a list takes two bytes of a message and more than a hundred in memory, so the size of a message does
//! not bound what reading it costs. The values of tensors do: they are as large in memory as on the wire. What a request
//! holds beside them is bounded here.

use std::any::TypeId;
use std::marker::PhantomData;

use prost::bytes::Buf as _;
use prost::{Message, decode_length_delimiter};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};

use crate::inference::ModelInferRequest;

/// Most bytes that a `ModelInferRequest` may hold beside the values of its tensors.
pub const MAX_BESIDE_VALUES_BYTES: usize = 64 << 10;

/// [`ProstCodec`], but a `ModelInferRequest` with more than [`MAX_BESIDE_VALUES_BYTES`] is refused unread with
/// `RESOURCE_EXHAUSTED`.
#[derive(Debug)]
pub struct FrugalCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for FrugalCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for FrugalCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = FrugalDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        FrugalDecoder(ProstCodec::<T, U>::raw_decoder(BufferSettings::default()))
    }
}

/// The reading half of [`FrugalCodec`].
#[derive(Debug)]
pub struct FrugalDecoder<U>(ProstDecoder<U>);

impl<U: Message + Default + 'static> Decoder for FrugalDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // A codec is chosen for a whole service; the other messages of this one hold no list that a client fills.
        if TypeId::of::<U>() == TypeId::of::<ModelInferRequest>() {
            check(source.chunk())?;
        }
        self.0.decode(source)
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

fn check(request: &[u8]) -> Result<(), Status> {
    let beside = request.len() - values_in_request(request);
    if beside <= MAX_BESIDE_VALUES_BYTES {
        return Ok(());
    }
    Err(Status::resource_exhausted(format!(
        "ModelInferRequest: got {beside} bytes beside the values of its tensors, expected at most {MAX_BESIDE_VALUES_BYTES}"
    )))
}

/// Bytes of `raw_input_contents` and of what `contents` of the inputs hold.
fn values_in_request(request: &[u8]) -> usize {
    fields(request)
        .map(|field| match (field.number, field.payload) {
            (7, Some(raw)) => raw.len(),
            (5, Some(input)) => values_in_input(input),
            _ => 0,
        })
        .sum()
}

fn values_in_input(input: &[u8]) -> usize {
    let contents = fields(input).filter(|field| field.number == 5).filter_map(|field| field.payload);
    // `uint_contents` and `fp32_contents`, in one piece or one by one.
    let values = contents.flat_map(fields).filter(|field| matches!(field.number, 4 | 6));
    values.map(|field| field.len).sum()
}

/// One field of an encoded message.
struct Field<'a> {
    number: usize,
    /// Of a field that is text, bytes, a message, or a list in one piece.
    payload: Option<&'a [u8]>,
    /// Tag included.
    len: usize,
}

/// The fields of `message`, up to the first that is malformed.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    std::iter::from_fn(move || {
        let whole = message.len();
        let tag = varint(&mut message)?;
        let payload = match tag & 7 {
            0 => varint(&mut message).map(|_| None)?,
            1 => message.split_off(..8).map(|_| None)?,
            2 => {
                let len = varint(&mut message)?;
                Some(message.split_off(..len)?)
            }
            5 => message.split_off(..4).map(|_| None)?,
            _ => return None,
        };
        Some(Field { number: tag >> 3, payload, len: whole - message.len() })
    })
}

fn varint(message: &mut &[u8]) -> Option<usize> {
    // The only integer of a message that `prost` reads in public is written like all others.
    decode_length_delimiter(message).ok()
}

#[cfg(test)]
mod tests {
    use prost::bytes::Bytes;

    use super::*;
    use crate::inference::InferTensorContents;
    use crate::inference::model_infer_request::InferInputTensor;

    fn checked(request: &ModelInferRequest) -> Result<(), String> {
        check(&request.encode_to_vec()).map_err(|status| status.message().to_owned())
    }

    #[test]
    fn values_may_be_as_many_as_the_message_may_hold() {
        let raw = ModelInferRequest {
            model_name: "one".to_owned(),
            inputs: vec![InferInputTensor { shape: vec![1, 3, 1000, 1000], ..Default::default() }],
            raw_input_contents: vec![Bytes::from(vec![7; 1 << 20])],
            ..Default::default()
        };
        assert_eq!(checked(&raw), Ok(()));
        for contents in [
            InferTensorContents { fp32_contents: vec![0.5; 1 << 18], ..Default::default() },
            InferTensorContents { uint_contents: vec![200; 1 << 18], ..Default::default() },
        ] {
            let inputs = vec![InferInputTensor { contents: Some(contents), ..Default::default() }];
            assert_eq!(checked(&ModelInferRequest { inputs, ..Default::default() }), Ok(()));
        }
    }

    #[test]
    fn values_that_are_written_one_by_one_are_values() {
        let one_by_one = [0x35, 0, 0, 0, 0].repeat(1 << 15);
        let contents = wrapped(0x2a, &one_by_one);
        check(&wrapped(0x2a, &contents)).expect("a tensor of 32768 values");
    }

    #[test]
    fn a_request_of_many_parts_is_refused_unread() {
        let parts = MAX_BESIDE_VALUES_BYTES / 2;
        for entry in [[0x2a, 0], [0x32, 0], [0x3a, 0], [0x22, 0]] {
            check(&entry.repeat(parts)).expect("as many as may be");
            let told = check(&entry.repeat(parts + 1)).expect_err("one too many");
            assert_eq!(told.code(), tonic::Code::ResourceExhausted);
            assert_eq!(
                told.message(),
                "ModelInferRequest: got 65538 bytes beside the values of its tensors, expected at most 65536"
            );
        }
        // Inside an input, too.
        check(&wrapped(0x2a, &[0x22, 0].repeat(parts + 1))).expect_err("parameters");
        check(&wrapped(0x2a, &[0x18, 1].repeat(parts + 1))).expect_err("a shape of many sides");
    }

    #[test]
    fn what_follows_a_malformed_field_is_no_value() {
        let mut cut = vec![0x0f];
        cut.extend(wrapped(0x3a, &vec![0; 2 * MAX_BESIDE_VALUES_BYTES]));
        check(&cut).expect_err("not told apart");
        check(&[0x3a, 0xff, 0xff, 0xff]).expect("small enough for whoever says what is wrong");
    }

    /// A field with `payload`.
    fn wrapped(tag: u8, payload: &[u8]) -> Vec<u8> {
        let mut field = vec![tag];
        prost::encode_length_delimiter(payload.len(), &mut field).expect("room");
        field.extend_from_slice(payload);
        field
    }
}
