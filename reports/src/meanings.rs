//! What the columns of a table mean, where no pointer shows it: on a phone and on paper.

/// The page with a list below every table, folded on a screen, of what its headings say of themselves (`title`). The templates are ours: a
/// heading is `<th …>…</th>` with its values in double quotes.
pub(crate) fn explained(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 100);
    let mut rest = html;
    while let Some((table, after)) = rest.split_once("</table>") {
        out.push_str(table);
        out.push_str("</table>");
        let own = table.rfind("<table").map_or("", |at| &table[at..]);
        let meanings: Vec<String> = own.split("<th").skip(1).filter_map(meaning).collect();
        if !meanings.is_empty() {
            out.push_str("\n<details class=\"meanings\"><summary>What the columns mean</summary>");
            out.push_str(&format!("<dl>{}</dl></details>", meanings.concat()));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The heading that follows `<th`, and what it means, if it says so.
fn meaning(text: &str) -> Option<String> {
    let (tag, after) = text.split_once('>')?;
    let (_, title) = tag.split_once(" title=\"")?;
    let (title, _) = title.split_once('"')?;
    let (inner, _) = after.split_once("</th>")?;
    Some(format!("<div><dt>{}</dt><dd>{title}</dd></div>", inner.replace("<br>", " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_headings_say_of_themselves_stands_below_their_table() {
        let table = |cells: &str| format!("<table class=\"a\"><thead><tr>{cells}</tr></thead></table>");
        let page = format!(
            "<p>{}{}",
            table("<th scope=\"col\">Entry</th><th title=\"Seconds &amp; more\">Time<br>per run</th>"),
            table("<th>Plain</th>")
        );
        let list = "\n<details class=\"meanings\"><summary>What the columns mean</summary>\
                    <dl><div><dt>Time per run</dt><dd>Seconds &amp; more</dd></div></dl></details>";
        let expected = page.replacen("</table>", &format!("</table>{list}"), 1);
        assert_eq!(explained(&page), expected);
        assert_eq!(explained("no table"), "no table");
    }
}
