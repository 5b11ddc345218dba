//! Writes every Rust fence of the book, as its reader sees it, to a file of
//! its own, so that rustdoc compiles and runs it.
//!
//! Each file is padded so that the fence stands on the line on which it
//! stands in the chapter: what rustdoc prints leads an author home.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> anyhow::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let _ = fs::remove_dir_all(out.join("fences"));
    let mut modules = String::new();
    for fence in press::rust_fences(&root)? {
        let name = fence.file.replace(|c: char| !c.is_alphanumeric(), "_");
        let module = format!("{name}_{}", fence.line);
        let path =
            out.join("fences").join(fence.line.to_string()).join(&fence.file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, padded(fence.line, &fence.text))?;
        writeln!(
            modules,
            "// {}:{}.\n#[doc = include_str!({:?})]\npub mod {module} {{}}",
            fence.file,
            fence.line,
            path.display().to_string(),
        )?;
    }
    fs::write(out.join("fences.rs"), modules)?;
    for part in ["src", "code", "book.toml"] {
        let path = root.join(part);
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(())
}

/// The fence, moved down to its line. rustdoc drops leading blank lines, so
/// the first line holds a full stop.
fn padded(line: usize, fence: &str) -> String {
    match line {
        1 => fence.into(),
        line => format!(".{}{fence}\n", "\n".repeat(line - 1)),
    }
}
