use std::error::Error as _;

use proptest::prelude::*;

use super::*;

fn told(read: &str) -> Vec<(String, String)> {
    let matches = all().parse(&read.into());
    matches
        .into_iter()
        .map(|found| (format!("{}/{}", found.syntax.country, found.syntax.id), found.text))
        .collect()
}

fn best(read: &str) -> Option<Match<'static>> {
    all().parse(&read.into()).into_iter().next()
}

#[test]
fn the_built_in_grammars_are_whole_and_none_is_left_out() {
    let mut grammar = Grammar::default();
    for (file, text) in BUILT_IN {
        grammar.add(file, text).expect(file);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/grammars");
    assert_eq!(std::fs::read_dir(folder).expect("there").count(), BUILT_IN.len());
    assert_eq!(all().country("VN").map(|country| country.syntaxes.len()), Some(21));
    assert_eq!(all().country("CN").map(|country| country.syntaxes.len()), Some(15));
}

#[test]
fn known_plates_are_what_they_are() {
    for (read, syntax, text) in [
        ("30A12345", "VN/car", "30A12345"),
        ("30A-123.45", "VN/car", "30A12345"),
        ("29MĐ123456", "VN/electric-motorcycle", "29MD123456"),
        ("29-MD1 234.56", "VN/electric-motorcycle", "29MD123456"),
        ("80-441-NG-02", "VN/diplomatic", "80441NG02"),
        ("80-NG 441-02", "VN/diplomatic", "80441NG02"),
        ("AT-12-34", "VN/military", "AT1234"),
        ("29-AG 123.45", "VN/motorcycle-disputed", "29AG12345"),
        ("51RM-0123", "VN/trailer-4", "51RM0123"),
        ("京A·12345", "CN/standard", "京A12345"),
        ("粤BD12345", "CN/new-energy-small", "粤BD12345"),
        ("粤B12345F", "CN/new-energy-large", "粤B12345F"),
        ("粤Z·F023港", "CN/hong-kong", "粤ZF023港"),
        ("使014578", "CN/embassy", "使014578"),
        ("沪A1707领", "CN/consulate", "沪A1707领"),
    ] {
        let found = best(read).expect(read);
        assert_eq!(
            (format!("{}/{}", found.syntax.country, found.syntax.id).as_str(), &*found.text),
            (syntax, text)
        );
        assert!(found.exact() && found.cost == 0.0 && found.raw == read);
    }
}

#[test]
fn what_is_ambiguous_is_told_as_such_and_what_was_seen_decides() {
    let mut read = RawRead::from("30B12345");
    let first = |read: &RawRead| all().parse(read)[0].syntax.id.clone();
    assert_eq!(
        told("30B12345").into_iter().map(|(syntax, _)| syntax).collect::<Vec<_>>(),
        ["VN/car", "VN/motorcycle-legacy-4", "VN/state", "VN/state-motorcycle-4"]
    );
    read.colours = Some(Colours::WhiteOnBlue);
    assert_eq!(first(&read), "state");
    read.colours = Some(Colours::BlackOnYellow);
    assert_eq!(first(&read), "car");
    // Two lines speak against neither.
    (read.colours, read.lines) = (None, Some(Lines::Two));
    assert_eq!(first(&read), "car");
    read.lines = Some(Lines::One);
    let matches = all().parse(&read);
    assert_eq!(matches.iter().map(|found| found.contradictions).collect::<Vec<_>>(), [0, 0, 1, 1]);
}

#[test]
fn a_correction_says_where_what_and_at_what_cost() {
    let found = best("3OA-I23.45").expect("look-alikes");
    assert_eq!((found.raw.as_str(), found.text.as_str(), found.cost), ("3OA-I23.45", "30A12345", 2.0));
    assert_eq!(
        found.corrections,
        [
            Correction { place: 1, from: 'O', to: '0', cost: 1.0 },
            Correction { place: 4, from: 'I', to: '1', cost: 1.0 },
        ]
    );
    assert_eq!(found.display(Lines::Two), Some(vec!["30A".to_owned(), "123.45".to_owned()]));
}

#[test]
fn a_doubtful_character_is_corrected_at_less_cost_and_the_likelier_reading_wins() {
    // T may be 1 or 7: only what else the reader saw tells.
    let mut read = RawRead::from("30A1234T");
    assert_eq!(told("30A1234T")[0].1, "30A12341");
    read.characters[7].alternatives = vec![('7', 0.3), ('1', 0.1), ('Z', f32::NAN)];
    read.characters[7].probability = 0.6;
    let matches = all().parse(&read);
    assert_eq!(matches[0].text, "30A12347");
    assert!((matches[0].cost - 1.5 * 0.6 * 0.7).abs() < 1e-6);
    read.characters[7].probability = f32::NAN;
    assert!((all().parse(&read)[0].cost - 1.5 * 0.7).abs() < 1e-6);
}

#[test]
fn nothing_is_corrected_where_something_fits_or_into_what_is_not_confirmed() {
    // A new motorcycle, and one S for 5 away from an old one.
    assert_eq!(told("29BS12345"), [("VN/motorcycle".to_owned(), "29BS12345".to_owned())]);
    // The army's plates would be two corrections away.
    assert!(told("081234").is_empty());
    assert_eq!(told("OB1234"), [("VN/military".to_owned(), "OB1234".to_owned())]);
}

#[test]
fn near_misses_are_no_plates() {
    for read in [
        "",
        " ",
        "-",
        "13A12345",
        "42A12345",
        "87A12345",
        "10A12345",
        "30J12345",
        "30W12345",
        "30Q12345",
        "30O12345",
        "30R1234X",
        "30A00000",
        "30A0000",
        "30A123",
        "30A1234567",
        "30A1234X",
        "30a12345",
        "3 0A12345",
        " 30A12345",
        "30A12345 ",
        "30A--12345",
        "30A 1 2345",
        "30Đ12345",
        "29MĐ012345",
        "29AA123456",
        "29AJ12345",
        "29AO12345",
        "30N-12-345.6",
        "80441XX02",
        "80NN4410",
        "AB-123-4",
        "A1234",
        "京I12345",
        "京O12345",
        "京A1234",
        "京A123457",
        "日A12345",
        "京A1234挂1",
        "A12345",
        "京京A1234",
        "粤BZ12345",
        "粤B12345L",
        "使01457",
        "使0145789",
        "京a12345",
        "京\u{ff21}12345",
        "粤BD1234X",
        "٣٠A12345",
    ] {
        assert!(told(read).is_empty(), "`{read}` is {:?}", told(read));
    }
}

#[test]
fn a_wrong_file_is_refused_with_its_key() {
    let good = "code = \"XX\"\nname = \"X\"\nseparators = \"- \"\n[sets]\nl = \"AB\"\n[[syntax]]\nid = \"car\"\nkind = \"car\"\nname = \"car\"\nforms = [\"{l}-##\", \"##/{l}\"]\ncolours = [\"black-on-white\"]\n";
    Grammar::default().add("xx.toml", good).expect("good");
    for (from, to, problem) in [
        ("\"XX\"", "\"xx\"", "`code` is `xx`, expected two capital letters (ISO 3166-1)"),
        ("\"- \"", "\"-\"", "`separators` has no space, which stands between two lines"),
        ("\"- \"", "\"-# \"", "`separators` has `#`, expected no letter, digit, `/`, `#` or brace"),
        ("\"AB\"", "\"\"", "`sets.l` is empty, expected at least one word"),
        ("\"AB\"", "[\"A\", \"A\"]", "`sets.l` has `A` twice, expected each word once"),
        ("\"AB\"", "[\"A-\"]", "`sets.l` has `A-`, expected words without separators"),
        ("{l}-##", "{m}-##", "`syntax[0].forms[0]` names the set `m`, expected one of `sets`"),
        ("{l}-##", "{l-##", "`syntax[0].forms[0]` is `{l-##`, expected `}` after each `{`"),
        ("{l}-##", "l}-##", "`syntax[0].forms[0]` is `l}-##`, expected `{` before each `}`"),
        (
            "{l}-##",
            "-{l}##",
            "`syntax[0].forms[0]` is `-{l}##`, expected each separator between two characters",
        ),
        ("{l}-##", "{l}/#/#", "`syntax[0].forms[0]` is `{l}/#/#`, expected at most one `/`"),
        (
            "##/{l}",
            "###/{l}",
            "`syntax[0].forms[1]` has other characters than the first form, expected the same in any order",
        ),
        (
            "##/{l}",
            "#/{l}",
            "`syntax[0].forms[1]` lacks characters of the first form, expected the same in any order",
        ),
        ("{l}-##", "{l}-################", "`syntax[0].forms[0]` has 17 characters, expected at most 16"),
        ("[\"black-on-white\"]", "[]", "`syntax[0].colours` is empty, expected at least one"),
        (
            "[\"black-on-white\"]",
            "[\"black-on-white\"]\nnot-ending = [\"\"]",
            "`syntax[0].not-ending` leaves no plate that could be found",
        ),
    ] {
        let mut text = good.replacen(from, to, 1);
        if problem.contains("17 characters") {
            text = text.replace(", \"##/{l}\"", "");
        }
        let err = Grammar::default().add("xx.toml", &text).expect_err(to);
        assert_eq!(err.to_string(), format!("plate grammar `xx.toml`: {problem}"));
    }
    let err =
        Grammar::default().add("xx.toml", &good.replace("name = \"car\"", "nam = \"car\"")).expect_err("nam");
    assert_eq!(err.to_string(), "could not read the plate grammar `xx.toml`");
    assert!(err.source().expect("toml's").to_string().contains("nam"));
    let mut twice = Grammar::default();
    twice.add("a.toml", good).expect("good");
    let err = twice.add("b.toml", good).expect_err("twice");
    assert_eq!(
        err.to_string(),
        "plate grammar `b.toml`: `code` `XX` is there already, expected each country once"
    );
}

#[test]
fn a_seed_gives_the_same_plate_for_ever() {
    let car = all().syntaxes().next().expect("some");
    let plate = car.generate(7);
    assert_eq!(plate, car.generate(7));
    assert_eq!(car.plates(7).take(3).collect::<Vec<_>>(), car.plates(7).take(3).collect::<Vec<_>>());
    assert_eq!((plate.display.as_str(), plate.text.as_str()), ("89N-424.31", "89N42431"));
    assert_eq!(car.generate_in(Lines::Two, 7).map(|plate| plate.lines.len()), Some(2));
    assert_eq!(all().country("VN").and_then(|vn| vn.syntaxes[1].generate_in(Lines::One, 7)), None);
}

/// Characters of plates, their look-alikes and strangers.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[0-9A-ZĐ京粤使领港挂 .·-]{0,12}",
        "[2358][0-9OBSZ][A-Z0-9]{1,2}[-. ]?[0-9OIZSBGTAD]{4,6}",
        "[京粤使][A-Z0-9]{6,7}[挂学警港澳]?",
    ]
}

fn any_read() -> impl Strategy<Value = RawRead> {
    (any_text(), prop::collection::vec((any::<f32>(), "[0-9A-Z]", any::<f32>()), 20)).prop_map(
        |(text, doubts)| {
            let mut read = RawRead::from(text.as_str());
            for (character, (probability, other, of_other)) in read.characters.iter_mut().zip(doubts) {
                character.probability = probability;
                character.alternatives = other.chars().map(|other| (other, of_other)).collect();
            }
            read
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn whatever_is_read_is_kept_and_each_change_is_accounted_for(read in any_read()) {
        let matches = all().parse(&read);
        for found in &matches {
            prop_assert_eq!(&found.raw, &read.text());
            prop_assert!(found.corrections.len() <= MOST_CORRECTIONS);
            let cost: f32 = found.corrections.iter().map(|correction| correction.cost).sum();
            prop_assert_eq!(found.cost, cost);
            prop_assert!((0.0..=3.0).contains(&cost));
            prop_assert_eq!(found.exact(), matches[0].exact());
            let mut changed = read.clone();
            for correction in &found.corrections {
                let place = &mut changed.characters[correction.place].character;
                prop_assert_eq!(*place, correction.from);
                prop_assert!(correction.from.is_ascii_digit() != correction.to.is_ascii_digit());
                let change = (correction.from, correction.to);
                let listed = LOOK_ALIKES.iter().any(|pair| {
                    change == (pair.digit, pair.letter) || change == (pair.letter, pair.digit)
                });
                prop_assert!(listed, "{change:?}");
                *place = correction.to;
            }
            // The corrected read and the normalised text are plates as they stand, of the same syntax.
            for text in [changed.text(), found.text.clone()] {
                let again = all().parse(&text.as_str().into());
                prop_assert!(again.iter().all(Match::exact));
                let same = again.iter().any(|again| {
                    (&again.syntax.country, &again.syntax.id, &again.text)
                        == (&found.syntax.country, &found.syntax.id, &found.text)
                });
                prop_assert!(same, "{text}");
            }
        }
    }

    #[test]
    fn a_parse_is_ranked_the_same_each_time(read in any_read()) {
        let of = |matches: Vec<Match<'_>>| -> Vec<_> {
            matches.into_iter().map(|found| (found.syntax.id.clone(), found.text, found.cost)).collect()
        };
        prop_assert_eq!(of(all().parse(&read)), of(all().parse(&read)));
        let costs: Vec<_> = all().parse(&read).iter().map(|found| (found.contradictions, found.cost)).collect();
        prop_assert!(costs.is_sorted());
    }

    #[test]
    fn doubt_never_makes_a_correction_dearer(read in any_read(), place in 0_usize..8, doubt in 0.0_f32..1.0) {
        let sure = RawRead::from(read.text().as_str());
        let mut doubtful = sure.clone();
        if let Some(character) = doubtful.characters.get_mut(place) {
            character.probability = doubt;
        }
        let least = |read: &RawRead| all().parse(read).first().map_or(0.0, |found| found.cost);
        prop_assert!(least(&doubtful) <= least(&sure));
    }
}

#[test]
fn kinds_and_colours_are_called_as_in_the_files() {
    #[derive(serde::Deserialize)]
    struct Named {
        kind: Kind,
        colours: Colours,
    }
    for syntax in all().syntaxes() {
        for &colours in &syntax.colours {
            let text = format!("kind = {:?}\ncolours = {:?}", syntax.kind.name(), colours.name());
            let named: Named = toml::from_str(&text).expect("names of the files");
            assert_eq!((named.kind, named.colours), (syntax.kind, colours));
        }
    }
}
