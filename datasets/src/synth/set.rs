//! A set of samples on disk: `set.json`, `index.jsonl`, `pictures/` and, for a reader, arrays for NumPy.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SynthError;
use super::effect::Effect;
use super::reader::ReaderSample;
use super::scene::SceneSample;
use super::target::{READER_SLOTS, reader_classes};
use super::track::TrackSets;

/// The folder of pictures.
const PICTURES: &str = "pictures";

/// What a set was made from: the same again gives the same bytes.
#[derive(Clone, Debug, Serialize)]
pub struct SetHeader {
    /// Names the document's kind and version.
    pub schema: &'static str,
    /// `reader`, `tracks` or `locator`.
    pub purpose: &'static str,
    /// Codes of the countries.
    pub countries: Vec<&'static str>,
    /// Number of the first sample.
    pub first: u64,
    /// Samples in the set.
    pub count: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// Scale of the effects' probabilities; of a set without tracks, whose sets have their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoil: Option<f64>,
    /// Scale of the corners' errors, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corner_error: Option<f64>,
    /// Share of the crops that are cut by upright boxes, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upright: Option<f64>,
    /// Share of the crops without a plate.
    pub no_plate: f64,
    /// Whether the pictures are left out.
    pub crops_only: bool,
    /// Names of the faces.
    pub faces: Vec<&'static str>,
    /// What its tracks were made from; of a set of tracks alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracks: Option<TrackSets>,
    /// Width and height of a crop; of a reader's set alone.
    pub crop: Option<[usize; 2]>,
}

/// A set under way.
pub struct SetWriter {
    folder: PathBuf,
    index: BufWriter<File>,
    arrays: Option<Arrays>,
    /// A row for each plate of a locator's set: number of the picture within the set, four corners, share hidden.
    plates: Vec<[f32; 10]>,
    crops_only: bool,
    expected: u64,
    written: u64,
}

/// What a trainer of a reader takes.
struct Arrays {
    crops: Array,
    labels: Array,
    colours: Array,
}

/// A file for NumPy under way.
struct Array {
    path: PathBuf,
    file: BufWriter<File>,
}

/// A line of the index: where the picture is, and its label.
#[derive(Serialize)]
struct Line<'a, L> {
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(flatten)]
    label: &'a L,
}

impl SetWriter {
    /// Begins a set in `folder`, which is made; a set that is there already is not overwritten.
    ///
    /// # Errors
    /// [`SynthError::Io`].
    pub fn create(folder: &Path, header: &SetHeader) -> Result<Self, SynthError> {
        let pictures = if header.crops_only { folder.to_owned() } else { folder.join(PICTURES) };
        std::fs::create_dir_all(&pictures).map_err(|source| SynthError::Io { path: pictures, source })?;
        let begin = |name: &str| {
            let path = folder.join(name);
            File::create_new(&path).map(BufWriter::new).map_err(|source| SynthError::Io { path, source })
        };
        let mut set = begin("set.json")?;
        let io = |source| SynthError::Io { path: folder.join("set.json"), source };
        serde_json::to_writer_pretty(&mut set, header).map_err(|error| io(error.into()))?;
        set.write_all(b"\n").and_then(|()| set.flush()).map_err(io)?;
        let count = header.count;
        let arrays = match header.crop {
            None => None,
            Some([width, height]) => Some(Arrays {
                crops: Array::create(
                    folder.join("crops.npy"),
                    "|u1",
                    &format!("({count}, {height}, {width}, 3)"),
                )?,
                labels: Array::create(
                    folder.join("labels.npy"),
                    "|u1",
                    &format!("({count}, {READER_SLOTS})"),
                )?,
                colours: Array::create(folder.join("colours.npy"), "|u1", &format!("({count},)"))?,
            }),
        };
        let index = begin("index.jsonl")?;
        Ok(Self {
            folder: folder.to_owned(),
            index,
            arrays,
            plates: Vec::new(),
            crops_only: header.crops_only,
            expected: header.count,
            written: 0,
        })
    }

    /// Adds a reader's sample.
    ///
    /// # Errors
    /// [`SynthError::Io`], and [`SynthError::Class`] or [`SynthError::Slots`] for a text that no reader of ours answers.
    pub fn add_crop(&mut self, sample: &ReaderSample) -> Result<(), SynthError> {
        if let Some(Arrays { crops, labels, colours }) = &mut self.arrays {
            labels.write(&reader_classes(&sample.label.lines)?)?;
            colours.write(&[sample.label.colour_class()])?;
            crops.write(&sample.crop)?;
        }
        let jpeg = if self.crops_only { None } else { Some(sample.jpeg()?) };
        self.add(sample.label.index, jpeg.as_deref(), &sample.label)
    }

    /// Adds a locator's sample.
    ///
    /// # Errors
    /// [`SynthError::Io`].
    pub fn add_scene(&mut self, sample: &SceneSample) -> Result<(), SynthError> {
        for plate in &sample.label.plates {
            let mut row = [self.written as f32; 10];
            for (value, corner) in row[1..9].iter_mut().zip(plate.corners.as_flattened()) {
                *value = *corner as f32;
            }
            row[9] = plate.effects.strength(Effect::Hidden).unwrap_or_default() as f32;
            self.plates.push(row);
        }
        self.add(sample.label.index, Some(&sample.jpeg), &sample.label)
    }

    fn add(&mut self, index: u64, jpeg: Option<&[u8]>, label: &impl Serialize) -> Result<(), SynthError> {
        let mut picture = None;
        if let Some(jpeg) = jpeg {
            let name = picture.insert(format!("{PICTURES}/{index:07}.jpg"));
            let path = self.folder.join(name);
            std::fs::write(&path, jpeg).map_err(|source| SynthError::Io { path, source })?;
        }
        let io = |source| SynthError::Io { path: self.folder.join("index.jsonl"), source };
        serde_json::to_writer(&mut self.index, &Line { picture, label }).map_err(|error| io(error.into()))?;
        self.index.write_all(b"\n").map_err(io)?;
        self.written += 1;
        Ok(())
    }

    /// Ends the set.
    ///
    /// # Errors
    /// [`SynthError::Io`]; [`SynthError::Count`] when it is not as large as was promised.
    pub fn finish(mut self) -> Result<(), SynthError> {
        let io = |source| SynthError::Io { path: self.folder.clone(), source };
        self.index.flush().map_err(io)?;
        match &mut self.arrays {
            Some(Arrays { crops, labels, colours }) => {
                for array in [crops, labels, colours] {
                    array.file.flush().map_err(io)?;
                }
            }
            None => {
                let shape = format!("({}, 10)", self.plates.len());
                let mut plates = Array::create(self.folder.join("plates.npy"), "<f4", &shape)?;
                for value in self.plates.as_flattened() {
                    plates.write(&value.to_le_bytes())?;
                }
                plates.file.flush().map_err(io)?;
            }
        }
        if self.written != self.expected {
            return Err(SynthError::Count { actual: self.written, expected: self.expected });
        }
        Ok(())
    }
}

impl Array {
    fn create(path: PathBuf, element: &str, shape: &str) -> Result<Self, SynthError> {
        let file = File::create_new(&path).map_err(|source| SynthError::Io { path: path.clone(), source })?;
        let mut array = Self { path, file: BufWriter::new(file) };
        array.write(&npy_header(element, shape))?;
        Ok(array)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SynthError> {
        self.file.write_all(bytes).map_err(|source| SynthError::Io { path: self.path.clone(), source })
    }
}

/// Header of a NumPy array file, version 1.0; element and shape as NumPy writes them.
fn npy_header(element: &str, shape: &str) -> Vec<u8> {
    /// Magic, version and length of the text.
    const FIXED: usize = 10;
    let mut text = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': {shape}, }}");
    // The samples begin at a multiple of 64 bytes.
    while !(FIXED + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.as_bytes());
    header
}
