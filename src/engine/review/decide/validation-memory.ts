import { createHmac } from 'node:crypto';
import type { Policy } from '../../policy/policy.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { CONSENT_ANNOTATION } from '../on-change/consent.ts';

/** API servers have few writes between their two calls. */
const MAX_ENTRIES = 100;
const MAX_FINDINGS = 20;
/** The digest of a large Secret costs as much as the validation. */
const MAX_VALUE_BYTES = 64 * 1024;
/** The findings depend on the day, for exceptions and certificates. */
const LIFETIME_MS = 10_000;
const KEY_BYTES = 32;

interface Validation {
  readonly policies: readonly Policy[];
  readonly findings: readonly Finding[];
  readonly expiresAt: number;
}

/**
 * The findings about Secrets that the mutating webhook has corrected. It validates each of them, because it announces
 * no correction of a write that will be refused. The validating webhook gets the same Secret milliseconds later, in
 * most cases in the same process:
 *
 *     mutating webhook: correct ─► validate ─► keep        validating webhook: take, or else validate
 *
 * An entry is found by a digest of the whole request, under a key of this process. It holds no value, and is used once.
 * A change by another webhook in between gives another digest. Another policy, or another label of the namespace, gives
 * another list of policies.
 */
export class ValidationMemory {
  readonly #now: EngineContext['now'];
  readonly #key: Uint8Array;
  readonly #validations = new Map<string, Validation>();

  constructor({ now, random }: Pick<EngineContext, 'now' | 'random'>) {
    this.#now = now;
    this.#key = random(KEY_BYTES);
  }

  keep(request: Request, policies: readonly Policy[], findings: readonly Finding[]): void {
    // Findings about a consent depend on the second.
    if (request.secret.annotations.has(CONSENT_ANNOTATION)) return;
    const digest = this.#digestOf(request);
    if (digest === undefined || findings.length > MAX_FINDINGS) return;
    const [oldest] = this.#validations.keys();
    if (oldest !== undefined && this.#validations.size >= MAX_ENTRIES) this.#validations.delete(oldest);
    this.#validations.set(digest, { policies, findings, expiresAt: this.#now().getTime() + LIFETIME_MS });
  }

  /** Undefined if this request was not validated with these policies. */
  take(request: Request, policies: readonly Policy[]): readonly Finding[] | undefined {
    if (this.#validations.size === 0) return undefined;
    const digest = this.#digestOf(request);
    const validation = digest === undefined ? undefined : this.#validations.get(digest);
    if (digest === undefined || validation === undefined) return undefined;
    this.#validations.delete(digest);
    const isCurrent =
      this.#now().getTime() < validation.expiresAt &&
      policies.length === validation.policies.length &&
      policies.every((policy, index) => policy === validation.policies[index]);
    return isCurrent ? validation.findings : undefined;
  }

  /** The labels of the namespace decide only which policies select the Secret. No webhook knows earlier values. */
  #digestOf(request: Request): string | undefined {
    const { secret, old, namespaceLabels: _labels, earlierData, ...others } = request;
    if (earlierData !== undefined || bytesOf(secret) + bytesOf(old) > MAX_VALUE_BYTES) return undefined;
    const digest = createHmac('sha256', this.#key);
    digest.update(JSON.stringify([others, fieldsOf(secret), old && fieldsOf(old)]));
    for (const value of secret.data.values()) value.addTo(digest);
    for (const value of old?.data.values() ?? []) value.addTo(digest);
    return digest.digest('base64');
  }
}

function bytesOf(secret: Secret | undefined): number {
  let bytes = 0;
  for (const value of secret?.data.values() ?? []) bytes += value.size;
  return bytes;
}

/** Every field, in one order. The sizes show where a value ends. */
function fieldsOf({ labels, annotations, data, undecoded, ...others }: Secret): readonly unknown[] {
  const sizes = [...data].map(([key, { size }]) => [key, size]);
  return [Object.entries(others), [...labels], [...annotations], sizes, [...(undecoded ?? [])]];
}
