//! `--format`: the table for people, and every format of the library.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use voxhumana::report::Format;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Machine(Format),
}

const COUNT: usize = 1 + Format::ALL.len();

/// The table first, since it is the default.
static ALL: [OutputFormat; COUNT] = {
    let mut all = [OutputFormat::Table; COUNT];
    let mut i = 1;
    while i < COUNT {
        all[i] = OutputFormat::Machine(Format::ALL[i - 1].0);
        i += 1;
    }
    all
};

impl ValueEnum for OutputFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let Self::Machine(format) = self else {
            return Some(PossibleValue::new("table").help("For people"));
        };
        let row = Format::ALL.iter().find(|(other, ..)| other == format);
        row.map(|&(_, name, about)| PossibleValue::new(name).help(about))
    }
}
