//! A ReLU unit that no input reaches, and what gets it out: the chapter
//! `the-kink`.

fn main() {
    let x: Vec<f64> = (0..50).map(|i| f64::from(i) / 49.0).collect();
    println!("slope on the left   loss at 0   at 100   at 400  at 1000");
    for left in [0.0, 0.01, 0.1, 1.0] {
        let (mut w, mut b, lr) = (1.0, -3.0, 0.5); // w·x + b < 0 for all x
        print!("{left:17}");
        for step in 0..=1000 {
            let (mut loss, mut d_w, mut d_b) = (0.0, 0.0, 0.0);
            for &x in &x {
                let z = w * x + b;
                let (a, slope) =
                    if z > 0.0 { (z, 1.0) } else { (left * z, left) };
                let error = a - x; // the target is x itself
                loss += error * error / 50.0;
                d_w += 2.0 * error * slope * x / 50.0;
                d_b += 2.0 * error * slope / 50.0;
            }
            if [0, 100, 400, 1000].contains(&step) {
                print!("    {loss:7.5}");
            }
            w -= lr * d_w;
            b -= lr * d_b;
        }
        println!();
    }
}
