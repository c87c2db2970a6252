use cairn_blob::Store;
use crate::data::Scratch;
use crate::error::{Fault, Result};
#[derive(Clone, Copy, Debug)]
pub enum Depth { Presence, Content }
#[derive(Clone, Debug)]
pub struct Problem { pub object: String, pub table: Option<String>, pub fault: Fault }
#[derive(Clone, Debug)]
pub struct Report { pub location: String, pub objects: u64, pub bytes: u64, pub rows: u64, pub problems: Vec<Problem> }
impl Report { pub fn is_sound(&self) -> bool { self.problems.is_empty() } }
pub async fn verify(_store: &dyn Store, _depth: Depth, _scratch: &Scratch) -> Result<Report> { todo!() }
