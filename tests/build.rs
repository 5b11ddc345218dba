//! Writes every Rust fence of the book, as its button copies it, to a file of
//! its own, so that rustdoc compiles and runs it.
//!
//! Each file is padded so that the fence opens on the line on which it opens
//! in the chapter: what rustdoc prints leads an author home.

#[expect(dead_code, reason = "the press also sets whole pages")]
#[path = "../code/press/src/snippet.rs"]
mod snippet;

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let _ = fs::remove_dir_all(out.join("fences"));
    let mut modules = String::new();
    for snippet in snippet::all(&root, Path::new("src"))? {
        let name = snippet.file.replace(|c: char| !c.is_alphanumeric(), "_");
        let module = format!("{name}_{}", snippet.line);
        let path = out
            .join("fences")
            .join(snippet.line.to_string())
            .join(&snippet.file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, padded(snippet.line, &snippet.program()))?;
        writeln!(
            modules,
            "// {}:{}.\n#[doc = include_str!({:?})]\npub mod {module} {{}}",
            snippet.file,
            snippet.line,
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

/// The program as a fence, moved down to its line. rustdoc drops leading blank
/// lines, so the first line holds a full stop; and it hides a line behind `# `.
fn padded(line: usize, program: &str) -> String {
    let fence = format!("```rust\n{}\n```\n", program.replace("\n# ", "\n## "));
    match line {
        1 => fence,
        line => format!(".{}{fence}", "\n".repeat(line - 1)),
    }
}
