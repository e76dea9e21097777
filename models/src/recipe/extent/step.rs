//! One node: what its result's shape is, for every size of the input.

use super::super::onnx::{Node, Numbers, Tensor};
use super::{Extent, MAX_SIDE, Walk};

/// Shape as it came in, other inputs constant.
const KEEPING: &[&str] = &[
    "Abs",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Elu",
    "Erf",
    "Exp",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "Log",
    "Mish",
    "Neg",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softplus",
    "Sqrt",
    "Tanh",
];

/// Element by element of two tensors.
const PAIRING: &[&str] = &["Add", "Div", "Max", "Min", "Mul", "PRelu", "Pow", "Sub"];

impl<'a> Walk<'_, 'a> {
    /// The extent of what `node` gives, or why it has none that is known for every size.
    pub(super) fn step(&mut self, node: &Node<'a>) -> Result<Extent, String> {
        if !matches!(node.domain, "" | "ai.onnx") {
            return Err(format!(
                "it is of the domain `{}`, expected the operators of ONNX alone",
                node.domain
            ));
        }
        match node.op {
            op if KEEPING.contains(&op) => {
                for input in node.inputs.iter().skip(1).filter(|input| !input.is_empty()) {
                    self.constant(input)?;
                }
                self.extent(node, 0).cloned()
            }
            op if PAIRING.contains(&op) => self.pair(node),
            "Conv" => {
                let weights = self.constant(node.inputs.get(1).copied().unwrap_or_default())?;
                let &[channels, _, kernel_h, kernel_w] = weights.dims.as_slice() else {
                    return Err(format!("its weights are {:?}, expected four dimensions", weights.dims));
                };
                self.window(node, Some(channels), [kernel_h, kernel_w])
            }
            "MaxPool" | "AveragePool" => {
                let Some(&[kernel_h, kernel_w]) = node.ints("kernel_shape") else {
                    return Err("its `kernel_shape` is not of two sides".to_owned());
                };
                self.window(node, None, [kernel_h, kernel_w])
            }
            "Concat" => self.concat(node),
            "Slice" => self.slice(node),
            "Resize" | "Upsample" => self.resize(node),
            "Reshape" => self.reshape(node),
            "Transpose" => match self.extent(node, 0)? {
                Extent::Cells { channels, maps, channels_last } if node.ints("perm") == Some(&[0, 2, 1]) => {
                    let (channels, maps) = (*channels, maps.clone());
                    Ok(Extent::Cells { channels, maps, channels_last: !channels_last })
                }
                _ => Err(format!(
                    "it turns the axes by {:?}, expected [0, 2, 1] on what was reshaped",
                    node.ints("perm").unwrap_or_default()
                )),
            },
            _ => Err("whether its result follows any input size is not known here".to_owned()),
        }
    }

    fn extent(&self, node: &Node<'a>, input: usize) -> Result<&Extent, String> {
        let name = node.inputs.get(input).copied().unwrap_or_default();
        match self.extents.get(name) {
            Some(extent) => Ok(extent),
            None if self.graph.constants.contains_key(name) => {
                Err(format!("it computes on the constant `{name}`, expected constants folded"))
            }
            None => Err(format!("it reads `{name}`, which nothing before it gives")),
        }
    }

    fn map(&self, node: &Node<'a>) -> Result<(i64, (i64, i64)), String> {
        match self.extent(node, 0)? {
            Extent::Map { channels, down } => Ok((*channels, *down)),
            Extent::Cells { .. } => Err("it reads what was reshaped already, expected a map".to_owned()),
        }
    }

    fn constant(&self, name: &str) -> Result<&Tensor<'a>, String> {
        let missing = || format!("its input `{name}` is computed or missing, expected a constant");
        self.graph.constants.get(name).ok_or_else(missing)
    }

    /// The whole numbers of input `input`; none where it is left out.
    fn integers(&self, node: &Node<'a>, input: usize) -> Result<Vec<i64>, String> {
        let name = node.inputs.get(input).copied().unwrap_or_default();
        if name.is_empty() {
            return Ok(Vec::new());
        }
        match &self.constant(name)?.numbers {
            Numbers::Integers(numbers) => Ok(numbers.clone()),
            Numbers::Floats(_) | Numbers::Many => {
                Err(format!("its input `{name}` does not hold a few 64-bit whole numbers"))
            }
        }
    }

    /// Two tensors of one extent, or one and a constant that does not name a size.
    fn pair(&self, node: &Node<'a>) -> Result<Extent, String> {
        let &[first, second] = node.inputs.as_slice() else {
            return Err(format!("it has {} inputs, expected 2", node.inputs.len()));
        };
        let (at, constant) = match (self.graph.constants.get(first), self.graph.constants.get(second)) {
            (None, None) => {
                let (first, second) = (self.extent(node, 0)?, self.extent(node, 1)?);
                return match first == second {
                    true => Ok(first.clone()),
                    false => Err(format!("its inputs are {first} and {second}, expected two alike")),
                };
            }
            (Some(constant), _) => (1, constant),
            (None, Some(constant)) => (0, constant),
        };
        let extent = self.extent(node, at)?;
        let (rank, channel_axis, channels) = match extent {
            Extent::Map { channels, .. } => (4, 1, *channels),
            Extent::Cells { channels, channels_last, .. } => {
                (3, if *channels_last { 2 } else { 1 }, *channels)
            }
        };
        let Some(skipped) = usize::checked_sub(rank, constant.dims.len()) else {
            return Err(format!(
                "constant `{}` has {:?}, more axes than its other input",
                constant.name, constant.dims
            ));
        };
        let fits = |(i, &dim): (usize, &i64)| dim == 1 || (i + skipped == channel_axis && dim == channels);
        match constant.dims.iter().enumerate().all(fits) {
            true => Ok(extent.clone()),
            false => Err(format!(
                "constant `{}` has the shape {:?}, which is made for one input size",
                constant.name, constant.dims
            )),
        }
    }

    /// A convolution or pooling.
    fn window(&self, node: &Node<'a>, channels: Option<i64>, kernel: [i64; 2]) -> Result<Extent, String> {
        let (kept, mut down) = self.map(node)?;
        let of = |name: &str, default: [i64; 2]| match node.ints(name) {
            None => Ok(default),
            Some(&[height, width]) => Ok([height, width]),
            Some(other) => Err(format!("its `{name}` is {other:?}, expected two numbers")),
        };
        let (strides, dilations) = (of("strides", [1, 1])?, of("dilations", [1, 1])?);
        let pads = match (node.text("auto_pad").unwrap_or("NOTSET"), node.ints("pads")) {
            ("SAME_UPPER" | "SAME_LOWER", _) => None,
            ("NOTSET", Some(&[top, left, bottom, right])) => {
                Some([top.saturating_add(bottom), left.saturating_add(right)])
            }
            ("NOTSET", None) | ("VALID", _) => Some([0, 0]),
            (word, pads) => return Err(format!("its padding is {word} {pads:?}, expected two sides")),
        };
        for (axis, down) in [&mut down.0, &mut down.1].into_iter().enumerate() {
            let stride = strides[axis];
            // Of `n * stride` cells `(n * stride + surplus) / stride + 1`, rounded, are left: `n` if the surplus counts as
            // one stride less. Of "same" it always does.
            let reach = dilations[axis].saturating_mul(kernel[axis].saturating_sub(1));
            let surplus = pads.map(|pads| pads[axis].saturating_sub(reach).saturating_sub(1));
            let rounds_up = node.int("ceil_mode").is_some_and(|mode| mode != 0);
            let divides = |surplus: i64| match rounds_up {
                true => -2 * stride < surplus && surplus <= -stride,
                false => (-stride..0).contains(&surplus),
            };
            if !(1..=MAX_SIDE).contains(&stride) || surplus.is_some_and(|surplus| !divides(surplus)) {
                return Err(format!(
                    "kernel {kernel:?}, strides {strides:?} and pads {} do not divide every size evenly",
                    pads.map_or_else(|| "as needed".to_owned(), |pads| format!("{pads:?}"))
                ));
            }
            *down = coarser(*down, stride)?;
        }
        Ok(Extent::Map { channels: channels.unwrap_or(kept), down })
    }

    fn concat(&self, node: &Node<'a>) -> Result<Extent, String> {
        let axis = node.int("axis").unwrap_or_default();
        let mut joined = self.extent(node, 0)?.clone();
        for input in 1..node.inputs.len() {
            let next = self.extent(node, input)?;
            let unlike = || format!("it joins {joined} and {next} along axis {axis}, expected two alike");
            joined = match (&joined, next) {
                (Extent::Map { channels, down }, Extent::Map { channels: more, down: other })
                    if down == other && matches!(axis, 1 | -3) =>
                {
                    Extent::Map { channels: channels.saturating_add(*more), down: *down }
                }
                (
                    Extent::Cells { channels, maps, channels_last },
                    Extent::Cells { channels: alike, maps: more, channels_last: last },
                ) if channels == alike
                    && channels_last == last
                    && [if *last { 1 } else { 2 }, if *last { -2 } else { -1 }].contains(&axis) =>
                {
                    let maps = maps.iter().chain(more).copied().collect();
                    Extent::Cells { channels: *channels, maps, channels_last: *last }
                }
                _ => return Err(unlike()),
            };
        }
        Ok(joined)
    }

    /// Every so manieth row or column, as the Focus layer takes them, or some of the channels.
    fn slice(&self, node: &Node<'a>) -> Result<Extent, String> {
        let (channels, (down_h, down_w)) = self.map(node)?;
        let [starts, ends, axes, steps] = [1, 2, 3, 4].map(|input| self.integers(node, input));
        let (starts, ends, axes, steps) = (starts?, ends?, axes?, steps?);
        let (&[start], &[end], &[axis]) = (starts.as_slice(), ends.as_slice(), axes.as_slice()) else {
            return Err("it does not slice along one axis, named with where it starts and ends".to_owned());
        };
        let step = steps.first().copied().unwrap_or(1);
        let to_the_end = i64::from(i32::MAX) <= end;
        match axis {
            1 if step == 1 && 0 <= start && start < end => {
                Ok(Extent::Map { channels: end.min(channels) - start.min(channels), down: (down_h, down_w) })
            }
            2 if to_the_end && (0..step).contains(&start) => {
                Ok(Extent::Map { channels, down: (coarser(down_h, step)?, down_w) })
            }
            3 if to_the_end && (0..step).contains(&start) => {
                Ok(Extent::Map { channels, down: (down_h, coarser(down_w, step)?) })
            }
            _ => Err(format!(
                "it takes {start}..{end} by {step} of axis {axis}, which is made for one input size"
            )),
        }
    }

    fn resize(&self, node: &Node<'a>) -> Result<Extent, String> {
        let (channels, down) = self.map(node)?;
        let by_size = "it resizes to a size, expected whole factors";
        if node.inputs.get(3).is_some_and(|sizes| !sizes.is_empty()) {
            return Err(by_size.to_owned());
        }
        let scales = node.inputs.get(if node.op == "Upsample" { 1 } else { 2 }).copied().unwrap_or_default();
        let Numbers::Floats(scales) = &self.constant(scales)?.numbers else { return Err(by_size.to_owned()) };
        let &[1.0, 1.0, by_h, by_w] = scales.as_slice() else {
            return Err(format!("it resizes by {scales:?}, expected [1, 1, height, width]"));
        };
        let divided = |down: i64, by: f32| {
            let whole = by as i64;
            (1.0 <= by && whole as f32 == by && down % whole == 0).then(|| down / whole)
        };
        match (divided(down.0, by_h), divided(down.1, by_w)) {
            (Some(down_h), Some(down_w)) => Ok(Extent::Map { channels, down: (down_h, down_w) }),
            _ => Err(format!(
                "it resizes by {scales:?}, expected whole factors that give back what strides took"
            )),
        }
    }

    /// `[1, channels, cells]` of a map, with any of these written as a wildcard.
    fn reshape(&mut self, node: &Node<'a>) -> Result<Extent, String> {
        let (channels, down) = self.map(node)?;
        let target = self.integers(node, 1)?;
        let cells = self.height / down.0 * (self.width / down.1);
        let is_flat = matches!(target.as_slice(), &[batch, middle, last]
            if matches!(batch, -1..=1)
                && (matches!(middle, -1 | 0) || middle == channels)
                && (last == -1 || last == cells)
                && target.iter().filter(|size| **size == -1).count() <= 1);
        if !is_flat || node.int("allowzero").is_some_and(|zero| zero != 0) {
            return Err(format!("its target is {target:?}, expected [1, {channels}, {cells}]"));
        }
        let constant = node.inputs.get(1).copied().unwrap_or_default();
        let freed = vec![0, channels, -1];
        if self.targets.get(constant).is_some_and(|other| *other != freed) {
            return Err(format!("it shares its target `{constant}` with a map of other channels"));
        }
        self.targets.insert(constant, freed);
        Ok(Extent::Cells { channels, maps: vec![down], channels_last: false })
    }
}

/// Of `down` cells one for every `by`.
fn coarser(down: i64, by: i64) -> Result<i64, String> {
    let too_coarse = || format!("it takes one cell of {by} of a map that is {down} times smaller already");
    down.checked_mul(by).filter(|down| *down <= MAX_SIDE).ok_or_else(too_coarse)
}
