use super::super::camera::bounds;
use super::{Country, Effect, ReaderSample, TrackSets, any_text_or_why_not, faces};

const FROZEN: &str = include_str!("../../../plates-tracks.toml");

#[test]
fn the_frozen_tracks_are_enough_and_each_track_is_its_own() {
    let Some(faces) = faces() else { return };
    let sets = TrackSets::parse("plates-tracks.toml", FROZEN).expect("good");
    assert!(2000 <= sets.sets.iter().map(|set| set.tracks).sum::<u64>());
    assert_eq!(sets.countries(), [Country::Vietnam, Country::China]);
    let drawn = |place: usize, track: u64| {
        let mut chance = sets.chance(place, track);
        let looks = sets.sets[place].looks;
        let samples = sets.sets[place]
            .draw(40, track, any_text_or_why_not, &faces, sets.seed, &mut chance)
            .expect("drawn");
        assert!((looks[0]..=looks[1]).contains(&(samples.len() as u64)), "{}", samples.len());
        samples
    };
    for (place, set) in sets.sets.iter().enumerate() {
        let (first, again) = (drawn(place, 3), drawn(place, 3));
        assert!(
            first.iter().zip(&again).all(|(a, b)| a.crop == b.crop && a.label == b.label),
            "{}",
            set.name
        );
        assert!(first[0].crop != first[1].crop, "{}: two looks are one", set.name);
        assert_eq!(first[1].label.index, 41);
        assert_eq!((first[1].label.track, first[1].label.look), (Some(3), Some(1)));
        assert_eq!(first[1].label.set.as_deref(), Some(set.name.as_str()));
        let width = |sample: &ReaderSample| {
            let [left, _, right, _] = bounds(&sample.label.plate.as_ref().expect("a plate").corners);
            right - left
        };
        assert!(first.iter().all(|look| look.label.lines == first[0].label.lines));
        assert!(width(&first[0]) < width(&first[first.len() - 1]), "{}: nothing came nearer", set.name);
        // What is on the plate stays on it.
        let dirt = |look: &ReaderSample| look.label.effects.strength(Effect::Dirt);
        assert!(first.iter().all(|look| dirt(look) == dirt(&first[0])), "{}", set.name);
    }
}

#[test]
fn a_file_of_tracks_that_cannot_be_is_refused_with_its_key() {
    let problem = |from: &str, to: &str| {
        let changed = FROZEN.replacen(from, to, 1);
        assert_ne!(changed, FROZEN);
        TrackSets::parse("x.toml", &changed).expect_err("refused").to_string()
    };
    assert_eq!(
        problem("looks = [4, 8]", "looks = [4, 80]"),
        "`x.toml`: set `clean`: `looks` are 4 to 80, expected two numbers from 1 to 64"
    );
    assert_eq!(
        problem("share = 0.6, range = [0.5, 3.0]", "share = 1.6, range = [0.5, 3.0]"),
        "`x.toml`: set `clean`: `effects`: `noise.share` is 1.6, expected a number from 0 to 1"
    );
    assert_eq!(
        problem("range = [0.5, 3.0]", "range = [3.0, 0.5]"),
        "`x.toml`: set `clean`: `effects`: `noise.range` is 3 to 0.5, expected two numbers from 0 to 60"
    );
    assert_eq!(
        problem("\"night\"", "\"clean\""),
        "`x.toml`: set `clean` is there twice, expected each name once"
    );
    assert_eq!(
        problem("[\"VN\", \"CN\"]", "[\"XX\"]"),
        "`x.toml`: `countries` are `XX`, expected some of `VN`, `CN`, `BR`, `EU`"
    );
    assert_eq!(problem("tracks = 600", "trucks = 600"), "`x.toml` is no file of track sets");
}
