// The application of the suite: takes callbacks, offers and streams, and hands them out to flows that wait.

import { createServer } from "node:http";

import { parseCallAutomationEvent, StreamingData } from "@azure/communication-call-automation";
import { WebSocketServer } from "ws";

const PATIENCE = 20_000;

export class App {
  events = [];
  offers = [];
  frames = [];
  tokens = [];
  seen = new Set();
  broken = [];
  waiting = new Set();

  constructor(port) {
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.sockets = `ws://127.0.0.1:${port}`;
  }

  async start() {
    this.server = createServer((request, response) => this.answer(request, response));
    const sockets = new WebSocketServer({ server: this.server });
    sockets.on("connection", (socket, request) => {
      const name = request.url.split("/").at(-1);
      socket.on("message", (data) => this.takeFrame(name, data));
    });
    await new Promise((resolve, reject) => {
      this.server.once("error", reject).listen(this.port, "127.0.0.1", resolve);
    });
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  // A query, as applications have one to know their own callbacks by.
  callback(name) {
    return `${this.base}/events/${name}?case=42`;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.base);
    let body = "";
    for await (const piece of request) body += piece;
    if (url.pathname.startsWith("/events/")) {
      this.takeEvent(url, request.headers, body);
      response.end();
    } else if (url.pathname === "/incoming") {
      const [event] = JSON.parse(body);
      if (event.eventType === "Microsoft.EventGrid.SubscriptionValidationEvent") {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ validationResponse: event.data.validationCode }));
      } else {
        this.offers.push(event);
        response.end();
        this.wake();
      }
    } else if (url.pathname === "/prompt.wav") {
      response.setHeader("content-type", "audio/wav");
      response.end(silence());
    } else {
      response.statusCode = 404;
      response.end();
    }
  }

  takeEvent(url, headers, body) {
    try {
      const event = parseCallAutomationEvent(body);
      if (url.searchParams.get("case") !== "42") throw new Error(`the query of a callback is ${url.search}`);
      this.events.push([url.pathname.split("/").at(-1), event]);
      this.tokens.push(headers.authorization ?? "");
    } catch (error) {
      // Told at the end, for nobody waits for what cannot be read.
      this.broken.push(`${error}: ${body}`);
    }
    this.wake();
  }

  takeFrame(name, data) {
    try {
      const frame = StreamingData.parse(data.toString());
      this.frames.push([name, StreamingData.getStreamingKind(), frame]);
    } catch (error) {
      this.broken.push(`${error}: ${data}`);
    }
    this.wake();
  }

  wake() {
    for (const look of [...this.waiting]) look();
  }

  // Waits for the first that fits, and takes it out.
  take(what, items, fits) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = items.findIndex(fits);
        if (index < 0) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(items.splice(index, 1)[0]);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`waited in vain for ${what}; there are ${JSON.stringify(items.slice(-8))}`));
      }, PATIENCE);
      this.waiting.add(look);
      look();
    });
  }

  async event(name, kind, fits = () => true) {
    const wanted = ([to, event]) => to === name && event.kind === kind && fits(event);
    const [, event] = await this.take(`${kind} at ${name}`, this.events, wanted);
    this.seen.add(kind);
    return event;
  }

  async offer(kind, fits = () => true) {
    const wanted = (event) => event.eventType === `Microsoft.Communication.${kind}` && fits(event.data);
    return (await this.take(kind, this.offers, wanted)).data;
  }

  async frame(name, kind) {
    const wanted = ([to, found]) => to === name && found === kind;
    return (await this.take(`${kind} on ${name}`, this.frames, wanted))[2];
  }
}

// Two seconds of silence in the one format that is played.
function silence() {
  const samples = 64_000;
  const file = Buffer.alloc(44 + samples);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(16_000, 24);
  file.writeUInt32LE(32_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples, 40);
  return file;
}
