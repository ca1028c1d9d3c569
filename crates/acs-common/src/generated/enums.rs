use crate::open_enum;

open_enum! {
    /// `AudioFormat` of the API description.
    pub enum AudioFormat {
        /// The value `pcm16KMono`.
        Pcm16KMono = "pcm16KMono",
        /// The value `pcm24KMono`.
        Pcm24KMono = "pcm24KMono",
    }
}

open_enum! {
    /// `CallConnectionState` of the API description.
    pub enum CallConnectionState {
        /// The value `unknown`.
        Unknown = "unknown",
        /// The value `connecting`.
        Connecting = "connecting",
        /// The value `connected`.
        Connected = "connected",
        /// The value `transferring`.
        Transferring = "transferring",
        /// The value `transferAccepted`.
        TransferAccepted = "transferAccepted",
        /// The value `disconnecting`.
        Disconnecting = "disconnecting",
        /// The value `disconnected`.
        Disconnected = "disconnected",
    }
}

open_enum! {
    /// `CallLocatorKind` of the API description.
    pub enum CallLocatorKind {
        /// The value `groupCallLocator`.
        GroupCallLocator = "groupCallLocator",
        /// The value `serverCallLocator`.
        ServerCallLocator = "serverCallLocator",
        /// The value `roomCallLocator`.
        RoomCallLocator = "roomCallLocator",
    }
}

open_enum! {
    /// `CallRejectReason` of the API description.
    pub enum CallRejectReason {
        /// The value `none`.
        None = "none",
        /// The value `busy`.
        Busy = "busy",
        /// The value `forbidden`.
        Forbidden = "forbidden",
    }
}

open_enum! {
    /// `CommunicationCloudEnvironmentModel` of the API description.
    pub enum CommunicationCloudEnvironmentModel {
        /// The value `public`.
        Public = "public",
        /// The value `dod`.
        Dod = "dod",
        /// The value `gcch`.
        Gcch = "gcch",
    }
}

open_enum! {
    /// `CommunicationIdentifierModelKind` of the API description.
    pub enum CommunicationIdentifierModelKind {
        /// The value `unknown`.
        Unknown = "unknown",
        /// The value `communicationUser`.
        CommunicationUser = "communicationUser",
        /// The value `phoneNumber`.
        PhoneNumber = "phoneNumber",
        /// The value `microsoftTeamsUser`.
        MicrosoftTeamsUser = "microsoftTeamsUser",
        /// The value `microsoftTeamsApp`.
        MicrosoftTeamsApp = "microsoftTeamsApp",
        /// The value `teamsExtensionUser`.
        TeamsExtensionUser = "teamsExtensionUser",
    }
}

open_enum! {
    /// `DtmfTone` of the API description.
    pub enum DtmfTone {
        /// The value `zero`.
        Zero = "zero",
        /// The value `one`.
        One = "one",
        /// The value `two`.
        Two = "two",
        /// The value `three`.
        Three = "three",
        /// The value `four`.
        Four = "four",
        /// The value `five`.
        Five = "five",
        /// The value `six`.
        Six = "six",
        /// The value `seven`.
        Seven = "seven",
        /// The value `eight`.
        Eight = "eight",
        /// The value `nine`.
        Nine = "nine",
        /// The value `a`.
        A = "a",
        /// The value `b`.
        B = "b",
        /// The value `c`.
        C = "c",
        /// The value `d`.
        D = "d",
        /// The value `pound`.
        Pound = "pound",
        /// The value `asterisk`.
        Asterisk = "asterisk",
    }
}

open_enum! {
    /// `MediaStreamingAudioChannelType` of the API description.
    pub enum MediaStreamingAudioChannelType {
        /// The value `mixed`.
        Mixed = "mixed",
        /// The value `unmixed`.
        Unmixed = "unmixed",
    }
}

open_enum! {
    /// `MediaStreamingContentType` of the API description.
    pub enum MediaStreamingContentType {
        /// The value `audio`.
        Audio = "audio",
    }
}

open_enum! {
    /// `MediaStreamingStatus` of the API description.
    pub enum MediaStreamingStatus {
        /// The value `mediaStreamingStarted`.
        MediaStreamingStarted = "mediaStreamingStarted",
        /// The value `mediaStreamingFailed`.
        MediaStreamingFailed = "mediaStreamingFailed",
        /// The value `mediaStreamingStopped`.
        MediaStreamingStopped = "mediaStreamingStopped",
        /// The value `unspecifiedError`.
        UnspecifiedError = "unspecifiedError",
    }
}

open_enum! {
    /// `MediaStreamingStatusDetails` of the API description.
    pub enum MediaStreamingStatusDetails {
        /// The value `subscriptionStarted`.
        SubscriptionStarted = "subscriptionStarted",
        /// The value `streamConnectionReestablished`.
        StreamConnectionReestablished = "streamConnectionReestablished",
        /// The value `streamConnectionUnsuccessful`.
        StreamConnectionUnsuccessful = "streamConnectionUnsuccessful",
        /// The value `streamUrlMissing`.
        StreamUrlMissing = "streamUrlMissing",
        /// The value `serviceShutdown`.
        ServiceShutdown = "serviceShutdown",
        /// The value `streamConnectionInterrupted`.
        StreamConnectionInterrupted = "streamConnectionInterrupted",
        /// The value `speechServicesConnectionError`.
        SpeechServicesConnectionError = "speechServicesConnectionError",
        /// The value `subscriptionStopped`.
        SubscriptionStopped = "subscriptionStopped",
        /// The value `unspecifiedError`.
        UnspecifiedError = "unspecifiedError",
        /// The value `authenticationFailure`.
        AuthenticationFailure = "authenticationFailure",
        /// The value `badRequest`.
        BadRequest = "badRequest",
        /// The value `tooManyRequests`.
        TooManyRequests = "tooManyRequests",
        /// The value `forbidden`.
        Forbidden = "forbidden",
        /// The value `serviceTimeout`.
        ServiceTimeout = "serviceTimeout",
        /// The value `initialWebSocketConnectionFailed`.
        InitialWebSocketConnectionFailed = "initialWebSocketConnectionFailed",
    }
}

open_enum! {
    /// `MediaStreamingSubscriptionState` of the API description.
    pub enum MediaStreamingSubscriptionState {
        /// The value `disabled`.
        Disabled = "disabled",
        /// The value `inactive`.
        Inactive = "inactive",
        /// The value `active`.
        Active = "active",
    }
}

open_enum! {
    /// `PlaySourceType` of the API description.
    pub enum PlaySourceType {
        /// The value `file`.
        File = "file",
        /// The value `text`.
        Text = "text",
        /// The value `ssml`.
        Ssml = "ssml",
    }
}

open_enum! {
    /// `RecognitionType` of the API description.
    pub enum RecognitionType {
        /// The value `dtmf`.
        Dtmf = "dtmf",
        /// The value `speech`.
        Speech = "speech",
        /// The value `choices`.
        Choices = "choices",
    }
}

open_enum! {
    /// `RecognizeInputType` of the API description.
    pub enum RecognizeInputType {
        /// The value `dtmf`.
        Dtmf = "dtmf",
        /// The value `speech`.
        Speech = "speech",
        /// The value `speechOrDtmf`.
        SpeechOrDtmf = "speechOrDtmf",
        /// The value `choices`.
        Choices = "choices",
    }
}

open_enum! {
    /// `RecordingChannel` of the API description.
    pub enum RecordingChannel {
        /// The value `mixed`.
        Mixed = "mixed",
        /// The value `unmixed`.
        Unmixed = "unmixed",
    }
}

open_enum! {
    /// `RecordingContent` of the API description.
    pub enum RecordingContent {
        /// The value `audio`.
        Audio = "audio",
        /// The value `audioVideo`.
        AudioVideo = "audioVideo",
    }
}

open_enum! {
    /// `RecordingFormat` of the API description.
    pub enum RecordingFormat {
        /// The value `wav`.
        Wav = "wav",
        /// The value `mp3`.
        Mp3 = "mp3",
        /// The value `mp4`.
        Mp4 = "mp4",
    }
}

open_enum! {
    /// `RecordingKind` of the API description.
    pub enum RecordingKind {
        /// The value `azureCommunicationServices`.
        AzureCommunicationServices = "azureCommunicationServices",
        /// The value `teams`.
        Teams = "teams",
        /// The value `teamsCompliance`.
        TeamsCompliance = "teamsCompliance",
    }
}

open_enum! {
    /// `RecordingState` of the API description.
    pub enum RecordingState {
        /// The value `active`.
        Active = "active",
        /// The value `inactive`.
        Inactive = "inactive",
    }
}

open_enum! {
    /// `RecordingStorageKind` of the API description.
    pub enum RecordingStorageKind {
        /// The value `azureCommunicationServices`.
        AzureCommunicationServices = "azureCommunicationServices",
        /// The value `azureBlobStorage`.
        AzureBlobStorage = "azureBlobStorage",
    }
}

open_enum! {
    /// `StreamingTransportType` of the API description.
    pub enum StreamingTransportType {
        /// The value `websocket`.
        Websocket = "websocket",
    }
}

open_enum! {
    /// `TranscriptionResultType` of the API description.
    pub enum TranscriptionResultType {
        /// The value `final`.
        Final = "final",
        /// The value `intermediate`.
        Intermediate = "intermediate",
    }
}

open_enum! {
    /// `TranscriptionStatus` of the API description.
    pub enum TranscriptionStatus {
        /// The value `transcriptionStarted`.
        TranscriptionStarted = "transcriptionStarted",
        /// The value `transcriptionFailed`.
        TranscriptionFailed = "transcriptionFailed",
        /// The value `transcriptionResumed`.
        TranscriptionResumed = "transcriptionResumed",
        /// The value `transcriptionUpdated`.
        TranscriptionUpdated = "transcriptionUpdated",
        /// The value `transcriptionStopped`.
        TranscriptionStopped = "transcriptionStopped",
        /// The value `unspecifiedError`.
        UnspecifiedError = "unspecifiedError",
    }
}

open_enum! {
    /// `TranscriptionStatusDetails` of the API description.
    pub enum TranscriptionStatusDetails {
        /// The value `subscriptionStarted`.
        SubscriptionStarted = "subscriptionStarted",
        /// The value `streamConnectionReestablished`.
        StreamConnectionReestablished = "streamConnectionReestablished",
        /// The value `streamConnectionUnsuccessful`.
        StreamConnectionUnsuccessful = "streamConnectionUnsuccessful",
        /// The value `streamUrlMissing`.
        StreamUrlMissing = "streamUrlMissing",
        /// The value `serviceShutdown`.
        ServiceShutdown = "serviceShutdown",
        /// The value `streamConnectionInterrupted`.
        StreamConnectionInterrupted = "streamConnectionInterrupted",
        /// The value `speechServicesConnectionError`.
        SpeechServicesConnectionError = "speechServicesConnectionError",
        /// The value `subscriptionStopped`.
        SubscriptionStopped = "subscriptionStopped",
        /// The value `unspecifiedError`.
        UnspecifiedError = "unspecifiedError",
        /// The value `authenticationFailure`.
        AuthenticationFailure = "authenticationFailure",
        /// The value `badRequest`.
        BadRequest = "badRequest",
        /// The value `tooManyRequests`.
        TooManyRequests = "tooManyRequests",
        /// The value `forbidden`.
        Forbidden = "forbidden",
        /// The value `serviceTimeout`.
        ServiceTimeout = "serviceTimeout",
        /// The value `transcriptionLocaleUpdated`.
        TranscriptionLocaleUpdated = "transcriptionLocaleUpdated",
    }
}

open_enum! {
    /// `TranscriptionSubscriptionState` of the API description.
    pub enum TranscriptionSubscriptionState {
        /// The value `disabled`.
        Disabled = "disabled",
        /// The value `inactive`.
        Inactive = "inactive",
        /// The value `active`.
        Active = "active",
    }
}

open_enum! {
    /// `VoiceKind` of the API description.
    pub enum VoiceKind {
        /// The value `male`.
        Male = "male",
        /// The value `female`.
        Female = "female",
    }
}
