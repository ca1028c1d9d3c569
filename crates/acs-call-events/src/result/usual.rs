//! Results that most events carry, kept once for the whole process.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{DiagnosticInfo, ResultInformation};
use crate::wire::{FieldSeed, Key, Odd, Text};

/// What the service says of a success: call control says nothing, media and streaming a sentence (recorded
/// traffic).
static USUAL: LazyLock<[ResultInformation; 2]> = LazyLock::new(|| {
    [
        ResultInformation::of(200, 0, ""),
        ResultInformation::of(200, 0, "Action completed successfully."),
    ]
});

/// A result that costs nothing where it is a usual one.
#[derive(Clone)]
pub(crate) enum SharedResult {
    Usual(&'static ResultInformation),
    Own(Arc<ResultInformation>),
}

impl SharedResult {
    /// Which of the usual results it is.
    pub(crate) fn usual_number(&self) -> Option<u8> {
        let Self::Usual(result) = self else {
            return None;
        };
        let number = USUAL.iter().position(|usual| std::ptr::eq(usual, *result))?;
        u8::try_from(number).ok()
    }

    /// The usual result of that number.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        USUAL.get(usize::from(number)).map(Self::Usual)
    }

    /// Reads a result; `None` where there is `null`.
    pub(crate) fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        odd: &Odd,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_option(ResultVisitor(odd))
    }
}

impl From<ResultInformation> for SharedResult {
    fn from(result: ResultInformation) -> Self {
        match USUAL.iter().find(|usual| **usual == result) {
            Some(usual) => Self::Usual(usual),
            None => Self::Own(Arc::new(result)),
        }
    }
}

impl Deref for SharedResult {
    type Target = ResultInformation;

    fn deref(&self) -> &ResultInformation {
        match self {
            Self::Usual(result) => result,
            Self::Own(result) => result,
        }
    }
}

impl fmt::Debug for SharedResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for SharedResult {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// A result as it is read, its message not yet copied.
#[derive(Default)]
struct Draft<'de> {
    code: i32,
    sub_code: i32,
    message: Cow<'de, str>,
    sip_details: Option<DiagnosticInfo>,
    q850_details: Option<DiagnosticInfo>,
}

impl Draft<'_> {
    fn finish(self) -> SharedResult {
        let plain = self.sip_details.is_none() && self.q850_details.is_none();
        let usual = USUAL.iter().find(|usual| {
            plain
                && usual.code == self.code
                && usual.sub_code == self.sub_code
                && usual.message == self.message
        });
        match usual {
            Some(usual) => SharedResult::Usual(usual),
            None => SharedResult::Own(Arc::new(ResultInformation {
                code: self.code,
                sub_code: self.sub_code,
                message: self.message.into_owned(),
                sip_details: self.sip_details,
                q850_details: self.q850_details,
            })),
        }
    }
}

struct ResultVisitor<'o>(&'o Odd);

impl<'de> Visitor<'de> for ResultVisitor<'_> {
    type Value = Option<SharedResult>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a result, an object")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut draft = Draft::default();
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "code" => draft.code = map.next_value_seed(FieldSeed::new(self.0))?,
                "subCode" => draft.sub_code = map.next_value_seed(FieldSeed::new(self.0))?,
                "message" => draft.message = map.next_value::<Text<'de>>()?.0.unwrap_or_default(),
                "sipDetails" => draft.sip_details = map.next_value_seed(FieldSeed::new(self.0))?,
                "q850Details" => draft.q850_details = map.next_value_seed(FieldSeed::new(self.0))?,
                _ => {
                    self.0.note();
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(draft.finish()))
    }
}

/// Reads a [`SharedResult`] as the value of a map.
pub(crate) struct ResultSeed<'o>(pub(crate) &'o Odd);

impl<'de> DeserializeSeed<'de> for ResultSeed<'_> {
    type Value = Option<SharedResult>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        SharedResult::read(deserializer, self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize as _;

    use super::*;

    /// Both ways of reading a result, held against each other.
    fn read(text: &str) -> (Option<SharedResult>, bool) {
        let odd = Odd::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let result = SharedResult::read(&mut deserializer, &odd).unwrap();
        let plain = Option::<ResultInformation>::deserialize(&mut serde_json::Deserializer::from_str(text));
        assert_eq!(result.as_deref(), plain.unwrap().as_ref(), "{text}");
        (result, odd.is_noted())
    }

    #[test]
    fn usual_results_are_not_copied_and_others_are_read_whole() {
        for text in [
            r#"{"code":200,"subCode":0,"message":""}"#,
            r#"{"message":"Action completed successfully.","subCode":0,"code":200}"#,
            r#"{"code":200,"subCode":null}"#,
        ] {
            assert!(
                matches!(read(text), (Some(SharedResult::Usual(_)), false)),
                "{text}"
            );
        }
        for text in [
            r#"{"code":200,"subCode":7000,"message":""}"#,
            r#"{"code":400,"subCode":8508,"message":"Action falied, the operation was cancelled."}"#,
            r#"{"code":200,"subCode":0,"message":"","sipDetails":{"code":404,"message":"gone"}}"#,
            r#"{"code":200,"subCode":0,"message":"","q850Details":{"code":16}}"#,
            "{}",
        ] {
            assert!(
                matches!(read(text), (Some(SharedResult::Own(_)), false)),
                "{text}"
            );
        }
        assert!(read("null").0.is_none());
        assert!(read(r#"{"code":200,"message":"","severity":1}"#).1);
    }

    #[test]
    fn a_result_of_another_type_is_an_error() {
        for text in ["7", "[]", r#"{"code":"x"}"#, r#"{"message":7}"#] {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            assert!(
                SharedResult::read(&mut deserializer, &Odd::default()).is_err(),
                "{text}"
            );
        }
    }
}
