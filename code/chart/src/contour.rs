//! Where a function on a grid crosses a level (marching squares).

/// A line in the grid's own coordinates: columns to the right, rows upwards.
pub(super) type Line = Vec<(f64, f64)>;

/// A function known on a grid.
pub(super) struct Field<'a> {
    pub(super) columns: usize,
    /// Row by row, from the lowest.
    pub(super) values: &'a [f64],
    pub(super) level: f64,
}

/// Where an edge of the grid is crossed, named so that two cells that share
/// the edge agree: the lower left end of the edge, and whether it runs up.
type Edge = (i64, i64, bool);

impl Field<'_> {
    fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    /// Height above the level; beyond the border everything lies below, which
    /// closes the outlines.
    fn height(&self, column: i64, row: i64) -> f64 {
        let (columns, rows) = (self.columns as i64, self.rows() as i64);
        if !(0..columns).contains(&column) || !(0..rows).contains(&row) {
            return f64::NEG_INFINITY;
        }
        let value = self.values[(row * columns + column) as usize];
        if value.is_finite() { value - self.level } else { -1.0 }
    }

    /// The outlines of what lies above the level, closed along the border.
    pub(super) fn outlines(&self) -> Vec<Line> {
        let (columns, rows) = (self.columns as i64, self.rows() as i64);
        self.joined(-1..columns, -1..rows)
    }

    /// The level line, which ends at the border.
    pub(super) fn level_lines(&self) -> Vec<Line> {
        let (columns, rows) = (self.columns as i64, self.rows() as i64);
        self.joined(0..columns - 1, 0..rows - 1)
    }

    fn joined(
        &self,
        columns: std::ops::Range<i64>,
        rows: std::ops::Range<i64>,
    ) -> Vec<Line> {
        let mut steps: Vec<(Edge, Edge)> = Vec::new();
        for row in rows {
            for column in columns.clone() {
                steps.extend(self.cell(column, row));
            }
        }
        chains(&steps, self.columns, self.rows())
            .into_iter()
            .map(|chain| chain.into_iter().map(|e| self.crossing(e)).collect())
            .collect()
    }

    /// The pieces of the level line in one cell, the high ground on the left.
    fn cell(&self, column: i64, row: i64) -> Vec<(Edge, Edge)> {
        let corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
            .map(|(dx, dy)| self.height(column + dx, row + dy));
        let bits = corners.map(|h| h > 0.0);
        let case = bits.iter().rev().fold(0, |n, &b| n * 2 + u8::from(b));
        let bottom = (column, row, false);
        let right = (column + 1, row, true);
        let top = (column, row + 1, false);
        let left = (column, row, true);
        // In a saddle the middle decides which of the corners hang together.
        let joined = corners.iter().sum::<f64>() > 0.0;
        match case {
            1 => vec![(bottom, left)],
            2 => vec![(right, bottom)],
            3 => vec![(right, left)],
            4 => vec![(top, right)],
            5 if joined => vec![(bottom, right), (top, left)],
            5 => vec![(bottom, left), (top, right)],
            6 => vec![(top, bottom)],
            7 => vec![(top, left)],
            8 => vec![(left, top)],
            9 => vec![(bottom, top)],
            10 if joined => vec![(left, bottom), (right, top)],
            10 => vec![(right, bottom), (left, top)],
            11 => vec![(right, top)],
            12 => vec![(left, right)],
            13 => vec![(bottom, right)],
            14 => vec![(left, bottom)],
            _ => Vec::new(),
        }
    }

    /// Where on an edge the level is crossed, between its ends in proportion.
    fn crossing(&self, (column, row, up): Edge) -> (f64, f64) {
        let (dx, dy) = if up { (0, 1) } else { (1, 0) };
        let (a, b) =
            (self.height(column, row), self.height(column + dx, row + dy));
        let share = match (a.is_finite(), b.is_finite()) {
            (true, true) => a / (a - b),
            // The border itself, not half a cell beyond it.
            (true, false) => 0.0,
            _ => 1.0,
        };
        let along = |from: i64, d: i64| from as f64 + share * d as f64;
        (along(column, dx), along(row, dy))
    }
}

/// Which step follows which.
struct Chains {
    rows: i64,
    /// The step from each edge, by its column, row and direction.
    next: Vec<Option<(Edge, Edge)>>,
}

impl Chains {
    /// The place of an edge. The outermost lie beyond the border.
    fn place(&self, (column, row, up): Edge) -> usize {
        (((column + 1) * self.rows + row + 1) * 2 + i64::from(up)) as usize
    }

    fn follow(&mut self, start: Edge) -> Vec<Edge> {
        let mut line = vec![start];
        let mut at = self.place(start);
        while let Some((_, to)) = self.next[at].take() {
            line.push(to);
            at = self.place(to);
        }
        line
    }
}

/// Steps that lead one to the next, as lines: open ones first, from where
/// nothing leads to them, then rings.
fn chains(
    steps: &[(Edge, Edge)],
    columns: usize,
    rows: usize,
) -> Vec<Vec<Edge>> {
    let (columns, rows) = (columns + 2, rows + 2);
    let next = vec![None; columns * rows * 2];
    let mut reached = vec![false; next.len()];
    let mut chains = Chains { rows: rows as i64, next };
    for &(from, to) in steps {
        let at = chains.place(from);
        chains.next[at] = Some((from, to));
        reached[chains.place(to)] = true;
    }
    let free = |step: &&(Edge, Edge)| !reached[chains.place(step.0)];
    let open: Vec<Edge> = steps.iter().filter(free).map(|s| s.0).collect();
    let mut lines: Vec<_> =
        open.into_iter().map(|start| chains.follow(start)).collect();
    for at in 0..chains.next.len() {
        if let Some((start, _)) = chains.next[at] {
            lines.push(chains.follow(start));
        }
    }
    lines
}
