/**
 * `secret`: the value must be a real secret, so a plain word or a published default is a placeholder too. `name`: a user, database or host name,
 * where `postgres` and `test` are right and only what announces itself (`CHANGE_ME`, `<user>`, `your-user`, `${USER}`) is not.
 */
export type ValueRole = 'secret' | 'name';

export interface PlaceholderContext {
  readonly role: ValueRole;
  /** The key's own name, as the Secret spells it: `JWT_SECRET: jwt-secret` is a placeholder. */
  readonly key: string;
  /** Values that would be no secret here: the user's name, the database's. */
  readonly known?: readonly string[];
  /** False switches the list of published values off; for measuring only. */
  readonly published?: boolean;
}

export interface PlaceholderVerdict {
  readonly rule: 'placeholder' | 'unrendered-template' | 'unresolved-reference';
  /** What it is, as the first words of the finding: "is a placeholder", "is a command that was never run". Constant: holds nothing of the value. */
  readonly what: string;
}

/** What is no secret, where a secret must be: in the value itself, or in the password of the URL that it holds. */
export interface PlaceholderMatch extends PlaceholderVerdict {
  readonly inUrl: boolean;
}
