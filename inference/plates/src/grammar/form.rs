use std::sync::Arc;

/// Lines of text on a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lines {
    /// All in one line.
    One,
    /// An upper and a lower line.
    Two,
}

/// A place of a syntax and what may stand in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) words: Arc<[Word]>,
}

/// One or more characters that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) printed: Vec<char>,
    /// As `printed`, with what readers say for characters that they lack; as long.
    pub(super) normal: Vec<char>,
}

/// How a text is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Index among the syntax's elements.
    Element(usize),
    Separator(char),
    Break,
}

impl Form {
    pub(super) fn lines(&self) -> Lines {
        if self.pieces.contains(&Piece::Break) { Lines::Two } else { Lines::One }
    }

    /// The printed lines of `words`, one of each of `elements`.
    pub(super) fn print(&self, elements: &[Element], words: &[usize]) -> Vec<String> {
        let mut lines = vec![String::new()];
        for piece in &self.pieces {
            let Some(line) = lines.last_mut() else { continue };
            match piece {
                Piece::Element(index) => line.extend(&elements[*index].words[words[*index]].printed),
                Piece::Separator(character) => line.push(*character),
                Piece::Break => lines.push(String::new()),
            }
        }
        lines
    }

    /// The order in which its elements are read.
    pub(super) fn order(&self) -> Order {
        let mut order = Order { elements: Vec::new(), gaps: Vec::new() };
        let mut gap = false;
        for piece in &self.pieces {
            match piece {
                Piece::Element(index) => {
                    order.elements.push(*index);
                    order.gaps.push(gap);
                    gap = false;
                }
                Piece::Separator(_) | Piece::Break => gap = true,
            }
        }
        order
    }
}

/// An order in which the elements of a syntax are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Indices among the syntax's elements.
    pub(super) elements: Vec<usize>,
    /// Whether a separator may stand before each of them.
    pub(super) gaps: Vec<bool>,
}

/// The orders of `forms`, each once, with the gaps of all forms of that order.
pub(super) fn orders(forms: &[Form]) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for order in forms.iter().map(Form::order) {
        match orders.iter_mut().find(|known| known.elements == order.elements) {
            Some(known) => known.gaps.iter_mut().zip(order.gaps).for_each(|(known, gap)| *known |= gap),
            None => orders.push(order),
        }
    }
    orders
}
