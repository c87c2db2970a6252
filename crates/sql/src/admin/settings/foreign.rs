//! Cluster settings that CockroachDB has and nothing here would act on: they are refused by name.

/// Whole names, and beginnings that end with a point.
const KNOWN: [&str; 21] = [
    "cloudstorage.",
    "cluster.organization",
    "cluster.preserve_downgrade_option",
    "compactor.",
    "debug.",
    "diagnostics.",
    "enterprise.",
    "external.",
    "feature.",
    "jobs.",
    "kv.",
    "rocksdb.",
    "schemachanger.",
    "server.",
    "sql.",
    "storage.",
    "timeseries.",
    "trace.",
    "ui.",
    "version",
    "bulkio.",
];

/// Whether the name is one of CockroachDB's, as far as its first part tells.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| match known.ends_with('.') {
        true => name.starts_with(known),
        false => name == *known,
    })
}
