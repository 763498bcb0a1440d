import type { SoughtForm, SoughtValues } from './sought-values.ts';
import { type Encoding, OversizedView, viewsOf } from './views.ts';

/** A value in a text. */
export interface Hit {
  /** The index of the given value. */
  readonly value: number;
  /** The encodings around it, the outermost first. Empty if it is written as it is. */
  readonly encodings: readonly Encoding[];
  readonly form: SoughtForm;
}

export interface SearchResult {
  /** At most one hit for each value: the one with the fewest encodings. */
  readonly hits: readonly Hit[];
  /** False if a part of the text was too costly to decode or to search. */
  readonly isComplete: boolean;
}

const MAX_DEPTH = 2;

/**
 * Finds the values in a text of bytes, in a file inside it, and in the texts that they encode, two levels deep. It
 * holds one decoded text of each level at a time.
 */
export function findValues(text: string, sought: SoughtValues): SearchResult {
  const hits = new Map<number, Hit>();
  let isComplete = true;

  function visit(view: string, encodings: readonly Encoding[]): void {
    if (view.length < sought.shortest) return;
    isComplete &&= sought.search(view, (value, form) => {
      const known = hits.get(value);
      if (known === undefined || isSimpler(encodings, form, known))
        hits.set(value, { value, encodings, form });
    });
    if (encodings.filter((encoding) => encoding !== 'gzip').length === MAX_DEPTH) return;
    try {
      for (const { encoding, text: inner } of viewsOf(view))
        if (encoding !== 'gzip' || !encodings.includes('gzip')) visit(inner, [...encodings, encoding]);
    } catch (error) {
      if (!(error instanceof OversizedView)) throw error;
      isComplete = false;
    }
  }

  visit(text, []);
  return { hits: [...hits.values()], isComplete };
}

const isSimpler = (encodings: readonly Encoding[], form: SoughtForm, known: Hit): boolean =>
  encodings.length < known.encodings.length ||
  (encodings.length === known.encodings.length && form === 'given' && known.form !== 'given');
