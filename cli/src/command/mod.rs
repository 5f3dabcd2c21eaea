//! The command line as a whole: which verb, with what, and its help.

mod config;
mod documents;
mod help;
mod line;
mod verb;

pub use line::parse;
