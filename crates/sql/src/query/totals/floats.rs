//! Totals of floats, with the arithmetic of PostgreSQL: what passes the largest float is 22003, and a window that slides adds up each
//! of its frames anew, because what was rounded away when a number was added does not come back when another is taken out.

use std::collections::{HashSet, VecDeque};
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{Accumulator, EmitTo, GroupsAccumulator},
};

use super::Kind;
use crate::{SqlError, SqlState};

/// How a total is made, and of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    pub kind: Kind,
    /// Whether a sum is one of FLOAT4s, which has their precision.
    pub single: bool,
}

/// The numbers of one group: how many, their sum, and the sum of the squares of their distances from the mean.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Recipe {
    fn add(self, sums: &mut Sums, number: f64) -> crate::Result<()> {
        let before = *sums;
        sums.count += 1.0;
        sums.sum = match self.single {
            true => f64::from(before.sum as f32 + number as f32),
            false => before.sum + number,
        };
        let finite = before.sum.is_finite() && number.is_finite();
        if self.kind == Kind::Sum {
            return check(finite, sums.sum);
        }
        if before.count == 0.0 {
            sums.squares = if number.is_finite() { 0.0 } else { f64::NAN };
            return Ok(());
        }
        let distance = number * sums.count - sums.sum;
        sums.squares += distance * distance / (sums.count * before.count);
        if !sums.sum.is_finite() || !sums.squares.is_finite() {
            check(finite, f64::INFINITY)?;
            sums.squares = f64::NAN;
        }
        Ok(())
    }

    fn merge(self, sums: &mut Sums, other: Sums) -> crate::Result<()> {
        if other.count == 0.0 || sums.count == 0.0 {
            if sums.count == 0.0 {
                *sums = other;
            }
            return Ok(());
        }
        let before = *sums;
        sums.count += other.count;
        sums.sum = match self.single {
            true => f64::from(before.sum as f32 + other.sum as f32),
            false => before.sum + other.sum,
        };
        let distance = before.sum / before.count - other.sum / other.count;
        sums.squares = before.squares
            + other.squares
            + before.count * other.count * distance * distance / sums.count;
        let finite = before.sum.is_finite() && other.sum.is_finite();
        check(finite, sums.sum)?;
        match self.kind {
            Kind::Sum => Ok(()),
            _ => check(
                before.squares.is_finite() && other.squares.is_finite(),
                sums.squares,
            ),
        }
    }

    fn value(self, sums: &Sums) -> Option<f64> {
        let enough = match self.kind {
            Kind::Variance { population: false } | Kind::Deviation { population: false } => 2.0,
            _ => 1.0,
        };
        if sums.count < enough {
            return None;
        }
        Some(match self.kind {
            Kind::Sum => sums.sum,
            Kind::Average => sums.sum / sums.count,
            Kind::Variance { population: true } => sums.squares / sums.count,
            Kind::Variance { population: false } => sums.squares / (sums.count - 1.0),
            Kind::Deviation { population: true } => (sums.squares / sums.count).sqrt(),
            Kind::Deviation { population: false } => (sums.squares / (sums.count - 1.0)).sqrt(),
        })
    }

    fn scalar(self, value: Option<f64>) -> ScalarValue {
        match self.single {
            true => ScalarValue::Float32(value.map(|value| value as f32)),
            false => ScalarValue::Float64(value),
        }
    }
}

/// Refuses an infinity that comes from finite numbers.
fn check(finite: bool, outcome: f64) -> crate::Result<()> {
    if finite && outcome.is_infinite() {
        return Err(SqlError::new(
            SqlState::NumericValueOutOfRange,
            "value out of range: overflow",
        ));
    }
    Ok(())
}

fn numbers(array: &ArrayRef) -> Result<Float64Array> {
    let doubles = arrow::compute::cast(array, &DataType::Float64)?;
    Ok(doubles.as_primitive::<Float64Type>().clone())
}

/// The states in three columns, row by row.
fn states(columns: &[ArrayRef]) -> Result<impl Iterator<Item = Sums>> {
    let [counts, sums, squares] = columns else {
        return Err(SqlError::internal("the state of a total of floats").into());
    };
    let (counts, sums, squares) = (numbers(counts)?, numbers(sums)?, numbers(squares)?);
    Ok((0..counts.len()).map(move |row| Sums {
        count: counts.value(row),
        sum: sums.value(row),
        squares: squares.value(row),
    }))
}

/// One group's total.
#[derive(Debug)]
pub(super) struct FloatTotal {
    recipe: Recipe,
    sums: Sums,
}

impl FloatTotal {
    pub fn new(recipe: Recipe) -> Self {
        FloatTotal {
            recipe,
            sums: Sums::default(),
        }
    }
}

impl Accumulator for FloatTotal {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for array in values {
            for number in numbers(array)?.iter().flatten() {
                self.recipe.add(&mut self.sums, number)?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.recipe.scalar(self.recipe.value(&self.sums)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Sums {
            count,
            sum,
            squares,
        } = self.sums;
        let state = [count, sum, squares].map(|part| ScalarValue::Float64(Some(part)));
        Ok(state.to_vec())
    }

    fn merge_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        for other in states(columns)? {
            self.recipe.merge(&mut self.sums, other)?;
        }
        Ok(())
    }
}

/// The totals of all groups.
pub(super) struct FloatTotals {
    recipe: Recipe,
    groups: Vec<Sums>,
}

impl FloatTotals {
    pub fn new(recipe: Recipe) -> Self {
        FloatTotals {
            recipe,
            groups: Vec::new(),
        }
    }

    fn columns(groups: &[Sums]) -> Vec<ArrayRef> {
        let column = |part: fn(&Sums) -> f64| {
            Arc::new(Float64Array::from_iter_values(groups.iter().map(part))) as ArrayRef
        };
        vec![
            column(|sums| sums.count),
            column(|sums| sums.sum),
            column(|sums| sums.squares),
        ]
    }
}

/// The numbers of a column, None where they do not count.
fn counted(
    values: &[ArrayRef],
    filter: Option<&BooleanArray>,
) -> Result<impl Iterator<Item = Option<f64>>> {
    let Some(array) = values.first() else {
        return Err(SqlError::internal("a total takes one argument").into());
    };
    let array = numbers(array)?;
    let filter = filter.cloned();
    Ok((0..array.len()).map(move |row| {
        let counts = |filter: &BooleanArray| filter.is_valid(row) && filter.value(row);
        let counts = array.is_valid(row) && filter.as_ref().is_none_or(counts);
        counts.then(|| array.value(row))
    }))
}

impl GroupsAccumulator for FloatTotals {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize(total_num_groups, Sums::default());
        for (group, number) in group_indices.iter().zip(counted(values, opt_filter)?) {
            if let (Some(sums), Some(number)) = (self.groups.get_mut(*group), number) {
                self.recipe.add(sums, number)?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = emit_to.take_needed(&mut self.groups);
        let values = groups.iter().map(|sums| self.recipe.value(sums));
        Ok(match self.recipe.single {
            true => {
                let values = values.map(|value| value.map(|value| value as f32));
                Arc::new(values.collect::<Float32Array>())
            }
            false => Arc::new(values.collect::<Float64Array>()),
        })
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = emit_to.take_needed(&mut self.groups);
        Ok(Self::columns(&groups))
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize(total_num_groups, Sums::default());
        for (group, other) in group_indices.iter().zip(states(values)?) {
            if let Some(sums) = self.groups.get_mut(*group) {
                self.recipe.merge(sums, other)?;
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let mut groups = Vec::new();
        for number in counted(values, opt_filter)? {
            let mut sums = Sums::default();
            if let Some(number) = number {
                self.recipe.add(&mut sums, number)?;
            }
            groups.push(sums);
        }
        Ok(Self::columns(&groups))
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Sums>()
    }
}

/// The numbers of a frame that slides.
#[derive(Debug)]
pub(super) struct SlidingFloats {
    recipe: Recipe,
    frame: VecDeque<f64>,
}

impl SlidingFloats {
    pub fn new(recipe: Recipe) -> Self {
        SlidingFloats {
            recipe,
            frame: VecDeque::new(),
        }
    }
}

impl Accumulator for SlidingFloats {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for array in values {
            self.frame.extend(numbers(array)?.iter().flatten());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for array in values {
            let gone = array.len() - array.null_count();
            self.frame.drain(..gone.min(self.frame.len()));
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut sums = Sums::default();
        for number in &self.frame {
            self.recipe.add(&mut sums, *number)?;
        }
        Ok(self.recipe.scalar(self.recipe.value(&sums)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.frame.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(SqlError::internal("a window's total is not split").into())
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        Err(SqlError::internal("a window's total is not split").into())
    }
}

/// The different numbers of one group, by their bits.
#[derive(Debug)]
pub(super) struct DistinctFloats {
    recipe: Recipe,
    seen: HashSet<u64>,
}

impl DistinctFloats {
    pub fn new(recipe: Recipe) -> Self {
        DistinctFloats {
            recipe,
            seen: HashSet::new(),
        }
    }

    fn see(&mut self, array: &ArrayRef) -> Result<()> {
        for number in numbers(array)?.iter().flatten() {
            // The two zeros are equal, and so are all that are not numbers.
            let number = if number.is_nan() {
                f64::NAN
            } else {
                number + 0.0
            };
            self.seen.insert(number.to_bits());
        }
        Ok(())
    }
}

impl Accumulator for DistinctFloats {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().try_for_each(|array| self.see(array))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut numbers: Vec<f64> = self.seen.iter().map(|bits| f64::from_bits(*bits)).collect();
        numbers.sort_by(f64::total_cmp);
        let mut sums = Sums::default();
        for number in numbers {
            self.recipe.add(&mut sums, number)?;
        }
        Ok(self.recipe.scalar(self.recipe.value(&sums)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.seen.capacity() * size_of::<u64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let seen = self.seen.iter().map(|bits| f64::from_bits(*bits));
        let seen: Vec<ScalarValue> = seen
            .map(|number| ScalarValue::Float64(Some(number)))
            .collect();
        let list = ScalarValue::new_list(&seen, &DataType::Float64, true);
        Ok(vec![ScalarValue::List(list)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states
            .iter()
            .filter_map(|states| states.as_list_opt::<i32>());
        for numbers in lists.flat_map(|lists| lists.iter().flatten()) {
            self.see(&numbers)?;
        }
        Ok(())
    }
}
