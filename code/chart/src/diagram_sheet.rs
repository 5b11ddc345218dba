//! [`Diagram`] laid out.
//!
//! Places are reckoned along the flow and across it, and turned into right
//! and down only at the end: a phone has the columns one under the other.

use super::diagram::{Diagram, Edge, Node};
use super::frame;
use super::ink::Ink;
use super::legend::{self, Entry, Sample};
use super::letters;
use super::place::{Place, Rect};
use super::sheet::{Anchor, LINE, Label, Mark, Sheet};
use super::svg::TEXT;

const FORWARD: Ink = Ink::Series(0);
const BACKWARD: Ink = Ink::Series(1);
/// The line of what runs backward.
const DASHED: Ink = Ink::Backward;
/// How thick edges are, and heavy ones.
const PLAIN: u32 = 15;
const HEAVY: u32 = 38;
/// The radius of the corners of an edge that goes around.
const BOW: i32 = 160;

/// Between the text of a box and its border.
const PAD: (i32, i32) = (90, 60);
/// Left and right of everything.
const MARGIN: i32 = 8;
/// Least room between boxes, and how far one grows over the others.
const GAP: i32 = 200;
/// Where along an edge its numbers may stand, in hundredths; best first.
const SHARES: [i32; 11] = [50, 46, 54, 42, 58, 38, 62, 34, 66, 30, 70];
/// How often the diagram is stretched to make room for numbers.
const STRETCHES: i32 = 16;

/// Lay the diagram out: to the right where that has room for the numbers on
/// the edges, else downwards.
pub(super) fn sheet(diagram: &Diagram, width: i32) -> Sheet {
    if diagram.nodes.is_empty() {
        return frame::empty(width, "no data to show");
    }
    // The borders of boxes at the ends have a width, too.
    let (all, width) = (width, width - 2 * MARGIN);
    let right = Plan::fits_right(diagram, width);
    // Beside one another, boxes and lanes leave numbers a part of the width.
    let cut = with_short_numbers(diagram, width * 2 / 5);
    let diagram = if right { diagram } else { &cut };
    let mut best: Option<(Plan, Vec<Option<Place>>)> = None;
    for stretch in 0..STRETCHES {
        let plan = Plan::new(diagram, width, right, stretch);
        let places = plan.label_places();
        let homeless =
            |p: &[Option<_>]| p.iter().filter(|p| p.is_none()).count();
        let better = best
            .as_ref()
            .is_none_or(|(_, least)| homeless(&places) < homeless(least));
        let done = homeless(&places) == 0;
        if better {
            best = Some((plan, places));
        }
        if done {
            break;
        }
    }
    best.map_or_else(Sheet::default, |(plan, places)| plan.sheet(&places, all))
}

/// Everything that has a place.
struct Plan<'a> {
    diagram: &'a Diagram,
    width: i32,
    height: i32,
    boxes: Vec<Boxed>,
    ways: Vec<Way>,
}

/// A node with its place.
struct Boxed {
    rect: Rect,
    lines: Vec<(String, Ink)>,
    heavy: bool,
}

/// An edge with its place.
#[derive(Default)]
struct Way {
    forward: Vec<Place>,
    backward: Vec<Place>,
    /// Where its numbers may stand; best first.
    spots: Vec<Place>,
    text: Vec<(String, Ink)>,
    heavy: bool,
}

impl Way {
    fn size(&self) -> (i32, i32) {
        text_size(&self.text, self.heavy)
    }
}

impl<'a> Plan<'a> {
    /// Whether all columns and the widest number between them fit into a line.
    fn fits_right(diagram: &Diagram, width: i32) -> bool {
        let columns = columns(diagram);
        let mut widths = vec![0; columns];
        for node in &diagram.nodes {
            let own = &mut widths[node.column];
            *own = (*own).max(box_size(&lines_of(node)).0);
        }
        let number = diagram.edges.iter().map(|e| numbers_size(e).0);
        let gap = number.max().unwrap_or(0) + 2 * GAP;
        widths.iter().sum::<i32>() + gap * (columns as i32 - 1) <= width
    }

    fn new(
        diagram: &'a Diagram,
        width: i32,
        right: bool,
        stretch: i32,
    ) -> Self {
        let mut lanes = Lanes::new(diagram, right);
        let lines: Vec<_> = if right {
            diagram.nodes.iter().map(lines_of).collect()
        } else {
            let room = slot(diagram, width - lanes.room) - 2 * PAD.0;
            let cut = |(text, ink): (String, Ink)| {
                (letters::cut(&text, TEXT, false, room), ink)
            };
            let fitted = |n| lines_of(n).into_iter().map(cut).collect();
            diagram.nodes.iter().map(fitted).collect()
        };
        // (along, across) of each box.
        let sizes: Vec<(i32, i32)> = lines
            .iter()
            .map(|lines| box_size(lines))
            .map(|(w, h)| if right { (w, h) } else { (h, w) })
            .collect();
        let along = along(diagram, &sizes, right.then_some(width), stretch);
        let numbers = diagram.edges.iter().map(|e| numbers_size(e).1 + 40);
        let tall = sizes.iter().map(|s| s.1).chain(numbers).max().unwrap_or(0);
        let across: Vec<i32> = match right {
            true => {
                let pitch = (tall + GAP) / 2 + 60 * stretch;
                let at = |n: &Node| n.half_row as i32 * pitch + tall / 2;
                diagram.nodes.iter().map(|n| lanes.room + at(n)).collect()
            }
            false => across_narrow(diagram, width, lanes.room, &sizes),
        };
        // Rows narrower than the page leave the lanes no nearer than needed.
        let edges = sizes.iter().zip(&across).map(|(s, at)| at - s.1 / 2);
        let idle = edges.min().unwrap_or(0) - lanes.room;
        lanes.middles.iter_mut().for_each(|middle| *middle += idle.max(0));
        let spots: Vec<Spot> = sizes
            .iter()
            .zip(along.iter().zip(&across))
            .map(|(&size, (&along, &across))| Spot { along, across, size })
            .collect();
        let turned = |(along, across)| match right {
            true => (along, across),
            false => (across, along),
        };
        let ends = |edge: &'a Edge| [&edge.from, &edge.to];
        let heavy: Vec<&String> =
            diagram.edges.iter().filter(|e| e.heavy).flat_map(ends).collect();
        let boxes: Vec<Boxed> = spots
            .iter()
            .zip(lines)
            .zip(&diagram.nodes)
            .map(|((spot, lines), node)| Boxed {
                rect: spot.rect(turned),
                lines,
                heavy: heavy.contains(&&node.key),
            })
            .collect();
        let ways = ways(diagram, &spots, &lanes, turned);
        let bottom = boxes.iter().map(|b| b.rect.y1).max().unwrap_or(0);
        // Numbers on an edge may stand out under a row of low boxes.
        let lowest = across.iter().max().filter(|_| right);
        let lowest = lowest.map_or(0, |middle| middle + tall / 2);
        let height = bottom.max(lowest) + 10;
        Plan { diagram, width, height, boxes, ways }
    }

    /// For each edge, where its numbers stand on it, clear of all others.
    fn label_places(&self) -> Vec<Option<Place>> {
        let page = Rect { x0: 0, y0: 0, x1: self.width, y1: self.height };
        let mut taken: Vec<Rect> = self.boxes.iter().map(|b| b.rect).collect();
        let mut places = Vec::new();
        for (i, way) in self.ways.iter().enumerate() {
            let others = || {
                let all = self.ways.iter().enumerate();
                all.filter(move |(j, _)| *j != i).map(|(_, way)| way)
            };
            let free = |at: &&Place| {
                let rect = block(way.size(), **at);
                let clear = rect.grown(45, 25);
                page.contains(rect)
                    && !taken.iter().any(|t| t.overlaps(clear))
                    && others().all(|other| {
                        clear.crossings(&other.forward) == 0
                            && clear.crossings(&other.backward) == 0
                    })
            };
            let place = match way.text.is_empty() {
                true => way.spots.first().copied(),
                false => way.spots.iter().find(free).copied(),
            };
            if let Some(at) = place.filter(|_| !way.text.is_empty()) {
                taken.push(block(way.size(), at));
            }
            places.push(place);
        }
        places
    }

    fn sheet(self, places: &[Option<Place>], width: i32) -> Sheet {
        let mut body = Sheet { height: self.height, ..Sheet::default() };
        for way in &self.ways {
            let width = if way.heavy { HEAVY } else { PLAIN };
            arrow(&mut body, &way.backward, (DASHED, PLAIN), BACKWARD);
            arrow(&mut body, &way.forward, (FORWARD, width), FORWARD);
        }
        for Boxed { rect, lines, heavy } in &self.boxes {
            let Rect { x0, y0, x1, y1 } = *rect;
            body.marks.push(Mark::Block(*rect, Ink::Page));
            let ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
            let border = if *heavy { (FORWARD, 25) } else { (Ink::Axis, 12) };
            body.line(ring, border.0, border.1);
            let middle = ((x0 + x1) / 2, (y0 + y1) / 2);
            write(&mut body, lines, false, middle);
        }
        let mut rest = Vec::new();
        for ((way, at), edge) in
            self.ways.iter().zip(places).zip(&self.diagram.edges)
        {
            match at {
                _ if way.text.is_empty() => {}
                Some(at) => {
                    let ground = block(way.size(), *at).grown(15, 0);
                    body.marks.push(Mark::Block(ground, Ink::Page));
                    write(&mut body, &way.text, way.heavy, *at);
                }
                None => rest.push(self.in_words(edge)),
            }
        }
        let mut end = body.height;
        for line in rest {
            let lines = letters::fitted(&line, TEXT, false, self.width);
            end = body.paragraph(&lines, (0, end), |label| label);
        }
        body.height = end;
        let mut sheet = head(self.diagram, width);
        let top = sheet.height;
        sheet.put(body, (MARGIN, top));
        sheet
    }

    fn name<'b>(&'b self, key: &'b str) -> &'b str {
        let at = self.diagram.position(key);
        at.map_or(key, |at| self.diagram.nodes[at].label.as_str())
    }

    /// What stands under the diagram where it has no room for a number.
    fn in_words(&self, edge: &Edge) -> String {
        let numbers = numbers(edge).into_iter().map(|(text, _)| text);
        let numbers: Vec<String> = numbers.collect();
        format!(
            "{} → {}: {}",
            self.name(&edge.from),
            self.name(&edge.to),
            numbers.join(", ")
        )
    }
}

/// The middle of a box and its size, along the flow and across it.
#[derive(Clone, Copy)]
struct Spot {
    along: i32,
    across: i32,
    size: (i32, i32),
}

impl Spot {
    fn rect(self, turned: impl Fn(Place) -> Place) -> Rect {
        let (l, c) = (self.size.0 / 2, self.size.1 / 2);
        let (x0, y0) = turned((self.along - l, self.across - c));
        let (x1, y1) = turned((self.along + l, self.across + c));
        Rect { x0, y0, x1, y1 }
    }
}

/// The lanes that edges around others take, above all rows.
struct Lanes {
    count: i32,
    room: i32,
    /// For each edge that goes around, where its lane is.
    middles: Vec<i32>,
}

impl Lanes {
    /// Edges of which one begins where the other ends share a lane.
    fn new(diagram: &Diagram, right: bool) -> Self {
        let column =
            |key| diagram.position(key).map_or(0, |i| diagram.nodes[i].column);
        // Of each lane, its height, and the columns that each edge spans.
        let mut lanes: Vec<(i32, Vec<(usize, usize)>)> = Vec::new();
        let mut taken = Vec::new();
        for edge in diagram.edges.iter().filter(|edge| edge.around) {
            let (width, height) = numbers_size(edge);
            let needed = if right { height } else { width }.max(60) + 60;
            let (from, to) = (column(&edge.from), column(&edge.to));
            let free = |(_, spans): &(i32, Vec<(usize, usize)>)| {
                spans.iter().all(|(a, b)| *b <= from || to <= *a)
            };
            let lane = lanes.iter().position(free).unwrap_or(lanes.len());
            if lane == lanes.len() {
                lanes.push((0, Vec::new()));
            }
            lanes[lane].0 = lanes[lane].0.max(needed);
            lanes[lane].1.push((from, to));
            taken.push(lane);
        }
        let start =
            |lane: usize| lanes[..lane].iter().map(|l| l.0).sum::<i32>();
        let middle = |lane: usize| start(lane) + lanes[lane].0 / 2;
        let room = start(lanes.len());
        Lanes {
            count: lanes.len() as i32,
            room: if room > 0 { room + GAP / 2 } else { 0 },
            middles: taken.into_iter().map(middle).collect(),
        }
    }
}

fn columns(diagram: &Diagram) -> usize {
    diagram.nodes.iter().map(|node| node.column + 1).max().unwrap_or(0)
}

fn half_rows(diagram: &Diagram) -> i32 {
    diagram.nodes.iter().map(|node| node.half_row as i32).max().unwrap_or(0)
}

/// The middles of boxes along the flow. To the right the columns share the
/// `width` there is; downwards they take what they need.
fn along(
    diagram: &Diagram,
    sizes: &[(i32, i32)],
    width: Option<i32>,
    stretch: i32,
) -> Vec<i32> {
    let mut lengths = vec![0; columns(diagram)];
    for (node, size) in diagram.nodes.iter().zip(sizes) {
        lengths[node.column] = lengths[node.column].max(size.0);
    }
    let taken: i32 = lengths.iter().sum();
    let gaps = (lengths.len() as i32 - 1).max(1);
    let gap = match width {
        Some(width) => ((width - taken) / gaps).min(1800),
        None => 450 + 110 * stretch,
    };
    let used = taken + gap * (lengths.len() as i32 - 1);
    let mut start = width.map_or(0, |width| (width - used) / 2);
    let mut middles = Vec::new();
    for length in lengths {
        middles.push(start + length / 2);
        start += length + gap;
    }
    diagram.nodes.iter().map(|node| middles[node.column]).collect()
}

/// The diagram with every number on an edge cut to a width, which those in
/// lanes share.
fn with_short_numbers(diagram: &Diagram, room: i32) -> Diagram {
    let lanes = Lanes::new(diagram, false).count.max(1);
    let mut diagram = diagram.clone();
    for edge in &mut diagram.edges {
        let room = if edge.around { room / lanes } else { room };
        for text in [&mut edge.forward, &mut edge.backward] {
            *text = letters::cut(text, TEXT, edge.heavy, room);
        }
    }
    diagram
}

/// How wide a box can be where all rows share a width.
fn slot(diagram: &Diagram, width: i32) -> i32 {
    let halves = half_rows(diagram);
    (2 * width - GAP / 2 * halves) / (halves + 2)
}

/// The middles of boxes across the flow where that is the width of the page.
fn across_narrow(
    diagram: &Diagram,
    width: i32,
    start: i32,
    sizes: &[(i32, i32)],
) -> Vec<i32> {
    let room = width - start;
    let widest = sizes.iter().map(|size| size.1).max().unwrap_or(0);
    let halves = half_rows(diagram);
    let pitch = ((room - widest) / halves.max(1)).min(1300);
    let first = start + (room - pitch * halves) / 2;
    let at = |node: &Node| first + node.half_row as i32 * pitch;
    diagram.nodes.iter().map(at).collect()
}

/// The way of each edge.
fn ways(
    diagram: &Diagram,
    spots: &[Spot],
    lanes: &Lanes,
    turned: impl Fn(Place) -> Place,
) -> Vec<Way> {
    let mut lane = lanes.middles.iter();
    let ends: Vec<Option<(usize, usize)>> = diagram
        .edges
        .iter()
        .map(|e| diagram.position(&e.from).zip(diagram.position(&e.to)))
        .collect();
    let straight: Vec<_> = diagram
        .edges
        .iter()
        .zip(&ends)
        .map(|(edge, ends)| ends.filter(|_| !edge.around))
        .collect();
    let mut ways = Vec::new();
    for (i, edge) in diagram.edges.iter().enumerate() {
        let Some((a, b)) = ends[i] else {
            ways.push(Way::default());
            continue;
        };
        let (from, to) = (spots[a], spots[b]);
        let corners = if edge.around {
            let lane = lane.next().copied().unwrap_or(0);
            let up = |spot: Spot| spot.across - spot.size.1 / 2;
            // Where one arrives and one leaves, they stand apart.
            let around = || diagram.edges.iter().filter(|edge| edge.around);
            let apart = |end: usize| {
                let own = &diagram.nodes[end].key;
                let leaves = around().any(|edge| edge.from == *own);
                let arrives = around().any(|edge| edge.to == *own);
                if leaves && arrives { spots[end].size.0 / 4 } else { 0 }
            };
            let (start, end) = (from.along + apart(a), to.along - apart(b));
            vec![(start, up(from)), (start, lane), (end, lane), (end, up(to))]
        } else {
            let (out, into) = ports(i, &straight, spots);
            vec![
                (from.along + from.size.0 / 2, from.across + out),
                (to.along - to.size.0 / 2, to.across + into),
            ]
        };
        ways.push(way(edge, &corners, &turned));
    }
    ways
}

/// How far from the middle of its side an edge leaves a box, and enters one:
/// edges on one side stand in the order of where they lead.
fn ports(
    edge: usize,
    ends: &[Option<(usize, usize)>],
    spots: &[Spot],
) -> (i32, i32) {
    let offset = |near: fn((usize, usize)) -> usize,
                  far: fn((usize, usize)) -> usize| {
        let Some(own) = ends[edge] else { return 0 };
        let mut same: Vec<(i32, usize)> = ends
            .iter()
            .enumerate()
            .filter_map(|(j, other)| Some((j, (*other)?)))
            .filter(|(_, other)| near(*other) == near(own))
            .map(|(j, other)| (spots[far(other)].across, j))
            .collect();
        same.sort_unstable();
        let place = same.iter().position(|(_, j)| *j == edge).unwrap_or(0);
        let count = same.len() as i32;
        let step = (spots[near(own)].size.1 / (count + 1)).min(300);
        (2 * place as i32 - (count - 1)) * step / 2
    };
    (offset(|e| e.0, |e| e.1), offset(|e| e.1, |e| e.0))
}

/// How far the two lines of an edge stand from its middle.
const APART: f64 = 22.0;

fn way(
    edge: &Edge,
    corners: &[(i32, i32)],
    turned: impl Fn(Place) -> Place,
) -> Way {
    let both = !edge.backward.trim().is_empty();
    let moved = |by: f64| -> Vec<Place> {
        let line = match corners {
            _ if by == 0.0 => corners.to_vec(),
            [from, to] => aside(*from, *to, by).to_vec(),
            _ => beside(corners, by),
        };
        rounded(&line).into_iter().map(&turned).collect()
    };
    let mut backward = if both { moved(APART) } else { Vec::new() };
    backward.reverse();
    // Numbers stand on the longest piece.
    let length = |w: &&[(i32, i32)]| {
        (w[1].0 - w[0].0).abs().max((w[1].1 - w[0].1).abs())
    };
    let longest = corners.windows(2).max_by_key(length).unwrap_or(corners);
    let along = |share: i32| {
        let between = |a: i32, b: i32| a + (b - a) * share / 100;
        let (a, b) = (longest[0], longest[longest.len() - 1]);
        turned((between(a.0, b.0), between(a.1, b.1)))
    };
    Way {
        forward: moved(if both { -APART } else { 0.0 }),
        backward,
        spots: SHARES.into_iter().map(along).collect(),
        text: numbers(edge),
        heavy: edge.heavy,
    }
}

/// A line with its corners made round: at each, a parabola that touches both
/// pieces.
fn rounded(line: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let [first, .., last] = *line else { return line.to_vec() };
    // A place so far from a corner, and no farther than half way.
    let towards = |corner: (i32, i32), other: (i32, i32)| {
        let (dx, dy) = (other.0 - corner.0, other.1 - corner.1);
        let length = dx.abs().max(dy.abs()).max(1);
        let reach = BOW.min(length / 2);
        (corner.0 + dx * reach / length, corner.1 + dy * reach / length)
    };
    let mut round = vec![first];
    for w in line.windows(3) {
        let (a, b) = (towards(w[1], w[0]), towards(w[1], w[2]));
        for step in 0..=8 {
            let blend = |a: i32, corner: i32, b: i32| {
                let rest = 8 - step;
                (a * rest * rest + 2 * corner * rest * step + b * step * step)
                    / 64
            };
            round.push((blend(a.0, w[1].0, b.0), blend(a.1, w[1].1, b.1)));
        }
    }
    round.push(last);
    round
}

/// A straight line at a distance from another, between the same two borders:
/// it moves across the flow only, and by more the less it runs along.
fn aside(from: (i32, i32), to: (i32, i32), by: f64) -> [(i32, i32); 2] {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let longer = (dx * dx + dy * dy).sqrt() / dx.abs().max(1.0);
    let step = (by * longer.min(3.0)).round() as i32;
    [(from.0, from.1 + step), (to.0, to.1 + step)]
}

/// A line beside another, at a distance: each corner moves across both pieces
/// that meet there.
fn beside(corners: &[(i32, i32)], by: f64) -> Vec<(i32, i32)> {
    let across: Vec<(f64, f64)> = corners
        .windows(2)
        .map(|w| {
            let (dx, dy) =
                (f64::from(w[1].0 - w[0].0), f64::from(w[1].1 - w[0].1));
            let length = (dx * dx + dy * dy).sqrt().max(1.0);
            (-dy / length * by, dx / length * by)
        })
        .collect();
    let last = across.len().saturating_sub(1);
    corners
        .iter()
        .enumerate()
        .map(|(i, &(x, y))| {
            let (before, after) =
                (across[i.saturating_sub(1).min(last)], across[i.min(last)]);
            let (dx, dy) = match i == 0 || i > last {
                true => after,
                false => (before.0 + after.0, before.1 + after.1),
            };
            (x + dx.round() as i32, y + dy.round() as i32)
        })
        .collect()
}

/// A line with a head at its end.
fn arrow(
    sheet: &mut Sheet,
    line: &[Place],
    (stroke, width): (Ink, u32),
    head: Ink,
) {
    let [.., (ax, ay), (bx, by)] = *line else { return };
    let (dx, dy) = (f64::from(bx - ax), f64::from(by - ay));
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let at = |back: f64, side: f64| {
        let x = f64::from(bx) - back * ux - side * uy;
        let y = f64::from(by) - back * uy + side * ux;
        (x.round() as i32, y.round() as i32)
    };
    let (long, half) = if width > PLAIN { (120.0, 55.0) } else { (80.0, 34.0) };
    let mut shaft = line.to_vec();
    if let Some(end) = shaft.last_mut() {
        *end = at(long - 20.0, 0.0);
    }
    sheet.line(shaft, stroke, width);
    let corners = vec![(bx, by), at(long, half), at(long, -half)];
    sheet.marks.push(Mark::Surface(corners, head));
}

fn lines_of(node: &Node) -> Vec<(String, Ink)> {
    let label = std::iter::once((&node.label, Ink::Text));
    let forward = node.forward.iter().map(|text| (text, FORWARD));
    let backward = node.backward.iter().map(|text| (text, BACKWARD));
    let all = label.chain(forward).chain(backward);
    all.filter(|(text, _)| !text.trim().is_empty())
        .map(|(text, ink)| (text.clone(), ink))
        .collect()
}

fn numbers(edge: &Edge) -> Vec<(String, Ink)> {
    let all = [(&edge.forward, FORWARD), (&edge.backward, BACKWARD)];
    all.into_iter()
        .filter(|(text, _)| !text.trim().is_empty())
        .map(|(text, ink)| (text.clone(), ink))
        .collect()
}

fn text_size(lines: &[(String, Ink)], bold: bool) -> (i32, i32) {
    let widths = lines.iter().map(|(t, _)| letters::width(t, TEXT, bold));
    (widths.max().unwrap_or(0), lines.len() as i32 * LINE)
}

fn numbers_size(edge: &Edge) -> (i32, i32) {
    text_size(&numbers(edge), edge.heavy)
}

fn box_size(lines: &[(String, Ink)]) -> (i32, i32) {
    let (width, height) = text_size(lines, false);
    (width + 2 * PAD.0, height.max(LINE) + 2 * PAD.1)
}

/// The rectangle of a size around a place.
fn block((width, height): (i32, i32), (x, y): Place) -> Rect {
    let (w, h) = (width / 2 + 1, height / 2 + 1);
    Rect { x0: x - w, y0: y - h, x1: x + w, y1: y + h }
}

/// Lines of text around a place.
fn write(
    sheet: &mut Sheet,
    lines: &[(String, Ink)],
    bold: bool,
    (x, y): Place,
) {
    let mut y = y - (lines.len() as i32 - 1) * LINE / 2;
    for (text, ink) in lines {
        let label = Label::new(text.as_str(), (x, y));
        let label = label.anchor(Anchor::Middle).ink(*ink);
        sheet.text(if bold { label.bold() } else { label });
        y += LINE;
    }
}

/// What the two colours and the heavy edges mean.
fn head(diagram: &Diagram, width: i32) -> Sheet {
    let all = [
        (&diagram.forward, FORWARD, PLAIN),
        (&diagram.backward, DASHED, PLAIN),
        (&diagram.emphasis, FORWARD, HEAVY),
    ];
    let entries: Vec<Entry> = all
        .into_iter()
        .filter(|(label, ..)| !label.trim().is_empty())
        .map(|(label, ink, width)| Entry {
            label: label.clone(),
            sample: Sample::Line { ink, width, shape: None },
        })
        .collect();
    let mut sheet = legend::sheet(&entries, width);
    sheet.height += 10;
    sheet
}
