//! A YOLOX output of 3,549 × 85 into detections: decode and suppression.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use detect::{Head, nms};
use vision::SizePx;

fn head(c: &mut Criterion) {
    let head = Head::Yolox { strides: vec![8, 16, 32] };
    let input = SizePx::new(416, 416);
    let (rows, row_len) = (head.rows(input), head.row_len(80));
    let output = crowded_output(rows, row_len);
    let mut group = c.benchmark_group("yolox_head");
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function("decode_and_nms_3549x85", |b| {
        let mut candidates = Vec::new();
        b.iter(|| {
            let decoded = head.decode(black_box(&output), input, 80, 0.1, &mut candidates);
            assert!(decoded.is_ok());
            nms(&mut candidates, 0.45);
            black_box(candidates.len())
        });
    });
    group.finish();
}

/// What a busy picture gives: about one row in forty is an object, in clusters as around real ones; the others have the
/// low objectness of background.
fn crowded_output(rows: usize, row_len: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let mut output = vec![0.0; rows * row_len];
    for (index, row) in output.chunks_exact_mut(row_len).enumerate() {
        let is_object = index / 4 % 40 == 0;
        for value in &mut row[..4] {
            *value = random();
        }
        row[4] = if is_object { 0.5 + 0.5 * random() } else { 0.02 * random() };
        for value in &mut row[5..] {
            *value = 0.1 * random();
        }
        row[5 + index / 4 % 3] = 0.5 + 0.5 * random();
    }
    output
}

criterion_group!(benches, head);
criterion_main!(benches);
