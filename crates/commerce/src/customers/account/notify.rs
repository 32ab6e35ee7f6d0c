//! Which mails a change of a customer causes. The REST API sends none about changed e-mail addresses or passwords
//! (`spec/accs-customer-operations.md` 1.2 op 3).

use super::reset;
use crate::{
    Call,
    customers::{Customer, Subscription},
    failure::Result,
    mail::{self, Details, Template},
};

/// Does an account have a password?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// It can sign in.
    Set,
    /// It needs one first.
    Missing,
}

/// An account was made: it is welcomed, or asked to confirm its address first.
pub fn created(
    call: &Call<'_>,
    new: &Customer,
    password: Password,
    redirect_url: Option<&str>,
) -> Result<()> {
    let details = Details { redirect_url, ..Details::default() };
    if new.confirmation.is_some() {
        mail::queue(call, Template::Confirmation, new, details)?;
    } else if password == Password::Set {
        mail::queue(call, Template::Welcome, new, details)?;
    } else {
        let token = reset::begin(call, new.id)?;
        let details = Details { reset_token: Some(&token), ..details };
        mail::queue(call, Template::WelcomeWithoutPassword, new, details)?;
    }
    Ok(())
}

/// An account was confirmed: one that was never used is welcomed.
pub fn confirmed(call: &Call<'_>, customer: &Customer) -> Result<()> {
    if customer.last_login_at.is_none() {
        mail::queue(call, Template::Confirmed, customer, Details::default())?;
    }
    Ok(())
}

/// A customer was written who stood as `old` with the newsletter before.
pub fn subscription(call: &Call<'_>, old: Subscription, customer: &Customer) -> Result<()> {
    let template = match customer.subscription {
        now if now == old => return Ok(()),
        Subscription::Subscribed => Template::Subscribed,
        Subscription::Unsubscribed => Template::Unsubscribed,
        Subscription::Never | Subscription::Unconfirmed => return Ok(()),
    };
    mail::queue(call, template, customer, Details::default())?;
    Ok(())
}
