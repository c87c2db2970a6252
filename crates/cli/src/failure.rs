//! Why a command did not succeed, and with which status it exits.

use std::fmt;

pub type Outcome<T = ()> = Result<T, Failure>;

#[derive(Debug)]
pub struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// It was tried and failed; a backup that is damaged, too.
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure {
            status: 1,
            message: message.into(),
        }
    }

    /// The command line cannot be meant so.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            status: 2,
            message: message.into(),
        }
    }

    pub fn status(&self) -> u8 {
        self.status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::failed(format!("ERROR:  {error}"))
    }
}

impl From<cairn_sql::SqlError> for Failure {
    fn from(error: cairn_sql::SqlError) -> Failure {
        let mut message = format!("ERROR:  {error} ({})", error.sqlstate);
        if let Some(detail) = &error.detail {
            message.push_str(&format!("\nDETAIL:  {detail}"));
        }
        if let Some(hint) = &error.hint {
            message.push_str(&format!("\nHINT:  {hint}"));
        }
        Failure::failed(message)
    }
}

impl From<cairn_tls::Error> for Failure {
    fn from(error: cairn_tls::Error) -> Failure {
        Failure::failed(format!("ERROR:  {error}"))
    }
}

impl From<cairn_server::Error> for Failure {
    fn from(error: cairn_server::Error) -> Failure {
        match error.kind() {
            cairn_server::ErrorKind::ChangeAddress => Failure::usage(format!("ERROR:  {error}")),
            _ => Failure::failed(format!("ERROR:  {error}")),
        }
    }
}
