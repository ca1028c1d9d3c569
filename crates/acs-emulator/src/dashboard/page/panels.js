// The clock and the faults. What an emulator cannot do is said where it would stand.

import { $, attribute, h, toast } from './dom.js';
import { ask } from './api.js';

const TOKEN_FAULTS = [
  'none', 'expired', 'notYetValid', 'wrongAudience', 'wrongIssuer', 'wrongKey',
  'unsigned', 'algNone', 'keyConfusion', 'missing', 'replayed',
];

const MEDIA_FAULTS = [
  'none', 'speechBadRequest', 'speechUnauthorized', 'speechForbidden', 'speechTimeout', 'speechThrottled',
  'speechConnection', 'speechRecognition', 'beep', 'shutdown', 'unknown',
];

/** What goes wrong: its name, whom it strikes, and the number that it takes. */
const OUTCOMES = [
  ['status', 'answer with a status', 'request', { name: 'status', label: 'Status', value: 503 }],
  ['latency', 'answer late', 'request', { name: 'ms', label: 'Milliseconds', value: 2000 }],
  ['reset', 'close the connection', 'request', null],
  ['lose', 'lose the callback', 'callback', null],
  ['duplicate', 'post it more than once', 'callback', { name: 'copies', label: 'Times more', value: 1 }],
  ['delay', 'post it late', 'callback', { name: 'ms', label: 'Milliseconds', value: 2000 }],
  ['reorder', 'post it behind the next', 'callback', { name: 'withinMs', label: 'Milliseconds at most', value: 1000 }],
  ['forge', 'post a forged one first', 'callback', null],
];

async function told(method, path, body, words) {
  try {
    await ask(method, path, body);
    toast(words, 'told');
    return true;
  } catch (error) {
    toast(`${words}: ${error.message}`);
    return false;
  }
}

const unavailable = (what) => h('p', { class: 'reason' }, `This emulator has no control of ${what}.`);

const button = (words, run, kind, name) =>
  h('button', { type: 'button', class: kind, onclick: run, 'aria-label': name }, words);

function choice(id, values, chosen, changed) {
  const made = h('select', { id, onchange: (event) => changed(event.target.value) });
  for (const value of values) {
    const [name, words] = Array.isArray(value) ? value : [value, value];
    made.append(h('option', { value: name, selected: name === chosen }, words));
  }
  return made;
}

/** Asks when the panel is opened, and again when something was changed. */
class Panel {
  constructor(id, view) {
    this.host = $(id);
    this.view = view;
    const panel = $(`${id}-panel`);
    panel.addEventListener('toggle', () => {
      if (panel.open) this.refresh();
    });
  }

  async refresh() {
    try {
      this.host.replaceChildren(...(await this.parts()));
    } catch (error) {
      this.host.replaceChildren(h('p', { class: 'reason' }, error.message));
    }
  }

  /** Changes something, then shows how it is. */
  async change(method, path, body, words) {
    await told(method, path, body, words);
    await this.refresh();
  }
}

class Clock extends Panel {
  async parts() {
    if (!this.view.can('/emulator/clock')) return [unavailable('the clock')];
    const clock = await ask('GET', '/emulator/clock');
    const scale = h('input', { type: 'number', min: '0.001', step: 'any', value: clock.scale > 0 ? clock.scale : 10 });
    const speed = h('label', { hidden: clock.mode !== 'scaled' }, 'Times as fast', scale);
    const mode = choice('clock-mode', ['real', 'scaled', 'stepped'], clock.mode, (chosen) => {
      speed.hidden = chosen !== 'scaled';
    });
    const set = () => {
      const body = mode.value === 'scaled' ? { mode: 'scaled', scale: Number(scale.value) } : { mode: mode.value };
      return this.change('PUT', '/emulator/clock', body, `Clock: ${mode.value}`);
    };
    const advance = (seconds) => {
      const run = () =>
        this.change('POST', '/emulator/clock/advance', { ms: seconds * 1000 }, `${seconds} s later`);
      const made = button(`+${seconds} s`, run, null, `Advance the clock by ${seconds} seconds`);
      made.disabled = clock.mode !== 'stepped';
      return made;
    };
    return [
      h('p', { class: 'time' }, String(clock.now).replace('T', ' ').replace(/(\.\d{3})\d*/, '$1')),
      h('label', {}, 'Time passes', mode),
      speed,
      button('Set the clock', set, 'primary'),
      h('div', { class: 'buttons', role: 'group', 'aria-label': 'Advance' }, ...[1, 10, 30].map(advance)),
      clock.mode === 'stepped' ? null : h('p', { class: 'reason' }, 'Only a stepped clock is advanced by hand.'),
    ].filter(Boolean);
  }
}

class Faults extends Panel {
  async parts() {
    const health = await ask('GET', '/emulator/health');
    const parts = this.view.can('/emulator/faults') ? await this.listed() : [unavailable('requests and callbacks')];
    const off = health.callbackTokens === false;
    const tokens = choice('token-fault', TOKEN_FAULTS, health.tokenFault, (fault) =>
      this.change('POST', '/emulator/token-fault', { fault }, `Tokens: ${fault}`),
    );
    tokens.disabled = off;
    parts.push(h('label', {}, off ? 'Tokens of callbacks: they are off' : 'Tokens of callbacks', tokens));
    if (health.mediaFault !== undefined) {
      const media = choice('media-fault', MEDIA_FAULTS, health.mediaFault, (fault) =>
        this.change('POST', '/emulator/media-fault', { fault }, `Media: ${fault}`),
      );
      parts.push(h('label', {}, 'Media', media));
    }
    const rotate = () => told('POST', '/emulator/keys/rotate', undefined, 'Keys rotated');
    const buttons = h('div', { class: 'buttons' }, button('Rotate the keys', rotate));
    if (this.view.can('/emulator/reset')) buttons.append(button('Reset', () => this.reset(), 'bad', 'Reset the emulator'));
    return [...parts, buttons];
  }

  reset() {
    if (!confirm('End every call, and forget users, faults and what is queued?')) return;
    this.change('POST', '/emulator/reset', undefined, 'Reset');
  }

  async listed() {
    const { faults } = await ask('GET', '/emulator/faults');
    const shown = faults.map((fault) => {
      const remove = () => this.change('DELETE', `/emulator/faults/${encodeURIComponent(fault.id)}`, undefined, 'Removed');
      const times = fault.limit?.count === undefined ? '' : ` of ${fault.limit.count}`;
      return h(
        'div',
        { class: 'fault' },
        h('div', {}, h('strong', {}, described(fault)), h('div', { class: 'reason' }, `${fault.id}, struck ${fault.struck ?? 0}${times}`)),
        button('Remove', remove, null, `Remove ${fault.id}`),
      );
    });
    if (shown.length === 0) shown.push(h('p', { class: 'reason' }, 'Nothing goes wrong on purpose.'));
    return [...shown, this.adding()];
  }

  /** The form for another fault. What was chosen last stays chosen. */
  adding() {
    this.chosen ??= 'status';
    const where = h('input', { spellcheck: 'false' });
    const number = h('input', { type: 'number', min: '0' });
    const count = h('input', { type: 'number', min: '1', placeholder: 'without end' });
    const [whereLabel, numberLabel] = [h('label', {}, '', where), h('label', {}, '', number)];
    const outcome = () => OUTCOMES.find(([name]) => name === this.chosen);
    const words = () => {
      const [, , strikes, takes] = outcome();
      whereLabel.firstChild.data = strikes === 'request' ? 'Operation, or all' : 'Event, or all';
      attribute(where, 'placeholder', strikes === 'request' ? 'createCall' : 'CallConnected');
      numberLabel.hidden = takes === null;
      if (takes) {
        numberLabel.firstChild.data = takes.label;
        number.value = takes.value;
      }
    };
    const kind = choice('fault-kind', OUTCOMES.map(([name, text, strikes]) => [name, `${strikes}: ${text}`]), this.chosen, (chosen) => {
      this.chosen = chosen;
      words();
    });
    words();
    const add = (event) => {
      event.preventDefault();
      const [name, , strikes, takes] = outcome();
      const fault = { when: {}, outcome: { kind: name }, limit: {} };
      if (where.value.trim() !== '') fault.when[strikes === 'request' ? 'operation' : 'event'] = where.value.trim();
      if (takes) fault.outcome[takes.name] = Number(number.value);
      if (count.value !== '') fault.limit.count = Number(count.value);
      this.change('POST', '/emulator/faults', fault, 'Fault set');
    };
    const form = h('form', { class: 'adding', onsubmit: add });
    form.append(h('label', {}, 'Something goes wrong', kind), whereLabel, numberLabel, h('label', {}, 'How many times', count));
    form.append(h('button', { class: 'primary', type: 'submit' }, 'Set the fault'));
    return form;
  }
}

function described({ when = {}, outcome }) {
  const what = OUTCOMES.find(([name]) => name === outcome.kind)?.[1] ?? outcome.kind;
  const { kind, ...rest } = outcome;
  const numbers = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  const where = Object.values(when);
  return [where.length > 0 ? where.join(' ') : 'everything', [what, ...numbers].join(', ')].join(': ');
}

export function panels(view) {
  return [new Clock('clock', view), new Faults('faults', view)];
}
