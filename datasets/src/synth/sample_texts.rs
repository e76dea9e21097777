use super::chance::Chance;
use super::text::{Country, PlateText};

const PROVINCES_VN: [&str; 16] =
    ["11", "12", "14", "15", "20", "24", "29", "30", "36", "43", "51", "59", "65", "75", "88", "99"];
const SERIES_VN: &str = "ABCDEFGHKLMNPSTUVXYZ";
const STATE_VN: &str = "ABCDEFGHKLM";
const PROVINCES_CN: [char; 31] = [
    '京', '津', '沪', '渝', '冀', '豫', '云', '辽', '黑', '湘', '皖', '鲁', '新', '苏', '浙', '赣', '鄂',
    '桂', '甘', '晋', '蒙', '陕', '吉', '闽', '贵', '粤', '青', '藏', '川', '宁', '琼',
];
const LETTERS_CN: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const ANY_CN: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
const DIGITS: &str = "0123456789";

/// What is printed: syntax, lines, colours.
type Printed = (&'static str, Vec<String>, &'static str);

/// A plate of `country` in one of its common syntaxes, each of the country's layouts and colours among them: enough to
/// draw every kind of plate. It is no grammar: what a country permits is said in `plates`.
pub fn sample_text(country: Country, chance: &mut Chance) -> PlateText {
    let (syntax, lines, colours) = match country {
        Country::Vietnam => vietnam(chance),
        Country::China => china(chance),
    };
    #[expect(clippy::expect_used, reason = "a test draws all of them")]
    PlateText::printed(country, syntax, lines, colours, chance).expect("a plate of this country")
}

fn vietnam(chance: &mut Chance) -> Printed {
    let province = *chance.pick(&PROVINCES_VN);
    let series = letters(SERIES_VN, 1, chance);
    let serial = format!("{}.{}", letters(DIGITS, 3, chance), letters(DIGITS, 2, chance));
    let short = letters(DIGITS, 4, chance);
    let private = *chance.pick(&["black-on-white", "black-on-white", "black-on-yellow"]);
    match chance.below(12) {
        0..=2 => ("car", vec![format!("{province}{series}-{serial}")], private),
        3 | 4 => ("car", vec![format!("{province}{series}"), serial], private),
        5 => ("car-4", vec![format!("{province}{series}"), short], private),
        6 => {
            let state = letters(STATE_VN, 1, chance);
            let is_long = chance.happens(0.5);
            let upper = format!("{province}{state}");
            let lines = if is_long { vec![format!("{upper}-{serial}")] } else { vec![upper, serial] };
            ("state", lines, "white-on-blue")
        }
        7 => {
            let (unit, end) = (letters(SERIES_VN, 2, chance), letters(DIGITS, 2, chance));
            ("military", vec![format!("{unit}-{}-{end}", &short[..2])], "white-on-red")
        }
        8 => ("diplomatic", vec![format!("80-{}-NG-{}", &serial[..3], &short[..2])], "black-on-white"),
        9 => {
            let place = letters("123456789", 1, chance);
            ("motorcycle-legacy-4", vec![format!("{province}-{series}{place}"), short], "black-on-white")
        }
        _ => {
            let second = letters("ABCDEFHKLMNPSTUVXYZ", 1, chance);
            ("motorcycle", vec![format!("{province}-{series}{second}"), serial], "black-on-white")
        }
    }
}

fn china(chance: &mut Chance) -> Printed {
    let province = *chance.pick(&PROVINCES_CN);
    let letter = letters(LETTERS_CN, 1, chance);
    let (five, four, digits) =
        (letters(ANY_CN, 5, chance), letters(ANY_CN, 4, chance), letters(DIGITS, 5, chance));
    let energy = letters("DF", 1, chance);
    let one = |end: &str| vec![format!("{province}{letter}·{end}")];
    match chance.below(12) {
        0..=3 => ("standard", one(&five), "white-on-blue"),
        4 => ("standard", one(&five), "black-on-yellow"),
        5 | 6 => ("standard", vec![format!("{province}·{letter}"), five], "black-on-yellow"),
        7 | 8 => ("new-energy-small", one(&format!("{energy}{digits}")), "black-on-green"),
        9 => ("new-energy-large", one(&format!("{digits}{energy}")), "black-on-yellow-green"),
        10 => ("police", one(&format!("{four}警")), "black-on-white"),
        _ => match chance.below(3) {
            0 => ("hong-kong", vec![format!("粤Z·{four}港")], "white-on-black"),
            1 => ("embassy", vec![format!("使{}·{}", &digits[..3], &digits[2..])], "white-on-black"),
            _ => ("consulate", one(&format!("{four}领")), "white-on-black"),
        },
    }
}

/// `count` characters of `choices`.
fn letters(choices: &str, count: usize, chance: &mut Chance) -> String {
    (0..count).map(|_| chance.letter(choices)).collect()
}
