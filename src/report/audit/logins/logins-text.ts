import { hasWeakHash, type LoginReport, type LoginRow } from '../../../engine/diagnosis/ready/login-row.ts';
import { serverText } from '../../../engine/diagnosis/ready/login-subject.ts';
import { placeText } from '../../../engine/diagnosis/ready/password-places.ts';
import { inColumns } from '../../lines.ts';
import { printable } from '../../printable.ts';
import { notSeen, unreadLine } from '../../uses/uses-words.ts';
import { plural } from '../../wording.ts';

/**
 * The text for people:
 *
 *     SECRET    SERVER        ROLE  AGE   HASH   COPIES  MANAGER  PROOF  READY
 *     shop/app  db.shop:5432  app   12d   scram  1       -        now    yes
 *     2 logins in 14 Secrets: 1 ready, 1 not
 */
export function loginsText(report: LoginReport, namespace: string | undefined, isWide: boolean): string {
  const heading = ['SECRET', 'SERVER', 'ROLE', 'AGE', 'HASH', 'COPIES', 'MANAGER', 'PROOF', 'READY'];
  const rows = report.rows.map((row) => cellsOf(row, report.now, isWide).map(printable));
  const table = rows.length === 0 ? [] : inColumns([heading, ...rows]);
  const weak = report.rows.filter(hasWeakHash);
  return [
    ...table,
    ...(isWide ? report.rows.flatMap(copyLines) : []),
    ...weak.map(({ namespace: own, name }) =>
      printable(
        `${own}/${name}: the server stores an md5 hash, and the next change of the password stores SCRAM`,
      ),
    ),
    summary(report),
    ...unreadLine(report.unread),
    notSeen(namespace),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function cellsOf(row: LoginRow, now: Date, isWide: boolean): readonly string[] {
  const { namespace, name, server, role, keys, hash, copyCount, manager } = row;
  return [
    `${namespace}/${name}`,
    server === undefined ? '-' : serverText(server, namespace),
    role ?? (keys.user === '' ? '-' : `under ${keys.user}`),
    ageText(row, now),
    hash ?? '-',
    `${copyCount}`,
    manager === undefined ? '-' : (manager.name ?? 'another'),
    proofText(row),
    readyText(row, isWide),
  ];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `12d+`: at least. */
function ageText({ since: { time, isAtLeast } }: LoginRow, now: Date): string {
  const age = Math.max(0, now.getTime() - time.getTime());
  const hours = Math.floor(age / (60 * 60 * 1000));
  const text = hours < 48 ? `${hours}h` : `${Math.floor(age / DAY_MS)}d`;
  return isAtLeast ? `${text}+` : text;
}

function proofText({ proof }: LoginRow): string {
  if (proof === undefined) return '-';
  return proof.kind === 'now' ? 'now' : `since ${proof.time.slice(0, 10)}`;
}

/** `no: SingleUser … (1 more)`. `-o wide` has all reasons. */
function readyText({ readiness: { ready, obstacles, unknown } }: LoginRow, isWide: boolean): string {
  const reasons = ready === 'no' ? obstacles.map(({ reason }) => reason) : unknown;
  if (reasons.length === 0) return ready;
  const shown = isWide ? reasons : reasons.slice(0, 1);
  const rest = reasons.length - shown.length;
  return `${ready}: ${shown.join('; ')}${rest > 0 ? ` (and ${rest} more)` : ''}`;
}

const copyLines = ({ namespace, name, copies, copyCount }: LoginRow): readonly string[] => [
  ...copies.map((place) =>
    printable(`${namespace}/${name}: a copy is in ${placeText(place).replace(/,$/, '')}`),
  ),
  ...(copyCount > copies.length
    ? [`${namespace}/${name}: and ${copyCount - copies.length} more copies`]
    : []),
];

function summary({ rows, secrets, isAsked }: LoginReport): string {
  const count = (ready: LoginRow['readiness']['ready']): number =>
    rows.filter(({ readiness }) => readiness.ready === ready).length;
  const counts = `${count('yes')} ready, ${count('likely')} likely, ${count('no')} not`;
  const asked = isAsked ? '' : '; no login was tried: --connect asks the servers';
  return `${plural(rows.length, 'login')} in ${plural(secrets, 'Secret')}: ${counts}${asked}`;
}
