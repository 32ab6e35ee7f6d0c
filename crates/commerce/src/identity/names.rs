//! The made-up names of identity, in the forms that IMS gives them (`spec/ims.md` 5.1).

use patron_token::secret;

use crate::Moment;

const UPPER_HEX: &[u8] = b"0123456789ABCDEF";

/// `<24 HEX>@AdobeOrg`.
pub fn ims_org_id(moment: Moment<'_>) -> String {
    moment.characters(UPPER_HEX, 24) + "@AdobeOrg"
}

/// `<24 HEX>@techacct.adobe.com`.
pub fn technical_account_id(moment: Moment<'_>) -> String {
    moment.characters(UPPER_HEX, 24) + "@techacct.adobe.com"
}

/// `<uuid>@techacct.adobe.com`.
pub fn technical_account_email(moment: Moment<'_>) -> String {
    format!("{}@techacct.adobe.com", moment.uuid())
}

/// 32 lower-case hex digits: a client id, or a secret's id.
pub fn hex32(moment: Moment<'_>) -> String {
    hex::encode(moment.bytes::<16>())
}

/// `<24 HEX>@<24 hex>`: a user's id in the organisation's own domain, which follows from the organisation's id.
pub fn user_id(moment: Moment<'_>, ims_org_id: &str) -> String {
    let domain = secret::hash(ims_org_id);
    format!("{}@{}", moment.characters(UPPER_HEX, 24), &domain[..24])
}
