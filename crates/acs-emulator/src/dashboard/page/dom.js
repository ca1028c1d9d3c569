// Elements without markup: whatever the emulator was told can only ever become text.

export const $ = (id) => document.getElementById(id);

/** Makes an element. Properties that start with "on" are listeners, the others are attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Sets text only where it differs, so that nothing is announced or laid out again without need. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export function attribute(element, name, value) {
  if (value === undefined || value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Runs a function once per frame at most, however often it is asked for. */
export function perFrame(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    // A page in the background has no frames, and still wants to be up to date when it comes back.
    const later = document.hidden ? (callback) => setTimeout(callback, 500) : requestAnimationFrame;
    later(() => {
      asked = false;
      run();
    });
  };
}

/** Says something to a screen reader. */
export function say(words) {
  $('said').textContent = words;
}

/** Shows a message for a while. */
export function toast(words, kind = 'failed') {
  const shown = h('div', { class: 'toast', 'data-kind': kind }, words);
  $('toasts').append(shown);
  while ($('toasts').children.length > 4) $('toasts').firstChild.remove();
  setTimeout(() => shown.remove(), kind === 'failed' ? 9000 : 3500);
}

const two = (number) => String(number).padStart(2, '0');

export function clockTime(milliseconds) {
  const date = new Date(milliseconds);
  const rest = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${rest}`;
}

export function duration(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(Math.floor(seconds % 60))} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

/** What a party is called where there is little room. */
export function shortName(rawId) {
  if (rawId.startsWith('4:')) return rawId.slice(2);
  if (rawId.startsWith('8:acs:')) {
    const own = rawId.slice(6).split('_').pop();
    return `user ${own.split('-')[0].slice(0, 12)}`;
  }
  return rawId.length > 28 ? `${rawId.slice(0, 27)}…` : rawId;
}
