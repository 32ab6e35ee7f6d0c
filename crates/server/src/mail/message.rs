//! A mail as a MIME message. The library encodes every header; what could end one is taken out before, so that nothing a customer
//! types in becomes a header, a recipient or another message.

use anyhow::{Context, Result};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use patron_commerce::mail::{Mail, Rendered};
use patron_token::secret;

/// Characters of a name beside an address.
const LONGEST_NAME: usize = 128;

/// The message, from `sender` where the mail's store does not say. Fails where an address is none that mail can be sent to.
pub fn of(mail: &Mail, words: &Rendered, sender: &Address) -> Result<Message> {
    let from = match mail.sender.as_str() {
        "" => sender.clone(),
        own => own.parse().context("the store's contact has no address that mail can come from")?,
    };
    let to: Address = mail.recipient.parse().context("the recipient has no address that mail can go to")?;
    let id = message_id(mail, &from);
    Message::builder()
        .from(Mailbox::new(name(&mail.sender_name), from))
        .to(Mailbox::new(name(&mail.recipient_name), to))
        .subject(cleaned(&words.subject))
        .message_id(Some(id))
        // Keeps holiday notes from answering (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(words.text.clone(), words.html.clone()))
        .context("the message cannot be encoded")
}

/// The same at every attempt, so that a mail that was sent twice is shown once.
fn message_id(mail: &Mail, from: &Address) -> String {
    let hash = secret::hash(&format!("{} {} {} {}", mail.tenant, mail.id, mail.created_at, mail.recipient));
    format!("<{}@{}>", &hash[..32], from.domain())
}

fn name(text: &str) -> Option<String> {
    let name: String = cleaned(text).chars().take(LONGEST_NAME).collect();
    (!name.is_empty()).then_some(name)
}

/// One line without control characters.
fn cleaned(text: &str) -> String {
    let ends = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = text.split(ends).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use patron_commerce::mail::{Context, State, Template};
    use proptest::prelude::*;

    use super::*;

    const HEADERS: [&str; 8] =
        ["From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Date", "Content-Type"];

    fn mail(recipient: &str, recipient_name: &str, sender_name: &str) -> Mail {
        Mail {
            tenant: 1,
            id: 7,
            template: Template::Welcome,
            recipient: recipient.to_owned(),
            recipient_name: recipient_name.to_owned(),
            sender: String::new(),
            sender_name: sender_name.to_owned(),
            context: Context::default(),
            sent_as: None,
            created_at: "2026-11-23 12:00:00".to_owned(),
            state: State::Queued,
            attempts: 1,
            next_attempt_at: String::new(),
            sent_at: None,
            last_error: None,
        }
    }

    fn words(subject: &str, body: &str) -> Rendered {
        Rendered { subject: subject.to_owned(), text: body.to_owned(), html: format!("<p>{body}</p>") }
    }

    fn sender() -> Address {
        "shop@example.net".parse().unwrap()
    }

    /// The names of the headers, as a reader of the bytes sees them: every line that does not continue the one before.
    fn header_names(bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "a bare line end in {head:?}");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_message_has_both_forms_and_one_recipient() {
        let message =
            of(&mail("ada@example.org", "Ada Lovelace", "Shop"), &words("Hello", "Hi"), &sender()).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(text.contains("To: \"Ada Lovelace\" <ada@example.org>\r\n"), "{text}");
        assert!(text.contains("text/plain") && text.contains("text/html"), "{text}");
        assert_eq!(message.envelope().to().len(), 1);
        let again =
            of(&mail("ada@example.org", "Ada Lovelace", "Shop"), &words("Hello", "Hi"), &sender()).unwrap();
        assert_eq!(again.headers().get_raw("Message-ID"), message.headers().get_raw("Message-ID"));
    }

    #[test]
    fn an_address_that_holds_a_header_is_refused() {
        for address in [
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@example.org, eve@example.org",
            "",
            "<ada@example.org>",
        ] {
            assert!(of(&mail(address, "", ""), &words("s", "b"), &sender()).is_err(), "{address:?}");
        }
    }

    /// Texts that are likely to break out of a header.
    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<String>(),
            Just("\r\n".to_owned()),
            Just("\n".to_owned()),
            Just("\r".to_owned()),
            Just("\r\n\r\n".to_owned()),
            Just("Bcc: eve@example.org".to_owned()),
            Just("\u{2028}".to_owned()),
            Just("=?utf-8?q?=0D=0ABcc:?=".to_owned()),
            Just("\" <eve@example.org>, \"".to_owned()),
            Just("é".repeat(90)),
        ];
        prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn whatever_is_typed_makes_no_header_and_no_recipient(
            recipient_name in hostile(), sender_name in hostile(), subject in hostile(), body in hostile(),
        ) {
            let message = of(&mail("ada@example.org", &recipient_name, &sender_name), &words(&subject, &body), &sender()).unwrap();
            let mut names = header_names(&message.formatted());
            names.sort();
            let mut expected = HEADERS.map(str::to_owned);
            expected.sort();
            prop_assert_eq!(names, expected);
            prop_assert_eq!(message.envelope().to(), &["ada@example.org".parse::<Address>().unwrap()]);
        }

        #[test]
        fn whatever_address_is_stored_reaches_one_mailbox_or_none(address in hostile(), local in "[a-z\"\\\\ ,;<>\r\n]{1,12}") {
            for address in [address, format!("{local}@example.org")] {
                if let Ok(message) = of(&mail(&address, "Ada", "Shop"), &words("s", "b"), &sender()) {
                    prop_assert_eq!(message.envelope().to().len(), 1);
                    prop_assert_eq!(header_names(&message.formatted()).len(), HEADERS.len());
                }
            }
        }
    }
}
