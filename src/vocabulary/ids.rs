//! Tables of ids that people can look up, search for and read in JSON: a line for each, with what it says.

/// An enum, and what people and programs read of each of its values.
macro_rules! ids {
    ($(#[doc = $of:literal])* $ids:ident: $($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        $(#[doc = $of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $ids {
            $($(#[doc = $doc])* $name,)*
        }

        impl $ids {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As people and programs read it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// What it says, in a sentence of Markdown without a period.
            pub fn description(self) -> String {
                let lines: &[&str] = match self {
                    $(Self::$name => &[$($doc),*],)*
                };
                let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
                lines.join(" ")
            }
        }

        impl std::fmt::Display for $ids {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use ids;
