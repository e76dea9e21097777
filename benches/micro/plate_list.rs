//! A list of 100,000 plates of Viet Nam and China: read from its table, and searched by what readers say.

#![expect(clippy::expect_used, reason = "a table of our own that is no good has to stop the bench")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plates::grammar::{RawRead, all};
use plates::list::PlateList;

const ENTRIES: usize = 100_000;

fn plate_list(c: &mut Criterion) {
    let csv = table();
    let list = PlateList::read(&csv, 0, all()).expect("a good table");

    let mut group = c.benchmark_group("plate_list");
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES as u64));
    group.bench_function("read_table", |b| b.iter(|| PlateList::read(black_box(&csv), 0, all())));
    group.finish();

    let listed = list.entries()[ENTRIES / 2].text.clone();
    let mut doubtful = RawRead::from("80B11Z2580S8");
    for character in &mut doubtful.characters {
        character.probability = 0.4;
        character.alternatives = ['H', 'K', 'L', 'M'].map(|other| (other, 0.15)).to_vec();
    }
    let reads = [
        ("listed", RawRead::from(listed.as_str())),
        ("not_listed", RawRead::from("30A00001")),
        ("every_character_has_a_look_alike", RawRead::from("0DB11Z258")),
        ("the_reader_doubts_every_character_of_twelve", doubtful),
    ];
    let mut group = c.benchmark_group("plate_list_find");
    for (name, read) in reads {
        group.bench_function(name, |b| {
            b.iter(|| list.find(black_box(&read), 0));
        });
    }
    group.finish();
}

fn table() -> String {
    let syntaxes: Vec<_> = all().syntaxes().collect();
    let mut csv = "plate,country,note\n".to_owned();
    for nth in 0..ENTRIES {
        let syntax = syntaxes[nth % syntaxes.len()];
        let plate = syntax.generate(nth as u64);
        csv += &format!("{},{},entry {nth}\n", plate.display, syntax.country);
    }
    csv
}

criterion_group!(benches, plate_list);
criterion_main!(benches);
