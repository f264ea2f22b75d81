//! Rust source without what changes nothing: comments, documentation, layout, tests.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::iter::Peekable;

/// First words of what ends with its braces, or with a semicolon before them.
const ITEMS: [&str; 12] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "struct",
    "trait",
    "union",
    "unsafe",
];
/// First words of what ends with a semicolon, braces or not.
const LINES: [&str; 4] = ["let", "static", "type", "use"];
/// First words of what ends with its braces on the right of an arm.
const BLOCKS: [&str; 7] = ["async", "for", "if", "loop", "match", "unsafe", "while"];

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

/// Passes over what an attribute belongs to: an item, a line, or one of several in a list (a field, a variant, an arm).
fn skip_item(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>) {
    while tokens.next_if(|next| is_mark(next, '#')).is_some() {
        tokens.next_if(|next| is_group(next, Delimiter::Bracket));
    }
    if tokens.next_if(|next| is_word(next, &["pub"])).is_some() {
        tokens.next_if(|next| is_group(next, Delimiter::Parenthesis));
    }
    let is_item = tokens.peek().is_some_and(|next| is_word(next, &ITEMS));
    if !is_item && !tokens.peek().is_some_and(|next| is_word(next, &LINES)) {
        return skip_member(tokens);
    }
    for token in tokens {
        if is_mark(&token, ';') || (is_item && is_group(&token, Delimiter::Brace)) {
            return;
        }
    }
}

/// Passes over one of several in a list, to its comma, or over a statement.
fn skip_member(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>) {
    // Commas between the angle brackets of a type are its own; in a value they compare and shift.
    let (mut angles, mut is_value, mut is_block) = (0_u32, false, false);
    let mut before = None;
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(mark) => match mark.as_char() {
                ';' => return,
                ',' if angles == 0 => return,
                '<' if !is_value => angles += 1,
                '>' if before == Some('=') => {
                    // An arm whose right side is a block needs no comma.
                    let next = tokens.peek();
                    is_block =
                        next.is_some_and(|next| is_group(next, Delimiter::Brace) || is_word(next, &BLOCKS));
                }
                '>' if before != Some('-') => angles = angles.saturating_sub(1),
                '=' => (angles, is_value) = (0, true),
                _ => {}
            },
            // A block, a call of a macro with braces, the right side of an arm.
            token if is_group(token, Delimiter::Brace) => {
                let ends = is_block || before.is_none() || before == Some('!');
                if ends && !tokens.peek().is_some_and(|next| is_word(next, &["else"])) {
                    tokens.next_if(|next| is_mark(next, ','));
                    return;
                }
            }
            _ => {}
        }
        before = match &token {
            TokenTree::Punct(mark) => Some(mark.as_char()),
            _ => Some(' '),
        };
    }
}

fn is_word(token: &TokenTree, words: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(word) if words.iter().any(|expected| word == expected))
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

    /// What stands behind what tests alone have is still code.
    #[test]
    fn what_tests_alone_have_ends_where_the_next_begins() {
        for (source, left) in [
            ("enum E { #[cfg(test)] A, B }", "enum E { B }"),
            (
                "enum E { #[cfg(test)] A { x: u8 }, #[cfg(test)] C(u8, u8), B, #[cfg(test)] D }",
                "enum E { B , }",
            ),
            ("enum E { #[cfg(test)] A = 1 << 2, B }", "enum E { B }"),
            (
                "struct S { #[cfg(test)] #[allow(x)] pub(crate) a: Map<A, fn(u8) -> B>, b: C }",
                "struct S { b : C }",
            ),
            ("struct S(#[cfg(test)] pub (A, B), C);", "struct S ( C ) ;"),
            ("S { #[cfg(test)] a: T { x: 1 }, b }", "S { b }"),
            ("match x { #[cfg(test)] A | B if 1 < y => { 1 } C => 2 }", "match x { C => 2 }"),
            ("match x { #[cfg(test)] A => f(1, 2), C => 2 }", "match x { C => 2 }"),
            ("match x { #[cfg(test)] A { .. } => if y { 1 } else { 2 }, C => 2 }", "match x { C => 2 }"),
            (
                "{ #[cfg(test)] f::<A, B>(x); #[cfg(test)] { g() } #[cfg(test)] let a = S { b, c }; h() }",
                "{ h ( ) }",
            ),
            ("#[cfg(test)] thread_local! { static A: u8 = 1; } fn f() {}", "fn f ( ) { }"),
            ("#[cfg(test)] pub fn f<A, B>(a: A) where B: C<A> { g() } fn h() {}", "fn h ( ) { }"),
        ] {
            assert_eq!(code(source), code(left), "{source}");
        }
    }
}
