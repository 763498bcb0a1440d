import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createServingFiles } from '../../src/tls/ca.ts';
import { servingPaths, writeServingFiles } from '../../src/tls/files.ts';
import { type FolderSourceOptions, folderSource } from '../../src/tls/folder-source.ts';
import type { ServingFiles } from '../../src/tls/serving.ts';

const made = (): Promise<ServingFiles> => createServingFiles(['localhost'], { now: new Date(), days: 7 });
const needs = (more: Partial<FolderSourceOptions> = {}): FolderSourceOptions => ({
  now: () => new Date(),
  names: ['localhost'],
  complain: () => {},
  poll: 5,
  ...more,
});

t.test('an empty or missing folder gets a certificate whose key only its owner can read', async (t) => {
  const folder = join(t.testdir(), 'deeper', 'certs');
  const source = await folderSource(folder, needs());
  const paths = servingPaths(folder);
  t.same(readdirSync(folder).sort(), ['ca.crt', 'tls.crt', 'tls.key'], 'and nothing half-written');
  t.equal(statSync(paths.key).mode & 0o777, 0o600);
  t.equal(readFileSync(paths.cert, 'utf8'), source.current().cert);
  t.equal(source.notReadyReason(new Date()), undefined);
  t.match(source.notReadyReason(new Date('2100-01-01')), /has expired at/);
});

t.test('the next start uses the certificate of the previous one', async (t) => {
  const folder = t.testdir();
  const first = await folderSource(folder, needs());
  t.equal((await folderSource(folder, needs())).current().cert, first.current().cert);
});

t.test('a certificate brought by the user is served, with or without its authority', async (t) => {
  const files = await made();
  const folder = t.testdir({
    'tls.crt': files.cert,
    'tls.key': files.key.withPlaintext(({ text }) => text ?? ''),
  });
  t.equal((await folderSource(folder, needs())).current().ca, '');
});

t.test('an incomplete pair is refused, and so is an unreadable file', async (t) => {
  const { cert, key } = await made();
  await t.rejects(folderSource(t.testdir({ 'tls.crt': cert }), needs()), /holds no tls.key/);
  const onlyKey = t.testdir({ 'tls.key': key.withPlaintext(({ text }) => text ?? '') });
  await t.rejects(folderSource(onlyKey, needs()), /holds no tls.crt/);
  await t.rejects(folderSource(t.testdir({ 'tls.crt': {}, 'tls.key': '' }), needs()), {
    code: 'LOCKSTEP_CERTIFICATE_UNREADABLE',
  });
  const file = join(t.testdir({ file: '' }), 'file');
  await t.rejects(folderSource(file, needs()), { code: 'LOCKSTEP_CERTIFICATE_UNWRITABLE' });
});

t.test('new files are loaded while the server runs', async (t) => {
  const folder = t.testdir();
  const source = await folderSource(folder, needs());
  const next = await made();
  const seen = new Promise<ServingFiles>((resolve) => t.teardown(source.start(resolve)));
  await writeServingFiles(folder, next);
  t.equal((await seen).cert, next.cert);
  t.equal(source.current().cert, next.cert);
});

t.test('the symlink swap of a kubelet is a change', async (t) => {
  const folder = t.testdir();
  const [one, two] = [await made(), await made()];
  mkdirSync(join(folder, '..one'));
  await writeServingFiles(join(folder, '..one'), one);
  symlinkSync('..one', join(folder, '..data'));
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(join('..data', name), join(folder, name));
  const source = await folderSource(folder, needs());
  t.equal(source.current().cert, one.cert);

  const seen = new Promise<ServingFiles>((resolve) => t.teardown(source.start(resolve)));
  await writeServingFiles(join(folder, '..two'), two);
  symlinkSync('..two', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  t.equal((await seen).cert, two.cert);
});

for (const [what, days, code] of [
  ['the key of another', 7, 'LOCKSTEP_CERTIFICATE_KEY_MISMATCH'],
  ['one that has expired', 0, 'LOCKSTEP_CERTIFICATE_EXPIRED'],
] as const) {
  t.test(`${what} is reported once, and the last good certificate stays in use`, async (t) => {
    const folder = t.testdir();
    const complaints: { readonly code?: string }[] = [];
    let looks = 0;
    const now = (): Date => {
      looks += 1;
      return new Date(Date.now() + looks * 1000);
    };
    const source = await folderSource(
      folder,
      needs({ now, complain: (error) => complaints.push(error as { code?: string }) }),
    );
    const good = source.current();
    const next = await createServingFiles(['localhost'], { now: new Date(), days });
    t.teardown(source.start(() => t.fail('it was taken')));
    if (days === 0) await writeServingFiles(folder, next);
    else writeFileSync(servingPaths(folder).cert, next.cert);
    const looksAtHalves = looks;
    while (looks <= looksAtHalves + 4) await sleep(5);
    t.equal(source.current(), good);
    // Half-replaced files may have been read before.
    t.equal(complaints.filter((each) => each.code === code).length, 1);
    t.equal(complaints.at(-1)?.code, code);
  });
}
