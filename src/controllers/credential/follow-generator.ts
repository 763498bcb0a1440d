import { generatorNameOf, isOfSameGenerator } from '../../engine/secret/kubernetes/generated-name.ts';
import { forLogin, type LoginRecord, type LoginSystem } from '../../engine/secret/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from '../secret-session/open.ts';
import { writeRecord } from '../secret-session/record-session.ts';

type MoveDeps = Deps<'records' | 'credentials' | 'emit'>;

/** A tenant may create any number of names. */
const MAX_READ = 50;

/**
 * kustomize gives a Secret another name at each change, and a ServerCredential follows the name. The login moves from
 * the record of the Secret before to this one. After a crash between the writes, the next pass moves it again: until
 * then nothing works with it.
 */
export async function followGenerator(
  { ref, observed, record, save }: SecretSession,
  system: LoginSystem,
  deps: MoveDeps,
): Promise<void> {
  const { login } = record();
  const movedFrom = login?.movedFrom ?? (isProven(login) ? undefined : await findMoved(ref, system, deps));
  if (movedFrom === undefined) return;
  const source = { namespace: ref.namespace, name: movedFrom };
  // Any writer of Secrets can write a record.
  const lookup = mayMove(movedFrom, ref, system, deps) ? await deps.records.read(source) : undefined;
  const before = lookup?.kind === 'read' ? forLogin(lookup.record, system) : undefined;
  if (lookup?.kind === 'read' && before?.login !== undefined) {
    const moved = { secret: observed.uid, movedFrom, changeRequest: login?.changeRequest };
    await save({ ...record(), login: movedLogin(before.login, moved) });
    await writeRecord(source, { ...before, login: undefined }, lookup.resourceVersion, deps);
  }
  const now = record().login;
  if (now !== undefined) await save({ ...record(), login: { ...now, movedFrom: undefined } });
}

/** The login for the record of the new name. Version numbers of the earlier record mean nothing in this one. */
function movedLogin(
  login: LoginRecord,
  { secret, movedFrom, changeRequest }: Pick<LoginRecord, 'secret' | 'movedFrom' | 'changeRequest'>,
): LoginRecord {
  const change = login.change && { ...login.change, restores: undefined };
  return { ...login, secret, movedFrom, change, changeRequest, diverged: undefined };
}

const isProven = (login: LoginRecord | undefined): boolean =>
  login?.current !== undefined || login?.change !== undefined;

/** True for a Secret of the same generator that no ServerCredential names any more. */
const mayMove = (
  from: string,
  { namespace, name }: SecretRef,
  system: LoginSystem,
  { credentials }: MoveDeps,
): boolean =>
  isOfSameGenerator(from, name) && credentials.forSecret({ namespace, name: from }, system) === undefined;

/** The Secret from which the login may move, and that had it last. Undefined for a name without a hash. */
async function findMoved(ref: SecretRef, system: LoginSystem, deps: MoveDeps): Promise<string | undefined> {
  const { namespace, name } = ref;
  if (generatorNameOf(name) === undefined) return undefined;
  const found: { readonly name: string; readonly record: SecretRecord }[] = [];
  let reads = 0;
  for await (const other of deps.records.namesIn(namespace)) {
    if (!mayMove(other, ref, system, deps)) continue;
    if (reads === MAX_READ) break;
    reads += 1;
    const lookup = await deps.records.read({ namespace, name: other });
    if (lookup.kind === 'read' && isProven(forLogin(lookup.record, system).login))
      found.push({ name: other, record: lookup.record });
  }
  const time = ({ record }: (typeof found)[number]): number => latestVersion(record).time.getTime();
  return found.toSorted((a, b) => time(b) - time(a))[0]?.name;
}
