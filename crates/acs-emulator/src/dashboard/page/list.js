// A list of any length: only the rows that can be seen exist. For the keyboard and for screen readers it is a
// listbox with one tab stop.

import { attribute, h } from './dom.js';

let lists = 0;

export class List {
  /**
   * `row()` makes an empty row, `fill(row, item)` writes an item on it, `key(item)` tells items apart,
   * `choose(item)` is called when one is chosen.
   */
  constructor(host, { label, height, row, fill, key, choose }) {
    Object.assign(this, { host, height, row, fill, key, choose });
    this.prefix = `list-${(lists += 1)}`;
    this.track = h('div', { class: 'track', role: 'presentation' });
    this.items = [];
    this.rows = [];
    this.chosen = null;
    this.cursor = 0;
    attribute(host, 'role', 'listbox');
    attribute(host, 'aria-label', label);
    attribute(host, 'tabindex', '0');
    host.append(this.track);
    host.addEventListener('scroll', () => this.draw(), { passive: true });
    host.addEventListener('keydown', (event) => this.press(event));
    host.addEventListener('click', (event) => {
      const row = event.target.closest('[role="option"]');
      if (row) this.take(Number(row.dataset.index));
    });
    new ResizeObserver(() => this.draw()).observe(host);
  }

  /** Shows other items. Who looks at the end goes on looking at the end if `follow` is set. */
  show(items, { follow = false } = {}) {
    const atEnd = this.host.scrollTop + this.host.clientHeight >= this.host.scrollHeight - this.height;
    const under = this.items[this.cursor];
    const grown = items.length - this.items.length;
    this.items = items;
    if (under !== undefined && items[this.cursor] !== under) {
      // Mostly everything moved by what is new; searching is for the rest.
      const near = this.cursor + grown;
      const found = items[near] === under ? near : items.indexOf(under);
      this.cursor = Math.max(0, found);
    }
    this.cursor = Math.min(this.cursor, Math.max(0, items.length - 1));
    this.track.style.height = `${items.length * this.height}px`;
    if (follow && atEnd) this.host.scrollTop = this.host.scrollHeight;
    this.draw();
  }

  select(key) {
    this.chosen = key;
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.host;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - 4);
    const count = Math.min(this.items.length - first, Math.ceil(clientHeight / this.height) + 8);
    while (this.rows.length < count) {
      const row = this.row();
      row.classList.add('row');
      attribute(row, 'role', 'option');
      row.style.height = `${this.height}px`;
      this.rows.push(row);
      this.track.append(row);
    }
    while (this.rows.length > Math.max(count, 0)) this.rows.pop().remove();
    this.rows.forEach((row, offset) => {
      const index = first + offset;
      const item = this.items[index];
      row.style.top = `${index * this.height}px`;
      row.id = `${this.prefix}-${index}`;
      row.dataset.index = index;
      attribute(row, 'aria-setsize', this.items.length);
      attribute(row, 'aria-posinset', index + 1);
      attribute(row, 'aria-selected', this.key(item) === this.chosen);
      row.classList.toggle('cursor', index === this.cursor);
      this.fill(row, item);
    });
    const seen = this.cursor >= first && this.cursor < first + count;
    attribute(this.host, 'aria-activedescendant', seen ? `${this.prefix}-${this.cursor}` : null);
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || this.items.length === 0) return;
    const page = Math.max(1, Math.floor(this.host.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      this.move(Math.min(Math.max(this.cursor + steps[event.key], 0), this.items.length - 1));
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.take(this.cursor);
    } else {
      return;
    }
    event.preventDefault();
  }

  move(index) {
    this.cursor = index;
    const top = index * this.height;
    if (top < this.host.scrollTop) this.host.scrollTop = top;
    const bottom = top + this.height - this.host.clientHeight;
    if (bottom > this.host.scrollTop) this.host.scrollTop = bottom;
    this.draw();
  }

  take(index) {
    const item = this.items[index];
    if (item === undefined) return;
    this.move(index);
    this.choose(item);
  }
}
