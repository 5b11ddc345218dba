//! One neuron learns a straight line: the chapter `one-neuron`.

fn main() {
    // Four examples of y = 2x + 1, which the neuron does not know.
    let (x, y) = ([-1.0, 0.0, 1.0, 2.0], [-1.0, 1.0, 3.0, 5.0]);
    let (mut w, mut b) = (0.0, 0.0);
    let lr = 0.1;
    println!("update    loss       w       b");
    for update in 0..=40 {
        let (mut loss, mut d_w, mut d_b) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(y) {
            let z = w * x + b; // the prediction
            let error = z - y;
            loss += error * error / 4.0; // the mean of four squares
            d_w += 2.0 * error * x / 4.0; // dL/dw
            d_b += 2.0 * error / 4.0; // dL/db
        }
        if update % 10 == 0 {
            println!("{update:6}  {loss:6.3}  {w:6.3}  {b:6.3}");
        }
        w -= lr * d_w;
        b -= lr * d_b;
    }
}
