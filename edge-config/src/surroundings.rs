use std::path::Path;

use crate::Machine;

/// What the caller knows that the text does not say. [`Surroundings::default`] knows nothing.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The value of an environment variable; `None` where it is not set or not text.
    pub environment: Environment<'a>,
    /// The models that cameras may name. Without it, any id, input size and class may stand in the file.
    pub catalogue: Option<Catalogue<'a>>,
    /// The providers that may be named. Without them, any name and option may stand in the file.
    pub providers: Option<&'a [KnownProvider<'a>]>,
    /// The machine that the file is for. Without it, measurements are taken for this machine's.
    pub machine: Option<&'a Machine>,
}

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All known models, those in the folder `[models] dir` among them where the file names one; otherwise why they cannot
/// be told, in words for the operator.
pub type Catalogue<'a> = &'a dyn Fn(Option<&Path>) -> Result<Vec<KnownModel>, String>;

/// A model, and what a camera may ask of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// What `camera.model` calls it.
    pub id: String,
    /// What it is for.
    pub task: ModelTask,
    /// What `camera.input-size` may be.
    pub input: InputSizes,
    /// Whether it takes more than one picture in a run.
    pub batches: bool,
    /// What `camera.rule.classes` may hold.
    pub classes: Vec<String>,
    /// Why it may be used only where `models.accept-licence` names it, in words for the operator; `None` where anybody
    /// may use it.
    pub reservation: Option<String>,
}

/// A provider, and the options that an operator may give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownProvider<'a> {
    /// What `inference.provider` calls it.
    pub name: &'a str,
    /// What `inference.provider.options` may hold for it.
    pub options: &'a [&'a str],
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelTask {
    /// Finds objects in a frame: what a camera's model does.
    Detect,
    /// Finds faces in a frame.
    DetectFace,
    /// Finds plates in a frame.
    DetectPlate,
    /// Reads the picture of a plate.
    ReadPlate,
    /// Turns the picture of a face into an embedding.
    EmbedFace,
    /// Turns the picture of a person into an embedding: what appearance asks for.
    EmbedPerson,
}

impl ModelTask {
    /// What such a model does, for messages.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Detect => "detects",
            Self::DetectFace => "finds faces alone",
            Self::DetectPlate => "finds plates alone",
            Self::ReadPlate => "reads plates",
            Self::EmbedFace => "embeds faces",
            Self::EmbedPerson => "embeds people",
        }
    }
}

/// Input sizes that a model takes, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputSizes {
    /// This width and height.
    Only(u32, u32),
    /// Any width and height that are multiples of this.
    MultiplesOf(u32),
}

impl Surroundings<'_> {
    /// The environment of this process, and no catalogue.
    pub fn of_process() -> Self {
        Self { environment: &|name| std::env::var(name).ok(), ..Self::default() }
    }
}

impl Default for Surroundings<'_> {
    fn default() -> Self {
        Self { environment: &|_| None, catalogue: None, providers: None, machine: None }
    }
}
