use super::{Colours, Kind, Lines, Syntax};

/// Draws before the syntax's example is taken.
const DRAWS: usize = 256;

/// A made-up plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plate {
    /// Code of its country.
    pub country: String,
    /// Id of its syntax.
    pub syntax: String,
    /// What it is for.
    pub kind: Kind,
    /// Characters on ground.
    pub colours: Colours,
    /// As printed, separators included; one or two, the upper first.
    pub lines: Vec<String>,
    /// The lines as one string, with a space between them.
    pub display: String,
    /// Normalised: what a right reading comes to.
    pub text: String,
}

impl Syntax {
    /// A plate of this syntax: its words, form and colours drawn evenly, the same for the same seed on every machine.
    pub fn generate(&self, seed: u64) -> Plate {
        let mut random = SplitMix64(seed);
        let form = random.one_of(&self.forms);
        let colours = *random.one_of(&self.colours);
        self.plate(form, colours, &mut random)
    }

    /// As [`Syntax::generate`], in so many lines; `None` where no such plate is printed so.
    pub fn generate_in(&self, lines: Lines, seed: u64) -> Option<Plate> {
        let mut random = SplitMix64(seed);
        let forms: Vec<_> = self.forms.iter().filter(|form| form.lines() == lines).collect();
        if forms.is_empty() {
            return None;
        }
        let form = *random.one_of(&forms);
        let colours = *random.one_of(&self.colours);
        Some(self.plate(form, colours, &mut random))
    }

    /// Plates without end, each from a seed of its own that follows from `seed`.
    pub fn plates(&self, seed: u64) -> impl Iterator<Item = Plate> {
        let mut random = SplitMix64(seed);
        std::iter::repeat_with(move || self.generate(random.next()))
    }

    fn plate(&self, form: &super::form::Form, colours: Colours, random: &mut SplitMix64) -> Plate {
        let words = self.draw(random).unwrap_or_else(|| self.example.clone());
        let lines = form.print(&self.elements, &words);
        Plate {
            country: self.country.clone(),
            syntax: self.id.clone(),
            kind: self.kind,
            colours,
            display: lines.join(" "),
            lines,
            text: self.text(&words),
        }
    }

    /// A word for each element such that the plate is permitted; `None` where many draws found none.
    fn draw(&self, random: &mut SplitMix64) -> Option<Vec<usize>> {
        (0..DRAWS)
            .map(|_| self.elements.iter().map(|element| random.below(element.words.len())).collect())
            .find(|words: &Vec<usize>| self.permits(&self.text(words)))
    }

    /// As [`Syntax::draw`], to find an example.
    pub(super) fn draw_example(&self) -> Option<Vec<usize>> {
        self.draw(&mut SplitMix64(0))
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound - 1`; the bias is below `bound` / 2^64.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
