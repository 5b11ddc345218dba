//! Places and rectangles, and where labels go so that none covers another.

/// Where on a sheet: tenths of a pixel from its left and from its top.
pub(super) type Place = (i32, i32);

/// A rectangle in tenths of a pixel, y downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x0: i32,
    pub(super) y0: i32,
    pub(super) x1: i32,
    pub(super) y1: i32,
}

impl Rect {
    pub(super) fn width(self) -> i32 {
        self.x1 - self.x0
    }

    pub(super) fn height(self) -> i32 {
        self.y1 - self.y0
    }

    /// The rectangle with room around it.
    pub(super) fn grown(self, x: i32, y: i32) -> Self {
        Self {
            x0: self.x0 - x,
            y0: self.y0 - y,
            x1: self.x1 + x,
            y1: self.y1 + y,
        }
    }

    pub(super) fn overlaps(self, other: Rect) -> bool {
        self.x0 < other.x1
            && other.x0 < self.x1
            && self.y0 < other.y1
            && other.y0 < self.y1
    }

    pub(super) fn contains(self, other: Rect) -> bool {
        self.x0 <= other.x0
            && other.x1 <= self.x1
            && self.y0 <= other.y0
            && other.y1 <= self.y1
    }

    fn holds(self, (x, y): Place) -> bool {
        (self.x0..=self.x1).contains(&x) && (self.y0..=self.y1).contains(&y)
    }

    /// The part of a segment inside (Liang and Barsky), if there is any.
    pub(super) fn clip(self, a: Place, b: Place) -> Option<(Place, Place)> {
        if self.holds(a) && self.holds(b) {
            return Some((a, b));
        }
        let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (step, room) in [
            (-dx, a.0 - self.x0),
            (dx, self.x1 - a.0),
            (-dy, a.1 - self.y0),
            (dy, self.y1 - a.1),
        ] {
            let t = f64::from(room) / step;
            if step == 0.0 {
                if room < 0 {
                    return None;
                }
            } else if step < 0.0 {
                enter = enter.max(t);
            } else {
                leave = leave.min(t);
            }
        }
        let at = |t: f64| {
            let along = |from: i32, d: f64| (f64::from(from) + t * d).round();
            (along(a.0, dx) as i32, along(a.1, dy) as i32)
        };
        (enter <= leave).then(|| (at(enter), at(leave)))
    }

    /// How many segments of a line run through.
    pub(super) fn crossings(self, line: &[Place]) -> usize {
        line.windows(2).filter(|w| self.clip(w[0], w[1]).is_some()).count()
    }
}

/// Move labels apart along one axis. Each wants to be centred at `.0` and is
/// `.1` long; the answer holds the centres, in the order given, that move them
/// least in all and lie between `from` and `to`. `None` if there is no room.
pub(super) fn spread(
    wanted: &[(i32, i32)],
    from: i32,
    to: i32,
) -> Option<Vec<i32>> {
    if wanted.iter().map(|&(_, length)| length).sum::<i32>() > to - from {
        return None;
    }
    let mut order: Vec<usize> = Vec::new();
    for (i, &(centre, _)) in wanted.iter().enumerate() {
        let at = order.partition_point(|&before| wanted[before].0 <= centre);
        order.insert(at, i);
    }
    // Labels that touch form a block, which stands where it suits all of them.
    let mut blocks: Vec<Block> = Vec::new();
    for &i in &order {
        let (centre, length) = wanted[i];
        let mut block =
            Block { wish: i64::from(centre - length / 2), count: 1, length };
        while let Some(before) = blocks.last() {
            if before.start(from, to) + before.length <= block.start(from, to) {
                break;
            }
            let before = blocks.pop()?;
            block = before.joined(block);
        }
        blocks.push(block);
    }
    let mut centres = vec![0; wanted.len()];
    let mut rest = order.into_iter();
    for block in blocks {
        let mut start = block.start(from, to);
        for i in rest.by_ref().take(block.count as usize) {
            centres[i] = start + wanted[i].1 / 2;
            start += wanted[i].1;
        }
    }
    Some(centres)
}

/// Labels standing one against the other.
struct Block {
    /// Sum over its labels of where the block would start for each.
    wish: i64,
    count: i64,
    length: i32,
}

impl Block {
    fn start(&self, from: i32, to: i32) -> i32 {
        let free = self.wish.div_euclid(self.count) as i32;
        free.clamp(from, (to - self.length).max(from))
    }

    fn joined(self, after: Block) -> Block {
        Block {
            wish: self.wish + after.wish - after.count * i64::from(self.length),
            count: self.count + after.count,
            length: self.length + after.length,
        }
    }
}
