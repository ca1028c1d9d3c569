// What is behind an entry: its JSON, read when it is asked for.

import { $, clockTime, h, toast } from './dom.js';
import { ask } from './api.js';

export class Detail {
  constructor(view) {
    this.host = $('detail');
    this.view = view;
    this.before = null;
  }

  get isOpen() {
    return !this.host.hidden;
  }

  async open(number) {
    if (this.host.hidden) this.before = document.activeElement;
    this.view.entry = number;
    this.view.changed();
    let entry;
    try {
      entry = await ask('GET', `/emulator/journal/${number}`);
    } catch (error) {
      toast(`Entry ${number}: ${error.message}`);
      return;
    }
    if (this.view.entry !== number) return;
    const json = JSON.stringify(entry, null, 2);
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(json);
        toast('Copied', 'told');
      } catch {
        toast('The browser does not let this page copy');
      }
    };
    this.host.replaceChildren(
      h(
        'div',
        { class: 'bar' },
        h('h3', {}, `#${entry.number} ${entry.label}`),
        h('span', { class: 'muted mono' }, clockTime(Date.parse(entry.time))),
        h('button', { type: 'button', onclick: copy }, 'Copy'),
        h('button', { type: 'button', onclick: () => this.close(), 'aria-label': 'Close the entry' }, '✕'),
      ),
      h('pre', { tabindex: '0', 'aria-label': `Entry ${entry.number} as JSON` }, ...coloured(json)),
    );
    this.host.hidden = false;
  }

  close() {
    if (this.host.hidden) return;
    this.host.hidden = true;
    this.view.entry = null;
    this.view.changed();
    if (this.before?.isConnected) this.before.focus();
  }
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON in pieces: names, texts, numbers and words have a colour. What is longer than a page stays plain. */
function coloured(json) {
  if (json.length > 60_000) return [json];
  const pieces = [];
  let end = 0;
  for (const found of json.matchAll(TOKEN)) {
    if (found.index > end) pieces.push(json.slice(end, found.index));
    const [whole, string, colon] = found;
    const word = string ?? whole;
    const kind = colon !== undefined ? 'key' : string ? 'string' : /^[tfn]/.test(whole) ? 'word' : 'number';
    pieces.push(h('span', { class: `json-${kind}` }, word));
    if (colon) pieces.push(colon);
    end = found.index + whole.length;
  }
  pieces.push(json.slice(end));
  return pieces;
}
