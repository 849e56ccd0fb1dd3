//! The hints that are written in the sources of the render half, found by what they are given to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, Lit, Member, Pat, Token};

/// Where rendering can fail, or warn.
const PLACES: [&str; 12] = [
    "boundary.rs",
    "chart",
    "cli/render.rs",
    "config",
    "kubernetes",
    "release",
    "release.rs",
    "render",
    "variables",
    "vocabulary",
    "yaml",
    "yaml.rs",
];
/// Fields that hold a hint.
const FIELDS: [&str; 3] = ["hint", "install_hint", "if_empty"];
/// Functions that make a hint out of what is known.
const MAKERS: [&str; 4] = ["hint", "near", "one_of", "other_tool"];

/// A text that is a hint, or part of one.
pub struct Hint {
    pub file: PathBuf,
    pub text: String,
    /// What it is like when it is printed.
    pub printed: Regex,
}

/// All hints of the render half.
pub fn hints() -> Vec<Hint> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<(PathBuf, syn::File)> = PLACES
        .iter()
        .flat_map(|place| sources_below(&root.join(place)))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&root).unwrap().to_owned(), syn::parse_file(&text).unwrap())
        })
        .collect();
    let mut constants = Constants::default();
    files.iter().for_each(|(_, file)| constants.visit_file(file));
    let mut hints = Vec::new();
    for (path, file) in &files {
        let mut takers = Takers::default();
        takers.visit_file(file);
        let mut finder = Finder { constants: &constants.0, takers: &takers, found: Vec::new() };
        finder.visit_file(file);
        let found = finder.found.into_iter().filter(|(text, _)| is_sentence(text));
        hints.extend(found.map(|(text, printed)| Hint { file: path.clone(), text, printed }));
    }
    hints.sort_by(|a, b| (&a.file, &a.text).cmp(&(&b.file, &b.text)));
    hints.dedup_by(|a, b| (&a.file, &a.text) == (&b.file, &b.text));
    hints
}

fn sources_below(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<_> = entries.flat_map(|entry| sources_below(&entry.unwrap().path())).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "rs"));
    files
}

/// Separators and keys are not hints.
fn is_sentence(text: &str) -> bool {
    text.trim().contains(' ') && text.chars().filter(|c| c.is_alphabetic()).count() > 4
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is_test = |it: &syn::Attribute| {
        it.path().is_ident("cfg") && it.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_test)
}

/// The constants of all files, by name.
#[derive(Default)]
struct Constants<'ast>(BTreeMap<String, &'ast Expr>);

impl<'ast> Visit<'ast> for Constants<'ast> {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.0.insert(item.ident.to_string(), &item.expr);
    }
}

/// What takes a hint in one file: functions and closures by name, with the position of the hint among their
/// arguments, and tuples by their length and the position in them.
#[derive(Default)]
struct Takers {
    functions: BTreeMap<String, usize>,
    tuples: Vec<(usize, usize)>,
}

fn names_hint(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(it) => it.ident == "hint",
        Pat::Type(it) => names_hint(&it.pat),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Takers {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.signature(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.signature(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
            && let Expr::Closure(closure) = &*init.expr
            && let Some(at) = closure.inputs.iter().position(names_hint)
        {
            self.functions.insert(name.ident.to_string(), at);
        }
        visit::visit_local(self, local);
    }

    fn visit_pat_tuple(&mut self, tuple: &'ast syn::PatTuple) {
        if let Some(at) = tuple.elems.iter().position(names_hint) {
            self.tuples.push((tuple.elems.len(), at));
        }
        visit::visit_pat_tuple(self, tuple);
    }
}

impl Takers {
    fn signature(&mut self, signature: &syn::Signature) {
        let mut values = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(&*typed.pat),
            syn::FnArg::Receiver(_) => None,
        });
        if let Some(at) = values.position(names_hint) {
            self.functions.insert(signature.ident.to_string(), at);
        }
    }
}

/// Looks for expressions that become hints, and takes the texts in them.
struct Finder<'a, 'ast> {
    constants: &'a BTreeMap<String, &'ast Expr>,
    takers: &'a Takers,
    found: Vec<(String, Regex)>,
}

impl<'ast> Finder<'_, 'ast> {
    fn take(&mut self, expression: &'ast Expr) {
        Texts { constants: self.constants, found: &mut self.found }.visit_expr(expression);
    }
}

impl<'ast> Visit<'ast> for Finder<'_, 'ast> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if MAKERS.iter().any(|maker| item.sig.ident == maker) {
            Texts { constants: self.constants, found: &mut self.found }.visit_block(&item.block);
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if MAKERS.iter().any(|maker| item.sig.ident == maker) {
            Texts { constants: self.constants, found: &mut self.found }.visit_block(&item.block);
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (true, Some(init)) = (names_hint(&local.pat), &local.init) {
            self.take(&init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let Member::Named(name) = &field.member
            && FIELDS.iter().any(|field| name == field)
        {
            self.take(&field.expr);
        }
        visit::visit_field_value(self, field);
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        if let Expr::Field(field) = &*assign.left
            && let Member::Named(name) = &field.member
            && name == "hint"
        {
            self.take(&assign.right);
        }
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let at = if call.method == "hint" {
            Some(0)
        } else {
            self.takers.functions.get(&call.method.to_string()).copied()
        };
        if let Some(argument) = at.and_then(|at| call.args.get(at)) {
            self.take(argument);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(name) = path.path.segments.last()
            && let Some(at) = self.takers.functions.get(&name.ident.to_string())
            && let Some(argument) = call.args.get(*at)
        {
            self.take(argument);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_tuple(&mut self, tuple: &'ast syn::ExprTuple) {
        let places = self.takers.tuples.iter().filter(|(length, _)| *length == tuple.elems.len());
        for at in places.map(|(_, at)| *at).collect::<BTreeSet<_>>() {
            self.take(&tuple.elems[at]);
        }
        visit::visit_expr_tuple(self, tuple);
    }
}

/// The texts in an expression, with those of the constants that it names.
struct Texts<'a, 'ast> {
    constants: &'a BTreeMap<String, &'ast Expr>,
    found: &'a mut Vec<(String, Regex)>,
}

impl<'ast> Visit<'ast> for Texts<'_, 'ast> {
    fn visit_expr_lit(&mut self, literal: &'ast syn::ExprLit) {
        if let Lit::Str(text) = &literal.lit {
            let printed = Regex::new(&regex::escape(&text.value())).unwrap();
            self.found.push((text.value(), printed));
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let constant = path.path.get_ident().and_then(|name| self.constants.get(&name.to_string()));
        if let Some(constant) = constant {
            self.visit_expr(constant);
        }
    }

    /// In a text that is formatted, what stands in braces may be anything.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let arguments = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let Ok(arguments) = arguments else { return };
        if let Some(Expr::Lit(literal)) = arguments.first()
            && let Lit::Str(text) = &literal.lit
        {
            self.found.push((text.value(), formatted(&text.value())));
        }
    }

    /// What is compared is not said.
    fn visit_pat(&mut self, _: &'ast Pat) {}

    fn visit_stmt_macro(&mut self, it: &'ast syn::StmtMacro) {
        self.visit_macro(&it.mac);
    }
}

fn formatted(text: &str) -> Regex {
    let (mut pattern, mut rest) = ("(?s)".to_owned(), text);
    while let Some(at) = rest.find(['{', '}']) {
        pattern += &regex::escape(&rest[..at]);
        let behind = &rest[at..];
        rest = if behind.starts_with("{{") || behind.starts_with("}}") {
            pattern += &regex::escape(&behind[..1]);
            &behind[2..]
        } else {
            pattern += ".*";
            behind.split_once('}').map_or("", |(_, after)| after)
        };
    }
    Regex::new(&(pattern + &regex::escape(rest))).unwrap()
}
