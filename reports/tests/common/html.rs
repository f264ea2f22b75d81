//! A page as a browser's parser reads it: a tree, and every error the standard knows.
#![allow(dead_code, clippy::unwrap_used)]

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, parse_document};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

/// What a node is.
pub enum Kind {
    /// The whole, or something the tests do not look at.
    Other,
    /// An element.
    Element { name: QualName, attributes: BTreeMap<String, String> },
    /// Text.
    Text(String),
}

/// A node of the tree.
pub struct Node {
    pub kind: RefCell<Kind>,
    pub children: RefCell<Vec<Rc<Node>>>,
    parent: RefCell<Weak<Node>>,
    /// The name once more, where the parser can borrow it.
    name: Option<QualName>,
}

impl Node {
    fn new(kind: Kind) -> Rc<Self> {
        let name = if let Kind::Element { name, .. } = &kind { Some(name.clone()) } else { None };
        let (kind, children) = (RefCell::new(kind), RefCell::default());
        Rc::new(Self { kind, children, parent: RefCell::default(), name })
    }

    /// The element's name, whatever its name space; empty for anything else.
    pub fn tag(&self) -> &str {
        self.name.as_ref().map_or("", |name| &name.local)
    }

    /// Whether it is an element of HTML proper, not of SVG or MathML.
    pub fn is_html(&self) -> bool {
        self.name.as_ref().is_some_and(|name| &*name.ns == "http://www.w3.org/1999/xhtml")
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<String> {
        match &*self.kind.borrow() {
            Kind::Element { attributes, .. } => attributes.get(name).cloned(),
            _ => None,
        }
    }

    /// All text within, scripts left out.
    pub fn text(&self) -> String {
        match &*self.kind.borrow() {
            Kind::Text(text) => text.clone(),
            _ if ["script", "style"].contains(&self.tag()) => String::new(),
            _ => self.children.borrow().iter().map(|child| child.text()).collect(),
        }
    }

    /// The element around it.
    pub fn parent(&self) -> Option<Rc<Node>> {
        self.parent.borrow().upgrade()
    }

    /// The elements around it, from the nearest on.
    pub fn ancestors(&self) -> Vec<Rc<Node>> {
        let mut found = Vec::new();
        let mut next = self.parent();
        while let Some(node) = next {
            next = node.parent();
            found.push(node);
        }
        found
    }

    fn place(self: &Rc<Self>) -> Option<(Rc<Node>, usize)> {
        let parent = self.parent()?;
        let place = parent.children.borrow().iter().position(|child| Rc::ptr_eq(child, self))?;
        Some((parent, place))
    }

    fn detach(self: &Rc<Self>) {
        if let Some((parent, place)) = self.place() {
            parent.children.borrow_mut().remove(place);
        }
        *self.parent.borrow_mut() = Weak::new();
    }

    fn insert(self: &Rc<Self>, place: usize, child: NodeOrText<Rc<Node>>) {
        let child = match child {
            NodeOrText::AppendNode(node) => node,
            NodeOrText::AppendText(text) => {
                // Neighbouring pieces of text are one text.
                if let Some(before) =
                    place.checked_sub(1).and_then(|k| self.children.borrow().get(k).cloned())
                    && let Kind::Text(already) = &mut *before.kind.borrow_mut()
                {
                    already.push_str(&text);
                    return;
                }
                Self::new(Kind::Text(text.to_string()))
            }
        };
        child.detach();
        *child.parent.borrow_mut() = Rc::downgrade(self);
        self.children.borrow_mut().insert(place, child);
    }
}

/// A parsed page.
pub struct Page {
    /// Above `html`.
    pub root: Rc<Node>,
    /// What the standard calls a parse error, with the line.
    pub errors: Vec<String>,
    /// Every element, in the order of the page.
    pub elements: Vec<Rc<Node>>,
}

impl Page {
    /// Parses a whole document.
    pub fn new(html: &str) -> Self {
        let options = ParseOpts {
            tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
            tree_builder: TreeBuilderOpts { exact_errors: true, ..TreeBuilderOpts::default() },
        };
        let tree = Tree { root: Node::new(Kind::Other), errors: RefCell::default(), line: Cell::new(1) };
        let tree = parse_document(tree, options).one(html);
        let mut elements = Vec::new();
        gather(&tree.root, &mut elements);
        Self { root: tree.root, errors: tree.errors.into_inner(), elements }
    }

    /// The elements of that name.
    pub fn all<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = &'a Rc<Node>> {
        self.elements.iter().filter(move |element| element.tag() == tag)
    }
}

fn gather(node: &Rc<Node>, elements: &mut Vec<Rc<Node>>) {
    if !node.tag().is_empty() {
        elements.push(node.clone());
    }
    for child in node.children.borrow().iter() {
        gather(child, elements);
    }
}

/// What the parser builds.
struct Tree {
    root: Rc<Node>,
    errors: RefCell<Vec<String>>,
    line: Cell<u64>,
}

impl TreeSink for Tree {
    type Handle = Rc<Node>;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        self.errors.borrow_mut().push(format!("line {}: {message}", self.line.get()));
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line);
    }

    fn get_document(&self) -> Rc<Node> {
        self.root.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.as_ref().expect("the parser asks for names of elements alone").expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Rc<Node> {
        let attributes = attributes.into_iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
        Node::new(Kind::Element { name, attributes: attributes.collect() })
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        Node::new(Kind::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        Node::new(Kind::Other)
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        let end = parent.children.borrow().len();
        parent.insert(end, child);
    }

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        let (parent, place) = sibling.place().expect("a sibling has a parent");
        parent.insert(place, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        previous: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        if element.parent().is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        target.clone()
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        if mode != QuirksMode::NoQuirks {
            self.errors.borrow_mut().push("the page is read in quirks mode".into());
        }
    }

    fn add_attrs_if_missing(&self, target: &Rc<Node>, more: Vec<Attribute>) {
        if let Kind::Element { attributes, .. } = &mut *target.kind.borrow_mut() {
            for attribute in more {
                attributes.entry(attribute.name.local.to_string()).or_insert(attribute.value.to_string());
            }
        }
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        target.detach();
    }

    fn reparent_children(&self, node: &Rc<Node>, new_parent: &Rc<Node>) {
        let children: Vec<Rc<Node>> = node.children.borrow().clone();
        for child in children {
            self.append(new_parent, NodeOrText::AppendNode(child));
        }
    }
}
