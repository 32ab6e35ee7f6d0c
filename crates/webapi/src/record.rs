//! `record!` declares an object of the wire once: its Rust type, how it is read and how it is described.

use serde_json::Value;

use crate::ReadError;

/// An object whose members are set one by one, in the order in which they were sent.
pub trait Record: Default {
    /// The object's name in the schema.
    const NAME: &'static str;

    /// Sets the property that `key` names; a key that names none is a fault.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), ReadError>;

    /// Is `property` (snake case) one of this object's?
    fn has(property: &str) -> bool;
}

/// Declares an object of the wire:
///
/// ```
/// patron_webapi::record! {
///     /// A region as it is sent.
///     pub struct RegionInput = "customer-data-region-interface" {
///         /// The short code.
///         region_code: String,
///         /// The directory's id.
///         region_id: i64,
///     }
/// }
/// ```
///
/// Every field becomes a [`Given`](crate::Given): absent, null and a value are told apart.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident = $schema:literal {
        $( $(#[$field_meta:meta])* $field:ident : $type:ty ),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $crate::Given<$type>, )* }

        impl $crate::Record for $name {
            const NAME: &'static str = $schema;

            fn set(&mut self, key: &str, value: &$crate::Value) -> Result<(), $crate::ReadError> {
                $(
                    if $crate::names::same_property(stringify!($field), key) {
                        self.$field = if <$type as $crate::Read>::is_nothing(value) {
                            $crate::Given::Null
                        } else {
                            let read = <$type as $crate::Read>::read_property(key, value);
                            $crate::Given::Value(read.map_err(|error| error.within(key))?)
                        };
                        return Ok(());
                    }
                )*
                Err($crate::Fault::unsupported(&$crate::names::upper_camel(key)).into())
            }

            fn has(property: &str) -> bool {
                [$( stringify!($field) ),*].contains(&property)
            }
        }

        impl $crate::describe::Describe for $name {
            fn schema(definitions: &mut $crate::describe::Definitions) -> $crate::Value {
                definitions.object($schema, |definitions| {
                    vec![ $( (stringify!($field), <$type as $crate::describe::Describe>::schema(definitions)) ),* ]
                })
            }
        }

        impl $crate::Read for $name {
            fn read(value: &$crate::Value) -> Result<Self, $crate::ReadError> {
                $crate::read::read_record(value)
            }

            fn list_is_nothing(value: &$crate::Value) -> bool {
                !value.is_array() && !value.is_object()
            }

            fn read_list(value: &$crate::Value) -> Result<Vec<Self>, $crate::ReadError> {
                $crate::read::read_record_list(value)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Fault, Given, Read};

    record! {
        /// A part.
        pub struct Part = "part" {
            /// Its number.
            part_id: i64,
        }
    }
    record! {
        /// A whole.
        pub struct Whole = "whole" {
            /// Its name.
            name: String,
            /// Its parts.
            parts: Vec<Part>,
        }
    }

    #[test]
    fn absent_null_and_a_value_are_told_apart() {
        let whole = Whole::read(&json!({"name": null, "parts": [{"partId": "7"}]})).unwrap();
        assert_eq!(whole.name, Given::Null);
        assert_eq!(whole.parts.value().unwrap()[0].part_id, Given::Value(7));
        assert_eq!(Whole::read(&json!("x")).unwrap(), Whole::default());
        assert_eq!(Whole::read(&json!([])).unwrap(), Whole::default());
    }

    #[test]
    fn an_unknown_key_is_reported_at_any_depth_without_a_prefix() {
        let fault = Fault::from(Whole::read(&json!({"parts": [{"foo": null}]})).unwrap_err());
        assert_eq!(fault, Fault::unsupported("Foo"));
        let fault = Fault::from(Whole::read(&json!({"parts": {"part_id": 1, "x": [1]}})).unwrap_err());
        assert_eq!(fault, Fault::unsupported("0"));
    }

    #[test]
    fn a_type_error_names_every_level_as_it_was_sent() {
        let fault = Fault::from(Whole::read(&json!({"parts": [{"partId": true}]})).unwrap_err());
        assert_eq!(
            fault.message,
            "Error occurred during \"parts\" processing. Error occurred during \"partId\" processing. \
             The \"1\" value's type is invalid. The \"int\" type was expected. Verify and try again."
        );
    }
}
