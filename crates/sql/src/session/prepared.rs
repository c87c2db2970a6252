//! PREPARE, EXECUTE and DEALLOCATE.

use arrow::datatypes::DataType;
use cairn_rows::column_type;
use cairn_syntax::{Statement, ast};
use datafusion::scalar::ScalarValue;

use super::{Session, call::Call, dispatch::done};
use crate::query::convert::{Purpose, convert};
use crate::{Answer, Result, SqlError, SqlState, change::update, schema};

impl Session {
    pub(super) async fn prepare_named(
        &mut self,
        name: &str,
        types: &[ast::DataType],
        statement: &Statement,
    ) -> Result<()> {
        if self.prepared.contains_key(name) {
            return Err(SqlError::new(
                SqlState::DuplicatePreparedStatement,
                format!("prepared statement {name:?} already exists"),
            ));
        }
        if !is_preparable(statement) {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "PREPARE does not take such a statement",
            )
            .hint(
                "it takes queries, changes of rows, SHOW, BACKUP, RESTORE, and what controls jobs",
            ));
        }
        let declared = types
            .iter()
            .map(|ty| schema::table::parameter_type(ty).map(Some))
            .collect::<Result<Vec<Option<DataType>>>>()?;
        let prepared = self.describe(statement.clone(), &declared).await?;
        self.prepared.insert(name.to_owned(), prepared);
        Ok(())
    }

    /// `call` is that of the EXECUTE itself, which has no parameters.
    pub(super) async fn execute_named(
        &mut self,
        statement: &ast::Statement,
        call: Call<'_>,
    ) -> Result<Answer> {
        let ast::Statement::Execute {
            name: Some(name),
            parameters,
            immediate: false,
            ..
        } = statement
        else {
            return Err(SqlError::unsupported("EXECUTE without a name"));
        };
        let name = crate::change::name_parts(name)?.join(".");
        let prepared = self
            .prepared
            .get(&name)
            .cloned()
            .ok_or_else(|| unknown(&name))?;
        if parameters.len() != prepared.parameters.len() {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                format!("wrong number of parameters for prepared statement {name:?}"),
            )
            .detail(format!(
                "expected {} parameters but got {}",
                prepared.parameters.len(),
                parameters.len()
            )));
        }
        let mut values = Vec::with_capacity(parameters.len());
        for (parameter, ty) in parameters.iter().zip(&prepared.parameters) {
            values.push(self.evaluate(parameter, ty).await?);
        }
        if let Some(columns) = &prepared.columns {
            call.check_columns(columns)?;
        }
        match &prepared.statement {
            Some(statement) => self.dispatch(statement, Call::of(&prepared, &values)).await,
            None => Ok(Answer::Empty),
        }
    }

    /// A constant expression's value, as the type wanted.
    async fn evaluate(&self, expr: &ast::Expr, ty: &DataType) -> Result<ScalarValue> {
        let scope = self.scope_now().await?;
        let query = update::select(
            vec![ast::SelectItem::UnnamedExpr(expr.clone())],
            Vec::new(),
            None,
        )?;
        let plan = scope.plan_query(query, &[])?;
        let batches: Vec<arrow::array::RecordBatch> =
            futures::TryStreamExt::try_collect(scope.run(&plan).await?).await?;
        let column = batches
            .first()
            .and_then(|batch| batch.columns().first().cloned());
        let column = column.ok_or_else(|| SqlError::internal("a constant has no value"))?;
        let column = match column_type(ty) {
            Some(ty) => convert(&column, &ty, Purpose::Assignment, self.zone())?,
            None => column,
        };
        Ok(ScalarValue::try_from_array(&column, 0)?.cast_to(ty)?)
    }

    pub(super) fn deallocate(&mut self, name: &ast::Ident) -> Result<Answer> {
        let folded = cairn_syntax::Name::folded(name).0;
        if name.quote_style.is_none() && folded == "all" {
            self.prepared.clear();
            return done("DEALLOCATE ALL");
        }
        match self.prepared.remove(&folded) {
            Some(_) => done("DEALLOCATE"),
            None => Err(unknown(&folded)),
        }
    }
}

/// Whether a statement may be run by EXECUTE, which a transaction takes for one that is not about the transaction itself.
fn is_preparable(statement: &Statement) -> bool {
    use ast::Statement as S;
    match statement {
        Statement::Sql(query) => matches!(
            query.statement(),
            S::Query(_) | S::Explain { .. } | S::Insert(_) | S::Update(_) | S::Delete(_)
        ),
        Statement::Upsert(_)
        | Statement::Show(_)
        | Statement::Backup(_)
        | Statement::Restore(_)
        | Statement::Job { .. }
        // Says itself that it is not there.
        | Statement::Later { .. } => true,
        _ => false,
    }
}

fn unknown(name: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidSqlStatementName,
        format!("prepared statement {name:?} does not exist"),
    )
}
