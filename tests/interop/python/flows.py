"""The flows, in the order in which they are run."""

from azure.communication.callautomation import (
    AudioFormat,
    CallRejectReason,
    CommunicationUserIdentifier,
    DtmfTone,
    FileSource,
    MediaStreamingAudioChannelType,
    MediaStreamingContentType,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    RecognitionChoice,
    RecognizeInputType,
    RecordingChannel,
    RecordingContent,
    RecordingFormat,
    SsmlSource,
    StreamingTransportType,
    TextSource,
    TranscriptionOptions,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from transport import at_the_service
from world import access_key, authority

AI_SERVICES = "https://ai.invalid/"
VERSIONS = ["2023-10-15", "2024-04-15", "2024-09-15", "2025-05-15", "2025-06-15"]


async def outgoing_call(w):
    name, number = w.name(), "+16045550111"
    connection, made = await w.telephone(number, name, operation_context="first")
    properties = await w.properties(connection)
    assert properties.call_connection_state == "connected"
    assert properties.server_call_id and properties.correlation_id == made.correlation_id
    assert [target.raw_id for target in properties.targets] == [f"4:{number}"]
    updated = await w.event(name, "ParticipantsUpdated")
    assert len(updated["participants"]) == 2, updated
    roster = await w.all(connection.list_participants())
    w.carried_out.append("getParticipants")
    assert f"4:{number}" in [participant.identifier.raw_id for participant in roster], roster
    one = await w.operation("getParticipant", connection.get_participant(PhoneNumberIdentifier(number)))
    assert one.identifier.properties["value"] == number and not one.is_muted and not one.is_on_hold
    await w.operation("hangupCall", connection.hang_up(is_for_everyone=False))
    await w.event(name, "CallDisconnected")
    await w.refused(ResourceNotFoundError, connection.get_call_properties, "8522")


async def group_call(w):
    users = [await w.user(), await w.user()]
    for user in users:
        w.script(user.raw_id, {"onRing": {"action": "answer"}})
    name = w.name()
    made = await w.operation("createCall", w.client.create_group_call(users, w.app.callback(name)))
    await w.event(name, "CallConnected")
    await w.end(w.client.get_call_connection(made.call_connection_id), name)


async def unanswered_calls(w):
    name, number = w.name(), "+16045550112"
    w.script(f"4:{number}", {"onRing": {"action": "reject", "reason": "busy"}})
    await w.operation(
        "createCall",
        w.client.create_call(PhoneNumberIdentifier(number), w.app.callback(name), source_caller_id_number=w.number),
    )
    failed = await w.event(name, "CreateCallFailed")
    assert failed["resultInformation"]["code"] == 486, failed


async def ring(w):
    """A call to a user that is offered to the application."""
    user, name = await w.user(), w.name()
    made = await w.operation("createCall", w.client.create_call(user, w.app.callback(name)))
    offer = await w.offer("IncomingCall", lambda data: data["to"]["rawId"] == user.raw_id)
    return name, made, offer["incomingCallContext"]


async def incoming_call_answered(w):
    caller, made, offer = await ring(w)
    name = w.name()
    answered = await w.operation(
        "answerCall", w.client.answer_call(offer, w.app.callback(name), operation_context="taken")
    )
    assert answered.call_connection_id != made.call_connection_id
    connected = await w.event(name, "CallConnected")
    assert connected["operationContext"] == "taken", connected
    await w.event(caller, "CallConnected")
    await w.operation("hangupCall", w.client.get_call_connection(answered.call_connection_id).hang_up(False))
    await w.event(caller, "CallDisconnected")


async def incoming_call_rejected(w):
    caller, _, offer = await ring(w)
    await w.operation("rejectCall", w.client.reject_call(offer, call_reject_reason=CallRejectReason.BUSY))
    failed = await w.event(caller, "CreateCallFailed")
    assert failed["resultInformation"]["code"] == 486, failed
    failure = await w.refused(HttpResponseError, lambda: w.client.reject_call(offer), "(")
    assert failure.status_code >= 400


async def incoming_call_redirected(w):
    caller, made, offer = await ring(w)
    target = await w.user()
    w.script(target.raw_id, {"onRing": {"action": "answer"}})
    await w.operation("redirectCall", w.client.redirect_call(offer, target))
    await w.event(caller, "CallConnected")
    await w.end(w.client.get_call_connection(made.call_connection_id), caller)


async def participants(w):
    name = w.name()
    connection, _ = await w.telephone("+16045550113", name)
    user, late = await w.user(), await w.user()
    w.script(user.raw_id, {"onRing": {"action": "answer"}})
    w.script(late.raw_id, {"onRing": {"action": "noAnswer"}})
    adding = await w.operation(
        "addParticipant",
        connection.add_participant(user, operation_context="join", voip_headers={"a": "b"}, invitation_timeout=30),
    )
    added = await w.event(name, "AddParticipantSucceeded")
    assert added["participant"]["rawId"] == user.raw_id and added["operationContext"] == "join", added
    assert adding.invitation_id and adding.participant.identifier.raw_id == user.raw_id
    await w.operation("muteParticipants", connection.mute_participant(user))
    muted = await w.operation("getParticipant", connection.get_participant(user))
    assert muted.is_muted
    removing = await w.operation("removeParticipant", connection.remove_participant(user, operation_context="leave"))
    assert removing.operation_context == "leave"
    removed = await w.event(name, "RemoveParticipantSucceeded")
    assert removed["participant"]["rawId"] == user.raw_id, removed
    ringing = await w.operation("addParticipant", connection.add_participant(late))
    cancelled = await w.operation(
        "cancelAddParticipant", connection.cancel_add_participant_operation(ringing.invitation_id)
    )
    assert cancelled.invitation_id == ringing.invitation_id
    done = await w.event(name, "CancelAddParticipantSucceeded")
    assert done["invitationId"] == ringing.invitation_id, done
    w.script(late.raw_id, {"onRing": {"action": "reject"}})
    await w.operation("addParticipant", connection.add_participant(late))
    await w.event(name, "AddParticipantFailed")
    await w.end(connection, name)


async def transfers(w):
    name, other = w.name(), PhoneNumberIdentifier("+16045550115")
    connection, _ = await w.telephone("+16045550114", name)
    w.script(other.raw_id, {"onRing": {"action": "reject", "reason": "busy"}})
    transfer = {"source_caller_id_number": w.number, "sip_headers": {"X-MS-Custom-a": "b"}}
    await w.operation(
        "transferToParticipant", connection.transfer_call_to_participant(other, operation_context="to", **transfer)
    )
    failed = await w.event(name, "CallTransferFailed")
    assert failed["operationContext"] == "to", failed
    w.script(other.raw_id, {"onRing": {"action": "answer"}})
    await w.operation("transferToParticipant", connection.transfer_call_to_participant(other, **transfer))
    accepted = await w.event(name, "CallTransferAccepted")
    assert accepted["transferTarget"]["rawId"] == other.raw_id, accepted
    await w.event(name, "CallDisconnected")


async def connect_to_a_call(w):
    name, bystander = w.name(), w.name()
    connection, _ = await w.telephone("+16045550116", name)
    call = (await w.properties(connection)).server_call_id
    joined = await w.operation(
        "connect", w.client.connect_call(w.app.callback(bystander), server_call_id=call, operation_context="look")
    )
    connected = await w.event(bystander, "CallConnected")
    assert connected["serverCallId"] == call and connected["callConnectionId"] == joined.call_connection_id
    await w.end(connection, name)
    await w.event(bystander, "CallDisconnected")
    await w.refused(
        ResourceNotFoundError,
        lambda: w.client.connect_call(w.app.callback(bystander), server_call_id=call),
        "8522",
    )


async def moved_participants(w):
    here, there = w.name(), w.name()
    lobby, lobby_made = await w.telephone("+16045550117", there)
    agent, _ = await w.telephone("+16045550118", here)
    moving = await w.operation(
        "moveParticipants",
        agent.move_participants(
            [PhoneNumberIdentifier("+16045550117")], lobby_made.call_connection_id, operation_context="next"
        ),
    )
    assert moving.from_call == lobby_made.call_connection_id and moving.operation_context == "next"
    moved = await w.event(here, "MoveParticipantSucceeded")
    assert moved["participant"]["rawId"] == "4:+16045550117", moved
    await w.event(there, "CallDisconnected")
    await w.end(agent, here)


async def playing(w):
    name, caller = w.name(), PhoneNumberIdentifier("+16045550119")
    connection, _ = await w.telephone("+16045550119", name, cognitive_services_endpoint=AI_SERVICES)
    text = TextSource(text="Hello", voice_name="en-US-JennyNeural")
    ssml = SsmlSource(ssml_text='<speak version="1.0" xml:lang="en-US">Hello</speak>')
    both = connection.play_media_to_all([FileSource(url=w.prompt), text], operation_context="all")
    await w.operation("play", both)
    assert (await w.event(name, "PlayStarted"))["operationContext"] == "all"
    await w.event(name, "PlayCompleted")
    await w.operation("play", connection.play_media(ssml, play_to=[caller]))
    await w.event(name, "PlayCompleted")
    await w.operation("play", connection.play_media_to_all(FileSource(url=f"{w.app.base}/nothing.wav")))
    failed = await w.event(name, "PlayFailed")
    assert failed["resultInformation"]["subCode"] == 8536 and failed["failedPlaySourceIndex"] == 0, failed
    await w.operation("play", connection.play_media_to_all(FileSource(url=w.prompt), loop=True))
    await w.event(name, "PlayStarted")
    await w.operation("cancelAllMediaOperations", connection.cancel_all_media_operations())
    await w.event(name, "PlayCanceled")
    await w.end(connection, name)


async def recognizing(w):
    name, caller = w.name(), PhoneNumberIdentifier("+16045550120")
    w.script(
        caller.raw_id,
        {
            "whenAsked": [
                {"action": "press", "tones": "42#"},
                {"action": "say", "text": "a boat"},
                {"action": "say", "text": "good evening"},
                {"action": "press", "tones": "7"},
                {"action": "silence"},
            ]
        },
    )
    connection, _ = await w.telephone("+16045550120", name, cognitive_services_endpoint=AI_SERVICES)

    async def ask(kind, **options):
        prompt = FileSource(url=w.prompt)
        asked = connection.start_recognizing_media(
            kind, caller, play_prompt=prompt, initial_silence_timeout=5, operation_context="ask", **options
        )
        await w.operation("recognize", asked)
        heard = await w.event(name, "RecognizeCompleted")
        assert heard["operationContext"] == "ask", heard
        return heard

    heard = await ask(RecognizeInputType.DTMF, dtmf_max_tones_to_collect=5, dtmf_stop_tones=[DtmfTone.POUND])
    assert heard["dtmfResult"]["tones"] == ["four", "two"], heard
    choices = [
        RecognitionChoice(label="boat", phrases=["a boat"], tone=DtmfTone.ONE),
        RecognitionChoice(label="car", phrases=["a car"], tone=DtmfTone.TWO),
    ]
    heard = await ask(RecognizeInputType.CHOICES, choices=choices, speech_language="en-US")
    assert heard["choiceResult"]["label"] == "boat", heard
    heard = await ask(RecognizeInputType.SPEECH, end_silence_timeout=1, speech_language="en-US")
    assert heard["speechResult"]["speech"] == "good evening", heard
    heard = await ask(RecognizeInputType.SPEECH_OR_DTMF, dtmf_max_tones_to_collect=1, end_silence_timeout=1)
    assert heard["dtmfResult"]["tones"] == ["seven"], heard
    silence = connection.start_recognizing_media(
        RecognizeInputType.DTMF, caller, dtmf_max_tones_to_collect=1, initial_silence_timeout=1
    )
    await w.operation("recognize", silence)
    failed = await w.event(name, "RecognizeFailed")
    assert failed["resultInformation"]["subCode"] == 8510, failed
    await w.operation(
        "recognize",
        connection.start_recognizing_media(
            RecognizeInputType.DTMF, caller, dtmf_max_tones_to_collect=1, initial_silence_timeout=60
        ),
    )
    await w.operation("cancelAllMediaOperations", connection.cancel_all_media_operations())
    await w.event(name, "RecognizeCanceled")
    await w.end(connection, name)


async def tones(w):
    name, caller = w.name(), PhoneNumberIdentifier("+16045550121")
    connection, _ = await w.telephone("+16045550121", name)
    following = connection.start_continuous_dtmf_recognition(caller, operation_context="follow")
    await w.operation("startContinuousDtmfRecognition", following)
    w.act(caller.raw_id, {"action": "press", "tones": "5"})
    received = await w.event(name, "ContinuousDtmfRecognitionToneReceived")
    assert received["tone"] == "five" and received["sequenceId"] == 1, received
    await w.operation("stopContinuousDtmfRecognition", connection.stop_continuous_dtmf_recognition(caller))
    await w.event(name, "ContinuousDtmfRecognitionStopped")
    sending = connection.send_dtmf_tones([DtmfTone.ONE, DtmfTone.POUND], caller, operation_context="send")
    sent = await w.operation("sendDtmfTones", sending)
    assert sent.operation_context == "send"
    await w.event(name, "SendDtmfTonesCompleted")
    await w.end(connection, name)


async def hold(w):
    name, caller = w.name(), PhoneNumberIdentifier("+16045550122")
    connection, _ = await w.telephone("+16045550122", name)
    music = connection.hold(caller, play_source=FileSource(url=w.prompt), operation_context="wait")
    await w.operation("hold", music)
    await w.event(name, "ParticipantsUpdated", lambda data: any(who["isOnHold"] for who in data["participants"]))
    held = await w.operation("getParticipant", connection.get_participant(caller))
    assert held.is_on_hold
    await w.operation("unhold", connection.unhold(caller))
    await w.event(name, "ParticipantsUpdated", lambda data: not any(who["isOnHold"] for who in data["participants"]))
    back = await w.operation("getParticipant", connection.get_participant(caller))
    assert not back.is_on_hold
    nothing = FileSource(url=f"{w.app.base}/nothing.wav")
    await w.operation("hold", connection.hold(caller, play_source=nothing, operation_context="bad"))
    failed = await w.event(name, "HoldFailed")
    assert failed["operationContext"] == "bad" and failed["resultInformation"]["subCode"] == 8536, failed
    await w.end(connection, name)


async def recordings(w):
    name, states = w.name(), w.name()
    connection, _ = await w.telephone("+16045550123", name)
    call = (await w.properties(connection)).server_call_id
    files = w.kind.client.from_connection_string(
        w.secure["connectionString"], transport=w.kind.rerouted(authority(w.secure))
    )
    begun = await w.operation(
        "startRecording",
        w.client.start_recording(
            server_call_id=call,
            recording_state_callback_url=w.app.callback(states),
            recording_content_type=RecordingContent.AUDIO,
            recording_channel_type=RecordingChannel.UNMIXED,
            recording_format_type=RecordingFormat.WAV,
        ),
    )
    recording = begun.recording_id
    changed = await w.event(states, "RecordingStateChanged")
    assert changed["recordingId"] == recording, changed
    await w.refused(HttpResponseError, lambda: w.client.start_recording(server_call_id=call), "8553")
    await w.operation("pauseRecording", w.client.pause_recording(recording))
    state = await w.operation("getRecordingProperties", w.client.get_recording_properties(recording))
    assert state.recording_state == "inactive", state.recording_state
    await w.operation("resumeRecording", w.client.resume_recording(recording))
    state = await w.operation("getRecordingProperties", w.client.get_recording_properties(recording))
    assert state.recording_state == "active", state.recording_state
    await w.operation("stopRecording", w.client.stop_recording(recording))
    await w.refused(ResourceNotFoundError, lambda: w.client.get_recording_properties(recording), "8522")
    finished = await w.offer("RecordingFileStatusUpdated")
    [chunk] = finished["recordingStorageInfo"]["recordingChunks"]
    content, document = at_the_service(chunk["contentLocation"]), at_the_service(chunk["deleteLocation"])
    whole = await w.bytes(await w.operation("downloadRecording", files.download_recording(content)))
    assert whole[:4] == b"RIFF" and whole[8:12] == b"WAVE", whole[:12]
    part = await w.bytes(await w.operation("downloadRecording", files.download_recording(content, offset=4, length=8)))
    assert part == whole[4:12], part
    await w.operation("deleteRecording", files.delete_recording(document))
    await w.refused(ResourceNotFoundError, lambda: files.download_recording(content), "")
    await w.call(files.close())
    await w.end(connection, name)


async def media_streaming(w):
    name = w.name()
    connection, _ = await w.telephone(
        "+16045550124",
        name,
        media_streaming=MediaStreamingOptions(
            transport_url=f"{w.app.sockets}/streams/{name}",
            transport_type=StreamingTransportType.WEBSOCKET,
            content_type=MediaStreamingContentType.AUDIO,
            audio_channel_type=MediaStreamingAudioChannelType.UNMIXED,
            audio_format=AudioFormat.PCM16_K_MONO,
            start_media_streaming=False,
        ),
    )
    await w.operation("startMediaStreaming", connection.start_media_streaming(operation_context="listen"))
    started = await w.event(name, "MediaStreamingStarted")
    assert started["operationContext"] == "listen", started
    metadata = await w.frame(name, "AudioMetadata")
    assert metadata["audioMetadata"]["sampleRate"] == 16000, metadata
    audio = await w.frame(name, "AudioData")
    assert audio["audioData"]["data"], audio
    subscription = (await w.properties(connection)).media_streaming_subscription
    assert subscription.state == "active", subscription.state
    await w.operation("stopMediaStreaming", connection.stop_media_streaming())
    await w.event(name, "MediaStreamingStopped")
    await w.end(connection, name)


async def transcription(w):
    name, caller = w.name(), PhoneNumberIdentifier("+16045550125")
    connection, _ = await w.telephone(
        "+16045550125",
        name,
        cognitive_services_endpoint=AI_SERVICES,
        transcription=TranscriptionOptions(
            transport_url=f"{w.app.sockets}/streams/{name}",
            transport_type=StreamingTransportType.WEBSOCKET,
            locale="en-US",
            start_transcription=False,
        ),
    )
    await w.operation("startTranscription", connection.start_transcription(locale="en-US", operation_context="write"))
    started = await w.event(name, "TranscriptionStarted")
    assert started["operationContext"] == "write", started
    await w.frame(name, "TranscriptionMetadata")
    w.act(caller.raw_id, {"action": "say", "text": "Good morning."})
    written = await w.frame(name, "TranscriptionData")
    assert written["transcriptionData"]["text"] == "Good morning.", written
    await w.operation("updateTranscription", connection.update_transcription(locale="de-DE"))
    await w.event(name, "TranscriptionUpdated")
    await w.operation("stopTranscription", connection.stop_transcription())
    await w.event(name, "TranscriptionStopped")
    await w.end(connection, name)


async def without_tls(w):
    """The constructor with endpoint and key is the way to an emulator that speaks http."""
    for endpoint in [w.plain["endpoint"], w.plain["endpoint"].rstrip("/") + "/"]:
        client = w.kind.client(endpoint, access_key(w.plain))
        name = w.name()
        made = await w.call(
            client.create_call(
                PhoneNumberIdentifier("+16045550126"),
                w.app.callback(name),
                source_caller_id_number=PhoneNumberIdentifier(w.plain["phoneNumbers"][0]),
            )
        )
        await w.event(name, "CallConnected")
        await w.call(client.get_call_connection(made.call_connection_id).hang_up(True))
        await w.event(name, "CallDisconnected")
        await w.call(client.close())


async def bearer_tokens(w):
    """A credential of azure-identity, whose authority is the emulator."""
    endpoint = w.secure["endpoint"].rstrip("/")
    credential = w.kind.secret_credential(
        "contoso.example", "client", "secret", authority=endpoint, disable_instance_discovery=True
    )
    client = w.kind.client(endpoint, credential)
    await w.refused(ResourceNotFoundError, client.get_call_connection("none").get_call_properties, "8522")
    await w.call(client.close())
    await w.call(credential.close())


async def older_versions(w):
    for version in VERSIONS:
        client = w.kind.client.from_connection_string(w.secure["connectionString"], api_version=version)
        name = w.name()
        made = await w.call(
            client.create_call(
                PhoneNumberIdentifier("+16045550127"), w.app.callback(name), source_caller_id_number=w.number
            )
        )
        await w.event(name, "CallConnected")
        await w.call(client.get_call_connection(made.call_connection_id).hang_up(True))
        await w.event(name, "CallDisconnected")
        await w.call(client.close())
    client = w.kind.client.from_connection_string(w.secure["connectionString"], api_version="2024-06-15-preview")
    unknown = client.get_call_connection("none").get_call_properties
    await w.refused(ResourceNotFoundError, unknown, "(None) No HTTP resource was found that matches the request URI")
    await w.call(client.close())


async def errors(w):
    stranger = w.kind.client(w.secure["endpoint"], AzureKeyCredential("c3RyYW5nZXI="))
    denied = stranger.get_call_connection("none").get_call_properties
    await w.refused(ClientAuthenticationError, denied, "7509")
    await w.call(stranger.close())
    user, telephone = CommunicationUserIdentifier("8:acs:a_b"), PhoneNumberIdentifier("+16045550128")
    await w.refused(
        HttpResponseError,
        lambda: w.client.create_call(user, "not an address"),
        "The field CallbackUri is invalid",
    )
    await w.refused(
        HttpResponseError, lambda: w.client.create_call(telephone, w.app.callback(w.name())), "8523"
    )


async def too_many_requests(w):
    """The package waits for what `Retry-After` says, and goes on."""
    client = w.kind.client.from_connection_string(w.limited["connectionString"])
    answers = []
    # More than two only where a request takes longer than a second.
    while 429 not in answers and len(answers) < 20:
        await w.refused(ResourceNotFoundError, client.get_call_connection("none").get_call_properties, "8522")
        answers = [entry["detail"]["status"] for entry in w.journal(w.limited) if entry["kind"] == "response"]
    await w.call(client.close())
    assert 429 in answers and answers[-1] == 404, answers


async def signed_callbacks(w):
    assert w.app.tokens and all(token.startswith("Bearer ") for token in w.app.tokens)


FLOWS = [
    outgoing_call,
    group_call,
    unanswered_calls,
    incoming_call_answered,
    incoming_call_rejected,
    incoming_call_redirected,
    participants,
    transfers,
    connect_to_a_call,
    moved_participants,
    playing,
    recognizing,
    tones,
    hold,
    recordings,
    media_streaming,
    transcription,
    without_tls,
    bearer_tokens,
    older_versions,
    errors,
    too_many_requests,
    signed_callbacks,
]
