//! [`Regions`] laid out.

use plotters_backend::BackendCoord;

use super::contour::{Field, Line};
use super::frame;
use super::ink::{Ink, Shape};
use super::legend::{self, Entry, Sample};
use super::place::Rect;
use super::regions::Regions;
use super::sheet::{Mark, Sheet};
use super::{Panel, Plot};

/// Points a map can hold before their edges would eat one another up.
const FEW: usize = 80;

/// Lay the map out, as high as the data ask for at this width.
pub(super) fn sheet(regions: &Regions, width: i32) -> Sheet {
    let Some(map) = Map::new(regions, width) else {
        return frame::empty(width, "no data to show");
    };
    let mut sheet = Sheet::default();
    let area = map.area;
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
    let radius = if few { 24 } else { (width / 120).clamp(13, 19) };
    for (n, class) in (0..2).zip(&regions.classes) {
        let ink = if few { Ink::Edged(n) } else { Ink::Series(n) };
        let mut places: Vec<_> =
            class.points.iter().filter_map(|p| map.point(*p)).collect();
        // Short ways from one to the next are short to write.
        places.sort_unstable_by_key(|at| (at.0 / 80, at.1));
        for at in places {
            sheet.point(at, radius, Shape::of(n), ink);
        }
    }
    sheet.line(border(area), Ink::Axis, 10);
    sheet.height = area.y1 + 5;
    sheet
}

/// What the shapes on the maps of a row are, said once above them.
pub(super) fn legend(row: &[Panel], width: i32) -> Sheet {
    let mut named: Vec<(usize, &str)> = Vec::new();
    for panel in row {
        let Plot::Regions(regions) = &panel.plot else { continue };
        for (n, class) in regions.classes.iter().enumerate().take(2) {
            let entry = (n, class.label.as_str());
            if !class.label.is_empty() && !named.contains(&entry) {
                named.push(entry);
            }
        }
    }
    let entries: Vec<Entry> = named
        .into_iter()
        .map(|(n, label)| Entry {
            label: label.to_owned(),
            sample: Sample::Point {
                ink: Ink::Series(n as u8),
                shape: Shape::of(n as u8),
            },
        })
        .collect();
    let mut sheet = legend::sheet(&entries, width);
    if !entries.is_empty() {
        sheet.height += 30;
    }
    sheet
}

/// From the plane to the picture.
struct Map<'a> {
    regions: &'a Regions,
    area: Rect,
    rows: usize,
}

impl<'a> Map<'a> {
    fn new(regions: &'a Regions, width: i32) -> Option<Self> {
        let (w, h) = (regions.x.1 - regions.x.0, regions.y.1 - regions.y.0);
        let shape = h / w;
        let drawable = regions.is_grid()
            && w > 0.0
            && h > 0.0
            && shape.is_finite()
            && regions.values.iter().any(|v| v.is_finite());
        if !drawable {
            return None;
        }
        // Equal units both ways, unless the data are a thin strip.
        let height = f64::from(width) * shape.clamp(0.4, 1.2);
        let area =
            Rect { x0: 5, y0: 5, x1: width - 5, y1: height.round() as i32 };
        let rows = regions.values.len() / regions.columns;
        Some(Self { regions, area, rows })
    }

    fn place(&self, right: f64, up: f64) -> BackendCoord {
        let along = |from: i32, to: i32, share: f64| {
            from + (f64::from(to - from) * share).round() as i32
        };
        (
            along(self.area.x0, self.area.x1, right),
            along(self.area.y1, self.area.y0, up),
        )
    }

    /// A line in the grid's coordinates.
    fn line(&self, line: &Line) -> Vec<BackendCoord> {
        let (columns, rows) =
            ((self.regions.columns - 1) as f64, (self.rows - 1) as f64);
        line.iter().map(|&(x, y)| self.place(x / columns, y / rows)).collect()
    }

    /// A point of the data, if it lies on the map.
    fn point(&self, (x, y): (f64, f64)) -> Option<BackendCoord> {
        let Regions { x: (x0, x1), y: (y0, y1), .. } = *self.regions;
        let inside = (x0..=x1).contains(&x) && (y0..=y1).contains(&y);
        inside.then(|| self.place((x - x0) / (x1 - x0), (y - y0) / (y1 - y0)))
    }
}

fn border(area: Rect) -> [BackendCoord; 5] {
    let Rect { x0, y0, x1, y1 } = area;
    [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
}
