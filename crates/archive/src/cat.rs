use cairn_blob::Store;
use crate::data::Scratch;
use crate::error::Result;
/// Writes the rows of `table` (`database.name`) as CSV.
pub async fn cat(_store: &dyn Store, _table: &str, _scratch: &Scratch, _out: &mut (dyn std::io::Write + Send)) -> Result<()> { todo!() }
