use super::canvas::Rgb;

/// Colours of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SchemeId {
    /// Vietnam, private: black on white.
    VnWhite,
    /// Vietnam, commercial transport: black on yellow.
    VnYellow,
    /// Vietnam, state: white on blue.
    VnBlue,
    /// Vietnam, military: white on red.
    VnRed,
    /// Vietnam, foreign: black on white, the letters of the class red.
    VnForeign,
    /// China, small cars: white on blue.
    CnBlue,
    /// China, large vehicles: black on yellow.
    CnYellow,
    /// China, small new-energy cars: black on white that turns green downwards.
    CnGreen,
    /// China, large new-energy vehicles: black on green, the first two characters on yellow.
    CnYellowGreen,
    /// China, police and military: black on white, class and prefix red.
    CnWhite,
    /// China, embassies, Hong Kong and Macau: white on black, `使` and `领` red.
    CnBlack,
    /// Brazil before 2018: black on grey.
    BrGrey,
    /// Brazil before 2018, commercial: white on red.
    BrRed,
    /// Brazil since 2018: black on white.
    BrWhite,
    /// Europe: black on white.
    EuWhite,
    /// Europe: black on yellow.
    EuYellow,
    /// Europe: white on blue.
    EuBlue,
    /// Europe: red on white.
    EuRedLetters,
}

/// The colour of a plate's ground, as a reader tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// White or grey.
    White,
    /// Yellow.
    Yellow,
    /// Blue.
    Blue,
    /// Red.
    Red,
    /// Green, or white that turns green.
    Green,
    /// Green with a yellow part.
    YellowGreen,
    /// Black.
    Black,
    /// No plate, or a picture without colour.
    None,
}

impl Ground {
    /// The name in an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Red => "red",
            Self::Green => "green",
            Self::YellowGreen => "yellow-green",
            Self::Black => "black",
            Self::None => "none",
        }
    }

    /// Its class among a reader's colours.
    pub const fn class(self) -> u8 {
        self as u8
    }
}

/// What a scheme looks like before light and dirt.
pub(super) struct Scheme {
    /// Of the upper and the lower edge.
    pub(super) ground: [Rgb; 2],
    /// Of the part left of the third character, where it differs.
    pub(super) prefix_ground: Option<Rgb>,
    pub(super) ink: Rgb,
    pub(super) accent: Rgb,
}

const BLACK: Rgb = [0.06, 0.06, 0.07];
const WHITE: Rgb = [0.93, 0.93, 0.92];
const RED: Rgb = [0.80, 0.08, 0.10];

impl SchemeId {
    /// Every scheme, country by country.
    pub const ALL: [Self; 18] = [
        Self::VnWhite,
        Self::VnYellow,
        Self::VnBlue,
        Self::VnRed,
        Self::VnForeign,
        Self::CnBlue,
        Self::CnYellow,
        Self::CnGreen,
        Self::CnYellowGreen,
        Self::CnWhite,
        Self::CnBlack,
        Self::BrGrey,
        Self::BrRed,
        Self::BrWhite,
        Self::EuWhite,
        Self::EuYellow,
        Self::EuBlue,
        Self::EuRedLetters,
    ];

    /// The name in an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VnWhite => "vn-white",
            Self::VnYellow => "vn-yellow",
            Self::VnBlue => "vn-blue",
            Self::VnRed => "vn-red",
            Self::VnForeign => "vn-foreign",
            Self::CnBlue => "cn-blue",
            Self::CnYellow => "cn-yellow",
            Self::CnGreen => "cn-green",
            Self::CnYellowGreen => "cn-yellow-green",
            Self::CnWhite => "cn-white",
            Self::CnBlack => "cn-black",
            Self::BrGrey => "br-grey",
            Self::BrRed => "br-red",
            Self::BrWhite => "br-white",
            Self::EuWhite => "eu-white",
            Self::EuYellow => "eu-yellow",
            Self::EuBlue => "eu-blue",
            Self::EuRedLetters => "eu-red-letters",
        }
    }

    /// The colour of the ground.
    pub const fn colour(self) -> Ground {
        match self {
            Self::VnWhite | Self::VnForeign | Self::CnWhite => Ground::White,
            Self::BrGrey | Self::BrWhite | Self::EuWhite | Self::EuRedLetters => Ground::White,
            Self::VnYellow | Self::CnYellow | Self::EuYellow => Ground::Yellow,
            Self::VnBlue | Self::CnBlue | Self::EuBlue => Ground::Blue,
            Self::VnRed | Self::BrRed => Ground::Red,
            Self::CnGreen => Ground::Green,
            Self::CnYellowGreen => Ground::YellowGreen,
            Self::CnBlack => Ground::Black,
        }
    }

    pub(super) fn scheme(self) -> Scheme {
        let flat =
            |ground: Rgb, ink: Rgb| Scheme { ground: [ground; 2], prefix_ground: None, ink, accent: ink };
        match self {
            Self::VnWhite => flat(WHITE, BLACK),
            Self::VnYellow => flat([0.97, 0.79, 0.10], BLACK),
            Self::VnBlue => flat([0.05, 0.24, 0.60], WHITE),
            Self::VnRed => flat([0.74, 0.08, 0.10], WHITE),
            Self::VnForeign => Scheme { accent: RED, ..flat(WHITE, BLACK) },
            Self::CnBlue => flat([0.04, 0.27, 0.68], WHITE),
            Self::CnYellow => flat([0.96, 0.71, 0.05], BLACK),
            Self::CnGreen => {
                Scheme { ground: [[0.90, 0.95, 0.91], [0.28, 0.76, 0.50]], ..flat([0.45, 0.80, 0.58], BLACK) }
            }
            Self::CnYellowGreen => {
                Scheme { prefix_ground: Some([0.96, 0.80, 0.10]), ..flat([0.33, 0.77, 0.50], BLACK) }
            }
            Self::CnWhite => Scheme { accent: RED, ..flat(WHITE, BLACK) },
            // A red that is seen on black is a bright one.
            Self::CnBlack => Scheme { accent: [0.90, 0.18, 0.16], ..flat([0.07, 0.07, 0.08], WHITE) },
            Self::BrGrey => flat([0.66, 0.67, 0.68], BLACK),
            Self::BrRed => flat([0.68, 0.08, 0.09], WHITE),
            Self::BrWhite | Self::EuWhite => flat(WHITE, BLACK),
            Self::EuYellow => flat([0.97, 0.78, 0.06], BLACK),
            Self::EuBlue => flat([0.06, 0.25, 0.62], WHITE),
            Self::EuRedLetters => flat(WHITE, [0.62, 0.08, 0.12]),
        }
    }

    /// Whether `character`, the `place`-th of a plate that begins with `first`, is in the scheme's second colour.
    pub(super) fn is_accent(self, character: char, place: usize, first: char) -> bool {
        match self {
            Self::VnForeign => character.is_ascii_alphabetic(),
            // Armed forces have two red letters in front, police its province in black.
            Self::CnWhite => character == '警' || (place < 2 && first.is_ascii_alphabetic()),
            Self::CnBlack => matches!(character, '使' | '领'),
            _ => false,
        }
    }
}
