//! Lists of grants stay in order, whatever is given and taken.

use super::{Grant, Privilege, check, grant, revoke};

#[test]
fn what_is_given_can_be_taken() {
    let mut grants = Vec::new();
    grant(&mut grants, "bob", &[Privilege::Update, Privilege::Select]);
    grant(&mut grants, "amy", &Privilege::ALL);
    grant(&mut grants, "bob", &[Privilege::Insert, Privilege::Select]);
    let of_bob = [Privilege::Insert, Privilege::Select, Privilege::Update];
    let expected = [
        Grant {
            user: "amy".into(),
            privileges: Privilege::ALL.into(),
        },
        Grant {
            user: "bob".into(),
            privileges: of_bob.into(),
        },
    ];
    assert_eq!(grants, expected);
    assert_eq!(check(&grants), None);
    revoke(&mut grants, "bob", &of_bob);
    revoke(&mut grants, "amy", &[Privilege::Grant]);
    revoke(&mut grants, "eve", &Privilege::ALL);
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].privileges.len(), 6);
}

#[test]
fn a_list_out_of_order_is_noticed() {
    let of = |user: &str, privileges: &[Privilege]| Grant {
        user: user.into(),
        privileges: privileges.into(),
    };
    let select = [Privilege::Select];
    assert!(check(&[of("b", &select), of("a", &select)]).is_some());
    assert!(check(&[of("a", &[])]).is_some());
    assert!(check(&[of("a", &[Privilege::Update, Privilege::Create])]).is_some());
}
