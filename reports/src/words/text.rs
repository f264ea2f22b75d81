//! Numbers and dates as they are printed.

/// Minus sign of the same width as a plus, unlike the hyphen.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// The same with a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A fraction as a percentage with two decimals, without the sign.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{:.2}", 100.0 * fraction)
}

/// `digits` significant digits: `0.0123`, `1234`, `1.23 × 10⁻⁷`.
pub(crate) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".into();
    }
    if !x.is_finite() {
        return "not finite".into();
    }
    let scientific = format!("{x:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..6).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return minus(&format!("{x:.decimals$}"));
    }
    format!("{} × 10{}", minus(mantissa), superscript(exponent))
}

/// The shortest text that reads back, with an exponent where there would be many zeros.
pub(crate) fn shortest(x: f64) -> String {
    let size = x.abs();
    if size.is_finite() && size != 0.0 && !(1e-5..1e16).contains(&size) {
        return format!("{x:e}");
    }
    // Without the sign of zero.
    (x + 0.0).to_string()
}

/// An exponent in raised digits.
pub(crate) fn superscript(exponent: i32) -> String {
    let raise = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    exponent.to_string().chars().map(raise).collect()
}

/// Prose whose numbers do not break across lines: the blank between a digit and three more binds.
pub(crate) fn unbroken(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let binds = |i: usize| i > 0 && is_digit(i - 1) && (1..=3).all(|k| is_digit(i + k)) && !is_digit(i + 4);
    let bound = chars.iter().enumerate().map(|(i, c)| if *c == ' ' && binds(i) { '\u{202f}' } else { *c });
    bound.collect()
}

/// A time in the two units that matter.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{} s", significant(seconds, 3)),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// `2026-11-24` of seconds since 1970-01-01 UTC.
pub(crate) fn date(unix_s: u64) -> String {
    let (year, month, day) = civil(unix_s / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11-24 01:02:03` of seconds since 1970-01-01 UTC.
pub(crate) fn moment(unix_s: u64) -> String {
    let s = unix_s % 86_400;
    format!("{} {:02}:{:02}:{:02}", date(unix_s), s / 3600, s % 3600 / 60, s % 60)
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
fn civil(mut day: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        // A year beyond 9999 is a broken clock; the loop must end all the same.
        if day < length || year == 9999 {
            break;
        }
        day -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month.min(12), day + 1)
}

/// A JSON value on one line without quotes around a plain string.
pub(crate) fn value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "none".into(),
        other => other.to_string(),
    }
}

/// A file name made of a task name: anything that could leave the folder or need quoting becomes `-`.
pub(crate) fn slug(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// `#rrggbb`, or grey for anything else: the text goes into attributes and style sheets.
pub(crate) fn checked_colour(colour: &str) -> String {
    let is_hex =
        colour.len() == 7 && colour.starts_with('#') && colour.bytes().skip(1).all(|b| b.is_ascii_hexdigit());
    if is_hex { colour.to_ascii_lowercase() } else { "#808080".into() }
}

/// Class of a line of that (checked) colour: a very dark one is turned light on a dark page, as brightening cannot.
pub(crate) fn colour_class(colour: &str) -> &'static str {
    let part =
        |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(128);
    // Luma of ITU-R BT.601.
    let luma = 0.299 * f64::from(part(1)) + 0.587 * f64::from(part(3)) + 0.114 * f64::from(part(5));
    if luma < 60.0 { "series deep" } else { "series" }
}

/// The shortest form that reads back, with a true minus and a raised exponent where it is long.
pub(crate) fn plain(x: f64) -> String {
    let text = x.to_string();
    if text.len() <= 9 { minus(&text) } else { significant(x, 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_printed() {
        assert_eq!(significant(0.012_345, 3), "0.0123");
        assert_eq!(significant(-1234.4, 3), "\u{2212}1234");
        assert_eq!(significant(1.234e-7, 3), "1.23 × 10⁻⁷");
        assert_eq!(significant(9.996, 3), "10.0");
        assert_eq!(significant(0.0, 3), "0");
        assert_eq!(percent(0.123_45), "12.35");
        let written = [1e150, -1.5e-30, 5e-324, 1e15, 0.000_01, -0.0].map(shortest);
        assert_eq!(written, ["1e150", "-1.5e-30", "5e-324", "1000000000000000", "0.00001", "0"]);
        assert_eq!(
            unbroken("of 1 260 steps in 2 000 000, 5 of 20 1 2 3 4567"),
            "of 1\u{202f}260 steps in 2\u{202f}000\u{202f}000, 5 of 20 1 2 3 4567"
        );
        assert_eq!(duration(3.456), "3.46 s");
        assert_eq!(duration(125.0), "2 min 05 s");
        assert_eq!(duration(3_720.0), "1 h 02 min");
    }

    /// From `date -u -d @…`.
    #[test]
    fn dates_of_the_unix_clock() {
        assert_eq!(moment(0), "1970-01-01 00:00:00");
        assert_eq!(moment(951_827_696), "2000-02-29 12:34:56");
        assert_eq!(moment(1_795_479_901), "2026-11-24 00:25:01");
        assert_eq!(date(4_107_542_399), "2100-02-28");
        assert_eq!(date(4_107_542_400), "2100-03-01");
    }

    #[test]
    fn a_colour_cannot_leave_its_attribute() {
        assert_eq!(checked_colour("#12ab9F"), "#12ab9f");
        assert_eq!(checked_colour("\"/><script>"), "#808080");
        assert_eq!(checked_colour("#12\"=x9"), "#808080");
    }

    #[test]
    fn very_dark_colours_are_marked() {
        assert_eq!((colour_class("#000000"), colour_class("#1b2a6b")), ("series deep", "series deep"));
        assert_eq!((colour_class("#0072b2"), colour_class("#cc3399")), ("series", "series"));
    }

    #[test]
    fn names_of_files_stay_in_their_folder() {
        assert_eq!(slug("nin-shapes"), "nin-shapes");
        assert_eq!(slug("../a b"), "..-a-b");
    }
}
