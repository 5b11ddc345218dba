//! Small pictures of what a network is shown.

use exact::decimal::text;

/// Pictures of a few pixels, in lines: the samples that a network reads. The
/// tone of a pixel is its ink; what has none is the page.
///
/// ```
/// use chart::Images;
/// let images = Images::new(1.0)
///     .image("a bar", vec![vec![0.0, 1.0], vec![0.0, 0.8]])
///     .image("a dot", vec![vec![0.0, 0.0], vec![0.4, 0.0]])
///     .per_line(2);
/// # assert!(images.problems().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    /// The value of a pixel that is all ink.
    pub most: f64,
    /// How many stand side by side where there is room for them.
    pub line: usize,
    /// The pictures, in reading order.
    pub images: Vec<Image>,
}

/// One picture of [`Images`].
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// What stands under it. May be empty.
    pub caption: String,
    /// Its pixels, row by row from the top; all rows of one length.
    pub rows: Vec<Vec<f64>>,
}

impl Images {
    /// No pictures yet, of pixels from 0 to `most`.
    pub fn new(most: f64) -> Self {
        Self { most, line: 10, images: Vec::new() }
    }

    /// Let so many stand side by side, where there is room.
    pub fn per_line(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// Add a picture by its rows.
    pub fn image(
        mut self,
        caption: impl Into<String>,
        rows: Vec<Vec<f64>>,
    ) -> Self {
        self.images.push(Image { caption: caption.into(), rows });
        self
    }

    /// Width and height of the largest picture, in pixels of its own.
    pub(super) fn size(&self) -> (i32, i32) {
        let rows = || self.images.iter().map(|image| &image.rows);
        let wide = rows().flatten().map(Vec::len).max().unwrap_or(0);
        let tall = rows().map(Vec::len).max().unwrap_or(0);
        (wide as i32, tall as i32)
    }

    /// What keeps this from being an honest picture; empty is good.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.size().0 == 0 {
            problems.push("no picture has a pixel".to_owned());
        }
        for (i, Image { caption, rows }) in self.images.iter().enumerate() {
            let columns = rows.first().map_or(0, Vec::len);
            if rows.iter().any(|row| row.len() != columns) {
                problems.push(format!(
                    "picture {i}, '{caption}': its rows are not of one length"
                ));
            }
            let off = |v: &&f64| !(0.0..=self.most).contains(*v);
            if let Some(value) = rows.iter().flatten().find(off) {
                problems.push(format!(
                    "picture {i}, '{caption}': a pixel of {} is not between 0 \
                     and {}",
                    text(*value),
                    text(self.most),
                ));
            }
        }
        problems
    }
}
