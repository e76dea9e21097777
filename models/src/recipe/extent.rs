//! How the shape of each tensor of a graph follows from the shape of its input.

mod step;

use std::collections::BTreeMap;
use std::fmt;

use super::RecipeError;
use super::onnx::{Graph, Node};

/// The shape of a tensor, as a function of the input's batch, height and width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// `[batch, channels, height / down.0, width / down.1]`.
    Map { channels: i64, down: (i64, i64) },
    /// `[batch, channels, cells]`, or `[batch, cells, channels]`.
    Cells {
        channels: i64,
        /// The maps whose cells these are, one after another, each by what it divides height and width by.
        maps: Vec<(i64, i64)>,
        channels_last: bool,
    },
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map { channels, down: (height, width) } => {
                write!(f, "{channels} channels at 1/{height} by 1/{width} of the input")
            }
            Self::Cells { channels, maps, .. } => {
                let maps: Vec<String> =
                    maps.iter().map(|(height, width)| format!("1/{height} by 1/{width}")).collect();
                write!(f, "{channels} channels of the cells at {}", maps.join(" and "))
            }
        }
    }
}

/// What makes a graph free.
#[derive(Debug)]
pub(super) struct Walked<'a> {
    /// Of each tensor that depends on the input.
    pub(super) extents: BTreeMap<&'a str, Extent>,
    /// What the Reshape targets that name the size have to become, by the name of their constant.
    pub(super) targets: BTreeMap<&'a str, Vec<i64>>,
    /// Height and width have to be multiples of this.
    pub(super) step: i64,
}

/// No side of an input is longer, nor does any map have fewer cells by more than this.
const MAX_SIDE: i64 = 1 << 14;

/// Follows the one picture through `graph`.
pub(super) fn walk<'a>(graph: &Graph<'a>) -> Result<Walked<'a>, RecipeError> {
    let whole = |reason: &str| RecipeError::refused("the graph", reason);
    if graph.has_functions {
        return Err(whole("it has functions of its own, expected the operators of ONNX alone"));
    }
    if graph.has_sparse_constants || graph.constants.values().any(|tensor| tensor.is_external) {
        return Err(whole("its weights are sparse or in another file, expected them in this one"));
    }
    let [input] = graph.inputs.as_slice() else {
        let names: Vec<&str> = graph.inputs.iter().map(|input| input.name).collect();
        return Err(whole(&format!("its inputs are {names:?}, expected one picture")));
    };
    let &[None | Some(1), Some(channels @ 1..=4), Some(height @ 1..=MAX_SIDE), Some(width @ 1..=MAX_SIDE)] =
        input.dims.as_slice()
    else {
        let reason = format!(
            "input `{}` is labelled {:?}, expected a fixed [1, channels, height, width]",
            input.name,
            shape_text(&input.dims)
        );
        return Err(whole(&reason));
    };
    let mut walk = Walk { graph, height, width, extents: BTreeMap::new(), targets: BTreeMap::new() };
    walk.extents.insert(input.name, Extent::Map { channels, down: (1, 1) });
    for node in graph.nodes.iter().filter(|node| !is_constant(graph, node)) {
        let extent = walk.step(node).map_err(|reason| RecipeError::refused(label(node), reason))?;
        let Some(&output) = node.outputs.first() else {
            return Err(RecipeError::refused(label(node), "it has no output"));
        };
        walk.extents.insert(output, extent);
    }
    walk.finish()
}

fn is_constant(graph: &Graph<'_>, node: &Node<'_>) -> bool {
    node.op == "Constant" && node.outputs.iter().all(|output| graph.constants.contains_key(output))
}

/// A node as a viewer shows it.
fn label(node: &Node<'_>) -> String {
    let name =
        if node.name.is_empty() { node.outputs.first().copied().unwrap_or_default() } else { node.name };
    format!("{} `{name}`", node.op)
}

fn shape_text(dims: &[Option<i64>]) -> Vec<String> {
    dims.iter().map(|dim| dim.map_or_else(|| "?".to_owned(), |size| size.to_string())).collect()
}

struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    /// The size the file is fixed to.
    height: i64,
    width: i64,
    extents: BTreeMap<&'a str, Extent>,
    targets: BTreeMap<&'a str, Vec<i64>>,
}

impl<'a> Walk<'_, 'a> {
    fn finish(self) -> Result<Walked<'a>, RecipeError> {
        let Self { graph, height, width, extents, targets } = self;
        for node in &graph.nodes {
            let uses = node.inputs.iter().enumerate().filter(|(_, input)| targets.contains_key(**input));
            for (i, input) in uses {
                if (node.op, i) != ("Reshape", 1) {
                    let reason = format!("it reads `{input}`, which is the target of a Reshape too");
                    return Err(RecipeError::refused(label(node), reason));
                }
            }
        }
        for output in &graph.outputs {
            let rank = extents.get(output.name).map(|extent| match extent {
                Extent::Map { .. } => 4,
                Extent::Cells { .. } => 3,
            });
            if rank.is_none_or(|rank| !output.dims.is_empty() && output.dims.len() != rank) {
                let reason = format!("its label {:?} does not fit what it gives", shape_text(&output.dims));
                return Err(RecipeError::refused(format!("output `{}`", output.name), reason));
            }
        }
        let downs = extents.values().flat_map(|extent| match extent {
            Extent::Map { down, .. } => vec![*down],
            Extent::Cells { maps, .. } => maps.clone(),
        });
        let mut step = 1;
        for down in downs.flat_map(|(height, width)| [height, width]) {
            if height % down != 0 || width % down != 0 {
                let reason =
                    format!("it is made for {width}x{height}, expected multiples of its stride {down}");
                return Err(RecipeError::refused("the graph", reason));
            }
            step = least_common_multiple(step, down);
        }
        Ok(Walked { extents, targets, step })
    }
}

fn least_common_multiple(a: i64, b: i64) -> i64 {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    a / divisor * b
}
