//! Three functions that are all called GELU: the chapter `smooth-bends`.

use slope::Activation;

fn main() {
    let exact = Activation::GeluErf; // z·Φ(z)
    let by_tanh = Activation::GeluTanh;
    let by_sigmoid = Activation::Silu { beta: 1.702 }; // z·σ(1.702 z)
    println!("    z     z·Φ(z)    by tanh  by sigmoid");
    for z in [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0] {
        let [a, b, c] = [exact, by_tanh, by_sigmoid].map(|f| f.value(z) + 0.0);
        println!("{z:5.1}  {a:9.5}  {b:9.5}  {c:10.5}");
    }
    // Their slopes at 0 agree, and that is what a deep network feels first.
    for f in [exact, by_tanh, by_sigmoid, Activation::Silu { beta: 1.0 }] {
        assert_eq!(f.slope(0.0), 0.5);
    }
}
