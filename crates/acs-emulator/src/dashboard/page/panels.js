// The clock and the faults. A panel asks when it is opened, and says so where an emulator cannot do a thing.

import { $, attribute, h, toast } from './dom.js';
import { ask } from './api.js';

const TOKEN_FAULTS = [
  'none', 'expired', 'notYetValid', 'wrongAudience', 'wrongIssuer', 'wrongKey',
  'unsigned', 'algNone', 'keyConfusion', 'missing', 'replayed',
];

/** Asks, and shows what went wrong instead of failing. */
async function tried(method, path, body) {
  try {
    return { answer: await ask(method, path, body) };
  } catch (error) {
    return { error };
  }
}

async function told(method, path, body, words) {
  const { error } = await tried(method, path, body);
  if (error) toast(`${words}: ${error.message}`);
  else toast(words, 'told');
  return !error;
}

const unavailable = (what) => h('p', { class: 'reason' }, `This emulator has no control of ${what}.`);

function button(words, run, kind) {
  return h('button', { type: 'button', class: kind, onclick: run }, words);
}

class Clock {
  constructor() {
    this.host = $('clock');
    onOpen('clock-panel', () => this.refresh());
  }

  async refresh() {
    const { answer: clock } = await tried('GET', '/emulator/clock');
    if (!clock) {
      this.host.replaceChildren(unavailable('the clock'));
      return;
    }
    const set = async (body) => {
      await told('PUT', '/emulator/clock', body, `Clock: ${body.mode}`);
      this.refresh();
    };
    const advance = async (ms) => {
      await told('POST', '/emulator/clock/advance', { ms }, `${ms / 1000} s later`);
      this.refresh();
    };
    const mode = h('select', { id: 'clock-mode' });
    for (const name of ['real', 'scaled', 'stepped']) {
      mode.append(h('option', { value: name, selected: clock.mode === name }, name));
    }
    const scale = h('input', { type: 'number', min: '0.001', step: 'any', value: clock.scale ?? 1 });
    const chosen = () => (mode.value === 'scaled' ? { mode: 'scaled', scale: Number(scale.value) } : { mode: mode.value });
    const steps = [1, 10, 30].map((seconds) => {
      const made = button(`+${seconds} s`, () => advance(seconds * 1000));
      attribute(made, 'aria-label', `Advance the clock by ${seconds} seconds`);
      made.disabled = clock.mode !== 'stepped';
      if (made.disabled) made.title = 'Only a stepped clock is advanced by hand';
      return made;
    });
    this.host.replaceChildren(
      h('p', { class: 'time' }, String(clock.now ?? '')),
      h('label', {}, 'Time passes', mode),
      h('label', {}, 'Speed when scaled', scale),
      h('div', { class: 'buttons' }, button('Set the clock', () => set(chosen()), 'primary')),
      h('div', { class: 'buttons', role: 'group', 'aria-label': 'Advance' }, ...steps),
    );
  }
}

class Faults {
  constructor(view) {
    this.host = $('faults');
    this.view = view;
    onOpen('faults-panel', () => this.refresh());
  }

  async refresh() {
    const { answer: health } = await tried('GET', '/emulator/health');
    const { answer: faults } = await tried('GET', '/emulator/faults');
    const parts = [];
    if (faults) {
      const list = Array.isArray(faults) ? faults : (faults.faults ?? []);
      if (list.length === 0) parts.push(h('p', { class: 'reason' }, 'No fault is set.'));
      for (const fault of list) {
        const remove = async () => {
          await told('DELETE', `/emulator/faults/${encodeURIComponent(fault.id)}`, undefined, 'Fault removed');
          this.refresh();
        };
        const gone = button('Remove', remove);
        attribute(gone, 'aria-label', `Remove fault ${fault.id}`);
        parts.push(h('div', { class: 'fault' }, h('pre', {}, JSON.stringify(fault, null, 1)), gone));
      }
      parts.push(this.adding());
    } else {
      parts.push(unavailable('faults of requests and callbacks'));
    }
    const tokens = h('select', { id: 'token-fault', onchange: (event) => this.tokens(event.target.value) });
    for (const name of TOKEN_FAULTS) {
      tokens.append(h('option', { value: name, selected: health?.tokenFault === name }, name));
    }
    tokens.disabled = health?.callbackTokens === false;
    const rotate = () => told('POST', '/emulator/keys/rotate', undefined, 'Keys rotated');
    parts.push(
      h('label', {}, tokens.disabled ? 'Tokens of callbacks (they are off)' : 'Tokens of callbacks', tokens),
      h('div', { class: 'buttons' }, button('Rotate the keys', rotate)),
    );
    this.host.replaceChildren(...parts);
  }

  adding() {
    const template = '{"kind": "latency", "ms": 500}';
    const body = h('textarea', { rows: '3', spellcheck: 'false', class: 'mono' });
    body.value = this.draft ?? template;
    const add = async () => {
      this.draft = body.value;
      let fault;
      try {
        fault = JSON.parse(body.value);
      } catch (error) {
        toast(`The fault is not JSON: ${error.message}`);
        return;
      }
      if (await told('POST', '/emulator/faults', fault, 'Fault set')) this.refresh();
    };
    return h('div', { class: 'buttons' }, h('label', {}, 'A fault as JSON', body), button('Set the fault', add, 'primary'));
  }

  async tokens(fault) {
    if (!(await told('POST', '/emulator/token-fault', { fault }, `Token fault: ${fault}`))) this.refresh();
  }
}

function onOpen(id, run) {
  $(id).addEventListener('toggle', () => {
    if ($(id).open) run();
  });
}

export function panels(view) {
  return { clock: new Clock(), faults: new Faults(view) };
}
