/** A name in a map, or an index in a list, on the way from the whole value to a member. */
export type Step = string | number;

/** How the program that reads a document treats it. */
export type DocumentKind =
  /** A configuration file: the application may expand variables and references in it itself. */
  | 'configuration'
  /** A configuration file whose program renders templates of Go, and expands no variables. */
  | 'go-templates'
  /** A credential that a program uses as it is: a docker config, a service account, a PEM block, a URL. */
  | 'credential';

/** One named text inside a value. */
export interface Member {
  /** The name of its own key. Empty for an item of a list, and for a text without a name. */
  readonly name: string;
  readonly text: string;
  readonly steps: readonly Step[];
  /** The offset in the value, for the number of its line. */
  readonly at: number;
  readonly kind: DocumentKind;
  /** Set by the reader, if the form shows that the text is a secret, or that it is none. */
  readonly isSecret?: boolean;
  /** The user of the login that the text belongs to. */
  readonly user?: string;
}

/** Returns false if enough was read: the reader then stops. */
export type Visit = (member: Member) => boolean;

/** A text inside a value, and the way to it. */
export interface Source {
  readonly text: string;
  readonly steps: readonly Step[];
  /** The offset of the text in the whole value. */
  readonly at: number;
  readonly kind: DocumentKind;
}
