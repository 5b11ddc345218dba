//! [`Lines`] laid out: axes, curves, and a name beside each of them.

use plotters::coord::CoordTranslate;
use plotters::coord::cartesian::Cartesian2d;

use super::Layout;
use super::axis::{Fit, Span};
use super::frame::{self, Frame};
use super::ink::{Ink, Shape};
use super::legend::{self, Entry, Sample};
use super::letters;
use super::lines::{Landmark, Lines, Role, Series};
use super::place::{Place, Rect, spread};
use super::sheet::{Anchor, LINE, Label, Sheet};
use super::simplify::simplified;
use super::svg::TEXT;

/// What a label can belong to; the number counts within its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Series(usize),
    Threshold(usize),
    Event(usize),
}

type Owners = Vec<Owner>;

/// Lay the panel out. A label that finds no place beside its line goes into a
/// legend above the panel, and the panel is laid out again.
pub(super) fn sheet(lines: &Lines, width: i32, layout: Layout) -> Sheet {
    let Some((x, y)) = spans(lines) else {
        return frame::empty(width, "no data to show");
    };
    let mut in_legend = Owners::new();
    loop {
        match Plan::new(lines, &x, &y, width, layout, &in_legend) {
            Ok(plan) => return plan.sheet(),
            // Each round names an owner that the legend did not hold.
            Err(homeless) => in_legend.extend(homeless),
        }
    }
}

fn spans(lines: &Lines) -> Option<(Span, Span)> {
    let points = || {
        let all = lines.series.iter().flat_map(|s| s.points.iter().copied());
        all.filter(|p| shown(lines, *p))
    };
    points().next()?;
    let events = lines.events.iter().map(|l| l.value);
    let levels = lines.thresholds.iter().map(|l| l.value);
    let mut x = points().map(|p| p.0).chain(events);
    let mut y = points().map(|p| p.1).chain(levels);
    let x = lines.x.span(&mut x, Fit::Tight)?;
    Some((x, lines.y.span(&mut y, Fit::Round)?))
}

fn shown(lines: &Lines, (x, y): (f64, f64)) -> bool {
    lines.x.refuses(x).is_none() && lines.y.refuses(y).is_none()
}

/// A panel on its way: what has a place so far.
struct Plan<'a> {
    lines: &'a Lines,
    /// What stands above the frame.
    head: Sheet,
    frame: Frame,
    coordinates: Cartesian2d<Span, Span>,
    /// Per series, its pieces inside the frame.
    curves: Vec<Vec<Vec<Place>>>,
    /// Beside the right ends of curves.
    ends: Vec<EndLabel>,
    /// Inside the frame.
    inside: Vec<Label>,
}

/// The name of a curve at its right end.
struct EndLabel {
    owner: Owner,
    ink: Ink,
    /// Where its curve ends.
    tip: Place,
    lines: Vec<String>,
    /// Where it is centred.
    y: i32,
}

impl<'a> Plan<'a> {
    fn new(
        lines: &'a Lines,
        x: &Span,
        y: &Span,
        width: i32,
        layout: Layout,
        in_legend: &Owners,
    ) -> Result<Self, Vec<Owner>> {
        let head = head(lines, width, in_legend);
        let height = layout.pick(if width > 5000 { 2700 } else { 2300 }, 2300);
        let room = EndRoom::new(lines, x, width, layout, in_legend)?;
        let frame = Frame::new(x, y, width, head.height, height, room.column());
        let area = frame.area;
        let coordinates = Cartesian2d::new(
            x.clone(),
            y.clone(),
            (area.x0..area.x1, area.y1..area.y0),
        );
        let curves = lines
            .series
            .iter()
            .map(|s| pieces(lines, s, &coordinates, area))
            .collect();
        let mut plan = Plan {
            lines,
            head,
            frame,
            coordinates,
            curves,
            ends: Vec::new(),
            inside: Vec::new(),
        };
        plan.place_ends(&room)?;
        plan.place_inside(in_legend)?;
        Ok(plan)
    }

    /// Names beside the right ends, moved apart where they would touch.
    fn place_ends(&mut self, room: &EndRoom) -> Result<(), Vec<Owner>> {
        for (owner, lines) in &room.labels {
            let Owner::Series(i) = *owner else { continue };
            let Some(tip) = self.tip(i) else { continue };
            let ink = name_ink(self.lines, &self.lines.series[i]);
            let lines = lines.clone();
            let y = tip.1;
            self.ends.push(EndLabel { owner: *owner, ink, tip, lines, y });
        }
        let wanted: Vec<(i32, i32)> = self
            .ends
            .iter()
            .map(|end| (end.y, end.lines.len() as i32 * LINE))
            .collect();
        let area = self.frame.area;
        let (top, bottom) = (area.y0 - LINE / 2, area.y1 + LINE / 2);
        match spread(&wanted, top, bottom) {
            Some(centres) => {
                for (end, y) in self.ends.iter_mut().zip(centres) {
                    end.y = y;
                }
                Ok(())
            }
            None => Err(self.ends.iter().map(|end| end.owner).collect()),
        }
    }

    /// The last point of a curve, or of the middle one of a group of thin
    /// curves with one name.
    fn tip(&self, series: usize) -> Option<Place> {
        let own = &self.lines.series[series];
        let mut tips: Vec<Place> = Vec::new();
        for (series, pieces) in self.lines.series.iter().zip(&self.curves) {
            if series.label == own.label && series.role == own.role {
                let Some(&tip) = pieces.last().and_then(|piece| piece.last())
                else {
                    continue;
                };
                let above = |t: &Place| (t.1, t.0) <= (tip.1, tip.0);
                tips.insert(tips.partition_point(above), tip);
            }
        }
        tips.get(tips.len() / 2).copied()
    }

    /// Names of times, levels, and of curves that end early: inside the frame
    /// where nothing else is.
    fn place_inside(&mut self, in_legend: &Owners) -> Result<(), Vec<Owner>> {
        let mut homeless = Vec::new();
        let mut main = Vec::new();
        for owner in inside_owners(self.lines) {
            let taken = self.ends.iter().any(|end| end.owner == owner);
            if in_legend.contains(&owner) || taken {
                continue;
            }
            if self.is_main(owner) {
                main.push(owner);
            }
            match self.free_place(owner) {
                Some(label) => self.inside.push(label),
                None => homeless.push(owner),
            }
        }
        // Curves that are one another's equals are named in one place.
        if homeless.iter().any(|owner| self.is_main(*owner)) {
            main.retain(|owner| !homeless.contains(owner));
            homeless.extend(main);
        }
        if homeless.is_empty() { Ok(()) } else { Err(homeless) }
    }

    fn is_main(&self, owner: Owner) -> bool {
        let Owner::Series(i) = owner else { return false };
        is_main(&self.lines.series[i].role)
    }

    /// The first of the places for a label where it covers nothing.
    fn free_place(&self, owner: Owner) -> Option<Label> {
        let candidates = match owner {
            Owner::Threshold(i) => self.along_level(i),
            Owner::Event(i) => self.beside_event(i),
            Owner::Series(i) => self.near_tip(i),
        };
        candidates.into_iter().find(|label| {
            let rect = self.with_way(label.rect(), owner);
            self.is_free(rect, owner)
        })
    }

    fn along_level(&self, i: usize) -> Vec<Label> {
        let landmark = &self.lines.thresholds[i];
        let y = self.y(landmark.value);
        let area = self.frame.area;
        let step = (area.width() / 16).max(1);
        let starts = (0..=16).map(|k| area.x1 - 40 - k * step);
        starts
            .flat_map(|x| [(x, y - LINE * 6 / 10), (x, y + LINE * 6 / 10)])
            .map(|at| {
                Label::new(landmark.label.as_str(), at).anchor(Anchor::End)
            })
            .map(|label| label.ink(Ink::Mark))
            .collect()
    }

    fn beside_event(&self, i: usize) -> Vec<Label> {
        let landmark = &self.lines.events[i];
        let x = self.x(landmark.value);
        let area = self.frame.area;
        let rows = (area.height() / (LINE / 2)).max(1);
        (0..rows)
            .map(|row| area.y0 + LINE / 2 + row * LINE / 2)
            .flat_map(|y| {
                let label = Label::new(landmark.label.as_str(), (x + 45, y));
                let left = Label { at: (x - 45, y), ..label.clone() };
                [label, left.anchor(Anchor::End)]
            })
            .map(|label| label.ink(Ink::Mark))
            .collect()
    }

    fn near_tip(&self, i: usize) -> Vec<Label> {
        let series = &self.lines.series[i];
        let Some((x, y)) = self.tip(i) else { return Vec::new() };
        let ink = name_ink(self.lines, series);
        let label = Label::new(series.label.as_str(), (x + 60, y)).ink(ink);
        let mut places = vec![label.clone()];
        for row in 1..=6 {
            for side in [-1, 1] {
                let y = y + side * row * LINE * 6 / 10;
                for (x, anchor) in [
                    (x + 40, Anchor::Start),
                    (x, Anchor::Middle),
                    (x - 40, Anchor::End),
                ] {
                    let label = Label { at: (x, y), ..label.clone() };
                    places.push(label.anchor(anchor));
                }
            }
        }
        places
    }

    /// A label beside the line of an event takes the way up to that line too:
    /// it must not stand beyond another.
    fn with_way(&self, rect: Rect, owner: Owner) -> Rect {
        let Owner::Event(i) = owner else { return rect };
        let x = self.x(self.lines.events[i].value);
        Rect { x0: rect.x0.min(x + 5), x1: rect.x1.max(x - 5), ..rect }
    }

    /// Whether a label here would lie inside the frame, and cover neither a
    /// curve nor a landmark nor another label.
    fn is_free(&self, rect: Rect, owner: Owner) -> bool {
        let clear = rect.grown(15, 5);
        self.frame.area.grown(0, 10).contains(rect)
            && !self.inside.iter().any(|l| l.rect().overlaps(clear))
            && self.curves.iter().flatten().all(|c| clear.crossings(c) == 0)
            && self.landmarks().all(|(other, line)| {
                other == owner && rect.crossings(&line) == 0
                    || clear.crossings(&line) == 0
            })
    }

    fn landmarks(&self) -> impl Iterator<Item = (Owner, [Place; 2])> {
        let area = self.frame.area;
        let levels = self.lines.thresholds.iter().map(move |l| {
            let y = self.y(l.value);
            [(area.x0, y), (area.x1, y)]
        });
        let times = self.lines.events.iter().map(move |l| {
            let x = self.x(l.value);
            [(x, area.y0), (x, area.y1)]
        });
        let levels =
            levels.enumerate().map(|(i, line)| (Owner::Threshold(i), line));
        levels.chain(times.enumerate().map(|(i, line)| (Owner::Event(i), line)))
    }

    fn x(&self, value: f64) -> i32 {
        let low = plotters::coord::ranged1d::Ranged::range(&self.frame.y);
        self.coordinates.translate(&(value, low.start)).0
    }

    fn y(&self, value: f64) -> i32 {
        let low = plotters::coord::ranged1d::Ranged::range(&self.frame.x);
        self.coordinates.translate(&(low.start, value)).1
    }

    fn sheet(self) -> Sheet {
        let mut sheet = self.head.clone();
        self.frame.draw_grid(&mut sheet);
        for (owner, [a, b]) in self.landmarks() {
            let value = match owner {
                Owner::Threshold(i) => self.lines.thresholds[i].value,
                Owner::Event(i) => self.lines.events[i].value,
                Owner::Series(_) => continue,
            };
            let on = match owner {
                Owner::Threshold(_) => self.frame.y.shows(value),
                _ => self.frame.x.shows(value),
            };
            if on {
                sheet.line([a, b], Ink::Mark, 12);
            }
        }
        // What is measured lies on what theory says, and both can be seen.
        for role in [is_reference, is_thin, is_main] {
            self.draw_curves(&mut sheet, role);
        }
        self.draw_all_shapes(&mut sheet);
        self.draw_dots(&mut sheet);
        self.draw_ends(&mut sheet);
        for label in &self.inside {
            sheet.text_over(label.clone());
        }
        self.frame.draw_axes(&mut sheet, &self.lines.x);
        sheet
    }

    fn draw_curves(&self, sheet: &mut Sheet, wanted: fn(&Role) -> bool) {
        let of_role = self.lines.series.iter().zip(&self.curves);
        for (series, pieces) in of_role.filter(|(s, _)| wanted(&s.role)) {
            let (ink, width) = stroke(self.lines, series);
            for piece in pieces.iter().filter(|piece| piece.len() > 1) {
                sheet.line(piece.as_slice(), ink, width);
            }
        }
    }

    /// Last, so that no curve cuts a shape.
    fn draw_all_shapes(&self, sheet: &mut Sheet) {
        for (series, pieces) in self.lines.series.iter().zip(&self.curves) {
            if let (Role::Main, Some(hue)) =
                (&series.role, self.lines.hue(series))
            {
                self.draw_shapes(sheet, pieces, hue);
            }
        }
    }

    /// Points that nothing is connected to, in the shape of their series and
    /// on top: no curve may cut them.
    fn draw_dots(&self, sheet: &mut Sheet) {
        for (series, pieces) in self.lines.series.iter().zip(&self.curves) {
            let (ink, _) = stroke(self.lines, series);
            let hue = self.lines.hue(series);
            let shape = hue.map_or(Shape::Circle, Shape::of);
            for piece in pieces {
                if let [only] = piece.as_slice() {
                    let size = if is_thin(&series.role) { 20 } else { 30 };
                    sheet.point(*only, size, shape, ink);
                }
            }
        }
    }

    /// Shapes along a curve say which it is where colours do not. A single
    /// curve needs none.
    fn draw_shapes(&self, sheet: &mut Sheet, pieces: &[Vec<Place>], hue: u8) {
        let mains = self.lines.series.iter().filter(|s| is_main(&s.role));
        let mains = mains.count() as i32;
        if mains < 2 {
            return;
        }
        let spacing = 900;
        let mut next =
            self.frame.area.x0 + 200 + spacing * i32::from(hue) / mains;
        for &at in pieces.iter().flatten() {
            if at.0 >= next {
                sheet.point(at, 40, Shape::of(hue), Ink::Edged(hue));
                next = at.0 - (at.0 - next) % spacing + spacing;
            }
        }
    }

    fn draw_ends(&self, sheet: &mut Sheet) {
        let moved = |end: &EndLabel| (end.y - end.tip.1).abs() > LINE / 3;
        let x = self.frame.area.x1 + END_GAP;
        for end in &self.ends {
            if moved(end) || end.tip.0 < self.frame.area.x1 - 30 {
                let from = (end.tip.0 + 25, end.tip.1);
                sheet.line([from, (x - 25, end.y)], Ink::Leader, 8);
            }
            let top = end.y - end.lines.len() as i32 * LINE / 2;
            sheet.paragraph(&end.lines, (x, top), |l| l.ink(end.ink));
        }
    }
}

/// Between the frame and the names beside it.
const END_GAP: i32 = 150;

/// The names that stand to the right of the frame, and the room they take.
struct EndRoom {
    labels: Vec<(Owner, Vec<String>)>,
}

impl EndRoom {
    /// Names of the curves that reach the last stretch of the axis, broken
    /// into short lines. All of them go to the legend if they are too many or
    /// too long.
    fn new(
        lines: &Lines,
        x: &Span,
        width: i32,
        layout: Layout,
        in_legend: &Owners,
    ) -> Result<Self, Vec<Owner>> {
        let room = layout.pick(width / 4, width * 3 / 10).min(1700);
        let labels: Vec<(Owner, Vec<String>)> = named_series(lines)
            .filter(|(owner, series)| {
                !in_legend.contains(owner) && reaches_end(lines, series, x)
            })
            .map(|(owner, series)| {
                (owner, letters::wrapped(&series.label, TEXT, false, room))
            })
            .collect();
        let unfit = labels.iter().any(|(_, text)| {
            text.len() > 4
                || text.iter().any(|l| letters::width(l, TEXT, false) > room)
        });
        if unfit {
            return Err(labels.into_iter().map(|(owner, _)| owner).collect());
        }
        Ok(Self { labels })
    }

    /// The width of the column they need, with its gap.
    fn column(&self) -> i32 {
        self.labels
            .iter()
            .flat_map(|(_, text)| text)
            .map(|line| letters::width(line, TEXT, false) + END_GAP)
            .max()
            .unwrap_or(0)
    }
}

fn reaches_end(lines: &Lines, series: &Series, x: &Span) -> bool {
    let last = series.points.iter().rev().find(|p| shown(lines, **p));
    last.is_some_and(|p| x.share(p.0) > 0.93)
}

/// The series with a name of their own: of those that share one, the first.
fn named_series(lines: &Lines) -> impl Iterator<Item = (Owner, &Series)> {
    let all = lines.series.iter().enumerate();
    all.filter(|&(i, series)| {
        let before = &lines.series[..i];
        let again = before
            .iter()
            .any(|b| b.label == series.label && b.role == series.role);
        let shows = series.points.iter().any(|p| shown(lines, *p));
        !series.label.trim().is_empty() && !again && shows
    })
    .map(|(i, series)| (Owner::Series(i), series))
}

fn inside_owners(lines: &Lines) -> Vec<Owner> {
    let named = |landmarks: &[Landmark]| {
        let all = landmarks.iter().enumerate();
        let named = all.filter(|(_, l)| !l.label.trim().is_empty());
        named.map(|(i, _)| i).collect::<Vec<_>>()
    };
    let events = named(&lines.events).into_iter().map(Owner::Event);
    let levels = named(&lines.thresholds).into_iter().map(Owner::Threshold);
    let series = named_series(lines).map(|(owner, _)| owner);
    events.chain(levels).chain(series).collect()
}

/// What stands above the frame: what the y axis measures, and the legend.
fn head(lines: &Lines, width: i32, in_legend: &Owners) -> Sheet {
    let mut sheet = frame::y_heading(&lines.y, width);
    let entries: Vec<Entry> = inside_owners(lines)
        .into_iter()
        .filter(|owner| in_legend.contains(owner))
        .map(|owner| legend_entry(lines, owner))
        .collect();
    let top = sheet.height;
    sheet.put(legend::sheet(&entries, width), (0, top));
    sheet
}

fn legend_entry(lines: &Lines, owner: Owner) -> Entry {
    let (label, sample) = match owner {
        Owner::Series(i) => {
            let series = &lines.series[i];
            let (ink, width) = stroke(lines, series);
            let shape = match series.role {
                Role::Main => lines.hue(series).map(Shape::of),
                _ => None,
            };
            (&series.label, Sample::Line { ink, width, shape })
        }
        Owner::Threshold(i) => (&lines.thresholds[i].label, Sample::level()),
        Owner::Event(i) => (&lines.events[i].label, Sample::Event),
    };
    Entry { label: label.clone(), sample }
}

fn stroke(lines: &Lines, series: &Series) -> (Ink, u32) {
    let hue = lines.hue(series);
    match series.role {
        Role::Main => (Ink::Series(hue.unwrap_or(0)), 20),
        Role::Thin(_) => (hue.map_or(Ink::Thin, Ink::Series), 9),
        Role::Reference(_) => {
            // Wide enough to be seen under a curve; dots are not to drown.
            let curves = lines.series.iter().filter(|s| s.points.len() > 1);
            let curve = curves
                .filter(|s| !is_reference(&s.role))
                .any(|s| hue.is_none() || lines.hue(s) == hue);
            let width = if curve { 40 } else { 16 };
            (hue.map_or(Ink::Reference, Ink::Theory), width)
        }
    }
}

fn name_ink(lines: &Lines, series: &Series) -> Ink {
    match (&series.role, lines.hue(series)) {
        (Role::Thin(_), None) => Ink::Quiet,
        (Role::Reference(_), None) => Ink::Mark,
        (_, hue) => Ink::Series(hue.unwrap_or(0)),
    }
}

pub(super) fn is_main(role: &Role) -> bool {
    matches!(role, Role::Main)
}

pub(super) fn is_thin(role: &Role) -> bool {
    matches!(role, Role::Thin(_))
}

pub(super) fn is_reference(role: &Role) -> bool {
    matches!(role, Role::Reference(_))
}

/// A curve in tenths of a pixel, cut at the border of the frame and at points
/// that have no place.
fn pieces(
    lines: &Lines,
    series: &Series,
    coordinates: &Cartesian2d<Span, Span>,
    area: Rect,
) -> Vec<Vec<Place>> {
    let runs = series.points.split(|p| !shown(lines, *p));
    runs.filter(|run| !run.is_empty())
        .flat_map(|run| {
            let run: Vec<_> =
                run.iter().map(|p| coordinates.translate(p)).collect();
            clipped(&simplified(&run), area)
        })
        .collect()
}

pub(super) fn clipped(run: &[Place], area: Rect) -> Vec<Vec<Place>> {
    if let [only] = run {
        let inside = area.clip(*only, *only).is_some();
        return if inside { vec![vec![*only]] } else { Vec::new() };
    }
    let mut pieces: Vec<Vec<Place>> = Vec::new();
    for ends in run.windows(2) {
        let Some((a, b)) = area.clip(ends[0], ends[1]) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&a) => piece.push(b),
            _ => pieces.push(vec![a, b]),
        }
    }
    pieces
}
