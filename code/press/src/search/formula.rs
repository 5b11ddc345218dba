//! A formula on one line, as a reader would type it, from its MathML.

/// Signs that part the two sides of a formula.
const RELATIONS: &str = "=<>≤≥≈≠≡∝∈→↦⇒⟹⇔∼";
/// Signs between two terms; in front of the first, they belong to it.
const BETWEEN: &str = "+-−±×⋅·⊙∘";

/// A formula that is being read, element by element.
#[derive(Debug, Default)]
pub struct Formula {
    open: Vec<Element>,
    /// What stands beside each other outside of all elements: the whole.
    whole: Vec<Part>,
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    is_sign: bool,
    text: String,
}

impl Formula {
    /// Begins an element within `<math>`.
    pub fn open(&mut self, name: &str) {
        self.open.push(Element { name: name.into(), ..Element::default() });
    }

    /// Text of the element that is open.
    pub fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    /// Ends the element that is open; behind the last, the formula.
    pub fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        let part =
            Part { is_sign: element.name == "mo", text: element.spoken() };
        match self.open.last_mut() {
            Some(parent) => parent.parts.push(part),
            None => self.whole.push(part),
        }
    }

    /// The whole formula.
    pub fn spoken(&self) -> String {
        row(&self.whole)
    }
}

/// The formula of a piece of MathML.
///
/// ```
/// let half = "<math><mi>x</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac>\
///             </math>";
/// assert_eq!(press::search::spoken(half), "x = 1/2");
/// ```
pub fn spoken(mathml: &str) -> String {
    use crate::site::{Token, Tokens, decoded};

    let mut formula = Formula::default();
    for (_, token) in Tokens::new(mathml) {
        match token {
            Token::Open(tag) if tag.name != "math" => formula.open(&tag.name),
            Token::Close(name) if name != "math" => formula.close(),
            Token::Text(text) => formula.text(&decoded(text)),
            _ => {}
        }
    }
    formula.spoken()
}

impl Element {
    fn spoken(&self) -> String {
        let part = |i: usize| self.parts.get(i).map_or("", |p| p.text.as_str());
        let texts = |by: &str| {
            let texts = self.parts.iter().map(|p| p.text.trim());
            let texts: Vec<_> = texts.filter(|t| !t.is_empty()).collect();
            texts.join(by)
        };
        match self.name.as_str() {
            "mi" | "mn" | "mo" => self.text.trim().into(),
            "mtext" => self.text.replace('\u{a0}', " "),
            "mspace" => " ".into(),
            "annotation" | "mphantom" => String::new(),
            "semantics" => part(0).into(),
            "mfrac" => format!("{}/{}", group(part(0)), group(part(1))),
            "msqrt" => format!("√{}", group(&row(&self.parts))),
            "mroot" => format!("{}√{}", part(1), group(part(0))),
            "msub" | "munder" => below(part(0), part(1)),
            "msup" | "mover" => above(part(0), part(1)),
            "msubsup" | "munderover" => {
                let above = above(part(0), part(2));
                // f′ has its index behind the stroke, a power before it.
                if is_stroke(part(2)) {
                    below(&above, part(1))
                } else {
                    format!(
                        "{}{}",
                        below(part(0), part(1)),
                        &above[part(0).len()..]
                    )
                }
            }
            "mtable" => texts("; "),
            "mtr" => texts(" "),
            _ => row(&self.parts),
        }
    }
}

/// Parts beside each other, with the spaces of a typed line.
fn row(parts: &[Part]) -> String {
    let mut text = String::new();
    let (mut after_sign, mut applies) = (true, false);
    for Part { is_sign, text: part } in parts {
        let one_of = |signs: &str| *is_sign && signs.contains(part.as_str());
        match part.as_str() {
            "" => continue,
            // Applies a function, invisibly, to what follows.
            "\u{2061}" => {
                applies = true;
                continue;
            }
            part if applies && !part.starts_with('(') => {
                text.push_str(&format!(" {part}"));
            }
            part if one_of(RELATIONS) => text.push_str(&format!(" {part} ")),
            part if one_of(BETWEEN) && !after_sign => {
                text.push_str(&format!(" {part} "));
            }
            "," | ";" => text.push_str(&format!("{part} ")),
            part => text.push_str(part),
        }
        applies = false;
        if !part.trim().is_empty() {
            let opens = "([{|,;".contains(part.as_str());
            after_sign =
                *is_sign && (opens || one_of(RELATIONS) || one_of(BETWEEN));
        }
    }
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(" ,", ",")
}

fn is_stroke(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '′' | '\''))
}

/// Words under a brace or over it, and no index.
fn is_remark(text: &str) -> bool {
    text.contains(' ')
        && text.chars().all(|c| c.is_alphabetic() || " ,.-".contains(c))
}

fn below(base: &str, index: &str) -> String {
    match index {
        "" | "⏟" => base.into(),
        index if is_remark(index) => format!("{base} ({index})"),
        index => format!("{base}_{}", group(index)),
    }
}

fn above(base: &str, over: &str) -> String {
    match over {
        "" | "⏞" => base.into(),
        "^" | "ˆ" => format!("{base}\u{302}"),
        "~" | "˜" => format!("{base}\u{303}"),
        "ˉ" | "‾" | "¯" => format!("{base}\u{304}"),
        over if is_stroke(over) => format!("{base}{over}"),
        over if is_remark(over) => format!("{base} ({over})"),
        over => format!("{base}^{}", group(over)),
    }
}

/// In brackets, where it would else fall apart.
fn group(text: &str) -> String {
    let holds = |c: char| c.is_alphanumeric() || ".′'*⊤_\u{302}".contains(c);
    if text.chars().all(holds) || text.chars().count() == 1 {
        text.into()
    } else {
        format!("({text})")
    }
}

/// What a formula is also found by: itself and its parts without their
/// spaces, as somebody types it who does not stop for them.
pub fn pieces(formula: &str) -> Vec<String> {
    let squeezed: String =
        formula.chars().filter(|c| !c.is_whitespace()).collect();
    let has_sides = |piece: &str| piece.contains(|c| RELATIONS.contains(c));
    let mut pieces: Vec<String> = squeezed
        .split([',', ';', '⇒', '⟹', '⇔'])
        .filter(|piece| has_sides(piece))
        .map(String::from)
        .collect();
    if has_sides(&squeezed) && !pieces.contains(&squeezed) {
        pieces.push(squeezed);
    }
    pieces.retain(|piece| piece.len() <= 40);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tex: &str) -> String {
        let options = katex::Opts::builder()
            .output_type(katex::OutputType::Mathml)
            .build()
            .unwrap();
        spoken(&katex::render_with_opts(tex, options).unwrap())
    }

    #[test]
    fn a_formula_reads_as_it_is_typed() {
        for (tex, typed) in [
            ("f(x) = x", "f(x) = x"),
            ("f'(x) = 1", "f′(x) = 1"),
            (r"z_l = W_l\,a_{l-1} + b_l", "z_l = W_l a_(l − 1) + b_l"),
            (r"\lambda_{\max} < 2/\mathtt{lr}", "λ_max < 2/lr"),
            (r"-\frac{1}{2}x^2", "−1/2x^2"),
            (r"\frac{a+b}{2}", "(a + b)/2"),
            (r"\ln 2 \approx 0.693", "ln 2 ≈ 0.693"),
            (r"\max(0, x)", "max(0, x)"),
            (r"\hat y, \sqrt{x}, \sqrt{a b}", "y\u{302}, √x, √ab"),
            (r"f'_l(z)", "f′_l(z)"),
            (r"W^\top_l x", "W_l^⊤x"),
            (r"\begin{aligned} a &= b \\ c &= d\end{aligned}", "a = b; c = d"),
            (r"\underbrace{x + 1}_{\text{the sum}}", "x + 1 (the sum)"),
            (r"\sum_{i=1}^n x_i", "∑_(i = 1)^nx_i"),
        ] {
            assert_eq!(of(tex), typed, "{tex}");
        }
    }

    #[test]
    fn a_formula_is_found_by_its_parts() {
        assert_eq!(
            pieces("f(x) = x, f′(x) = 1"),
            ["f(x)=x", "f′(x)=1", "f(x)=x,f′(x)=1"]
        );
        assert_eq!(pieces("f(x) = x"), ["f(x)=x"]);
        assert!(pieces("x + 1").is_empty());
    }
}
