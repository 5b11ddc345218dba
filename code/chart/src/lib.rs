//! The chart language: pictures as data, drawn for a wide and a narrow page.
//!
//! An experiment describes what it found as a [`Chart`]: rows of panels, the
//! finding in a sentence, a long description for readers who cannot see it,
//! and the data as a [`Table`]. [`Chart::svg`] draws it. The same chart gives
//! the same bytes on every machine and in the browser: no font is asked for
//! its widths, and every logarithm is libm's.
//!
//! # Which panel
//!
//! | to show | take |
//! |---|---|
//! | something over time, depth or size | [`Lines`] |
//! | many runs of a few kinds, a number each | [`DotPlot`] |
//! | what a classifier decides at each point of a plane | [`Regions`] |
//! | curves and points in a plane, a circle being round | [`Plane`] |
//! | into how many pieces a function cuts a line | [`NumberLine`] |
//! | a vector or a small matrix for every layer, at a glance | [`Strips`] |
//! | the small pictures that a network reads | [`Images`] |
//! | a network and the numbers that run through it | [`Diagram`] |
//!
//! Every panel is built by methods that return it, so it reads as one
//! sentence; the example of each type shows all of them. What a panel cannot
//! show honestly, [`Chart::check`] names: a number that is not finite or has
//! no place on its axis, more series than can be told apart, an edge without
//! a node. An [`Axis`] is linear or logarithmic, and its range follows the
//! data unless it is fixed with [`Axis::between`].
//!
//! # The rules of the picture
//!
//! - Colour never stands alone: a series has a shape too, the half of a plane
//!   a hatching, a negative tile a slit.
//! - Dashes mean *not measured*: computed, or a level to compare with. What is
//!   measured lies on what is computed, so that both are seen where they agree.
//!   Only in a [`Diagram`] do dashes mean *backward*.
//! - Names stand beside what they name, and only what finds no place there
//!   goes into a legend. [`Regions`] and [`Plane`] are too small for names:
//!   theirs stand once above the row.
//! - In a [`Diagram`] a heavy line is what the text speaks of, and its legend
//!   says what that is.
//! - A panel has at most five colours. Seeds beyond the first are thin and
//!   grey, or dots: never a mean.
//!
//! # Where it stands
//!
//! A wide page has a row's panels side by side, a narrow one has them stacked.
//! The small squares, [`Regions`] and [`Plane`], are three or four abreast on
//! a wide page and two on a narrow one. Both drawings stand in the page, one
//! of them hidden; `theme/css/figures.css` has the colours of every theme.
//!
//! A new panel needs: a file with what it shows and its `problems`, a
//! `_sheet` file that lays it out as marks in tenths of a pixel, its `Kind`
//! here, and a place in `every_kind` and in the random charts of the
//! tests.

mod axis;
mod contour;
mod diagram;
mod diagram_sheet;
mod dot_plot;
mod dot_plot_sheet;
mod frame;
mod ground;
mod images;
mod images_sheet;
mod ink;
mod legend;
mod letters;
mod lines;
mod lines_sheet;
mod number_line;
mod number_line_sheet;
mod outline;
mod place;
mod plane;
mod plane_sheet;
mod regions;
mod regions_sheet;
mod sheet;
mod simplify;
mod strips;
mod strips_sheet;
mod svg;
mod table;
#[cfg(test)]
mod tests;

use std::{fmt, rc::Rc};

pub use axis::{Axis, Scale};
pub use diagram::{Diagram, Edge, Node};
pub use dot_plot::{DotPlot, DotRow};
pub use images::{Image, Images};
pub use lines::{Landmark, Lines, Role, Series};
pub use number_line::{LineRow, NumberLine};
pub use plane::Plane;
pub use regions::{Class, Regions};
pub use strips::{Strip, Strips};
pub use table::{Cell, Column, Table};

use sheet::{LINE, Sheet};

/// What an experiment shows: the picture, and the words and numbers that say
/// the same to a reader who cannot see it.
///
/// ```
/// use chart::{Axis, Chart, Layout, Lines};
/// let curve = (1..=50).map(|e| (f64::from(e), 1.0 / f64::from(e))).collect();
/// let chart = Chart::new("Loss by epoch")
///     .finding("The loss halves whenever the epochs double.")
///     .description("One curve falls from 1 at epoch 1 to 0.02 at epoch 50.")
///     .panel(
///         Lines::new(Axis::log("epoch"), Axis::log("loss"))
///             .main("seed 0", curve),
///     );
/// assert_eq!(chart.check(), Ok(()));
/// let svg = chart.svg("halving", Layout::Wide);
/// assert!(svg.starts_with("<svg class=\"fig fig-wide\""));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What is drawn: a name for the picture, not its message.
    pub title: String,
    /// What was found: the caption.
    pub finding: String,
    /// The picture in words, written from the outcome, for a reader who
    /// cannot see it: what is drawn, how it runs, the values that matter.
    pub description: String,
    /// The data, to read or to download.
    pub table: Table,
    /// Panels, in rows. On a narrow page all are stacked; only small squares
    /// ([`Regions`], [`Plane`]) still stand side by side.
    pub rows: Vec<Vec<Panel>>,
}

/// One plot of a [`Chart`], with its heading.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What this panel is among the others: `"epoch 75: a straight line"`.
    /// Empty where there is only one.
    pub title: String,
    /// What is drawn.
    pub plot: Plot,
}

/// A picture of one of the kinds. Those that no experiment turns into a plot
/// are not in a program: of a lab, a page loads only what it draws.
#[derive(Clone)]
pub struct Plot(Rc<dyn Kind>);

/// A kind of picture.
trait Kind {
    /// What keeps it from being an honest picture; empty is good.
    fn problems(&self) -> Vec<String>;

    /// It laid out in a panel of this width.
    fn sheet(&self, width: i32, layout: Layout) -> Sheet;

    /// Whether it is a small square that can stand beside others on a phone.
    fn is_square(&self) -> bool {
        false
    }

    /// What its marks are, as far as that is said once above the row.
    fn common_entries(&self) -> Vec<legend::Entry> {
        Vec::new()
    }
}

/// The page a picture is drawn for. Both drawings stand in the page, and
/// figures.css shows one: a wide one shrunk to a phone cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// 720 px. Shown where there is no stylesheet: EPUB, a saved file.
    Wide,
    /// 340 px, panels stacked, fewer ticks.
    Narrow,
}

impl Layout {
    /// Width of the drawing in tenths of a pixel.
    fn width(self) -> i32 {
        self.pick(7200, 3400)
    }

    fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Layout::Wide => wide,
            Layout::Narrow => narrow,
        }
    }

    fn name(self) -> &'static str {
        self.pick("wide", "narrow")
    }
}

impl Chart {
    /// A chart without a panel.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Say what was found.
    pub fn finding(self, finding: impl Into<String>) -> Self {
        Self { finding: finding.into(), ..self }
    }

    /// Say in words what is to be seen.
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Add the data.
    pub fn table(self, table: Table) -> Self {
        Self { table, ..self }
    }

    /// Add a row that is one panel without a heading.
    pub fn panel(self, plot: impl Into<Plot>) -> Self {
        self.row([Panel { title: String::new(), plot: plot.into() }])
    }

    /// Add a row of panels.
    pub fn row(mut self, panels: impl IntoIterator<Item = Panel>) -> Self {
        self.rows.push(panels.into_iter().collect());
        self
    }

    /// Whether the chart can be drawn honestly.
    ///
    /// # Errors
    /// All that is wrong with it, each a sentence that names the panel and
    /// the point. [`Chart::svg`] draws such a chart all the same, with gaps.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        let words = [
            ("title", &self.title),
            ("finding", &self.finding),
            ("description", &self.description),
        ];
        for (what, text) in words {
            if text.trim().is_empty() {
                problems.push(format!("the chart has no {what}"));
            }
        }
        if self.rows.iter().all(Vec::is_empty) {
            problems.push("the chart has no panel".into());
        }
        for (i, panel) in self.rows.iter().flatten().enumerate() {
            let place = match panel.title.as_str() {
                "" => format!("panel {}", i + 1),
                title => format!("panel '{title}'"),
            };
            let found = panel.plot.problems();
            problems.extend(found.iter().map(|why| format!("{place}: {why}")));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Draw the chart as one `<svg>` element on one line. `id` must be unique
    /// in the book (the experiment's): the ids inside derive from it and from
    /// the layout.
    pub fn svg(&self, id: &str, layout: Layout) -> String {
        let sheet = self.sheet(layout);
        let name = layout.name();
        let id = format!("{id}-{name}");
        let class = format!("fig fig-{name}");
        // The stylesheet turns the narrow one on; without one it stays away.
        let hidden = layout.pick("", " display=\"none\"");
        sheet.drawn(&id, layout.width()).element(
            &class,
            hidden,
            &self.title,
            &self.description,
        )
    }

    /// All panels, laid out.
    fn sheet(&self, layout: Layout) -> Sheet {
        let mut sheet = Sheet::default();
        let rows: Vec<&Vec<Panel>> =
            self.rows.iter().filter(|row| !row.is_empty()).collect();
        if rows.is_empty() {
            return frame::empty(layout.width(), "no data to show");
        }
        for (i, row) in rows.iter().enumerate() {
            let top = sheet.height + if i > 0 { ROW_GAP } else { 0 };
            sheet.put(row_sheet(row, layout), (0, top));
        }
        sheet.height += 20;
        sheet
    }
}

const ROW_GAP: i32 = 220;
const PANEL_GAP: i32 = 240;

/// A row of panels: side by side, or in as many lines as a narrow page takes.
fn row_sheet(row: &[Panel], layout: Layout) -> Sheet {
    let entries = row.iter().flat_map(|p| p.plot.0.common_entries()).collect();
    let mut sheet = legend::common(entries, layout.width());
    let sized: Vec<(&Panel, i32)> =
        row.iter().zip(panel_widths(row, layout)).collect();
    let mut rest = sized.as_slice();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(fitting(rest, layout.width()));
        // A square left over by pairs stands in the middle under them.
        let alone = line.len() == 1 && line[0].0.plot.0.is_square();
        let free = layout.width() - line[0].1;
        let x = if alone && row.len() > 1 { free / 2 } else { 0 };
        put_line(&mut sheet, line, x, layout);
        if !after.is_empty() {
            sheet.height += ROW_GAP;
        }
        rest = after;
    }
    sheet
}

/// How many of the panels fit side by side; at least one.
fn fitting(panels: &[(&Panel, i32)], room: i32) -> usize {
    let ends = panels.iter().scan(-PANEL_GAP, |end, (_, width)| {
        *end += PANEL_GAP + width;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count().max(1)
}

/// Panels side by side from `x` on, their plots starting at one height.
fn put_line(
    sheet: &mut Sheet,
    line: &[(&Panel, i32)],
    mut x: i32,
    layout: Layout,
) {
    let top = sheet.height;
    let headings: Vec<Sheet> =
        line.iter().map(|(panel, width)| heading(panel, *width)).collect();
    let below = top + headings.iter().map(|h| h.height).max().unwrap_or(0);
    for ((panel, width), heading) in line.iter().zip(headings) {
        sheet.put(heading, (x, top));
        sheet.put(panel.plot.0.sheet(*width, layout), (x, below));
        x += width + PANEL_GAP;
    }
}

fn heading(panel: &Panel, width: i32) -> Sheet {
    let mut sheet = Sheet::default();
    if !panel.title.is_empty() {
        let lines = letters::fitted(&panel.title, svg::TEXT, true, width);
        sheet.height = sheet.paragraph(&lines, (0, 0), |l| l.bold()) + LINE / 3;
    }
    sheet
}

/// What each panel of a row gets: small squares what they need, the others
/// the rest in equal parts.
fn panel_widths(row: &[Panel], layout: Layout) -> Vec<i32> {
    let all = layout.width();
    let squares = row.iter().filter(|p| p.plot.0.is_square()).count() as i32;
    let others = row.len() as i32 - squares;
    let in_line = match layout {
        Layout::Narrow => squares.min(2),
        Layout::Wide => lined_up(squares) + others,
    };
    let most = if others > 0 && layout == Layout::Wide { 2000 } else { 2600 };
    let part = (all - (in_line - 1).max(0) * PANEL_GAP) / in_line.max(1);
    let small = part.min(most);
    let rest = match layout {
        Layout::Narrow => all,
        Layout::Wide => {
            let taken = lined_up(squares) * (small + PANEL_GAP);
            (all - taken - (others - 1).max(0) * PANEL_GAP) / others.max(1)
        }
    };
    row.iter()
        .map(|p| if p.plot.0.is_square() { small } else { rest })
        .collect()
}

/// How many of so many squares stand side by side on a wide page: all, or so
/// many that the lines are as equal as can be.
fn lined_up(squares: i32) -> i32 {
    match squares {
        0..=4 => squares,
        5 | 6 | 9 => 3,
        _ => 4,
    }
}

impl Panel {
    /// A plot under a heading.
    pub fn new(title: impl Into<String>, plot: impl Into<Plot>) -> Self {
        Self { title: title.into(), plot: plot.into() }
    }
}

impl Plot {
    /// What keeps the plot from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        self.0.problems()
    }
}

impl fmt::Debug for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plot")
    }
}

impl Kind for Lines {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, layout: Layout) -> Sheet {
        lines_sheet::sheet(self, width, layout)
    }
}

impl Kind for DotPlot {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, layout: Layout) -> Sheet {
        dot_plot_sheet::sheet(self, width, layout)
    }
}

impl Kind for Regions {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        regions_sheet::sheet(self, width)
    }

    fn is_square(&self) -> bool {
        true
    }

    fn common_entries(&self) -> Vec<legend::Entry> {
        regions_sheet::entries(self)
    }
}

impl Kind for Plane {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        plane_sheet::sheet(self, width)
    }

    fn is_square(&self) -> bool {
        true
    }

    fn common_entries(&self) -> Vec<legend::Entry> {
        plane_sheet::entries(self)
    }
}

impl Kind for NumberLine {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        number_line_sheet::sheet(self, width)
    }
}

impl Kind for Diagram {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        diagram_sheet::sheet(self, width)
    }
}

impl Kind for Strips {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        strips_sheet::sheet(self, width)
    }
}

impl Kind for Images {
    fn problems(&self) -> Vec<String> {
        self.problems()
    }

    fn sheet(&self, width: i32, _: Layout) -> Sheet {
        images_sheet::sheet(self, width)
    }
}

impl<K: Kind + 'static> From<K> for Plot {
    fn from(kind: K) -> Self {
        Plot(Rc::new(kind))
    }
}
