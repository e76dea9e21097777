use ort::session::SessionOutputs;

/// One output of a run, where the runtime put it.
#[derive(Clone, Copy, Debug)]
pub struct TensorView<'a> {
    /// Length of each dimension, outermost first.
    pub shape: &'a [i64],
    /// The values, row-major.
    pub data: &'a [f32],
}

/// The outputs of a run that the session's specification names, in its order.
#[derive(Debug)]
pub struct Outputs<'a> {
    names: &'a [String],
    tensors: Vec<TensorView<'a>>,
}

impl<'a> Outputs<'a> {
    /// The outputs called `names`, all of them `f32`.
    pub(crate) fn of(names: &'a [String], values: &'a SessionOutputs<'_>) -> ort::Result<Self> {
        let tensor = |name: &String| {
            let value = values.get(name).ok_or_else(|| ort::Error::new(format!("no output `{name}`")))?;
            let (shape, data) = value.try_extract_tensor::<f32>()?;
            Ok(TensorView { shape, data })
        };
        Ok(Self { names, tensors: names.iter().map(tensor).collect::<ort::Result<_>>()? })
    }

    /// The shapes that each of `count` pictures sees of these outputs of a run of all of them.
    pub(crate) fn shapes_of_one(&self, count: usize) -> ort::Result<Vec<Vec<i64>>> {
        let shape_of_one = |(name, view): (&str, TensorView<'_>)| match view.shape {
            [first, rest @ ..] if usize::try_from(*first) == Ok(count) => Ok([&[1], rest].concat()),
            shape => Err(ort::Error::new(format!(
                "output `{name}` has shape {shape:?} for {count} pictures, expected {count} as its first length"
            ))),
        };
        self.iter().map(shape_of_one).collect()
    }

    /// The part of the picture at `place`, whose shapes are `shapes`.
    pub(crate) fn one<'b>(&self, shapes: &'b [Vec<i64>], place: usize) -> Outputs<'b>
    where
        'a: 'b,
    {
        let part = |(view, shape): (&TensorView<'a>, &'b Vec<i64>)| {
            let len = shape.iter().product::<i64>() as usize;
            TensorView { shape, data: &view.data[place * len..(place + 1) * len] }
        };
        Outputs { names: self.names, tensors: self.tensors.iter().zip(shapes).map(part).collect() }
    }

    /// The output at place `index` of [`SessionSpec::outputs`](crate::SessionSpec::outputs).
    pub fn get(&self, index: usize) -> Option<TensorView<'a>> {
        self.tensors.get(index).copied()
    }

    /// The output called `name`.
    pub fn named(&self, name: &str) -> Option<TensorView<'a>> {
        self.get(self.names.iter().position(|known| known == name)?)
    }

    /// Names and tensors, in the order of the specification.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, TensorView<'a>)> {
        self.names.iter().map(String::as_str).zip(self.tensors.iter().copied())
    }
}
