// Runs the flows and writes what came of them. `cargo xtask interop` starts it.

import { readFileSync, writeFileSync } from "node:fs";

import { App } from "./app.mjs";
import { FLOWS } from "./flows.mjs";
import { World, control } from "./world.mjs";

const PACKAGE = "@azure/communication-call-automation";

// Every request that the emulator saw: who sent what, and how it was answered.
async function requests(ready) {
  const { entries } = await control(ready, "/emulator/journal");
  const answers = new Map(entries.filter(({ kind }) => kind === "response").map((entry) => [entry.replyTo, entry]));
  return entries
    .filter(({ kind, number }) => kind === "request" && answers.has(number))
    .map(({ number, label, detail }) => {
      const [method, path] = label.split(" ");
      return { method, path, agent: detail.userAgent, status: answers.get(number).detail.status };
    });
}

const { appPort, secure, plain, limited } = JSON.parse(process.env.INTEROP_SETTINGS);
const app = new App(appPort);
await app.start();
const world = new World(app, secure, plain, limited);
const flows = [];
const operations = {};
for (const flow of FLOWS) {
  world.carriedOut = [];
  const begun = performance.now();
  let error = null;
  try {
    await flow(world);
  } catch (thrown) {
    error = thrown?.stack ?? JSON.stringify(thrown);
  }
  for (const operation of world.carriedOut) operations[operation] = (operations[operation] ?? true) && error === null;
  const name = flow.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  flows.push({ name, error, seconds: (performance.now() - begun) / 1000 });
}
if (app.broken.length > 0) {
  flows.push({ name: "callbacks that could not be read", error: app.broken.join("\n"), seconds: 0 });
}
const manifest = new URL(`./node_modules/${PACKAGE}/package.json`, import.meta.url);
const result = {
  package: PACKAGE,
  version: JSON.parse(readFileSync(manifest, "utf8")).version,
  flows,
  operations,
  events: [...app.seen].sort(),
  requests: [...(await requests(secure)), ...(await requests(plain))],
};
writeFileSync(process.env.INTEROP_RESULT, JSON.stringify(result, null, 1));
app.stop();
