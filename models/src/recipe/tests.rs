use proptest::prelude::*;

use super::onnx::{Graph, attribute, graph, model, node, tensor, value_info};
use super::wire::{Value, fields, put_bytes};
use super::*;
use crate::testkit;

/// A small file, as much of ONNX as the recipe looks at.
#[derive(Clone)]
struct Sample {
    nodes: Vec<Vec<u8>>,
    initialisers: Vec<Vec<u8>>,
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
}

impl Sample {
    /// One grid of a detector: stride 32 by a convolution, 85 channels, flattened and turned.
    fn grid() -> Self {
        Self {
            nodes: vec![
                op("Conv", &["in", "w"], "map", &[ints("strides", &[32, 32])]),
                op("Sigmoid", &["map"], "soft", &[]),
                op("Reshape", &["soft", "target"], "cells", &[]),
                op("Transpose", &["cells"], "out", &[ints("perm", &[0, 2, 1])]),
            ],
            initialisers: vec![constant("w", 1, &[85, 3, 32, 32], &[0; 8]), int64s("target", &[1, 85, 6])],
            inputs: vec![labelled("in", &[1, 3, 96, 64])],
            outputs: vec![labelled("out", &[1, 6, 85])],
        }
    }

    fn file(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        let parts = [
            (graph::NODE, &self.nodes),
            (graph::INITIALIZER, &self.initialisers),
            (graph::INPUT, &self.inputs),
            (graph::OUTPUT, &self.outputs),
        ];
        for (number, messages) in parts {
            messages.iter().for_each(|message| put_bytes(&mut graph, number, message));
        }
        // A label inside the graph, and fields that nobody knows.
        put_bytes(&mut graph, graph::VALUE_INFO, &labelled("map", &[1, 85, 3, 2]));
        put_bytes(&mut graph, 77, b"unknown");
        let mut file = Vec::new();
        put_bytes(&mut file, 2, b"maker");
        put_bytes(&mut file, model::GRAPH, &graph);
        put_bytes(&mut file, 99, b"unknown too");
        file
    }

    /// With node `at` replaced.
    fn with(mut self, at: usize, node: Vec<u8>) -> Self {
        self.nodes[at] = node;
        self
    }

    #[track_caller]
    fn refused(&self, text: &str) {
        let err = free_size(&self.file()).expect_err("refused");
        assert_eq!(err.to_string(), format!("it cannot take any size: {text}"));
    }
}

fn op(op: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut message = Vec::new();
    inputs.iter().for_each(|input| put_bytes(&mut message, node::INPUT, input.as_bytes()));
    put_bytes(&mut message, node::OUTPUT, output.as_bytes());
    put_bytes(&mut message, node::OP_TYPE, op.as_bytes());
    attributes.iter().for_each(|attribute| put_bytes(&mut message, node::ATTRIBUTE, attribute));
    message
}

fn varint_bytes(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while 0x80 <= value {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn put_number(message: &mut Vec<u8>, number: u32, value: i64) {
    message.extend(varint_bytes(u64::from(number) << 3));
    message.extend(varint_bytes(value.cast_unsigned()));
}

fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let mut message = Vec::new();
    put_bytes(&mut message, attribute::NAME, name.as_bytes());
    values.iter().for_each(|value| put_number(&mut message, attribute::INTS, *value));
    message
}

fn int(name: &str, value: i64) -> Vec<u8> {
    let mut message = Vec::new();
    put_bytes(&mut message, attribute::NAME, name.as_bytes());
    put_number(&mut message, attribute::INT, value);
    message
}

fn constant(name: &str, data_type: i64, dims: &[i64], raw: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    dims.iter().for_each(|dim| put_number(&mut message, tensor::DIMS, *dim));
    put_number(&mut message, tensor::DATA_TYPE, data_type);
    put_bytes(&mut message, tensor::RAW, raw);
    put_bytes(&mut message, tensor::NAME, name.as_bytes());
    message
}

fn int64s(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    constant(name, 7, &[values.len() as i64], &raw)
}

fn floats(name: &str, values: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    constant(name, 1, &[values.len() as i64], &raw)
}

fn labelled(name: &str, dims: &[i64]) -> Vec<u8> {
    let mut shape = Vec::new();
    for dim in dims {
        let mut message = Vec::new();
        put_number(&mut message, value_info::DIM_VALUE, *dim);
        put_bytes(&mut shape, value_info::DIM, &message);
    }
    let (mut tensor_type, mut r#type, mut entry) = (Vec::new(), Vec::new(), Vec::new());
    put_number(&mut tensor_type, 1, 1);
    put_bytes(&mut tensor_type, value_info::SHAPE, &shape);
    put_bytes(&mut r#type, value_info::TENSOR_TYPE, &tensor_type);
    put_bytes(&mut entry, value_info::NAME, name.as_bytes());
    put_bytes(&mut entry, value_info::TYPE, &r#type);
    entry
}

/// The numbers of constant `name` in `file`.
fn numbers(file: &[u8], name: &str) -> Vec<i64> {
    let graph = Graph::read(file).expect("well formed").expect("a graph");
    match &graph.constants[name].numbers {
        super::onnx::Numbers::Integers(numbers) => numbers.clone(),
        _ => panic!("`{name}` holds no whole numbers"),
    }
}

/// The unknown field `number` of `message`.
fn unknown(message: &[u8], number: u32) -> Vec<u8> {
    let found = fields(message).map(|field| field.expect("well formed")).find(|field| field.number == number);
    match found.expect("still there").value {
        Value::Bytes(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn labels_and_targets_are_freed_and_the_rest_stays() {
    let freed = free_size(&Sample::grid().file()).expect("freed");
    assert_eq!(freed.step, 32);
    assert_eq!(numbers(&freed.bytes, "target"), [0, 85, -1]);
    let graph = Graph::read(&freed.bytes).expect("well formed").expect("a graph");
    assert_eq!(graph.inputs[0].dims, [None, Some(3), None, None]);
    assert_eq!(graph.outputs[0].dims, [None, None, Some(85)]);
    for name in ["batch", "height", "width", "anchors"] {
        assert!(freed.bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
    let inner = unknown(&freed.bytes, model::GRAPH);
    assert_eq!(
        (unknown(&freed.bytes, 99), unknown(&inner, 77)),
        (b"unknown too".to_vec(), b"unknown".to_vec())
    );
    assert!(
        fields(&inner).all(|field| field.expect("well formed").number != graph::VALUE_INFO),
        "a label of the old size would be false"
    );
    let nodes = |graph: &[u8]| -> Vec<Vec<u8>> {
        let fields = fields(graph).map(|field| field.expect("well formed"));
        fields.filter(|field| field.number == graph::NODE).map(|field| field.raw.to_vec()).collect()
    };
    assert_eq!(nodes(&inner), nodes(&unknown(&Sample::grid().file(), model::GRAPH)));
}

#[test]
fn a_target_that_a_node_holds_is_freed_too() {
    let mut sample = Sample::grid();
    let target = sample.initialisers.pop().expect("the target");
    let mut value = Vec::new();
    put_bytes(&mut value, attribute::NAME, b"value");
    put_bytes(&mut value, attribute::TENSOR, &target);
    sample.nodes.insert(0, op("Constant", &[], "target", &[value]));
    let freed = free_size(&sample.file()).expect("freed");
    assert_eq!(numbers(&freed.bytes, "target"), [0, 85, -1]);
}

#[test]
fn targets_with_wildcards_mean_the_same() {
    for target in [[1, 85, -1], [0, 0, -1], [1, -1, 6], [0, 85, 6], [-1, 85, 6]] {
        let mut sample = Sample::grid();
        sample.initialisers[1] = int64s("target", &target);
        let freed = free_size(&sample.file()).expect("freed");
        assert_eq!(numbers(&freed.bytes, "target"), [0, 85, -1], "{target:?}");
    }
}

#[test]
fn what_is_freed_already_is_said_not_to_be_fixed() {
    let freed = free_size(&Sample::grid().file()).expect("freed").bytes;
    let err = free_size(&freed).expect_err("free already").to_string();
    let expected = "expected a fixed [1, channels, height, width]";
    assert_eq!(
        err,
        format!(
            "it cannot take any size: the graph: input `in` is labelled [\"?\", \"3\", \"?\", \"?\"], {expected}"
        )
    );
}

#[test]
fn a_graph_that_names_its_size_elsewhere_is_refused_with_the_node() {
    let grid = Sample::grid;
    let mut decoding = grid();
    decoding.nodes.push(op("Add", &["out", "grid"], "decoded", &[]));
    decoding.initialisers.push(constant("grid", 1, &[1, 6, 2], &[0; 4]));
    decoding
        .refused("Add `decoded`: constant `grid` has the shape [1, 6, 2], which is made for one input size");

    let mut heads = grid();
    heads.initialisers[1] = int64s("target", &[1, 5, 17, 3, 2]);
    heads.refused("Reshape `cells`: its target is [1, 5, 17, 3, 2], expected [1, 85, 6]");

    let mut fixed = grid().with(1, op("Resize", &["map", "", "", "sizes"], "soft", &[]));
    fixed.initialisers.push(int64s("sizes", &[1, 85, 6, 4]));
    fixed.refused("Resize `soft`: it resizes to a size, expected whole factors");

    let mut odd = grid().with(1, op("Resize", &["map", "", "scales"], "soft", &[]));
    odd.initialisers.push(floats("scales", &[1.0, 1.0, 1.5, 1.5]));
    odd.refused(
        "Resize `soft`: it resizes by [1.0, 1.0, 1.5, 1.5], expected whole factors that give back what strides took",
    );

    let mut cut = grid().with(1, op("Slice", &["map", "zero", "end", "axis", "one"], "soft", &[]));
    for (name, value) in [("zero", 0), ("end", 3), ("axis", 2), ("one", 1)] {
        cut.initialisers.push(int64s(name, &[value]));
    }
    cut.refused("Slice `soft`: it takes 0..3 by 1 of axis 2, which is made for one input size");

    grid().with(0, op("Conv", &["in", "w"], "map", &[ints("strides", &[30, 32])])).refused(
        "Conv `map`: kernel [32, 32], strides [30, 32] and pads [0, 0] do not divide every size evenly",
    );
    grid()
        .with(1, op("Gemm", &["map", "w"], "soft", &[]))
        .refused("Gemm `soft`: whether its result follows any input size is not known here");
    grid()
        .with(1, op("Sigmoid", &["shape"], "soft", &[]))
        .refused("Sigmoid `soft`: it reads `shape`, which nothing before it gives");
    grid()
        .with(1, op("Concat", &["map", "in"], "soft", &[int("axis", 1)]))
        .refused(
            "Concat `soft`: it joins 85 channels at 1/32 by 1/32 of the input and 3 channels at 1/1 by 1/1 of the input along axis 1, expected two alike",
        );

    let mut shared = grid();
    shared.nodes.insert(3, op("Slice", &["soft", "target", "target", "target"], "x", &[]));
    shared.refused("Slice `x`: it does not slice along one axis, named with where it starts and ends");

    let mut two = grid();
    two.inputs.push(labelled("scale", &[1]));
    two.refused("the graph: its inputs are [\"in\", \"scale\"], expected one picture");

    let mut small = grid();
    small.inputs[0] = labelled("in", &[1, 3, 100, 64]);
    small.initialisers[1] = int64s("target", &[1, 85, -1]);
    small.refused("the graph: it is made for 64x100, expected multiples of its stride 32");
}

#[test]
fn a_target_that_means_something_else_too_is_not_touched() {
    let mut sample = Sample::grid();
    sample.nodes.push(op("Clip", &["out", "target"], "clipped", &[]));
    sample.refused("Clip `clipped`: it reads `target`, which is the target of a Reshape too");
}

#[test]
fn what_is_no_onnx_file_is_said_to_be_none() {
    for bad in [&b""[..], b"a page of text", &Sample::grid().file()[..200]] {
        assert_eq!(free_size(bad), Err(RecipeError::NotOnnx));
    }
}

#[test]
fn yolox_is_freed_of_its_size() {
    let Some(path) = testkit::model("yolox-nano-416") else { return };
    let fixed = std::fs::read(path).expect("held");
    let freed = free_size(&fixed).expect("freed");
    assert_eq!(freed.step, 32);
    for target in ["1157", "1165", "1173"] {
        assert_eq!(
            (numbers(&fixed, target), numbers(&freed.bytes, target)),
            (vec![1, 85, -1], vec![0, 85, -1])
        );
    }
    assert_eq!(free_size(&fixed), Ok(freed), "the same again");
}

proptest! {
    #[test]
    fn no_damage_to_a_file_is_more_than_a_refusal(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut file = Sample::grid().file();
        let at = at.index(file.len());
        file[at] = byte;
        free_size(&file).ok();
        file.truncate(cut.index(file.len()));
        free_size(&file).ok();
    }
}
