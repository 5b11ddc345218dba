//! [`Plane`] laid out.

use super::frame;
use super::ground::{Ground, SHAPES};
use super::ink::{Ink, SERIES, Shape};
use super::legend::{Entry, Sample};
use super::lines::{Role, Series};
use super::lines_sheet::{clipped, is_main, is_reference, is_thin};
use super::place::Place;
use super::plane::Plane;
use super::sheet::Sheet;
use super::simplify::simplified;

/// From one shape along a curve to the next.
const SPACING: i32 = 500;

/// Lay the plane out, as high as its data ask for at this width.
pub(super) fn sheet(plane: &Plane, width: i32) -> Sheet {
    let mut sheet = frame::y_heading(&plane.y, width);
    let borders = plane.borders(SHAPES);
    let ground =
        borders.and_then(|[x, y]| Ground::new(x, y, width, sheet.height));
    let Some(ground) = ground else {
        return frame::empty(width, "no data to show");
    };
    ground.draw_border(&mut sheet);
    let mains = plane.curves.iter().filter(|c| c.role == Role::Main).count();
    // What is compared with lies under what is compared.
    for wanted in [is_reference, is_thin, is_main] {
        for curve in plane.curves.iter().filter(|c| wanted(&c.role)) {
            draw_curve(&mut sheet, plane, curve, &ground);
        }
    }
    for curve in plane.curves.iter().filter(|_| mains > 1) {
        draw_shapes(&mut sheet, plane, curve, &ground);
    }
    for (i, class) in plane.points.iter().enumerate() {
        let hue = point_hue(plane, i);
        let inside = class.points.iter().filter(|p| ground.holds(**p));
        for at in inside.map(|p| ground.place(*p)) {
            sheet.point(at, 24, Shape::of(hue), Ink::Edged(hue));
        }
    }
    let under = sheet.height + 10;
    sheet.height =
        frame::x_heading(&mut sheet, &plane.x, ground.area, width, under);
    sheet
}

/// What the marks in a plane are.
pub(super) fn entries(plane: &Plane) -> Vec<Entry> {
    let curves = plane.curves.iter().map(|curve| {
        let (ink, width) = stroke(plane, curve);
        let mains = plane.curves.iter().filter(|c| is_main(&c.role)).count();
        let shape = hue(plane, curve).filter(|_| mains > 1).map(Shape::of);
        let sample = Sample::Line { ink, width, shape };
        Entry { label: curve.label.clone(), sample }
    });
    let points = plane.points.iter().enumerate().map(|(i, class)| {
        let hue = point_hue(plane, i);
        let (ink, shape) = (Ink::Series(hue), Shape::of(hue));
        Entry {
            label: class.label.clone(),
            sample: Sample::Point { ink, shape },
        }
    });
    curves.chain(points).collect()
}

fn draw_curve(
    sheet: &mut Sheet,
    plane: &Plane,
    curve: &Series,
    ground: &Ground,
) {
    let (ink, width) = stroke(plane, curve);
    for piece in pieces(curve, ground) {
        match piece.as_slice() {
            [only] => sheet.point(*only, 24, Shape::Circle, ink),
            _ => sheet.line(piece, ink, width),
        }
    }
}

/// Shapes along a main curve say which it is where colours do not.
fn draw_shapes(
    sheet: &mut Sheet,
    plane: &Plane,
    curve: &Series,
    ground: &Ground,
) {
    let Some(hue) = hue(plane, curve) else { return };
    // A shape at the border would be cut off by the picture's end.
    let room = ground.area.grown(-35, -35);
    for piece in pieces(curve, ground) {
        for at in spaced(&piece, i32::from(hue + 1) * SPACING / 3) {
            if room.clip(at, at).is_some() {
                sheet.point(at, 34, Shape::of(hue), Ink::Edged(hue));
            }
        }
    }
}

/// A curve in the picture, cut at the border and where it is not finite.
fn pieces(curve: &Series, ground: &Ground) -> Vec<Vec<Place>> {
    let finite = |p: &(f64, f64)| p.0.is_finite() && p.1.is_finite();
    let runs = curve.points.split(|p| !finite(p));
    runs.filter(|run| !run.is_empty())
        .flat_map(|run| {
            let run: Vec<_> = run.iter().map(|p| ground.place(*p)).collect();
            clipped(&simplified(&run), ground.area)
        })
        .collect()
}

/// Places along a curve, the first a way along it and the others [`SPACING`]
/// apart.
fn spaced(line: &[Place], first: i32) -> Vec<Place> {
    let mut next = first;
    let mut chosen = Vec::new();
    for ends in line.windows(2) {
        let (dx, dy) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
        let length = dx.abs().max(dy.abs());
        while next < length {
            let along = |from: i32, d: i32| from + d * next / length;
            chosen.push((along(ends[0].0, dx), along(ends[0].1, dy)));
            next += SPACING;
        }
        next -= length;
    }
    chosen
}

/// The colour and shape of a main curve.
fn hue(plane: &Plane, curve: &Series) -> Option<u8> {
    let mut mains = plane.curves.iter().filter(|c| is_main(&c.role));
    let at = mains.position(|main| main == curve)?;
    Some((at % SERIES as usize) as u8)
}

/// The colour and shape of a kind of points.
fn point_hue(plane: &Plane, kind: usize) -> u8 {
    let mains = plane.curves.iter().filter(|c| is_main(&c.role)).count();
    ((mains + kind) % SERIES as usize) as u8
}

fn stroke(plane: &Plane, curve: &Series) -> (Ink, u32) {
    match curve.role {
        Role::Main => (Ink::Series(hue(plane, curve).unwrap_or(0)), 18),
        Role::Thin(_) => (Ink::Thin, 9),
        Role::Reference(_) => (Ink::Reference, 36),
    }
}
