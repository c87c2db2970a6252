//! The exchange of RFC 7677, section 3, and what must not pass.

use super::{Exchange, Verifier};

/// The verifier of the password `pencil` with the RFC's salt.
const STORED: &[u8] = b"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const CLIENT_FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const DRAWN: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const SERVER_FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const CLIENT_FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn verifier() -> Verifier {
    Verifier::parse(STORED).unwrap()
}

fn exchange(verifier: Verifier) -> Exchange {
    Exchange::begin(verifier, CLIENT_FIRST, DRAWN).unwrap()
}

#[test]
fn the_exchange_of_the_standard() {
    let exchange = exchange(verifier());
    assert_eq!(exchange.server_first(), SERVER_FIRST);
    let last = exchange.finish(CLIENT_FINAL.as_bytes()).unwrap();
    assert_eq!(last.as_deref(), Some(SERVER_FINAL));
}

#[test]
fn a_wrong_proof_is_a_wrong_password() {
    let wrong = CLIENT_FINAL.replace("p=dHz", "p=eHz");
    assert_eq!(exchange(verifier()).finish(wrong.as_bytes()), Ok(None));
}

/// Nothing fits a mock, not even what would fit keys that are known; and it looks like any other user.
#[test]
fn a_mock_is_the_same_each_time_and_no_password_fits() {
    let mock = Verifier::mock(b"secret", "nobody");
    assert_eq!(mock, Verifier::mock(b"secret", "nobody"));
    assert_ne!(mock, Verifier::mock(b"secret", "somebody"));
    assert_ne!(mock, Verifier::mock(b"another", "nobody"));
    assert_eq!(mock.salt.len(), verifier().salt.len());
    let disguised = Verifier {
        genuine: false,
        ..verifier()
    };
    let last = exchange(disguised).finish(CLIENT_FINAL.as_bytes());
    assert_eq!(last, Ok(None));
}

#[test]
fn messages_that_are_none_are_refused() {
    for first in [
        "",
        "n",
        "n,,",
        "n,,n=user",
        "n,,n=user,r=",
        "n,,m=x,n=user,r=abc",
        "n,a=root,n=user,r=abc",
        "p=tls-unique,,n=user,r=abc",
        "z,,n=user,r=abc",
    ] {
        let begun = Exchange::begin(verifier(), first.as_bytes(), DRAWN);
        assert!(begun.is_err(), "{first:?}");
    }
    for (from, to) in [
        ("c=biws", "c=eSws"),
        ("r=rO", "r=Ro"),
        (",p=dHzb", ",p=d"),
        (",p=", ",q="),
        ("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "p=dHzb"),
    ] {
        let last = CLIENT_FINAL.replace(from, to);
        assert!(
            exchange(verifier()).finish(last.as_bytes()).is_err(),
            "{last}"
        );
    }
}

#[test]
fn what_is_stored_must_be_whole() {
    let stored = std::str::from_utf8(STORED).unwrap();
    for wrong in [
        stored.replace("SHA-256", "SHA-1"),
        stored.replace("4096", "0"),
        stored.replace("W22Z", "?"),
        stored.replace(":wfPL", ":"),
        format!("{stored}$"),
        "md5abc".to_owned(),
        String::new(),
    ] {
        assert_eq!(Verifier::parse(wrong.as_bytes()), None, "{wrong}");
    }
}
