//! What YAML allows and configurations do not: keys given twice, numbers that are not finite, tags, merge keys; and bounds on
//! depth and size, so that every text is answered at once. Looked at event by event, before values are made of them.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Levels of maps and lists within each other; configurations have about ten.
const DEEPEST: usize = 64;
/// Bytes of a document whose aliases are written out, at most, and what a value counts beside its text.
const LARGEST: u64 = 10_000_000;
const VALUE: u64 = 8;

/// Keys whose value is a map wherever they stand. A derived reader would take a list for one, its values without their names.
const MAPS: [&str; 9] =
    ["anchor", "initialisation", "loss", "measure", "model", "paper", "schedule", "then", "tuning"];

/// Says what is wrong with `text`, with the line and the key.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let mut document = Document::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| match e.info() {
            "recursion limit exceeded" => document.too_deep(e.marker().line()),
            info => format!("line {}: {info}", e.marker().line()),
        })?;
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                return Err(format!("line {}: more than one document (`---`); keep one", span.start.line()));
            }
        }
        document.take(&event, span)?;
    }
    Ok(())
}

/// A map or list whose end has not come.
struct Open {
    /// Keys so far and the one whose value is next; none of a list.
    keys: Option<(BTreeSet<String>, Option<String>)>,
    /// Place in the list.
    index: usize,
    anchor: usize,
    /// Size of the document before it.
    before: u64,
}

/// As much of a document as has been seen.
#[derive(Default)]
struct Document {
    open: Vec<Open>,
    /// Size with every alias written out.
    size: u64,
    /// Sizes of what aliases stand for.
    anchors: BTreeMap<usize, u64>,
}

impl Document {
    fn take(&mut self, event: &Event, span: Span) -> Result<(), String> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let size = VALUE + text.len() as u64;
                self.grow(size, line)?;
                self.anchors.insert(*anchor, size);
                if tag.is_some() {
                    return Err(self.tagged(line));
                }
                let plain = *style == ScalarStyle::Plain;
                if self.key_is_next() {
                    return self.take_key(text, plain, line);
                }
                if let Some(complaint) = plain.then(|| complaint(text)).flatten() {
                    return Err(format!("line {line}: {}{complaint}", self.place()));
                }
                self.ended();
            }
            Event::Alias(anchor) => {
                // What is still open has no size yet: the alias stands inside of what it stands for.
                let Some(size) = self.anchors.get(anchor).copied() else {
                    return Err(format!("line {line}: {}an alias stands for what it is in", self.place()));
                };
                self.grow(size, line)?;
                self.value(line)?;
                self.ended();
            }
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                if tag.is_some() {
                    return Err(self.tagged(line));
                }
                self.value(line)?;
                if matches!(event, Event::SequenceStart(..)) && self.is_map_next() {
                    let place = self.place();
                    return Err(format!(
                        "line {line}: {place}a list stands where a map of keys and values belongs"
                    ));
                }
                if self.open.len() == DEEPEST {
                    return Err(self.too_deep(line));
                }
                let keys = matches!(event, Event::MappingStart(..)).then(Default::default);
                self.open.push(Open { keys, index: 0, anchor: *anchor, before: self.size });
                self.grow(VALUE, line)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(closed) = self.open.pop() {
                    self.anchors.insert(closed.anchor, self.size - closed.before);
                }
                self.ended();
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the next value belongs to a key that has a map.
    fn is_map_next(&self) -> bool {
        let mut keys = self.open.iter().rev().map(|open| open.keys.as_ref()?.1.as_deref());
        let (next, around) = (keys.next().flatten(), keys.next().flatten());
        // A grid lists maps, and so does a space.
        next.is_some_and(|key| MAPS.contains(&key)) && !matches!(around, Some("grid" | "space"))
    }

    fn key_is_next(&self) -> bool {
        matches!(self.open.last(), Some(Open { keys: Some((_, None)), .. }))
    }

    fn take_key(&mut self, key: &str, plain: bool, line: usize) -> Result<(), String> {
        if plain && key == "<<" {
            let place = self.place();
            return Err(format!("line {line}: {place}merge keys (`<<`) are not read; write the keys out"));
        }
        let Some((keys, next)) = self.open.last_mut().and_then(|open| open.keys.as_mut()) else {
            return Ok(());
        };
        if keys.insert(key.to_owned()) {
            *next = Some(key.to_owned());
            return Ok(());
        }
        Err(format!("line {line}: {}key `{}` is given twice; keep one", self.place(), shown(key)))
    }

    fn grow(&mut self, by: u64, line: usize) -> Result<(), String> {
        self.size += by;
        if self.size <= LARGEST {
            return Ok(());
        }
        Err(format!(
            "line {line}: with its aliases (`*name`) written out the text is longer than {LARGEST} bytes; write less"
        ))
    }

    /// Something that is not text begins; it cannot be a key.
    fn value(&self, line: usize) -> Result<(), String> {
        if self.key_is_next() {
            return Err(format!("line {line}: {}a key must be text", self.place()));
        }
        Ok(())
    }

    /// A value has ended: what follows is a key, or the list's next.
    fn ended(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        open.index += 1;
        if let Some((_, next)) = &mut open.keys {
            *next = None;
        }
    }

    fn too_deep(&self, line: usize) -> String {
        format!("line {line}: maps and lists nested more than {DEEPEST} deep; accepted: fewer levels")
    }

    fn tagged(&self, line: usize) -> String {
        format!("line {line}: {}tags (`!name`) are not read; leave it out", self.place())
    }

    /// Where the next value stands, for a message: `tasks[0].entries[1].hyper: `.
    fn place(&self) -> String {
        let mut place = String::new();
        for open in &self.open {
            match &open.keys {
                None => place.push_str(&format!("[{}]", open.index)),
                Some((_, Some(key))) if place.is_empty() => place.push_str(shown(key)),
                Some((_, Some(key))) => place.push_str(&format!(".{}", shown(key))),
                Some((_, None)) => {}
            }
        }
        if place.is_empty() { place } else { format!("{place}: ") }
    }
}

/// As much of a text as a message can hold.
fn shown(text: &str) -> &str {
    text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end])
}

/// What is wrong with a number as it is written; nothing with a word.
fn complaint(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let named = [".inf", ".nan"].contains(&digits.to_ascii_lowercase().as_str());
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if named || (number && digits.parse::<f64>().is_ok_and(|x| !x.is_finite())) {
        return Some(format!(
            "{} is not a finite number; write one, or put it in quotes if it is text",
            shown(text)
        ));
    }
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    if number
        && digits.parse::<f64>().is_ok_and(|x| x == 0.0)
        && mantissa.contains(|c: char| ('1'..='9').contains(&c))
    {
        return Some(format!(
            "{} is 0 in double precision; write 0, or a number that it has (put it in quotes if it is text)",
            shown(text)
        ));
    }
    let radix = |prefix: &str, radix: u32| {
        let digits = digits.strip_prefix(prefix)?;
        let whole = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        (whole && u64::from_str_radix(digits, radix).is_err()).then_some(())
    };
    let decimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let large = decimal && text.parse::<u64>().is_err() && text.parse::<i64>().is_err();
    let large = large || [("0x", 16), ("0o", 8), ("0b", 2)].iter().any(|(p, r)| radix(p, *r).is_some());
    large.then(|| {
        format!(
            "{} is too large a whole number; at most {} is accepted (put it in quotes if it is text)",
            shown(text),
            u64::MAX
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, expected: &[&str]) {
        let message = check(text).unwrap_err();
        for part in expected {
            assert!(message.contains(part), "`{part}` in {message}");
        }
    }

    #[test]
    fn keys_given_twice_are_named_with_line_and_place() {
        refused("a: 1\nb: {c: 1, d: 2, c: 3}\n", &["line 2", "b: key `c` is given twice"]);
        refused("a:\n  - x: 1\n  - y: 1\n    'y': 2\n", &["line 4", "a[1]: key `y`"]);
        refused(r#"{"a": 1, "b": [], "a": 2}"#, &["line 1", "key `a`"]);
        refused("a: {k: &x {p: 1}, l: *x, k: 2}", &["a: key `k`"]);
        for good in ["a: {b: 1}\nc: {b: 1}", "- a: 1\n- a: 1", "a: &x {b: 1}\nc: *x", "", "# only\n"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_list_is_no_map_without_names() {
        let said = "a list stands where a map";
        refused("a: 1\nmodel: [nin, 0.05]\n", &["line 2", "model: ", said]);
        refused("schedule: {kind: warmup, steps: 3, then: [constant]}", &["schedule.then: ", said]);
        refused("tasks:\n- tuning: [train_loss, 2]\n", &["tasks[0].tuning: ", said]);
        assert_eq!(check("model: {hidden: [4, 5]}\ngrid: {schedule: [{kind: power}]}"), Ok(()));
        assert_eq!(check("space: {schedule: [{kind: constant}, {kind: cosine}]}"), Ok(()));
    }

    #[test]
    fn numbers_are_quoted_as_they_are_written() {
        for text in [".inf", "-.Inf", ".NaN", "1e400", "-1E999", &"9".repeat(400)] {
            refused(&format!("a: [1, {text}]"), &["line 1", "a[1]: ", &text[..2], "is not a finite number"]);
            assert_eq!(check(&format!("a: '{text}'")), Ok(()));
        }
        for text in ["1e-400", "-2.4E-324", &format!("0.{}1", "0".repeat(400))] {
            refused(&format!("a: {{b: {text}}}"), &["a.b: ", &text[..2], "is 0 in double precision"]);
        }
        for text in ["0", "-0.0", "0e5", "5e-324", "0e-400", ".0"] {
            assert_eq!(check(&format!("a: {text}")), Ok(()), "{text}");
        }
        for text in ["18446744073709551616", "-9223372036854775809", "0x10000000000000000"] {
            refused(&format!("a: {text}"), &["a: ", text, "too large a whole number"]);
        }
        for text in ["18446744073709551615", "-9223372036854775808", "1e308", "inf", "nan", "1.2.3", "1e"] {
            assert_eq!(check(&format!("a: {text}")), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_only_yaml_has_is_refused() {
        refused("a: &x {b: 1}\nc: {<<: *x}", &["line 2", "c: merge keys"]);
        refused("a: !!float 1", &["tags"]);
        refused("a: !x {b: 1}", &["tags"]);
        refused("{a: 1}: 2", &["a key must be text"]);
        refused("a: &x 1\n*x : 2", &["a key must be text"]);
        refused("a: &x [*x]", &["an alias stands for what it is in"]);
        refused("a: 1\n---\na: 2", &["line 2", "more than one document"]);
    }

    /// Depth and aliases cost nothing: a megabyte of either is answered before anything is made of it.
    #[test]
    fn depth_and_size_are_bounded() {
        for brick in ["[", "{a: ", "- ", "[{a: "] {
            refused(&brick.repeat(1_000_000 / brick.len()), &["nested more than 64 deep"]);
        }
        let lines: String = (0..5000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        refused(&lines[..1_000_000], &["nested more than 64 deep"]);
        let bomb: String = (1..30).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
        refused(&format!("a0: &a0 1\n{bomb}"), &["aliases", "longer than"]);
        let long = format!("a: &a {}\nb: [{}*a]", "x".repeat(100_000), "*a, ".repeat(1000));
        refused(&long, &["aliases", "longer than"]);
        assert_eq!(check(&format!("{}1{}", "[".repeat(64), "]".repeat(64))), Ok(()));
        assert_eq!(check(&format!("a: [{}1]", "1, ".repeat(330_000))), Ok(()));
    }
}
