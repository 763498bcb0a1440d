import { Buffer } from 'node:buffer';
import t from 'tap';
import { aSecret, only, readText, rulesOf } from '../../helpers/commands/manifest-text.ts';

/** What is refused and what is not is compared with a real API server in as-api-server.test.ts. */
const sentencesIn = async (lines: string, options = {}): Promise<readonly string[]> =>
  only(await readText(aSecret(lines), options)).faults.map(
    ({ rule, key, message, fix }) => `${rule} ${key} ${message}: ${fix}`,
  );

t.test('a typed Secret without its keys names each of them, at the place of the type', async (t) => {
  const secret = only(await readText(aSecret('type: kubernetes.io/tls\nstringData: {cert: x}\n')));
  t.same(rulesOf(secret), ['5:1 typed-secret tls.crt', '5:1 typed-secret tls.key']);
  t.same(await sentencesIn('type: kubernetes.io/ssh-auth\n'), [
    'typed-secret ssh-privatekey is missing, and a Secret of type kubernetes.io/ssh-auth needs it: add it, or use type: Opaque',
  ]);
  t.same(await sentencesIn('type: kubernetes.io/basic-auth\n'), [
    'typed-secret username or password is missing, and a Secret of type kubernetes.io/basic-auth needs it: add it, or use type: Opaque',
  ]);
  t.same(await sentencesIn('type: kubernetes.io/service-account-token\n'), [
    'typed-secret metadata.annotations[kubernetes.io/service-account.name] is missing, and a Secret of type kubernetes.io/service-account-token needs it: set it to the name of the ServiceAccount',
  ]);
});

t.test('a docker config that is no JSON object is one fault, which does not repeat the value', async (t) => {
  const type = 'type: kubernetes.io/dockerconfigjson\n';
  const fix = 'use the whole file that docker login writes, or kubectl create secret docker-registry';
  for (const value of ['{"auths": {"r": {"auth": "b3JjaGlk', '[]', 'orchid-lantern']) {
    const base64 = Buffer.from(value).toString('base64');
    t.same(await sentencesIn(`${type}data: {.dockerconfigjson: ${base64}}\n`), [
      `typed-secret .dockerconfigjson is no JSON object: ${fix}`,
    ]);
  }
  t.same(await sentencesIn(`${type}stringData: {.dockerconfigjson: ""}\n`), [
    `typed-secret .dockerconfigjson is empty, and must be a JSON object: ${fix}`,
  ]);
  t.match(
    await sentencesIn(`${type}data: {.dockerconfigjson: no base64}\n`),
    [/^invalid-base64 /],
    'base64 that can not be read is the only fault',
  );
});

t.test('a docker config that something else renders is no fault where references are allowed', async (t) => {
  const lines = 'type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: "${DOCKER_CONFIG}"}\n';
  t.same(await sentencesIn(lines, { allowReferences: true }), []);
});

t.test('a hostile docker config is refused, whatever it does to a parser', async (t) => {
  const lines = (value: string): string =>
    `type: kubernetes.io/dockercfg\ndata: {.dockercfg: ${Buffer.from(value).toString('base64')}}\n`;
  const size = 1_000_000;
  for (const value of ['['.repeat(size), `"${'\\'.repeat(size)}`, '{"a":'.repeat(size / 5)])
    t.match(await sentencesIn(lines(value)), [/^typed-secret \.dockercfg is no JSON object/]);
});

t.test('more than 1 MiB of values is one fault of data', async (t) => {
  const lines = `data: {A: ${Buffer.alloc(1_048_576).toString('base64')}}\nstringData: {B: x}\n`;
  t.same(await sentencesIn(lines), [
    'too-large data holds more than 1 MiB of values, which the API server refuses: split it into several Secrets',
  ]);
});
