//! Fewer points for the same picture.

use super::place::Place;

/// Drop the points whose loss moves the line by at most a tenth of a pixel
/// (Ramer, Douglas and Peucker, on the integer grid of tenths).
pub(super) fn simplified(points: &[Place]) -> Vec<Place> {
    let points = thinned(points);
    if points.len() < 3 {
        return points;
    }
    let mut kept = vec![false; points.len()];
    kept[0] = true;
    kept[points.len() - 1] = true;
    let mut open = vec![(0, points.len() - 1)];
    while let Some((from, to)) = open.pop() {
        if let Some(far) = farthest(&points, from, to) {
            kept[far] = true;
            open.push((from, far));
            open.push((far, to));
        }
    }
    let mut keep = kept.into_iter();
    points.into_iter().filter(|_| keep.next() == Some(true)).collect()
}

/// The point between two others that lies farthest off their connection, if
/// it lies off it by more than a tenth of a pixel.
fn farthest(points: &[Place], from: usize, to: usize) -> Option<usize> {
    let mut best = None;
    let mut worst = 1; // (tenths of a pixel)², so that equality is dropped
    for (at, &point) in points.iter().enumerate().take(to).skip(from + 1) {
        let off = distance_squared(point, points[from], points[to]);
        if off > worst {
            worst = off;
            best = Some(at);
        }
    }
    best
}

/// Squared distance of a point from a segment, rounded up.
fn distance_squared(p: Place, a: Place, b: Place) -> i64 {
    let minus =
        |p: Place, q: Place| (i64::from(p.0 - q.0), i64::from(p.1 - q.1));
    let (ab, ap, bp) = (minus(b, a), minus(p, a), minus(p, b));
    let dot = |u: (i64, i64), v: (i64, i64)| u.0 * v.0 + u.1 * v.1;
    let length = dot(ab, ab);
    if length == 0 || dot(ap, ab) <= 0 {
        return dot(ap, ap);
    }
    if dot(bp, ab) >= 0 {
        return dot(bp, bp);
    }
    let cross = ab.0 * ap.1 - ab.1 * ap.0;
    let square = i128::from(cross) * i128::from(cross);
    let rounded_up = (square + i128::from(length) - 1) / i128::from(length);
    i64::try_from(rounded_up).unwrap_or(i64::MAX)
}

/// At most four points for every half pixel of a curve that runs to the
/// right: where it enters, its lowest, its highest, where it leaves.
fn thinned(points: &[Place]) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::with_capacity(points.len());
    let mut at = 0;
    while at < points.len() {
        let column = points[at].0.div_euclid(5);
        let run = points[at..]
            .windows(2)
            .take_while(|w| w[1].0.div_euclid(5) == column && w[1].0 >= w[0].0)
            .count()
            + 1;
        let same = &points[at..at + run];
        if run > 4 {
            let (mut low, mut high) = (0, 0);
            for (i, point) in same.iter().enumerate() {
                if point.1 < same[low].1 {
                    low = i;
                }
                if point.1 >= same[high].1 {
                    high = i;
                }
            }
            let kept = [0, low.min(high), low.max(high), run - 1];
            out.extend(kept.map(|i| same[i]));
        } else {
            out.extend_from_slice(same);
        }
        at += run;
    }
    out.dedup();
    out
}
