//! E-mail addresses and phone numbers as parameters.

use crate::rpc::Reader;

pub(super) fn read_email(body: &Reader<'_>, field: &str) -> Option<String> {
    let email = body.nullable_text(field)?;
    let good = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.contains('@')
            && !email.contains(char::is_whitespace)
    });
    if !good {
        body.refuse(field, "Invalid email");
    }
    Some(email)
}

/// A phone number in the form of E.164.
pub(super) fn read_phone(body: &Reader<'_>) -> Option<String> {
    let phone = body.nullable_text("phone_number")?;
    let good = phone.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !good {
        body.refuse("phone_number", "Invalid phone number");
    }
    Some(phone)
}
