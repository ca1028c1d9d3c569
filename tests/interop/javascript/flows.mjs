// The flows, in the order in which they are run. They are those of the Python packages.

import assert from "node:assert/strict";

import { CallAutomationClient } from "@azure/communication-call-automation";
import { AzureKeyCredential } from "@azure/core-auth";

import { control, read } from "./world.mjs";

const AI_SERVICES = { cognitiveServicesEndpoint: "https://ai.invalid/" };

async function outgoingCall(w) {
  const number = "+16045550111";
  const call = await w.telephone(number, { operationContext: "first" });
  const { connection, name, made } = call;
  const properties = await w.properties(connection);
  assert.equal(properties.callConnectionState, "connected");
  assert.ok(properties.serverCallId);
  assert.equal(properties.correlationId, made.correlationId);
  assert.deepEqual(properties.targetParticipants.map((target) => target.phoneNumber), [number]);
  const updated = await w.app.event(name, "ParticipantsUpdated");
  assert.equal(updated.participants.length, 2);
  const { values } = await w.operation("getParticipants", connection.listParticipants());
  assert.ok(values.some(({ identifier }) => identifier.phoneNumber === number), JSON.stringify(values));
  const one = await w.operation("getParticipant", connection.getParticipant({ phoneNumber: number }));
  assert.equal(one.identifier.phoneNumber, number);
  assert.equal(one.isMuted, false);
  await w.operation("hangupCall", connection.hangUp(false));
  await w.app.event(name, "CallDisconnected");
  await w.refused(connection.getCallConnectionProperties(), 404, "8522");
}

async function groupCall(w) {
  const users = [await w.user(), await w.user()];
  for (const user of users) await w.script(user.communicationUserId, { onRing: { action: "answer" } });
  const name = w.name();
  const made = await w.operation("createCall", w.client.createGroupCall(users, w.app.callback(name)));
  await w.app.event(name, "CallConnected");
  await w.end({ connection: made.callConnection, name });
}

async function unansweredCall(w) {
  const [name, number] = [w.name(), "+16045550112"];
  await w.script(`4:${number}`, { onRing: { action: "reject", reason: "busy" } });
  const invite = { targetParticipant: { phoneNumber: number }, sourceCallIdNumber: w.number };
  await w.operation("createCall", w.client.createCall(invite, w.app.callback(name)));
  const failed = await w.app.event(name, "CreateCallFailed");
  assert.equal(failed.resultInformation.code, 486);
}

// A call to a user that is offered to the application.
async function ring(w) {
  const [user, name] = [await w.user(), w.name()];
  const made = await w.operation("createCall", w.client.createCall({ targetParticipant: user }, w.app.callback(name)));
  const offer = await w.app.offer("IncomingCall", (data) => data.to.rawId === user.communicationUserId);
  return { name, made, offer: offer.incomingCallContext };
}

async function incomingCallAnswered(w) {
  const caller = await ring(w);
  const name = w.name();
  const options = { operationContext: "taken" };
  const answered = await w.operation("answerCall", w.client.answerCall(caller.offer, w.app.callback(name), options));
  const id = answered.callConnectionProperties.callConnectionId;
  assert.notEqual(id, caller.made.callConnectionProperties.callConnectionId);
  assert.equal((await w.app.event(name, "CallConnected")).operationContext, "taken");
  await w.app.event(caller.name, "CallConnected");
  await w.operation("hangupCall", answered.callConnection.hangUp(false));
  await w.app.event(caller.name, "CallDisconnected");
}

async function incomingCallRejected(w) {
  const { name, offer } = await ring(w);
  await w.operation("rejectCall", w.client.rejectCall(offer, { callRejectReason: "busy" }));
  const failed = await w.app.event(name, "CreateCallFailed");
  assert.equal(failed.resultInformation.code, 486);
}

async function incomingCallRedirected(w) {
  const { name, made, offer } = await ring(w);
  const target = await w.user();
  await w.script(target.communicationUserId, { onRing: { action: "answer" } });
  await w.operation("redirectCall", w.client.redirectCall(offer, { targetParticipant: target }));
  await w.app.event(name, "CallConnected");
  await w.end({ connection: made.callConnection, name });
}

async function participants(w) {
  const call = await w.telephone("+16045550113");
  const { connection, name } = call;
  const [user, late] = [await w.user(), await w.user()];
  await w.script(user.communicationUserId, { onRing: { action: "answer" } });
  await w.script(late.communicationUserId, { onRing: { action: "noAnswer" } });
  const invite = { targetParticipant: user, customCallingContext: [{ kind: "voip", key: "a", value: "b" }] };
  const options = { operationContext: "join", invitationTimeoutInSeconds: 30 };
  const adding = await w.operation("addParticipant", connection.addParticipant(invite, options));
  const added = await w.app.event(name, "AddParticipantSucceeded");
  assert.equal(added.participant.communicationUserId, user.communicationUserId);
  assert.equal(added.operationContext, "join");
  assert.ok(adding.invitationId);
  await w.operation("muteParticipants", connection.muteParticipant(user));
  assert.equal((await w.operation("getParticipant", connection.getParticipant(user))).isMuted, true);
  await w.operation("removeParticipant", connection.removeParticipant(user, { operationContext: "leave" }));
  const removed = await w.app.event(name, "RemoveParticipantSucceeded");
  assert.equal(removed.participant.communicationUserId, user.communicationUserId);
  const ringing = await w.operation("addParticipant", connection.addParticipant({ targetParticipant: late }));
  const { invitationId } = ringing;
  await w.operation("cancelAddParticipant", connection.cancelAddParticipantOperation(invitationId));
  assert.equal((await w.app.event(name, "CancelAddParticipantSucceeded")).invitationId, invitationId);
  await w.script(late.communicationUserId, { onRing: { action: "reject" } });
  await w.operation("addParticipant", connection.addParticipant({ targetParticipant: late }));
  await w.app.event(name, "AddParticipantFailed");
  await w.end(call);
}

async function transfers(w) {
  const { connection, name } = await w.telephone("+16045550114");
  const other = { phoneNumber: "+16045550115" };
  const rawId = `4:${other.phoneNumber}`;
  const options = {
    operationContext: "to",
    sourceCallIdNumber: w.number,
    customCallingContext: [{ kind: "sipx", key: "a", value: "b" }],
  };
  await w.script(rawId, { onRing: { action: "reject", reason: "busy" } });
  await w.operation("transferToParticipant", connection.transferCallToParticipant(other, options));
  assert.equal((await w.app.event(name, "CallTransferFailed")).operationContext, "to");
  await w.script(rawId, { onRing: { action: "answer" } });
  await w.operation("transferToParticipant", connection.transferCallToParticipant(other, options));
  await w.app.event(name, "CallTransferAccepted");
  await w.app.event(name, "CallDisconnected");
}

async function connectToACall(w) {
  const call = await w.telephone("+16045550116");
  const bystander = w.name();
  const id = (await w.properties(call.connection)).serverCallId;
  const locator = () => ({ kind: "serverCallLocator", id });
  const options = { operationContext: "look" };
  await w.operation("connect", w.client.connectCall(locator(), w.app.callback(bystander), options));
  const connected = await w.app.event(bystander, "CallConnected");
  assert.equal(connected.serverCallId, id);
  assert.equal(connected.operationContext, "look");
  await w.end(call);
  await w.app.event(bystander, "CallDisconnected");
  await w.refused(w.client.connectCall(locator(), w.app.callback(bystander)), 404, "8522");
}

async function movedParticipants(w) {
  const lobby = await w.telephone("+16045550117");
  const agent = await w.telephone("+16045550118");
  const options = { operationContext: "next" };
  const from = lobby.made.callConnectionId;
  const who = [{ phoneNumber: "+16045550117" }];
  await w.operation("moveParticipants", agent.connection.moveParticipants(who, from, options));
  const moved = await w.app.event(agent.name, "MoveParticipantSucceeded");
  assert.equal(moved.participant.phoneNumber, "+16045550117");
  await w.app.event(lobby.name, "CallDisconnected");
  await w.end(agent);
}

async function playing(w) {
  const caller = { phoneNumber: "+16045550119" };
  const call = await w.telephone(caller.phoneNumber, { callIntelligenceOptions: AI_SERVICES });
  const media = call.connection.getCallMedia();
  const text = { kind: "textSource", text: "Hello", voiceName: "en-US-JennyNeural" };
  const ssml = { kind: "ssmlSource", ssmlText: '<speak version="1.0" xml:lang="en-US">Hello</speak>' };
  await w.operation("play", media.playToAll([w.prompt, text], { operationContext: "all" }));
  assert.equal((await w.app.event(call.name, "PlayStarted")).operationContext, "all");
  await w.app.event(call.name, "PlayCompleted");
  await w.operation("play", media.play([ssml], [caller]));
  await w.app.event(call.name, "PlayCompleted");
  await w.operation("play", media.playToAll([w.file("nothing.wav")]));
  const failed = await w.app.event(call.name, "PlayFailed");
  assert.equal(failed.resultInformation.subCode, 8536);
  await w.operation("play", media.playToAll([w.prompt], { loop: true }));
  await w.app.event(call.name, "PlayStarted");
  await w.operation("cancelAllMediaOperations", media.cancelAllOperations());
  await w.app.event(call.name, "PlayCanceled");
  await w.end(call);
}

async function recognizing(w) {
  const caller = { phoneNumber: "+16045550120" };
  await w.script(`4:${caller.phoneNumber}`, {
    whenAsked: [
      { action: "press", tones: "42#" },
      { action: "say", text: "a boat" },
      { action: "say", text: "good evening" },
      { action: "press", tones: "7" },
      { action: "silence" },
    ],
  });
  const call = await w.telephone(caller.phoneNumber, { callIntelligenceOptions: AI_SERVICES });
  const media = call.connection.getCallMedia();
  const ask = async (options) => {
    const all = { playPrompt: w.prompt, operationContext: "ask", ...options };
    await w.operation("recognize", media.startRecognizing(caller, all));
    const heard = await w.app.event(call.name, "RecognizeCompleted");
    assert.equal(heard.operationContext, "ask");
    return heard;
  };
  let heard = await ask({ kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 5, stopDtmfTones: ["pound"] });
  assert.deepEqual(heard.dtmfResult.tones, ["four", "two"]);
  const choices = [
    { label: "boat", phrases: ["a boat"], tone: "one" },
    { label: "car", phrases: ["a car"], tone: "two" },
  ];
  heard = await ask({ kind: "callMediaRecognizeChoiceOptions", choices, speechLanguage: "en-US" });
  assert.equal(heard.choiceResult.label, "boat");
  heard = await ask({ kind: "callMediaRecognizeSpeechOptions", endSilenceTimeoutInSeconds: 1 });
  assert.equal(heard.speechResult.speech, "good evening");
  const either = { kind: "callMediaRecognizeSpeechOrDtmfOptions", maxTonesToCollect: 1, endSilenceTimeoutInSeconds: 1 };
  heard = await ask(either);
  assert.deepEqual(heard.dtmfResult.tones, ["seven"]);
  const keys = { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1 };
  await w.operation("recognize", media.startRecognizing(caller, { ...keys, initialSilenceTimeoutInSeconds: 1 }));
  const failed = await w.app.event(call.name, "RecognizeFailed");
  assert.equal(failed.resultInformation.subCode, 8510);
  await w.operation("recognize", media.startRecognizing(caller, { ...keys, initialSilenceTimeoutInSeconds: 60 }));
  await w.operation("cancelAllMediaOperations", media.cancelAllOperations());
  await w.app.event(call.name, "RecognizeCanceled");
  await w.end(call);
}

async function tones(w) {
  const caller = { phoneNumber: "+16045550121" };
  const call = await w.telephone(caller.phoneNumber);
  const media = call.connection.getCallMedia();
  const following = media.startContinuousDtmfRecognition(caller, { operationContext: "follow" });
  await w.operation("startContinuousDtmfRecognition", following);
  await w.act(`4:${caller.phoneNumber}`, { action: "press", tones: "5" });
  const received = await w.app.event(call.name, "ContinuousDtmfRecognitionToneReceived");
  assert.deepEqual([received.tone, received.sequenceId], ["five", 1]);
  await w.operation("stopContinuousDtmfRecognition", media.stopContinuousDtmfRecognition(caller));
  await w.app.event(call.name, "ContinuousDtmfRecognitionStopped");
  await w.operation("sendDtmfTones", media.sendDtmfTones(["one", "pound"], caller, { operationContext: "send" }));
  assert.equal((await w.app.event(call.name, "SendDtmfTonesCompleted")).operationContext, "send");
  await w.end(call);
}

async function hold(w) {
  const caller = { phoneNumber: "+16045550122" };
  const call = await w.telephone(caller.phoneNumber);
  const media = call.connection.getCallMedia();
  const isHeld = async () => (await w.operation("getParticipant", call.connection.getParticipant(caller))).isOnHold;
  const held = ({ participants }) => participants.some((who) => who.isOnHold);
  await w.operation("hold", media.hold(caller, { playSource: w.prompt, operationContext: "wait" }));
  await w.app.event(call.name, "ParticipantsUpdated", held);
  assert.equal(await isHeld(), true);
  await w.operation("unhold", media.unhold(caller));
  await w.app.event(call.name, "ParticipantsUpdated", (data) => !held(data));
  assert.equal(await isHeld(), false);
  await w.operation("hold", media.hold(caller, { playSource: w.file("nothing.wav"), operationContext: "bad" }));
  const failed = await w.app.event(call.name, "HoldFailed");
  assert.deepEqual([failed.operationContext, failed.resultInformation.subCode], ["bad", 8536]);
  await w.end(call);
}

async function recordings(w) {
  const call = await w.telephone("+16045550123");
  const states = w.name();
  const callLocator = { kind: "serverCallLocator", id: (await w.properties(call.connection)).serverCallId };
  const recordings = w.client.getCallRecording();
  const begun = await w.operation(
    "startRecording",
    recordings.start({
      callLocator,
      recordingStateCallbackEndpointUrl: w.app.callback(states),
      recordingContent: "audio",
      recordingChannel: "unmixed",
      recordingFormat: "wav",
    }),
  );
  const id = begun.recordingId;
  assert.equal((await w.app.event(states, "RecordingStateChanged")).recordingId, id);
  await w.refused(recordings.start({ callLocator }), 400, "8553");
  const state = async () => (await w.operation("getRecordingProperties", recordings.getState(id))).recordingState;
  await w.operation("pauseRecording", recordings.pause(id));
  assert.equal(await state(), "inactive");
  await w.operation("resumeRecording", recordings.resume(id));
  assert.equal(await state(), "active");
  await w.operation("stopRecording", recordings.stop(id));
  await w.refused(recordings.getState(id), 404, "8522");
  const finished = await w.app.offer("RecordingFileStatusUpdated");
  const [chunk] = finished.recordingStorageInfo.recordingChunks;
  const [content, document] = [w.atTheService(chunk.contentLocation), w.atTheService(chunk.deleteLocation)];
  const client = new CallAutomationClient(w.secure.connectionString, { httpClient: w.rerouted() });
  const files = client.getCallRecording();
  const whole = await read(await w.operation("downloadRecording", files.downloadStreaming(content)));
  assert.equal(whole.toString("latin1", 0, 4) + whole.toString("latin1", 8, 12), "RIFFWAVE");
  const range = { offset: 4, length: 8 };
  const part = await read(await w.operation("downloadRecording", files.downloadStreaming(content, range)));
  assert.deepEqual(part, whole.subarray(4, 12));
  await w.operation("deleteRecording", files.delete(document));
  // What the package throws is no error of it, but status and message as the body has them.
  const gone = await files.downloadStreaming(content).catch((error) => error);
  assert.equal(gone.status, 404);
  assert.ok(gone.message, JSON.stringify(gone));
  await w.end(call);
}

async function mediaStreaming(w) {
  const name = w.name();
  const call = await w.telephone("+16045550124", {
    mediaStreamingOptions: {
      transportUrl: `${w.app.sockets}/streams/${name}`,
      transportType: "websocket",
      contentType: "audio",
      audioChannelType: "unmixed",
      audioFormat: "pcm16KMono",
      startMediaStreaming: false,
    },
  });
  const media = call.connection.getCallMedia();
  await w.operation("startMediaStreaming", media.startMediaStreaming({ operationContext: "listen" }));
  assert.equal((await w.app.event(call.name, "MediaStreamingStarted")).operationContext, "listen");
  const metadata = await w.app.frame(name, "AudioMetadata");
  assert.equal(metadata.sampleRate, 16_000);
  const audio = await w.app.frame(name, "AudioData");
  assert.ok(audio.data, JSON.stringify(audio));
  assert.equal((await w.properties(call.connection)).mediaStreamingSubscription.state, "active");
  await w.operation("stopMediaStreaming", media.stopMediaStreaming());
  await w.app.event(call.name, "MediaStreamingStopped");
  await w.end(call);
}

async function transcription(w) {
  const caller = { phoneNumber: "+16045550125" };
  const name = w.name();
  const call = await w.telephone(caller.phoneNumber, {
    callIntelligenceOptions: AI_SERVICES,
    transcriptionOptions: {
      transportUrl: `${w.app.sockets}/streams/${name}`,
      transportType: "websocket",
      locale: "en-US",
      startTranscription: false,
    },
  });
  const media = call.connection.getCallMedia();
  await w.operation("startTranscription", media.startTranscription({ locale: "en-US", operationContext: "write" }));
  assert.equal((await w.app.event(call.name, "TranscriptionStarted")).operationContext, "write");
  await w.app.frame(name, "TranscriptionMetadata");
  await w.act(`4:${caller.phoneNumber}`, { action: "say", text: "Good morning." });
  assert.equal((await w.app.frame(name, "TranscriptionData")).text, "Good morning.");
  await w.operation("updateTranscription", media.updateTranscription("de-DE"));
  await w.app.event(call.name, "TranscriptionUpdated");
  await w.operation("stopTranscription", media.stopTranscription());
  await w.app.event(call.name, "TranscriptionStopped");
  await w.end(call);
}

// A call with another client than that of the other flows.
async function shortCall(w, client, number) {
  const name = w.name();
  const invite = { targetParticipant: { phoneNumber: "+16045550126" }, sourceCallIdNumber: { phoneNumber: number } };
  const { callConnection } = await client.createCall(invite, w.app.callback(name));
  await w.app.event(name, "CallConnected");
  await callConnection.hangUp(true);
  await w.app.event(name, "CallDisconnected");
}

async function withoutTls(w) {
  const { connectionString, endpoint, phoneNumbers } = w.plain;
  const options = { allowInsecureConnection: true };
  const key = new AzureKeyCredential(connectionString.split("accesskey=")[1]);
  for (const client of [
    new CallAutomationClient(connectionString, options),
    new CallAutomationClient(endpoint, key, options),
    new CallAutomationClient(`${endpoint.replace(/\/$/, "")}/`, key, options),
  ]) {
    await shortCall(w, client, phoneNumbers[0]);
  }
}

async function bearerTokens(w) {
  const credential = {
    async getToken(scopes) {
      const body = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: "client",
        client_secret: "secret",
        scope: [scopes].flat().join(" "),
      });
      const answer = await fetch(w.secure.tokenEndpoint, { method: "POST", body });
      const { access_token, expires_in } = await answer.json();
      return { token: access_token, expiresOnTimestamp: Date.now() + expires_in * 1000 };
    },
  };
  await shortCall(w, new CallAutomationClient(w.secure.endpoint, credential), w.secure.phoneNumbers[0]);
  const forged = { getToken: async () => ({ token: "e30.e30.AAAA", expiresOnTimestamp: Date.now() + 60_000 }) };
  const stranger = new CallAutomationClient(w.secure.endpoint, forged);
  await w.refused(stranger.getCallConnection("none").getCallConnectionProperties(), 401, "7501");
}

async function errors(w) {
  const key = new AzureKeyCredential("c3RyYW5nZXI=");
  const stranger = new CallAutomationClient(w.secure.endpoint, key);
  await w.refused(stranger.getCallConnection("none").getCallConnectionProperties(), 401, "7509");
  const user = { targetParticipant: { communicationUserId: "8:acs:a_b" } };
  const nowhere = await w.refused(w.client.createCall(user, "not an address"), 400);
  assert.match(nowhere.message, /The field CallbackUri is invalid/);
  const telephone = { targetParticipant: { phoneNumber: "+16045550128" } };
  await w.refused(w.client.createCall(telephone, w.app.callback(w.name())), 400, "8523");
}

// The package waits for what `Retry-After` says, and goes on.
async function tooManyRequests(w) {
  const client = new CallAutomationClient(w.limited.connectionString);
  let answers = [];
  // More than two only where a request takes longer than a second.
  while (!answers.includes(429) && answers.length < 20) {
    await w.refused(client.getCallConnection("none").getCallConnectionProperties(), 404, "8522");
    const { entries } = await control(w.limited, "/emulator/journal");
    answers = entries.filter(({ kind }) => kind === "response").map(({ detail }) => detail.status);
  }
  assert.ok(answers.includes(429), answers);
  assert.equal(answers.at(-1), 404, answers);
}

async function signedCallbacks(w) {
  assert.ok(w.app.tokens.length > 0 && w.app.tokens.every((token) => token.startsWith("Bearer ")));
}

export const FLOWS = [
  outgoingCall,
  groupCall,
  unansweredCall,
  incomingCallAnswered,
  incomingCallRejected,
  incomingCallRedirected,
  participants,
  transfers,
  connectToACall,
  movedParticipants,
  playing,
  recognizing,
  tones,
  hold,
  recordings,
  mediaStreaming,
  transcription,
  withoutTls,
  bearerTokens,
  errors,
  tooManyRequests,
  signedCallbacks,
];
