//! Writing a mail down, in the unit of work that causes it.

use patron_sql::Session;

use super::{Context, Mail, State, Template, context, links::Secrets, store};
use crate::{
    Call,
    customers::Customer,
    failure::Result,
    instances::{
        counters::{self, Counter},
        settings::{self, Setting},
    },
};

/// The domain that no mail is sent to, as in the cloud service: everybody's customers of tests live there.
const NOBODYS_DOMAIN: &str = "example.com";

/// What a mail says beyond what the customer's record does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Details<'d> {
    /// `redirectUrl` as it was sent.
    pub redirect_url: Option<&'d str>,
    /// The token that lets a password be set.
    pub reset_token: Option<&'d str>,
    /// Another address than the customer's, such as the one it had until now.
    pub recipient: Option<&'d str>,
}

/// Queues a mail about `customer`; answers its id. It is written if and when the unit of work is.
pub fn queue(call: &Call<'_>, template: Template, customer: &Customer, details: Details<'_>) -> Result<i64> {
    let secrets = Secrets {
        confirmation_key: customer.confirmation.as_deref().filter(|_| template == Template::Confirmation),
        reset_token: details.reset_token,
        redirect_url: details.redirect_url,
    };
    let context = Context::of(call, customer, &secrets);
    let recipient = details.recipient.unwrap_or(&customer.email).to_owned();
    let store_id = context::store_of(call.catalogue, customer);
    let (name, email) = contact(template);
    let sender_name = call.catalogue.setting(name, store_id);
    let mail = Mail {
        tenant: call.tenant(),
        id: next_id(call.sql, call.tenant())?,
        template,
        recipient_name: context.customer.name.clone(),
        sender: call.catalogue.setting(email, store_id).to_owned(),
        sender_name: if sender_name.is_empty() { context.store.name.clone() } else { sender_name.to_owned() },
        state: state_of(&recipient, call.catalogue.setting(&settings::MAIL_DISABLED, store_id) == "1"),
        recipient,
        context,
        sent_as: None,
        created_at: call.moment.text(),
        attempts: 0,
        next_attempt_at: String::new(),
        sent_at: None,
        last_error: None,
    };
    store::add(call.sql, &mail)?;
    Ok(mail.id)
}

fn next_id(sql: Session<'_>, tenant: i64) -> Result<i64> {
    counters::next(sql, tenant, Counter::Mail)
}

fn contact(template: Template) -> (&'static Setting, &'static Setting) {
    if template.is_from_support() {
        (&settings::SUPPORT_NAME, &settings::SUPPORT_EMAIL)
    } else {
        (&settings::GENERAL_NAME, &settings::GENERAL_EMAIL)
    }
}

fn state_of(recipient: &str, is_disabled: bool) -> State {
    let domain = recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
    if is_disabled || domain.eq_ignore_ascii_case(NOBODYS_DOMAIN) { State::Suppressed } else { State::Queued }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_to_example_com() {
        assert_eq!(state_of("ada@example.com", false), State::Suppressed);
        assert_eq!(state_of("ada@EXAMPLE.COM", false), State::Suppressed);
        assert_eq!(state_of("ada@notexample.com", false), State::Queued);
        assert_eq!(state_of("ada@example.com.au", false), State::Queued);
        assert_eq!(state_of("ada@example.net", true), State::Suppressed);
    }
}
