/// A picture of a mistake, for a report on disk; never part of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhibit {
    /// What went wrong.
    pub mistake: Mistake,
    /// Id of the item.
    pub item: String,
    /// What is seen, in a line.
    pub caption: String,
    /// How bad it is: within one kind and item, the larger is shown first.
    pub weight: f64,
    /// The picture, a JPEG.
    pub jpeg: Vec<u8>,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mistake {
    /// An event that is no true one.
    FalseAlarm,
    /// A true event that nobody reported.
    MissedEvent,
    /// An object that no detection covers.
    MissedObject,
    /// A plate read wrongly or not at all.
    WrongPlate,
    /// Two people taken for one.
    FalseMatch,
    /// One person taken for two.
    FalseNonMatch,
}

/// Pictures shown of each kind of mistake in each item.
pub const EXHIBITS_PER_ITEM: usize = 12;

impl Exhibit {
    /// The worst of `exhibits`, at most [`EXHIBITS_PER_ITEM`] of each kind in each item, sorted by kind, item and weight.
    pub fn worst(mut exhibits: Vec<Self>) -> Vec<Self> {
        exhibits.sort_by(|a, b| {
            (a.mistake, &a.item).cmp(&(b.mistake, &b.item)).then_with(|| b.weight.total_cmp(&a.weight))
        });
        let mut chosen: Vec<Self> = Vec::new();
        for exhibit in exhibits {
            let alike = chosen.iter().rev().take_while(|other| {
                (other.mistake, other.item.as_str()) == (exhibit.mistake, exhibit.item.as_str())
            });
            if alike.count() < EXHIBITS_PER_ITEM {
                chosen.push(exhibit);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_each_kind_and_item_are_kept_in_order() {
        let exhibit = |mistake, item: &str, weight| Exhibit {
            mistake,
            item: item.to_owned(),
            caption: String::new(),
            weight,
            jpeg: Vec::new(),
        };
        let mut all: Vec<Exhibit> =
            (0..20).map(|weight| exhibit(Mistake::WrongPlate, "a", f64::from(weight))).collect();
        all.push(exhibit(Mistake::FalseAlarm, "b", 1.0));
        all.push(exhibit(Mistake::WrongPlate, "b", 7.0));
        let worst = Exhibit::worst(all);
        assert_eq!(worst.len(), 1 + EXHIBITS_PER_ITEM + 1);
        assert_eq!(worst[0].mistake, Mistake::FalseAlarm);
        assert_eq!((worst[1].weight, worst[12].weight), (19.0, 8.0));
        assert_eq!(worst[13].item, "b");
    }
}
