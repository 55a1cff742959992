//! Structures and words of AWS's, each with its members or spellings beside it.

/// A structure that is read member by member: `name: Type = "Member"`.
macro_rules! record {
    ($(#[$outer:meta])* $vis:vis $name:ident { $($(#[$inner:meta])* $field:ident: $kind:ty = $member:literal),* $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $name { $($(#[$inner])* $vis $field: $kind,)* }

        impl $crate::answer::Read for $name {
            fn read(field: &$crate::answer::Field<'_>) -> Result<Self, $crate::answer::AnswerError> {
                field.required()?;
                Ok(Self { $($field: $crate::answer::Read::read(&field.member($member))?,)* })
            }
        }
    };
}

/// One of a few words. AWS adds words, so one more variant holds any other as it came. Case, spaces, `-` and `_` tell no words apart;
/// after `|` stand further spellings.
macro_rules! words {
    ($(#[$outer:meta])* $vis:vis $name:ident { $($(#[$inner:meta])* $word:ident = $text:literal $(| $also:literal)*),* $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$inner])* $word,)*
            /// A word that AWS did not have when this was written.
            Other(String),
        }

        impl $name {
            /// AWS's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $text,)*
                    Self::Other(text) => text,
                }
            }

            /// By AWS's word, however it is spelled.
            #[must_use]
            pub fn from_text(text: &str) -> Self {
                let same = |known: &str| {
                    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
                    letters(known) == letters(text)
                };
                $(if same($text) $(|| same($also))* { return Self::$word; })*
                Self::Other(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<$name> for tenor_wire::Value {
            fn from(word: $name) -> Self {
                word.as_str().into()
            }
        }

        impl $crate::answer::Read for $name {
            fn read(field: &$crate::answer::Field<'_>) -> Result<Self, $crate::answer::AnswerError> {
                field.text().map(Self::from_text)
            }
        }
    };
}

pub(crate) use {record, words};
