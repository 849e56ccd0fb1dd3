//! What the Jsonnet library found wrong, said for people, with the place in the user's file.

use std::path::Path;

use rsjsonnet_lang::lexer::LexError;
use rsjsonnet_lang::parser::ParseError;
use rsjsonnet_lang::program::{
    AnalyzeError, EvalError, EvalErrorKind as Kind, EvalErrorValueType as Type, EvalStackTraceItem as Item,
    LoadError, Program,
};
use rsjsonnet_lang::span::SpanId;
use serde_json::{Map, Value};

use super::sources::Sources;
use crate::vocabulary::{Diagnostic, Place, nearest};

/// An error of a file that cannot be parsed.
pub fn loading(error: &LoadError, program: &Program, sources: &Sources) -> Diagnostic {
    let (message, span) = match error {
        LoadError::Lex(error) => lexing(error),
        LoadError::Parse(ParseError::Expected { span, .. }) => match sources.text(program, *span) {
            Some(text) => (format!("syntax error: unexpected `{text}`"), *span),
            None => ("syntax error: the file ends too early".to_owned(), *span),
        },
        LoadError::Analyze(error) => analysis(error),
    };
    Diagnostic { place: sources.place(program, span), ..Diagnostic::new(message) }
}

/// An error of a program that cannot be evaluated.
pub fn evaluation(
    error: &EvalError,
    program: &Program,
    sources: &Sources,
    names: &Map<String, Value>,
    file: &Path,
) -> Diagnostic {
    let (message, span) = said(&error.kind);
    let spans = span.into_iter().chain(error.stack_trace.iter().rev().filter_map(item_span));
    let place = spans.filter_map(|span| sources.place(program, span)).next();
    let place = Some(place.unwrap_or_else(|| Place::file(file)));
    Diagnostic { place, hint: hint(&error.kind, names), ..Diagnostic::new(message) }
}

fn hint(kind: &Kind, names: &Map<String, Value>) -> Option<String> {
    let known = || names.keys().map(String::as_str);
    match kind {
        Kind::UnknownExtVar { name } if names.contains_key(name) => {
            Some("set `variables: extVar` on the step to make variables external".into())
        }
        Kind::UnknownExtVar { name } => nearest(name, known()).map(|near| format!("did you mean `{near}`?")),
        Kind::CallParamNotBound { span: None, param_name } => match nearest(param_name, known()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => Some("give the variable a value, or the parameter a default".into()),
        },
        Kind::StackOverflow => Some("does a function call itself endlessly?".into()),
        _ => None,
    }
}

fn said(kind: &Kind) -> (String, Option<SpanId>) {
    match kind {
        Kind::StackOverflow => ("the stack overflows: calls are nested too deeply".into(), None),
        Kind::InfiniteRecursion => ("infinite recursion: a value depends on itself".into(), None),
        Kind::ExplicitError { span, message } => (message.clone(), Some(*span)),
        Kind::AssertFailed { span, message } => (
            message
                .as_ref()
                .map_or("assertion failed".into(), |message| format!("assertion failed: {message}")),
            Some(*span),
        ),
        Kind::AssertEqualFailed { lhs, rhs } => (format!("assertion failed: {lhs} is not {rhs}"), None),
        Kind::ImportFailed { span, path } => (format!("there is no `{path}` to import"), Some(*span)),
        Kind::UnknownExtVar { name } => (format!("`{name}` is undefined"), None),
        Kind::CallParamNotBound { span, param_name } => {
            (format!("the parameter `{param_name}` has no value"), *span)
        }
        Kind::UnknownCallParam { span, param_name } => {
            (format!("there is no parameter `{param_name}`"), *span)
        }
        Kind::RepeatedCallParam { span, param_name } => {
            (format!("the parameter `{param_name}` is given twice"), *span)
        }
        Kind::TooManyCallArgs { span, num_params } => {
            (format!("too many arguments for {num_params} parameters"), *span)
        }
        Kind::UnknownObjectField { span, field_name } => {
            (format!("there is no field `{field_name}`"), Some(*span))
        }
        Kind::RepeatedFieldName { span, name } => (format!("duplicate field `{name}`"), Some(*span)),
        Kind::NumericIndexOutOfRange { span, index, length } => {
            (format!("the index {index} is out of range for the length {length}"), Some(*span))
        }
        Kind::NumericIndexIsNotValid { span, index } => (format!("{index} is not an index"), Some(*span)),
        Kind::Other { span, message } => (message.clone(), *span),
        Kind::InvalidStdFuncArgType { func_name, arg_index, expected_types, got_type } => {
            let expected: Vec<_> = expected_types.iter().map(|it| name(*it)).collect();
            let (expected, got) = (expected.join(" or "), name(*got_type));
            (format!("argument {} of std.{func_name} is of type {got}, not {expected}", arg_index + 1), None)
        }
        other => wrong_type(other),
    }
}

/// The errors about a value of the wrong type, and a few about numbers.
fn wrong_type(kind: &Kind) -> (String, Option<SpanId>) {
    let of = |what: &str, got: &Type, span: &SpanId| (format!("{what} of type {}", name(*got)), Some(*span));
    match kind {
        Kind::InvalidIndexedType { span, got_type } => of("cannot index a value", got_type, span),
        Kind::InvalidSlicedType { span, got_type } => of("cannot slice a value", got_type, span),
        Kind::SliceIndexOrStepIsNotNumber { span, got_type }
        | Kind::StringIndexIsNotNumber { span, got_type }
        | Kind::ArrayIndexIsNotNumber { span, got_type } => {
            of("an index has to be a number, not a value", got_type, span)
        }
        Kind::ObjectIndexIsNotString { span, got_type } | Kind::FieldNameIsNotString { span, got_type } => {
            of("the name of a field has to be a string, not a value", got_type, span)
        }
        Kind::ForSpecValueIsNotArray { span, got_type } => {
            of("`for` needs an array, not a value", got_type, span)
        }
        Kind::CondIsNotBool { span, got_type } => {
            of("a condition has to be a boolean, not a value", got_type, span)
        }
        Kind::CalleeIsNotFunction { span, got_type } => {
            (format!("cannot call a value of type {}", name(*got_type)), *span)
        }
        Kind::InvalidUnaryOpType { span, rhs_type, .. } => {
            of("the operator does not take a value", rhs_type, span)
        }
        Kind::InvalidBinaryOpTypes { span, lhs_type, rhs_type, .. } => (
            format!("the operator does not take values of types {} and {}", name(*lhs_type), name(*rhs_type)),
            *span,
        ),
        Kind::FieldOfNonObject { span } => ("only objects have fields".into(), Some(*span)),
        Kind::SuperWithoutSuperObject { span } => {
            ("`super` where there is no super object".into(), Some(*span))
        }
        Kind::NumberNotBitwiseSafe { span } => {
            ("the number is too large for a bitwise operator".into(), *span)
        }
        Kind::NumberOverflow { span } => ("the number overflows".into(), *span),
        Kind::NumberNan { span } => ("the result is not a number".into(), *span),
        Kind::DivByZero { span } => ("division by zero".into(), *span),
        Kind::ShiftByNegative { span } => ("a shift by a negative number".into(), *span),
        Kind::ManifestFunction => ("the result contains a function, which is not a manifest".into(), None),
        Kind::NativeCallFailed => ("native functions are not supported".into(), None),
        other => (format!("{other:?}"), None),
    }
}

fn analysis(error: &AnalyzeError) -> (String, SpanId) {
    match error {
        AnalyzeError::UnknownVariable { span, name } => (format!("`{name}` is undefined"), *span),
        AnalyzeError::SelfOutsideObject { self_span } => ("`self` outside of an object".into(), *self_span),
        AnalyzeError::SuperOutsideObject { super_span } => {
            ("`super` outside of an object".into(), *super_span)
        }
        AnalyzeError::DollarOutsideObject { dollar_span } => {
            ("`$` outside of an object".into(), *dollar_span)
        }
        AnalyzeError::RepeatedLocalName { repeated_span, name, .. }
        | AnalyzeError::RepeatedFieldName { repeated_span, name, .. }
        | AnalyzeError::RepeatedParamName { repeated_span, name, .. } => {
            (format!("`{name}` is there twice"), *repeated_span)
        }
        AnalyzeError::PositionalArgAfterNamed { arg_span } => {
            ("a positional argument after a named one".into(), *arg_span)
        }
        AnalyzeError::TextBlockAsImportPath { span } | AnalyzeError::ComputedImportPath { span } => {
            ("an import must be a plain string".into(), *span)
        }
    }
}

fn lexing(error: &LexError) -> (String, SpanId) {
    let (what, span) = match error {
        LexError::InvalidChar { span, chr } => (format!("`{}` means nothing here", chr.escape_debug()), span),
        LexError::InvalidUtf8 { span, .. } => ("not UTF-8 text".into(), span),
        LexError::UnfinishedMultilineComment { span } => ("an unterminated comment".into(), span),
        LexError::UnfinishedString { span } => ("an unterminated string".into(), span),
        LexError::InvalidEscapeInString { span, chr } => {
            (format!("there is no escape `\\{}`", chr.escape_debug()), span)
        }
        LexError::IncompleteUnicodeEscape { span } | LexError::InvalidUtf16EscapeSequence { span, .. } => {
            ("not a Unicode escape".into(), span)
        }
        LexError::LeadingZeroInNumber { span }
        | LexError::MissingFracDigits { span }
        | LexError::MissingExpDigits { span }
        | LexError::MissingDigitAfterUnderscore { span }
        | LexError::ExpOverflow { span } => ("not a number".into(), span),
        LexError::MissingLineBreakAfterTextBlockStart { span }
        | LexError::MissingWhitespaceTextBlockStart { span }
        | LexError::InvalidTextBlockTermination { span } => ("not a text block".into(), span),
    };
    (format!("syntax error: {what}"), *span)
}

fn item_span(item: &Item) -> Option<SpanId> {
    match item {
        Item::Expr { span } | Item::Variable { span, .. } | Item::Import { span } => Some(*span),
        Item::Call { span, .. } | Item::ArrayItem { span, .. } | Item::ObjectField { span, .. } => *span,
        Item::CompareArrayItem { .. } | Item::CompareObjectField { .. } => None,
        Item::ManifestArrayItem { .. } | Item::ManifestObjectField { .. } => None,
    }
}

fn name(of: Type) -> &'static str {
    match of {
        Type::Null => "null",
        Type::Bool => "boolean",
        Type::Number => "number",
        Type::String => "string",
        Type::Array => "array",
        Type::Object => "object",
        Type::Function => "function",
    }
}
