import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { parseBundle, validCasIn } from '../../src/tls/bundle.ts';
import { type CertificateAuthority, createCa, issueLeaf } from '../../src/tls/ca.ts';
import {
  type CaData,
  type CaUpdate,
  caStateOf,
  nextUpdate,
  previousUpdate,
  signerUpdate,
} from '../../src/tls/ca-state.ts';
import { updatePropagation } from '../../src/tls/propagation.ts';
import { type CertificateState, nextCertificateStep } from '../../src/tls/rotation-plan.ts';
import { leafOf } from '../../src/tls/serving.ts';

const DAY = 24 * 60 * 60 * 1000;
const HOUR = DAY / 24;
const MINUTE = HOUR / 60;
const MADE = new Date('2027-01-01T00:00:00Z');
const after = (milliseconds: number, from = MADE) => new Date(from.getTime() + milliseconds);

const aCa = (now: Date): Promise<CertificateAuthority> => createCa({ now, days: 365 });

const first = await aCa(MADE);
const second = await aCa(after(244 * DAY));
const stranger = await aCa(MADE);
const certOf = ({ cert }: CertificateAuthority) => new X509Certificate(cert);

interface Given {
  readonly now?: Date;
  readonly data?: CaUpdate | undefined;
  /** One text for every webhook, or one for each. */
  readonly bundle?: string | readonly string[];
  readonly leafBy?: CertificateAuthority | undefined;
  readonly leafAt?: Date;
  /** The time since which the caBundles have their present content. */
  readonly since?: Date;
}

/** A healthy state: one CA, which all caBundles hold, and which signed the leaf an hour ago. */
async function aSituation(given: Given = {}): Promise<CertificateState> {
  const now = given.now ?? after(HOUR);
  const data = 'data' in given ? given.data : signerUpdate(first);
  const bundles = typeof given.bundle === 'object' ? given.bundle : Array(4).fill(given.bundle ?? first.cert);
  const leafBy = 'leafBy' in given ? given.leafBy : first;
  const files =
    leafBy && (await issueLeaf(leafBy, ['a'], { now: given.leafAt ?? after(-HOUR, now), days: 7 }));
  const ca = data && caStateOf(data as CaData, now);
  const trusted = [...new Set<string>(bundles)].map((bundle) => validCasIn(bundle, now));
  const signers = [ca?.signer, ca?.next].flatMap((each) => (each?.kind === 'usable' ? [each.cert] : []));
  let seen = updatePropagation(undefined, signers, trusted, given.since ?? now);
  for (let at = seen.observedAt; at < now; at = after(MINUTE, at))
    seen = updatePropagation(seen, signers, trusted, at);
  seen = updatePropagation(seen, signers, trusted, now);
  const leaf = files && { cert: leafOf(files), ca: certOf(leafBy) };
  return { now, ca, bundles, trusted, propagation: seen, leaf };
}

const stepFor = async (given: Given) => nextCertificateStep(await aSituation(given));
const names = (pem: string | readonly X509Certificate[]) =>
  (typeof pem === 'string' ? parseBundle(pem) : pem).map(({ fingerprint256 }) =>
    [first, second, stranger].findIndex((each) => certOf(each).fingerprint256 === fingerprint256),
  );

const rotating = { ...signerUpdate(first), ...nextUpdate(second) };
const both = first.cert + second.cert;

t.test('a healthy state needs no step', async (t) => {
  t.match(await stepFor({}), { kind: 'rest' });
});

t.test('an empty Secret, and one with garbage, gets a CA, and trusted CAs stay trusted', async (t) => {
  const made = { kind: 'make-signer' };
  t.match(await stepFor({ data: {}, bundle: '', leafBy: undefined }), { ...made, previous: [] });
  const garbage = Sensitive.fromText('garbage');
  const bytes = Sensitive.fromBytes(new Uint8Array([0xff, 0xfe, 0]));
  for (const data of [
    { 'ca.crt': garbage, 'ca.key': garbage },
    { 'ca.crt': bytes, 'ca.key': bytes },
    { ...signerUpdate(first), 'ca.key': undefined },
    { ...signerUpdate(first), 'ca.key': second.key },
  ]) {
    const step = await stepFor({ data: data, bundle: [first.cert, `${stranger.cert} and more`] });
    t.match(step, made);
    t.same(step.kind === 'make-signer' && names(step.previous), [0, 2]);
  }
});

t.test('a leaf is no CA, and an expired CA no longer counts', async (t) => {
  const { cert, key } = await issueLeaf(first, ['a'], { now: MADE, days: 7 });
  const leaf = { 'ca.crt': Sensitive.fromText(cert), 'ca.key': key };
  t.match(await stepFor({ data: leaf }), {
    kind: 'make-signer',
    why: 'its certificate was not that of a CA',
  });
  const late = await stepFor({ now: after(366 * DAY), bundle: both });
  t.match(late, { kind: 'make-signer', why: /^it was valid from 2026-12-31T/ });
  t.same(late.kind === 'make-signer' && names(late.previous), [1]);
});

t.test('a next CA replaces one that can not sign any more', async (t) => {
  const data = { ...rotating, 'ca.key': undefined };
  t.match(await stepFor({ data, now: after(244 * DAY), bundle: both }), { kind: 'promote' });
});

t.test('every caBundle that is empty, different, or has other text is written', async (t) => {
  for (const wrong of ['', 'no PEM', stranger.cert, `# by hand\n${first.cert}`, first.cert + stranger.cert]) {
    const step = await stepFor({ bundle: [first.cert, first.cert, wrong] });
    t.match(step, { kind: 'trust', bundle: first.cert });
  }
});

t.test(
  'a CA gets a successor at two thirds of its life, which must be trusted for two minutes',
  async (t) => {
    t.match(await stepFor({ now: after(243 * DAY) }), { kind: 'rest' });
    const now = after(244 * DAY);
    t.match(await stepFor({ now }), { kind: 'make-next' });
    t.match(await stepFor({ now, data: { ...rotating, 'next.crt': Sensitive.fromText('x') } }), {
      kind: 'make-next',
    });
    const written = await stepFor({ now, data: rotating });
    t.same(written.kind === 'trust' && names(written.bundle), [0, 1]);
    t.match(await stepFor({ now, data: rotating, bundle: both, since: after(-MINUTE, now) }), {
      kind: 'rest',
    });
    const ready = await stepFor({ now, data: rotating, bundle: both, since: after(-2 * MINUTE, now) });
    t.match(ready, { kind: 'promote' });
    t.same(ready.kind === 'promote' && names(ready.previous), [0]);
  },
);

t.test('a previous CA is dated, and removed a week and an hour later', async (t) => {
  const data = { ...signerUpdate(second), ...previousUpdate([certOf(first)]) };
  const bundle = second.cert + first.cert;
  const now = after(245 * DAY);
  const given = { now, bundle, leafBy: second };
  t.match(await stepFor({ ...given, data }), { kind: 'keep-previous', promotedAt: now });
  const dated = (promotedAt: Date) => ({ ...data, ...previousUpdate([certOf(first)], promotedAt) });
  t.match(await stepFor({ ...given, data: dated(after(-7 * DAY, now)) }), { kind: 'rest' });
  t.match(await stepFor({ ...given, data: dated(after(HOUR, now)) }), {
    kind: 'keep-previous',
    promotedAt: now,
  });
  const over = await stepFor({ ...given, data: dated(after(-7 * DAY - HOUR, now)) });
  t.match(over, { kind: 'keep-previous', previous: [], promotedAt: undefined });
  const left = await stepFor({ ...given, data: signerUpdate(second) });
  t.same(left.kind === 'trust' && names(left.bundle), [1]);
});

t.test('the caBundles supply the CAs of a previous.crt that is garbage', async (t) => {
  const data = { ...signerUpdate(second), 'previous.crt': Sensitive.fromText('garbage') };
  const now = after(245 * DAY);
  const step = await stepFor({ now, data, bundle: second.cert + first.cert, leafBy: second });
  t.same(step.kind === 'keep-previous' && names(step.previous), [0]);
});

t.test('a leaf is renewed at two thirds of its life, except if its CA expires as early', async (t) => {
  const leafAt = after(10 * DAY);
  t.match(await stepFor({ leafAt, now: after(14 * DAY) }), { kind: 'rest' });
  t.match(await stepFor({ leafAt, now: after(15 * DAY) }), { kind: 'issue' });
  const dying = { ...rotating, 'next.crt': undefined, 'next.key': undefined };
  const atItsEnd = { data: dying, leafAt: after(364 * DAY), now: after(364.9 * DAY) };
  t.match(await stepFor(atItsEnd), { kind: 'make-next' });
});

t.test(
  'a leaf changes its CA after all trust the new one, and at once if none trusts the old one',
  async (t) => {
    const now = after(245 * DAY);
    const data = { ...signerUpdate(second), ...previousUpdate([certOf(first)], after(-HOUR, now)) };
    const bundle = second.cert + first.cert;
    const old = { now, data, leafBy: first };
    t.match(await stepFor({ ...old, bundle: [bundle, first.cert] }), { kind: 'trust' });
    t.match(await stepFor({ ...old, bundle }), { kind: 'rest' });
    t.match(await stepFor({ ...old, bundle, since: after(-3 * MINUTE, now) }), { kind: 'issue' });
    t.match(await stepFor({ ...old, bundle: second.cert }), { kind: 'issue' });
    t.match(await stepFor({ ...old, bundle, leafBy: undefined }), { kind: 'issue' });
    t.match(await stepFor({ ...old, bundle, leafAt: after(-8 * DAY, now) }), { kind: 'issue' });
    t.match(await stepFor({ ...old, bundle: first.cert, leafBy: undefined }), { kind: 'trust' });
  },
);

t.test('without the Secret the last leaf stays in use, and a caBundle only gains CAs', async (t) => {
  const gone = { data: undefined };
  t.match(await stepFor(gone), { kind: 'wait' });
  const step = await stepFor({ ...gone, bundle: [stranger.cert, 'garbage'] });
  t.same(step.kind === 'trust' && names(step.bundle), [2, 0]);
  t.match(await stepFor({ ...gone, bundle: stranger.cert + first.cert }), { kind: 'wait' });
  t.match(await stepFor({ ...gone, bundle: '', leafBy: undefined }), { kind: 'wait' });
});

t.test('without a webhook a CA needs no trust', async (t) => {
  t.match(await stepFor({ bundle: [], leafBy: undefined }), { kind: 'issue' });
  t.match(await stepFor({ bundle: [] }), { kind: 'rest' });
});

t.test('a caBundle with thousands of CAs does not overflow the Secret', async (t) => {
  const many = await Promise.all(Array.from({ length: 12 }, () => aCa(MADE)));
  const step = await stepFor({
    data: {},
    bundle: many
      .map(({ cert }) => cert)
      .join('')
      .repeat(100),
  });
  t.equal(step.kind === 'make-signer' && step.previous.length, 8);
  t.same(step.kind === 'make-signer' && names(step.previous.slice(0, 1)), [0], 'the own leaf counts most');
});
