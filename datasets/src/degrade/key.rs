use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::Kind;

/// The source of all chance in one degradation of one item.
///
/// Each draw names its place (a frame's number, or a purpose), so that no draw depends on those before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn new(seed: u64, unit: &str, kind: Kind) -> Self {
        let mut state = mix(seed);
        // Lengths go in as well: `a` + `bc` is not `ab` + `c`.
        for text in [unit, kind.name()] {
            state = mix(state ^ text.len() as u64);
            for byte in text.bytes() {
                state = mix(state ^ u64::from(byte));
            }
        }
        Self(state)
    }

    /// Random bits for frame `index`.
    pub(super) fn frame(&self, index: u64) -> ChaCha8Rng {
        self.stream(1, index)
    }

    /// Random bits for what is the same in all frames.
    pub(super) fn clip(&self) -> ChaCha8Rng {
        self.stream(2, 0)
    }

    /// A number in `[0, 1)` for frame `index`, without the cost of a stream.
    pub(super) fn unit(&self, index: u64) -> f64 {
        to_unit(mix(mix(self.0 ^ mix(3)) ^ index))
    }

    fn stream(&self, purpose: u64, index: u64) -> ChaCha8Rng {
        let mut state = mix(mix(self.0 ^ mix(purpose)) ^ index);
        let mut seed = [0; 32];
        for part in seed.chunks_exact_mut(8) {
            state = mix(state);
            part.copy_from_slice(&state.to_le_bytes());
        }
        ChaCha8Rng::from_seed(seed)
    }
}

/// The 53 high bits as a number in `[0, 1)`.
pub(super) fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixer_is_splitmix64() {
        // First two outputs of the published generator from seed 0.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn seed_item_kind_and_frame_each_matter() {
        let key = Key::new(1, "a", Kind::Night);
        let others =
            [Key::new(2, "a", Kind::Night), Key::new(1, "b", Kind::Night), Key::new(1, "a", Kind::Rain)];
        assert!(others.iter().all(|other| other.unit(0) != key.unit(0)));
        assert_ne!(key.unit(0), key.unit(1));
    }
}
