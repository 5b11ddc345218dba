//! Writes the first weights of the chapters' programs, and prints what the
//! programs compute, with all digits.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use bridge::{PROGRAMS, exchange, first};

const USAGE: &str = "bridge weights      writes code/bridge/weights
bridge exact        prints what each program prints, with all digits
bridge send DIR     writes a network, and what is expected of it in PyTorch
bridge receive DIR  compares what exchange.py has made of it";

fn main() -> anyhow::Result<()> {
    match env::args().nth(1).as_deref() {
        Some("weights") => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
            for (name, tensors) in first::all() {
                let path = folder.join(format!("{name}.safetensors"));
                let place = || format!("writing {}", path.display());
                fs::write(&path, tensors.to_bytes()).with_context(place)?;
            }
            Ok(())
        }
        Some("exact") => {
            for (name, run) in PROGRAMS {
                println!("=== {name}");
                run();
            }
            Ok(())
        }
        Some("send") => {
            let (network, expected) = exchange::sent()?;
            fs::write(folder()?.join("network.safetensors"), network)?;
            Ok(fs::write(folder()?.join("expected.safetensors"), expected)?)
        }
        Some("receive") => {
            for entry in fs::read_dir(folder()?.join("back"))? {
                let path = entry?.path();
                let rule = path.file_stem().and_then(|name| name.to_str());
                let rule = rule.unwrap_or_default();
                let apart = exchange::compared(rule, &fs::read(&path)?)
                    .with_context(|| format!("in {}", path.display()))?;
                println!("{rule:10} there and back, {apart:.1e} apart");
            }
            Ok(())
        }
        _ => anyhow::bail!("expected one of these:\n{USAGE}"),
    }
}

fn folder() -> anyhow::Result<PathBuf> {
    let folder = env::args().nth(2).context("expected a folder")?;
    Ok(folder.into())
}
