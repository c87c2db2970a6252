//! What every store must do, whatever is behind it. Panics on the first breach.
