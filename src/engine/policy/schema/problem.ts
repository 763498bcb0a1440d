/** A fault of a document, a policy for example. `path` is its position in the document. */
export interface Problem {
  readonly path: readonly (string | number)[];
  /** A sentence with the fault and its fix. It repeats names of the document, never a value. */
  readonly message: string;
}

/** A problem of the whole document has no path. */
export const problemText = ({ path, message }: Problem): string =>
  path.length === 0 ? message : `${pathText(path)}: ${message}`;

/**
 * The path as Kubernetes writes it: `spec.keys.DATABASE_URL.derive.template`, `spec.keys[tls.crt].aliases[0]`. Field
 * names in a document are untrusted. Every character is made visible, and long names are cut.
 */
export function pathText(path: Problem['path']): string {
  return path.map(stepText).join('').replace(/^\./, '');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(step) ? `.${step}` : `[${visible(step)}]`;
}

/** Names of fields and keys are ASCII. Every other character is escaped, and so are look-alikes. */
export function visible(name: string): string {
  const short = name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}...`;
  return short.replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The longest key of a Secret. */
const LONGEST_NAME = 253;
