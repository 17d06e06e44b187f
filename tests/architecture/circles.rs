//! No circle of imports between the files of these folders: each can be read with nothing but what it builds on.
//!
//! An import counts for the file that defines the name, whichever folder hands it on. A method that is called on a value is not seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Source, sources};

/// Where no two files may need each other.
const FOLDERS: &[&str] = &[
    "src/seam/",
    "src/sim/",
    "src/queue/",
    "src/report/",
    "src/config/",
    "src/text/",
    "src/encoder/",
    "src/desk/",
    "src/issuance/",
    "src/cli/",
    "drivers/record/src/",
    "drivers/src/cards/ndef/",
    "drivers/src/cards/ntag424/",
    "drivers/src/cards/type2/",
    "drivers/src/contract/",
    "drivers/src/crypto/",
    "drivers/src/keys/",
];

/// A path of names from the root of its crate, whose folder comes first; that of a file is its module.
type Path = Vec<String>;

#[test]
fn files_import_each_other_in_one_direction() {
    let sources = sources();
    let files = files_of(&sources);
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = files
        .values()
        .map(|file| (file.path, file.imports(&files)))
        .collect();
    // What needs nothing that is left is in no circle, and neither is what is needed by nothing that is left.
    loop {
        let left: BTreeSet<&str> = needs.keys().copied().collect();
        let needed: BTreeSet<&str> = needs.values().flatten().copied().collect();
        for on in needs.values_mut() {
            on.retain(|file| left.contains(file));
        }
        needs.retain(|file, on| !on.is_empty() && needed.contains(file));
        if needs.len() == left.len() {
            break;
        }
    }
    let knot: Vec<String> = needs
        .iter()
        .flat_map(|(file, on)| on.iter().map(move |other| format!("{file} → {other}")))
        .collect();
    assert!(
        knot.is_empty(),
        "these are in a circle of imports, or between two:\n{}",
        knot.join("\n")
    );
}

/// The files of all folders, by module.
fn files_of(sources: &[Source]) -> BTreeMap<Path, File<'_>> {
    sources
        .iter()
        .filter(|source| FOLDERS.iter().any(|folder| source.is_in(folder)))
        .filter(|source| !source.path.ends_with("/tests.rs"))
        .map(|source| {
            let path = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
            let (root, path) = path.split_once("src/").unwrap();
            let names = path.split('/').filter(|name| *name != "lib");
            let module: Path = [root].into_iter().chain(names).map(str::to_owned).collect();
            (module.clone(), File::read(source, module))
        })
        .collect()
}

struct File<'a> {
    path: &'a str,
    module: Path,
    /// What is imported, by the name that it has here.
    imported: BTreeMap<String, Path>,
    /// All other code.
    body: String,
}

impl<'a> File<'a> {
    fn read(source: &'a Source, module: Path) -> Self {
        let text: Vec<&str> = source
            .code()
            .map(|(_, code)| code)
            .take_while(|code| code.trim() != "#[cfg(test)]")
            .collect();
        let mut file = Self {
            path: &source.path,
            module,
            imported: BTreeMap::new(),
            body: String::new(),
        };
        for statement in text.join("\n").split_inclusive(';') {
            let import = statement.rsplit_once("use ").filter(|(before, _)| {
                before.is_empty() || before.ends_with(['\n', ' ']) && !before.contains('"')
            });
            let Some((before, tree)) = import.filter(|(_, tree)| tree.ends_with(';')) else {
                // A module that is declared is not used by that, nor is what has its name.
                if !is_declaration(statement) {
                    file.body.push_str(statement);
                }
                continue;
            };
            file.body.push_str(before);
            let mut leaves = Vec::new();
            expand("", tree.trim_end_matches(';'), &mut leaves);
            for leaf in leaves {
                let (written, alias) = leaf.split_once(" as ").unzip();
                if let Some(path) = file.full_path(written.unwrap_or(&leaf)) {
                    let name = alias.map(str::to_owned).or(path.last().cloned());
                    file.imported.insert(name.unwrap_or_default(), path);
                }
            }
        }
        file
    }

    /// A path as it is written here, from the root of the crate. One into another crate seems to lead into this file.
    fn full_path(&self, written: &str) -> Option<Path> {
        let mut path = self.module.clone();
        for (place, name) in written.split("::").map(str::trim).enumerate() {
            match name {
                "crate" => path.truncate(1),
                "self" | "" => {}
                "super" => {
                    path.pop()?;
                }
                name => match self.imported.get(name) {
                    Some(imported) if place == 0 => path.clone_from(imported),
                    _ => path.push(name.to_owned()),
                },
            }
        }
        Some(path)
    }

    /// The files that define what this one uses.
    fn imports(&'a self, files: &BTreeMap<Path, File<'a>>) -> BTreeSet<&'a str> {
        let named = self
            .imported
            .iter()
            .filter(|(name, _)| names(&self.body, name))
            .map(|(_, path)| path.clone());
        // `pub(in crate::sim)` says who may use a thing, and uses none.
        let body = self.body.replace("(in crate::", "(");
        let paths = body
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .filter(|word| word.contains("::"))
            .filter_map(|word| self.full_path(word));
        named
            .chain(paths)
            .filter_map(|path| home(&path, files, 0))
            .filter(|path| *path != self.path)
            .collect()
    }
}

/// The file that defines what a path leads to, through whatever hands it on.
fn home<'a>(path: &[String], files: &BTreeMap<Path, File<'a>>, depth: usize) -> Option<&'a str> {
    let (file, rest) = (1..=path.len())
        .rev()
        .find_map(|end| Some((files.get(&path[..end])?, &path[end..])))?;
    match rest.first().and_then(|name| file.imported.get(name)) {
        Some(further) if depth < 8 => {
            home(&[further, &rest[1..]].concat(), files, depth + 1).or(Some(file.path))
        }
        _ => Some(file.path),
    }
}

/// Whether a statement is `mod a;`.
fn is_declaration(statement: &str) -> bool {
    let name = statement.trim_end_matches(';').rsplit_once("mod ");
    name.is_some_and(|(before, name)| {
        (before.trim().is_empty() || before.trim().starts_with("pub"))
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// `a::{b, c::d as e}` as `a::b` and `a::c::d as e`.
fn expand(before: &str, tree: &str, into: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        if !tree.is_empty() {
            into.push(format!("{before}{tree}"));
        }
        return;
    };
    let before = format!("{before}{}", head.trim());
    let inner = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&before, &inner[begin..at], into);
                begin = at + 1;
            }
            _ => {}
        }
    }
    expand(&before, &inner[begin..], into);
}

fn names(code: &str, name: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}

#[test]
fn a_circle_is_found_through_a_folder_that_hands_names_on() {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let sources = [
        source("src/sim/mod.rs", "mod a;\nmod b;\npub use a::A;"),
        source(
            "src/sim/a.rs",
            "use super::b::{\n    B,\n    C as D,\n};\nfn f(_: B) {}",
        ),
        source("src/sim/b.rs", "use crate::sim::A;\nfn f(_: A) {}"),
        source(
            "src/sim/c.rs",
            "use super::A;\nuse std::fmt;\nfn f(_: super::b::B, _: A) {}",
        ),
    ];
    let files = files_of(&sources);
    let module = |names: &[&str]| -> Path {
        [&[""], names]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let imports = |name: &str| files[&module(&["sim", name])].imports(&files);
    assert_eq!(imports("a"), BTreeSet::from(["src/sim/b.rs"]));
    assert_eq!(imports("b"), BTreeSet::from(["src/sim/a.rs"]));
    assert_eq!(
        imports("c"),
        BTreeSet::from(["src/sim/a.rs", "src/sim/b.rs"])
    );
    assert!(files[&module(&["sim"])].imports(&files).is_empty());
}

#[test]
fn a_path_from_the_root_stays_in_its_crate_and_a_declared_module_is_not_used() {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let sources = [
        source("src/sim/b.rs", ""),
        source(
            "drivers/src/contract/mod.rs",
            "mod a;\nmod b;\npub use b::b;",
        ),
        source(
            "drivers/src/contract/a.rs",
            "use crate::contract::b;\nfn f() { b() }",
        ),
        source("drivers/src/contract/b.rs", "pub fn b() {}"),
    ];
    let files = files_of(&sources);
    let imports = |path: &str| {
        let mut all = files.values();
        all.find(|file| file.path == path).unwrap().imports(&files)
    };
    let b = "drivers/src/contract/b.rs";
    assert_eq!(imports("drivers/src/contract/a.rs"), BTreeSet::from([b]));
    assert!(imports("drivers/src/contract/mod.rs").is_empty());
}
