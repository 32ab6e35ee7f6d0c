//! Countries and their regions: read-only data of the platform, the same for every tenant.
//!
//! The data is text inside the binary and is parsed when it is first asked for, so a server that nobody asks starts as
//! if it were not there. Ids of regions are compatibility data: integrations store them.

pub mod api;
pub mod countries;
#[cfg(test)]
mod iso;
pub mod model;
pub mod regions;

pub use model::{Country, CountryInformation, Region, RegionInformation};
