//! Maps, structs and lists of Parquet files, as JSON text.

use super::parquet::strict_cast;
use arrow::array::{Array, ArrayRef, AsArray, MapArray, StringArray};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Each row's map as JSON text with sorted keys; rows without entries have empty text.
pub(super) fn map_texts(maps: &MapArray) -> Result<Vec<Arc<str>>, ArrowError> {
    let (keys, values) = (texts(maps.keys())?, texts(maps.values())?);
    let empty: Arc<str> = Arc::from("");
    let mut known: hashbrown::HashMap<Vec<u8>, Arc<str>> = hashbrown::HashMap::new();
    let mut raw = Vec::new();
    let row_text = |row: usize| {
        let entries = maps.value_offsets()[row] as usize..maps.value_offsets()[row + 1] as usize;
        if maps.is_null(row) || entries.is_empty() {
            return Arc::clone(&empty);
        }
        raw.clear();
        for at in entries.clone() {
            push_part(&mut raw, Some(keys.value(at).as_bytes()));
            push_part(&mut raw, values.is_valid(at).then(|| values.value(at).as_bytes()));
        }
        if let Some(text) = known.get(&raw) {
            return Arc::clone(text);
        }
        let pairs = entries.filter(|at| values.is_valid(*at)).map(|at| (keys.value(at).to_owned(), values.value(at).into()));
        let text: Arc<str> = Value::Object(pairs.collect()).to_string().into();
        known.insert(raw.clone(), Arc::clone(&text));
        text
    };
    Ok((0..maps.len()).map(row_text).collect())
}

/// Adds a value to the bytes that several values are known by, so that no two lists of values have the same: its length first.
pub(super) fn push_part(raw: &mut Vec<u8>, part: Option<&[u8]>) {
    let length = part.map_or(u32::MAX, |part| u32::try_from(part.len()).unwrap_or(u32::MAX - 1));
    raw.extend_from_slice(&length.to_le_bytes());
    raw.extend_from_slice(part.unwrap_or_default());
}

/// Each row's struct or list as JSON text; null rows have empty text.
pub(super) fn nested_texts(array: &ArrayRef) -> Result<Vec<Arc<str>>, ArrowError> {
    let text = |value: Value| if value.is_null() { Arc::from("") } else { value.to_string().into() };
    Ok(json_values(array)?.into_iter().map(text).collect())
}

/// Values as JSON, plain ones by their text.
fn json_values(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let rows = 0..array.len();
    match array.data_type() {
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter().map(json_values).collect::<Result<Vec<_>, _>>()?;
            let object = |row: usize| -> Map<String, Value> {
                fields.iter().zip(&columns).map(|(field, column)| (field.name().clone(), column[row].clone())).collect()
            };
            Ok(rows.map(|row| if array.is_null(row) { Value::Null } else { Value::Object(object(row)) }).collect())
        }
        DataType::Map(..) => {
            let object = |text: Arc<str>| serde_json::from_str(&text).unwrap_or(Value::Null);
            Ok(map_texts(array.as_map())?.into_iter().map(object).collect())
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let items = |row| if lists.is_null(row) { Ok(Value::Null) } else { json_values(&lists.value(row)).map(Value::Array) };
            rows.map(items).collect()
        }
        _ => {
            let values = texts(array)?;
            Ok(rows.map(|row| if values.is_null(row) { Value::Null } else { values.value(row).into() }).collect())
        }
    }
}

fn texts(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    Ok(strict_cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}
