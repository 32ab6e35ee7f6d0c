//! `arguments!` declares what an endpoint takes: the named parameters of the service behind it.
//!
//! Body, query string and path are merged into one object before ([`crate::request::merge`]); here its members are bound to
//! parameters by name (`spec/magento-rest-conventions.md` 2.4).

use serde_json::Value;

use crate::{Fault, Object, Read, ReadError, describe::Definitions, names};

/// The parameters of an endpoint.
pub trait Arguments: Sized + Send + Sync + 'static {
    /// Binds the members of the merged input.
    fn bind(input: &Object) -> Result<Self, Fault>;

    /// The parameters' names and types, for the OpenAPI document.
    fn describe(definitions: &mut Definitions) -> Vec<Parameter>;
}

/// One parameter of an endpoint.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, in camel case.
    pub name: String,
    /// Is it required?
    pub required: bool,
    /// Its JSON schema.
    pub schema: Value,
}

/// An endpoint without parameters.
#[derive(Debug, Clone, Copy)]
pub struct None;

impl Arguments for None {
    fn bind(_: &Object) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn describe(_: &mut Definitions) -> Vec<Parameter> {
        Vec::new()
    }
}

/// The value sent for the parameter `name` (snake case), in either spelling; null counts as not sent.
pub fn argument<'i>(input: &'i Object, name: &str) -> Option<&'i Value> {
    let given = |key: &str| input.get(key).filter(|value| !value.is_null());
    if name.contains('_') { given(&names::camel(name)).or_else(|| given(name)) } else { given(name) }
}

/// Reads one argument when it was sent.
pub fn optional<T: Read>(input: &Object, name: &str) -> Result<Option<T>, ReadError> {
    argument(input, name).map(T::read).transpose()
}

/// Declares the parameters of an endpoint, in the order in which they are checked:
///
/// ```
/// patron_webapi::arguments! {
///     /// What a confirmation mail is sent again for.
///     pub struct Resend {
///         /// The account's e-mail address.
///         required email: String,
///         /// Where the mail's link leads.
///         optional redirect_url: String,
///     }
/// }
/// ```
///
/// Required parameters become plain fields, optional ones `Option`s. All missing ones are reported together.
#[macro_export]
macro_rules! arguments {
    (@type required $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@take required $value:ident) => { $value.expect("missing parameters were reported above") };
    (@take optional $value:ident) => { $value };
    (@is_required required) => { true };
    (@is_required optional) => { false };
    ($(#[$meta:meta])* pub struct $name:ident {
        $( $(#[$field_meta:meta])* $kind:ident $field:ident : $type:ty ),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $crate::arguments!(@type $kind $type), )* }

        impl $crate::Arguments for $name {
            fn bind(input: &$crate::Object) -> Result<Self, $crate::Fault> {
                let mut missing = Vec::new();
                $(
                    let $field = $crate::arguments::optional::<$type>(input, stringify!($field))?;
                    if $crate::arguments!(@is_required $kind) && $field.is_none() {
                        missing.push($crate::Fault::required(&$crate::names::camel(stringify!($field))));
                    }
                )*
                if let Some(fault) = $crate::Fault::aggregate(missing) {
                    return Err(fault);
                }
                Ok(Self { $( $field: $crate::arguments!(@take $kind $field) ),* })
            }

            fn describe(definitions: &mut $crate::describe::Definitions) -> Vec<$crate::arguments::Parameter> {
                vec![ $( $crate::arguments::Parameter {
                    name: $crate::names::camel(stringify!($field)),
                    required: $crate::arguments!(@is_required $kind),
                    schema: <$type as $crate::describe::Describe>::schema(definitions),
                } ),* ]
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Arguments, Fault, Object};

    arguments! {
        /// Some parameters.
        pub struct Sample {
            /// A text.
            required email: String,
            /// A number.
            required website_id: i64,
            /// Another text.
            optional redirect_url: String,
        }
    }

    fn bind(input: serde_json::Value) -> Result<Sample, Fault> {
        let serde_json::Value::Object(input) = input else { panic!("an object") };
        Sample::bind(&Object::from_iter(input))
    }

    #[test]
    fn all_missing_parameters_are_reported_together() {
        let fault = bind(json!({"redirectUrl": "x", "email": null})).unwrap_err();
        assert_eq!(fault.errors, [Fault::required("email"), Fault::required("websiteId")]);
        assert_eq!(bind(json!({"email": "x"})).unwrap_err(), Fault::required("websiteId"));
    }

    #[test]
    fn both_spellings_bind_and_unknown_names_are_ignored() {
        let sample = bind(json!({"email": "x", "website_id": "1", "redirectUrl": 5, "other": 1})).unwrap();
        assert_eq!(
            (sample.email.as_str(), sample.website_id, sample.redirect_url.as_deref()),
            ("x", 1, Some("5"))
        );
    }

    #[test]
    fn a_type_error_at_the_top_has_no_prefix() {
        let fault = bind(json!({"email": [], "websiteId": 1})).unwrap_err();
        assert_eq!(
            fault.message,
            "The \"array\" value's type is invalid. The \"string\" type was expected. Verify and try again."
        );
    }
}
