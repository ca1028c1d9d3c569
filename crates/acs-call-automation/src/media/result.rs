//! The receipts of media operations.

/// Declares what an accepted operation returns: its context, and the wait for its outcome.
macro_rules! receipts {
    ($(
        $(#[$meta:meta])*
        $name:ident => $operation:ident, $wait:literal
    );+ $(;)?) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub struct $name {
                receipt: crate::outcome::Receipt,
            }

            impl $name {
                /// The operation context, given or made up, that the events of the operation carry.
                pub fn operation_context(&self) -> &acs_common::OperationContext {
                    self.receipt.operation_context()
                }

                #[doc = $wait]
                #[cfg(feature = "events")]
                pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::$operation> {
                    self.receipt.outcome(|call, context| {
                        acs_call_events::outcome::$operation::new(call).operation_context(context)
                    })
                }
            }
        )+
    };
}

pub(super) use receipts;
