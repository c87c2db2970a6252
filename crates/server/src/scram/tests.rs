//! The exchange of RFC 7677, section 3, and what must not pass.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Binding, Exchange, Verifier};

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
    Exchange::begin(verifier, CLIENT_FIRST, DRAWN, Binding::Impossible).unwrap()
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
        let begun = Exchange::begin(verifier(), first.as_bytes(), DRAWN, Binding::Impossible);
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

/// The client's last message of a bound login carries what it saw of the server; another server's is refused.
#[test]
fn a_login_is_bound_to_the_certificate() {
    let first = b"p=tls-server-end-point,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    let begin = |bound_to| Exchange::begin(verifier(), first, DRAWN, bound_to);
    let exchange = begin(Binding::EndPoint(b"ours")).unwrap();
    let last = |seen: &[u8]| {
        let binding = STANDARD.encode([b"p=tls-server-end-point,,", seen].concat());
        CLIENT_FINAL.replace("c=biws", &format!("c={binding}"))
    };
    // The proof is over other messages: all that is left to be wrong.
    assert_eq!(exchange.finish(last(b"ours").as_bytes()), Ok(None));
    assert!(exchange.finish(last(b"theirs").as_bytes()).is_err());
    assert!(begin(Binding::Declined).is_err());
    assert!(begin(Binding::Impossible).is_err());
}

#[test]
fn nobody_is_talked_out_of_binding() {
    let begin = |flag: &str, bound_to| {
        let first = format!("{flag},,n=user,r=rOprNGfwEbeRWgbNEkqO");
        Exchange::begin(verifier(), first.as_bytes(), DRAWN, bound_to).map(|_| ())
    };
    assert_eq!(begin("y", Binding::Impossible), Ok(()));
    assert!(begin("y", Binding::Declined).is_err());
    assert_eq!(begin("n", Binding::Declined), Ok(()));
    assert!(begin("n", Binding::EndPoint(b"ours")).is_err());
    assert!(begin("p=tls-unique", Binding::EndPoint(b"ours")).is_err());
}
