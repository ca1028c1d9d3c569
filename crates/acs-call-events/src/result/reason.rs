//! Names for the pairs of code and sub code that the service is known to send.

macro_rules! reasons {
    (
        pairs { $( $(#[$meta:meta])* $name:ident = $( $code:literal / $sub:literal ),+ ; )+ }
        sub_codes { $( $(#[$sub_meta:meta])* $sub_name:ident = $( $only_sub:literal ),+ ; )+ }
    ) => {
        /// What a code and sub code say, for the pairs that are published or were recorded.
        ///
        /// Open: a pair that is not known here is [`Other`](Self::Other), with its codes. The six-digit
        /// sub codes of the telephone side are kept as [`Carrier`](Self::Carrier) where no name fits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $( $(#[$meta])* $name, )+
            $( $(#[$sub_meta])* $sub_name, )+
            /// An answer of the carrier or session border controller that has no name of its own: sub
            /// codes 560xyz (outgoing leg) and 540xyz (incoming leg).
            Carrier {
                /// The SIP status, the last three digits of the sub code.
                sip_status: u16,
                /// Whether the leg was an incoming one.
                incoming: bool,
            },
            /// A pair that is not known to this version of the crate.
            Other {
                /// The code.
                code: i32,
                /// The sub code.
                sub_code: i32,
            },
        }

        impl Reason {
            /// Names a pair. Exact pairs are looked up first; then sub codes that mean the same under
            /// every code, such as 8535; then the rule for telephone sub codes.
            #[expect(clippy::unnested_or_patterns, reason = "one alternative per line of the table")]
            pub fn from_codes(code: i32, sub_code: i32) -> Self {
                match (code, sub_code) {
                    $( $( ($code, $sub) )|+ => Self::$name, )+
                    $( $( (_, $only_sub) )|+ => Self::$sub_name, )+
                    _ => Self::from_rule(code, sub_code),
                }
            }

            /// Every pair with a name, for tables and tests.
            pub const PAIRS: &'static [(i32, i32, Self)] = &[
                $( $( ($code, $sub, Self::$name), )+ )+
            ];
        }
    };
}

reasons! {
    pairs {
        /// It went well.
        Success = 200 / 0;
        /// The client at the other end vanished.
        ClientVanished = 200 / 4521;
        /// Another participant removed this one.
        RemovedByParticipant = 200 / 5000;
        /// The other side ended the conversation.
        EndedByOtherSide = 200 / 5001;
        /// The last other participant left after a removal.
        LastParticipantLeft = 200 / 5002;
        /// Every endpoint of the callee declined.
        DeclinedByAllEndpoints = 200 / 5003, 487 / 10024;
        /// Only one participant remained.
        OneParticipantRemained = 200 / 5010;
        /// Nobody joined the group call.
        NobodyJoined = 200 / 5013;
        /// The participant was removed, or its invitation withdrawn.
        RemovedOrWithdrawn = 200 / 5300;
        /// Removed by a change of role.
        RemovedByRoleChange = 200 / 5317;
        /// Ended by Call Automation: a hang-up of the application.
        EndedByCallAutomation = 200 / 7000;
        /// Ended, or accepted, because of a successful transfer.
        Transferred = 200 / 7015;
        /// The calling telephone hung up.
        TelephoneCallerHungUp = 200 / 540_000;
        /// The called telephone hung up.
        TelephoneCalleeHungUp = 200 / 560_000;
        /// The caller canceled before the call was answered.
        CanceledByCaller = 487 / 0, 487 / 540_487, 497 / 560_487;
        /// Another endpoint or application took the call.
        AnsweredElsewhere = 487 / 10_003;
        /// Nobody answered in time.
        NotAnsweredInTime = 487 / 10_004, 480 / 560_480;
        /// The callee declined.
        Declined = 603 / 0, 603 / 560_603;
        /// The callee is busy.
        Busy = 486 / 0, 486 / 560_486, 486 / 540_486;
        /// The callee, or the service, forbids the call.
        Forbidden = 403 / 0, 403 / 560_403;
        /// The call was blocked as spam, or its alternate caller id is missing.
        BlockedAsSpam = 403 / 510_403;
        /// The trunk of direct routing was not found.
        TrunkNotFound = 403 / 511_532;
        /// The calling identity is not authenticated.
        UnauthenticatedIdentity = 401 / 10_009;
        /// The call is not known, or it has ended.
        CallUnknown = 404 / 4500;
        /// The number does not exist.
        NumberNotFound = 404 / 560_404, 404 / 511_404;
        /// The number is not well formed.
        InvalidNumber = 484 / 560_484;
        /// What the operation needs was not set up with the call.
        MissingConfiguration = 405 / 8522;
        /// No SIP answer came in time.
        NoSipAnswer = 408 / 560_408, 408 / 500_001;
        /// The media path could not be established.
        MediaPathFailed = 410 / 531_004;
        /// The target has no registered endpoint.
        NoRegisteredEndpoint = 480 / 10_037;
        /// The target is registered, but offline or out of reach.
        Unreachable = 480 / 10_076, 480 / 10_077, 480 / 10_078;
        /// The service or a carrier failed.
        ServerError = 500 / 10_045, 500 / 560_500, 503 / 560_503;
        /// The operation took too long.
        RequestTimeout = 408 / 10_057;
        /// The call reached the longest allowed duration.
        MaximumDurationReached = 429 / 10_110;
        /// The token cannot be used for this call.
        InvalidToken = 401 / 71_005, 495 / 4507;
        /// The call cannot be answered.
        CannotAnswer = 404 / 404;
        /// The media offer was not answered.
        MediaOfferTimeout = 408 / 4506;
        /// The client went away while the call was set up.
        ClientDeliveryFailed = 430 / 10_315, 430 / 10_317, 490 / 4502, 496 / 7;
    }
    sub_codes {
        /// The application lacks permissions.
        InsufficientPermissions = 7504;
        /// The source identity does not belong to this resource.
        InvalidSourceIdentity = 7507;
        /// Another media operation is active on the target.
        InvalidMediaMode = 8500;
        /// The call is not established.
        CallNotEstablished = 8501;
        /// The operation was canceled.
        Canceled = 8508;
        /// Nothing was heard before the initial silence timeout.
        InitialSilenceTimeout = 8510;
        /// The prompt could not be played.
        PromptFailed = 8511;
        /// The beep could not be played.
        BeepFailed = 8512;
        /// The stop tone was pressed.
        StopTone = 8514;
        /// It conflicts with another operation.
        Conflict = 8519;
        /// It is not supported here.
        NotSupported = 8520;
        /// It does not exist, or not any more.
        NotFound = 8522;
        /// An argument is invalid.
        InvalidArgument = 8523;
        /// The call was terminated.
        CallTerminated = 8528;
        /// As many digits as asked for were received.
        MaximumDigits = 8531;
        /// The next digit did not come in time.
        InterDigitTimeout = 8532;
        /// A choice was taken by key.
        ToneOptionMatched = 8533;
        /// A key was pressed that is no choice.
        IncorrectTone = 8534;
        /// The audio file is not of a supported format.
        InvalidFileFormat = 8535;
        /// The audio file could not be fetched.
        FileDownloadFailed = 8536;
        /// A choice was taken by voice.
        SpeechOptionMatched = 8545;
        /// What was said is no choice.
        SpeechOptionNotMatched = 8547;
        /// The call is not a group call.
        NotAGroupCall = 8548;
        /// The transfer failed on the way.
        RetargetFailed = 8549, 8550, 8551;
        /// Another transfer is under way.
        TransferInProgress = 8555;
        /// The organizer cannot be removed.
        CannotRemoveOrganizer = 8552;
        /// A recording is running already.
        DuplicateRecording = 8553;
        /// The participant is not in the call.
        ParticipantNotPresent = 8558;
        /// Only one application may dial out alone.
        DuplicateDialOut = 8559;
        /// What was said could not be understood.
        SpeechNotRecognized = 8563;
        /// The connection to the speech service failed.
        SpeechConnectionFailed = 8564;
        /// The cognitive services refused or failed.
        CognitiveServicesFailed = 8565;
        /// Unmuting others is not allowed.
        UnmuteNotAllowed = 8566;
        /// The cognitive services resource is not open to the communication resource.
        CognitivePrincipalMissing = 8567, 8568;
        /// Speech was recognized.
        SpeechRecognized = 8569;
        /// Recognizing speech failed.
        SpeechRecognitionFailed = 8570;
        /// Playing stopped because the service shuts down.
        PlayShutDown = 8572;
        /// The socket for transcription was not established.
        TranscriptionFailed = 8578;
        /// The transcription was canceled.
        TranscriptionCanceled = 8579;
        /// The transcription stopped because the service shuts down.
        TranscriptionShutDown = 8580;
        /// The address of the stream is wrong, or nobody serves it.
        InvalidStreamUrl = 8581;
        /// There is no text to say.
        EmptyPrompt = 8582;
        /// Something that must be the case is not.
        PreconditionFailed = 8583;
        /// Not possible in the present state.
        InvalidState = 8585;
        /// The incoming call was not acknowledged.
        OfferNotAcknowledged = 8586;
        /// The incoming call was not answered in time.
        OfferNotAnswered = 8587;
        /// Media streaming failed.
        StreamingFailed = 8603;
        /// Media streaming was canceled.
        StreamingCanceled = 8604;
        /// The custom speech model cannot be used.
        CustomSpeechModelFailed = 8605;
        /// Two transfers contradict each other.
        TransferConflict = 8607;
        /// The conversation could not be summarized.
        SummaryFailed = 8626;
        /// A service further down failed.
        DownstreamFailed = 9001, 9002, 9003, 9998, 9999;
    }
}

impl Reason {
    fn from_rule(code: i32, sub_code: i32) -> Self {
        let incoming = match sub_code / 1000 {
            560 => false,
            540 => true,
            _ => return Self::Other { code, sub_code },
        };
        match u16::try_from(sub_code % 1000) {
            Ok(sip_status) => Self::Carrier { sip_status, incoming },
            Err(_) => Self::Other { code, sub_code },
        }
    }

    /// Whether this version of the crate has a name for the pair.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_of_the_published_tables_have_names() {
        for (code, sub_code, reason) in [
            (200, 0, Reason::Success),
            (200, 7000, Reason::EndedByCallAutomation),
            (603, 0, Reason::Declined),
            (400, 8535, Reason::InvalidFileFormat),
            (487, 10_004, Reason::NotAnsweredInTime),
            (403, 8565, Reason::CognitiveServicesFailed),
            (404, 8522, Reason::NotFound),
            (405, 8522, Reason::MissingConfiguration),
        ] {
            assert_eq!(Reason::from_codes(code, sub_code), reason);
        }
    }

    #[test]
    fn telephone_sub_codes_follow_the_six_digit_rule() {
        assert_eq!(
            Reason::from_codes(606, 560_606),
            Reason::Carrier {
                sip_status: 606,
                incoming: false
            }
        );
        assert_eq!(
            Reason::from_codes(404, 540_404),
            Reason::Carrier {
                sip_status: 404,
                incoming: true
            }
        );
    }

    proptest! {
        #[test]
        fn any_pair_has_a_reason_and_unknown_ones_keep_their_codes(code: i32, sub_code: i32) {
            if let Reason::Other { code: kept, sub_code: kept_sub } = Reason::from_codes(code, sub_code) {
                prop_assert_eq!((kept, kept_sub), (code, sub_code));
            }
        }
    }
}
