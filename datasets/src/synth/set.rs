//! A set of samples on disk: `set.json`, `index.jsonl`, `pictures/` and, for a reader, `crops.npy`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SynthError;
use super::reader::{CROP_HEIGHT, CROP_WIDTH, ReaderSample};
use super::scene::SceneSample;

/// The folder of pictures.
const PICTURES: &str = "pictures";

/// What a set was made from: the same again gives the same bytes.
#[derive(Clone, Debug, Serialize)]
pub struct SetHeader {
    /// Names the document's kind and version.
    pub schema: &'static str,
    /// `reader` or `locator`.
    pub purpose: &'static str,
    /// Codes of the countries.
    pub countries: Vec<&'static str>,
    /// Number of the first sample.
    pub first: u64,
    /// Samples in the set.
    pub count: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// Scale of the effects' probabilities.
    pub spoil: f64,
    /// Names of the faces.
    pub faces: Vec<&'static str>,
    /// Width and height of a crop; of a reader's set alone.
    pub crop: Option<[usize; 2]>,
}

/// A set under way.
pub struct SetWriter {
    folder: PathBuf,
    index: BufWriter<File>,
    crops: Option<BufWriter<File>>,
    expected: u64,
    written: u64,
}

/// A line of the index: where the picture is, and its label.
#[derive(Serialize)]
struct Line<'a, L> {
    picture: String,
    #[serde(flatten)]
    label: &'a L,
}

impl SetWriter {
    /// Begins a set in `folder`, which is made; a set that is there already is not overwritten.
    ///
    /// # Errors
    /// [`SynthError::Io`].
    pub fn create(folder: &Path, header: &SetHeader) -> Result<Self, SynthError> {
        let pictures = folder.join(PICTURES);
        std::fs::create_dir_all(&pictures).map_err(|source| SynthError::Io { path: pictures, source })?;
        let begin = |name: &str| {
            let path = folder.join(name);
            File::create_new(&path).map(BufWriter::new).map_err(|source| SynthError::Io { path, source })
        };
        let mut set = begin("set.json")?;
        let io = |source| SynthError::Io { path: folder.join("set.json"), source };
        serde_json::to_writer_pretty(&mut set, header).map_err(|error| io(error.into()))?;
        set.write_all(b"\n").and_then(|()| set.flush()).map_err(io)?;
        let crops = match header.crop {
            None => None,
            Some(_) => {
                let mut crops = begin("crops.npy")?;
                let io = |source| SynthError::Io { path: folder.join("crops.npy"), source };
                crops.write_all(&npy_header(header.count)).map_err(io)?;
                Some(crops)
            }
        };
        let index = begin("index.jsonl")?;
        Ok(Self { folder: folder.to_owned(), index, crops, expected: header.count, written: 0 })
    }

    /// Adds a reader's sample.
    ///
    /// # Errors
    /// [`SynthError::Io`].
    pub fn add_crop(&mut self, sample: &ReaderSample) -> Result<(), SynthError> {
        if let Some(crops) = &mut self.crops {
            let path = self.folder.join("crops.npy");
            crops.write_all(&sample.crop).map_err(|source| SynthError::Io { path, source })?;
        }
        self.add(sample.label.index, &sample.jpeg, &sample.label)
    }

    /// Adds a locator's sample.
    ///
    /// # Errors
    /// [`SynthError::Io`].
    pub fn add_scene(&mut self, sample: &SceneSample) -> Result<(), SynthError> {
        self.add(sample.label.index, &sample.jpeg, &sample.label)
    }

    fn add(&mut self, index: u64, jpeg: &[u8], label: &impl Serialize) -> Result<(), SynthError> {
        let picture = format!("{PICTURES}/{index:07}.jpg");
        let path = self.folder.join(&picture);
        std::fs::write(&path, jpeg).map_err(|source| SynthError::Io { path, source })?;
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
        if let Some(crops) = &mut self.crops {
            crops.flush().map_err(io)?;
        }
        if self.written != self.expected {
            return Err(SynthError::Count { actual: self.written, expected: self.expected });
        }
        Ok(())
    }
}

/// Header of a NumPy array file, version 1.0, of `count` crops: `[count, CROP_HEIGHT, CROP_WIDTH, 3]` unsigned bytes.
fn npy_header(count: u64) -> Vec<u8> {
    /// Magic, version and length of the text.
    const FIXED: usize = 10;
    let mut text = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {CROP_HEIGHT}, {CROP_WIDTH}, 3), }}"
    );
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
