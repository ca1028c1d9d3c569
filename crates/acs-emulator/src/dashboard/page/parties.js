// Who takes part in a call, and what they can be made to do.

import { $, attribute, h, say, shortName, text, toast } from './dom.js';
import { act, ask, party as path } from './api.js';

/** How many cards there are at most. */
const MOST = 40;

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** What a state is called, and which lamp is lit. */
const LAMPS = { ringing: 'ringing', offered: 'ringing', connected: 'connected' };
const BAD = new Set(['busy', 'declined', 'no answer', 'offline', 'unknown']);

export class Parties {
  constructor(store, view, agents) {
    this.agents = agents;
    this.host = $('parties');
    this.store = store;
    this.view = view;
    this.cards = new Map();
  }

  draw() {
    const call = this.store.calls.get(this.view.call);
    if (this.call !== call) {
      this.call = call;
      this.cards.clear();
      this.host.replaceChildren();
    }
    if (call) this.look(call);
    if (!call || call.parties.size === 0) {
      const words = call ? 'Nobody was called yet.' : 'Choose a call to see who is in it.';
      if (this.host.textContent !== words) this.host.replaceChildren(h('p', { class: 'empty' }, words));
      return;
    }
    if (this.cards.size === 0) this.host.replaceChildren();
    // A call may have hundreds; the newest are shown.
    const shown = [...call.parties.values()].slice(-MOST);
    for (const party of shown) {
      let card = this.cards.get(party.rawId);
      if (!card) {
        card = this.card(party);
        this.cards.set(party.rawId, card);
        this.host.append(card.element);
      }
      this.fill(card, party, call.own.has(party.rawId));
    }
  }

  /**
   * Asks who is in the call. The journal tells of most; who called from outside, and was not offered to the
   * application, only the emulator knows.
   */
  async look(call) {
    if (this.looking || !this.view.can('/emulator/calls/{serverCallId}')) return;
    // What is over changes no more: it is asked about once.
    const stamp = `${call.id} ${call.ended === null ? call.entries.length : 'over'}`;
    if (this.looked === stamp) return;
    this.looking = true;
    this.looked = stamp;
    try {
      const told = await ask('GET', `/emulator/calls/${encodeURIComponent(call.id)}`);
      if (!told.ended) call.learn(told);
      call.tied(told);
      this.view.changed();
    } catch {
      // The call may be over by now, which the journal tells next, or was so long ago that it is forgotten.
    }
    setTimeout(() => {
      this.looking = false;
      if (this.call === call) this.look(call);
    }, 250);
  }

  /** Cards are made once and then only told what changed, so that nobody loses the focus or half a word. */
  card({ rawId }) {
    const name = shortName(rawId);
    const button = (words, action, kind) =>
      h(
        'button',
        { type: 'button', class: kind, 'aria-label': `${words}: ${name}`, onclick: () => this.tell(rawId, action) },
        words,
      );
    const ring = h(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': `${name} is called` },
      button('Answer', { action: 'answer' }, 'good'),
      button('Decline', { action: 'reject', reason: 'declined' }, 'bad'),
      button('Busy', { action: 'reject', reason: 'busy' }),
    );
    const keypad = h('div', { class: 'keypad', role: 'group', 'aria-label': `Keys of ${name}` });
    for (const tone of KEYS) {
      const press = () => this.tell(rawId, { action: 'press', tones: tone });
      keypad.append(h('button', { type: 'button', 'aria-label': `Press ${spoken(tone)}: ${name}`, onclick: press }, tone));
    }
    const words = h('input', { 'aria-label': `What ${name} says`, placeholder: 'say something', maxlength: '400' });
    const speak = h('form', { class: 'speak' }, words, h('button', { type: 'submit', 'aria-label': `Speak: ${name}` }, 'Speak'));
    speak.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (words.value.trim() === '') return;
      if (await this.tell(rawId, { action: 'say', text: words.value })) words.value = '';
    });
    const hangUp = button('Hang up', { action: 'hangUp' }, 'bad');
    const talk = h('div', { class: 'talk' }, keypad, speak, hangUp);
    const lamp = h('i', { class: 'lamp', 'aria-hidden': 'true' });
    const state = h('span', { class: 'state' });
    const doing = h('div', { class: 'doing' });
    const mine = h('span', { class: 'badge', hidden: true, title: 'Acts by requests, not by hand' }, 'application');
    const agent = h('span', { class: 'badge agent', hidden: true, title: 'A call agent: answers, declines and hangs up by itself' });
    const element = h(
      'article',
      { class: 'party', 'aria-label': name },
      h('div', { class: 'name' }, lamp, h('strong', { title: rawId }, name), state),
      h('div', { class: 'raw' }, rawId, ' ', mine, agent),
      doing,
      ring,
      talk,
    );
    return { element, lamp, state, doing, ring, talk, mine, agent, hangUp };
  }

  fill({ lamp, state, doing, ring, talk, mine, agent, hangUp }, party, own) {
    const online = this.agents.get(party.rawId);
    const driven = !own && (online !== undefined || party.agent === true);
    const lit = LAMPS[party.state] ?? (BAD.has(party.state) ? 'failed' : 'over');
    attribute(lamp, 'data-state', lit);
    const more = [party.muted && 'muted', party.onHold && 'on hold'].filter(Boolean);
    text(state, [party.state === 'connected' ? 'in the call' : party.state, ...more].join(', '));
    attribute(state, 'data-state', lit);
    text(doing, party.doing);
    doing.hidden = party.doing === '';
    const active = document.activeElement;
    const held = (ring.contains(active) && party.state !== 'ringing') || (talk.contains(active) && party.state !== 'connected');
    // An agent decides by itself whether it answers and when it goes; that it presses keys or says something can
    // be helped, for it has no microphone.
    ring.hidden = own || driven || party.state !== 'ringing';
    talk.hidden = own || party.state !== 'connected';
    hangUp.hidden = driven;
    mine.hidden = !own;
    agent.hidden = !driven;
    text(agent, online?.displayName ? `agent ${online.displayName}` : 'agent');
    // The button that was pressed is gone; the keyboard goes on with what is there instead.
    if (held) (talk.hidden ? $('call') : talk.querySelector('button')).focus();
  }

  async tell(rawId, action) {
    try {
      await act(rawId, action);
      say(`${shortName(rawId)}: ${action.action}`);
      return true;
    } catch (error) {
      toast(`${shortName(rawId)}: ${error.message}`);
      return false;
    }
  }
}

function spoken(tone) {
  return { '*': 'star', '#': 'pound' }[tone] ?? tone;
}

/** The form that places a call. */
export function placing(store, view) {
  const form = $('place');
  const [from, to, submit, user] = [$('place-from'), $('place-to'), $('place-call'), $('place-user')];
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [caller, callee] = [rawId(from.value), rawId(to.value)];
    try {
      const placed = await ask('POST', path(caller, 'call'), { to: callee });
      say(`${shortName(caller)} calls ${shortName(callee)}`);
      if (placed?.serverCallId) view.open(placed.serverCallId);
    } catch (error) {
      toast(`The call: ${error.message}`);
    }
  });
  user.addEventListener('click', async () => {
    try {
      from.value = (await ask('POST', '/emulator/users', {})).rawId;
    } catch (error) {
      toast(`A user: ${error.message}`);
    }
  });
  return () => {
    const able = view.can('/emulator/parties/{rawId}/call');
    submit.disabled = !able;
    user.disabled = !view.can('/emulator/users');
    $('place-reason').hidden = able;
    const known = $('known-parties');
    const wanted = [...new Set([...view.numbers.map((number) => `4:${number}`), ...store.parties()])];
    if (known.dataset.of === wanted.join()) return;
    known.dataset.of = wanted.join();
    known.replaceChildren(...wanted.map((id) => h('option', { value: id.startsWith('4:') ? id.slice(2) : id })));
  };
}

/** People write numbers; the emulator wants raw ids. */
function rawId(text) {
  const trimmed = text.trim();
  return trimmed.startsWith('+') ? `4:${trimmed.replaceAll(/[\s()-]/g, '')}` : trimmed;
}
