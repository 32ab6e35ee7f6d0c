//! Work inside one instance: its catalogue is read in the same unit of work as the change, so that nothing is decided by an old one.

use patron_commerce::{
    Failure,
    instances::{Catalogue, manage},
};
use patron_sql::Session;

use super::ControlError;
use crate::state::App;

/// Reads something of an instance.
pub fn read<T>(
    app: &App,
    instance_id: &str,
    work: impl FnOnce(&Catalogue) -> Result<T, Failure>,
) -> Result<T, ControlError> {
    Ok(app.database.read(|sql| work(&manage::open(sql, instance_id)?))?)
}

/// Changes something of an instance, all or nothing. `work` may run more than once.
pub async fn write<T: Send + 'static>(
    app: &App,
    instance_id: String,
    mut work: impl FnMut(Session<'_>, &Catalogue) -> Result<T, Failure> + Send + 'static,
) -> Result<T, ControlError> {
    Ok(app.database.write(move |sql| work(sql, &manage::open(sql, &instance_id)?)).await?)
}
