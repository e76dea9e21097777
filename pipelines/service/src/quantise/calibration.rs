use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use models::{Card, Fit};
use vision::{Letterbox, SizePx, TensorWriter};

use crate::eval::{self, BadRequest, Request, Sample};

/// Inputs of a model as its cameras give them, in files.
pub(super) struct Calibration {
    tensors: Vec<Tensor>,
}

/// One input, `[1, 3, height, width]`, as raw little-endian `f32`.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) file: PathBuf,
    pub(super) size: SizePx,
}

impl Calibration {
    /// Brings `count` frames of the dataset to the input of `card`, into `folder`.
    ///
    /// # Errors
    /// [`BadRequest`] when the dataset has nothing to look at; when a clip or picture cannot be used or a file cannot be
    /// written.
    pub(super) fn take(request: &Request, card: &Card, count: usize, folder: &Path) -> anyhow::Result<Self> {
        let mut tensors = Vec::new();
        eval::sample(request, count, |sample| {
            let file = folder.join(format!("{}.f32", tensors.len()));
            let size = write(card, &sample, &file)?;
            tensors.push(Tensor { file, size });
            Ok(())
        })?;
        if tensors.is_empty() {
            return Err(BadRequest::new("the dataset has no frame to calibrate with").into());
        }
        Ok(Self { tensors })
    }

    #[cfg(test)]
    pub(super) fn of(tensors: Vec<Tensor>) -> Self {
        Self { tensors }
    }

    pub(super) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    pub(super) fn count(&self) -> usize {
        self.tensors.len()
    }

    /// The input size that most frames have; of several the largest.
    pub(super) fn usual_size(&self) -> SizePx {
        self.usual().size
    }

    /// An input of that size.
    #[expect(clippy::indexing_slicing, reason = "there is at least one tensor")]
    pub(super) fn usual(&self) -> &Tensor {
        let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for tensor in &self.tensors {
            *counts.entry((tensor.size.width, tensor.size.height)).or_default() += 1;
        }
        let rank = |tensor: &&Tensor| {
            let size = (tensor.size.width, tensor.size.height);
            (counts.get(&size).copied().unwrap_or(0), tensor.size.area_px(), size)
        };
        self.tensors.iter().max_by_key(rank).unwrap_or(&self.tensors[0])
    }
}

/// Writes what a camera's lens would have put into the model's input, and tells its size.
fn write(card: &Card, sample: &Sample, file: &Path) -> anyhow::Result<SizePx> {
    let view = sample.planes.view();
    let input = sample.input.unwrap_or_else(|| card.input.size.cut_to(view.size()));
    let Fit::Letterbox(pad) = card.input.fit else { bail!("expected an input with a letterbox") };
    let letterbox = Letterbox::fit(view.size(), input, pad)
        .with_context(|| format!("a frame of {} does not go into {input}", view.size()))?;
    let mut tensor = vec![0.0; 3 * input.area_px() as usize];
    TensorWriter::new(letterbox, card.input.spec, view.format()).write(&view, &mut tensor);
    let written = || -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(file)?);
        for value in &tensor {
            out.write_all(&value.to_le_bytes())?;
        }
        out.flush()
    };
    written().with_context(|| format!("could not write `{}`", file.display()))?;
    Ok(input)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vision::{ColourMatrix, ColourRange, OwnedPlanes, PixelFormat};

    use super::*;

    #[test]
    fn what_calibrates_is_what_the_model_is_fed() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("0.f32");
        let cards = models::builtin_cards().expect("built in");
        // Blue, green and red of one colour over a frame that leaves a border below.
        let colour = [50.0_f32, 120.0, 200.0];
        let rgb = [200, 120, 50].repeat(832 * 416);
        let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Full);
        let frame = || {
            let planes = vec![(rgb.clone(), 3 * 832)];
            OwnedPlanes::new(SizePx::new(832, 416), PixelFormat::Rgb8, matrix, range, planes)
                .expect("a frame")
        };
        for (id, input) in [
            ("yolox-nano-416", None),
            ("person-rtmdet-nano", None),
            ("yolox-nano", Some(SizePx::new(192, 160))),
        ] {
            let card = models::find(&cards, id).expect("built in");
            let sample = Sample { planes: Arc::new(frame()), input };
            let size = write(card, &sample, &file).expect("written");
            assert_eq!(size, input.unwrap_or(card.input.size.cut_to(SizePx::new(832, 416))), "{id}");
            let bytes = std::fs::read(&file).expect("there");
            let (values, []) = bytes.as_chunks::<4>() else { panic!("{id}: {} bytes", bytes.len()) };
            let area = size.area_px() as usize;
            assert_eq!(values.len(), 3 * area, "{id}");
            for (channel, level) in colour.into_iter().enumerate() {
                let fed =
                    |level: f32| (level - card.input.spec.mean[channel]) * card.input.spec.scale[channel];
                let [first, last] =
                    [channel * area, (channel + 1) * area - 1].map(|place| f32::from_le_bytes(values[place]));
                assert!((first - fed(level)).abs() < 0.01, "{id}: {first}");
                assert!((last - fed(114.0)).abs() < 0.01, "{id}: {last}");
            }
        }
    }

    fn calibration(sizes: &[(u32, u32)]) -> Calibration {
        let tensor = |&(width, height): &(u32, u32)| Tensor {
            file: PathBuf::from(format!("{width}x{height}")),
            size: SizePx::new(width, height),
        };
        Calibration { tensors: sizes.iter().map(tensor).collect() }
    }

    #[test]
    fn the_usual_size_is_the_one_that_most_frames_have() {
        let usual = |sizes: &[(u32, u32)]| calibration(sizes).usual_size();
        assert_eq!(usual(&[(416, 320), (416, 256), (416, 256)]), SizePx::new(416, 256));
        assert_eq!(usual(&[(416, 256), (416, 320)]), SizePx::new(416, 320), "of several the largest");
    }
}
