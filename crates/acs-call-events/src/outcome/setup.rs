//! Getting a call, and ending it.

use acs_common::CallConnectionId;

use super::operation::{Operation, Rules, Verdict};
use crate::data::{CallConnected, CallDisconnected, EventData};
use crate::hub::LogKey;
use crate::{CallEvent, EventOf, ResultInformation};

/// A call that was never connected ends with `CallDisconnected` as well as with the failure event, in either
/// order; whichever comes first decides. The operation context is no help here: `CreateCallFailed` carries
/// none (recorded traffic), and a leg is set up only once.
fn judge_setup(event: &CallEvent) -> Verdict<EventOf<CallConnected>> {
    match event.data() {
        EventData::CallConnected(_) => match event.clone().into_kind() {
            Ok(event) => Verdict::Success(event),
            Err(_) => Verdict::Unrelated,
        },
        EventData::CreateCallFailed(_) | EventData::AnswerFailed(_) | EventData::ConnectFailed(_) => {
            Verdict::Failed
        }
        EventData::CallDisconnected(_)
            if event
                .result_information()
                .is_some_and(|result| !ResultInformation::is_success(result)) =>
        {
            Verdict::Failed
        }
        _ => Verdict::Unrelated,
    }
}

macro_rules! setups {
    ($( $(#[$meta:meta])* $name:ident ),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug)]
            pub struct $name {
                call: CallConnectionId,
            }

            impl $name {
                /// For that leg.
                pub fn new(call: &CallConnectionId) -> Self {
                    Self { call: call.clone() }
                }

                /// The leg.
                pub fn call_connection_id(&self) -> &CallConnectionId {
                    &self.call
                }
            }

            impl Rules for $name {
                type Decided = EventOf<CallConnected>;

                fn key(&self) -> LogKey {
                    LogKey::Call(self.call.clone())
                }

                fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<CallConnected>> {
                    judge_setup(event)
                }
            }

            impl Operation for $name {
                type Success = EventOf<CallConnected>;
            }
        )+
    };
}

setups! {
    /// A call was created.
    CreateCall,
    /// An offered call was answered.
    AnswerCall,
    /// A running call was joined.
    ConnectCall,
    /// A leg is to be connected, however it came about.
    Connected,
}

/// The call is being hung up. Success is the end of the leg, whoever ended it.
#[derive(Clone, Debug)]
pub struct HangUp {
    call: CallConnectionId,
}

impl HangUp {
    /// For that leg.
    pub fn new(call: &CallConnectionId) -> Self {
        Self { call: call.clone() }
    }
}

impl Rules for HangUp {
    type Decided = EventOf<CallDisconnected>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<CallDisconnected>> {
        match event.clone().into_kind() {
            Ok(event) => Verdict::Success(event),
            Err(_) => Verdict::Unrelated,
        }
    }
}

impl Operation for HangUp {
    type Success = EventOf<CallDisconnected>;
}
