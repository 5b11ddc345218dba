//! How many training steps per second: forward, mean squared error, backward
//! and gradient descent on one mini-batch, f64, one thread.
//!
//! `cargo run --release -p slope --example throughput -- --layers 2,8,8,1
//! --activation tanh --batch 10 --seconds 2` prints one line of JSON.

use slope::rng::{Rng, Stream};
use slope::*;
use std::time::Instant;

const USAGE: &str = "usage: throughput --layers 2,8,8,1 --activation tanh \
                     --batch 10 --seconds 2";

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}\n{USAGE}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut layers = vec![2, 8, 8, 1];
    let mut activation = Activation::Tanh;
    let (mut batch, mut seconds) = (10, 2.0);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        let wrong =
            |error: &dyn std::fmt::Display| format!("{name} {value}: {error}");
        match name.as_str() {
            "--layers" => layers = widths(&value).map_err(|e| wrong(&e))?,
            "--activation" => {
                activation = value.parse().map_err(|e| wrong(&e))?;
            }
            "--batch" => batch = value.parse().map_err(|e| wrong(&e))?,
            "--seconds" => seconds = value.parse().map_err(|e| wrong(&e))?,
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    if layers.len() < 2 || batch == 0 || !(0.0..1e6).contains(&seconds) {
        return Err("at least two layers, one example, zero seconds".into());
    }
    let steps_per_s = steps_per_second(&layers, activation, batch, seconds)?;
    println!(
        "{{\"layers\": {layers:?}, \"activation\": \"{activation}\", \
         \"batch\": {batch}, \"steps_per_s\": {steps_per_s:.1}}}"
    );
    Ok(())
}

/// `2,8,8,1`, or `2,16x20,1` for twenty times 16.
fn widths(text: &str) -> Result<Vec<usize>, String> {
    let mut widths = vec![];
    for part in text.split(',') {
        let (width, times) = part.split_once('x').unwrap_or((part, "1"));
        let number = |text: &str| match text.parse::<usize>() {
            Ok(number) if (1..=100_000).contains(&number) => Ok(number),
            _ => Err(format!("`{text}` is not a whole number above zero")),
        };
        widths.extend(vec![number(width)?; number(times)?]);
    }
    Ok(widths)
}

fn steps_per_second(
    layers: &[usize],
    activation: Activation,
    batch: usize,
    seconds: f64,
) -> Result<f64, ShapeError> {
    let mut weights = Rng::new(1, Stream::Weights);
    let mut network =
        Network::dense(layers, activation, Init::XavierUniform, &mut weights);
    // Few enough batches that the data stay in the cache.
    let mut rng = Rng::new(1, Stream::Data);
    let n = 50 * batch;
    let mut normal = |columns: usize| {
        ndarray::Array2::from_shape_simple_fn((n, columns), || rng.normal())
    };
    let (x, y) = (normal(layers[0]), normal(layers[layers.len() - 1]));
    let data = Dataset::new(x, y)?;
    let mut state = Optimizer::sgd(1e-3).start(network.parameter_count());
    let mut work = Workspace::new(&network, batch);
    let mut order = Rng::new(1, Stream::Order);
    let mut rows: Vec<usize> = (0..n).collect();
    let mut epoch = || {
        order.shuffle(&mut rows);
        for rows in rows.chunks(batch) {
            work.update(&mut network, Loss::Mse, &data, rows, &mut state);
        }
    };
    epoch(); // warms the caches
    let (start, mut steps) = (Instant::now(), 0);
    loop {
        epoch();
        steps += 50;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return Ok(f64::from(steps) / elapsed);
        }
    }
}
