//! Eight activations and their slopes: the chapter `activations`.

use slope::Activation;

fn main() -> Result<(), slope::NameError> {
    println!("slope at z =     -4      -1       0       1       4");
    for name in [
        "identity",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "silu",
        "gelu_erf",
        "softplus",
    ] {
        let f: Activation = name.parse()?;
        print!("{name:10}");
        for z in [-4.0, -1.0, 0.0, 1.0, 4.0] {
            print!("  {:6.3}", f.slope(z));
            // The slope is what a small step to either side says it is.
            // At its kink a ReLU has none; there a convention says 0.
            let measured = (f.value(z + 1e-5) - f.value(z - 1e-5)) / 2e-5;
            let kink = z == 0.0 && name.ends_with("relu");
            assert!(kink || (f.slope(z) - measured).abs() < 1e-9);
        }
        println!();
    }
    Ok(())
}
