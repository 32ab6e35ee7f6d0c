//! The API described from its own table: the OpenAPI document, and the parity table that holds it against the ACCS reference.

pub mod facts;
pub mod openapi;
pub mod parity;
