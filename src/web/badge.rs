//! Badges: how something is, as a picture of two words for other pages, as JSON, and for shields.io.
//! Pure.

pub mod asked;
pub mod heartbeat;

use serde::Serialize;

use super::status::Status;
use super::xml::Escaped;

/// A badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// What it is about.
    pub label: String,
    /// How that is.
    pub message: String,
    /// How good that is.
    pub tone: Tone,
}

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Well.
    Good,
    /// Not quite.
    Fair,
    /// Not well.
    Poor,
    /// Bad.
    Bad,
    /// The owner works on it.
    Work,
    /// Nobody can tell.
    Unknown,
}

/// In which form it is asked for, by the ending of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A picture.
    Svg,
    /// For programs.
    Json,
    /// For shields.io.
    Shields,
}

/// What a badge says of a monitor or heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// How it is.
    Status,
    /// The share it was up of these days.
    Uptime(u16),
    /// How long it takes to answer.
    Latency,
    /// How many days its certificate has.
    Certificate,
}

/// What a badge can say of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: Status,
    /// The share it was up of so many days.
    pub uptime: Option<f64>,
    /// The mean of 24 hours, in seconds.
    pub latency: Option<f64>,
    /// Whole days until the certificate ends.
    pub certificate_days: Option<i64>,
}

/// Slower answers are not quite well; much slower ones are not.
const FAST: f64 = 0.5;
const SLOW: f64 = 2.0;

impl Form {
    /// The name of a file without its ending, and which that is.
    pub fn split(name: &str) -> Option<(&str, Self)> {
        let (name, ending) = name.rsplit_once('.')?;
        let form = match ending {
            "svg" => Self::Svg,
            "json" => Self::Json,
            "shields" => Self::Shields,
            _ => return None,
        };
        (!name.is_empty()).then_some((name, form))
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Json | Self::Shields => "application/json",
        }
    }
}

impl What {
    /// The one of that name: `status`, `uptime-24h`, `uptime-30d`, `uptime-90d`, `uptime-1y`,
    /// `latency`, `certificate`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "status" => Self::Status,
            "uptime-24h" => Self::Uptime(1),
            "uptime-30d" => Self::Uptime(30),
            "uptime-90d" => Self::Uptime(90),
            "uptime-1y" => Self::Uptime(365),
            "latency" => Self::Latency,
            "certificate" => Self::Certificate,
            _ => return None,
        })
    }
}

impl Badge {
    /// What is asked, of what is known.
    pub fn of(what: What, facts: &Facts) -> Self {
        let name = &facts.name;
        match what {
            What::Status => {
                let (message, tone) = match facts.status {
                    Status::Up => ("up", Tone::Good),
                    Status::Degraded => ("degraded", Tone::Poor),
                    Status::Down => ("down", Tone::Bad),
                    Status::Maintenance => ("maintenance", Tone::Work),
                    Status::Unknown => ("unknown", Tone::Unknown),
                };
                Self { label: name.clone(), message: message.to_owned(), tone }
            }
            What::Uptime(days) => {
                let span = match days {
                    1 => "24 h",
                    30 => "30 days",
                    365 => "1 year",
                    _ => "90 days",
                };
                let tone = |share: f64| match share {
                    0.999.. => Tone::Good,
                    0.99.. => Tone::Fair,
                    0.95.. => Tone::Poor,
                    _ => Tone::Bad,
                };
                let said = facts.uptime.map(|share| (super::status::percent(share), tone(share)));
                Self::or_unknown(format!("{name}, {span}"), said)
            }
            What::Latency => {
                let tone = |seconds| match seconds {
                    ..FAST => Tone::Good,
                    ..SLOW => Tone::Fair,
                    _ => Tone::Poor,
                };
                let said = facts.latency.map(|took| (super::status::latency(took), tone(took)));
                Self::or_unknown(format!("{name} answers in"), said)
            }
            What::Certificate => {
                let said = facts.certificate_days.map(|days| match days {
                    ..0 => (String::from("ended"), Tone::Bad),
                    1 => (String::from("1 day"), Tone::Bad),
                    0..7 => (format!("{days} days"), Tone::Bad),
                    7..14 => (format!("{days} days"), Tone::Poor),
                    _ => (format!("{days} days"), Tone::Good),
                });
                Self::or_unknown(format!("{name} certificate"), said)
            }
        }
    }

    fn or_unknown(label: String, said: Option<(String, Tone)>) -> Self {
        let (message, tone) = said.unwrap_or((String::from("unknown"), Tone::Unknown));
        Self { label, message, tone }
    }

    /// It in a form.
    pub fn write(&self, form: Form) -> String {
        match form {
            Form::Svg => self.svg(),
            Form::Shields => self.shields(),
            Form::Json => {
                let json = serde_json::json!({ "label": self.label, "status": self.message });
                json.to_string()
            }
        }
    }

    /// For shields.io: <https://shields.io/badges/endpoint-badge>.
    pub fn shields(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Shields<'a> {
            schema_version: u8,
            label: &'a str,
            message: &'a str,
            color: &'a str,
        }
        let color = match self.tone {
            Tone::Good => "success",
            Tone::Fair => "yellowgreen",
            Tone::Poor => "important",
            Tone::Bad => "critical",
            Tone::Work => "informational",
            Tone::Unknown => "inactive",
        };
        let shields =
            Shields { schema_version: 1, label: &self.label, message: &self.message, color };
        // Texts only: this cannot fail.
        serde_json::to_string(&shields).unwrap_or_default()
    }

    /// As a picture, read out as one sentence.
    pub fn svg(&self) -> String {
        // White words keep a contrast of 4.5 on each of these.
        let colour = match self.tone {
            Tone::Good => "#2e7d46",
            Tone::Fair => "#5a7416",
            Tone::Poor => "#a65a00",
            Tone::Bad => "#c5392d",
            Tone::Work => "#2f6fb0",
            Tone::Unknown => "#6b6f75",
        };
        let (label, message) = (Escaped(&self.label), Escaped(&self.message));
        let (left, right) = (side(&self.label), side(&self.message));
        let width = left + right;
        // In tenths of a pixel, so that the words fill just the place they were measured for.
        let (left_text, right_text) = ((left - PADDING) * 10, (right - PADDING) * 10);
        let (left_at, right_at) = (left * 5, left * 10 + right * 5);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" \
             aria-label=\"{label}: {message}\"><title>{label}: {message}</title>\
             <rect width=\"{width}\" height=\"20\" rx=\"4\" fill=\"{colour}\"/>\
             <path fill=\"#4a4f55\" d=\"M{left} 0v20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z\"/>\
             <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" \
             font-size=\"110\" aria-hidden=\"true\">\
             <text x=\"{left_at}\" y=\"140\" transform=\"scale(.1)\" textLength=\"{left_text}\">{label}</text>\
             <text x=\"{right_at}\" y=\"140\" transform=\"scale(.1)\" textLength=\"{right_text}\">{message}</text>\
             </g></svg>"
        )
    }
}

/// Left and right of a word together.
const PADDING: u32 = 10;

fn side(text: &str) -> u32 {
    PADDING + (text.chars().map(width).sum::<u32>() + 5) / 10
}

/// How wide a character is in Verdana at 11 px, in tenths of a pixel; others are taken for a wide one.
fn width(character: char) -> u32 {
    match character {
        'i' | 'j' | 'l' | '\'' => 31,
        ' ' | ',' | '.' | 'f' | 't' | 'r' | 'I' | '!' | ':' | ';' | '|' => 42,
        '(' | ')' | '-' | '/' | '[' | ']' | 'J' | 's' | 'c' | 'z' => 55,
        'a' | 'e' | 'k' | 'v' | 'x' | 'y' | 'F' | 'L' | 'P' | '?' | '"' => 66,
        'b' | 'd' | 'g' | 'h' | 'n' | 'o' | 'p' | 'q' | 'u' | '0'..='9' => 70,
        'A' | 'B' | 'C' | 'E' | 'K' | 'R' | 'S' | 'T' | 'U' | 'V' | 'X' | 'Y' | 'Z' => 76,
        'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'w' | '+' | '<' | '=' | '>' | '~' => 88,
        'm' | 'M' | '@' | 'W' | '%' | '—' | '…' => 112,
        '&' => 80,
        other if other.is_ascii() => 70,
        _ => 110,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str) -> Facts {
        Facts {
            name: name.to_owned(),
            status: Status::Up,
            uptime: Some(0.9996),
            latency: Some(0.212),
            certificate_days: Some(13),
        }
    }

    #[test]
    fn badges_say() {
        let said = |what| {
            let badge = Badge::of(What::named(what).unwrap(), &facts("Shop"));
            format!("{}: {} {:?}", badge.label, badge.message, badge.tone)
        };
        assert_eq!(said("status"), "Shop: up Good");
        assert_eq!(said("uptime-30d"), "Shop, 30 days: 99.96 % Good");
        assert_eq!(said("latency"), "Shop answers in: 212 ms Good");
        assert_eq!(said("certificate"), "Shop certificate: 13 days Poor");
        let nothing = Facts { uptime: None, latency: None, certificate_days: None, ..facts("x") };
        assert_eq!(Badge::of(What::Latency, &nothing).message, "unknown");
        assert_eq!(What::named("uptime-7h"), None);
    }

    #[test]
    fn forms() {
        assert_eq!(Form::split("status.svg"), Some(("status", Form::Svg)));
        assert_eq!(Form::split("a.b.shields"), Some(("a.b", Form::Shields)));
        assert_eq!(
            (Form::split(".svg"), Form::split("svg"), Form::split("x.png")),
            (None, None, None)
        );
        let badge = Badge::of(What::Status, &facts("Shop"));
        assert_eq!(
            badge.write(Form::Shields),
            r#"{"schemaVersion":1,"label":"Shop","message":"up","color":"success"}"#
        );
        assert_eq!(badge.write(Form::Json), r#"{"label":"Shop","status":"up"}"#);
    }

    #[test]
    fn a_hostile_name_stays_a_name() {
        let svg = Badge::of(What::Status, &facts("\"><script>a</script>\u{1b}")).svg();
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}'), "{svg}");
        assert_eq!(svg.matches("<text").count(), 2);
    }

    #[test]
    fn the_picture() {
        insta::with_settings!({ snapshot_path => "badge", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("svg", Badge::of(What::Uptime(90), &facts("Shop")).svg());
        });
    }
}
