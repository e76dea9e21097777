//! Losses in bursts: the two-state chain of Gilbert (Capacity of a burst-noise channel, BSTJ 1960), which is that of
//! Elliott (BSTJ 1963) with nothing lost in the good state and everything in the bad.

use super::key::Key;

/// Part of the frames that is lost at strength 1.
const SHARE: f64 = 0.4;

/// Mean length of a burst in frames, from hardly any strength to strength 1.
const BURST: (f64, f64) = (1.0, 9.0);

pub(super) struct FrameLoss {
    key: Key,
    /// Chance that a lost frame follows one that arrived.
    begins: f64,
    /// Chance that a lost frame follows a lost one.
    lasts: f64,
}

impl FrameLoss {
    pub(super) fn new(strength: f64, key: Key) -> Self {
        let share = SHARE * strength;
        let ends = 1.0 / (BURST.0 + (BURST.1 - BURST.0) * strength);
        Self { key, begins: ends * share / (1.0 - share), lasts: 1.0 - ends }
    }

    /// Whether frame `index` arrives.
    ///
    /// Any frame can be asked for alone: a number drawn for each frame moves the chain from either state, and most
    /// numbers lead from both states to the same one. The last such number before the frame decides, and the chain
    /// before it does not matter (coupling from the past, Propp and Wilson 1996). Frames before the first exist for
    /// this purpose, so that the chain starts in its equilibrium.
    pub(super) fn keeps(&self, index: u64) -> bool {
        let mut frame = index;
        loop {
            let drawn = self.key.unit(frame);
            if drawn < self.begins {
                return false;
            }
            if self.lasts <= drawn {
                return true;
            }
            // In between, the chain stays in its state: losses last longer than chance has them at every strength, so
            // that `begins < lasts`.
            frame = frame.wrapping_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    /// Part of the frames lost, and mean length of a burst.
    fn measured(strength: f64) -> (f64, f64) {
        const FRAMES: u64 = 400_000;
        let loss = FrameLoss::new(strength, Key::new(3, "clip", Kind::FrameLoss));
        let lost: Vec<bool> = (0..FRAMES).map(|index| !loss.keeps(index)).collect();
        let all = lost.iter().filter(|&&lost| lost).count() as f64;
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        (all / FRAMES as f64, all / bursts)
    }

    #[test]
    fn share_and_length_of_bursts_are_those_stated() {
        for strength in [0.01, 0.25, 0.5, 0.75, 1.0] {
            let (share, burst) = measured(strength);
            assert!((share / (0.4 * strength) - 1.0).abs() < 0.06, "{strength}: {share}");
            assert!((burst / (1.0 + 8.0 * strength) - 1.0).abs() < 0.06, "{strength}: {burst}");
        }
    }
}
