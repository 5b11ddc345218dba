//! A product that is not linear: the chapter `until-two-to-the-minus-149`.

fn main() {
    let least = f32::from_bits(1); // 2⁻¹⁴⁹, the smallest positive f32
    println!("least = {least:e}");
    println!("   x   x · least, in units of least");
    for x in [0.2_f32, 0.5, 0.7, 1.5, 2.5, 2.6] {
        println!("{x:4}   {}", (x * least).to_bits());
    }
    // f(a) + f(b) = f(a + b) is what linear means.
    let f = |x: f32| x * least;
    assert_eq!(f(0.5) + f(0.5), 0.0);
    assert_eq!(f(0.5 + 0.5), least);
}
