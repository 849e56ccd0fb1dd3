//! Reporters: what operators write, and what becomes of it.

mod parsers;
