//! Decisions about users, privileges and objects, without a store.

use std::sync::Arc;

use cairn_catalog::{
    DatabaseDescriptor, DatabaseId, Grant, Privilege, SYSTEM_DATABASE, TableDescriptor, View,
};

use super::{Access, Need};

fn access(user: &str) -> Access {
    Access::new(user, Arc::new(View::default()))
}

fn grant(user: &str, privileges: &[Privilege]) -> Grant {
    Grant {
        user: user.to_owned(),
        privileges: privileges.to_vec(),
    }
}

fn database(grants: Vec<Grant>) -> DatabaseDescriptor {
    DatabaseDescriptor {
        grants,
        ..DatabaseDescriptor::new(DatabaseId(100), "shop")
    }
}

#[test]
fn only_what_is_granted_is_allowed() {
    let shop = database(vec![grant("amy", &[Privilege::Select])]);
    for privilege in Privilege::ALL {
        let answer = access("amy").database(&shop, privilege);
        assert_eq!(
            answer.is_ok(),
            privilege == Privilege::Select,
            "{privilege}"
        );
        assert!(access("root").database(&shop, privilege).is_ok());
        assert!(access("amy").trusted().database(&shop, privilege).is_ok());
    }
    assert!(access("amy").database(&shop, Need::Any).is_ok());
    assert!(access("bob").database(&shop, Need::Nothing).is_ok());
    let refused = access("bob").database(&shop, Need::Any).unwrap_err();
    assert_eq!(
        refused.message,
        "user bob has no privileges on database shop"
    );
    assert_eq!(refused.sqlstate.code(), "42501");
}

/// A right on a table that was dropped does not outlive the right on its database.
#[test]
fn a_dropped_table_is_judged_by_its_database_too() {
    let mut table = TableDescriptor::new(DatabaseId(100), "t", Vec::new(), Vec::new());
    table.grants = vec![grant("amy", &[Privilege::Select])];
    assert!(access("amy").relation(&table, Privilege::Select).is_err());
    assert!(access("root").relation(&table, Privilege::Select).is_ok());
}

#[test]
fn a_new_relation_belongs_to_its_maker() {
    let shop = database(vec![
        grant("amy", &[Privilege::Create]),
        grant("bob", &[Privilege::Select]),
    ]);
    assert_eq!(access("root").of_new_relation(&shop), shop.grants);
    assert_eq!(
        access("amy").of_new_relation(&shop),
        [
            grant("amy", &Privilege::ALL),
            grant("bob", &[Privilege::Select])
        ]
    );
}

/// What lies there would be in no backup that can be restored; the other rights are root's as everywhere.
#[test]
fn nobody_makes_anything_in_the_systems_own_database() {
    let system = DatabaseDescriptor::new(SYSTEM_DATABASE, "system");
    let refused = access("root").database(&system, Privilege::Create);
    assert_eq!(
        refused.unwrap_err().message,
        "user root does not have CREATE privilege on database system"
    );
    assert!(access("root").database(&system, Privilege::Select).is_ok());
}
