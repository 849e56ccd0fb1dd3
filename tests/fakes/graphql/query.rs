//! A query of GraphQL, taken apart.

use std::collections::HashMap;

use serde_json::Value;

use super::Checked;

/// What is asked.
#[derive(Debug, Default)]
pub struct Operation {
    pub kind: String,
    pub declared: HashMap<String, String>,
    pub variables: Value,
    pub selection: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub struct Selection {
    /// `on X` of a fragment; empty until a named one is put in.
    pub on: Option<String>,
    pub alias: Option<String>,
    /// Of a field, or of a fragment that stands at the end of the query.
    pub name: String,
    pub arguments: Vec<(String, Literal)>,
    pub inside: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub enum Literal {
    Variable(String),
    /// A number or a member of an enum.
    Word(String),
    List(Vec<Literal>),
}

impl Operation {
    /// The field at the top: what is asked for or done.
    pub fn name(&self) -> &str {
        &self.selection[0].name
    }

    pub fn variable(&self, name: &str) -> &Value {
        &self.variables[name]
    }

    /// What a field's argument is, null where it is not given.
    pub fn argument(&self, field: &Selection, name: &str) -> Value {
        match field.arguments.iter().find(|(known, _)| known == name) {
            Some((_, Literal::Variable(variable))) => self.variables[variable.as_str()].clone(),
            Some((_, Literal::Word(word))) => word.parse().unwrap_or_else(|_| Value::from(word.as_str())),
            Some((_, Literal::List(_))) | None => Value::Null,
        }
    }
}

impl Selection {
    /// What it is called in the answer.
    pub fn key(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.name)
    }

    /// The first field of that name, at any depth.
    pub fn find<'a>(selection: &'a [Self], name: &str) -> Option<&'a Self> {
        let inside = |part: &'a Self| Self::find(&part.inside, name);
        selection.iter().find_map(|part| if part.name == name { Some(part) } else { inside(part) })
    }
}

pub fn parse(query: &str) -> Checked<Operation> {
    Parser::new(query).operation()
}

/// Reads the words and signs of a query, one after the other.
struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn new(query: &str) -> Self {
        let spaced = query.replace("...", " … ").replace(',', " ");
        let mut tokens: Vec<String> = Vec::new();
        let mut in_word = false;
        for sign in spaced.chars() {
            let is_word = sign.is_alphanumeric() || sign == '_';
            match (is_word, in_word) {
                (true, true) => tokens.last_mut().unwrap().push(sign),
                _ if sign.is_whitespace() => {}
                _ => tokens.push(sign.to_string()),
            }
            in_word = is_word;
        }
        Self { tokens, at: 0 }
    }

    fn operation(mut self) -> Checked<Operation> {
        let kind = self.next()?;
        let mut declared = HashMap::new();
        if self.take("(") {
            while !self.take(")") {
                self.expect("$")?;
                let name = self.next()?;
                self.expect(":")?;
                let mut written = String::new();
                while !matches!(self.peek(), "$" | ")") {
                    written += &self.next()?;
                }
                declared.insert(name, written);
            }
        }
        let mut selection = self.selection()?;
        let mut fragments = HashMap::new();
        while self.take("fragment") {
            let name = self.next()?;
            self.expect("on")?;
            fragments.insert(name, (self.next()?, self.selection()?));
        }
        put_in(&fragments, &mut selection)?;
        match self.at == self.tokens.len() {
            true => Ok(Operation { kind, declared, selection, variables: Value::Null }),
            false => Err(format!("`{}` after the end", self.peek())),
        }
    }

    fn selection(&mut self) -> Checked<Vec<Selection>> {
        self.expect("{")?;
        let mut parts = Vec::new();
        while !self.take("}") {
            let is_fragment = self.take("…");
            let is_inline = is_fragment && self.take("on");
            let mut name = self.next()?;
            let alias = (!is_fragment && self.take(":")).then(|| name.clone());
            if alias.is_some() {
                name = self.next()?;
            }
            let arguments = self.arguments()?;
            let inside = if self.peek() == "{" { self.selection()? } else { Vec::new() };
            let on = match (is_fragment, is_inline) {
                (true, false) => Some(String::new()),
                _ => is_inline.then(|| name.clone()),
            };
            parts.push(Selection { on, alias, name, arguments, inside });
        }
        Ok(parts)
    }

    fn arguments(&mut self) -> Checked<Vec<(String, Literal)>> {
        let mut arguments = Vec::new();
        if self.take("(") {
            while !self.take(")") {
                let name = self.next()?;
                self.expect(":")?;
                arguments.push((name, self.literal()?));
            }
        }
        Ok(arguments)
    }

    fn literal(&mut self) -> Checked<Literal> {
        if self.take("$") {
            return self.next().map(Literal::Variable);
        }
        if !self.take("[") {
            return self.next().map(Literal::Word);
        }
        let mut items = Vec::new();
        while !self.take("]") {
            items.push(self.literal()?);
        }
        Ok(Literal::List(items))
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> Checked<String> {
        let token = self.tokens.get(self.at).ok_or("the query ends too early")?;
        self.at += 1;
        Ok(token.clone())
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &str) -> Checked<()> {
        match self.take(token) {
            true => Ok(()),
            false => Err(format!("`{}` where `{token}` belongs", self.peek())),
        }
    }
}

/// Puts named fragments where they are used.
fn put_in(fragments: &HashMap<String, (String, Vec<Selection>)>, selection: &mut [Selection]) -> Checked<()> {
    for part in selection {
        if part.on.as_deref() == Some("") {
            let (on, inside) = fragments.get(&part.name).ok_or(format!("no fragment {}", part.name))?;
            (part.on, part.inside) = (Some(on.clone()), inside.clone());
        }
        put_in(fragments, &mut part.inside)?;
    }
    Ok(())
}
