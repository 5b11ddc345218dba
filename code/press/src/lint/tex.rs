//! The symbols of a formula: what a reader must have been told the meaning of.
//!
//! Letters, each in its style, and commands that stand for a thing: `\lambda`,
//! `\odot`, `\lVert`. Not what every reader of a formula knows (fractions,
//! arithmetic, relations, arrows, functions that have a name), and not what is
//! only there for the eye. A command that is not known here counts as a
//! symbol, so that a new one is asked for, not overlooked.

/// What a reader knows, or does not see as a symbol.
const ELEMENTARY: &str = "\
    frac tfrac dfrac cfrac sqrt root over binom cdot times div pm mp \
    le leq ge geq ne neq lt gt approx sim simeq equiv propto in notin subset \
    ll gg \
    to gets mapsto leftarrow rightarrow leftrightarrow longrightarrow \
    longmapsto Rightarrow Leftarrow Leftrightarrow implies iff uparrow \
    downarrow \
    ln log exp sin cos tan tanh sinh cosh arctan max min sup inf lim arg det \
    dim \
    ldots cdots dots vdots ddots \
    left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr \
    lbrace rbrace lbrack rbrack lvert rvert vert mid rVert rangle rfloor \
    rceil \
    quad qquad enspace thinspace space displaystyle textstyle scriptstyle \
    limits nolimits underbrace overbrace underline overline stackrel overset \
    underset boxed phantom hphantom vphantom smash kern hspace mkern notag \
    nonumber hline cr prime";

/// Commands whose argument is words, or names something that is not shown.
const WORDS: [&str; 12] = [
    "text",
    "textrm",
    "textbf",
    "textit",
    "texttt",
    "mathrm",
    "operatorname",
    "begin",
    "end",
    "tag",
    "color",
    "textcolor",
];

/// Commands that set the letters of their argument in a style of their own.
const STYLES: [&str; 8] = [
    "mathbf",
    "mathbb",
    "mathcal",
    "mathfrak",
    "mathscr",
    "mathsf",
    "boldsymbol",
    "bm",
];

/// Every symbol of a text, with its place. All of the text is taken for
/// formulas.
pub fn symbols(tex: &str) -> Vec<(usize, String)> {
    let mut symbols = Vec::new();
    let mut at = 0;
    while let Some(c) = tex[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        if c != '\\' {
            if c.is_alphabetic() {
                symbols.push((start, c.to_string()));
            }
            continue;
        }
        let name: &str = letters(&tex[at..]);
        if name.is_empty() {
            // An escaped sign, a space or a line end.
            at += tex[at..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        at += name.len();
        if WORDS.contains(&name) {
            let (words, end) = argument(tex, at);
            at = end;
            if (name, words) == ("begin", "array") {
                at = argument(tex, at).1;
            }
        } else if name == "mathtt" {
            let (word, end) = argument(tex, at);
            symbols.push((start, format!(r"\mathtt{{{word}}}")));
            at = end;
        } else if STYLES.contains(&name) {
            let (letters, end) = argument(tex, at);
            for c in letters.chars().filter(|c| c.is_alphanumeric()) {
                symbols.push((start, format!(r"\{name}{{{c}}}")));
            }
            at = end;
        } else if !ELEMENTARY.split_whitespace().any(|known| known == name) {
            symbols.push((start, format!(r"\{name}")));
        }
    }
    symbols
}

fn letters(tex: &str) -> &str {
    let end = tex.find(|c: char| !c.is_ascii_alphabetic());
    &tex[..end.unwrap_or(tex.len())]
}

/// The argument that begins at a place, in braces or a single sign, and the
/// place behind it.
fn argument(tex: &str, at: usize) -> (&str, usize) {
    let rest = tex[at..].trim_start();
    let start = tex.len() - rest.len();
    if !rest.starts_with('{') {
        let width = rest.chars().next().map_or(0, char::len_utf8);
        return (&rest[..width], start + width);
    }
    let mut depth = 0;
    for (i, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&rest[1..i], start + i + 1);
        }
    }
    (&rest[1..], tex.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tex: &str) -> Vec<String> {
        symbols(tex).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn letters_and_things_are_symbols() {
        assert_eq!(names(r"w_1 x + W"), ["w", "x", "W"]);
        assert_eq!(names(r"\lambda_{\max}w"), [r"\lambda", "w"]);
        assert_eq!(names(r"a \odot \nabla"), ["a", r"\odot", r"\nabla"]);
        assert_eq!(names(r"\lVert v \rVert^2"), [r"\lVert", "v"]);
        assert_eq!(names(r"\hat y \hat{y}"), [r"\hat", "y", r"\hat", "y"]);
        assert_eq!(names(r"1 - \mathtt{lr}\,x"), [r"\mathtt{lr}", "x"]);
        assert_eq!(
            names(r"\mathbf{w}\mathbb R"),
            [r"\mathbf{w}", r"\mathbb{R}"]
        );
        assert_eq!(names("δ = 1"), ["δ"]);
        assert_eq!(names(r"\nosuchcommand"), [r"\nosuchcommand"]);
    }

    #[test]
    fn what_a_reader_knows_is_no_symbol() {
        for tex in [
            r"\frac{1}{2} \cdot \sqrt{3} \le 5\,\%",
            r"\ln 2 = \max \sin 1, \quad \text{if it is} \to 3",
            r"\begin{aligned} 1 &= 2 \\ 3 &= 4 \end{aligned}",
            r"\left( \begin{array}{rl} 1 & 2 \end{array} \right)",
            r"\big(\left[ 1 \right]\big) \operatorname{rank} \mathrm{out}",
            r"\textcolor{red}{1} \{ 1, \dots, 2 \}",
        ] {
            assert_eq!(names(tex), Vec::<String>::new(), "{tex}");
        }
    }

    #[test]
    fn a_symbol_has_its_place() {
        assert_eq!(symbols("é + x"), [(0, "é".into()), (5, "x".into())]);
    }
}
