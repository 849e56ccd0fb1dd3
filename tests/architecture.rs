//! The layers of `src/` hold: no module imports one below it in the map of `src/lib.rs`, no files
//! import each other in a circle, and the map names every module.
//!
//! What counts as an import is every path that begins with `crate`, `super` or `self`, in a `use` or
//! elsewhere, outside of tests. `mod` and `pub use` of a module's own parts are no imports: that is
//! how a folder shows what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The path of a module from the crate's root: `["render", "engine"]`.
type Module = Vec<String>;

/// The modules of the crate: one a file.
struct Source {
    modules: BTreeMap<Module, File>,
}

struct File {
    path: PathBuf,
    imports: BTreeSet<Vec<String>>,
    /// The names that the module re-exports, and where it has them from.
    reexports: BTreeMap<String, Vec<String>>,
}

static SOURCE: LazyLock<Source> = LazyLock::new(Source::read);

impl Source {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut modules = BTreeMap::new();
        for path in files_below(&root) {
            let relative = path.strip_prefix(&root).unwrap().with_extension("");
            let mut module: Module =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|last| ["mod", "lib"].contains(&last.as_str())) {
                module.pop();
            }
            if module != ["main"] {
                modules.insert(module.clone(), File::read(&path, &module));
            }
        }
        Self { modules }
    }

    /// The module that a path leads to, through re-exports.
    fn owner(&self, path: &[String]) -> Module {
        let mut module = Module::new();
        for name in path {
            let below: Module = module.iter().chain([name]).cloned().collect();
            if self.modules.contains_key(&below) {
                module = below;
                continue;
            }
            return match self.modules[&module].reexports.get(name) {
                Some(origin) if origin != path => self.owner(origin),
                _ => module,
            };
        }
        module
    }

    /// What each module imports, with a name that it imports from there.
    fn imports(&self) -> BTreeMap<&Module, BTreeMap<Module, String>> {
        let of = |module: &Module, file: &File| -> BTreeMap<Module, String> {
            let owned = file.imports.iter().map(|path| (self.owner(path), path.join("::")));
            owned.filter(|(owner, _)| owner != module && !owner.is_empty()).collect()
        };
        self.modules.iter().map(|(module, file)| (module, of(module, file))).collect()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files.sort();
    files
}

impl File {
    fn read(path: &Path, module: &Module) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let file = syn::parse_file(&text).unwrap();
        let parts = file.items.iter().filter_map(|item| match item {
            Item::Mod(part) if part.content.is_none() => Some(part.ident.to_string()),
            _ => None,
        });
        let parts = parts.collect();
        let mut reader = Reader { module, parts, imports: BTreeSet::new(), reexports: BTreeMap::new() };
        reader.visit_file(&file);
        Self { path: path.to_owned(), imports: reader.imports, reexports: reader.reexports }
    }
}

struct Reader<'a> {
    module: &'a Module,
    /// The files that the module is made of: their names need no `self` in front.
    parts: BTreeSet<String>,
    imports: BTreeSet<Vec<String>>,
    reexports: BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    /// A path from the crate's root. `None`: it leads out of the crate, or is a name in scope.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut from = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => from.clear(),
            "self" | "super" => {}
            part if self.parts.contains(part) => {}
            _ => return None,
        }
        while let Some(step @ ("crate" | "self" | "super")) = rest.first().map(String::as_str) {
            if step == "super" {
                from.pop();
            }
            rest = &rest[1..];
        }
        from.extend(rest.iter().cloned());
        Some(from)
    }

    fn add(&mut self, path: &[String]) {
        self.imports.extend(self.absolute(path));
    }

    fn add_use(&mut self, tree: &UseTree, prefix: &[String], shows: bool) {
        let with = |name: String| -> Vec<String> { prefix.iter().cloned().chain([name]).collect() };
        match tree {
            UseTree::Path(path) => self.add_use(&path.tree, &with(path.ident.to_string()), shows),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, prefix, shows)),
            UseTree::Glob(_) => self.add(prefix),
            UseTree::Name(name) if name.ident == "self" => self.add(prefix),
            UseTree::Name(name) => {
                self.add_name(with(name.ident.to_string()), &name.ident.to_string(), shows)
            }
            UseTree::Rename(name) => {
                self.add_name(with(name.ident.to_string()), &name.rename.to_string(), shows);
            }
        }
    }

    fn add_name(&mut self, path: Vec<String>, name: &str, shows: bool) {
        match self.absolute(&path) {
            Some(origin) if shows && origin.starts_with(self.module) => {
                self.reexports.insert(name.to_owned(), origin);
            }
            Some(origin) => {
                self.reexports.insert(name.to_owned(), origin.clone());
                self.imports.insert(origin);
            }
            None => {}
        }
    }
}

impl Visit<'_> for Reader<'_> {
    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.add_use(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let text = match &attribute.meta {
        syn::Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    };
    attribute.path().is_ident("cfg") && text.contains("test")
}

/// The modules in the map of `src/lib.rs`, from the first that others may import to the last.
fn map() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let row = |line: &str| {
        let (name, _) = line.strip_prefix("//! | [`")?.split_once('`')?;
        Some(name.to_owned())
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_map_names_every_module() {
    let source = &*SOURCE;
    let named: BTreeSet<String> = map().into_iter().collect();
    let there: BTreeSet<String> =
        source.modules.keys().filter(|module| module.len() == 1).map(|module| module[0].clone()).collect();
    assert_eq!(named, there, "the map in src/lib.rs (left), the modules (right)");
}

#[test]
fn no_import_runs_against_the_map() {
    let source = &*SOURCE;
    let map = map();
    let rank = |module: &Module| map.iter().position(|name| *name == module[0]).expect("in the map");
    let mut wrong = Vec::new();
    for (module, imports) in source.imports().into_iter().filter(|(module, _)| !module.is_empty()) {
        for (_, name) in imports.iter().filter(|(owner, _)| rank(owner) > rank(module)) {
            wrong.push(format!("{} imports {name}", source.modules[module].path.display()));
        }
    }
    assert!(wrong.is_empty(), "imports against the order in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let source = &*SOURCE;
    let imports = source.imports();
    let modules: Vec<&Module> = imports.keys().copied().collect();
    let number: BTreeMap<&Module, usize> =
        modules.iter().enumerate().map(|(at, module)| (*module, at)).collect();
    let arrows: Vec<Vec<usize>> =
        modules.iter().map(|module| imports[*module].keys().map(|owner| number[owner]).collect()).collect();
    let reached: Vec<Vec<bool>> = (0..modules.len()).map(|from| reached(from, &arrows)).collect();
    let circle = |at: usize| -> Vec<usize> {
        (0..modules.len()).filter(|other| reached[at][*other] && reached[*other][at]).collect()
    };
    let circles: BTreeSet<Vec<usize>> =
        (0..modules.len()).map(circle).filter(|circle| circle.len() > 1).collect();
    let told = circles.iter().map(|circle| {
        let inside = circle.iter().flat_map(|at| {
            let arrows = imports[modules[*at]].iter();
            let arrows = arrows.filter(|(owner, _)| circle.contains(&number[*owner]));
            arrows.map(|(_, name)| format!("  {} -> {name}\n", modules[*at].join("::")))
        });
        format!("a circle of {} files:\n{}", circle.len(), inside.collect::<String>())
    });
    assert!(circles.is_empty(), "{}", told.collect::<String>());
}

/// What can be reached from a module over one import or more.
fn reached(from: usize, arrows: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; arrows.len()];
    let mut next = arrows[from].clone();
    while let Some(at) = next.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            next.extend(&arrows[at]);
        }
    }
    seen
}

/// Elsewhere, a folder for everybody to read is made too easily, and is left behind by a kill.
#[test]
fn only_scratch_makes_temporary_files_and_folders() {
    let makes = ["tempfile::", "temp_dir()", "mkdtemp", "NamedTempFile"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in files_below(&root).into_iter().filter(|path| *path != root.join("scratch.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let is_of_tests = path.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("tests"));
        // Tests stand last.
        let code = text.split("#[cfg(test)]").next().filter(|_| !is_of_tests).unwrap_or_default();
        if makes.iter().any(|word| code.contains(word)) {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "use `crate::scratch` in {}", wrong.join(", "));
}
