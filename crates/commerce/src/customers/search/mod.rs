//! `GET /V1/customers/search`: from criteria to statements, and from rows to an answer that is written while it is read.
//!
//! A field is a [`columns::Column`], a condition on it a [`conditions::Test`]; [`compile`] makes one of the other's words.
//! [`narrow`] decides what the kept counts can tell, [`driver`] by which index the rest is found, [`plan`] in which order and
//! [`deep`] from where on; [`page`] runs it and [`stream`] writes it.

pub mod api;
pub mod columns;
pub mod compile;
pub mod conditions;
pub mod deep;
pub mod driver;
pub mod infix;
pub mod narrow;
pub mod order;
pub mod page;
pub mod pattern;
pub mod plan;
pub mod render;
pub mod stream;
#[cfg(test)]
mod tests;
pub mod trigrams;
pub mod values;
