//! What a recipe reads of an ONNX file; field numbers as in `onnx.proto` of the ONNX project.

use std::collections::BTreeMap;

use super::wire::{Field, Malformed, Value, fields, varint};

/// `ModelProto`.
pub(super) mod model {
    pub(in crate::recipe) const GRAPH: u32 = 7;
    pub(in crate::recipe) const FUNCTIONS: u32 = 25;
}

/// `GraphProto`.
pub(super) mod graph {
    pub(in crate::recipe) const NODE: u32 = 1;
    pub(in crate::recipe) const INITIALIZER: u32 = 5;
    pub(in crate::recipe) const INPUT: u32 = 11;
    pub(in crate::recipe) const OUTPUT: u32 = 12;
    pub(in crate::recipe) const VALUE_INFO: u32 = 13;
    pub(in crate::recipe) const SPARSE_INITIALIZER: u32 = 15;
}

/// `NodeProto`.
pub(super) mod node {
    pub(in crate::recipe) const INPUT: u32 = 1;
    pub(in crate::recipe) const OUTPUT: u32 = 2;
    pub(in crate::recipe) const NAME: u32 = 3;
    pub(in crate::recipe) const OP_TYPE: u32 = 4;
    pub(in crate::recipe) const ATTRIBUTE: u32 = 5;
    pub(in crate::recipe) const DOMAIN: u32 = 7;
}

/// `AttributeProto`.
pub(super) mod attribute {
    pub(in crate::recipe) const NAME: u32 = 1;
    pub(in crate::recipe) const INT: u32 = 3;
    pub(in crate::recipe) const TEXT: u32 = 4;
    pub(in crate::recipe) const TENSOR: u32 = 5;
    pub(in crate::recipe) const INTS: u32 = 8;
}

/// `TensorProto`.
pub(super) mod tensor {
    pub(in crate::recipe) const DIMS: u32 = 1;
    pub(in crate::recipe) const DATA_TYPE: u32 = 2;
    pub(in crate::recipe) const FLOATS: u32 = 4;
    pub(in crate::recipe) const INT64S: u32 = 7;
    pub(in crate::recipe) const NAME: u32 = 8;
    pub(in crate::recipe) const RAW: u32 = 9;
    pub(in crate::recipe) const EXTERNAL: u32 = 13;
}

/// `ValueInfoProto`, and the messages inside it down to a dimension.
pub(super) mod value_info {
    pub(in crate::recipe) const NAME: u32 = 1;
    pub(in crate::recipe) const TYPE: u32 = 2;
    pub(in crate::recipe) const TENSOR_TYPE: u32 = 1;
    pub(in crate::recipe) const SHAPE: u32 = 2;
    pub(in crate::recipe) const DIM: u32 = 1;
    pub(in crate::recipe) const DIM_VALUE: u32 = 1;
    pub(in crate::recipe) const DIM_PARAM: u32 = 2;
}

const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// A graph as far as its shapes depend on it.
#[derive(Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Initialisers and the tensors of `Constant` nodes, by name.
    pub(super) constants: BTreeMap<&'a str, Tensor<'a>>,
    /// Those that a caller feeds.
    pub(super) inputs: Vec<Labelled<'a>>,
    pub(super) outputs: Vec<Labelled<'a>>,
    pub(super) has_functions: bool,
    pub(super) has_sparse_constants: bool,
}

#[derive(Default)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

#[derive(Default)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) int: i64,
    pub(super) text: &'a str,
    pub(super) ints: Vec<i64>,
    pub(super) tensor: Option<Tensor<'a>>,
}

/// A constant, its numbers kept where they can matter to a shape.
#[derive(Default)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) dims: Vec<i64>,
    pub(super) numbers: Numbers,
    pub(super) is_external: bool,
}

#[derive(Default)]
pub(super) enum Numbers {
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    /// Longer than any shape, or of another type.
    #[default]
    Many,
}

/// The name of an input or output, and its shape label.
#[derive(Default)]
pub(super) struct Labelled<'a> {
    pub(super) name: &'a str,
    /// `None` for a size that is a name, or not given.
    pub(super) dims: Vec<Option<i64>>,
}

impl<'a> Graph<'a> {
    /// What `file`, a whole ONNX file, holds; `None` inside when it holds no graph.
    pub(super) fn read(file: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut graph = None;
        let mut has_functions = false;
        for field in fields(file) {
            match field? {
                Field { number: model::GRAPH, value: Value::Bytes(bytes), .. } => {
                    graph = Some(Self::read_graph(bytes)?);
                }
                Field { number: model::FUNCTIONS, .. } => has_functions = true,
                _ => {}
            }
        }
        Ok(graph.map(|graph| Self { has_functions, ..graph }))
    }

    fn read_graph(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut graph = Self::default();
        for field in fields(bytes) {
            let Field { number, value: Value::Bytes(bytes), .. } = field? else { continue };
            match number {
                graph::NODE => graph.nodes.push(Node::read(bytes)?),
                graph::INITIALIZER => {
                    let tensor = Tensor::read(bytes)?;
                    graph.constants.insert(tensor.name, tensor);
                }
                graph::INPUT => graph.inputs.push(Labelled::read(bytes)?),
                graph::OUTPUT => graph.outputs.push(Labelled::read(bytes)?),
                graph::SPARSE_INITIALIZER => graph.has_sparse_constants = true,
                _ => {}
            }
        }
        // Before version 4 of the format each initialiser was listed as an input too.
        let constants = &graph.constants;
        graph.inputs.retain(|input| !constants.contains_key(input.name));
        for node in &mut graph.nodes {
            let ("Constant", &[name], [Attribute { tensor, .. }]) =
                (node.op, node.outputs.as_slice(), node.attributes.as_mut_slice())
            else {
                continue;
            };
            if let Some(tensor) = tensor.take() {
                graph.constants.insert(name, tensor);
            }
        }
        Ok(graph)
    }
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut node = Self::default();
        for field in fields(bytes) {
            let Field { number, value: Value::Bytes(bytes), .. } = field? else { continue };
            match number {
                node::INPUT => node.inputs.push(text(bytes)?),
                node::OUTPUT => node.outputs.push(text(bytes)?),
                node::NAME => node.name = text(bytes)?,
                node::OP_TYPE => node.op = text(bytes)?,
                node::DOMAIN => node.domain = text(bytes)?,
                node::ATTRIBUTE => node.attributes.push(Attribute::read(bytes)?),
                _ => {}
            }
        }
        Ok(node)
    }

    /// The whole number called `name`, 0 being the default of none that is read here.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.int)
    }

    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.attribute(name).map(|attribute| attribute.text)
    }

    fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl<'a> Attribute<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut attribute = Self::default();
        for field in fields(bytes) {
            match field? {
                Field { number: attribute::NAME, value: Value::Bytes(bytes), .. } => {
                    attribute.name = text(bytes)?;
                }
                Field { number: attribute::INT, value: Value::Varint(int), .. } => {
                    attribute.int = int.cast_signed();
                }
                // Not every attribute of this kind is text; those that are read here are.
                Field { number: attribute::TEXT, value: Value::Bytes(bytes), .. } => {
                    attribute.text = text(bytes).unwrap_or_default();
                }
                Field { number: attribute::TENSOR, value: Value::Bytes(bytes), .. } => {
                    attribute.tensor = Some(Tensor::read(bytes)?);
                }
                Field { number: attribute::INTS, value, .. } => extend(&mut attribute.ints, value)?,
                _ => {}
            }
        }
        Ok(attribute)
    }
}

impl<'a> Tensor<'a> {
    /// More numbers than any shape, scale or slice has.
    const MANY: usize = 64;

    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (mut tensor, mut data_type) = (Self::default(), 0);
        let (mut int64s, mut floats, mut raw): (Vec<i64>, &[u8], &[u8]) = (Vec::new(), &[], &[]);
        for field in fields(bytes) {
            match field? {
                Field { number: tensor::DIMS, value, .. } => extend(&mut tensor.dims, value)?,
                Field { number: tensor::DATA_TYPE, value: Value::Varint(value), .. } => data_type = value,
                Field { number: tensor::NAME, value: Value::Bytes(bytes), .. } => tensor.name = text(bytes)?,
                Field { number: tensor::INT64S, value, .. } => extend(&mut int64s, value)?,
                Field { number: tensor::FLOATS, value: Value::Bytes(bytes), .. } => floats = bytes,
                Field { number: tensor::RAW, value: Value::Bytes(bytes), .. } => raw = bytes,
                Field { number: tensor::EXTERNAL, .. } => tensor.is_external = true,
                _ => {}
            }
        }
        tensor.numbers = match data_type {
            INT64 if raw.len() <= 8 * Self::MANY && int64s.len() <= Self::MANY => {
                int64s.extend(raw.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)));
                Numbers::Integers(int64s)
            }
            FLOAT if raw.len().max(floats.len()) <= 4 * Self::MANY => {
                let chunks = floats.as_chunks().0.iter().chain(raw.as_chunks().0);
                Numbers::Floats(chunks.map(|bytes| f32::from_le_bytes(*bytes)).collect())
            }
            _ => Numbers::Many,
        };
        Ok(tensor)
    }
}

impl<'a> Labelled<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut labelled = Self::default();
        for field in fields(bytes) {
            match field? {
                Field { number: value_info::NAME, value: Value::Bytes(bytes), .. } => {
                    labelled.name = text(bytes)?;
                }
                Field { number: value_info::TYPE, value: Value::Bytes(bytes), .. } => {
                    let tensor = only(bytes, value_info::TENSOR_TYPE)?;
                    for dim in fields(only(tensor, value_info::SHAPE)?) {
                        if let Field { number: value_info::DIM, value: Value::Bytes(dim), .. } = dim? {
                            labelled.dims.push(size(dim)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(labelled)
    }
}

/// The size of a dimension.
fn size(dim: &[u8]) -> Result<Option<i64>, Malformed> {
    let mut size = None;
    for field in fields(dim) {
        if let Field { number: value_info::DIM_VALUE, value: Value::Varint(value), .. } = field? {
            size = Some(value.cast_signed());
        }
    }
    Ok(size)
}

/// The last field `number` of `message`, empty where there is none.
fn only(message: &[u8], number: u32) -> Result<&[u8], Malformed> {
    let mut found: &[u8] = &[];
    for field in fields(message) {
        match field? {
            Field { number: other, value: Value::Bytes(bytes), .. } if other == number => found = bytes,
            _ => {}
        }
    }
    Ok(found)
}

/// Appends the numbers of a repeated field, packed or one by one.
fn extend(numbers: &mut Vec<i64>, value: Value<'_>) -> Result<(), Malformed> {
    match value {
        Value::Varint(value) => numbers.push(value.cast_signed()),
        Value::Bytes(mut packed) => {
            while !packed.is_empty() {
                let (value, rest) = varint(packed)?;
                numbers.push(value.cast_signed());
                packed = rest;
            }
        }
        Value::Fixed => return Err(Malformed),
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    str::from_utf8(bytes).map_err(|_| Malformed)
}
