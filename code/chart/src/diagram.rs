//! Networks as boxes and arrows, with the numbers that run through them.

/// Nodes in columns and the edges between them. What runs forward is drawn in
/// one colour with whole lines, what runs backward in another with dashes.
///
/// A page too narrow for the columns has them as rows, from the top. Edges
/// stand where their ends stand; an edge that would cross a node goes
/// [`Edge::around`] it. What the text speaks of is drawn heavier.
///
/// ```
/// use chart::{Diagram, Edge, Node};
/// let unit = Diagram::new()
///     .forward("forward: values")
///     .backward("backward: slopes of the loss")
///     .node(Node::new("x", (0, 0), "x").forward("2"))
///     .node(Node::new("y", (1, 0), "w·x").forward("1").backward("0.3"))
///     .emphasis("the only path there is")
///     .edge(Edge::new("x", "y").forward("w = 0.5").backward("0.6").heavy());
/// # assert!(unit.problems().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// What the forward colour means. May be empty.
    pub forward: String,
    /// What the backward colour means. May be empty.
    pub backward: String,
    /// What the heavy edges are. Empty where there are none.
    pub emphasis: String,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
}

/// A box of a [`Diagram`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What edges call it.
    pub key: String,
    /// Counted along the flow, from 0.
    pub column: usize,
    /// In halves of a row, so that one node can stand between two others:
    /// rows 0 and 1 are 0 and 2 here, and 1 lies between them.
    pub half_row: usize,
    /// What is written in the box first.
    pub label: String,
    /// Under it, what ran forward.
    pub forward: Vec<String>,
    /// Under that, what ran backward.
    pub backward: Vec<String>,
}

/// An arrow of a [`Diagram`].
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The key of the node it begins at.
    pub from: String,
    /// The key of the node it points to.
    pub to: String,
    /// What is written on it in the forward colour. May be empty.
    pub forward: String,
    /// What runs back along it. Where this is empty, nothing does.
    pub backward: String,
    /// Whether it goes around what stands between, above all rows.
    pub around: bool,
    /// Whether it is drawn heavier than others, and the boxes at its ends.
    pub heavy: bool,
}

impl Diagram {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Say what the forward colour means.
    pub fn forward(self, what: impl Into<String>) -> Self {
        Self { forward: what.into(), ..self }
    }

    /// Say what the backward colour means.
    pub fn backward(self, what: impl Into<String>) -> Self {
        Self { backward: what.into(), ..self }
    }

    /// Say what the heavy edges are.
    pub fn emphasis(self, what: impl Into<String>) -> Self {
        Self { emphasis: what.into(), ..self }
    }

    /// Add a box.
    pub fn node(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    /// Add an arrow.
    pub fn edge(mut self, edge: Edge) -> Self {
        self.edges.push(edge);
        self
    }

    /// The place of a node in the list.
    pub(super) fn position(&self, key: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.key == key)
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.nodes.is_empty() {
            problems.push("no node".to_owned());
        }
        let heavy = self.edges.iter().any(|edge| edge.heavy);
        if heavy == self.emphasis.trim().is_empty() {
            problems.push(match heavy {
                true => "nothing says what the heavy edges are".to_owned(),
                false => format!("no edge is heavy: '{}'", self.emphasis),
            });
        }
        for (i, node) in self.nodes.iter().enumerate() {
            for other in &self.nodes[..i] {
                if other.key == node.key {
                    problems.push(format!("two nodes are '{}'", node.key));
                }
                let apart = other.half_row.abs_diff(node.half_row);
                if other.column == node.column && apart < 2 {
                    problems.push(format!(
                        "nodes '{}' and '{}' lie on one another",
                        other.key, node.key
                    ));
                }
            }
        }
        let keys: Vec<&str> =
            self.nodes.iter().map(|node| node.key.as_str()).collect();
        for Edge { from, to, around, .. } in &self.edges {
            for end in [from, to] {
                if !keys.contains(&end.as_str()) {
                    problems.push(format!(
                        "the edge '{from}' → '{to}' needs a node '{end}'; \
                         there are {keys:?}"
                    ));
                }
            }
            let column =
                |key: &str| self.position(key).map(|at| self.nodes[at].column);
            let first = |key: &str| {
                let own = self.position(key).map(|at| &self.nodes[at])?;
                let beside = |n: &&Node| n.column == own.column;
                let least = self.nodes.iter().filter(beside);
                Some(own.half_row == least.map(|n| n.half_row).min()?)
            };
            if *around && [from, to].iter().any(|k| first(k) == Some(false)) {
                problems.push(format!(
                    "the edge '{from}' → '{to}' goes around, but not between \
                     the first nodes of their columns"
                ));
            }
            if let (Some(a), Some(b)) = (column(from), column(to))
                && a >= b
            {
                problems.push(format!(
                    "the edge '{from}' → '{to}' does not lead to a later \
                     column"
                ));
            }
        }
        problems
    }
}

impl Node {
    /// A box in a column and a row.
    pub fn new(
        key: impl Into<String>,
        (column, row): (usize, usize),
        label: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            column,
            half_row: 2 * row,
            label: label.into(),
            forward: Vec::new(),
            backward: Vec::new(),
        }
    }

    /// Move it half a row on.
    pub fn half_a_row_on(self) -> Self {
        Self { half_row: self.half_row + 1, ..self }
    }

    /// Write a line in the forward colour.
    pub fn forward(mut self, text: impl Into<String>) -> Self {
        self.forward.push(text.into());
        self
    }

    /// Write a line in the backward colour.
    pub fn backward(mut self, text: impl Into<String>) -> Self {
        self.backward.push(text.into());
        self
    }
}

impl Edge {
    /// An arrow without a number.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            forward: String::new(),
            backward: String::new(),
            around: false,
            heavy: false,
        }
    }

    /// Write this on it in the forward colour.
    pub fn forward(self, text: impl Into<String>) -> Self {
        Self { forward: text.into(), ..self }
    }

    /// Let this run back along it.
    pub fn backward(self, text: impl Into<String>) -> Self {
        Self { backward: text.into(), ..self }
    }

    /// Lead it around what stands between its ends: a shortcut.
    pub fn around(self) -> Self {
        Self { around: true, ..self }
    }

    /// Draw it heavier than others.
    pub fn heavy(self) -> Self {
        Self { heavy: true, ..self }
    }
}
