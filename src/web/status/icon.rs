//! The sign of a status: another shape for each, so that it is known without its colour.

use super::Status;

impl Status {
    /// The lines of its sign, in a square of 24.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Up => "M6 12.5l4 4 8-9",
            Self::Degraded => "M12 6v7M12 17v.5",
            Self::Down => "M7.5 7.5l9 9M16.5 7.5l-9 9",
            Self::Maintenance => "M12 7v5.5l3.5 2",
            Self::Unknown => "M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Up => "#256a41",
            Self::Degraded => "#a86400",
            Self::Down => "#c0392b",
            Self::Maintenance => "#2f6fb0",
            Self::Unknown => "#6b7280",
        }
    }
}

/// The sign for the tab of a browser, as SVG.
pub fn icon(status: Status) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><circle cx=\"12\" cy=\"12\" \
         r=\"12\" fill=\"{}\"/><path d=\"{}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2.5\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>",
        status.colour(),
        status.sign()
    )
}
