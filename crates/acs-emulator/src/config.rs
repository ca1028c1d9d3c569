#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventGridSchema {
    EventGrid,
    CloudEvents,
}
