export interface DecodedText {
  readonly value: string;
  /** False if a `%` is stray, or if its bytes are NUL or not UTF-8. Such a `%` stands for itself. */
  readonly clean: boolean;
}

/** Decodes the valid percent escapes, and leaves the others. Never throws. */
export function decodePercent(raw: string): DecodedText {
  if (!raw.includes('%')) return { value: raw, clean: true };
  let clean = !/%(?![0-9A-Fa-f]{2})/.test(raw);
  const value = raw.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    const decoded = tryDecode(escapes);
    if (decoded === undefined) clean = false;
    return decoded ?? escapes;
  });
  return { value, clean };
}

function tryDecode(escapes: string): string | undefined {
  try {
    const decoded = decodeURIComponent(escapes);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
