import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import t from 'tap';

import type { Request } from '../../../../src/engine/secret/secret.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  reportedFindings,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

/** Secrets as charts, operators and teams write them, with invented values. `bytes` are base64 of binary values. */
interface Whole {
  readonly what: string;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly text?: Readonly<Record<string, string>>;
  readonly bytes?: Readonly<Record<string, string>>;
  /** Warnings of good Secrets, as `KEY rule`. */
  readonly warned?: readonly string[];
}

const file = new URL('../../../data/whole-secrets.json', import.meta.url);
const { good, bad } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly good: readonly Whole[];
  readonly bad: readonly (Whole & { readonly denied: readonly string[] })[];
};

const valuesOf = ({ text = {}, bytes = {} }: Whole) => ({
  ...text,
  ...Object.fromEntries(Object.entries(bytes).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
});

const metadataOf = ({ type = 'Opaque', labels = {}, annotations = {} }: Whole) => ({
  name: 'app',
  namespace: 'shop',
  type,
  labels: new Map(Object.entries(labels)),
  annotations: new Map(Object.entries(annotations)),
});

const created = (whole: Whole): Request => aCreate(valuesOf(whole), metadataOf(whole));

t.test('a good Secret passes unchanged', async (t) => {
  for (const whole of good) {
    const decision = validated(created(whole));
    t.same(
      reportedFindings(decision),
      (whole.warned ?? []).map((line) => `Warn ${line}`),
      whole.what,
    );
    t.same(writtenValues(decision), {}, whole.what);
  }
});

t.test('a good Secret with one more key passes unchanged', async (t) => {
  for (const whole of good) {
    const values = valuesOf(whole);
    const decision = validated(anUpdate(values, { ...values, LOG_LEVEL: 'debug' }, metadataOf(whole)));
    t.same(
      [reportedFindings(decision).filter((line) => !line.startsWith('Warn ')), writtenValues(decision)],
      [[], {}],
      whole.what,
    );
  }
});

t.test('refuses a bad Secret by the expected rule, and by no other', async (t) => {
  for (const whole of bad) {
    const request = created(whole);
    const decision = validated(request);
    const expected = whole.denied.map((line) => `Enforce ${line}`);
    t.same(reportedFindings(decision), expected, whole.what);
    t.same(
      reportedFindings(validatedOnly(afterMutation(request, decision))),
      expected,
      `${whole.what}, by the validating webhook`,
    );
  }
});
