//! A host's address with the length of its network's prefix.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The value of an INET. `Ord` is PostgreSQL's, by the order of the fields: IPv4 before IPv6, by network, then the
/// shorter prefix, then by address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inet {
    family: Family,
    /// The address with the bits behind the prefix cleared, an IPv4 one in the first four bytes.
    network: [u8; 16],
    prefix: u8,
    address: [u8; 16],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Family {
    V4,
    V6,
}

impl Inet {
    /// Bytes of `ordered`, whose order is the order of values.
    pub const ORDERED_BYTES: usize = 34;

    /// None if the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let (family, bytes, bits) = match address {
            IpAddr::V4(address) => (Family::V4, widened(&address.octets()), 32),
            IpAddr::V6(address) => (Family::V6, address.octets(), 128),
        };
        (prefix <= bits).then(|| Self {
            family,
            network: masked(bytes, prefix),
            prefix,
            address: bytes,
        })
    }

    /// `192.168.0.1`, `10.0.0.0/8`, `::1`, `2001:db8::/32`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
                (address, Some(prefix.parse().ok().filter(|_| digits)?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Self::new(address, prefix.unwrap_or(bits))
    }

    pub fn address(&self) -> IpAddr {
        match (self.family, self.address) {
            (Family::V4, [a, b, c, d, ..]) => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            (Family::V6, bytes) => IpAddr::V6(Ipv6Addr::from(bytes)),
        }
    }

    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    pub fn is_v4(&self) -> bool {
        self.family == Family::V4
    }

    /// The bytes of the address: 4 or 16.
    pub fn octets(&self) -> &[u8] {
        self.narrow(&self.address)
    }

    /// Those of its network.
    pub fn network_octets(&self) -> &[u8] {
        self.narrow(&self.network)
    }

    fn narrow<'a>(&self, bytes: &'a [u8; 16]) -> &'a [u8] {
        match self.family {
            Family::V4 => bytes.first_chunk::<4>().map_or(&[], <[u8; 4]>::as_slice),
            Family::V6 => bytes,
        }
    }

    /// From a prefix and 4 or 16 bytes of an address.
    pub fn from_octets(prefix: u8, octets: &[u8]) -> Option<Self> {
        let address = match octets.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
            16 => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
            _ => return None,
        };
        Self::new(address, prefix)
    }

    /// Family (4 or 6), network, prefix, address: the fields in the order of their meaning.
    pub fn ordered(&self) -> [u8; Self::ORDERED_BYTES] {
        let mut bytes = [0; Self::ORDERED_BYTES];
        let family = if self.is_v4() { 4 } else { 6 };
        let fields = [family]
            .into_iter()
            .chain(self.network)
            .chain([self.prefix])
            .chain(self.address);
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }

    /// None for bytes that `ordered` never gives.
    pub fn from_ordered(bytes: &[u8]) -> Option<Self> {
        let [family, fields @ ..] = bytes else {
            return None;
        };
        let prefix = *fields.get(16)?;
        let address: [u8; 16] = fields.get(17..)?.try_into().ok()?;
        let octets = match family {
            4 => address.get(..4)?,
            6 => address.as_slice(),
            _ => return None,
        };
        Self::from_octets(prefix, octets).filter(|inet| inet.ordered() == bytes)
    }
}

impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.address(), f)?;
        let whole = if self.is_v4() { 32 } else { 128 };
        if self.prefix == whole {
            Ok(())
        } else {
            write!(f, "/{}", self.prefix)
        }
    }
}

impl fmt::Debug for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn widened(octets: &[u8; 4]) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(octets) {
        *place = *byte;
    }
    bytes
}

fn masked(mut bytes: [u8; 16], prefix: u8) -> [u8; 16] {
    for (byte, first_bit) in bytes.iter_mut().zip((0u8..).step_by(8)) {
        let kept = prefix.saturating_sub(first_bit).min(8);
        *byte &= u8::MAX.checked_shl(u32::from(8 - kept)).unwrap_or(0);
    }
    bytes
}
