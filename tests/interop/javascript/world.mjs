// What the flows share: a client, the application, and the emulator's own interface.

import assert from "node:assert/strict";

import { CallAutomationClient } from "@azure/communication-call-automation";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { createDefaultHttpClient } from "@azure/core-rest-pipeline";

const STORAGE = "us-storage.asm.skype.com";

export class World {
  carriedOut = [];
  names = 0;

  // `secure` and `plain` are the emulators with TLS and without, `limited` is the strict one with TLS that takes a
  // request per second, as their lines of readiness tell.
  constructor(app, secure, plain, limited) {
    Object.assign(this, { app, secure, plain, limited });
    this.client = new CallAutomationClient(secure.connectionString);
    this.identities = new CommunicationIdentityClient(secure.connectionString);
    this.number = { phoneNumber: secure.phoneNumbers[0] };
  }

  name() {
    this.names += 1;
    return `call-${this.names}`;
  }

  get prompt() {
    return this.file("prompt.wav");
  }

  file(name) {
    return { kind: "fileSource", url: `${this.app.base}/${name}` };
  }

  // An operation that the service has answered with success.
  async operation(operation, result) {
    const answer = await result;
    this.carriedOut.push(operation);
    return answer;
  }

  async refused(result, status, code) {
    const error = await result.then(
      (answer) => assert.fail(`${status} was expected, and it went well: ${JSON.stringify(answer)}`),
      (error) => error,
    );
    assert.equal(error.statusCode, status, error);
    if (code !== undefined) assert.equal(error.code, code, error);
    return error;
  }

  user() {
    return this.identities.createUser();
  }

  // A call that is established: its connection, its properties, and the name that its callbacks come under.
  async telephone(number, options = {}) {
    const name = this.name();
    const invite = { targetParticipant: { phoneNumber: number }, sourceCallIdNumber: this.number };
    const made = await this.operation("createCall", this.client.createCall(invite, this.app.callback(name), options));
    assert.equal(made.callConnectionProperties.callConnectionState, "connecting");
    const connected = await this.app.event(name, "CallConnected");
    assert.equal(connected.callConnectionId, made.callConnectionProperties.callConnectionId);
    return { name, connection: made.callConnection, made: made.callConnectionProperties };
  }

  properties(connection) {
    return this.operation("getCall", connection.getCallConnectionProperties());
  }

  async end({ connection, name }) {
    await this.operation("terminateCall", connection.hangUp(true));
    await this.app.event(name, "CallDisconnected");
  }

  script(rawId, script) {
    return control(this.secure, `/emulator/parties/${encodeURIComponent(rawId)}/script`, script);
  }

  act(rawId, action) {
    return control(this.secure, `/emulator/parties/${encodeURIComponent(rawId)}/act`, action);
  }

  // The location of a file as the service would have given it.
  atTheService(location) {
    const url = new URL(location);
    return `https://${STORAGE}${url.pathname}`;
  }

  // The package asks for files only at hosts of the service. The check is left as it is; behind it, where a proxy
  // could stand, requests for those hosts are sent to the emulator. `httpClient` is a public option of every client.
  rerouted() {
    const inner = createDefaultHttpClient();
    const origin = new URL(this.secure.endpoint).origin;
    return {
      sendRequest(request) {
        const url = new URL(request.url);
        if (url.host === STORAGE) {
          request.url = origin + url.pathname;
          request.headers.delete("host");
        }
        return inner.sendRequest(request);
      },
    };
  }
}

// The emulator's own interface.
export async function control(ready, path, body) {
  const url = ready.endpoint.replace(/\/$/, "") + path;
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(url, { headers: { "content-type": "application/json" }, ...options });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

export async function read(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
