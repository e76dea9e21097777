//! A file made for one input size, rewritten to take any.

use std::collections::BTreeMap;

use super::extent::{Extent, Walked, walk};
use super::onnx::{Graph, attribute, graph, model, node, tensor, value_info};
use super::wire::{Field, Malformed, Value, fields, put_bytes};
use super::{Freed, RecipeError};

/// What `file` becomes.
pub(super) fn free_size(file: &[u8]) -> Result<Freed, RecipeError> {
    let read = Graph::read(file).map_err(|Malformed| RecipeError::NotOnnx)?.ok_or(RecipeError::NotOnnx)?;
    let walked = walk(&read)?;
    let labels = labels(&read, &walked);
    let rewrite = Rewrite { walked: &walked, labels };
    let bytes = rewrite.model(file).map_err(|Malformed| RecipeError::NotOnnx)?;
    Ok(Freed { bytes, step: u32::try_from(walked.step).unwrap_or(u32::MAX) })
}

/// The names of the dimensions that an input's or output's label loses its numbers to, by the tensor's name.
fn labels<'a>(read: &Graph<'a>, walked: &Walked<'a>) -> BTreeMap<&'a str, Vec<Option<String>>> {
    let divided = |side: &str, by: i64| if by == 1 { side.to_owned() } else { format!("{side}_by_{by}") };
    let mut cells: Vec<&[(i64, i64)]> = Vec::new();
    let ends = read.inputs.iter().chain(&read.outputs);
    let mut labels = BTreeMap::new();
    for end in ends {
        let batch = Some("batch".to_owned());
        let names = match walked.extents.get(end.name) {
            Some(Extent::Map { down: (height, width), .. }) => {
                vec![batch, None, Some(divided("height", *height)), Some(divided("width", *width))]
            }
            Some(Extent::Cells { maps, channels_last, .. }) => {
                let place = cells.iter().position(|known| known == maps).unwrap_or_else(|| {
                    cells.push(maps);
                    cells.len() - 1
                });
                // One name for one number of cells.
                let anchors =
                    Some(if place == 0 { "anchors".to_owned() } else { format!("anchors_{place}") });
                if *channels_last { vec![batch, anchors, None] } else { vec![batch, None, anchors] }
            }
            None => continue,
        };
        labels.insert(end.name, names);
    }
    labels
}

struct Rewrite<'w, 'a> {
    walked: &'w Walked<'a>,
    labels: BTreeMap<&'a str, Vec<Option<String>>>,
}

impl Rewrite<'_, '_> {
    fn model(&self, file: &[u8]) -> Result<Vec<u8>, Malformed> {
        mapped(file, |field, out| match field {
            Field { number: model::GRAPH, value: Value::Bytes(graph), .. } => {
                put_bytes(out, model::GRAPH, &self.graph(graph)?);
                Ok(())
            }
            _ => copied(field, out),
        })
    }

    fn graph(&self, graph: &[u8]) -> Result<Vec<u8>, Malformed> {
        mapped(graph, |field, out| {
            let Field { number, value: Value::Bytes(bytes), .. } = field else { return copied(field, out) };
            match number {
                graph::INITIALIZER => match self.walked.targets.get(named(bytes, tensor::NAME)?) {
                    Some(target) => put_bytes(out, number, &retargeted(bytes, target)?),
                    None => return copied(field, out),
                },
                graph::NODE if named(bytes, node::OP_TYPE)? == "Constant" => {
                    match self.walked.targets.get(named(bytes, node::OUTPUT)?) {
                        Some(target) => put_bytes(out, number, &reconstant(bytes, target)?),
                        None => return copied(field, out),
                    }
                }
                graph::INPUT | graph::OUTPUT => match self.labels.get(named(bytes, value_info::NAME)?) {
                    Some(names) => put_bytes(out, number, &relabelled(bytes, names)?),
                    None => return copied(field, out),
                },
                // A label of the old size would be false, and every runtime works the new one out for itself.
                graph::VALUE_INFO if self.walked.extents.contains_key(named(bytes, value_info::NAME)?) => {}
                _ => return copied(field, out),
            }
            Ok(())
        })
    }
}

/// `message` with each field given to `rewrite`, which appends what takes its place.
fn mapped(
    message: &[u8],
    mut rewrite: impl FnMut(Field<'_>, &mut Vec<u8>) -> Result<(), Malformed>,
) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(message.len());
    for field in fields(message) {
        rewrite(field?, &mut out)?;
    }
    Ok(out)
}

fn copied(field: Field<'_>, out: &mut Vec<u8>) -> Result<(), Malformed> {
    out.extend_from_slice(field.raw);
    Ok(())
}

/// The text in field `number`, empty where there is none.
fn named(message: &[u8], number: u32) -> Result<&str, Malformed> {
    for field in fields(message) {
        match field? {
            Field { number: found, value: Value::Bytes(bytes), .. } if found == number => {
                return str::from_utf8(bytes).map_err(|_| Malformed);
            }
            _ => {}
        }
    }
    Ok("")
}

/// A list of 64-bit whole numbers with `numbers` instead of its own, of which there are as many.
fn retargeted(tensor: &[u8], numbers: &[i64]) -> Result<Vec<u8>, Malformed> {
    let mut out = mapped(tensor, |field, out| match field.number {
        tensor::INT64S | tensor::RAW => Ok(()),
        _ => copied(field, out),
    })?;
    let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    put_bytes(&mut out, tensor::RAW, &raw);
    Ok(out)
}

fn reconstant(constant: &[u8], numbers: &[i64]) -> Result<Vec<u8>, Malformed> {
    mapped(constant, |field, out| {
        let Field { number: node::ATTRIBUTE, value: Value::Bytes(bytes), .. } = field else {
            return copied(field, out);
        };
        let rewritten = mapped(bytes, |field, out| match field {
            Field { number: attribute::TENSOR, value: Value::Bytes(bytes), .. } => {
                put_bytes(out, attribute::TENSOR, &retargeted(bytes, numbers)?);
                Ok(())
            }
            _ => copied(field, out),
        })?;
        put_bytes(out, node::ATTRIBUTE, &rewritten);
        Ok(())
    })
}

/// An input's or output's entry, its dimensions called by `names` where there is one.
fn relabelled(entry: &[u8], names: &[Option<String>]) -> Result<Vec<u8>, Malformed> {
    // From the entry down to its list of dimensions.
    nested(entry, &[value_info::TYPE, value_info::TENSOR_TYPE, value_info::SHAPE], &|shape| {
        let mut names = names.iter();
        mapped(shape, |field, out| {
            let Field { number: value_info::DIM, value: Value::Bytes(dim), .. } = field else {
                return copied(field, out);
            };
            let Some(Some(name)) = names.next() else { return copied(field, out) };
            let mut renamed = mapped(dim, |field, out| match field.number {
                value_info::DIM_VALUE | value_info::DIM_PARAM => Ok(()),
                _ => copied(field, out),
            })?;
            put_bytes(&mut renamed, value_info::DIM_PARAM, name.as_bytes());
            put_bytes(out, value_info::DIM, &renamed);
            Ok(())
        })
    })
}

/// Makes one message of another.
type Rewriter<'a> = dyn Fn(&[u8]) -> Result<Vec<u8>, Malformed> + 'a;

/// `message` with what lies at `path` in it rewritten.
fn nested(message: &[u8], path: &[u32], rewrite: &Rewriter<'_>) -> Result<Vec<u8>, Malformed> {
    let Some((&first, rest)) = path.split_first() else { return rewrite(message) };
    mapped(message, |field, out| match field {
        Field { number, value: Value::Bytes(bytes), .. } if number == first => {
            put_bytes(out, number, &nested(bytes, rest, rewrite)?);
            Ok(())
        }
        _ => copied(field, out),
    })
}
