//! Random expressions, zones and times, most of them right, many near a change of the clock.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::case::{Case, Kind};

/// Zones in which a job that follows the clock must never differ.
pub(crate) const ZONES: [&str; 18] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    // Sets its clock by half an hour.
    "Australia/Lord_Howe",
    // Set it at midnight, until 2019.
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    // Sets it back for Ramadan.
    "Africa/Casablanca",
    // Its summer time is the standard time.
    "Europe/Dublin",
    // Set it by two hours.
    "Antarctica/Troll",
    "America/Havana",
    "Asia/Tehran",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Asuncion",
    "Europe/London",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "America/Caracas",
];

/// Zones that turn a clock to within an hour, or leave out a day.
pub(crate) const ODD_ZONES: [&str; 3] = ["Pacific/Chatham", "America/St_Johns", "Pacific/Apia"];

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// From 0 to below this.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }

    /// True this many times in a hundred.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// An odd zone every tenth time.
pub(crate) fn zone(random: &mut Random) -> &'static str {
    if random.chance(10) { random.pick(&ODD_ZONES) } else { random.pick(&ZONES) }
}

/// Seconds since 1970: half of them near a change of the zone's clock.
pub(crate) fn time(random: &mut Random, zone: &str) -> i64 {
    let time = random.between(3 * 365 * 86_400, 150 * 365 * 86_400);
    if random.chance(50) {
        return time;
    }
    let early = random.between(3 * 365 * 86_400, 70 * 365 * 86_400);
    let zone = TimeZone::get(zone).unwrap();
    let change = zone.following(Timestamp::from_second(early).unwrap()).next();
    let near = [1, 3, 40][random.below(3) as usize];
    let away = SignedDuration::from_secs(random.between(-near * 3600, near * 3600));
    change.map_or(time, |change| (change.timestamp() + away).as_second())
}

pub(crate) fn case(random: &mut Random) -> Case {
    let kind = if random.chance(50) { Kind::Cron } else { Kind::OnCalendar };
    let mut text = match kind {
        Kind::Cron => cron(random),
        _ => calendar(random),
    };
    if random.chance(15) {
        for _ in 0..=random.below(3) {
            text = spoilt(random, &text);
        }
    }
    let zone = zone(random);
    let after = time(random, zone);
    let micros = if random.chance(20) { random.between(0, 999_999) } else { 0 };
    Case { kind, text, zone: zone.to_owned(), after, micros }
}

/// With a character more, less or another.
fn spoilt(random: &mut Random, text: &str) -> String {
    let alphabet = [
        " ",
        "\t",
        "\n",
        "\u{a0}",
        "\u{1c}",
        "*",
        ",",
        "-",
        "/",
        "#",
        "~",
        ".",
        "..",
        ":",
        "L",
        "W",
        "?",
        "@",
        "0",
        "1",
        "5",
        "7",
        "9",
        "32",
        "60",
        "²",
        "MON",
        "Sun",
        "\u{17f}un",
        "Mon",
        "friday",
        "jan",
        "daily",
        "UTC",
        "utc",
        " Europe/Riga",
        " europe/riga",
        "+",
        "_",
        "é",
    ];
    let mut characters: Vec<String> = text.chars().map(String::from).collect();
    let at = random.below(characters.len() as u64 + 1) as usize;
    let new = random.pick(&alphabet).to_owned();
    match random.below(3) {
        0 => characters.insert(at, new),
        1 if at < characters.len() => characters[at] = new,
        _ if at < characters.len() => drop(characters.remove(at)),
        _ => {}
    }
    characters.concat()
}

/// Some of these, in a list.
fn list(random: &mut Random, mut item: impl FnMut(&mut Random) -> String) -> String {
    let many = if random.chance(75) { 1 } else { 2 + random.below(3) };
    (0..many).map(|_| item(random)).collect::<Vec<_>>().join(",")
}

fn cron(random: &mut Random) -> String {
    let months = ["JAN", "feb", "Mar", "APR", "MAY", "JUN", "JUL", "aug", "SEP", "OCT", "NOV"];
    let days = ["SUN", "mon", "Tue", "WED", "THU", "FRI", "SAT"];
    let minute = list(random, |random| cron_item(random, 0, 59, 25, &[]));
    let hour = list(random, |random| cron_item(random, 0, 23, 30, &[]));
    // Where only the time of the day counts, a change of the clock does.
    if random.chance(30) {
        return format!("{minute} {hour} * * *");
    }
    let fields = [
        minute,
        hour,
        list(random, |random| match random.below(12) {
            0 => random.pick(&["L", "LW", "l", "L/2", "LW/1"]).to_owned(),
            _ => cron_item(random, 1, 31, 45, &[]),
        }),
        list(random, |random| cron_item(random, 1, 12, 55, &months)),
        list(random, |random| match random.below(10) {
            0 => format!("{}L", random.between(0, 7)),
            1 => format!("{}#{}", cron_value(random, 0, 7, &days), random.between(1, 5)),
            _ => cron_item(random, 0, 7, 50, &days),
        }),
    ];
    fields.join(random.pick(&[" ", " ", " ", "  ", "\t"]))
}

fn cron_item(random: &mut Random, least: i64, most: i64, stars: u64, names: &[&str]) -> String {
    if random.chance(stars) {
        return match random.below(4) {
            0 => format!("*/{}", random.between(1, most + 2)),
            _ => "*".to_owned(),
        };
    }
    let value = cron_value(random, least, most, names);
    match random.below(8) {
        0 | 1 => {
            // In order more often than not.
            let middle = random.between(least, most);
            let (first, last) = (random.between(least, middle), random.between(middle, most));
            match random.below(3) {
                0 => format!("{first}-{last}/{}", random.between(1, most)),
                1 => format!("{value}-{last}"),
                _ => format!("{first}-{last}"),
            }
        }
        2 => format!("{value}/{}", random.between(1, most)),
        _ => value,
    }
}

fn cron_value(random: &mut Random, least: i64, most: i64, names: &[&str]) -> String {
    if !names.is_empty() && random.chance(30) {
        return random.pick(names).to_owned();
    }
    // Rarely none that there is.
    let past = i64::from(random.chance(1));
    let value = random.between(least, most + past);
    if random.chance(10) { format!("{value:02}") } else { value.to_string() }
}

fn calendar(random: &mut Random) -> String {
    let lines = if random.chance(85) { 1 } else { 2 + random.below(2) };
    let separator = random.pick(&["\n", "\n", " \n ", "\r\n"]);
    (0..lines).map(|_| calendar_line(random)).collect::<Vec<_>>().join(separator)
}

fn calendar_line(random: &mut Random) -> String {
    let mut parts = Vec::new();
    if random.chance(8) {
        let words = [
            "minutely",
            "hourly",
            "daily",
            "weekly",
            "monthly",
            "quarterly",
            "semiannually",
            "yearly",
            "annually",
            "Daily",
            "WEEKLY",
        ];
        parts.push(random.pick(&words).to_owned());
    } else {
        if random.chance(40) {
            parts.push(calendar_days(random));
        }
        if random.chance(60) {
            parts.push(calendar_date(random));
        }
        if random.chance(80) || parts.is_empty() {
            parts.push(calendar_time(random));
        }
    }
    if random.chance(30) {
        let zone = match random.below(10) {
            0 => random.pick(&["europe/berlin", "Mars/Base", "utc", "Etc/Unknown", "Zulu", "EST"]),
            _ => zone(random),
        };
        parts.push(zone.to_owned());
    }
    parts.join(random.pick(&[" ", " ", " ", "  "]))
}

fn calendar_days(random: &mut Random) -> String {
    let days = ["Mon", "TUE", "wednesday", "Thu", "Friday", "sat", "Sun"];
    let listed = list(random, |random| {
        let (first, last) = (random.pick(&days), random.pick(&days));
        match random.below(5) {
            0 => format!("{first}..{last}"),
            1 => format!("{first}-{last}"),
            2 => "Mon..Fri".to_owned(),
            _ => first.to_owned(),
        }
    });
    if random.chance(10) { listed + "," } else { listed }
}

fn calendar_date(random: &mut Random) -> String {
    let year = if random.chance(50) {
        String::new()
    } else {
        calendar_field(random, 70, |random| match random.below(4) {
            0 => random.between(0, 99),
            _ => random.between(1970, 2200),
        }) + "-"
    };
    let month = calendar_field(random, 60, |random| random.between(1, 12));
    let separator = if random.chance(25) { "~" } else { "-" };
    let day = calendar_field(random, 40, |random| random.between(1, 31));
    format!("{year}{month}{separator}{day}")
}

fn calendar_time(random: &mut Random) -> String {
    let mut time = calendar_field(random, 25, |random| random.between(0, 23));
    time += ":";
    time += &calendar_field(random, 15, |random| random.between(0, 59));
    if random.chance(30) {
        time += ":";
        time += &calendar_field(random, 10, |random| random.between(0, 59));
    }
    time
}

fn calendar_field(
    random: &mut Random,
    stars: u64,
    mut value: impl FnMut(&mut Random) -> i64,
) -> String {
    if random.chance(stars) {
        return "*".to_owned();
    }
    list(random, |random| {
        let (one, other) = (value(random), value(random));
        let (least, most) = (one.min(other), one.max(other));
        match random.below(10) {
            0 | 1 => format!("{least}..{most}"),
            2 => format!("{least}..{most}/{}", random.between(1, 9)),
            3 | 4 => format!("{one}/{}", random.between(1, 20)),
            5 => format!("{one:02}"),
            6 if random.chance(20) => format!("{one}..{other}"),
            _ => one.to_string(),
        }
    })
}
