/** Results of functions of a text alone, for the parts of the value that is validated now. */
const memos: Map<string, unknown>[] = [];
let isOpen = false;

/** The parts of a shorter value do not repeat often enough. */
const MIN_LENGTH = 48;
/** Entries of one function. */
const MAX_ENTRIES = 256;

/**
 * From now on the parts of this value are read once, because they repeat and several checks ask for the same part. True
 * if the caller must close the memo: no part of a value may stay in it.
 */
export function openMemo({ length }: string): boolean {
  if (isOpen || length < MIN_LENGTH) return false;
  isOpen = true;
  return true;
}

export function closeMemo(): void {
  isOpen = false;
  for (const memo of memos) if (memo.size > 0) memo.clear();
}

/**
 * The function, which reads an equal text once as long as the memo is open. Its result must not be `undefined`, and
 * follows from the text alone: `hint` only spares work.
 */
export function readOnce<Result extends object | string | null, Hint = void>(
  read: (text: string, hint: Hint) => Result,
): (text: string, hint: Hint) => Result {
  const memo = new Map<string, Result>();
  memos.push(memo);
  return (text, hint) => {
    if (!isOpen) return read(text, hint);
    const known = memo.get(text);
    if (known !== undefined) return known;
    const result = read(text, hint);
    if (memo.size < MAX_ENTRIES) memo.set(text, result);
    return result;
  };
}
