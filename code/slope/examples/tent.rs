//! Two units a layer double the pieces: the chapter `what-depth-buys`.

/// One layer of two ReLU units, and their weighted sum: a tent over [0, 1].
fn tent(x: f64) -> f64 {
    let relu = |z: f64| z.max(0.0);
    2.0 * relu(x) - 4.0 * relu(x - 0.5)
}

fn main() {
    println!("layers  units  pieces  slope");
    for layers in [1, 2, 3, 6, 10] {
        let network = |x: f64| (0..layers).fold(x, |a, _| tent(a));
        // A grid so fine that every piece holds four of its steps, and made
        // of powers of two, so that nothing is rounded.
        let steps = 4 << layers;
        let at = |i: i32| network(f64::from(i) / f64::from(steps));
        let slopes: Vec<f64> = (0..steps)
            .map(|i| (at(i + 1) - at(i)) * f64::from(steps))
            .collect();
        let kinks = slopes.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let (units, pieces) = (2 * layers, kinks + 1);
        println!("{layers:6}  {units:5}  {pieces:6}  {:5}", slopes[0]);
    }
}
