use super::text::Country;

/// Sizes and places of a kind of plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayoutId {
    /// Vietnam, cars, one line, 520 × 110 mm.
    VnCarLong,
    /// Vietnam, cars before 2020, one line, 470 × 110 mm.
    VnCarLongOld,
    /// Vietnam, cars, two lines, 330 × 165 mm.
    VnCarShort,
    /// Vietnam, motorcycles and trailers, two lines, 190 × 140 mm.
    VnMotorcycle,
    /// Vietnam, cars before 2020, two lines, 280 × 200 mm.
    VnCarShortOld,
    /// China, seven characters in one line, 440 × 140 mm.
    CnStandard,
    /// China, rear of large vehicles, two lines, 440 × 220 mm.
    CnTwoLine,
    /// China, new energy, eight characters in one line, 480 × 140 mm.
    CnNewEnergy,
    /// Brazil before 2018, one line below a strip with the town, 400 × 130 mm.
    BrOld,
    /// Brazil before 2018, motorcycles, two lines below such a strip, 200 × 170 mm.
    BrOldMotorcycle,
    /// Brazil since 2018, one line below a blue strip, 400 × 130 mm.
    BrMercosur,
    /// Brazil since 2018, motorcycles, two lines below a blue strip, 200 × 170 mm.
    BrMercosurMotorcycle,
    /// Europe, one line, mostly with a band at its left, 520 × 110 mm.
    EuLong,
    /// Europe, two lines, mostly with a band at its left, 340 × 220 mm.
    EuTwoLine,
    /// Europe, motorcycles, two lines, 220 × 170 mm.
    EuMotorcycle,
}

/// What a plate has beside its number, which is not read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trim {
    /// A blue band at the left, so wide, with the country's letters; many plates are without it.
    Band(f64),
    /// The name of a town within so much of the upper edge.
    Town(f64),
    /// A blue strip so high along the upper edge, with the country's name.
    Strip(f64),
}

/// Lengths in millimetres; origin top-left, y down.
pub(super) struct Layout {
    pub(super) country: Country,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Of the plate's corners.
    pub(super) radius: f64,
    /// How far in the printed line along the edge runs, and how thick it is.
    pub(super) border: Option<(f64, f64)>,
    pub(super) trim: Option<Trim>,
    pub(super) rows: &'static [Row],
    /// Centres of the holes that screws go through.
    pub(super) screws: &'static [(f64, f64)],
}

/// One line of characters.
pub(super) struct Row {
    pub(super) top: f64,
    pub(super) height: f64,
    /// What a character's box is wide, and the room between two.
    pub(super) character: f64,
    pub(super) gap: f64,
    /// Room that a separator takes in place of a gap.
    pub(super) separator: f64,
    /// Narrowest margin to the left and right: longer lines are drawn closer together.
    pub(super) margin: f64,
}

impl LayoutId {
    /// Every layout, country by country.
    pub const ALL: [Self; 15] = [
        Self::VnCarLong,
        Self::VnCarLongOld,
        Self::VnCarShort,
        Self::VnMotorcycle,
        Self::VnCarShortOld,
        Self::CnStandard,
        Self::CnTwoLine,
        Self::CnNewEnergy,
        Self::BrOld,
        Self::BrOldMotorcycle,
        Self::BrMercosur,
        Self::BrMercosurMotorcycle,
        Self::EuLong,
        Self::EuTwoLine,
        Self::EuMotorcycle,
    ];

    /// The name in an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VnCarLong => "vn-car-long",
            Self::VnCarLongOld => "vn-car-long-old",
            Self::VnCarShort => "vn-car-short",
            Self::VnMotorcycle => "vn-motorcycle",
            Self::VnCarShortOld => "vn-car-short-old",
            Self::CnStandard => "cn-standard",
            Self::CnTwoLine => "cn-two-line",
            Self::CnNewEnergy => "cn-new-energy",
            Self::BrOld => "br-old",
            Self::BrOldMotorcycle => "br-old-motorcycle",
            Self::BrMercosur => "br-mercosur",
            Self::BrMercosurMotorcycle => "br-mercosur-motorcycle",
            Self::EuLong => "eu-long",
            Self::EuTwoLine => "eu-two-line",
            Self::EuMotorcycle => "eu-motorcycle",
        }
    }

    /// Lines of characters.
    pub fn lines(self) -> usize {
        self.layout().rows.len()
    }

    /// Whose plates are laid out so.
    pub fn country(self) -> Country {
        self.layout().country
    }

    /// Width and height in millimetres.
    pub fn size_mm(self) -> (f64, f64) {
        let layout = self.layout();
        (layout.width, layout.height)
    }

    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::VnCarLong => &VN_CAR_LONG,
            Self::VnCarLongOld => &VN_CAR_LONG_OLD,
            Self::VnCarShort => &VN_CAR_SHORT,
            Self::VnMotorcycle => &VN_MOTORCYCLE,
            Self::VnCarShortOld => &VN_CAR_SHORT_OLD,
            Self::CnStandard => &CN_STANDARD,
            Self::CnTwoLine => &CN_TWO_LINE,
            Self::CnNewEnergy => &CN_NEW_ENERGY,
            Self::BrOld => &BR_OLD,
            Self::BrOldMotorcycle => &BR_OLD_MOTORCYCLE,
            Self::BrMercosur => &BR_MERCOSUR,
            Self::BrMercosurMotorcycle => &BR_MERCOSUR_MOTORCYCLE,
            Self::EuLong => &EU_LONG,
            Self::EuTwoLine => &EU_TWO_LINE,
            Self::EuMotorcycle => &EU_MOTORCYCLE,
        }
    }
}

// Outer sizes are those of the standards; places inside were taken to look like the plates, which is what a reader needs.

static VN_CAR_LONG: Layout = Layout {
    country: Country::Vietnam,
    width: 520.0,
    height: 110.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: None,
    rows: &[Row { top: 17.0, height: 76.0, character: 43.0, gap: 11.0, separator: 28.0, margin: 20.0 }],
    screws: &[(14.0, 55.0), (506.0, 55.0)],
};

static VN_CAR_LONG_OLD: Layout = Layout {
    country: Country::Vietnam,
    width: 470.0,
    height: 110.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: None,
    rows: &[Row { top: 16.0, height: 78.0, character: 38.0, gap: 8.0, separator: 22.0, margin: 18.0 }],
    screws: &[(13.0, 55.0), (457.0, 55.0)],
};

static VN_CAR_SHORT: Layout = Layout {
    country: Country::Vietnam,
    width: 330.0,
    height: 165.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: None,
    rows: &[
        Row { top: 14.0, height: 63.0, character: 39.0, gap: 14.0, separator: 30.0, margin: 36.0 },
        Row { top: 88.0, height: 63.0, character: 39.0, gap: 14.0, separator: 26.0, margin: 16.0 },
    ],
    screws: &[(16.0, 46.0), (314.0, 46.0)],
};

static VN_MOTORCYCLE: Layout = Layout {
    country: Country::Vietnam,
    width: 190.0,
    height: 140.0,
    radius: 8.0,
    border: Some((3.0, 2.5)),
    trim: None,
    rows: &[
        Row { top: 14.0, height: 50.0, character: 24.0, gap: 10.0, separator: 20.0, margin: 15.0 },
        Row { top: 76.0, height: 50.0, character: 24.0, gap: 10.0, separator: 15.0, margin: 9.0 },
    ],
    screws: &[(95.0, 8.0), (95.0, 132.0)],
};

static VN_CAR_SHORT_OLD: Layout = Layout {
    country: Country::Vietnam,
    width: 280.0,
    height: 200.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: None,
    rows: &[
        Row { top: 17.0, height: 78.0, character: 40.0, gap: 9.0, separator: 26.0, margin: 25.0 },
        Row { top: 106.0, height: 78.0, character: 40.0, gap: 8.0, separator: 18.0, margin: 14.0 },
    ],
    screws: &[(14.0, 56.0), (266.0, 56.0)],
};

static CN_STANDARD: Layout = Layout {
    country: Country::China,
    width: 440.0,
    height: 140.0,
    radius: 10.0,
    border: Some((5.0, 3.0)),
    trim: None,
    rows: &[Row { top: 25.0, height: 90.0, character: 45.0, gap: 12.0, separator: 34.0, margin: 15.0 }],
    screws: &[(110.0, 13.0), (330.0, 13.0), (110.0, 127.0), (330.0, 127.0)],
};

static CN_TWO_LINE: Layout = Layout {
    country: Country::China,
    width: 440.0,
    height: 220.0,
    radius: 10.0,
    border: Some((5.0, 3.0)),
    trim: None,
    rows: &[
        Row { top: 15.0, height: 60.0, character: 80.0, gap: 20.0, separator: 35.0, margin: 105.0 },
        Row { top: 90.0, height: 110.0, character: 65.0, gap: 15.0, separator: 30.0, margin: 25.0 },
    ],
    screws: &[(55.0, 35.0), (385.0, 35.0)],
};

static CN_NEW_ENERGY: Layout = Layout {
    country: Country::China,
    width: 480.0,
    height: 140.0,
    radius: 10.0,
    border: Some((5.0, 3.0)),
    trim: None,
    rows: &[Row { top: 25.0, height: 90.0, character: 43.0, gap: 9.0, separator: 49.0, margin: 15.0 }],
    screws: &[(120.0, 13.0), (360.0, 13.0), (120.0, 127.0), (360.0, 127.0)],
};

static BR_OLD: Layout = Layout {
    country: Country::Brazil,
    width: 400.0,
    height: 130.0,
    radius: 10.0,
    border: None,
    trim: Some(Trim::Town(38.0)),
    rows: &[Row { top: 46.0, height: 63.0, character: 40.0, gap: 8.0, separator: 24.0, margin: 14.0 }],
    screws: &[(130.0, 11.0), (270.0, 11.0)],
};

static BR_OLD_MOTORCYCLE: Layout = Layout {
    country: Country::Brazil,
    width: 200.0,
    height: 170.0,
    radius: 10.0,
    border: None,
    trim: Some(Trim::Town(36.0)),
    rows: &[
        Row { top: 43.0, height: 53.0, character: 34.0, gap: 10.0, separator: 20.0, margin: 20.0 },
        Row { top: 107.0, height: 53.0, character: 34.0, gap: 8.0, separator: 20.0, margin: 14.0 },
    ],
    screws: &[(60.0, 10.0), (140.0, 10.0)],
};

static BR_MERCOSUR: Layout = Layout {
    country: Country::Brazil,
    width: 400.0,
    height: 130.0,
    radius: 10.0,
    border: Some((2.0, 2.0)),
    trim: Some(Trim::Strip(30.0)),
    rows: &[Row { top: 44.0, height: 65.0, character: 40.0, gap: 9.0, separator: 24.0, margin: 16.0 }],
    screws: &[(40.0, 118.0), (360.0, 118.0)],
};

static BR_MERCOSUR_MOTORCYCLE: Layout = Layout {
    country: Country::Brazil,
    width: 200.0,
    height: 170.0,
    radius: 10.0,
    border: Some((2.0, 2.0)),
    trim: Some(Trim::Strip(30.0)),
    rows: &[
        Row { top: 40.0, height: 55.0, character: 34.0, gap: 10.0, separator: 20.0, margin: 20.0 },
        Row { top: 104.0, height: 55.0, character: 34.0, gap: 8.0, separator: 20.0, margin: 14.0 },
    ],
    screws: &[(20.0, 160.0), (180.0, 160.0)],
};

static EU_LONG: Layout = Layout {
    country: Country::Europe,
    width: 520.0,
    height: 110.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: Some(Trim::Band(44.0)),
    rows: &[Row { top: 17.0, height: 76.0, character: 46.0, gap: 9.0, separator: 34.0, margin: 14.0 }],
    screws: &[(150.0, 12.0), (370.0, 12.0)],
};

static EU_TWO_LINE: Layout = Layout {
    country: Country::Europe,
    width: 340.0,
    height: 220.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: Some(Trim::Band(44.0)),
    rows: &[
        Row { top: 22.0, height: 76.0, character: 46.0, gap: 10.0, separator: 30.0, margin: 16.0 },
        Row { top: 122.0, height: 76.0, character: 46.0, gap: 9.0, separator: 30.0, margin: 16.0 },
    ],
    screws: &[(100.0, 14.0), (240.0, 14.0)],
};

static EU_MOTORCYCLE: Layout = Layout {
    country: Country::Europe,
    width: 220.0,
    height: 170.0,
    radius: 10.0,
    border: Some((4.0, 3.0)),
    trim: Some(Trim::Band(36.0)),
    rows: &[
        Row { top: 20.0, height: 58.0, character: 32.0, gap: 8.0, separator: 20.0, margin: 10.0 },
        Row { top: 92.0, height: 58.0, character: 30.0, gap: 7.0, separator: 18.0, margin: 10.0 },
    ],
    screws: &[(110.0, 12.0), (110.0, 160.0)],
};
