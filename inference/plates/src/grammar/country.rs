use serde::Deserialize;

use super::form::{Element, Form, Lines, Order};

/// A country's plates.
#[derive(Clone, Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2, in capitals.
    pub code: String,
    /// In English.
    pub name: String,
    /// What may stand between the characters of a read, where a form of the syntax has a gap.
    pub separators: Vec<char>,
    /// In the file's order: where several fit, the earlier one is likelier.
    pub syntaxes: Vec<Syntax>,
}

/// One kind of plate and how its text is made.
#[derive(Clone, Debug)]
pub struct Syntax {
    /// Name within its country, never changed once released.
    pub id: String,
    /// Code of its country.
    pub country: String,
    /// What it is for.
    pub kind: Kind,
    /// In words.
    pub name: String,
    /// Grounds and characters that occur.
    pub colours: Vec<Colours>,
    /// First year in which such plates were issued, where known.
    pub since: Option<u16>,
    /// Last year in which such plates were issued, where known; they may be on the road for long.
    pub until: Option<u16>,
    /// Whether several sources agree on it.
    pub confirmed: bool,
    /// In the order of the normalised text, which is the first form's.
    pub(super) elements: Vec<Element>,
    /// How it is printed, the likeliest first.
    pub(super) forms: Vec<Form>,
    /// The orders in which its elements are read, each once.
    pub(super) orders: Vec<Order>,
    /// Ends of a normalised text that no plate has.
    pub(super) not_ending: Vec<String>,
    /// A word for each element that make a plate.
    pub(super) example: Vec<usize>,
}

impl Syntax {
    /// In how many lines such plates are printed, the likeliest first.
    pub fn lines(&self) -> impl Iterator<Item = Lines> {
        let one = self.forms.first().map(Form::lines);
        let other = self.forms.iter().map(Form::lines).find(|&lines| Some(lines) != one);
        one.into_iter().chain(other)
    }

    /// Whether a plate may have that normalised text, as far as its end tells.
    pub(super) fn permits(&self, text: &str) -> bool {
        !self.not_ending.iter().any(|end| text.ends_with(end.as_str()))
    }

    /// The normalised text of `words`, one of each element.
    pub(super) fn text(&self, words: &[usize]) -> String {
        self.elements.iter().zip(words).flat_map(|(element, &word)| &element.words[word].normal).collect()
    }
}

/// What a plate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// Cars, lorries and buses.
    Car,
    /// Motorcycles.
    Motorcycle,
    /// Electric motorcycles with a series of their own.
    ElectricMotorcycle,
    /// Cars of the state.
    State,
    /// Motorcycles of the state.
    StateMotorcycle,
    /// Diplomats, international organisations and their staff.
    Diplomatic,
    /// Other foreigners.
    Foreign,
    /// Armed forces.
    Military,
    /// For a while only.
    Temporary,
    /// Trailers and semi-trailers.
    Trailer,
    /// Construction machines.
    SpecialMachine,
    /// Series for a purpose that their law names.
    SpecialSeries,
    /// Police.
    Police,
    /// Cars with new energy.
    NewEnergySmall,
    /// Lorries and buses with new energy.
    NewEnergyLarge,
    /// Embassies.
    Embassy,
    /// Consulates.
    Consulate,
    /// Vehicles of Hong Kong in the mainland.
    HongKong,
    /// Vehicles of Macau in the mainland.
    Macau,
    /// Driving schools.
    Learner,
}

/// Colours of a plate: its characters on its ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Colours {
    /// Black on white; some letters may be red.
    BlackOnWhite,
    /// Black on yellow.
    BlackOnYellow,
    /// White on blue.
    WhiteOnBlue,
    /// White on red.
    WhiteOnRed,
    /// White on black.
    WhiteOnBlack,
    /// Black on green, which fades to white at its top.
    BlackOnGreen,
    /// Black on green with yellow at its left.
    BlackOnYellowGreen,
}

impl Colours {
    /// The name in a grammar's file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BlackOnWhite => "black-on-white",
            Self::BlackOnYellow => "black-on-yellow",
            Self::WhiteOnBlue => "white-on-blue",
            Self::WhiteOnRed => "white-on-red",
            Self::WhiteOnBlack => "white-on-black",
            Self::BlackOnGreen => "black-on-green",
            Self::BlackOnYellowGreen => "black-on-yellow-green",
        }
    }
}
