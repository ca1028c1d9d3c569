//! The resource that the environment names.

use std::collections::HashMap;
use std::fmt;

use acs_common::ConnectionString;
use anyhow::Context as _;

/// A resource, and how it reaches this program.
///
/// | variable | is |
/// |---|---|
/// | `ACS_CONNECTION_STRING` | the resource; without it there is an emulator in this process |
/// | `ACS_CALLBACK_URI` | a public `https` URI that leads to `ACS_LISTEN`, such as that of a tunnel |
/// | `ACS_LISTEN` | where this program listens, `127.0.0.1:8081` unless set |
/// | `ACS_PHONE_NUMBER` | a number of the resource, the caller ID for telephones |
/// | `ACS_COGNITIVE_SERVICES_ENDPOINT` | the Azure AI resource, where text is spoken and speech recognized |
/// | `ACS_PARTY_ANN`, … | a real person instead of a user that this program answers for: a number or a raw id |
pub struct Settings {
    pub(crate) resource: ConnectionString,
    pub(crate) callback: String,
    pub(crate) listen: String,
    pub(crate) number: Option<String>,
    pub(crate) ai: Option<String>,
    pub(crate) people: HashMap<String, String>,
}

const PERSON: &str = "ACS_PARTY_";

impl Settings {
    /// What the environment says; `None` when it names no resource.
    ///
    /// # Errors
    ///
    /// When it names a resource, but not everything that is needed then.
    pub fn from_env() -> anyhow::Result<Option<Self>> {
        Self::read(std::env::vars())
    }

    /// Reads settings from variables, as [`from_env`](Self::from_env) does from those of the process.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> anyhow::Result<Option<Self>> {
        let mut variables: HashMap<String, String> = variables
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect();
        let Some(text) = variables.remove("ACS_CONNECTION_STRING") else {
            return Ok(None);
        };
        let resource = text
            .parse()
            .context("ACS_CONNECTION_STRING: expected `endpoint=…;accesskey=…`")?;
        let callback = variables.remove("ACS_CALLBACK_URI").context(
            "ACS_CALLBACK_URI: expected the public https URI that leads to this program, because the resource \
             posts its events there",
        )?;
        let people = variables
            .iter()
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(PERSON)?.to_lowercase();
                Some((name, value.trim().to_owned()))
            })
            .collect();
        Ok(Some(Self {
            resource,
            callback,
            listen: variables
                .remove("ACS_LISTEN")
                .unwrap_or_else(|| "127.0.0.1:8081".to_owned()),
            number: variables.remove("ACS_PHONE_NUMBER"),
            ai: variables.remove("ACS_COGNITIVE_SERVICES_ENDPOINT"),
            people,
        }))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", self.resource.endpoint())
            .field("callback", &self.callback)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}
