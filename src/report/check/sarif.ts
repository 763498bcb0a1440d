import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { type ManifestRule, ruleTexts } from '../../engine/review/rules/manifest-rules.ts';
import { REPOSITORY_URL, ruleUrl } from '../../engine/secret/finding/docs-url.ts';
import { policySuffix } from '../../engine/secret/finding/finding.ts';
import type { CheckError, CheckedSecret, CheckReport, Suppression } from '../check-report.ts';
import { printable } from '../printable.ts';
import { type Remark, remarksOf, summaryLine, suppressedRemarksOf } from '../wording.ts';
import { hintsAndSkips, obsoleteText } from './hint-lines.ts';
import type { Reporter } from './reporter.ts';

/** SARIF 2.1.0, with the members that GitHub code scanning needs: relative addresses, a fingerprint, `helpUri`. */
export const sarif: Reporter = (report: CheckReport, options) => {
  const { secrets, objects, errors, baseline } = report;
  const suppressed = [...secrets, ...objects].flatMap((checked) =>
    suppressedRemarksOf(checked).map((remark) => findingResult(checked, remark)),
  );
  const active = [
    ...errors.map(errorResult),
    ...[...secrets, ...objects].flatMap((checked) =>
      remarksOf(checked, options).map((remark) => findingResult(checked, remark)),
    ),
  ];
  const results = [...active.map((result) => withoutSuppression(result, suppressed.length)), ...suppressed];
  const notes = [...obsoleteText(baseline), ...hintsAndSkips(report), summaryLine(report)];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lockstep',
            informationUri: REPOSITORY_URL,
            rules: [...ruleTexts, DERIVED_RULE].map(ruleDescriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: errors.length === 0,
            toolExecutionNotifications: notes.map((note) => ({
              level: 'note',
              message: { text: withoutLinks(printable(note)) },
            })),
          },
        ],
        results: withFingerprints(results),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

/** A change without a fault also has a reason. */
const DERIVED_RULE = {
  id: 'derived',
  meaning: 'A derived key is absent, and lockstep adds it when the Secret is written.',
  remediation: 'Nothing need be done; lockstep render writes it into the manifest.',
};

function ruleDescriptor({
  id,
  meaning,
  remediation,
}: Pick<ManifestRule, 'id' | 'meaning' | 'remediation'>): object {
  const uri = ruleUrl(id);
  return {
    id,
    name: id,
    shortDescription: { text: meaning },
    fullDescription: { text: meaning },
    helpUri: uri,
    help: { text: `${remediation} ${uri}` },
    properties: { tags: ['security', 'kubernetes'] },
  };
}

/** A viewer makes a link of `[text](address)`. Escaped brackets are text (SARIF 2.1.0, 3.11.6). */
const withoutLinks = (text: string): string =>
  text.includes('](') ? text.replace(/[\\[\]]/g, '\\$&') : text;

interface Result {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly object[];
  /** Absent for a rule that no policy asked for. */
  readonly properties?: { readonly policy: string };
  readonly suppressions?: readonly object[];
  /** Input of the fingerprint: names, never a value. */
  readonly identity: string;
}

/** If one result has the member, an empty list says that this one is not suppressed (SARIF 2.1.0, 3.27.23). */
const withoutSuppression = (result: Result, suppressed: number): Result =>
  suppressed === 0 ? result : { ...result, suppressions: [] };

function suppressionMembers({ kind, reason }: Suppression): object {
  return { kind, status: 'accepted', ...(reason === undefined ? {} : { justification: printable(reason) }) };
}

function findingResult({ file, ref }: Pick<CheckedSecret, 'file' | 'ref'>, remark: Remark): Result {
  const { level, rule, policy, text, fix, key, line, column, suppression } = remark;
  return {
    ruleId: rule,
    level,
    message: { text: withoutLinks(`${printable(ref)}: ${text}: ${fix}${policySuffix(policy)}`) },
    locations: [locationOf(file, { startLine: line, startColumn: column })],
    ...(policy === undefined ? {} : { properties: { policy } }),
    ...(suppression === undefined ? {} : { suppressions: [suppressionMembers(suppression)] }),
    identity: [rule, ref, key].join('\n'),
  };
}

function errorResult({ file, line, column, message, rule: errorRule }: CheckError): Result {
  const rule = errorRule ?? 'syntax';
  return {
    ruleId: rule,
    level: 'error',
    message: { text: withoutLinks(printable(`${file}: ${message}`)) },
    locations: [locationOf(file, line === undefined ? undefined : regionOf(line, column))],
    identity: `${rule}\n${file}`,
  };
}

const regionOf = (startLine: number, startColumn: number | undefined): object =>
  startColumn === undefined ? { startLine } : { startLine, startColumn };

function locationOf(file: string, region: object | undefined): object {
  const uri = fileUri(file);
  const artifactLocation = uri.startsWith('file:') ? { uri } : { uri, uriBaseId: '%SRCROOT%' };
  return { physicalLocation: { artifactLocation, ...(region === undefined ? {} : { region }) } };
}

function fileUri(file: string): string {
  const path = file === '-' ? 'stdin' : posix.normalize(file.toWellFormed().replaceAll('\\', '/'));
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${uri}` : uri;
}

/**
 * Without `primaryLocationLineHash`, GitHub computes a fingerprint from the line, and so from the value in it. The
 * number after the colon distinguishes results that would otherwise be equal.
 */
function withFingerprints(results: readonly Result[]): readonly object[] {
  const countByIdentity = new Map<string, number>();
  return results.map(({ identity, ...result }) => {
    const count = (countByIdentity.get(identity) ?? 0) + 1;
    countByIdentity.set(identity, count);
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
    return { ...result, partialFingerprints: { primaryLocationLineHash: `${hash}:${count}` } };
  });
}
