//! Two layers of slope 1 learn two things, one after the other: the chapter
//! `linear-nets-learn-strangely`.

use slope::transcendental::exp;

fn main() {
    // Two directions of the data, of strengths 4 and 1. In each of them the
    // two layers are two numbers, and their product is to become s.
    let s: [f64; 2] = [4.0, 1.0];
    let u0: f64 = 0.001; // the product at the start
    let mut w = [[u0.sqrt(); 2]; 2];
    let lr = 0.001;
    println!("time   loss    s = 4  formula    s = 1  formula");
    for step in 0..=5000 {
        let t = lr * f64::from(step);
        let product = w.map(|[w1, w2]| w2 * w1);
        if step % 500 == 0 {
            let errors = [product[0] - s[0], product[1] - s[1]];
            let loss = (errors[0] * errors[0] + errors[1] * errors[1]) / 2.0;
            // The curve of Saxe, McClelland and Ganguli.
            let formula = s.map(|s| {
                let e = exp(2.0 * s * t);
                s * e / (e - 1.0 + s / u0)
            });
            print!("{t:4.1}  {loss:5.3}");
            for (product, formula) in product.iter().zip(formula) {
                print!("   {product:6.3}   {formula:6.3}");
            }
            println!();
        }
        for (w, s) in w.iter_mut().zip(s) {
            let error = w[1] * w[0] - s;
            // dL/dw1 = error · w2 and dL/dw2 = error · w1
            *w = [w[0] - lr * error * w[1], w[1] - lr * error * w[0]];
        }
    }
}
