//! What depends on what when every slope is 1: the chapter `two-claims`.

fn main() {
    let (w1, w2) = (0.5, -0.8); // two layers of one unit, f(z) = z
    println!("   x     y   error  dL/dw1  dL/dw2   dŷ/dx");
    for (x, y) in [
        (1.0, 1.0),
        (2.0, 1.0),
        (-1.0, 1.0),
        (2.0, -3.0),
        (2.0, -0.8),
        (0.0, 1.0),
    ] {
        let z1: f64 = w1 * x;
        let a1 = z1; // f(z) = z
        let z2 = w2 * a1;
        let error = z2 - y; // L = error² / 2, so dL/dz2 = error
        let slope = 1.0; // f′(z) = 1
        let delta1 = error * w2 * slope;
        let (d_w1, d_w2) = (delta1 * x, error * a1);
        let d_x = w2 * slope * w1;
        // Adding 0.0 turns −0 into 0.
        print!("{x:4}  {y:4}  {:6.2}", error + 0.0);
        println!("  {:6.2}  {:6.2}  {d_x:6.2}", d_w1 + 0.0, d_w2 + 0.0);
    }
}
