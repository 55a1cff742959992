//! `charge_day` and `charge_hour`: where in time a charge lies, if it lies in one day or hour at all.

use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility};
use std::sync::Arc;

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// The day or hour of a charge, in UTC; null when it is longer.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ChargeTime {
    name: &'static str,
    is_day: bool,
    signature: Signature,
}

impl ChargeTime {
    /// `charge_day(start, end)`, a date.
    pub(super) fn day() -> Self {
        Self { name: "charge_day", is_day: true, signature: signature() }
    }

    /// `charge_hour(start, end)`, a moment.
    pub(super) fn hour() -> Self {
        Self { name: "charge_hour", is_day: false, signature: signature() }
    }
}

fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn signature() -> Signature {
    Signature::new(TypeSignature::Exact(vec![moment(), moment()]), Volatility::Immutable)
}

impl ScalarUDFImpl for ChargeTime {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.is_day { DataType::Date32 } else { moment() })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [starts, ends] = args.args.as_slice() else { return exec_err!("{} takes a start and an end", self.name) };
        let (starts, ends) = (starts.to_array(args.number_rows)?, ends.to_array(args.number_rows)?);
        let starts = starts.as_primitive::<TimestampMicrosecondType>().iter();
        let pairs = starts.zip(ends.as_primitive::<TimestampMicrosecondType>());
        let values: ArrayRef = if self.is_day {
            let day = |(start, end): (Option<i64>, Option<i64>)| i32::try_from(within(start?, end?, DAY_MICROS)?).ok();
            Arc::new(pairs.map(day).collect::<Date32Array>())
        } else {
            let hour = |(start, end): (Option<i64>, Option<i64>)| Some(within(start?, end?, HOUR_MICROS)? * HOUR_MICROS);
            Arc::new(pairs.map(hour).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        };
        Ok(ColumnarValue::Array(values))
    }
}

/// Which unit of time since 1970 holds the whole charge.
fn within(start: i64, end: i64, unit: i64) -> Option<i64> {
    let number = start.div_euclid(unit);
    (end <= (number + 1).saturating_mul(unit)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{DAY_MICROS, HOUR_MICROS, within};

    #[test]
    fn a_charge_lies_in_the_hour_or_day_that_holds_it_whole() {
        assert_eq!(within(HOUR_MICROS, 2 * HOUR_MICROS, HOUR_MICROS), Some(1));
        assert_eq!(within(HOUR_MICROS, 2 * HOUR_MICROS + 1, HOUR_MICROS), None);
        assert_eq!(within(HOUR_MICROS, 2 * HOUR_MICROS, DAY_MICROS), Some(0));
        assert_eq!(within(-1, 0, DAY_MICROS), Some(-1));
        assert_eq!(within(5, 5, HOUR_MICROS), Some(0));
    }
}
