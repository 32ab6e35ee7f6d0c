//! Which mails a change of a customer causes. The REST API sends none about changed e-mail addresses or passwords
//! (`spec/accs-customer-operations.md` 1.2 op 3).

use crate::{
    Call,
    customers::{Customer, Subscription},
    failure::Result,
    mail::{self, Details, Template},
};

/// An account was made: it is welcomed, or asked to confirm its address first. Without a password it has a token to set one with.
pub fn created(
    call: &Call<'_>,
    new: &Customer,
    reset_token: Option<&str>,
    redirect_url: Option<&str>,
) -> Result<()> {
    let template = if new.confirmation.is_some() {
        Template::Confirmation
    } else if reset_token.is_none() {
        Template::Welcome
    } else {
        Template::WelcomeWithoutPassword
    };
    mail::queue(call, template, new, Details { redirect_url, reset_token, ..Details::default() })?;
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
