import { printable } from '../../printable.ts';

/** A piece of HTML. Only `html` and `trustedMarkup` make one, so a foreign text can't become an element. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Part = string | number | Markup | readonly Markup[];

/** HTML with values. A string is shown as text, whatever it holds, also inside a quoted attribute. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(String.raw({ raw: texts }, ...parts.map(render)));

export const NOTHING = new Markup('');

function render(part: Part): string {
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'object') return part.join('');
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** Our own prose, with its `code` as elements. */
export const prose = (text: string): Markup =>
  html`${text.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))}`;

/** `12,345`: the same on each machine. */
export const grouped = (count: number): string => count.toLocaleString('en-US');
