import type { SameLogin, SecretUser, SecretUses } from '../../engine/diagnosis/uses/secret-uses.ts';
import { WORKLOAD_KINDS } from '../../engine/workloads/rollout/workload-kinds.ts';
import { inColumns, nameList } from '../lines.ts';
import { printable } from '../printable.ts';
import { jsonText, notSeen, unreadLine } from './uses-words.ts';

/**
 * The text for people:
 *
 *     Secret shop/app, made by ExternalSecret/app
 *       reader          key           read as  restart  restarted by  why
 *       Deployment/web  DATABASE_URL  env      yes      lockstep      policy shop has restart: true
 *       Ingress/shop    all           TLS      no       nobody
 *     no object reads JWT_SECRET
 */
export function usesText(uses: SecretUses, isWide: boolean): string {
  const rows = uses.users.flatMap((user) => rowsOf(user, isWide));
  const heading = [
    'reader',
    'key',
    'read as',
    ...(isWide ? ['where'] : []),
    'restart',
    'restarted by',
    'why',
  ];
  const table = rows.length === 0 ? [] : inColumns([heading, ...rows]).map((line) => `  ${line}`);
  return [headLine(uses), ...table, ...remarks(uses, isWide)].map((line) => `${line}\n`).join('');
}

/** One row for each key and way to read it. The places of a row are in `where`. */
function rowsOf({ kind, name, readings, restart }: SecretUser, isWide: boolean): readonly string[][] {
  const groups = Map.groupBy(readings, ({ key, as, needsRestart }) =>
    JSON.stringify([key, as, needsRestart]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const places = group.map(({ place }) => place).filter((place) => place !== '');
    return [
      [
        `${kind}/${name}`,
        first.key ?? 'all',
        first.as,
        ...(isWide ? [places.join(', ')] : []),
        restartCell(kind, first.needsRestart),
        restart.by,
        restart.why,
      ].map(printable),
    ];
  });
}

function restartCell(kind: string, needsRestart: boolean): string {
  if (!needsRestart) return 'no';
  return kind === 'CronJob' ? 'next Job' : 'yes';
}

function headLine({ namespace, name, secret, makers }: SecretUses): string {
  const certain = makers.filter(({ isCertain }) => isCertain).map(({ maker }) => maker);
  const possible = makers.filter(({ isCertain }) => !isCertain).map(({ maker }) => maker);
  return printable(
    [
      `Secret ${namespace}/${name}`,
      ...(secret.kind === 'absent' ? ['does not exist'] : []),
      ...(certain.length === 0 ? [] : [`made by ${certain.join(', ')}`]),
      ...(possible.length === 0 ? [] : [`by its name perhaps made by ${possible.join(', ')}`]),
    ].join(', '),
  );
}

function remarks(uses: SecretUses, isWide: boolean): readonly string[] {
  const { namespace, secret, users, unusedKeys, unread, unreadMakers, isLed, sameLogin } = uses;
  const isRestarted = users.some(({ restart }) => restart.by === 'lockstep');
  const reader = unread.length === 0 ? 'no object' : 'no object that could be read';
  return [
    ...(users.length === 0 ? [`${reader} of the namespace reads it`] : []),
    ...(users.length > 0 && unusedKeys.length > 0
      ? [`${reader} reads ${nameList(unusedKeys, { isWide })}`]
      : []),
    ...(isRestarted && isLed === false ? ['no controller leads, so lockstep restarts nothing now'] : []),
    ...sameLoginLines(sameLogin, isWide),
    ...(secret.kind === 'unread' ? [`its keys were not read: ${printable(secret.why)}`] : []),
    ...unreadLine([...unread, ...unreadMakers]),
    notSeen(namespace),
  ];
}

function sameLoginLines({ copies, source }: SameLogin, isWide: boolean): readonly string[] {
  const names = copies.map(({ namespace, name }) => `${namespace}/${name}`);
  return [
    ...(names.length === 0
      ? []
      : [`its login is also in the copies ${nameList(names, { isWide })}, which have readers of their own`]),
    ...(source === undefined
      ? []
      : [printable(`its login follows Secret ${source.namespace}/${source.name}`)]),
  ];
}

/** The JSON that docs/reference/uses.md describes. An absent value is null. */
export function usesJson({
  secret,
  users,
  makers,
  unusedKeys,
  isLed,
  sameLogin,
  ...uses
}: SecretUses): string {
  const { namespace, name, unread, unreadMakers } = uses;
  return jsonText({
    namespace,
    name,
    exists: secret.kind === 'unread' ? null : secret.kind === 'read',
    keys: secret.kind === 'read' ? secret.keys : null,
    makers: makers.map(({ maker, isCertain }) => ({ maker, certain: isCertain })),
    readers: users.map(({ kind, name: reader, readings, restart }) => ({
      kind,
      name: reader,
      workload: WORKLOAD_KINDS.some((one) => one === kind),
      restartedBy: restart.by,
      why: restart.why,
      readings: readings.map(({ key, as, place, needsRestart }) => ({
        key: key ?? null,
        as,
        where: place,
        needsRestart,
      })),
    })),
    unusedKeys: unread.length === 0 && secret.kind === 'read' ? unusedKeys : null,
    controllerLeads: isLed ?? null,
    copies: sameLogin.copies,
    copyOf: sameLogin.source ?? null,
    unread: [...unread, ...unreadMakers],
    notSeen: notSeen(namespace),
  });
}
