use cairn_blob::Store;
use super::Manifest;
use crate::error::Result;
/// What [`Manifest::seal`] found.
#[derive(Debug)]
pub enum Sealed {
    /// The manifest was written now.
    Now,
    /// An earlier attempt of the same job had written this one, and it stays.
    Before(Box<Manifest>),
}
impl Manifest {
    pub async fn seal(&self, _store: &dyn Store) -> Result<Sealed> { todo!() }
    pub async fn read(_store: &dyn Store) -> Result<Manifest> { todo!() }
}
