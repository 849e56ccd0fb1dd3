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

#[derive(Debug)]
pub struct Selection {
    /// `on X` of a fragment.
    pub on: Option<String>,
    pub name: String,
    pub arguments: Vec<(String, Literal)>,
    pub inside: Vec<Selection>,
}

#[derive(Debug)]
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
        let selection = self.selection()?;
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
            if is_fragment {
                self.expect("on")?;
            }
            let name = self.next()?;
            let arguments = self.arguments()?;
            let inside = if self.peek() == "{" { self.selection()? } else { Vec::new() };
            let on = is_fragment.then(|| name.clone());
            parts.push(Selection { on, name, arguments, inside });
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
