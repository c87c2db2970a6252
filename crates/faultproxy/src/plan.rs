//! What happens to which request.

use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};

/// What a request asks of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Get,
    Head,
    List,
    Put,
    Post,
    Delete,
    Other,
}

impl Operation {
    pub(crate) fn of(method: &Method, uri: &Uri) -> Operation {
        let lists = |query: &str| query.contains("list-type=") || query.contains("comp=list");
        match *method {
            // `comp=blocklist`, `comp=list…`: only the latter asks for names.
            Method::GET
                if uri
                    .query()
                    .is_some_and(|query| lists(query) && !query.contains("blocklist")) =>
            {
                Operation::List
            }
            Method::GET => Operation::Get,
            Method::HEAD => Operation::Head,
            Method::PUT => Operation::Put,
            Method::POST => Operation::Post,
            Method::DELETE => Operation::Delete,
            _ => Operation::Other,
        }
    }
}

/// What can go wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The answer comes late.
    Delay,
    /// The connection is reset before the server hears of the request.
    Reset,
    /// The server does the work, and the connection ends without an answer.
    LostAnswer,
    /// 503, for this request and the next few.
    Storm,
    /// The answer's body ends early, under a header that says its right length.
    Truncated,
    /// The server gets the request twice, and the client the second answer.
    Twice,
    /// One byte of the answer's body is another.
    WrongBytes,
    /// One byte of the request's body is another.
    WrongUpload,
    /// A success for a deletion that did not happen.
    IdleDelete,
    /// A success for a PUT that did not happen.
    IdlePut,
}

impl Fault {
    pub const ALL: [Fault; 10] = [
        Fault::Delay,
        Fault::Reset,
        Fault::LostAnswer,
        Fault::Storm,
        Fault::Truncated,
        Fault::Twice,
        Fault::WrongBytes,
        Fault::WrongUpload,
        Fault::IdleDelete,
        Fault::IdlePut,
    ];

    /// Whether it makes any difference to such a request.
    fn concerns(self, operation: Operation) -> bool {
        match self {
            Fault::Truncated | Fault::WrongBytes => operation == Operation::Get,
            Fault::WrongUpload | Fault::IdlePut => operation == Operation::Put,
            Fault::IdleDelete => operation == Operation::Delete,
            _ => true,
        }
    }
}

/// Which requests are spoilt.
#[derive(Clone, Debug, Default)]
pub enum Faults {
    #[default]
    None,
    /// One request in `one_in`, by a fault among `kinds`.
    Random {
        seed: u64,
        one_in: u64,
        kinds: Vec<Fault>,
    },
    /// Those that are waited for.
    Traps(Vec<Trap>),
}

/// A fault that waits for its request.
#[derive(Clone, Debug)]
pub struct Trap {
    pub operation: Operation,
    /// A part of the request's path and query.
    pub target: &'static str,
    /// So many such requests pass before.
    pub skip: u32,
    /// So many are then spoilt.
    pub times: u32,
    pub fault: Fault,
}

/// A kind of request that is answered by 403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    All(Operation),
    /// A PUT, or the end of an upload in parts, where an object was written before.
    Overwrite,
}

/// What the proxy does. The default lets everything pass.
#[derive(Clone, Debug)]
pub struct Plan {
    pub faults: Faults,
    pub refusals: Vec<Refusal>,
    /// What a refusal says besides. Servers repeat what they were sent.
    pub refusal_text: String,
    /// For each direction by itself.
    pub bytes_per_second: Option<u64>,
    /// How long an answer is late at most.
    pub delay: Duration,
    /// How many requests a storm of 503 lasts at most.
    pub storm: u64,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            faults: Faults::None,
            refusals: Vec::new(),
            refusal_text: String::new(),
            bytes_per_second: None,
            delay: Duration::from_millis(200),
            storm: 4,
        }
    }
}

/// A fault with all that was drawn for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) fault: Fault,
    /// For a byte's place, a length, a number of times.
    pub(crate) number: u64,
}

impl Drawn {
    pub(crate) fn of(fault: Fault) -> Drawn {
        Drawn { fault, number: 0 }
    }
}

impl Plan {
    pub(crate) fn refuses(
        &self,
        operation: Operation,
        headers: &HeaderMap,
        is_written: bool,
    ) -> bool {
        self.refusals.iter().any(|refusal| match refusal {
            Refusal::All(refused) => *refused == operation,
            // A conditional one does no harm: the server itself refuses it.
            Refusal::Overwrite => {
                is_written
                    && matches!(operation, Operation::Put | Operation::Post)
                    && !headers.contains_key("if-none-match")
            }
        })
    }

    pub(crate) fn refusal(&self) -> Bytes {
        let text = &self.refusal_text;
        Bytes::from(format!(
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied {text}</Message></Error>"
        ))
    }

    /// The fault for request number `number`, if any.
    pub(crate) fn judge(
        &mut self,
        number: u64,
        operation: Operation,
        target: &str,
    ) -> Option<Drawn> {
        match &mut self.faults {
            Faults::None => None,
            Faults::Random {
                seed,
                one_in,
                kinds,
            } => {
                let draw = |purpose: u64| mix(seed.wrapping_add(mix(number * 4 + purpose)));
                if draw(0) % (*one_in).max(1) != 0 || kinds.is_empty() {
                    return None;
                }
                let fault = *kinds.get(draw(1) as usize % kinds.len())?;
                fault.concerns(operation).then(|| Drawn {
                    fault,
                    number: draw(2),
                })
            }
            Faults::Traps(traps) => {
                let trap = traps.iter_mut().find(|trap| {
                    trap.operation == operation && target.contains(trap.target) && trap.times > 0
                })?;
                if trap.skip > 0 {
                    trap.skip -= 1;
                    return None;
                }
                trap.times -= 1;
                let number = mix(number);
                Some(Drawn {
                    fault: trap.fault,
                    number,
                })
            }
        }
    }
}

/// One step of splitmix64.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
