//! The command line as people meet it: what they type, and everything they see.

mod common;
