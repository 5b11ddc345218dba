//! The book's example programs, with all digits of what they print: the text
//! of each with `{loss:6.3}` turned into `{loss:.17e}`, as a module. So a number
//! of a framework is compared with the program's own, not with a second program
//! that could drift.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

#[path = "src/widened.rs"]
mod widened;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let mut names = vec![];
    for of in ["slope", "probe"] {
        let examples = Path::new(&here).join("..").join(of).join("examples");
        println!("cargo::rerun-if-changed={}", examples.display());
        for entry in fs::read_dir(&examples)? {
            let path = entry?.path();
            // What it captured beside it is what a page shows.
            if path.extension().is_none_or(|e| e != "rs")
                || !path.with_extension("out").exists()
            {
                continue;
            }
            let name = path.file_stem().and_then(|n| n.to_str());
            let name = name.ok_or("an example's name")?.to_owned();
            let text = fs::read_to_string(&path)?.replace("\r\n", "\n");
            let text = widened::widened(&text)
                .replacen("\nfn main()", "\npub fn main()", 1)
                .replace("#![", "// #![");
            fs::write(Path::new(&out).join(format!("{name}.rs")), text)?;
            names.push(name);
        }
    }
    names.sort();

    let mut modules = String::new();
    for name in &names {
        writeln!(modules, "#[path = {:?}]", format!("{out}/{name}.rs"))?;
        writeln!(modules, "#[allow(missing_docs, dead_code)] mod {name};")?;
    }
    writeln!(modules, "/// Every program, and what runs it.")?;
    writeln!(modules, "#[allow(clippy::unit_arg)]")?; // some mains give ()
    writeln!(modules, "pub const PROGRAMS: &[(&str, fn())] = &[")?;
    for name in &names {
        let report =
            format!("std::process::Termination::report({name}::main())");
        let good = "std::process::ExitCode::SUCCESS";
        writeln!(modules, "({name:?}, || assert!({report} == {good})),")?;
    }
    writeln!(modules, "];")?;
    fs::write(Path::new(&out).join("programs.rs"), modules)?;
    Ok(())
}
