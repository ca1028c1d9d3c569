// A call as a sequence diagram. The emulator draws it, as it does for every export; the page puts the picture
// in its place, keeps the names in view, and makes its arrows choosable.

import { attribute, h } from './dom.js';
import { drawing } from './api.js';

/** How many messages are drawn at first, and how many more at a time. */
const PIECE = 250;

/** How long the next picture waits for more to come, in milliseconds. */
const PAUSE = 150;

export class Drawing {
  constructor(host, open) {
    this.host = host;
    this.open = open;
    this.earlier = h('button', { type: 'button', class: 'earlier', hidden: true, onclick: () => this.more() });
    this.head = h('div', { class: 'lanes-head', 'aria-hidden': 'true' });
    this.picture = h('div', { class: 'picture' });
    this.scroll = h('div', { class: 'scroll', tabindex: '-1' }, this.head, this.picture);
    host.append(this.earlier, this.scroll);
    this.call = null;
    this.drawn = '';
    this.count = PIECE;
    this.busy = false;
    this.picture.addEventListener('click', (event) => {
      const link = event.target.closest('a[data-entry]');
      if (!link) return;
      event.preventDefault();
      this.choose(link);
    });
    this.picture.addEventListener('keydown', (event) => this.press(event));
  }

  show(call) {
    if (this.call !== call) {
      this.call = call;
      this.drawn = '';
      this.count = PIECE;
      this.head.replaceChildren();
      this.picture.replaceChildren();
    }
    this.update();
  }

  more() {
    this.count += PIECE * 2;
    this.drawn = '';
    this.update();
  }

  async update() {
    const { call } = this;
    if (!call || this.busy || this.drawn === this.stamp(call)) return;
    this.busy = true;
    const stamp = this.stamp(call);
    try {
      const answer = await fetch(drawing(call.id, 'svg', `?links=true&last=${this.count}`), { cache: 'no-store' });
      if (answer.ok && this.call === call) {
        this.put(await answer.text());
        this.drawn = stamp;
      } else if (answer.status === 404) {
        this.picture.replaceChildren(h('p', { class: 'empty' }, 'The journal no longer holds this call.'));
        this.drawn = stamp;
      }
    } catch {
      // The feed says that the emulator is away, and brings the page here again.
    }
    setTimeout(() => {
      this.busy = false;
      if (this.call && !this.host.hidden) this.update();
    }, PAUSE);
  }

  stamp(call) {
    return `${call.id} ${call.entries.length} ${this.count}`;
  }

  put(text) {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    if (parsed.localName !== 'svg') return;
    const svg = document.importNode(parsed, true);
    const atEnd = this.scroll.scrollTop + this.scroll.clientHeight >= this.scroll.scrollHeight - 40;
    const focused = document.activeElement?.closest?.('a[data-entry]')?.dataset.entry;
    const links = [...svg.querySelectorAll('a[data-entry]')];
    this.earlier.hidden = links.length < this.count;
    this.earlier.textContent = 'Show earlier messages';
    for (const link of links) attribute(link, 'tabindex', '-1');
    attribute(svg, 'role', 'group');
    this.picture.replaceChildren(svg);
    this.names(svg);
    this.mark();
    const again = links.find((link) => link.dataset.entry === focused);
    attribute(again ?? links.at(-1) ?? svg, 'tabindex', '0');
    if (again) again.focus({ preventScroll: true });
    if (atEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** The names of the lanes once more, above what is scrolled. */
  names(svg) {
    const head = document.createElementNS(svg.namespaceURI, 'svg');
    const width = svg.getAttribute('width');
    for (const [name, value] of [['width', width], ['height', 52], ['viewBox', `0 0 ${width} 52`]]) {
      head.setAttribute(name, value);
    }
    const lanes = svg.querySelector('.lanes');
    if (lanes) head.append(lanes.cloneNode(true));
    head.setAttribute('font-size', '12');
    this.head.replaceChildren(head);
  }

  links() {
    return [...this.picture.querySelectorAll('a[data-entry]')];
  }

  /** Marks the entry that is open. */
  mark(number = this.marked) {
    this.marked = number;
    for (const link of this.links()) {
      attribute(link, 'aria-current', Number(link.dataset.entry) === number ? 'true' : null);
    }
  }

  focus() {
    const links = this.links();
    (links.find((link) => link.getAttribute('tabindex') === '0') ?? links.at(-1))?.focus();
  }

  choose(link) {
    for (const other of this.links()) attribute(other, 'tabindex', other === link ? 0 : -1);
    this.open(Number(link.dataset.entry));
  }

  press(event) {
    const link = event.target.closest('a[data-entry]');
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = this.links();
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      const index = Math.min(Math.max(links.indexOf(link) + steps[event.key], 0), links.length - 1);
      for (const other of links) attribute(other, 'tabindex', other === links[index] ? 0 : -1);
      links[index].focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.choose(link);
    } else {
      return;
    }
    event.preventDefault();
  }
}
