//! Rust source without what changes nothing: comments, documentation, layout, tests.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The tokens of `source`, a space between them; `None` if it is not Rust.
pub(crate) fn code(source: &str) -> Option<String> {
    let mut text = String::new();
    write(source.parse().ok()?, &mut text);
    Some(text)
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                let inner = tokens.next_if(|next| is_mark(next, '!'));
                let Some(TokenTree::Group(attribute)) =
                    tokens.next_if(|next| is_group(next, Delimiter::Bracket))
                else {
                    text.push_str(if inner.is_some() { "#! " } else { "# " });
                    continue;
                };
                let words = plain(attribute.stream());
                if words == "cfg ( test ) " && inner.is_none() {
                    skip_item(&mut tokens);
                } else if !words.starts_with("doc ") {
                    text.push_str(if inner.is_some() { "#! [ " } else { "# [ " });
                    text.push_str(&words);
                    text.push_str("] ");
                }
            }
            TokenTree::Group(group) => {
                let [open, close] = match group.delimiter() {
                    Delimiter::Parenthesis => ["( ", ") "],
                    Delimiter::Brace => ["{ ", "} "],
                    Delimiter::Bracket => ["[ ", "] "],
                    Delimiter::None => ["", ""],
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            token => {
                text.push_str(&token.to_string());
                // `&&` is not `& &`.
                if !matches!(&token, TokenTree::Punct(mark) if mark.spacing() == Spacing::Joint) {
                    text.push(' ');
                }
            }
        }
    }
}

fn plain(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

/// Passes over what an attribute belongs to: to its semicolon, or to the end of its braces.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    let mut is_use = None;
    for token in tokens {
        let ends = is_mark(&token, ';') || (is_use == Some(false) && is_group(&token, Delimiter::Brace));
        if ends {
            return;
        }
        if is_use.is_none() && matches!(token, TokenTree::Ident(_)) {
            is_use = Some(matches!(&token, TokenTree::Ident(word) if word == "use"));
        }
    }
}

fn is_mark(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == character)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn only_what_runs_is_left() {
        let source = "//! Doc.\n#![allow(x)]\n/// Doc.\nfn f(x: f32) -> f32 { x*2.0 } // end\n";
        assert_eq!(code(source).unwrap(), "#! [ allow ( x ) ] fn f ( x : f32 ) -> f32 { x * 2.0 } ");
        let tests = "#[cfg(test)] use a::{b, c};\n#[cfg(test)]\n#[allow(y)]\nmod tests { fn g() {} }\n#[cfg(test)] mod t;\nstruct S;";
        assert_eq!(code(tests).unwrap(), "struct S ; ");
        assert_eq!(code("const A: u8 = 1;"), code("const A : u8\n=\n1 ; /* one */"));
        assert_ne!(code("const A: u8 = 1;"), code("const A: u8 = 2;"));
        assert_ne!(code("a && b"), code("a & &b"));
        assert_ne!(code("fn f() { a }"), code("fn f() { b }"));
        assert_eq!(code("\"unfinished"), None);
    }
}
