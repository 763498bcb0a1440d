import type { KeyName } from './key-name.ts';
import type { ValueText } from './value-text.ts';

/**
 * `secret`: the value must be a real secret, so a plain word or a published default is a placeholder too.
 *
 * `name`: a user, database or host name. `postgres` and `test` are correct names. Only a text that asks to be replaced
 * (`CHANGE_ME`, `<user>`, `your-user`, `${USER}`) is a placeholder.
 *
 * `configuration`: the value of any other key. It may be a path, an address or a format, so it is a placeholder only if
 * it announces itself.
 */
export type ValueRole = 'secret' | 'name' | 'configuration';

export interface PlaceholderContext {
  readonly role: ValueRole;
  /** The key's own name, as the Secret spells it: `JWT_SECRET: jwt-secret` is a placeholder. */
  readonly key: string;
  /** Values that are no secret for this key: the names of the user and the database. */
  readonly known?: readonly string[] | undefined;
  /** The words of the Secret's name, its namespace, its app labels and the key: what is made of them is no secret. */
  readonly contextWords?: (() => readonly string[]) | undefined;
  /** False disables the list of published values. Only measurements use it. */
  readonly published?: boolean | undefined;
  /** The same key with all that was computed about its name, where the caller keeps it. */
  readonly name?: KeyName | undefined;
}

/** The context of one value, as the detectors read it. */
export interface DetectorContext extends PlaceholderContext {
  readonly name: KeyName;
}

/** Asks the detectors again. */
export interface Classify {
  readonly value: (text: string, context: PlaceholderContext) => PlaceholderVerdict | undefined;
  /** Without the text that may be encoded in it. */
  readonly part: (text: string, context: DetectorContext) => PlaceholderVerdict | undefined;
}

/** Undefined if the detector finds nothing. */
export type Detect = (
  value: ValueText,
  context: DetectorContext,
  classify: Classify,
) => PlaceholderVerdict | undefined;

export interface PlaceholderVerdict {
  readonly rule: 'placeholder' | 'unrendered-template' | 'unresolved-reference';
  /**
   * The first words of the finding: "is a placeholder", "is a command that was never run". Constant: holds no part of
   * the value.
   */
  readonly message: string;
  /** Present if the value can be correct, so that it is never refused. */
  readonly maxAction?: 'Warn';
  /** The fix of such a value. */
  readonly advice?: string;
}

/** A value that is no secret although it must be one: the value itself, or the password of its URL. */
export interface PlaceholderMatch extends PlaceholderVerdict {
  readonly inUrl: boolean;
  /** The base key that the password of the URL follows. It is refused for the same reason. */
  readonly follows?: string;
}
