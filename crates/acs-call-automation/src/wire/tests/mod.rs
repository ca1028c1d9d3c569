//! Tests of the border: what requests look like, what is refused, what recorded traffic says.

mod bodies;
mod media_bodies;
mod media_properties;
mod media_recorded;
mod media_refusals;
mod properties;
mod recorded;
mod recordings;
mod refusals;

const CALLBACK: &str = "https://app.contoso.com/events";
const USER: &str = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f20-6897-28f4-343a0d007233";
const PHONE: &str = "+16041234567";
const CALLER_ID: &str = "+16044561234";
