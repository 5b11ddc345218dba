//! How long chains of one to five equal weights take: the chapter
//! `how-long-depth-takes`.

fn main() {
    let (w0, lr): (f64, f64) = (0.1, 0.01);
    // The product of so many weights that are all w.
    let product = |w: f64, many: usize| (0..many).fold(1.0, |p, _| p * w);
    println!("layers  first product  first slope  steps to one half");
    for layers in 1..=5 {
        // All weights stay equal: one number stands for them. The slope of
        // each is the error times all the others.
        let slope = |w| (product(w, layers) - 1.0) * product(w, layers - 1);
        let mut w = w0;
        let mut steps = 0;
        while product(w, layers) < 0.5 {
            w -= lr * slope(w);
            steps += 1;
        }
        let (first, steep) = (product(w0, layers), slope(w0));
        println!("{layers:6}  {first:13.5}  {steep:11.5}  {steps:17}");
    }
}
