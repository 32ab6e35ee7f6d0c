//! A property of an object as a client sent it: not at all, as null, or with a value. A PUT treats the three apart.

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Given<T> {
    /// The key was not sent.
    #[default]
    Absent,
    /// The key was sent with null.
    Null,
    /// The key was sent with a value.
    Value(T),
}

impl<T> Given<T> {
    /// The value, when one was sent.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Was the key sent, be it with null?
    pub fn is_sent(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

impl<T: Copy> Given<T> {
    /// The value by copy, when one was sent.
    pub fn copied(&self) -> Option<T> {
        self.value().copied()
    }
}

impl Given<String> {
    /// The text, when one was sent.
    pub fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}
