//! `json_get(column, 'key')` and its other name `tag(Tags, 'Team')`.
//!
//! A column of tags has few distinct values, and Parquet stores each once in a page's dictionary. Its string views then differ only
//! where they point, so a text is read once for each place it is pointed to, and not once for each row.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility};
use std::collections::HashMap;
use std::sync::Arc;

/// See the module.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct JsonGet {
    signature: Signature,
    aliases: Vec<String>,
}

impl JsonGet {
    pub(super) fn new() -> Self {
        let text = TypeSignature::Exact(vec![DataType::Utf8View, DataType::Utf8View]);
        Self { signature: Signature::new(text, Volatility::Immutable), aliases: vec!["tag".to_owned()] }
    }
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &'static str {
        "json_get"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts, keys] = args.args.as_slice() else { return exec_err!("json_get takes a column and a key") };
        let texts = texts.to_array(args.number_rows)?;
        let values: ArrayRef = match keys {
            ColumnarValue::Scalar(ScalarValue::Utf8View(Some(key))) => Arc::new(get_all(texts.as_string_view(), key)),
            ColumnarValue::Scalar(_) => Arc::new(StringViewArray::new_null(texts.len())),
            ColumnarValue::Array(keys) => Arc::new(get_each(texts.as_string_view(), keys.as_string_view())),
        };
        Ok(ColumnarValue::Array(values))
    }
}

/// The value of one key in each text.
fn get_all(texts: &StringViewArray, key: &str) -> StringViewArray {
    // A view of at most 12 bytes holds the text itself, a longer one its place: equal views are equal texts.
    let mut known: HashMap<u128, Option<String>> = HashMap::new();
    let mut values = StringViewBuilder::with_capacity(texts.len()).with_deduplicate_strings();
    let mut last: Option<(u128, Option<String>)> = None;
    for (row, view) in texts.views().iter().enumerate() {
        if texts.is_null(row) {
            values.append_null();
            continue;
        }
        match &last {
            Some((last, value)) if last == view => values.append_option(value.as_deref()),
            _ => {
                let value = known.entry(*view).or_insert_with(|| get(texts.value(row), key)).clone();
                values.append_option(value.as_deref());
                last = Some((*view, value));
            }
        }
    }
    values.finish()
}

/// The value of its own key in each text.
fn get_each(texts: &StringViewArray, keys: &StringViewArray) -> StringViewArray {
    texts.iter().zip(keys).map(|(text, key)| get(text?, key?)).collect()
}

/// The value of `key` in the object that `text` is: text as it is, anything else as JSON.
fn get(text: &str, key: &str) -> Option<String> {
    // Most texts without the key do not contain its letters either; an escape might hide them.
    if !text.contains(key) && !text.contains('\\') {
        return None;
    }
    match serde_json::from_str::<serde_json::Map<_, _>>(text).ok()?.remove(key)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(value) => Some(value),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{get, get_all};
    use datafusion::arrow::array::StringViewArray;

    #[test]
    fn the_value_of_a_key_is_its_text() {
        let text = r#"{"App":"shop","Count":3,"Gone":null,"Na\u006de":"x","Te\"am":"A"}"#;
        let values: Vec<_> = ["App", "Count", "Gone", "Name", "Te\"am", "app", "None"].map(|key| get(text, key)).into();
        let expected = [Some("shop"), Some("3"), None, Some("x"), Some("A"), None, None];
        assert_eq!(values, expected.map(|value| value.map(str::to_owned)));
        assert_eq!([get("", "a"), get("not json a", "a"), get("[\"a\"]", "a")], [None, None, None]);
    }

    #[test]
    fn rows_that_share_a_text_share_its_value_and_others_do_not() {
        let texts = [
            Some(r#"{"T":"a"}"#),
            Some(r#"{"T":"a long name, number 1"}"#),
            None,
            Some(r#"{"T":"a long name, number 2"}"#),
            Some(r#"{"T":"a"}"#),
        ];
        let values = get_all(&StringViewArray::from_iter(texts), "T");
        let expected = [Some("a"), Some("a long name, number 1"), None, Some("a long name, number 2"), Some("a")];
        assert_eq!(values, StringViewArray::from_iter(expected));
    }
}
