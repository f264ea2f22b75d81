//! Lines and cells of equal look, one after the other, as one path: what differs is all that is written of each.

/// The elements of a drawing, one a line, with those of equal look that belong to no entry joined. What belongs to one is shown, hidden
/// and moved by itself.
pub(super) fn joined(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut lines = body.split_inclusive('\n').map(|line| (line, piece(line.trim_end()))).peekable();
    while let Some((line, first)) = lines.next() {
        let Some((look, mut path)) = first else {
            out.push_str(line);
            continue;
        };
        let mut alone = true;
        while let Some((_, Some((_, further)))) =
            lines.next_if(|(_, next)| next.as_ref().is_some_and(|(same, _)| *same == look))
        {
            path.push_str(&further);
            alone = false;
        }
        if alone { out.push_str(line) } else { out.push_str(&format!("<path {look} d=\"{path}\"/>\n")) }
    }
    out
}

/// The look of an element and where it goes; none for what stays as it is.
fn piece(line: &str) -> Option<(String, String)> {
    if line.contains(" data-entry=") {
        return None;
    }
    if let Some(line) = line.strip_prefix("<polyline ") {
        let (look, points) = line.strip_suffix("\"/>")?.split_once(" points=\"")?;
        return Some((look.into(), format!("M{points}")));
    }
    let cell = line.strip_prefix("<rect ")?.strip_suffix("/>")?;
    let (mut place, mut look) = ([None; 4], Vec::new());
    for attribute in cell.split_inclusive("\" ").map(str::trim_end) {
        let (name, value) = attribute.split_once('=')?;
        match ["x", "y", "width", "height"].iter().position(|known| *known == name) {
            Some(known) => place[known] = Some(value.trim_matches('"')),
            None => look.push(attribute),
        }
    }
    let [x, y, width, height] = place;
    Some((look.join(" "), format!("M{},{}h{}v{}h-{}z", x?, y?, width?, height?, width?)))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn neighbours_of_one_look_are_one_path() {
        let body = "\n<polyline fill=\"none\" class=\"tick\" points=\"1,2 3,4\"/>\n\
                    <polyline fill=\"none\" class=\"tick\" points=\"5,6 7,8 9,9\"/>\n<text x=\"1\">\na\n</text>\n\
                    <polyline fill=\"none\" data-entry=\"a\" points=\"1,2 3,4\"/>\n\
                    <polyline fill=\"none\" data-entry=\"a\" points=\"5,6 7,8\"/>\n\
                    <rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"#fde725\" class=\"cell\"/>\n\
                    <rect x=\"4\" y=\"2\" width=\"5\" height=\"4\" fill=\"#fde725\" class=\"cell\"/>\n\
                    <rect x=\"9\" y=\"2\" width=\"5\" height=\"4\" fill=\"#000000\" class=\"cell\"/>\n</svg>\n";
        let expected = "\n<path fill=\"none\" class=\"tick\" d=\"M1,2 3,4M5,6 7,8 9,9\"/>\n<text x=\"1\">\na\n</text>\n\
                        <polyline fill=\"none\" data-entry=\"a\" points=\"1,2 3,4\"/>\n\
                        <polyline fill=\"none\" data-entry=\"a\" points=\"5,6 7,8\"/>\n\
                        <path fill=\"#fde725\" class=\"cell\" d=\"M1,2h3v4h-3zM4,2h5v4h-5z\"/>\n\
                        <rect x=\"9\" y=\"2\" width=\"5\" height=\"4\" fill=\"#000000\" class=\"cell\"/>\n</svg>\n";
        assert_eq!(joined(body), expected);
    }
}
