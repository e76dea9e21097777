use super::raster::Samples;

/// A sparse kernel in fixed point, or a displacement by parts of a sample; borders are replicated.
pub(super) struct Kernel {
    taps: Vec<Tap>,
}

/// Takes the sample `columns` to the right and `rows` below with `weight` out of 256.
struct Tap {
    columns: i32,
    rows: i32,
    weight: u16,
}

impl Kernel {
    /// The mean over `points`, offsets in samples to the right and below, each shared among the four samples around.
    pub(super) fn mean_of(points: &[(f64, f64)]) -> Self {
        let mut shares = std::collections::BTreeMap::<(i32, i32), f64>::new();
        let each = 256.0 / points.len() as f64;
        for &(x, y) in points {
            let (left, top) = (x.floor(), y.floor());
            let (right_share, lower_share) = (x - left, y - top);
            for (row, vertical) in [(0, 1.0 - lower_share), (1, lower_share)] {
                for (column, horizontal) in [(0, 1.0 - right_share), (1, right_share)] {
                    let place = (top as i32 + row, left as i32 + column);
                    *shares.entry(place).or_default() += each * vertical * horizontal;
                }
            }
        }
        Self { taps: in_fixed_point(shares.into_iter().collect()) }
    }

    /// Replaces `plane` by what the kernel makes of it.
    pub(super) fn apply(&self, plane: &mut Samples) {
        let (row_len, channels) = (plane.row_len(), plane.channels);
        let reach = |sign: i32| {
            self.taps.iter().map(|tap| (sign * tap.columns).max(0)).max().unwrap_or_default() as usize
        };
        let (left, right) = (reach(-1), reach(1));
        let padded_len = row_len + (left + right) * channels;
        let padded = padded(plane, left, right);
        let mut sums = vec![0u16; row_len];
        for (y, out) in plane.data.chunks_exact_mut(row_len).enumerate() {
            // Half of the divisor, to round. The weights make 256: the sum stays below 2¹⁶.
            sums.fill(128);
            for tap in &self.taps {
                let row = (y as i64 + i64::from(tap.rows)).clamp(0, plane.height as i64 - 1) as usize;
                let start = row * padded_len + (left as i64 + i64::from(tap.columns)) as usize * channels;
                for (sum, &sample) in sums.iter_mut().zip(&padded[start..start + row_len]) {
                    *sum += u16::from(sample) * tap.weight;
                }
            }
            for (sample, &sum) in out.iter_mut().zip(&sums) {
                *sample = (sum >> 8) as u8;
            }
        }
    }
}

/// Rounds `shares`, which make 256, so that the whole numbers make 256 as well: the largest remainders are rounded up.
fn in_fixed_point(shares: Vec<((i32, i32), f64)>) -> Vec<Tap> {
    let mut weights: Vec<u16> = shares.iter().map(|&(_, share)| share.floor() as u16).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].1.fract().total_cmp(&shares[a].1.fract()).then(a.cmp(&b)));
    let missing = 256 - weights.iter().map(|&weight| usize::from(weight)).sum::<usize>();
    for &index in order.iter().cycle().take(missing) {
        weights[index] += 1;
    }
    let taps = shares.into_iter().zip(weights).filter(|&(_, weight)| 0 < weight);
    taps.map(|(((rows, columns), _), weight)| Tap { columns, rows, weight }).collect()
}

/// The rows of `plane` with their first and last pixel repeated.
fn padded(plane: &Samples, left: usize, right: usize) -> Vec<u8> {
    let channels = plane.channels;
    let mut padded = Vec::with_capacity(plane.data.len() + (left + right) * channels * plane.height);
    for row in plane.data.chunks_exact(plane.row_len()) {
        (0..left).for_each(|_| padded.extend_from_slice(&row[..channels]));
        padded.extend_from_slice(row);
        (0..right).for_each(|_| padded.extend_from_slice(&row[row.len() - channels..]));
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::super::raster::Content;
    use super::*;

    fn plane(data: &[u8], width: usize, channels: usize) -> Samples {
        let height = data.len() / width / channels;
        Samples { data: data.to_vec(), width, height, channels, content: Content::Light }
    }

    #[test]
    fn a_displacement_moves_the_picture_and_repeats_its_border() {
        let mut moved = plane(&[10, 20, 30, 40, 50, 60], 3, 1);
        Kernel::mean_of(&[(1.0, 0.0)]).apply(&mut moved);
        assert_eq!(moved.data, [20, 30, 30, 50, 60, 60]);
        Kernel::mean_of(&[(0.0, -7.0)]).apply(&mut moved);
        assert_eq!(moved.data, [20, 30, 30, 20, 30, 30]);
        let mut pairs = plane(&[10, 110, 20, 120], 2, 2);
        Kernel::mean_of(&[(0.5, 0.0)]).apply(&mut pairs);
        assert_eq!(pairs.data, [15, 115, 20, 120]);
    }

    #[test]
    fn any_kernel_leaves_a_flat_picture_as_it_is() {
        for count in [1, 2, 3, 7, 100, 1000] {
            let points: Vec<_> =
                (0..count).map(|i| (f64::from(i) * 0.37 - 3.0, f64::from(i) * -0.11)).collect();
            let mut flat = plane(&[255; 15], 5, 1);
            Kernel::mean_of(&points).apply(&mut flat);
            assert_eq!(flat.data, [255; 15], "{count} points");
        }
    }
}
