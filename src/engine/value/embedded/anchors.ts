import type { Member } from './member.ts';

/** More names than any configuration has. */
const MAX_ANCHORS = 100;
const MAX_PROPERTIES_LENGTH = 200;

/** `&name`, or the tag of a text, before a value of YAML. Any other tag is a function of the program that reads it. */
const PROPERTY = /(?:&([^\s,[\]{}]{1,100})|!!str)(?=\s|$)[ \t\r]*/y;

/** The offset of the value behind its anchor and its tag. */
export function behindProperties(
  text: string,
  from: number,
  end: number,
): { readonly at: number; readonly anchor: string | undefined } {
  let at = from;
  let anchor: string | undefined;
  if (text[from] !== '&' && text[from] !== '!') return { at, anchor };
  const written = text.slice(from, Math.min(end, from + MAX_PROPERTIES_LENGTH));
  PROPERTY.lastIndex = 0;
  for (let match = PROPERTY.exec(written); match !== null; match = PROPERTY.exec(written)) {
    anchor ??= match[1];
    at = from + PROPERTY.lastIndex;
  }
  return { at, anchor };
}

/** The texts that aliases of a YAML document repeat. */
export class Anchors {
  readonly #text: string;
  readonly #offset: number;
  readonly #texts = new Map<string, string>();

  /** `offset` is that of the text in the whole value. */
  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = offset;
  }

  add(name: string, text: string): void {
    if (this.#texts.size < MAX_ANCHORS || this.#texts.has(name)) this.#texts.set(name, text);
  }

  /** The member with the text of its alias. The name of the alias stays if nothing has that anchor. */
  resolved(member: Member): Member {
    if (member.text[0] !== '*') return member;
    const at = member.at - this.#offset;
    const isQuoted = this.#text[at] !== '*' || /["']/.test(this.#text[at - 1] ?? '');
    const text = isQuoted ? undefined : this.#texts.get(member.text.slice(1));
    return text === undefined ? member : { ...member, text };
  }
}
