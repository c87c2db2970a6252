//! `cairn cert`: an authority, and certificates for servers and users.

use cairn_storage::clock::Clock;
use cairn_tls::{
    CA_CERTIFICATE, Validity, client_certificate, create_ca, create_client, create_node,
};

use crate::arguments::{Cert, CertVerb, Issue};
use crate::failure::{Failure, Outcome};

pub fn run(arguments: Cert) -> Outcome {
    let made = match arguments.verb {
        CertVerb::Authority { issue } => {
            create_ca(&issue.certs_dir, &issue.ca_key, validity(&issue)?)?;
            issue.certs_dir.join(CA_CERTIFICATE)
        }
        CertVerb::Node { hosts, issue } => {
            create_node(&issue.certs_dir, &issue.ca_key, &hosts, validity(&issue)?)?;
            issue.certs_dir.join("node.crt")
        }
        CertVerb::Client { user, issue } => {
            create_client(&issue.certs_dir, &issue.ca_key, &user, validity(&issue)?)?;
            client_certificate(&issue.certs_dir, &user)
        }
    };
    println!("{}", made.display());
    Ok(())
}

fn validity(issue: &Issue) -> Outcome<Validity> {
    if issue.lifetime_days == 0 {
        return Err(Failure::usage("ERROR:  --lifetime-days must be at least 1"));
    }
    Ok(Validity::days(Clock::system().now(), issue.lifetime_days)?)
}
