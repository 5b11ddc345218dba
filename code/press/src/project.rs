//! A chapter's programs as a project of one's own: unpack, `cargo run`.
//!
//! The archive has the programs, and the companion crates that they use, from
//! their sources; so a reader of the pages needs no repository. What these
//! crates need for their tests alone is left out, and with it most of what
//! would have to be downloaded.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Write as _},
    path::Path,
};

use anyhow::Context as _;
use toml::{Table, Value};
use walkdir::WalkDir;
use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter,
    write::SimpleFileOptions,
};

use crate::text;

/// The crates that a chapter's program may use.
const CRATES: [&str; 3] = ["exact", "slope", "probe"];

/// What a program may name without having it from one of them.
const LIBRARIES: [&str; 1] = ["ndarray"];

/// The crates and what locks their dependencies, packed once for all chapters.
pub struct Projects {
    /// An archive of all that no chapter changes.
    shared: Vec<u8>,
    /// What every project's `Cargo.toml` begins and ends with.
    manifest: Table,
}

impl Projects {
    /// The crates below a root.
    ///
    /// # Errors
    /// If one of their files cannot be read, or is not what it should be.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let workspace = table(&root.join("Cargo.toml"))?;
        let mut files = BTreeMap::new();
        let mut needs = BTreeSet::from(LIBRARIES.map(ToString::to_string));
        for name in CRATES {
            let folder = root.join("code").join(name);
            let mut manifest = table(&folder.join("Cargo.toml"))?;
            manifest
                .retain(|key, _| key != "dev-dependencies" && key != "bench");
            let text = toml::to_string(&manifest)?.into_bytes();
            files.insert(format!("code/{name}/Cargo.toml"), text);
            needs.insert(name.to_string());
            needs.extend(dependencies(&manifest));
            for part in ["src", "data"] {
                for entry in WalkDir::new(folder.join(part)) {
                    let Ok(entry) = entry else { continue };
                    if !entry.file_type().is_file() {
                        continue;
                    }
                    let path = entry.path();
                    let below = path.strip_prefix(&folder)?;
                    let below = crate::manuscript::name(below);
                    let bytes = leveled(path)?;
                    files.insert(format!("code/{name}/{below}"), bytes);
                }
            }
        }
        // Cargo takes from the lock what a project needs, and the versions that
        // the book was tested with.
        for name in ["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"] {
            files.insert(name.into(), leveled(&root.join(name))?);
        }
        Ok(Self {
            shared: packed(files.iter().map(|(n, b)| (n.as_str(), &b[..])))?,
            manifest: project(&workspace, &needs),
        })
    }

    /// The archive of a chapter: its title, its page's name, and its programs,
    /// of which the first is `main`.
    ///
    /// # Errors
    /// If it cannot be packed.
    pub fn archive(
        &self,
        title: &str,
        name: &str,
        programs: &[(String, String)],
    ) -> anyhow::Result<Vec<u8>> {
        let folder = format!("{}/", name.replace('_', "-"));
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut shared = ZipArchive::new(Cursor::new(&self.shared[..]))?;
        for i in 0..shared.len() {
            let file = shared.by_index_raw(i)?;
            let name = format!("{folder}{}", file.name()?);
            zip.raw_copy_file_rename(file, name)?;
        }
        let manifest = toml::to_string(&self.manifest)?;
        let mut readme = format!(
            "# {title}\n\nThe programs of this chapter of *Linear All the Way \
             Down*, and the crates that they use.\n\n    cargo run\n"
        );
        let mut write = |file: &str, text: &str| -> anyhow::Result<()> {
            zip.start_file(format!("{folder}{file}"), options())?;
            Ok(zip.write_all(text.as_bytes())?)
        };
        write("Cargo.toml", &manifest)?;
        for (i, (program, text)) in programs.iter().enumerate() {
            if i == 0 {
                write("src/main.rs", text)?;
            } else {
                write(&format!("examples/{program}.rs"), text)?;
                readme += &format!("    cargo run --example {program}\n");
            }
        }
        readme += "\n`code/slope` is the network that the book explains. The \
                   code may be used under the MIT licence or the Apache \
                   licence 2.0.\n";
        write("README.md", &readme)?;
        Ok(zip.finish()?.into_inner())
    }
}

/// The same bytes whenever it is packed.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

fn packed<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, options())?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A file with the line ends that every tree of the book has; what is no text,
/// as it is.
fn leveled(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text::level(&text).into_bytes(),
        Err(other) => other.into_bytes(),
    })
}

fn table(file: &Path) -> anyhow::Result<Table> {
    let read = text::read(file).map_err(anyhow::Error::new);
    read.and_then(|text| Ok(text.parse()?))
        .with_context(|| format!("cannot read {}", file.display()))
}

/// The names in all tables of dependencies.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let of = |table: &Table| -> Vec<String> {
        let found = table.get("dependencies").and_then(Value::as_table);
        found.into_iter().flat_map(|t| t.keys().cloned()).collect()
    };
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|t| t.values());
    let targets = targets.filter_map(Value::as_table).flat_map(of);
    of(manifest).into_iter().chain(targets).collect()
}

/// The workspace's manifest as that of a project: with a package that runs the
/// programs, these crates alone, and what they need.
fn project(workspace: &Table, needs: &BTreeSet<String>) -> Table {
    let mut manifest = workspace.clone();
    let package = "name = \"chapter\"\nversion = \"0.1.0\"\n\
                   edition.workspace = true\npublish = false";
    manifest.insert("package".into(), parsed(package));
    let all = CRATES.iter().chain(&LIBRARIES);
    let uses: Vec<_> = all.map(|n| format!("{n}.workspace = true")).collect();
    manifest.insert("dependencies".into(), parsed(&uses.join("\n")));
    let mut at = |path: &[&str], keep: &dyn Fn(&str) -> bool| {
        let mut table = Some(&mut manifest);
        for key in path {
            table = table.and_then(|t| t.get_mut(*key)?.as_table_mut());
        }
        if let Some(table) = table {
            table.retain(|key, _| keep(key));
        }
    };
    at(&["profile"], &|key| key == "dev");
    // ChaCha8 comes with rand.
    let runs = |key: &str| needs.contains(key) || key == "chacha20";
    at(&["profile", "dev", "package"], &runs);
    at(&["workspace", "dependencies"], &runs);
    if let Some(workspace) = manifest.get_mut("workspace")
        && let Some(workspace) = workspace.as_table_mut()
    {
        let members = CRATES.map(|name| format!("code/{name}").into());
        workspace.insert("members".into(), Value::Array(members.into()));
    }
    manifest
}

fn parsed(text: &str) -> Value {
    Value::Table(text.parse().expect("this file's own TOML"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn archive() -> Vec<u8> {
        let root = crate::root_of(Path::new(env!("CARGO_MANIFEST_DIR")));
        let projects = Projects::read(&root.expect("the book")).unwrap();
        let programs =
            ["a_b", "more"].map(|name| (name.into(), "fn main() {}".into()));
        projects.archive("A", "a_b", &programs).unwrap()
    }

    fn files(archive: &[u8]) -> BTreeMap<String, String> {
        let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
        let names: Vec<_> =
            zip.file_names().map(|n| n.unwrap().to_string()).collect();
        let mut read = |name: String| {
            let mut bytes = Vec::new();
            zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        };
        names.into_iter().map(&mut read).collect()
    }

    #[test]
    fn a_project_has_its_programs_and_the_crates() {
        let files = files(&archive());
        for name in [
            "a-b/src/main.rs",
            "a-b/examples/more.rs",
            "a-b/code/slope/src/lib.rs",
            "a-b/code/slope/data/digits.csv.gz",
            "a-b/LICENSE-MIT",
        ] {
            assert!(files.contains_key(name), "{name}");
        }
        let readme = &files["a-b/README.md"];
        assert!(readme.contains("cargo run --example more"), "{readme}");
    }

    #[test]
    fn a_project_needs_nothing_of_the_tests() {
        let files = files(&archive());
        let manifests = files.iter().filter(|(n, _)| n.ends_with(".toml"));
        for (name, text) in manifests {
            for unneeded in ["dev-dependencies", "proptest", "experiments"] {
                assert!(!text.contains(unneeded), "{name}: {unneeded}");
            }
        }
    }

    #[test]
    fn it_is_packed_the_same_every_time() {
        assert_eq!(archive(), archive());
    }
}
