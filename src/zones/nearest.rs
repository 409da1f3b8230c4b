//! What was probably meant by a name that does not exist.

use super::{PLACEHOLDER, rows};
use crate::{source::Tables, zic};

/// What to say about the unknown name `asked`.
pub(super) fn explain(asked: &str, source: &zic::Source, tables: &Tables) -> String {
    let starts = |prefix: &str| asked.to_ascii_lowercase().starts_with(prefix);
    if asked.eq_ignore_ascii_case(PLACEHOLDER) {
        return "stands for \"not set\": name a place such as `Asia/Shanghai`, or `UTC`".to_owned();
    }
    if starts("posix/") {
        return format!(
            "these are the zones themselves: `{}`",
            &asked["posix/".len()..]
        );
    }
    if starts("right/") {
        return format!(
            "counts leap seconds, which no container does: `{}`",
            &asked["right/".len()..]
        );
    }
    if let Some(offset) = Offset::parse(asked) {
        return offset.explain(source);
    }
    if is_posix_string(asked) {
        return "is a POSIX string, which programs read without any file: name a place such as `Asia/Shanghai`".to_owned();
    }
    if let Some(names) = several(asked, source) {
        return format!("commas separate names, without spaces: `{names}`");
    }
    match nearest(asked, source, tables) {
        Some(name) => format!("a similar zone exists: `{name}`"),
        None => "no similar zone exists".to_owned(),
    }
}

/// What to say about a country that has no zones.
pub(super) fn explain_country(asked: &str, tables: &Tables) -> String {
    if asked == "UK" {
        return "the code of the United Kingdom is `country:GB`".to_owned();
    }
    let named = |row: &Vec<&str>| row.get(1).is_some_and(|name| contains_words(name, asked));
    match rows(&tables.iso3166).find(named).as_deref() {
        Some([code, name, ..]) => format!("the code of {name} is `country:{code}`"),
        _ if is_code(asked, tables) => "no time zone is listed for this country".to_owned(),
        _ if asked.len() == 2 => "no country has this ISO 3166 code".to_owned(),
        _ => "expected an ISO 3166 code of two letters such as `country:CN`".to_owned(),
    }
}

fn is_code(asked: &str, tables: &Tables) -> bool {
    rows(&tables.iso3166).any(|row| row.first() == Some(&asked))
}

/// `UTC+8`, `GMT-03:30`, `+08:00`: an offset as people write it, positive to the east.
struct Offset {
    minutes: i32,
}

impl Offset {
    fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let number = upper
            .strip_prefix("UTC")
            .or_else(|| upper.strip_prefix("GMT"))
            .unwrap_or(&upper);
        let sign = match number.chars().next()? {
            '+' => 1,
            '-' | '\u{2212}' => -1,
            _ => return None,
        };
        let digits = number.trim_start_matches(['+', '-', '\u{2212}']);
        let (hours, minutes) = match digits.split_once(':') {
            Some(parts) => parts,
            None if digits.len() == 4 => digits.split_at(2),
            None => (digits, "0"),
        };
        let part = |text: &str| text.parse::<u8>().ok().map(i32::from);
        let minutes = part(hours).filter(|hours| *hours <= 24)? * 60
            + part(minutes).filter(|minutes| *minutes < 60)?;
        Some(Self {
            minutes: sign * minutes,
        })
    }

    /// The names `Etc/GMT-8` have their sign the POSIX way round.
    fn explain(&self, source: &zic::Source) -> String {
        let hours = self.minutes / 60;
        let name = match hours {
            0 => "Etc/UTC".to_owned(),
            _ => format!("Etc/GMT{:+}", -hours),
        };
        let minutes = self.minutes.abs();
        let side = if self.minutes < 0 {
            "behind"
        } else {
            "ahead of"
        };
        let distance = format!("{}:{:02} {side} UTC", minutes / 60, minutes % 60);
        if self.minutes % 60 == 0 && source.canonical(&name).is_some() {
            format!("{distance} is `{name}`; better name a place, whose clocks may change")
        } else {
            format!("no zone is always {distance}: name a place such as `Asia/Shanghai`")
        }
    }
}

/// `CST-8`, `<+08>-8`, `EST5EDT,M3.2.0,M11.1.0`: a name, then an offset.
fn is_posix_string(text: &str) -> bool {
    let after_name = if let Some(quoted) = text.strip_prefix('<') {
        quoted.split_once('>').map(|(_, rest)| rest)
    } else {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        (text.len() - rest.len() >= 3).then_some(rest)
    };
    after_name.is_some_and(|rest| {
        rest.trim_start_matches(['+', '-'])
            .starts_with(|c: char| c.is_ascii_digit())
    })
}

/// `Asia/Tokyo Asia/Shanghai`: zones, separated by other things than commas.
fn several(asked: &str, source: &zic::Source) -> Option<String> {
    let words: Vec<&str> = asked
        .split([' ', '\t', '\n', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    let are_names = words.iter().all(|word| source.canonical(word).is_some());
    (words.len() > 1 && are_names).then(|| words.join(","))
}

fn nearest<'a>(asked: &str, source: &'a zic::Source, tables: &'a Tables) -> Option<&'a str> {
    let wanted = plain(asked.trim_start_matches(':'));
    same_city(&wanted, source)
        .or_else(|| remark(&wanted, source, tables))
        .or_else(|| country(&wanted, source, tables))
        .or_else(|| misspelt(&wanted, source))
}

/// A zone of the same city, whatever stands before it.
fn same_city<'a>(wanted: &str, source: &'a zic::Source) -> Option<&'a str> {
    let is_same = |name: &&str| plain(city(name)) == city(wanted) && *name != PLACEHOLDER;
    let mut found = source.names().filter(is_same).collect::<Vec<_>>();
    found.sort_by_key(|name| source.canonical(name) != Some(name));
    found.first().copied()
}

/// A zone whose remark in `zone.tab` has the word, as "Beijing Time" for Shanghai.
fn remark<'a>(wanted: &str, source: &zic::Source, tables: &'a Tables) -> Option<&'a str> {
    let about = |row: &Vec<&str>| {
        row.get(3)
            .is_some_and(|remark| contains_words(remark, city(wanted)))
    };
    let row = rows(&tables.zone).find(about)?;
    row.get(2)
        .copied()
        .filter(|name| source.canonical(name).is_some())
}

/// The first zone of a country of that name.
fn country<'a>(wanted: &str, source: &zic::Source, tables: &'a Tables) -> Option<&'a str> {
    let named = |row: &Vec<&str>| row.get(1).is_some_and(|name| plain(name) == wanted);
    let code = rows(&tables.iso3166).find(named)?[0];
    let row = rows(&tables.zone).find(|row| row[0] == code)?;
    row.get(2)
        .copied()
        .filter(|name| source.canonical(name).is_some())
}

/// The name that is the fewest slips of the pen away, of the whole or of the city.
fn misspelt<'a>(wanted: &str, source: &'a zic::Source) -> Option<&'a str> {
    let distance = |name: &str| {
        let whole = slips(wanted, &plain(name));
        let by_city = slips(city(wanted), &plain(city(name)));
        if wanted.contains('/') {
            whole
        } else {
            by_city.min(whole)
        }
    };
    let is_link = |name: &str| source.canonical(name) != Some(name);
    let (slips, _, name) = source
        .names()
        .filter(|name| *name != PLACEHOLDER)
        .map(|name| (distance(name), is_link(name), name))
        .min()?;
    (slips <= MOST_SLIPS && slips * 4 <= city(wanted).chars().count().max(4)).then_some(name)
}

/// How many slips of the pen lie between two names. Those of very different length are not compared: that takes long, and
/// the answer is more than [`MOST_SLIPS`].
fn slips(one: &str, other: &str) -> usize {
    let [length, other_length] = [one, other].map(|name| name.chars().count());
    if length.abs_diff(other_length) > MOST_SLIPS {
        return usize::MAX;
    }
    strsim::damerau_levenshtein(one, other)
}

const MOST_SLIPS: usize = 3;

/// The name as it is compared: in lower case, without the difference of `_`, `-` and space.
fn plain(name: &str) -> String {
    name.to_lowercase().replace([' ', '-'], "_")
}

fn city(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, city)| city)
}

fn contains_words(text: &str, words: &str) -> bool {
    let separate = |text: &str| format!("_{}_", plain(text).replace([',', ';', '(', ')'], "_"));
    words.len() > 2 && separate(text).contains(&separate(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Tzdata;

    fn explained(asked: &str) -> String {
        let tzdata = Tzdata::builtin();
        let source = zic::Source::parse(&tzdata.zic_files()).unwrap();
        explain(asked, &source, &tzdata.tables)
    }

    #[test]
    fn the_nearest_zone_is_found_by_city_remark_country_and_spelling() {
        for (asked, meant) in [
            ("shanghai", "Asia/Shanghai"),
            ("China/Shanghai", "Asia/Shanghai"),
            ("Asia/Beijing", "Asia/Shanghai"),
            ("Beijing", "Asia/Shanghai"),
            ("Asia/Shangai", "Asia/Shanghai"),
            ("America/New York", "America/New_York"),
            ("new-york", "America/New_York"),
            (":Asia/Tokyo", "Asia/Tokyo"),
            ("Germany", "Europe/Berlin"),
            ("Europe/Berln", "Europe/Berlin"),
            ("Amercia/Chicago", "America/Chicago"),
            ("tokio", "Asia/Tokyo"),
        ] {
            assert_eq!(
                explained(asked),
                format!("a similar zone exists: `{meant}`"),
                "{asked}"
            );
        }
        let endless = "A".repeat(10_000);
        for asked in [
            "Mars/Olympus",
            "../etc",
            "x",
            "/etc/passwd",
            "日本",
            &endless,
        ] {
            assert_eq!(explained(asked), "no similar zone exists", "{asked}");
        }
    }

    #[test]
    fn offsets_are_refused_with_the_name_to_use() {
        let name = |name: &str, distance: &str| {
            format!("{distance} UTC is `{name}`; better name a place, whose clocks may change")
        };
        assert_eq!(explained("UTC+8"), name("Etc/GMT-8", "8:00 ahead of"));
        assert_eq!(explained("gmt-3"), name("Etc/GMT+3", "3:00 behind"));
        assert_eq!(explained("+08:00"), name("Etc/GMT-8", "8:00 ahead of"));
        assert_eq!(explained("UTC+0"), name("Etc/UTC", "0:00 ahead of"));
        assert_eq!(
            explained("UTC+5:30"),
            "no zone is always 5:30 ahead of UTC: name a place such as `Asia/Shanghai`"
        );
        assert_eq!(
            explained("UTC+20"),
            "no zone is always 20:00 ahead of UTC: name a place such as `Asia/Shanghai`"
        );
    }

    #[test]
    fn what_is_no_name_is_refused_with_a_way_out() {
        for asked in ["CST-8", "<+08>-8", "EST5EDT4,M3.2.0,M11.1.0"] {
            assert!(explained(asked).starts_with("is a POSIX string"), "{asked}");
        }
        for asked in ["Asia/Tokyo PRC", "Asia/Tokyo;PRC", "Asia/Tokyo\n  PRC\n"] {
            assert_eq!(
                explained(asked),
                "commas separate names, without spaces: `Asia/Tokyo,PRC`"
            );
        }
        assert_eq!(
            explained("posix/Asia/Tokyo"),
            "these are the zones themselves: `Asia/Tokyo`"
        );
        assert_eq!(
            explained("right/Asia/Tokyo"),
            "counts leap seconds, which no container does: `Asia/Tokyo`"
        );
        assert!(explained("Factory").starts_with("stands for \"not set\""));
    }

    #[test]
    fn a_country_is_known_by_its_code() {
        let tables = Tzdata::builtin().tables;
        assert_eq!(
            explain_country("CHINA", &tables),
            "the code of China is `country:CN`"
        );
        assert_eq!(
            explain_country("UK", &tables),
            "the code of the United Kingdom is `country:GB`"
        );
        assert_eq!(
            explain_country("XX", &tables),
            "no country has this ISO 3166 code"
        );
        assert_eq!(
            explain_country("BV", &tables),
            "no time zone is listed for this country"
        );
        assert_eq!(
            explain_country("CHN", &tables),
            "expected an ISO 3166 code of two letters such as `country:CN`"
        );
    }
}
