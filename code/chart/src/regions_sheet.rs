//! [`Regions`] laid out.

use super::contour::{Field, Line};
use super::frame;
use super::ground::Ground;
use super::ink::{Ink, Shape};
use super::legend::{Entry, Sample};
use super::place::{Place, Rect};
use super::regions::Regions;
use super::sheet::{Mark, Sheet};

/// Points a map can hold before their edges would eat one another up.
const FEW: usize = 80;

/// Lay the map out, as high as the data ask for at this width.
pub(super) fn sheet(regions: &Regions, width: i32) -> Sheet {
    let Some(map) = Map::new(regions, width) else {
        return frame::empty(width, "no data to show");
    };
    let mut sheet = Sheet::default();
    let area = map.ground.area;
    sheet.marks.push(Mark::Block(area, Ink::Tint(0)));
    let field = Field {
        columns: regions.columns,
        values: &regions.values,
        level: regions.level,
    };
    let outlines = field.outlines();
    for ink in [Ink::Tint(1), Ink::Hatch] {
        for outline in &outlines {
            sheet.marks.push(Mark::Surface(map.line(outline), ink));
        }
    }
    for line in field.level_lines() {
        sheet.line(map.line(&line), Ink::Boundary, 18);
    }
    let few = regions.classes.iter().map(|c| c.points.len()).sum::<usize>();
    let few = few <= FEW;
    let radius = if few { 24 } else { (area.width() / 120).clamp(13, 19) };
    for (n, class) in (0..2).zip(&regions.classes) {
        let ink = if few { Ink::Edged(n) } else { Ink::Series(n) };
        let inside = class.points.iter().filter(|p| map.ground.holds(**p));
        let mut places: Vec<_> = inside.map(|p| map.ground.place(*p)).collect();
        // Short ways from one to the next are short to write.
        places.sort_by_key(|at| (at.0 / 80, at.1));
        for at in places {
            sheet.point(at, radius, Shape::of(n), ink);
        }
    }
    map.ground.draw_border(&mut sheet);
    sheet
}

/// What the shapes on a map are.
pub(super) fn entries(regions: &Regions) -> Vec<Entry> {
    (0..2)
        .zip(&regions.classes)
        .map(|(n, class)| Entry {
            label: class.label.clone(),
            sample: Sample::Point { ink: Ink::Series(n), shape: Shape::of(n) },
        })
        .collect()
}

/// From the grid and the plane to the picture.
struct Map {
    ground: Ground,
    /// Values side by side and one above the other.
    grid: (usize, usize),
}

impl Map {
    fn new(regions: &Regions, width: i32) -> Option<Self> {
        let known = regions.values.iter().any(|v| v.is_finite());
        let drawable = regions.is_grid() && known;
        let columns = regions.columns.max(1);
        let grid = (columns, regions.values.len() / columns);
        let ground = || Ground::new(regions.x, regions.y, width, 0);
        drawable.then(ground)?.map(|ground| Self { ground, grid })
    }

    /// A line in the grid's coordinates.
    fn line(&self, line: &Line) -> Vec<Place> {
        let Rect { x0, y0, x1, y1 } = self.ground.area;
        let along = |from: i32, to: i32, at: f64, count: usize| {
            let share = at / (count - 1) as f64;
            from + (f64::from(to - from) * share).round() as i32
        };
        let place = |&(x, y): &(f64, f64)| {
            (along(x0, x1, x, self.grid.0), along(y1, y0, y, self.grid.1))
        };
        line.iter().map(place).collect()
    }
}
