// The call agents that are signed in, and where.

import { $, attribute, h, shortName, text } from './dom.js';
import { ask } from './api.js';

/** What the journal says of agents that come and go. */
const NEWS = new Set(['signs in', 'comes back', 'is away', 'signs out']);

/** How long changes are gathered before the emulator is asked again. */
const GATHER = 250;

/** How many are shown at most. */
const MOST = 40;

export class Agents {
  constructor(store, view) {
    this.view = view;
    this.host = $('agents');
    this.panel = $('agents-panel');
    this.known = new Map();
    this.cards = new Map();
    store.addEventListener('change', ({ detail: entries }) => {
      // Who is there knows how many calls it has, so calls are news of agents, too.
      const news = (entry) => (entry.kind === 'signal' && NEWS.has(entry.label)) || (this.known.size > 0 && entry.call);
      if (entries.length === 0 || entries.some(news)) this.soon();
    });
  }

  /** The agent of this raw id, if one is signed in. */
  get(rawId) {
    return this.known.get(rawId);
  }

  soon() {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      this.refresh();
    }, GATHER);
  }

  async refresh() {
    if (!this.view.can('/emulator/agents')) return;
    try {
      const { agents } = await ask('GET', '/emulator/agents');
      this.known = new Map(agents.map((agent) => [agent.rawId, agent]));
      this.draw();
      this.view.changed();
    } catch {
      // The feed says that nobody is there.
    }
  }

  draw() {
    this.panel.hidden = this.known.size === 0;
    text($('agents-count'), String(this.known.size));
    for (const [rawId, card] of this.cards) {
      if (this.known.has(rawId)) continue;
      card.element.remove();
      this.cards.delete(rawId);
    }
    for (const agent of [...this.known.values()].slice(0, MOST)) {
      let card = this.cards.get(agent.rawId);
      if (!card) {
        card = this.card(agent);
        this.cards.set(agent.rawId, card);
        this.host.append(card.element);
      }
      fill(card, agent);
    }
  }

  card({ rawId }) {
    const lamp = h('i', { class: 'lamp', 'aria-hidden': 'true' });
    const [name, state] = [h('strong', { title: rawId }), h('span', { class: 'state' })];
    const [devices, calls] = [h('div', { class: 'raw' }), h('div', { class: 'doing' })];
    const element = h(
      'article',
      { class: 'party agent' },
      h('div', { class: 'name' }, lamp, name, state),
      h('div', { class: 'raw' }, rawId),
      devices,
      calls,
    );
    return { element, lamp, name, state, devices, calls };
  }
}

function fill({ element, lamp, name, state, devices, calls }, agent) {
  const called = agent.displayName ?? shortName(agent.rawId);
  const lit = agent.state === 'away' ? 'ringing' : 'connected';
  attribute(element, 'aria-label', `Agent ${called}`);
  attribute(lamp, 'data-state', lit);
  text(name, called);
  text(state, agent.state);
  attribute(state, 'data-state', lit);
  const where = agent.devices.map(({ endpoint, state }) => (state === 'away' ? `${endpoint} (away)` : endpoint));
  text(devices, `on ${where.join(', ')}`);
  const rings = agent.ringing > 0 ? `, ${agent.ringing} ringing` : '';
  text(calls, agent.calls + agent.ringing === 0 ? 'in no call' : `${agent.calls} ${agent.calls === 1 ? 'call' : 'calls'}${rings}`);
}
