//! Update rules as they are put into a page: presentation MathML and nothing else.

use roxmltree::{Document, Node};

/// Elements of a rule.
const ELEMENTS: [&str; 18] = [
    "math", "mfrac", "mi", "mn", "mo", "mover", "mrow", "mspace", "msqrt", "mroot", "msub", "msubsup",
    "msup", "mtable", "mtd", "mtext", "mtr", "munder",
];
/// Their attributes. How cells are aligned is for the style sheet of the page, which allows no other style.
const ATTRIBUTES: [&str; 6] = ["accent", "display", "displaystyle", "mathvariant", "stretchy", "width"];

/// Elements within each other, at most: several times what a rule needs, and few enough for the stack.
const DEEPEST: usize = 100;

/// The one `<math>` element of a text with what belongs into one; the text itself, to be read as it is, if it is not that.
pub(crate) fn checked(text: &str) -> String {
    let parsed = Document::parse(text).ok();
    let rule = parsed.and_then(|document| {
        let root = document.root_element();
        let mut out = String::new();
        (root.tag_name().name() == "math" && write(root, DEEPEST, &mut out)).then_some(out)
    });
    rule.unwrap_or_else(|| format!("<math display=\"block\"><mtext>{}</mtext></math>", escaped(text)))
}

/// Writes an element and what is in it, which may be so deep; false if something is no MathML of a rule.
fn write(node: Node, depth: usize, out: &mut String) -> bool {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        out.push_str(&escaped(text));
        return true;
    }
    let name = node.tag_name().name();
    let Some(inside) = depth.checked_sub(1) else { return false };
    if !node.is_element() || !ELEMENTS.contains(&name) {
        return false;
    }
    out.push_str(&format!("<{name}"));
    for attribute in node.attributes().filter(|attribute| ATTRIBUTES.contains(&attribute.name())) {
        out.push_str(&format!(" {}=\"{}\"", attribute.name(), escaped(attribute.value())));
    }
    out.push('>');
    let is_all = node.children().all(|child| write(child, inside, out));
    out.push_str(&format!("</{name}>"));
    is_all
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn a_rule_stays_and_its_style_goes() {
        let rule = "<math display=\"block\"><mtable displaystyle=\"true\">\n<mtr><mtd style=\"text-align:right\"><msub><mi>θ</mi>\
                    <mn>1</mn></msub></mtd><mtd><mo>&lt;</mo></mtd></mtr>\n</mtable></math>";
        assert_eq!(checked(rule), rule.replace(" style=\"text-align:right\"", ""));
    }

    #[test]
    fn what_is_no_rule_is_read_as_text() {
        for foreign in [
            "",
            "x",
            "<p>x</p>",
            "<math><mi>x</math>",
            "<math></math><script>1</script>",
            "<math><mtext><script>1</script></mtext></math>",
            "<math><annotation-xml encoding=\"text/html\"><img src=\"x\"/></annotation-xml></math>",
            "<math><!-- x --></math>",
        ] {
            let shown = checked(foreign);
            assert!(
                shown.starts_with("<math display=\"block\"><mtext>") && shown.matches('<').count() == 4,
                "{shown}"
            );
        }
        let nested = |n: usize| format!("<math>{}x{}</math>", "<mrow>".repeat(n), "</mrow>".repeat(n));
        assert_eq!(checked(&nested(99)), nested(99));
        for deep in [nested(100), nested(200_000)] {
            let shown = checked(&deep);
            assert!(shown.starts_with("<math display=\"block\"><mtext>&lt;math&gt;&lt;mrow&gt;"));
        }
        let link = checked("<math href=\"javascript:1\" onclick=\"1\"><mi>x</mi></math>");
        assert_eq!(link, "<math><mi>x</mi></math>");
    }
}
