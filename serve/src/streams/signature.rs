//! Twilio's signature of the request that opens a stream.
//!
//! The scheme: <https://www.twilio.com/docs/usage/security#validating-requests>. A request without
//! a body is signed by its address alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The header that holds it.
pub const HEADER: &str = "x-twilio-signature";

/// Whether `signature` is that of a request for `address`, with the account's auth token.
pub fn is_valid(auth_token: &str, address: &str, signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else {
        return false;
    };
    mac.update(address.as_bytes());
    // Takes as long whatever differs.
    mac.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is that of PyPI's `twilio` 9: `RequestValidator(token).compute_signature(url,
    /// {})`.
    #[test]
    fn the_signature_is_that_of_twilios_library() {
        let address = "wss://calls.example.org/v1/streams/twilio";
        let signature = "7W21wQQrONww35PwbRe+qlMH86A=";
        assert!(is_valid("12345", address, signature));
        assert!(!is_valid("12346", address, signature));
        assert!(!is_valid("12345", &format!("{address}/"), signature));
        for wrong in ["", "AAAA", "no base64"] {
            assert!(!is_valid("12345", address, wrong));
        }
    }
}
