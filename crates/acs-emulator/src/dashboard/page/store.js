// What the page knows: the entries of the journal, and the calls that they tell of.

import { shortName } from './dom.js';

/** How many entries a page keeps. Beyond, the oldest fifth goes, and calls of which nothing is left. */
const KEPT = 150_000;

const GONE = new Map([
  ['hangs up', 'left'],
  ['busy', 'busy'],
  ['declines', 'declined'],
  ['does not answer', 'no answer'],
  ['is offline', 'offline'],
  ['does not exist', 'unknown'],
]);

class Call {
  constructor(id, time) {
    this.id = id;
    this.started = time;
    this.changed = time;
    this.ended = null;
    this.wasConnected = false;
    this.offer = null;
    /** Raw ids that are the application itself. */
    this.own = new Set();
    this.failures = 0;
    this.connections = new Set();
    this.parties = new Map();
    this.entries = [];
    /** The call from which a transfer began this one, and those that transfers began from here. */
    this.transferOf = null;
    this.transfers = [];
    this.last = '';
    this.words = id.toLowerCase();
  }

  get state() {
    if (this.ended !== null) return this.wasConnected ? 'over' : 'failed';
    return this.wasConnected ? 'connected' : 'ringing';
  }

  get title() {
    if (this.named === undefined) {
      const others = [...this.parties.keys()].filter((id) => !this.own.has(id) && !this.offer?.includes(id));
      const names = others.map(shortName);
      const outside = this.caller && this.connections.size === 0 && this.own.size === 0;
      if (this.offer) names.unshift(`${shortName(this.offer[0])} → ${shortName(this.offer[1])}`);
      else if (outside) this.from(names);
      else if (names.length > 0) names[0] = `→ ${names[0]}`;
      this.named = names.join(', ') || 'a call';
    }
    return this.named;
  }

  /** A call between parties alone: who called comes first. */
  from(names) {
    const caller = shortName(this.caller);
    const others = names.filter((name) => name !== caller);
    names.splice(0, names.length, `${caller} → ${others.join(', ')}`);
  }

  party(rawId) {
    let party = this.parties.get(rawId);
    if (!party) {
      party = { rawId, state: 'unknown', doing: '', muted: false, onHold: false };
      this.parties.set(rawId, party);
      this.named = undefined;
      this.words += ` ${rawId.toLowerCase()}`;
    }
    return party;
  }

  owns(rawId) {
    this.own.add(rawId);
    this.named = undefined;
  }

  /** Takes notice of an entry. */
  tell(entry) {
    this.entries.push(entry);
    this.changed = entry.time;
    if (entry.failed) this.failures += 1;
    if (entry.connection && !this.connections.has(entry.connection)) {
      this.connections.add(entry.connection);
      this.words += ` ${entry.connection}`;
    }
    if (entry.kind !== 'delivery') {
      this.last = entry.label;
      const word = entry.label.toLowerCase();
      // Bounded, for an application that polls says the same again and again.
      if (this.words.length < 4000 && !this.words.includes(word)) this.words += ` ${word}`;
    }
    if (entry.offer) {
      this.offer ??= entry.offer;
      this.named = undefined;
      this.party(entry.offer[0]).state = 'connected';
      this.party(entry.offer[1]).state = 'offered';
    }
    if (entry.roster) this.roster(entry.roster);
    if (entry.kind === 'signal') this.signal(entry);
    if (entry.kind === 'state' && entry.label === 'connected') this.wasConnected = true;
    if (entry.kind === 'state' && entry.label === 'the call is over') this.end(entry.time);
  }

  signal({ from, to, label }) {
    if (from === 'service' && label === 'rings') this.party(to).state = 'ringing';
    if (to !== 'service') return;
    const party = this.party(from);
    party.doing = label;
    if (label === 'calls') {
      party.state = 'connected';
      this.caller = from;
      this.named = undefined;
    } else if (label === 'answers') {
      party.state = 'connected';
      // Where the application has no leg, nobody tells that the call is connected.
      if (this.connections.size === 0) this.wasConnected = true;
    }
    if (GONE.has(label)) party.state = GONE.get(label);
  }

  roster(members) {
    const present = new Set(members.map((member) => member.rawId));
    for (const { rawId, muted, onHold } of members) {
      Object.assign(this.party(rawId), { state: 'connected', muted: !!muted, onHold: !!onHold });
    }
    for (const party of this.parties.values()) {
      if (party.state === 'connected' && !present.has(party.rawId)) party.state = 'left';
    }
  }

  /** Takes over who is in the call from the emulator itself. */
  learn({ participants = [], ringing = [] }) {
    for (const { rawId, callConnectionId } of participants) if (callConnectionId) this.owns(rawId);
    for (const { rawId, from, offered, answered } of ringing) {
      this.caller ??= from;
      this.party(rawId).state = answered ? 'connected' : offered ? 'offered' : 'ringing';
    }
    const answered = ringing.filter((one) => one.answered).map(({ rawId }) => ({ rawId }));
    this.roster([...participants.map(({ rawId, muted, onHold }) => ({ rawId, muted, onHold })), ...answered]);
  }

  /** Takes over from the emulator which calls transfers tie to this one, and who is an agent. */
  tied({ transferOf = null, transfers = [], participants = [], ringing = [] }) {
    Object.assign(this, { transferOf, transfers });
    for (const { rawId, agent } of [...participants, ...ringing]) {
      const party = this.parties.get(rawId);
      if (party && agent) party.agent = true;
    }
  }

  end(time) {
    if (this.ended !== null) return;
    this.ended = time;
    for (const party of this.parties.values()) {
      if (['connected', 'ringing', 'offered'].includes(party.state)) party.state = 'left';
    }
  }
}

export class Store extends EventTarget {
  entries = [];
  calls = new Map();
  /** Calls, the oldest first. */
  order = [];
  missed = 0;

  clear() {
    this.entries = [];
    this.calls = new Map();
    this.order = [];
    this.missed = 0;
    this.tell([]);
  }

  add(entries) {
    for (const entry of entries) {
      this.entries.push(entry);
      if (entry.kind === 'note' && entry.label === 'reset') {
        for (const call of this.calls.values()) call.end(entry.time);
      }
      if (!entry.call) continue;
      let call = this.calls.get(entry.call);
      if (!call) {
        call = new Call(entry.call, entry.time);
        this.calls.set(call.id, call);
        this.order.push(call);
      }
      // The request that made a call came before the call had an id.
      const asked = entry.kind === 'response' ? this.entry(entry.replyTo) : undefined;
      if (asked && !asked.call) {
        asked.call = call.id;
        call.started = Math.min(call.started, asked.time);
        call.entries.push(asked);
        call.entries.sort((a, b) => a.number - b.number);
      }
      if (asked?.label === 'createCall' && entry.source) call.owns(entry.source);
      if (asked?.label === 'answerCall' && call.offer) {
        const [, callee] = call.offer;
        call.owns(callee);
        // The application is in the call under a name of its own, so nobody answers for this one.
        if (!entry.failed && call.party(callee).state === 'offered') call.party(callee).state = 'answered';
      }
      call.tell(entry);
    }
    if (this.entries.length > KEPT) this.forget();
    this.tell(entries);
  }

  forget() {
    this.entries = this.entries.slice(KEPT / 5);
    const first = this.entries[0].number;
    this.order = this.order.filter((call) => {
      call.entries = call.entries.filter((entry) => entry.number >= first);
      const kept = call.ended === null || call.entries.length > 0;
      if (!kept) this.calls.delete(call.id);
      return kept;
    });
  }

  /** The entry with a number, by halving: numbers rise, with gaps where something was missed. */
  entry(number) {
    let [low, high] = [0, this.entries.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.entries[middle];
      if (found.number === number) return found;
      if (found.number < number) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  get open() {
    let count = 0;
    for (const call of this.order) if (call.ended === null) count += 1;
    return count;
  }

  /** Every party that was ever seen. */
  parties() {
    const seen = new Set();
    for (const call of this.order.slice(-200)) for (const rawId of call.parties.keys()) seen.add(rawId);
    return [...seen];
  }

  tell(entries) {
    this.dispatchEvent(new CustomEvent('change', { detail: entries }));
  }
}

/** Whether an entry has all the words that are searched. */
export function matches(entry, words) {
  const text = `${entry.label} ${entry.kind} ${entry.from} ${entry.to} ${entry.connection ?? ''} ${entry.call ?? ''}`;
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** Whether a call has all the words that are searched. */
export function concerns(call, words) {
  return words.every((word) => call.words.includes(word));
}
