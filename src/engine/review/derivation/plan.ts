import type { UrlTemplate } from '../../policy/template/template.ts';
import type { RuleId } from '../../secret/finding/finding.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { UnquotableKeys } from './render.ts';

/** A part of the URL that differs from its base keys. */
export interface Difference {
  readonly part: string;
  readonly bases: readonly string[];
}

/** The plan for one derived key. `decide/derive.ts` executes it, and the rules report it. */
export type DerivationPlan =
  /**
   * The key agrees, or the Secret holds no value to compare it with. `compared` is the template that a URL agrees with,
   * as far as its base keys are valid.
   */
  | { readonly kind: 'leave'; readonly compared?: UrlTemplate; readonly noted?: readonly Difference[] }
  /** A URL of another system or account, or next to the login of another system, is not lockstep's concern. */
  | { readonly kind: 'foreign'; readonly noted?: readonly Difference[] }
  /** The value is no URL, and may be right in another form that the system knows. */
  | { readonly kind: 'unreadable' }
  /** The key is absent, and the policy does not add it to this Secret. */
  | { readonly kind: 'unwanted' }
  /** These base keys are invalid, so nothing may be derived from them. */
  | { readonly kind: 'blocked'; readonly by: readonly string[] }
  /** These base keys are missing. */
  | { readonly kind: 'underivable'; readonly missing: readonly string[] }
  /** These base keys hold a character that the template can't quote. */
  | ({ readonly kind: 'unquotable' } & UnquotableKeys)
  /** The value would be larger than any Secret. */
  | { readonly kind: 'outsized' }
  | DerivationWrite;

export interface DerivationWrite {
  readonly kind: 'write';
  readonly value: Sensitive;
  readonly reason: DerivationReason;
  /** Names of the URL's parts that differed, and of the base keys that they now follow. */
  readonly parts: readonly string[];
  readonly bases: readonly string[];
  /** Parts that differed too, and that follow no base key. */
  readonly defaults?: readonly string[];
  /** The password of the URL, if it is lost: it is neither the present nor an earlier one of its base key. */
  readonly lost: LostPassword | undefined;
  /** Differences that stay in the URL. */
  readonly noted?: readonly Difference[];
}

export interface LostPassword {
  readonly base: string;
  /** This request typed it into the URL only. */
  readonly isTyped: boolean;
}

export type DerivationReason = Extract<RuleId, 'mismatch' | 'invalid-uri' | 'unescaped-uri'> | 'derived';
